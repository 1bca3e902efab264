//! `solve`: from a problem to a checked answer.

use std::time::Duration;

use colocate_model::{
    Blocker, Checker, Cost, HostId, Incumbent, Placement, Problem, Relaxation, ResourceId, Solved, Status,
    StopReason, UNLIMITED,
};

use crate::bound::{better_bounds, take_time};
use crate::greedy::greedy_until;
use crate::milp::{self, InProcess, MilpBackend, MilpFault, MilpParams, milp_within, polish};
use crate::search::{self, SearchParams, rescue, search_within};
use crate::state::SearchState;
use crate::stop::{Interrupt, Progress, Stop};
use crate::tidy::tidy;

/// How to solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The programme where it is small; else the search, and programmes over a few hosts.
    Auto,
    /// Construct and repair.
    Greedy,
    /// Greedy, then local search.
    Search,
    /// Greedy, a short search, then the programme of the whole problem.
    Milp,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 4] = [Self::Auto, Self::Greedy, Self::Search, Self::Milp];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Greedy => "greedy",
            Self::Search => "search",
            Self::Milp => "milp",
        }
    }

    /// The method of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// Steps, a component and host, of the search that finds the programme its start.
const STEPS_TO_START: usize = 2_000;
/// Nodes of the search tree a goal, where steps are limited and not time.
const NODES: u64 = 2_000;
/// Iterations of the simplex method a goal, likewise.
const LP_ITERATIONS: u64 = 200_000;
/// Part of the time after which bounds are looked for, where they take time.
const WORK_SHARE: f64 = 0.85;
/// Part of that which the search has before programmes over a few hosts polish what it found.
const SEARCH_SHARE: f64 = 0.9;
/// Programmes over a few hosts a goal, where steps are limited and not time.
const PROGRAMMES: u64 = 10;
/// Columns of a programme that HiGHS is likely to solve to the end within minutes.
const COLUMNS: usize = 2_500;

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
        /// Position of the goal.
        goal: usize,
        /// What claims to have proven it.
        relaxation: Relaxation,
        /// The bound.
        bound: Cost,
        /// The total of the incumbent.
        total: Cost,
    },
}

/// Solves `problem`, with HiGHS in this process; every answer has passed the naive checker.
///
/// # Errors
/// [`SolveError`] when two parts of the solver contradict each other, which is a bug.
pub fn solve(
    problem: &Problem,
    method: Method,
    params: &SearchParams,
    stop: &Stop,
) -> Result<Solved, SolveError> {
    solve_with(problem, method, params, &InProcess, stop)
}

/// [`solve`], with another way to run HiGHS.
///
/// # Errors
/// Like [`solve`]. That HiGHS fails is no error: what is known without it is the answer.
pub fn solve_with(
    problem: &Problem,
    method: Method,
    params: &SearchParams,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> Result<Solved, SolveError> {
    let blockers = blockers(problem);
    if !blockers.is_empty() {
        return Ok(nothing(problem, Status::Infeasible, StopReason::Infeasible, blockers));
    }
    let span = tracing::debug_span!("solve", method = method.name());
    let _entered = span.enter();
    let state = first(problem, method != Method::Greedy, params, stop);
    improve(state, &[], method, params, backend, stop)
}

/// What the greedy makes of the start, rescued where that leaves components without a host.
fn first<'p>(problem: &'p Problem, rescued: bool, params: &SearchParams, stop: &Stop) -> SearchState<'p> {
    let mut state = SearchState::new(problem);
    {
        let _span = tracing::debug_span!("greedy").entered();
        greedy_until(&mut state, stop);
        if !state.is_feasible() && rescued {
            rescue(&mut state, params, stop);
        }
        let is_feasible = state.is_feasible();
        tracing::debug!(totals = ?state.score().totals, is_feasible, "constructed");
    }
    state
}

/// A placement by greedy and search, checked, without a bound: as [`Method::Search`] finds it.
pub(crate) fn placed(problem: &Problem, params: &SearchParams, stop: &Stop) -> Option<Placement> {
    if !blockers(problem).is_empty() {
        return None;
    }
    let mut state = first(problem, true, params, stop);
    if state.is_feasible() {
        search_within(&mut state, &[], params, search::SHARE, stop);
    }
    state.is_feasible().then(|| incumbent(&state).ok()).flatten().map(|incumbent| incumbent.placement)
}

/// Improves the placement of `state` by `method`, the first goals held instead: goal g may reach `held[g]`. Where it is
/// not feasible only the programme can help.
///
/// # Errors
/// Like [`solve`].
pub(crate) fn improve(
    mut state: SearchState<'_>,
    held: &[Cost],
    method: Method,
    params: &SearchParams,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> Result<Solved, SolveError> {
    let problem = state.problem();
    let exact = match method {
        Method::Milp => true,
        Method::Auto => milp::columns(problem, COLUMNS).is_some(),
        Method::Greedy | Method::Search => false,
    };
    let whole = stop;
    let stop = &if take_time(problem) { stop.part(WORK_SHARE) } else { stop.clone() };
    let mut found = state.is_feasible().then(|| state.placement().clone());
    let mut iterations = 0;
    if let (Some(placement), Some(goal)) = (&found, problem.policy.goals.get(held.len())) {
        let (goal, total) = (held.len(), state.total(goal));
        stop.report(&Progress { goal, total, steps: 0, bound: None, placement: Some(placement) });
    }
    if found.is_some() && method != Method::Greedy {
        let steps = match params.iterations {
            given if !exact => given,
            given => {
                let enough = problem.components.len() * problem.hosts.len() * STEPS_TO_START;
                Some(given.unwrap_or(u64::MAX).min(enough as u64))
            }
        };
        let search = SearchParams { iterations: steps, ..params.clone() };
        let share = if method == Method::Auto { SEARCH_SHARE } else { search::SHARE };
        iterations = search_within(&mut state, held, &search, share, stop);
        found = Some(state.placement().clone());
    }
    let highs = MilpParams {
        threads: params.threads,
        nodes: params.iterations.map(|_| NODES),
        lp_iterations: params.iterations.map(|_| LP_ITERATIONS),
        seed: params.seed,
    };
    if found.is_some() && !exact && method == Method::Auto {
        polish(&mut state, held, &highs, params.iterations.map(|_| PROGRAMMES), backend, stop);
        found = Some(state.placement().clone());
    }
    let mut proven = vec![None; problem.policy.goals.len()];
    if exact {
        let outcome = milp_within(problem, held, found.as_ref(), &highs, backend, stop);
        match outcome.fault {
            Some(MilpFault::BoundAboveIncumbent { goal, bound, total }) => {
                let relaxation = Relaxation::Milp;
                return Err(SolveError::BoundAboveIncumbent { goal, relaxation, bound, total });
            }
            Some(fault) if stop.reason().is_none() => {
                tracing::warn!(%fault, "the programme was not solved to the end");
            }
            Some(fault) => tracing::debug!(%fault, "the programme was left"),
            None => {}
        }
        if outcome.is_infeasible {
            return Ok(nothing(problem, Status::Infeasible, StopReason::Infeasible, Vec::new()));
        }
        if let Some(placement) = &outcome.placement {
            state.restore(placement);
            tidy(&mut state, &outcome.limits, stop);
        }
        (proven, found) = (outcome.bounds, outcome.placement);
    }
    if found.is_none() {
        let reason = stop.reason().unwrap_or(StopReason::Finished);
        return Ok(nothing(problem, Status::Unknown, reason, Vec::new()));
    }
    let incumbent = incumbent(&state)?;
    // The greedy promises milliseconds.
    let over = Stop::new(Some(Duration::ZERO), Interrupt::default());
    let rest = if method == Method::Greedy { &over } else { whole };
    let bounds = better_bounds(problem, &incumbent, &proven, backend, rest)?;
    let is_optimal = problem.is_proven(&incumbent.score, &bounds);
    let limited = params.iterations.is_some() && method != Method::Greedy;
    let ended = if limited { StopReason::IterationLimit } else { StopReason::Finished };
    Ok(Solved {
        status: if is_optimal { Status::Optimal } else { Status::Feasible },
        stop_reason: if is_optimal { StopReason::Optimal } else { stop.reason().unwrap_or(ended) },
        incumbent: Some(incumbent),
        bounds,
        iterations,
        blockers: Vec::new(),
    })
}

/// The placement of `state`, once it has passed the checker.
fn incumbent(state: &SearchState<'_>) -> Result<Incumbent, SolveError> {
    let verdict = Checker::new(state.problem()).check(state.placement());
    if !verdict.is_feasible() || verdict.score != state.score() {
        return Err(SolveError::CheckFailed);
    }
    Ok(Incumbent { placement: state.placement().clone(), terms: verdict.terms, score: verdict.score })
}

/// No placement.
fn nothing(problem: &Problem, status: Status, stop_reason: StopReason, blockers: Vec<Blocker>) -> Solved {
    Solved {
        status,
        incumbent: None,
        bounds: vec![None; problem.policy.goals.len()],
        stop_reason,
        iterations: 0,
        blockers,
    }
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
