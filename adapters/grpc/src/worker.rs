//! Threads that work for calls. Each ends by itself, and holds the rights of its call until then.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::sync::oneshot::{self, Receiver};
use tokio::time::{Instant, Sleep};
use tokio_util::sync::WaitForCancellationFutureOwned;

use crate::call::CallContext;
use crate::metrics::{self, Counted, WORKERS};
use crate::server::Shared;
use crate::status::{Reason, Refusal};

/// Starts `work` on a thread. `held` is let go once it has ended, before anybody hears of it: whoever has an answer has
/// room for another call.
///
/// # Errors
/// [`Reason::Workers`] where the system gives no thread.
pub(crate) fn start<A: Send + 'static>(
    shared: &Shared,
    context: &Arc<CallContext>,
    cancelled: Arc<AtomicBool>,
    held: impl Send + 'static,
    work: impl FnOnce() -> Result<A, Refusal> + Send + 'static,
) -> Result<Answer<A>, Refusal> {
    let (sender, receiver) = oneshot::channel();
    let (call, permit) = (context.clone(), context.take_permit());
    let token = shared.workers.token();
    let body = move || {
        let counted = Counted::new(WORKERS);
        let result = call.span.in_scope(|| catch_unwind(AssertUnwindSafe(work))).unwrap_or_else(|panic| {
            let words = panic.downcast_ref::<&str>().copied();
            let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
            tracing::error!(call = call.id, panic = words, "the solver panicked");
            metrics::panicked();
            Err(Refusal::Failed(call.id.clone()))
        });
        drop((held, permit, counted));
        // Nobody listens any more where the client has gone.
        let _ = sender.send(result);
        drop((call, token));
    };
    std::thread::Builder::new().name("colocate-call".into()).spawn(body).map_err(|error| {
        tracing::error!(call = context.id, %error, "no thread");
        let running = shared.workers.len() as u64;
        Refusal::Exhausted { reason: Reason::Workers, limit: running, used: running }
    })?;
    Ok(Answer {
        receiver,
        cancelled,
        deadline: context.deadline().map(|at| Box::pin(tokio::time::sleep_until(Instant::from_std(at)))),
        closing: Box::pin(shared.closing.clone().cancelled_owned()),
        call: context.id.clone(),
        ended: false,
    })
}

/// What a worker will say. Whoever lets go of it has gone away: the worker is told to end.
pub(crate) struct Answer<A> {
    receiver: Receiver<Result<A, Refusal>>,
    cancelled: Arc<AtomicBool>,
    deadline: Option<Pin<Box<Sleep>>>,
    closing: Pin<Box<WaitForCancellationFutureOwned>>,
    call: String,
    ended: bool,
}

impl<A> Future for Answer<A> {
    type Output = Result<A, Refusal>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(result) = Pin::new(&mut this.receiver).poll(cx) {
            this.ended = true;
            return Poll::Ready(result.unwrap_or_else(|_| Err(Refusal::Failed(this.call.clone()))));
        }
        // A worker that does not heed its time must not keep the call from ending.
        if this.deadline.as_mut().is_some_and(|deadline| deadline.as_mut().poll(cx).is_ready()) {
            return Poll::Ready(Err(Refusal::Late));
        }
        if this.closing.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(Refusal::Draining));
        }
        Poll::Pending
    }
}

impl<A> Drop for Answer<A> {
    fn drop(&mut self) {
        if !self.ended && !self.cancelled.swap(true, Ordering::Relaxed) {
            metrics::cancelled("client", 1);
        }
    }
}
