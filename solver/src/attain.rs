//! Placements that can be reached: what no safe order moves stays, and the rest is arranged around it.

use std::collections::BTreeSet;

use colocate_model::{
    Checker, ComponentId, Incumbent, LeftOutReason, Placement, Plan, Problem, Relaxation, Score, Solved,
    Status,
};

use crate::planner::{end_of, plan_until};
use crate::search::{SearchParams, search};
use crate::state::SearchState;
use crate::stop::Stop;

/// Searches at most, each with more components held where they are.
const ROUNDS: usize = 4;

/// Plans the way to the incumbent of `solved`. Where that leaves components out because no order of the moves is safe, or
/// because detours take up the budget of moves, searches again with these held in place and the detours set aside from
/// the budget, and keeps the plan that ends best; none that ends worse than the start. What is best is decided goal by
/// goal, each within its tolerance.
///
/// Once `stop` says so it searches no more, and leaves out of a plan what has no place in it without a detour.
///
/// The incumbent becomes the placement that the plan leads to or was made for. Without an incumbent there is no plan.
pub fn attain(
    problem: &Problem,
    mut solved: Solved,
    params: &SearchParams,
    stop: &Stop,
) -> (Solved, Option<Plan>) {
    let Some(incumbent) = &solved.incumbent else { return (solved, None) };
    let reached = incumbent.score.totals.clone();
    let checker = Checker::new(problem);
    let mut held = BTreeSet::new();
    let mut detours = 0;
    let mut latest = Attempt { plan: plan_until(problem, &incumbent.placement, stop), placement: None };
    let mut attempts = Vec::new();
    for _ in 0..ROUNDS {
        let known = held.len();
        held.extend(stuck(problem, &latest.plan));
        if held.len() == known || stop.reason().is_some() {
            break;
        }
        detours = detours.max(detours_of(problem, &latest.plan));
        let narrowed = holding(problem, &held, detours);
        let mut state = SearchState::new(&narrowed);
        state.restore(&end_of(problem, &latest.plan));
        attempts.push(latest);
        solved.iterations += search(&mut state, params, stop);
        let placement = state.placement().clone();
        latest = Attempt { plan: plan_until(problem, &placement, stop), placement: Some(placement) };
    }
    attempts.push(latest);
    let start = problem.initial_placement();
    if checker.check(&start).is_feasible() {
        attempts.push(Attempt { plan: plan_until(problem, &start, stop), placement: Some(start) });
    }
    let Attempt { plan, placement } = best(problem, &checker, attempts);
    if let Some(placement) = placement {
        let verdict = checker.check(&placement);
        // A programme bounds a goal over the placements that are no worse in the earlier ones.
        let worse = reached.iter().zip(&verdict.score.totals).position(|(was, is)| is > was);
        if let Some(worse) = worse {
            let later = solved.bounds.iter_mut().skip(worse + 1);
            later.for_each(|bound| *bound = bound.filter(|bound| bound.relaxation != Relaxation::Milp));
        }
        let is_optimal = problem.is_proven(&verdict.score, &solved.bounds);
        solved.status = if is_optimal { Status::Optimal } else { Status::Feasible };
        solved.incumbent = Some(Incumbent { placement, terms: verdict.terms, score: verdict.score });
    }
    (solved, Some(plan))
}

/// A plan and the placement it was made for, where that is not the incumbent.
struct Attempt {
    plan: Plan,
    placement: Option<Placement>,
}

/// The attempt that ends best, the first one among equals: goal by goal those within the tolerance of the best remain.
fn best(problem: &Problem, checker: &Checker<'_>, mut attempts: Vec<Attempt>) -> Attempt {
    let goals = &problem.policy.goals;
    let feasible = |placement: &Placement| checker.check(placement).is_feasible();
    attempts.retain(|attempt| attempt.placement.as_ref().is_none_or(feasible));
    for (index, goal) in goals.iter().enumerate() {
        let total = |attempt: &Attempt| goal.total(&attempt.plan.after);
        let reached = attempts.iter().map(total).min().expect("the first attempt leads to the incumbent");
        // A tolerance is for later goals, and the last one has none.
        let limit = if index + 1 < goals.len() { goal.tolerance.limit(reached) } else { reached };
        attempts.retain(|attempt| total(attempt) <= limit);
    }
    let score = |attempt: &Attempt| Score::new(goals, &attempt.plan.after);
    attempts.into_iter().min_by_key(score).expect("no goal excludes the best in it")
}

/// The components that the plan leaves out though they could be held back, with those that only move together with them.
fn stuck(problem: &Problem, plan: &Plan) -> Vec<ComponentId> {
    let left = plan.left_out.iter().filter(|left| left.reason != LeftOutReason::AfterHorizon);
    let settled = left.map(|left| left.component).filter(|&id| problem.component(id).is_settled());
    settled
        .flat_map(|id| match problem.component(id).move_group {
            Some(group) => problem.move_groups[group as usize].clone(),
            None => vec![id],
        })
        .collect()
}

/// Directives of a plan beyond one for each component that ends elsewhere.
fn detours_of(problem: &Problem, plan: &Plan) -> i64 {
    let end = end_of(problem, plan);
    let moved = problem.component_ids().filter(|&id| {
        let initial = problem.component(id).initial;
        initial.is_some() && end.host(id) != initial
    });
    let directives = plan.directives().filter(|directive| directive.source.is_some()).count();
    (directives - moved.count()) as i64
}

/// The problem with these components pinned, and so many moves set aside.
fn holding(problem: &Problem, held: &BTreeSet<ComponentId>, detours: i64) -> Problem {
    let mut narrowed = problem.clone();
    held.iter().for_each(|id| narrowed.components[id.index()].pinned = true);
    let moves = &mut narrowed.policy.budgets.moves;
    *moves = moves.map(|moves| (moves - detours).max(0));
    narrowed
}
