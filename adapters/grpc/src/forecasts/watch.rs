//! Watch.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use colocate_model::Faults;
use colocate_proto::v1;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::Instant;
use tokio_stream::Stream;
use tonic::Status;

use super::{bytes, filter};
use crate::call::CallContext;
use crate::feed::{ForecastFeed, PublishedForecast};
use crate::server::Shared;
use crate::status::Refusal;

/// The messages of a stream.
pub(crate) struct Watched(Receiver<Result<v1::ForecastsWatchResponse, Status>>);

impl Stream for Watched {
    type Item = Result<v1::ForecastsWatchResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_recv(cx)
    }
}

/// Starts to tell of every forecast.
pub(super) fn start(
    shared: &Arc<Shared>,
    feed: ForecastFeed,
    context: Arc<CallContext>,
    message: v1::ForecastsWatchRequest,
) -> Watched {
    // One message waits; who reads slowly finds the newest behind it.
    let (sender, receiver) = mpsc::channel(1);
    let watcher = Watcher {
        filter: Arc::new(message.filter.unwrap_or_default()),
        context,
        feed,
        checked: false,
        reserved: 0,
    };
    tokio::spawn(watcher.run(shared.clone(), sender));
    Watched(receiver)
}

/// A stream that is open.
struct Watcher {
    filter: Arc<v1::ForecastFilter>,
    context: Arc<CallContext>,
    feed: ForecastFeed,
    /// Whether the filter was held against a forecast.
    checked: bool,
    /// Bytes that are reserved for messages.
    reserved: u64,
}

impl Watcher {
    /// Tells of forecasts until the caller has gone, or has to go.
    async fn run(mut self, shared: Arc<Shared>, sender: Sender<Result<v1::ForecastsWatchResponse, Status>>) {
        let permit = self.context.take_permit();
        let deadline = self.context.deadline().map(Instant::from_std);
        let over = async {
            match deadline {
                Some(deadline) => tokio::time::sleep_until(deadline).await,
                None => std::future::pending().await,
            }
        };
        let (leaving, telling) = (sender.clone(), sender.clone());
        let refusal = tokio::select! {
            () = leaving.closed() => return,
            () = shared.draining.cancelled() => Refusal::Draining,
            () = over => Refusal::Late,
            refusal = self.tell(telling) => refusal,
        };
        // A message that nobody has taken comes first; who takes none gets no last words either.
        drop(permit);
        let closing = shared.closing.cancelled();
        tokio::select! {
            sent = sender.send(Err(refusal.status())) => drop(sent),
            () = closing => {}
        }
    }

    /// Sends every forecast that there is room for.
    async fn tell(&mut self, sender: Sender<Result<v1::ForecastsWatchResponse, Status>>) -> Refusal {
        loop {
            // With room first and the forecast then, it is the newest that goes.
            let Ok(room) = sender.reserve().await else { return std::future::pending().await };
            let newest = self.feed.borrow_and_update().clone();
            if let Some(newest) = newest {
                match self.message(newest).await {
                    Ok(message) => room.send(Ok(message)),
                    Err(refusal) => return refusal,
                }
            }
            if self.feed.changed().await.is_err() {
                // Nobody makes forecasts any more: the server is about to say why.
                return std::future::pending().await;
            }
        }
    }

    /// The part of a forecast that is asked for.
    async fn message(
        &mut self,
        newest: Arc<PublishedForecast>,
    ) -> Result<v1::ForecastsWatchResponse, Refusal> {
        if !std::mem::replace(&mut self.checked, true) {
            let mut faults = Faults::default();
            filter::check(&self.filter, &newest, &mut faults);
            faults.into_result(())?;
        }
        let filter = self.filter.clone();
        // A large forecast takes a while to copy.
        let selected = tokio::task::spawn_blocking(move || filter::select(&filter, &newest)).await;
        let forecast = selected.map_err(|_| Refusal::Failed(self.context.id.clone()))?;
        // The message that waits, and the one that is on its way.
        let needed = bytes(&forecast).saturating_mul(2);
        self.context.reservation.grow(needed.saturating_sub(self.reserved))?;
        self.reserved = self.reserved.max(needed);
        Ok(v1::ForecastsWatchResponse { forecast: Some(forecast) })
    }
}
