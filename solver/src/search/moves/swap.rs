//! Two components change places.

use rand_pcg::Pcg64Mcg;

use super::{Wish, any_member};
use crate::state::{Change, SearchState};

pub(super) fn propose(state: &SearchState<'_>, wish: Wish, rng: &mut Pcg64Mcg) -> Option<Vec<Change>> {
    let Wish { component, from, to } = wish;
    let other = any_member(state, to, rng)?;
    let fits = state.fits_without(component, to, other) && state.fits_without(other, from, component);
    fits.then(|| vec![Change { component, to: Some(to) }, Change { component: other, to: Some(from) }])
}
