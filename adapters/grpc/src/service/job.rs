//! What every method does first: the problem, and the time there is.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use colocate_model::{Document, FaultCode, Faults, Limits, Placement};
use colocate_proto::convert::{self, RequestedLimits};
use colocate_proto::v1;
use jiff::Timestamp;

use crate::backend::{BackendError, Call, Job};
use crate::call::CallContext;
use crate::config::LimitsConfig;
use crate::deadline::{self, Wish};
use crate::memory::problem_bytes;
use crate::status::Refusal;

/// The seed of requests that say none.
const SEED: u64 = 1;

/// The problem of a request, at most `max_moves` of it allowed. Reserves the memory it takes before it is made.
///
/// # Errors
/// All that is wrong with it; memory that is used up.
pub(super) fn job(
    context: &CallContext,
    problem: Option<v1::Problem>,
    max_moves: Option<i64>,
) -> Result<Job, Refusal> {
    let problem = problem.ok_or_else(|| {
        let mut faults = Faults::default();
        faults.add(Document::Request, "/problem", FaultCode::Missing, "there is no problem", "send one");
        Refusal::Faults(faults)
    })?;
    context.reservation.grow(problem_bytes(&problem))?;
    let max_moves = convert::max_moves(max_moves);
    let loaded = convert::loaded(problem);
    let (mut loaded, max_moves) = both(loaded, max_moves)?;
    let budget = &mut loaded.draft.policy.budgets.moves;
    *budget = [*budget, max_moves].into_iter().flatten().min();
    let problem = loaded.build()?;
    context.span.record("components", problem.components.len()).record("hosts", problem.hosts.len());
    Ok(Job { loaded, problem })
}

/// Both values, or the faults of both.
pub(super) fn both<A, B>(first: Result<A, Faults>, second: Result<B, Faults>) -> Result<(A, B), Faults> {
    match (first, second) {
        (Ok(first), Ok(second)) => Ok((first, second)),
        (first, second) => {
            let faults = [first.err(), second.err()].into_iter().flatten().flat_map(|faults| faults.0);
            Err(Faults(faults.collect()))
        }
    }
}

/// The limits of a search: what the request says, within those of the server.
pub(super) fn limits(requested: &RequestedLimits, config: &LimitsConfig) -> Limits {
    Limits {
        time: requested.time,
        iterations: requested.iterations,
        threads: requested.threads.unwrap_or(config.threads).clamp(1, config.threads),
        seed: requested.seed.unwrap_or(SEED),
    }
}

/// The call for the backend.
///
/// # Errors
/// [`Refusal::Late`] where the deadline leaves no time.
pub(super) fn call(
    context: &CallContext,
    requested: &RequestedLimits,
    components: usize,
    config: &LimitsConfig,
    cancelled: Arc<AtomicBool>,
    now: Timestamp,
) -> Result<Call, Refusal> {
    let wish = Wish { time: requested.time, iterations: requested.iterations.is_some() };
    let time = deadline::budget(context.arrived, Instant::now(), context.timeout, wish, components, config)
        .ok_or(Refusal::Late)?;
    Ok(Call { arrived: context.arrived, time: Some(time), now, cancelled, listener: None })
}

/// The clock of the request, or else that of the server.
///
/// # Errors
/// A time that is none.
pub(super) fn now(asked: Option<&prost_types::Timestamp>) -> Result<Timestamp, Faults> {
    let Some(asked) = asked else { return Ok(Timestamp::now()) };
    convert::time_from_wire(asked).ok_or_else(|| {
        let mut faults = Faults::default();
        let cause = format!("{} s and {} ns is out of range", asked.seconds, asked.nanos);
        faults.add(
            Document::Request,
            "/now",
            FaultCode::OutOfRange,
            cause,
            "write a time of the years 1 to 9999",
        );
        faults
    })
}

/// Why the backend has no answer, without its cause: that is for the log.
pub(super) fn failed(context: &CallContext, error: BackendError) -> Refusal {
    match error {
        BackendError::Request(faults) => Refusal::Faults(faults),
        BackendError::Failed(cause) => {
            tracing::error!(call = context.id, cause = %cause, "the solver failed");
            Refusal::Failed(context.id.clone())
        }
    }
}

/// A placement of a request; where there is none, that of the problem.
///
/// # Errors
/// Names that there are not.
pub(super) fn placement(job: &Job, asked: Option<&v1::Placement>) -> Result<Placement, Faults> {
    asked.map_or_else(|| Ok(job.problem.initial_placement()), |asked| convert::placement(asked, &job.problem))
}
