//! A call, from its headers to the end of its answer.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::task_tracker::TaskTrackerToken;
use tonic::body::Body;
use tonic::{Code, Status};
use tracing::Span;

use crate::admission::Permit;
use crate::memory::Reservation;
use crate::metrics::{self, code_name};
use crate::owner::Owner;
use crate::status::Refusal;

/// What is known of a call once it is let in.
pub(crate) struct CallContext {
    /// A name for the log.
    pub(crate) id: String,
    /// When its headers arrived.
    pub(crate) arrived: Instant,
    /// Time the caller gives it, from the arrival.
    pub(crate) timeout: Option<Duration>,
    /// Whose it is.
    pub(crate) owner: Owner,
    /// The memory it holds, until the worker and the answer have ended.
    pub(crate) reservation: Arc<Reservation>,
    /// Its span.
    pub(crate) span: Span,
    permit: Mutex<Option<Permit>>,
}

impl CallContext {
    pub(crate) fn new(
        (id, span): (String, Span),
        (arrived, timeout): (Instant, Option<Duration>),
        owner: Owner,
        reservation: Reservation,
        permit: Option<Permit>,
    ) -> Arc<Self> {
        let (reservation, permit) = (Arc::new(reservation), Mutex::new(permit));
        Arc::new(Self { id, arrived, timeout, owner, reservation, span, permit })
    }

    /// The right to run, for the worker to hold.
    pub(crate) fn take_permit(&self) -> Option<Permit> {
        self.permit.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// When the caller no longer waits.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.timeout.and_then(|timeout| self.arrived.checked_add(timeout))
    }
}

/// Reports the end of a call, once.
pub(crate) struct Record {
    method: &'static str,
    arrived: Instant,
    deadline: Option<Instant>,
    span: Span,
    ended: bool,
}

impl Record {
    pub(crate) fn new(method: &'static str, arrived: Instant, span: Span) -> Self {
        Self { method, arrived, deadline: None, span, ended: false }
    }

    pub(crate) fn set_deadline(&mut self, deadline: Option<Instant>) {
        self.deadline = deadline;
    }

    /// Notes how the call ended, from headers or trailers that say so.
    pub(crate) fn read(&mut self, headers: &HeaderMap) {
        if let Some(status) = Status::from_header_map(headers) {
            self.end(status.code());
        }
    }

    fn end(&mut self, code: Code) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let duration = self.arrived.elapsed();
        metrics::called(self.method, code, duration);
        let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.span.record("code", code_name(code)).record("duration_ms", milliseconds);
        self.span.in_scope(|| tracing::info!(code = code_name(code), duration_ms = milliseconds, "ended"));
    }
}

impl Drop for Record {
    /// Whoever lets go of a call that has not ended has gone away, or waited as long as it wanted.
    fn drop(&mut self) {
        let late = self.deadline.is_some_and(|deadline| Instant::now() >= deadline);
        self.end(if late { Code::DeadlineExceeded } else { Code::Cancelled });
    }
}

/// The body of an answer; holds what the call holds until it is sent.
pub(crate) struct Answered {
    inner: Body,
    record: Record,
    closing: Option<Pin<Box<WaitForCancellationFutureOwned>>>,
    ended: bool,
    _held: (Option<Arc<CallContext>>, Option<TaskTrackerToken>),
}

impl Answered {
    /// Wraps `response`. Streams that never end by themselves end with `closing`.
    pub(crate) fn wrap(
        response: Response<Body>,
        mut record: Record,
        context: Option<Arc<CallContext>>,
        token: Option<TaskTrackerToken>,
        closing: Option<&CancellationToken>,
    ) -> Response<Body> {
        record.read(response.headers());
        let closing = closing.map(|token| Box::pin(token.clone().cancelled_owned()));
        response
            .map(|inner| Body::new(Self { inner, record, closing, ended: false, _held: (context, token) }))
    }
}

impl http_body::Body for Answered {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        let frame = match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => frame,
            Poll::Pending => {
                let Some(closing) = &mut this.closing else { return Poll::Pending };
                ready!(closing.as_mut().poll(cx));
                this.ended = true;
                let mut trailers = HeaderMap::new();
                Refusal::Draining
                    .status()
                    .add_header(&mut trailers)
                    .map(|()| Frame::trailers(trailers))
                    .ok()
                    .map(Ok)
            }
        };
        if let Some(trailers) =
            frame.as_ref().and_then(|frame| frame.as_ref().ok()).and_then(Frame::trailers_ref)
        {
            this.record.read(trailers);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        if self.closing.is_some() { SizeHint::default() } else { self.inner.size_hint() }
    }
}
