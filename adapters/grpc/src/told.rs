//! Streams that tell of news until the caller has gone, or has to go.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::Status;

use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;

/// The messages of a stream.
pub(crate) struct Told<R>(Receiver<Result<R, Status>>);

impl<R> Stream for Told<R> {
    type Item = Result<R, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

/// Who sends the messages of a stream.
pub(crate) type Teller<R> = Sender<Result<R, Status>>;

/// Starts a stream of what `telling` sends until it says why it ends: `Ok` where all is told.
pub(crate) fn start<R, F>(
    shared: &Arc<Shared>,
    context: Arc<CallContext>,
    telling: impl FnOnce(Teller<R>) -> F,
) -> Told<R>
where
    R: Send + 'static,
    F: Future<Output = Result<(), Refusal>> + Send + 'static,
{
    // One message waits; who reads slowly finds the newest behind it.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(run(shared.clone(), context, sender.clone(), telling(sender)));
    Told(receiver)
}

async fn run<R>(
    shared: Arc<Shared>,
    context: Arc<CallContext>,
    sender: Teller<R>,
    telling: impl Future<Output = Result<(), Refusal>>,
) {
    let permit = context.take_permit();
    let deadline = context.deadline().map(Instant::from_std);
    let over = async {
        match deadline {
            Some(deadline) => tokio::time::sleep_until(deadline).await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        () = sender.closed() => return,
        () = shared.draining.cancelled() => Err(Refusal::Draining),
        () = over => Err(Refusal::Late),
        ended = telling => ended,
    };
    // A message that nobody has taken comes first; who takes none gets no last words either.
    drop(permit);
    let Err(refusal) = ended else { return };
    let closing = shared.closing.cancelled();
    tokio::select! {
        sent = sender.send(Err(refusal.status())) => drop(sent),
        () = closing => {}
    }
}
