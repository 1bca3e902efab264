//! Measurements.

use std::sync::Arc;

use colocate_model::{Document, FaultCode, Faults};
use colocate_proto::{convert, v1};
use jiff::{SignedDuration, Timestamp};
use prost::Message;
use tokio::sync::watch;

use super::Agent;
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::told::{self, Teller, Told};

/// Starts to tell of slots that are over.
///
/// # Errors
/// A time that is none.
pub(super) fn start(
    shared: &Arc<Shared>,
    agent: Arc<dyn Agent>,
    context: Arc<CallContext>,
    message: v1::AgentsMeasurementsRequest,
) -> Result<Told<v1::AgentsMeasurementsResponse>, Refusal> {
    let since = message.since.as_ref().map(time).transpose()?;
    let changed = agent.changed();
    let teller = Slots { agent, context: context.clone(), changed, since, reserved: 0 };
    Ok(told::start(shared, context, |sender| teller.tell(sender, message.follow)))
}

/// # Errors
/// A time that is none.
fn time(since: &prost_types::Timestamp) -> Result<Timestamp, Faults> {
    convert::time_from_wire(since).ok_or_else(|| {
        let mut faults = Faults::default();
        let cause = format!("{} s and {} ns is out of range", since.seconds, since.nanos);
        let action = "write a time of the years 1 to 9999";
        faults.add(Document::Request, "/since", FaultCode::OutOfRange, cause, action);
        faults
    })
}

/// A stream that is open.
struct Slots {
    agent: Arc<dyn Agent>,
    context: Arc<CallContext>,
    changed: watch::Receiver<u64>,
    /// Slots that begin earlier were told, or are not asked for.
    since: Option<Timestamp>,
    /// Bytes that are reserved for messages.
    reserved: u64,
}

impl Slots {
    /// Sends what is over; with `follow` goes on with what ends later.
    async fn tell(
        mut self,
        teller: Teller<v1::AgentsMeasurementsResponse>,
        follow: bool,
    ) -> Result<(), Refusal> {
        let mut first = true;
        loop {
            // With room first and the slots then, those that ended meanwhile go together.
            let Ok(room) = teller.reserve().await else { return std::future::pending().await };
            self.changed.mark_unchanged();
            let message = self.message().await?;
            if std::mem::replace(&mut first, false) || !message.slots.is_empty() {
                room.send(Ok(message));
            }
            if !follow {
                return Ok(());
            }
            if self.changed.changed().await.is_err() {
                // The agent ends: the server is about to say so.
                return std::future::pending().await;
            }
        }
    }

    /// The slots that were not told.
    async fn message(&mut self) -> Result<v1::AgentsMeasurementsResponse, Refusal> {
        let (agent, since) = (self.agent.clone(), self.since);
        let asked = tokio::task::spawn_blocking(move || agent.measurements(since)).await;
        let message = asked.map_err(|_| Refusal::Failed(self.context.id.clone()))?;
        // The message that waits, and the one that is on its way; each once as a message, once encoded.
        let needed = (message.encoded_len() as u64).saturating_mul(4);
        self.context.reservation.grow(needed.saturating_sub(self.reserved))?;
        self.reserved = self.reserved.max(needed);
        let starts = message.slots.iter().filter_map(|slot| convert::time_from_wire(slot.start.as_ref()?));
        if let Some(newest) = starts.max() {
            let next = newest.checked_add(SignedDuration::from_nanos(1)).unwrap_or(newest);
            self.since = Some(self.since.map_or(next, |since| since.max(next)));
        }
        Ok(message)
    }
}
