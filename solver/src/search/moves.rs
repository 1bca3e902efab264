//! The small moves of the annealer: each one file and one entry in [`MOVES`].

mod eject;
mod group;
mod relocate;
mod swap;

use colocate_model::{ComponentId, HostId, Problem};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use crate::state::{Change, SearchState};

/// Share of proposals that go home: what has left a host still counts there in transient resources.
const HOME_SHARE: f64 = 0.3;
/// Share of the others that go to the host of a traffic neighbour, where there is one.
const NEIGHBOUR_SHARE: f64 = 0.5;

/// A component, the host it is on and the host it shall go to.
#[derive(Debug, Clone, Copy)]
struct Wish {
    component: ComponentId,
    from: HostId,
    to: HostId,
}

/// The changes that grant a wish; `None` where they do not fit.
type Move = fn(&SearchState<'_>, Wish, &mut Pcg64Mcg) -> Option<Vec<Change>>;

/// Every move and its share of the proposals.
const MOVES: [(f64, Move); 3] = [(0.45, relocate::propose), (0.45, swap::propose), (0.10, eject::propose)];

/// A random move that fits where it goes.
pub(super) fn propose(state: &SearchState<'_>, rng: &mut Pcg64Mcg) -> Option<Vec<Change>> {
    let problem = state.problem();
    let component = ComponentId::new(rng.random_range(0..problem.components.len()));
    if let Some(group) = problem.component(component).move_group {
        return group::propose(state, &problem.move_groups[group as usize], rng);
    }
    let wish = Wish { component, from: state.host(component)?, to: target(state, problem, component, rng) };
    if wish.to == wish.from {
        return None;
    }
    let mut share = rng.random::<f64>();
    for (part, propose) in MOVES {
        if share < part {
            return propose(state, wish, rng);
        }
        share -= part;
    }
    None
}

/// A host to go to: home, that of a traffic neighbour, or any.
fn target(state: &SearchState<'_>, problem: &Problem, component: ComponentId, rng: &mut Pcg64Mcg) -> HostId {
    let any = HostId::new(rng.random_range(0..problem.hosts.len()));
    if rng.random::<f64>() < HOME_SHARE {
        return problem.component(component).initial.unwrap_or(any);
    }
    let groups = &problem.component(component).groups;
    if groups.is_empty() || rng.random::<f64>() >= NEIGHBOUR_SHARE {
        return any;
    }
    let group = groups[rng.random_range(0..groups.len())];
    let edges = &problem.traffic.groups[group.index()].edges;
    let edge = &problem.traffic.edges[edges[rng.random_range(0..edges.len())].index()];
    let other = if edge.from == group { edge.to } else { edge.from };
    let members = &problem.traffic.groups[other.index()].members;
    state.host(members[rng.random_range(0..members.len())]).unwrap_or(any)
}

/// A random component on `host`.
fn any_member(state: &SearchState<'_>, host: HostId, rng: &mut Pcg64Mcg) -> Option<ComponentId> {
    let members = state.members(host);
    (!members.is_empty()).then(|| members[rng.random_range(0..members.len())])
}
