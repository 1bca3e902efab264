//! SolveStream.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use colocate_proto::v1::solve_stream_response::Event;
use colocate_proto::{convert, v1};
use tokio_stream::Stream;
use tonic::Status;

use super::solve::{self, Incumbents, Seen};
use crate::call::CallContext;
use crate::mailbox::Mailbox;
use crate::server::Shared;
use crate::status::Refusal;
use crate::worker::Answer;

/// Incumbents that wait for a slow reader.
const WAITING: usize = 16;
/// The same where they come with their placements.
const WAITING_PLACEMENTS: usize = 2;

/// Starts to solve, and tells of it.
///
/// # Errors
/// Those of [`solve::start`].
pub(super) fn start(
    shared: &Arc<Shared>,
    context: Arc<CallContext>,
    message: v1::SolveStreamRequest,
) -> Result<Events, Refusal> {
    let placements = message.placements;
    let most = if placements { WAITING_PLACEMENTS } else { WAITING };
    let incumbents = Arc::new(Incumbents { mailbox: Mailbox::new(most), placements, job: OnceLock::new() });
    let request = message.solve.unwrap_or_default();
    let started = solve::start(shared, context, request, Some(incumbents.clone()))?;
    let first = Some(v1::SolveStarted { solve_id: started.solve_id });
    Ok(Events { first, incumbents, answer: Some(started.answer), last: None })
}

/// The messages of a stream: the name, better placements, the answer.
pub(super) struct Events {
    first: Option<v1::SolveStarted>,
    incumbents: Arc<Incumbents>,
    answer: Option<Answer<v1::SolveResponse>>,
    last: Option<Result<Box<v1::SolveResponse>, Status>>,
}

impl Stream for Events {
    type Item = Result<v1::SolveStreamResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if let Some(started) = this.first.take() {
            return Poll::Ready(Some(Ok(event(Event::Started(started)))));
        }
        // The answer is looked at first, so that what came before it is in the mailbox by then.
        if let Some(answer) = &mut this.answer
            && let Poll::Ready(result) = Pin::new(answer).poll(cx)
        {
            this.answer = None;
            this.last = Some(result.map(Box::new).map_err(Status::from));
        }
        if let Some(seen) = this.incumbents.mailbox.take(cx) {
            return Poll::Ready(Some(Ok(event(Event::Incumbent(incumbent(&this.incumbents, seen))))));
        }
        if this.answer.is_some() {
            return Poll::Pending;
        }
        Poll::Ready(this.last.take().map(|last| last.map(|answer| event(Event::Answer(answer)))))
    }
}

fn event(event: Event) -> v1::SolveStreamResponse {
    v1::SolveStreamResponse { event: Some(event) }
}

fn incumbent(incumbents: &Incumbents, seen: Seen) -> v1::Incumbent {
    let placement = seen.placement.as_ref().zip(incumbents.job.get());
    let placement = placement.map(|(placement, job)| convert::placement_to_wire(placement, &job.problem));
    convert::incumbent(seen.goal, seen.total, seen.bound, seen.steps, seen.elapsed_s, placement)
}
