//! An ejection chain of two: a component takes the place of another, which goes to a third host.

use colocate_model::HostId;
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::{Wish, any_member};
use crate::state::{Change, SearchState};

pub(super) fn propose(state: &SearchState<'_>, wish: Wish, rng: &mut Pcg64Mcg) -> Option<Vec<Change>> {
    let Wish { component, from, to } = wish;
    let other = any_member(state, to, rng)?;
    let problem = state.problem();
    let any = HostId::new(rng.random_range(0..problem.hosts.len()));
    let third = if rng.random() { problem.component(other).initial.unwrap_or(any) } else { any };
    let fits =
        third != to && third != from && state.fits(other, third) && state.fits_without(component, to, other);
    fits.then(|| vec![Change { component: other, to: Some(third) }, Change { component, to: Some(to) }])
}
