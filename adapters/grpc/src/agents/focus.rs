//! Focus.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use colocate_model::{Document, FaultCode, Faults};
use colocate_proto::v1;

use super::Agent;
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::{self, Answer};

/// Starts to tell the agent what to probe more.
///
/// # Errors
/// No thread.
pub(super) fn start(
    shared: &Arc<Shared>,
    agent: Arc<dyn Agent>,
    context: Arc<CallContext>,
    message: v1::AgentsFocusRequest,
) -> Result<Answer<v1::AgentsFocusResponse>, Refusal> {
    let work = move || {
        check(&message)?;
        Ok(v1::AgentsFocusResponse { accepted: agent.focus(message) })
    };
    worker::start(shared, &context, Arc::new(AtomicBool::new(false)), (), work)
}

/// # Errors
/// Pairs that name nothing, and time spans that are none.
fn check(message: &v1::AgentsFocusRequest) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for (index, pair) in message.pairs.iter().enumerate() {
        for (field, name) in [("from_domain", &pair.from_domain), ("to_domain", &pair.to_domain)] {
            if name.is_empty() {
                let place = format!("/pairs/{index}/{field}");
                let cause = format!("`{field}` is missing");
                faults.add(Document::Request, place, FaultCode::MissingField, cause, "name a rack");
            }
        }
    }
    if let Some(span) = message.duration.filter(|span| Duration::try_from(*span).is_err()) {
        let cause = format!("{} s and {} ns is no time span from 0 on", span.seconds, span.nanos);
        let action = "write a time span from 0 on, or none";
        faults.add(Document::Request, "/duration", FaultCode::OutOfRange, cause, action);
    }
    faults.into_result(())
}
