//! Explain.

use std::sync::Arc;

use colocate_model::ExplainRequest;
use colocate_proto::v1::explain_request::{Source, Subject as Wanted};
use colocate_proto::{convert, v1};

use super::job;
use crate::backend::Subject;
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::{self, Answer};

/// Starts to explain.
///
/// # Errors
/// A name that cannot be, or a server that shuts down.
pub(super) fn start(
    shared: &Arc<Shared>,
    context: Arc<CallContext>,
    message: v1::ExplainRequest,
) -> Result<Answer<v1::ExplainResponse>, Refusal> {
    let registration = shared.registry.register(&context.owner, &message.solve_id)?;
    let solve_id = registration.name().to_owned();
    context.span.record("solve_id", &solve_id);
    let cancelled = registration.cancelled().clone();
    let work = {
        let (shared, context, cancelled) = (shared.clone(), context.clone(), cancelled.clone());
        move || {
            let limits = &shared.config.limits;
            let requested = convert::limits(message.limits.as_ref())?;
            let problem = message.source.map(|Source::Problem(problem)| problem);
            let job = job::job(&context, problem, message.max_moves)?;
            let named = job::both(
                convert::components(&message.component_ids, &job.problem, "/component_ids"),
                convert::moves(&message.moves, &job.problem, "/moves"),
            );
            let subject = match message.subject {
                None => Ok(Subject::Start),
                Some(Wanted::Placement(placement)) => {
                    convert::placement(&placement, &job.problem).map(Subject::Placement)
                }
                Some(Wanted::Plan(plan)) => convert::read_plan(*plan, &job.problem)
                    .map(|plan| Subject::Plan { hash: plan.hash, steps: plan.steps }),
            };
            let ((components, moves), subject) = job::both(named, subject)?;
            let request = ExplainRequest { components, moves, limits: job::limits(&requested, limits) };
            let size = job.problem.components.len();
            let call = job::call(&context, &requested, size, limits, cancelled, jiff::Timestamp::now())?;
            let explained = shared.backend()?.explain(&job, &subject, &request, &call);
            let explained = explained.map_err(|error| job::failed(&context, error))?;
            Ok(convert::explained(&job.problem, &explained, solve_id))
        }
    };
    worker::start(shared, &context, cancelled, registration, work)
}
