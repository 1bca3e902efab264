//! Watch.

use std::sync::Arc;

use colocate_model::Faults;

use super::{Feed, Published, bytes};
use crate::call::CallContext;
use crate::server::Shared;
use crate::status::Refusal;
use crate::told::{self, Teller, Told};

/// Starts to tell of everything that `feed` brings, as the messages that `answer` makes of the parts asked for.
pub(crate) fn start<P: Published, R: Send + 'static>(
    shared: &Arc<Shared>,
    feed: Feed<P>,
    context: Arc<CallContext>,
    filter: Option<P::Filter>,
    answer: fn(P::Part) -> R,
) -> Told<R> {
    let watcher = Watcher {
        filter: Arc::new(filter.unwrap_or_default()),
        context: context.clone(),
        feed,
        checked: false,
        reserved: 0,
    };
    told::start(shared, context, |teller| watcher.tell(teller, answer))
}

/// A stream that is open.
struct Watcher<P: Published> {
    filter: Arc<P::Filter>,
    context: Arc<CallContext>,
    feed: Feed<P>,
    /// Whether the filter was held against what there is.
    checked: bool,
    /// Bytes that are reserved for messages.
    reserved: u64,
}

impl<P: Published> Watcher<P> {
    /// Sends everything that there is room for.
    async fn tell<R>(mut self, teller: Teller<R>, answer: fn(P::Part) -> R) -> Result<(), Refusal> {
        loop {
            // With room first and the newest then, it is the newest that goes.
            let Ok(room) = teller.reserve().await else { return std::future::pending().await };
            let newest = self.feed.borrow_and_update().clone();
            if let Some(newest) = newest {
                let part = self.part(newest).await?;
                room.send(Ok(answer(part)));
            }
            if self.feed.changed().await.is_err() {
                // Nobody makes any more: the server is about to say why.
                return std::future::pending().await;
            }
        }
    }

    /// The part that is asked for.
    async fn part(&mut self, newest: Arc<P>) -> Result<P::Part, Refusal> {
        if !std::mem::replace(&mut self.checked, true) {
            let mut faults = Faults::default();
            newest.check(&self.filter, &mut faults);
            faults.into_result(())?;
        }
        let filter = self.filter.clone();
        // A large one takes a while to copy.
        let selected = tokio::task::spawn_blocking(move || newest.select(&filter)).await;
        let part = selected.map_err(|_| Refusal::Failed(self.context.id.clone()))?;
        // The message that waits, and the one that is on its way.
        let needed = bytes(&part).saturating_mul(2);
        self.context.reservation.grow(needed.saturating_sub(self.reserved))?;
        self.reserved = self.reserved.max(needed);
        Ok(part)
    }
}
