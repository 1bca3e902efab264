//! Pareto.

use std::sync::Arc;

use colocate_model::{Axis, Document, FaultCode, Faults, ParetoRequest, Term};
use colocate_proto::{convert, v1};

use super::job::{self, both};
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::{self, Answer};

/// The axes of requests that say none.
const AXES: [Axis; 2] = [Axis::Term(Term::Latency), Axis::Moves];
/// Placements looked for where the request does not say.
const POINTS: u32 = 16;
/// Placements looked for, at most.
const MOST_POINTS: u32 = 10_000;

/// Starts to look for a front.
///
/// # Errors
/// A name that cannot be, or a server that shuts down.
pub(super) fn start(
    shared: &Arc<Shared>,
    context: Arc<CallContext>,
    message: v1::ParetoRequest,
) -> Result<Answer<v1::ParetoResponse>, Refusal> {
    let registration = shared.registry.register(&context.owner, &message.solve_id)?;
    let solve_id = registration.name().to_owned();
    context.span.record("solve_id", &solve_id);
    let cancelled = registration.cancelled().clone();
    let work = {
        let (shared, context, cancelled) = (shared.clone(), context.clone(), cancelled.clone());
        move || {
            let limits = &shared.config.limits;
            let asked = both(convert::limits(message.limits.as_ref()), axes(&message));
            let ((requested, axes), points) = both(asked, points(message.points))?;
            let problem = message.source.map(|v1::pareto_request::Source::Problem(problem)| problem);
            let job = job::job(&context, problem, message.max_moves)?;
            let request = ParetoRequest {
                axes,
                points,
                caps: message.at,
                reference: Some(message.reference).filter(|reference| !reference.is_empty()),
                limits: job::limits(&requested, limits),
            };
            let components = job.problem.components.len();
            let call =
                job::call(&context, &requested, components, limits, cancelled, jiff::Timestamp::now())?;
            let front = shared
                .backend()?
                .pareto(&job, &request, &call)
                .map_err(|error| job::failed(&context, error))?;
            Ok(convert::front(&job.problem, &front, solve_id))
        }
    };
    worker::start(shared, &context, cancelled, registration, work)
}

/// The axes, and a reference that fits them.
fn axes(message: &v1::ParetoRequest) -> Result<Vec<Axis>, Faults> {
    let axes = if message.axes.is_empty() { AXES.to_vec() } else { convert::axes(&message.axes)? };
    let mut faults = Faults::default();
    if !message.reference.is_empty() && message.reference.len() != axes.len() {
        let cause = format!("{} values for {} axes", message.reference.len(), axes.len());
        faults.add(
            Document::Request,
            "/reference",
            FaultCode::WrongLength,
            cause,
            "write a value an axis, or none",
        );
    }
    faults.into_result(axes)
}

fn points(asked: Option<u32>) -> Result<usize, Faults> {
    let points = asked.unwrap_or(POINTS);
    let mut faults = Faults::default();
    if !(1..=MOST_POINTS).contains(&points) {
        let cause = format!("{points} is out of range");
        faults.add(Document::Request, "/points", FaultCode::OutOfRange, cause, "write 1 to 10000");
    }
    faults.into_result(points as usize)
}
