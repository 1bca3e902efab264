//! A group that only moves as a whole (C11): all of it goes home, or each member to a host of its own choice.

use colocate_model::{ComponentId, HostId};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::state::{Change, SearchState};

/// Hosts tried for each member.
const TRIES: usize = 8;

pub(super) fn propose(
    state: &SearchState<'_>,
    group: &[ComponentId],
    rng: &mut Pcg64Mcg,
) -> Option<Vec<Change>> {
    let problem = state.problem();
    if rng.random_bool(super::HOME_SHARE) {
        let home = |&component: &ComponentId| Change { component, to: problem.component(component).initial };
        return Some(group.iter().map(home).collect());
    }
    let mut away = |&component: &ComponentId| {
        let initial = problem.component(component).initial;
        let mut hosts = (0..TRIES).map(|_| HostId::new(rng.random_range(0..problem.hosts.len())));
        let host = hosts.find(|&host| Some(host) != initial && state.fits(component, host))?;
        Some(Change { component, to: Some(host) })
    };
    group.iter().map(&mut away).collect()
}
