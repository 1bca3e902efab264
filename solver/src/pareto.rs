//! The Pareto front of two or three axes: terms of the objective, and the number of moves.
//!
//! Goals of the policy that come before the first with one of the axes are optimised first and then held (within their
//! tolerance): the front is that of the placements that are best in them. Its points come from the epsilon-constraint
//! method: minimise the first axis with caps on the others, then the others in turn.

mod archive;
mod axis;
mod hypervolume;
mod knee;
mod proof;
mod sweep;
mod zones;

use colocate_model::{Axis, Certificate, Cost, Front, FrontPoint, Problem, Status, StopReason, Term, check};

use crate::milp::{InProcess, MilpBackend};
use crate::search::SearchParams;
use crate::solve::SolveError;
use crate::stop::Stop;
use hypervolume::hypervolume;
use knee::knee;
use sweep::Sweep;

/// What front to find.
#[derive(Debug, Clone)]
pub struct ParetoParams {
    /// Two or three different axes.
    pub axes: Vec<Axis>,
    /// How many problems are solved at most; each gives a point, new or not.
    pub points: usize,
    /// With two axes: the caps on moves, or else on the second axis, to look at, instead of where the front changes
    /// most.
    pub caps: Vec<Cost>,
    /// The point up to which volume is measured, an entry an axis; where absent the values of the start, and for moves
    /// the number of components that may move.
    pub reference: Option<Vec<Cost>>,
    /// Limits of each search; iterations are counted for each goal of each point.
    pub search: SearchParams,
}

impl Default for ParetoParams {
    fn default() -> Self {
        Self {
            axes: vec![Axis::Term(Term::Latency), Axis::Moves],
            points: 16,
            caps: Vec::new(),
            reference: None,
            search: SearchParams::default(),
        }
    }
}

/// Why there is no front.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParetoError {
    /// The axes are not two or three different ones.
    #[error("a front has two or three different axes")]
    Axes,
    /// Caps make sense for one axis only.
    #[error("caps need a front of two axes")]
    Caps,
    /// The reference point has another number of axes.
    #[error("the reference point has {given} values for {axes} axes")]
    Reference {
        /// Values it has.
        given: usize,
        /// Axes there are.
        axes: usize,
    },
    /// The solver failed.
    #[error(transparent)]
    Solve(#[from] SolveError),
}

/// Finds the front of `problem`, with HiGHS in this process: points none of which dominates another, each feasible and
/// no worse in the goals that come before the axes than the best placement found for them.
///
/// Every solve gets an equal part of the time that is left, and starts from a neighbour, so that the front never loses
/// what it had. When `stop` says so the points found until then are the answer. With a limit on iterations and none on
/// time the result depends on the parameters alone. Progress is reported with the total of the first axis that is a
/// term.
///
/// # Errors
/// [`ParetoError`] when the parameters do not fit, or the two evaluators disagree.
///
/// # Source
/// Haimes, Lasdon and Wismer (1971), "On a bicriterion formulation of the problems of integrated system identification
/// and system optimization": the epsilon-constraint method. The caps are chosen as `zones.rs` says.
pub fn pareto(problem: &Problem, params: &ParetoParams, stop: &Stop) -> Result<Front, ParetoError> {
    pareto_with(problem, params, &InProcess, stop)
}

/// [`pareto`], with another way to run HiGHS.
///
/// # Errors
/// Like [`pareto`]. That HiGHS fails is no error: what is known without it is the answer.
pub fn pareto_with(
    problem: &Problem,
    params: &ParetoParams,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> Result<Front, ParetoError> {
    let _span = tracing::debug_span!("pareto").entered();
    let axes = &params.axes;
    let different = (1..axes.len()).all(|index| !axes[..index].contains(&axes[index]));
    if !different || !(2..=3).contains(&axes.len()) {
        return Err(ParetoError::Axes);
    }
    if !params.caps.is_empty() && axes.len() != 2 {
        return Err(ParetoError::Caps);
    }
    let start = check(problem, &problem.initial_placement()).terms;
    let by_default = || axes.iter().map(|&axis| axis::reference(axis, problem, &start)).collect();
    let reference: Vec<Cost> = params.reference.clone().unwrap_or_else(by_default);
    if reference.len() != axes.len() {
        return Err(ParetoError::Reference { given: reference.len(), axes: axes.len() });
    }
    // A term is minimised, moves are capped.
    let mut order: Vec<usize> = (0..axes.len()).collect();
    let rank = |index: usize, first: usize| match axes[index] {
        Axis::Term(_) if index == first => 0,
        Axis::Moves => 1,
        Axis::Term(_) => 2,
    };
    let first = axes.iter().position(|axis| *axis != Axis::Moves).unwrap_or(0);
    order.sort_by_key(|&index| rank(index, first));
    let solves = if params.caps.is_empty() { params.points.max(1) } else { params.caps.len() + 1 };
    let sorted = order.iter().map(|&index| axes[index]).collect();
    let mut sweep = Sweep::new(problem, sorted, params.search.clone(), solves, backend, stop);
    let solved = sweep.anchor()?;
    if params.caps.is_empty() {
        sweep.ends()?;
        sweep.fill()?;
    } else {
        let mut caps = params.caps.clone();
        caps.sort_unstable();
        for cap in caps {
            sweep.look(&[cap])?;
        }
    }
    let (held, swept) = sweep.finish();
    let mut points: Vec<FrontPoint> = swept
        .points
        .into_iter()
        .map(|(found, proven)| {
            let mut values = vec![0; axes.len()];
            order.iter().zip(&found.values).for_each(|(&index, &value)| values[index] = value);
            let certificate = if proven { Certificate::Certified } else { Certificate::Heuristic };
            FrontPoint { values, terms: found.terms, placement: found.placement, certificate }
        })
        .collect();
    points.sort_by(|a, b| a.values.cmp(&b.values));
    let values: Vec<&[Cost]> = points.iter().map(|point| point.values.as_slice()).collect();
    let ended =
        if params.search.iterations.is_some() { StopReason::IterationLimit } else { StopReason::Finished };
    Ok(Front {
        axes: axes.clone(),
        knee: knee(&values),
        hypervolume: hypervolume(&values, &reference),
        start: axes
            .iter()
            .map(|&axis| axis::value(axis, problem, &problem.initial_placement(), &start))
            .collect(),
        reference,
        held,
        status: if points.is_empty() { solved.status } else { Status::Feasible },
        blockers: solved.blockers,
        stop_reason: stop.reason().unwrap_or(ended),
        solves: swept.solves,
        iterations: swept.iterations,
        points,
    })
}
