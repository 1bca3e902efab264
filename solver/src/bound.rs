//! Proven lower bounds of the goals, so that an answer carries a gap.
//!
//! A family is a file in `bound/` and an entry in [`FAMILIES`]; the best one counts, goal by goal. Earlier goals are left
//! aside: what holds for every feasible placement holds for those that keep them.

mod aggregate;
mod pattern;

use colocate_model::{Bound, Cost, Goal, Incumbent, Problem, Relaxation, Term};

use crate::milp::{InProcess, MilpBackend};
use crate::solve::SolveError;
use crate::stop::Stop;

/// What a family may look at.
struct Question<'a> {
    problem: &'a Problem,
    goal: &'a Goal,
    incumbent: &'a Incumbent,
    backend: &'a dyn MilpBackend,
    stop: &'a Stop,
}

/// A family's bound of a goal; `None` where it has nothing to say.
type Family = fn(&Question<'_>) -> Option<Cost>;

/// Every family, the cheapest first.
const FAMILIES: [(Relaxation, Family); 3] = [
    (Relaxation::NonNegative, |_| Some(0)),
    (Relaxation::Aggregate, |question| Some(aggregate::bound(question.problem, question.goal, |_| true))),
    (Relaxation::Pattern, by_patterns),
];

/// The best bound of every goal that can be proven until `stop`, with HiGHS in this process.
///
/// # Errors
/// [`SolveError::BoundAboveIncumbent`] when a bound is above the incumbent, which is a bug.
pub fn bounds(
    problem: &Problem,
    incumbent: &Incumbent,
    stop: &Stop,
) -> Result<Vec<Option<Bound>>, SolveError> {
    bounds_with(problem, incumbent, &InProcess, stop)
}

/// [`bounds`], with another way to run HiGHS.
///
/// # Errors
/// Like [`bounds`]. That HiGHS fails is no error: what is proven without it counts.
pub fn bounds_with(
    problem: &Problem,
    incumbent: &Incumbent,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> Result<Vec<Option<Bound>>, SolveError> {
    better_bounds(problem, incumbent, &vec![None; problem.policy.goals.len()], backend, stop)
}

/// [`bounds_with`], where some of the goals have one already.
///
/// # Errors
/// Like [`bounds`].
pub(crate) fn better_bounds(
    problem: &Problem,
    incumbent: &Incumbent,
    known: &[Option<Bound>],
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> Result<Vec<Option<Bound>>, SolveError> {
    let _span = tracing::debug_span!("bounds").entered();
    let goals = problem.policy.goals.iter().zip(known).enumerate();
    goals
        .map(|(index, (goal, &known))| {
            best(index, known, &Question { problem, goal, incumbent, backend, stop })
        })
        .collect()
}

/// Whether bounds of `problem` take more than a moment.
pub(crate) fn take_time(problem: &Problem) -> bool {
    let traffic = |goal: &Goal| goal.has(Term::Latency) || goal.has(Term::NetworkCost);
    !problem.traffic.edges.is_empty() && problem.policy.goals.iter().any(traffic)
}

/// The best bound of the goal at `index`.
fn best(index: usize, known: Option<Bound>, question: &Question<'_>) -> Result<Option<Bound>, SolveError> {
    let (mut best, total) = (known, question.incumbent.score.totals[index]);
    for (relaxation, family) in FAMILIES {
        // Nothing is better than what is reached.
        if best.is_some_and(|bound| bound.value == total) {
            break;
        }
        let Some(value) = family(question) else { continue };
        if value > total {
            return Err(SolveError::BoundAboveIncumbent { goal: index, relaxation, bound: value, total });
        }
        if best.is_none_or(|bound| value > bound.value) {
            best = Some(Bound { value, relaxation });
        }
    }
    tracing::debug!(goal = index, total, bound = best.map(|bound| bound.value), "bounded");
    Ok(best)
}

/// Traffic by patterns, all other terms as in the whole cluster. On a thread of its own, see [`InProcess`].
fn by_patterns(question: &Question<'_>) -> Option<Cost> {
    let Question { problem, goal, incumbent, backend, stop } = *question;
    if stop.reason().is_some() {
        return None;
    }
    let traffic = std::thread::scope(|scope| {
        let span = tracing::Span::current();
        let bound =
            move || span.in_scope(|| pattern::bound(problem, goal, &incumbent.placement, backend, stop));
        std::thread::Builder::new().spawn_scoped(scope, bound).ok()?.join().ok().flatten()
    })?;
    let others = aggregate::bound(problem, goal, |term| !pattern::TERMS.contains(&term));
    traffic.checked_add(others)
}
