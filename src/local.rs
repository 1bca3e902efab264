//! Solving on this machine: what the commands and the service ask for.

use std::collections::BTreeMap;

use colocate_grpc::{Answer, Backend, BackendError, Call, Improvement, Job, Subject};
use colocate_model::{
    Aim, Checker, ComponentId, Document, DomainId, ExplainRequest, Explained, FaultCode, Faults, Front,
    HostId, Limits, MethodName, Obstacle, ParetoRequest, Placement, Problem, ResourceId, Row, SolveRequest,
    Verdict, WhatIf, check,
};
use colocate_solver::{
    Interrupt, Method, MilpBackend, ParetoError, ParetoParams, SearchParams, SearchState, SolveError, Stop,
    ThresholdInput, attain, contributions, greedy, obstacles, pareto_with, plan, solve_with, threshold,
    what_if, why_not_until,
};

use crate::plan_file::{self, Origin};

/// Shares of the time that is left: what comes after needs the rest. Proofs take all the time they get; plans of
/// problems of that size take none.
const SOLVING: f64 = 0.8;
const PROVING: f64 = 0.95;
/// Proposals of each search for the least relaxation.
const RELAXED_ITERATIONS: u64 = 2000;
/// Hosts named for each component.
const HOSTS: usize = 5;
/// Components times hosts tried at most, so that an answer about a large plan comes soon.
const TRIALS: usize = 2_000_000;

/// The solver on this machine.
pub(crate) struct Local {
    /// Where HiGHS runs.
    pub(crate) milp: Box<dyn MilpBackend>,
}

impl Backend for Local {
    fn solve(&self, job: &Job, request: &SolveRequest, call: &Call) -> Result<Answer, BackendError> {
        let method = match request.method {
            MethodName::Threshold => return Ok(by_threshold(job, request, call)),
            MethodName::Greedy => Method::Greedy,
            MethodName::Auto => Method::Auto,
            MethodName::Search => Method::Search,
            MethodName::Milp => Method::Milp,
        };
        let problem = &job.problem;
        let params = search_params(&request.limits);
        let share = if request.aim == Aim::Placement || method == Method::Milp { PROVING } else { SOLVING };
        let solved = solve_with(problem, method, &params, &*self.milp, &stop(call, &request.limits, share))
            .map_err(failed)?;
        let (solved, plan) = match &solved.incumbent {
            Some(incumbent) if request.aim == Aim::Placement || method == Method::Greedy => {
                let plan = plan(problem, &incumbent.placement);
                (solved, Some(plan))
            }
            // What a plan cannot reach is given up: no better placements to tell of.
            _ => {
                let quiet = Call { listener: None, ..call.clone() };
                attain(problem, solved, &params, &stop(&quiet, &request.limits, SOLVING))
            }
        };
        let origin = Origin {
            method: request.method.name(),
            seed: request.limits.seed,
            now: call.now,
            loaded: &job.loaded,
            solved: Some(&solved),
            violations: &[],
        };
        let document = plan.as_ref().map(|plan| plan_file::document(problem, plan, &origin));
        let obstacles = match &plan {
            Some(_) => Vec::new(),
            None => blocking(problem, request.limits.seed, &stop(call, &request.limits, 1.0)),
        };
        Ok(Answer {
            solved: Some(solved),
            plan,
            document,
            obstacles,
            violations: Vec::new(),
            warnings: job.loaded.too_old(call.now),
        })
    }

    fn pareto(&self, job: &Job, request: &ParetoRequest, call: &Call) -> Result<Front, BackendError> {
        let params = ParetoParams {
            axes: request.axes.clone(),
            points: request.points,
            caps: request.caps.clone(),
            reference: request.reference.clone(),
            search: search_params(&request.limits),
        };
        let stop = stop(call, &request.limits, PROVING);
        pareto_with(&job.problem, &params, &*self.milp, &stop).map_err(|error| match error {
            ParetoError::Solve(error) => failed(error),
            other => {
                let mut faults = Faults::default();
                let (cause, action) = (other.to_string(), "see the axes, caps and reference of pareto");
                faults.add(Document::Request, "/axes", FaultCode::Contradiction, cause, action);
                BackendError::Request(faults)
            }
        })
    }

    fn evaluate(&self, job: &Job, placement: &Placement, moves: &[(ComponentId, HostId)]) -> WhatIf {
        what_if(&job.problem, placement, moves)
    }

    fn explain(
        &self,
        job: &Job,
        subject: &Subject,
        request: &ExplainRequest,
        call: &Call,
    ) -> Result<Explained, BackendError> {
        let problem = &job.problem;
        let mut placement = problem.initial_placement();
        let (mut plan_hash, mut steps) = (None, Vec::new());
        match subject {
            Subject::Start => {}
            Subject::Placement(given) => placement = given.clone(),
            Subject::Plan { hash, steps: given } => {
                given.iter().for_each(|step| placement.set(step.component, Some(step.target)));
                (plan_hash, steps) = (Some(hash.clone()), given.clone());
            }
        }
        let directives: Vec<(ComponentId, HostId)> = match subject {
            Subject::Plan { .. } => steps.iter().map(|step| (step.component, step.target)).collect(),
            _ => moved(problem, &placement),
        };
        let checker = Checker::new(problem);
        let (components, not_asked) = asked(problem, &directives, &request.components);
        // Iterations limit each of many searches; the time limits all of them together.
        let stop = stop(call, &Limits { iterations: None, ..request.limits }, 1.0);
        let params = SearchParams { threads: 1, ..search_params(&request.limits) };
        let mut explained = Explained {
            plan_hash,
            contributions: contributions(problem, &directives),
            steps,
            before: checker.check(&problem.initial_placement()).terms,
            after: checker.check(&placement).terms,
            why_not: why_not_until(problem, &placement, &components, HOSTS, &stop),
            not_asked,
            what_if: (!request.moves.is_empty()).then(|| what_if(problem, &placement, &request.moves)),
            obstacles: obstacles(problem, &placement, &params, &stop),
        };
        if !request.components.is_empty() {
            // The whole plan was followed; only the parts asked for are shown.
            let wanted = |component: ComponentId| request.components.contains(&component);
            explained.steps.retain(|step| wanted(step.component));
            explained.contributions.retain(|part| wanted(part.component));
        }
        Ok(explained)
    }

    fn check(&self, job: &Job, placement: &Placement) -> Verdict {
        check(&job.problem, placement)
    }
}

fn failed(error: SolveError) -> BackendError {
    BackendError::Failed(Box::new(error))
}

/// The limits of a search; iterations and threads as given.
fn search_params(limits: &Limits) -> SearchParams {
    SearchParams { seed: limits.seed, iterations: limits.iterations, threads: limits.threads }
}

/// Ends after `share` of the time that `call` has left, and tells its listener. Where iterations are limited the time
/// decides nothing before it is up, so that the answer stays the same.
fn stop(call: &Call, limits: &Limits, share: f64) -> Stop {
    let left = call.time.map(|time| time.saturating_sub(call.arrived.elapsed()));
    let interrupt = Interrupt::from(call.cancelled.clone());
    let stop = match (limits.iterations, left) {
        (Some(_), Some(left)) => Stop::new(None, interrupt).capped(left),
        (_, left) => Stop::new(left.map(|left| left.mul_f64(share)), interrupt),
    };
    let Some(listener) = call.listener.clone() else { return stop };
    stop.observed_by(move |progress| {
        listener(&Improvement {
            goal: progress.goal,
            total: progress.total,
            bound: progress.bound,
            steps: progress.steps,
            placement: progress.placement,
        });
    })
}

/// What blocks where no placement was found, and the least relaxation that helps.
fn blocking(problem: &Problem, seed: u64, stop: &Stop) -> Vec<Obstacle> {
    let params = SearchParams { seed, iterations: Some(RELAXED_ITERATIONS), threads: 1 };
    let mut state = SearchState::new(problem);
    greedy(&mut state);
    let mut found = obstacles(problem, state.placement(), &params, stop);
    // What was violated at the start may stay so and is not why.
    found.retain(|obstacle| obstacle.violations.iter().any(|v| matches!(v.row, Row::Unplaced { .. })));
    found
}

/// Components and hosts that differ from the start, in order of component.
fn moved(problem: &Problem, placement: &Placement) -> Vec<(ComponentId, HostId)> {
    let moved = placement.iter().filter(|&(id, host)| host != problem.component(id).initial);
    moved.filter_map(|(id, host)| host.map(|host| (id, host))).collect()
}

/// The components to ask: those named, or else those that move; and how many are too many.
fn asked(
    problem: &Problem,
    directives: &[(ComponentId, HostId)],
    named: &[ComponentId],
) -> (Vec<ComponentId>, usize) {
    if !named.is_empty() {
        return (named.to_vec(), 0);
    }
    let mut seen = vec![false; problem.components.len()];
    let mut components: Vec<ComponentId> = directives.iter().map(|directive| directive.0).collect();
    components.retain(|component| !std::mem::replace(&mut seen[component.index()], true));
    let most = (TRIALS / problem.hosts.len().max(1)).max(1);
    let not_asked = components.len().saturating_sub(most);
    components.truncate(most);
    (components, not_asked)
}

/// The rule as it was first described: directives that name racks, and what they would break.
fn by_threshold(job: &Job, request: &SolveRequest, call: &Call) -> Answer {
    let problem = &job.problem;
    let result = threshold(problem, &threshold_input(job));
    let origin = Origin {
        method: request.method.name(),
        seed: request.limits.seed,
        now: call.now,
        loaded: &job.loaded,
        solved: None,
        violations: &result.violations,
    };
    let document = plan_file::document(problem, &result.plan, &origin);
    Answer {
        solved: None,
        plan: Some(result.plan),
        document: Some(document),
        obstacles: Vec::new(),
        violations: result.violations,
        warnings: job.loaded.too_old(call.now),
    }
}

/// The forecast's ranking and the measured utilisation of racks, by position.
fn threshold_input(job: &Job) -> ThresholdInput {
    let (loaded, problem) = (&job.loaded, &job.problem);
    let components: BTreeMap<&str, ComponentId> =
        problem.component_ids().map(|id| (&*problem.component(id).name, id)).collect();
    let ranking = loaded.ranking.iter().filter_map(|ranked| components.get(&*ranked.component).copied());
    let mut input = ThresholdInput { ranking: ranking.collect(), ..ThresholdInput::default() };
    let racks = &problem.partitions[problem.racks().index()].domains;
    for (rack, values) in loaded.utilisation.iter().flat_map(|utilisation| &utilisation.racks) {
        let Some(rack) = racks.iter().position(|domain| domain.name == *rack) else { continue };
        for (resource, percent) in values {
            if let Some(k) = problem.resources.iter().position(|known| known.name == *resource) {
                let ppm = (percent * 10_000.0).round() as i64;
                input.utilisation.insert((DomainId::new(rack), ResourceId::new(k)), ppm);
            }
        }
    }
    input
}
