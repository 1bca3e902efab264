//! Where forecasts come from: whoever makes them publishes the newest, and the service hands it out.

use std::collections::BTreeMap;
use std::sync::Arc;

use colocate_files::ForecastFile;
use colocate_proto::{convert, v1};
use jiff::Timestamp;
use tokio::sync::watch;

/// The newest forecast, `None` until there is one. Who looks seldom misses those in between.
pub type ForecastFeed = watch::Receiver<Option<Arc<PublishedForecast>>>;

/// A forecast as it is handed out.
#[derive(Debug)]
pub struct PublishedForecast {
    pub(crate) made_at: Timestamp,
    pub(crate) message: v1::Forecast,
    /// The service of every component that has one.
    pub(crate) services: BTreeMap<String, String>,
}

impl PublishedForecast {
    /// A forecast that was made at `made_at`, and the service of every component that has one.
    #[must_use]
    pub fn new(file: &ForecastFile, made_at: Timestamp, services: BTreeMap<String, String>) -> Self {
        let made = Some(convert::time_to_wire(made_at));
        Self { made_at, message: v1::Forecast { made_at: made, ..convert::forecast(file) }, services }
    }
}
