//! What is made again and again: whoever makes it publishes the newest, and the service hands it out.

mod forecast;
pub(crate) mod get;
mod latency;
pub(crate) mod watch;

use std::sync::Arc;

use colocate_model::Faults;
use jiff::Timestamp;
use prost::Message;

pub use forecast::PublishedForecast;
pub use latency::PublishedLatency;

use crate::services::Service;

/// The newest, `None` until there is one. Who looks seldom misses those in between.
type Feed<P> = tokio::sync::watch::Receiver<Option<Arc<P>>>;

/// The newest forecast, `None` until there is one. Who looks seldom misses those in between.
pub type ForecastFeed = Feed<PublishedForecast>;

/// The newest matrix, `None` until there is one. Who looks seldom misses those in between.
pub type LatencyFeed = Feed<PublishedLatency>;

/// What is handed out whole or in part.
pub(crate) trait Published: Send + Sync + 'static {
    /// Which part of it.
    type Filter: Default + Send + Sync + 'static;
    /// The whole or the part.
    type Part: Message;
    /// Who hands it out.
    const SERVICE: Service;

    /// When it was made.
    fn made_at(&self) -> Timestamp;

    /// Notes every name that it does not know.
    fn check(&self, filter: &Self::Filter, faults: &mut Faults);

    /// The part that is asked for; what it does not know is not in it.
    fn select(&self, filter: &Self::Filter) -> Self::Part;
}

/// Bytes that an answer takes: once as a message, once encoded.
fn bytes(part: &impl Message) -> u64 {
    (part.encoded_len() as u64).saturating_mul(2)
}
