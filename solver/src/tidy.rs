//! Undoes moves that do not pay, and relabels interchangeable components so that fewer of them move.

use colocate_model::{ComponentId, Cost, Score};

use crate::state::{Change, SearchState};

/// Takes moves back while no goal gets worse than it may: single ones, pairs that swapped, all of a service. Then
/// relabels interchangeable components.
///
/// `limits` are the totals the goals may reach: what a tolerance allows a later goal is not undone.
pub(crate) fn tidy(state: &mut SearchState<'_>, limits: &[Cost]) {
    relabel(state, limits);
    let problem = state.problem();
    loop {
        let moved: Vec<ComponentId> = problem.component_ids().filter(|&id| is_moved(state, id)).collect();
        let mut better = false;
        for &id in &moved {
            better |= is_moved(state, id) && go_home(state, &[id], limits);
        }
        for (position, &first) in moved.iter().enumerate() {
            if !is_moved(state, first) {
                continue;
            }
            // What went to where `first` came from must leave before it can come back.
            let home = problem.component(first).initial;
            let others = moved[position + 1..].iter().filter(|&&other| state.host(other) == home);
            let others: Vec<ComponentId> = others.copied().collect();
            better |= others.into_iter().any(|other| go_home(state, &[first, other], limits));
        }
        for service in &problem.services {
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
fn relabel(state: &mut SearchState<'_>, limits: &[Cost]) {
    let problem = state.problem();
    for class in problem.classes.iter().filter(|class| class.len() > 1) {
        for &id in class {
            if !is_moved(state, id) {
                continue;
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
