//! Check.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use colocate_proto::v1::check_request::Source;
use colocate_proto::{convert, v1};

use super::job;
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::{self, Answer};

/// Starts to judge a placement.
///
/// # Errors
/// No thread.
pub(super) fn start(
    shared: &Arc<Shared>,
    context: Arc<CallContext>,
    message: v1::CheckRequest,
) -> Result<Answer<v1::CheckResponse>, Refusal> {
    let work = {
        let (shared, context) = (shared.clone(), context.clone());
        move || {
            let problem = message.source.map(|Source::Problem(problem)| problem);
            let job = job::job(&context, problem, None)?;
            let placement = job::placement(&job, message.placement.as_ref())?;
            let verdict = shared.backend()?.check(&job, &placement);
            Ok(convert::check_response(&job.problem, &verdict))
        }
    };
    worker::start(shared, &context, Arc::new(AtomicBool::new(false)), (), work)
}
