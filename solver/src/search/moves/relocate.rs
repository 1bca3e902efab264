//! One component goes to another host.

use rand_pcg::Pcg64Mcg;

use super::Wish;
use crate::state::{Change, SearchState};

pub(super) fn propose(state: &SearchState<'_>, wish: Wish, _rng: &mut Pcg64Mcg) -> Option<Vec<Change>> {
    let Wish { component, to, .. } = wish;
    state.fits(component, to).then(|| vec![Change { component, to: Some(to) }])
}
