//! Undoes moves that do not pay, and relabels interchangeable components so that fewer of them move.

use std::collections::BTreeSet;

use colocate_model::{ComponentId, Cost, GroupId, Problem, Score};

use crate::state::{Change, SearchState};
use crate::stop::{Grace, Stop};

/// Takes moves back while no goal gets worse than it may: single ones, pairs that swapped or went to where they talk to
/// each other, all of a service, groups. Then relabels interchangeable components.
///
/// `limits` are the totals the goals may reach: what a tolerance allows a later goal is not undone. When it is time to
/// stop there are a few moments more for it, and what is undone until then counts.
pub(crate) fn tidy(state: &mut SearchState<'_>, limits: &[Cost], stop: &Stop) {
    let mut grace = stop.grace();
    relabel(state, limits, &mut grace);
    let problem = state.problem();
    while !grace.is_over() {
        let moved: Vec<ComponentId> = problem.component_ids().filter(|&id| is_moved(state, id)).collect();
        let mut better = false;
        for &id in &moved {
            if grace.is_over() {
                return;
            }
            better |= is_moved(state, id) && go_home(state, &[id], limits);
        }
        for (position, &first) in moved.iter().enumerate() {
            if !is_moved(state, first) {
                continue;
            }
            if grace.is_over() {
                return;
            }
            // What went to where `first` came from must leave before it can come back; what went with it may be all
            // that keeps it there.
            let (home, here) = (problem.component(first).initial, state.host(first));
            let peers = peers(problem, first);
            let beside = |other: ComponentId| {
                let at = state.host(other);
                let groups = &problem.component(other).groups;
                at == home || at == here && groups.iter().any(|group| peers.contains(group))
            };
            let others: Vec<ComponentId> =
                moved[position + 1..].iter().copied().filter(|&other| beside(other)).collect();
            better |= others.into_iter().any(|other| go_home(state, &[first, other], limits));
        }
        for service in &problem.services {
            if grace.is_over() {
                return;
            }
            let block: Vec<ComponentId> =
                service.components.iter().copied().filter(|&id| is_moved(state, id)).collect();
            better |= block.len() > 1 && go_home(state, &block, limits);
        }
        for group in &problem.move_groups {
            let block: Vec<ComponentId> = group.iter().copied().filter(|&id| is_moved(state, id)).collect();
            better |= !block.is_empty() && go_home(state, &block, limits);
        }
        if !better {
            return;
        }
    }
}

/// The groups that `component` has traffic with.
fn peers(problem: &Problem, component: ComponentId) -> BTreeSet<GroupId> {
    let groups = problem.component(component).groups.iter();
    let edges = groups.flat_map(|group| &problem.traffic.groups[group.index()].edges);
    let ends = edges.flat_map(|edge| {
        let edge = &problem.traffic.edges[edge.index()];
        [edge.from, edge.to]
    });
    let own: BTreeSet<GroupId> = problem.component(component).groups.iter().copied().collect();
    ends.filter(|end| !own.contains(end)).collect()
}

fn is_moved(state: &SearchState<'_>, id: ComponentId) -> bool {
    let component = state.problem().component(id);
    component.is_settled() && state.host(id) != component.initial
}

/// Sends components home if no goal gets worse; whether it did.
fn go_home(state: &mut SearchState<'_>, components: &[ComponentId], limits: &[Cost]) -> bool {
    let problem = state.problem();
    let home = |&component: &ComponentId| Change { component, to: problem.component(component).initial };
    try_changes(state, components.iter().map(home).collect(), limits)
}

/// Makes changes if the placement stays feasible and no goal gets worse than it may; whether it did.
fn try_changes(state: &mut SearchState<'_>, mut changes: Vec<Change>, limits: &[Cost]) -> bool {
    let before = merit(state, limits);
    state.apply(&mut changes);
    let kept = state.is_feasible() && merit(state, limits) <= before;
    if !kept {
        state.undo(&changes);
    }
    kept
}

/// The score with each goal but the last counted only beyond its limit, then the plain one: a tolerance is for what a
/// later goal gains, and not given up for nothing.
fn merit(state: &SearchState<'_>, limits: &[Cost]) -> (Score, Score) {
    let plain = state.score();
    let mut beyond = plain.clone();
    let last = beyond.totals.len().saturating_sub(1);
    beyond.totals.iter_mut().zip(limits).take(last).for_each(|(total, &limit)| *total = (*total).max(limit));
    (beyond, plain)
}

/// Lets components that moved change places with interchangeable ones so that one of them is home again.
fn relabel(state: &mut SearchState<'_>, limits: &[Cost], grace: &mut Grace<'_>) {
    let problem = state.problem();
    for class in problem.classes.iter().filter(|class| class.len() > 1) {
        for &id in class {
            if !is_moved(state, id) {
                continue;
            }
            if grace.is_over() {
                return;
            }
            let home = problem.component(id).initial;
            let stranger =
                class.iter().copied().find(|&other| state.host(other) == home && is_moved(state, other));
            if let Some(other) = stranger {
                let swap =
                    vec![Change { component: id, to: home }, Change { component: other, to: state.host(id) }];
                try_changes(state, swap, limits);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use colocate_model::draft::{
        ComponentDraft, EdgeDraft, GoalDraft, HostDraft, LatencyDraft, ResourceDraft, ServiceDraft,
    };
    use colocate_model::{Draft, HostId};

    use super::*;
    use crate::stop::Interrupt;

    /// Two hosts of 10 and components of `services` on them, each pair of services with so many calls/s between them.
    /// 1,000 calls/s between hosts cost 0.036 $ an hour, a move 0.252 $: both weigh alike after 7 h.
    fn problem(services: &[(&str, usize)], calls: &[(&str, &str, f64)], payback_h: i64) -> Problem {
        let mut draft = Draft { resources: vec![ResourceDraft::used("cpu", "mcpu")], ..Draft::default() };
        draft.hosts = ["h0", "h1"].map(|name| HostDraft::new(name).with_capacity("cpu", 10)).into();
        for (index, &(service, host)) in services.iter().enumerate() {
            if !draft.services.iter().any(|known| known.name == service) {
                draft.services.push(ServiceDraft::new(service));
            }
            let component = ComponentDraft::new(&format!("c{index}"), service).on(&format!("h{host}"));
            // What is named after a place stays there; the others fill half a host each.
            let stays = service.starts_with('h');
            let mut component = component.with_demand("cpu", if stays { 0 } else { 5 });
            component.pinned = stays;
            draft.components.push(component);
        }
        let edge = |&(from, to, calls_per_s): &(&str, &str, f64)| {
            let (from, to) = (from.to_owned(), to.to_owned());
            EdgeDraft { from, to, calls_per_s, bytes_per_s: 0.0, routing: None }
        };
        draft.edges = calls.iter().map(edge).collect();
        draft.latency =
            Some(LatencyDraft { level: "host".into(), default_us: Some(1000.0), ..LatencyDraft::default() });
        draft.policy.goals = vec![GoalDraft::of(&["latency", "migration"])];
        draft.policy.payback_s = Some(payback_h * 3600);
        draft.policy.prices.usd_per_move = 0.252;
        draft.build().expect("it is valid")
    }

    /// Which of these components are still away from home after tidying; all of them begin on the other host.
    fn left(problem: &Problem, moved: &[usize]) -> Vec<usize> {
        let mut state = SearchState::new(problem);
        let away = |&index: &usize| {
            let component = ComponentId::new(index);
            let home = problem.component(component).initial.expect("it has one");
            Change { component, to: Some(HostId::new(1 - home.index())) }
        };
        state.apply(&mut moved.iter().map(away).collect::<Vec<_>>());
        assert!(state.is_feasible());
        let totals = state.score().totals;
        tidy(&mut state, &totals, &Stop::new(None, Interrupt::default()));
        moved.iter().copied().filter(|&index| is_moved(&state, ComponentId::new(index))).collect()
    }

    #[test]
    fn a_move_is_taken_back_if_it_does_not_pay_in_time() {
        let kept = |payback| left(&problem(&[("a", 0), ("h1", 1)], &[("a", "h1", 1000.0)], payback), &[0]);
        assert_eq!((kept(6), kept(7), kept(8)), (vec![], vec![], vec![0]));
    }

    #[test]
    fn a_pair_that_holds_itself_there_is_taken_back_together() {
        // Alone, either would lose 10,000 calls/s.
        let calls = [("a", "h1", 1000.0), ("b", "h1", 1000.0), ("a", "b", 10_000.0)];
        let kept = |payback| left(&problem(&[("a", 0), ("b", 0), ("h1", 1)], &calls, payback), &[0, 1]);
        assert_eq!((kept(6), kept(8)), (vec![], vec![0, 1]));
    }

    #[test]
    fn a_swap_is_taken_back_together() {
        // The hosts are full, so that neither can come home alone.
        let services = [("a", 0), ("b", 1), ("h0", 0), ("h1", 1), ("x", 0), ("y", 1)];
        let calls = [("a", "h1", 1000.0), ("b", "h0", 1000.0)];
        let kept = |payback| left(&problem(&services, &calls, payback), &[0, 1]);
        assert_eq!((kept(6), kept(8)), (vec![], vec![0, 1]));
    }

    #[test]
    fn a_service_is_taken_back_together() {
        // Two components that talk to each other more than to what they are beside.
        let services = [("a", 0), ("a", 0), ("h1", 1)];
        let calls = [("a", "h1", 2000.0), ("a", "a", 40_000.0)];
        let kept = |payback| left(&problem(&services, &calls, payback), &[0, 1]);
        assert_eq!((kept(6), kept(8)), (vec![], vec![0, 1]));
    }
}
