//! Placements that can be reached: what no safe order moves stays, and the rest is arranged around it.

use std::collections::BTreeSet;

use colocate_model::{
    Checker, ComponentId, Incumbent, LeftOutReason, Placement, Plan, Problem, Score, Solved, Status,
};

use crate::planner::{end_of, plan};
use crate::search::{SearchParams, search};
use crate::state::SearchState;
use crate::stop::Stop;

/// Searches at most, each with more components held where they are.
const ROUNDS: usize = 4;

/// Plans the way to the incumbent of `solved`. Where that leaves components out because no order of the moves is safe,
/// searches again with these held in place, and keeps the plan that ends best; none that ends worse than the start.
///
/// The incumbent becomes the placement that the plan leads to or was made for. Without an incumbent there is no plan.
pub fn attain(
    problem: &Problem,
    mut solved: Solved,
    params: &SearchParams,
    stop: &Stop,
) -> (Solved, Option<Plan>) {
    let Some(incumbent) = &solved.incumbent else { return (solved, None) };
    let goals = &problem.policy.goals;
    let score = |plan: &Plan| Score::new(goals, &plan.after);
    let checker = Checker::new(problem);
    let mut held = BTreeSet::new();
    let mut latest = plan(problem, &incumbent.placement);
    let mut best = latest.clone();
    let mut chosen: Option<Placement> = None;
    for _ in 0..ROUNDS {
        let known = held.len();
        held.extend(stuck(problem, &latest));
        if held.len() == known {
            break;
        }
        let narrowed = holding(problem, &held);
        let mut state = SearchState::new(&narrowed);
        state.restore(&end_of(problem, &latest));
        solved.iterations += search(&mut state, params, stop);
        let placement = state.placement().clone();
        if !checker.check(&placement).is_feasible() {
            break;
        }
        latest = plan(problem, &placement);
        if score(&latest) < score(&best) {
            best.clone_from(&latest);
            chosen = Some(placement);
        }
    }
    let start = problem.initial_placement();
    let begun = checker.check(&start);
    if begun.is_feasible() && begun.score < score(&best) {
        best = plan(problem, &start);
        chosen = Some(start);
    }
    if let Some(placement) = chosen {
        let verdict = checker.check(&placement);
        let is_optimal = problem.is_proven(&verdict.score, &solved.bounds);
        solved.status = if is_optimal { Status::Optimal } else { Status::Feasible };
        solved.incumbent = Some(Incumbent { placement, terms: verdict.terms, score: verdict.score });
    }
    (solved, Some(best))
}

/// The components that no safe order moves, with those that only move together with them.
fn stuck(problem: &Problem, plan: &Plan) -> Vec<ComponentId> {
    let left = plan.left_out.iter().filter(|left| left.reason == LeftOutReason::NoSafeOrder);
    let settled = left.map(|left| left.component).filter(|&id| problem.component(id).is_settled());
    settled
        .flat_map(|id| match problem.component(id).move_group {
            Some(group) => problem.move_groups[group as usize].clone(),
            None => vec![id],
        })
        .collect()
}

/// The problem with these components pinned.
fn holding(problem: &Problem, held: &BTreeSet<ComponentId>) -> Problem {
    let mut narrowed = problem.clone();
    held.iter().for_each(|id| narrowed.components[id.index()].pinned = true);
    narrowed
}
