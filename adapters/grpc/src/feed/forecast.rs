//! Forecasts.

mod filter;

use std::collections::BTreeMap;

use colocate_files::ForecastFile;
use colocate_model::Faults;
use colocate_proto::{convert, v1};
use jiff::Timestamp;

use super::Published;
use crate::services::Service;

/// A forecast as it is handed out.
#[derive(Debug)]
pub struct PublishedForecast {
    made_at: Timestamp,
    message: v1::Forecast,
    /// The service of every component that has one.
    services: BTreeMap<String, String>,
}

impl PublishedForecast {
    /// A forecast that was made at `made_at`, and the service of every component that has one.
    #[must_use]
    pub fn new(file: &ForecastFile, made_at: Timestamp, services: BTreeMap<String, String>) -> Self {
        let made = Some(convert::time_to_wire(made_at));
        Self { made_at, message: v1::Forecast { made_at: made, ..convert::forecast(file) }, services }
    }
}

impl Published for PublishedForecast {
    type Filter = v1::ForecastFilter;
    type Part = v1::Forecast;
    const SERVICE: Service = Service::Forecasts;

    fn made_at(&self) -> Timestamp {
        self.made_at
    }

    fn check(&self, filter: &v1::ForecastFilter, faults: &mut Faults) {
        filter::check(filter, self, faults);
    }

    fn select(&self, filter: &v1::ForecastFilter) -> v1::Forecast {
        filter::select(filter, self)
    }
}
