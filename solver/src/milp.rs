//! The whole problem as a mixed-integer linear programme, solved by HiGHS: goals one after the other, from an incumbent,
//! with a proven bound for each.

mod backend;
mod blocks;
mod flow;
mod formulation;
mod highs;
mod listener;
mod outcome;
mod polish;
mod program;
mod rows;
mod scope;
mod terms;
mod transport;
mod tree;

use colocate_model::{Bound, Checker, Cost, Placement, Problem, Relaxation, Routing, Verdict};

use crate::stop::{Interrupt, Stop};
use formulation::{Formulation, TermSum};
use listener::{ABSOLUTE_ERROR, Listener};
use scope::Scope;

pub use backend::{
    BackendError, GrowingLp, InProcess, LpColumn, LpRound, LpSolution, MilpBackend, MilpEnd, MilpEvent,
    MilpLimits, MilpStatus,
};
pub use formulation::Relaxed;
pub use highs::{HighsError, highs_version, write_mps};
pub use outcome::{MilpFault, MilpOutcome};
pub(crate) use polish::polish;
pub use program::{Column, Program};

/// Nodes at most for completing a start whose every count is given.
const NODES_FOR_START: u64 = 1000;

/// Limits of [`milp`].
#[derive(Debug, Clone, Copy)]
pub struct MilpParams {
    /// Threads of HiGHS.
    pub threads: usize,
    /// Nodes of the search tree a goal; `None` for as many as time allows.
    pub nodes: Option<u64>,
    /// Iterations of the simplex method a goal; `None` for as many as time allows.
    pub lp_iterations: Option<u64>,
    /// Seed of every random choice.
    pub seed: u64,
}

/// The programme that minimises goal `goal` while the earlier ones stay within `limits`, to be solved elsewhere.
///
/// # Errors
/// [`HighsError`] when HiGHS does not take it.
pub fn program(problem: &Problem, goal: usize, limits: &[Cost]) -> Result<Program, HighsError> {
    let never = Stop::new(None, Interrupt::default());
    let formulation = Formulation::new(problem, &Scope::Whole, &never).expect("nothing stops it");
    let sum = formulation.goal(&problem.policy.goals[goal]);
    Ok(Program::new(&formulation, &sum, limits)?.expect("nothing stops it"))
}

/// Columns that the programme of `problem` has, roughly; `None` where they are more than `limit`.
pub(crate) fn columns(problem: &Problem, limit: usize) -> Option<usize> {
    let hosts = problem.hosts.len();
    let traffic = &problem.traffic;
    let pairs = traffic.edges.iter().map(|edge| {
        let [from, to] = [edge.from, edge.to].map(|end| traffic.groups[end.index()].members.len());
        if edge.routing == Routing::Uniform { from.saturating_mul(to) } else { 1 }
    });
    let pairs = pairs.fold(problem.components.len(), usize::saturating_add);
    Some(pairs.saturating_mul(hosts)).filter(|&columns| columns <= limit)
}

/// Minimises the goals one after the other, from `start` where it is feasible.
#[must_use]
pub fn milp(
    problem: &Problem,
    start: Option<&Placement>,
    params: &MilpParams,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> MilpOutcome {
    milp_within(problem, &[], start, params, backend, stop)
}

/// [`milp`] with the first goals held instead of minimised: goal g may reach `held[g]`, and does in `start`.
pub(crate) fn milp_within(
    problem: &Problem,
    held: &[Cost],
    start: Option<&Placement>,
    params: &MilpParams,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> MilpOutcome {
    let checker = Checker::new(problem);
    let incumbent = start.map(|placement| (placement.clone(), checker.check(placement)));
    let incumbent = incumbent.filter(|(_, verdict)| verdict.is_feasible());
    let Some(formulation) = Formulation::new(problem, &Scope::Whole, stop) else {
        return unsolved(problem, held, incumbent);
    };
    let mut run = Run {
        formulation: &formulation,
        checker: &checker,
        params,
        backend,
        stop,
        incumbent,
        outcome: MilpOutcome {
            relaxed: formulation.relaxed().clone(),
            limits: held.to_vec(),
            ..MilpOutcome::new(problem)
        },
    };
    for goal in held.len()..problem.policy.goals.len() {
        if let Err(fault) = run.goal(goal) {
            run.outcome.fault = Some(fault);
            run.outcome.is_complete = false;
        }
        let Some((_, verdict)) = &run.incumbent else { break };
        let reached = verdict.score.totals[goal];
        run.outcome.limits.push(problem.policy.goals[goal].tolerance.limit(reached));
    }
    run.outcome.placement = run.incumbent.map(|(placement, _)| placement);
    run.outcome
}

/// What there was before.
fn unsolved(problem: &Problem, held: &[Cost], incumbent: Option<(Placement, Verdict)>) -> MilpOutcome {
    let mut outcome = MilpOutcome { limits: held.to_vec(), is_complete: false, ..MilpOutcome::new(problem) };
    if let Some((placement, verdict)) = incumbent {
        let goals = problem.policy.goals.iter().zip(&verdict.score.totals).skip(held.len());
        outcome.limits.extend(goals.map(|(goal, &total)| goal.tolerance.limit(total)));
        outcome.placement = Some(placement);
    }
    outcome
}

/// The phases of one problem.
struct Run<'a> {
    formulation: &'a Formulation<'a>,
    checker: &'a Checker<'a>,
    params: &'a MilpParams,
    backend: &'a dyn MilpBackend,
    stop: &'a Stop,
    incumbent: Option<(Placement, Verdict)>,
    outcome: MilpOutcome,
}

impl Run<'_> {
    /// Minimises one goal.
    fn goal(&mut self, goal: usize) -> Result<(), MilpFault> {
        let span = tracing::debug_span!("milp", goal);
        let _entered = span.enter();
        // No term is ever negative: a total of 0 is proven best.
        if self.incumbent.as_ref().is_some_and(|(_, verdict)| verdict.score.totals[goal] == 0) {
            self.outcome.bounds[goal] = Some(Bound { value: 0, relaxation: Relaxation::NonNegative });
            return Ok(());
        }
        if self.stop.reason().is_some() {
            self.outcome.is_complete = false;
            return Ok(());
        }
        let sum = self.formulation.goal(&self.formulation.problem.policy.goals[goal]);
        let program =
            Program::new(self.formulation, &sum, &self.outcome.limits).map_err(BackendError::from)?;
        let Some(mut program) = program else {
            self.outcome.is_complete = false;
            return Ok(());
        };
        let mut fault = None;
        if let Some((placement, _)) = &self.incumbent {
            program.start = self.complete(&program, placement)?;
            if self.stop.reason().is_some() {
                self.outcome.is_complete = false;
                return Ok(());
            }
            fault = program.start.is_none().then_some(MilpFault::Start);
        }
        let limits = MilpLimits {
            threads: self.params.threads,
            nodes: self.params.nodes,
            lp_iterations: self.params.lp_iterations,
            absolute_gap: close_enough(&sum, &program),
            seed: self.params.seed,
        };
        let begun = program.start.as_deref().map(|start| program.objective(start));
        let mut listener = Listener {
            formulation: self.formulation,
            checker: self.checker,
            stop: self.stop,
            goal,
            limits: &self.outcome.limits,
            incumbent: &mut self.incumbent,
            program: &program,
            sum: &sum,
            first: None,
            bound: None,
        };
        let ended = self.backend.solve(&program, &limits, self.stop, &mut |event| listener.hear(event));
        if let Ok(end) = &ended {
            listener.prove(end.bound);
        }
        let (first, bound) = (listener.first, listener.bound);
        if let Some(begun) = begun {
            let took = first.is_some_and(|first| first <= begun + 1e-6 * begun.abs().max(program.scale));
            self.outcome.took_start.push(took);
        }
        // What was proven before a fault counts too.
        if let (Some(bound), Some((_, verdict))) = (bound, &self.incumbent) {
            let total = verdict.score.totals[goal];
            if bound > total {
                return Err(MilpFault::BoundAboveIncumbent { goal, bound, total });
            }
            self.outcome.bounds[goal] = Some(Bound { value: bound.max(0), relaxation: Relaxation::Milp });
        }
        let end = ended?;
        let total = self.incumbent.as_ref().map(|(_, verdict)| verdict.score.totals[goal]);
        tracing::debug!(goal, total, bound, steps = end.nodes, status = ?end.status, "programme solved");
        self.outcome.nodes += end.nodes;
        self.outcome.is_complete &= end.status != MilpStatus::Stopped;
        self.outcome.is_infeasible |= end.status == MilpStatus::Infeasible && self.incumbent.is_none();
        fault.map_or(Ok(()), Err)
    }

    /// The values of all columns where the counts are those of `placement`; `None` where that is no solution.
    fn complete(&self, program: &Program, placement: &Placement) -> Result<Option<Vec<f64>>, MilpFault> {
        let mut fixed = program.clone();
        for (column, value) in self.formulation.counts(placement) {
            (fixed.columns[column].lower, fixed.columns[column].upper) = (value, value);
        }
        let limits = MilpLimits {
            threads: 1,
            nodes: Some(NODES_FOR_START),
            lp_iterations: None,
            absolute_gap: 0.0,
            seed: self.params.seed,
        };
        let mut values = None;
        self.backend.solve(&fixed, &limits, self.stop, &mut |event| {
            if let MilpEvent::Incumbent(found) = event {
                values = Some(found);
            }
        })?;
        Ok(values)
    }
}

/// A gap that proves what cannot be proven any better: integers differ by 1.
fn close_enough(sum: &TermSum, program: &Program) -> f64 {
    let error = ABSOLUTE_ERROR * program.scale;
    if sum.below == 0.0 && sum.above == 0.0 && error < 0.1 { 0.5 } else { error }
}
