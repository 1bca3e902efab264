//! Evaluate.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use colocate_proto::v1::evaluate_request::Source;
use colocate_proto::{convert, v1};

use super::job;
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::{self, Answer};

/// Starts to evaluate.
///
/// # Errors
/// No thread.
pub(super) fn start(
    shared: &Arc<Shared>,
    context: Arc<CallContext>,
    message: v1::EvaluateRequest,
) -> Result<Answer<v1::EvaluateResponse>, Refusal> {
    let work = {
        let (shared, context) = (shared.clone(), context.clone());
        move || {
            let problem = message.source.map(|Source::Problem(problem)| problem);
            let job = job::job(&context, problem, None)?;
            let placement = job::placement(&job, message.placement.as_ref());
            let (placement, moves) =
                job::both(placement, convert::moves(&message.moves, &job.problem, "/moves"))?;
            let what_if = shared.backend()?.evaluate(&job, &placement, &moves);
            Ok(v1::EvaluateResponse { what_if: Some(convert::what_if(&job.problem, &what_if)) })
        }
    };
    worker::start(shared, &context, Arc::new(AtomicBool::new(false)), (), work)
}
