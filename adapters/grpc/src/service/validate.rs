//! Validate.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use colocate_proto::v1::validate_request::Source;
use colocate_proto::{convert, v1};

use super::job;
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::{self, Answer};

/// Starts to look for faults. That there are some is an answer.
///
/// # Errors
/// No thread.
pub(super) fn start(
    shared: &Arc<Shared>,
    context: Arc<CallContext>,
    message: v1::ValidateRequest,
) -> Result<Answer<v1::ValidateResponse>, Refusal> {
    let work = {
        let context = context.clone();
        move || {
            let problem = message.source.map(|Source::Problem(problem)| problem);
            let faults = match job::job(&context, problem, None) {
                Ok(_) => Vec::new(),
                Err(Refusal::Faults(faults)) => {
                    let bytes = |fault: &colocate_model::Fault| {
                        (fault.place.len() + fault.cause.len() + fault.action.len()) as u64 + FAULT
                    };
                    context
                        .reservation
                        .grow(faults.0.iter().map(bytes).sum::<u64>().saturating_mul(COPIES))?;
                    convert::faults(&faults)
                }
                Err(other) => return Err(other),
            };
            Ok(v1::ValidateResponse { faults })
        }
    };
    worker::start(shared, &context, Arc::new(AtomicBool::new(false)), (), work)
}

/// Bytes of a fault beside its texts.
const FAULT: u64 = 160;
/// Faults are there three times: as found, as a message, and encoded.
const COPIES: u64 = 3;
