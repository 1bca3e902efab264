//! `solve`: from a problem to a checked answer.

use colocate_model::{
    Blocker, Checker, Cost, HostId, Incumbent, Problem, Relaxation, ResourceId, Solved, Status, StopReason,
    UNLIMITED,
};

use crate::bound::{bounds, take_time};
use crate::greedy::greedy;
use crate::search::{SearchParams, rescue, search};
use crate::state::SearchState;
use crate::stop::Stop;

/// Share of the time limit that is left to search where bounds take time too.
const SEARCH_SHARE: f64 = 0.85;

/// How to solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Construct and repair.
    Greedy,
    /// Greedy, then local search.
    Search,
}

/// Why no answer left the solver.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SolveError {
    /// The two evaluators disagree: a bug, and no answer to trust.
    #[error("the checker disagrees with the search about the answer")]
    CheckFailed,
    /// A bound that is not one: a bug.
    #[error(
        "the {} bound of goal {goal}, {bound}, is above {total}, which a placement reaches",
        relaxation.name()
    )]
    BoundAboveIncumbent {
        /// The goal.
        goal: usize,
        /// What claims to have proven it.
        relaxation: Relaxation,
        /// The bound.
        bound: Cost,
        /// The total of the incumbent.
        total: Cost,
    },
}

/// Solves `problem`; every answer has passed the naive checker.
///
/// # Errors
/// [`SolveError::CheckFailed`] when the checker disagrees and [`SolveError::BoundAboveIncumbent`] when a bound does; both
/// are bugs.
pub fn solve(
    problem: &Problem,
    method: Method,
    params: &SearchParams,
    stop: &Stop,
) -> Result<Solved, SolveError> {
    let goals = problem.policy.goals.len();
    let blockers = blockers(problem);
    let nothing = |status, stop_reason, blockers| Solved {
        status,
        incumbent: None,
        bounds: vec![None; goals],
        stop_reason,
        iterations: 0,
        blockers,
    };
    if !blockers.is_empty() {
        return Ok(nothing(Status::Infeasible, StopReason::Infeasible, blockers));
    }
    let searching = if take_time(problem) { stop.part(SEARCH_SHARE) } else { stop.clone() };
    let mut state = SearchState::new(problem);
    greedy(&mut state);
    let feasible = state.is_feasible() || method == Method::Search && rescue(&mut state, params, &searching);
    if !feasible {
        return Ok(nothing(Status::Unknown, searching.reason().unwrap_or(StopReason::Finished), Vec::new()));
    }
    let mut iterations = 0;
    if method == Method::Search {
        iterations = search(&mut state, params, &searching);
    }
    let verdict = Checker::new(problem).check(state.placement());
    if !verdict.is_feasible() || verdict.score != state.score() {
        return Err(SolveError::CheckFailed);
    }
    let incumbent =
        Incumbent { placement: state.placement().clone(), terms: verdict.terms, score: verdict.score };
    let bounds = bounds(problem, &incumbent, stop)?;
    let mut proven = bounds.iter().zip(&incumbent.score.totals);
    let optimal = proven.all(|(bound, &total)| bound.is_some_and(|bound| bound.value == total));
    let limited = params.iterations.is_some() && method == Method::Search;
    let ended = if limited { StopReason::IterationLimit } else { StopReason::Finished };
    Ok(Solved {
        status: if optimal { Status::Optimal } else { Status::Feasible },
        incumbent: Some(incumbent),
        bounds,
        stop_reason: if optimal { StopReason::Optimal } else { searching.reason().unwrap_or(ended) },
        iterations,
        blockers: Vec::new(),
    })
}

/// Pending components that fit no host even when it is empty.
fn blockers(problem: &Problem) -> Vec<Blocker> {
    let pending = problem.component_ids().filter(|&id| problem.component(id).initial.is_none());
    let blocked = pending.filter_map(|component| {
        let lacks = |host: HostId| {
            let steps = problem.steps();
            let (at, demand) = (problem.host(host), problem.demand(component));
            (0..problem.resources.len()).find_map(|k| {
                let capacity = at.capacity[k];
                let peak =
                    (0..steps).map(|step| demand[k * steps + step] + at.held[k * steps + step]).max()?;
                let over = peak + at.base[k];
                (capacity != UNLIMITED && over > capacity)
                    .then(|| (host, ResourceId::new(k), over - capacity))
            })
        };
        let mut lacking = Vec::new();
        for host in problem.host_ids().filter(|&host| problem.may_be_on(component, host)) {
            lacking.push(lacks(host)?);
        }
        Some(Blocker { component, lacking })
    });
    blocked.collect()
}
