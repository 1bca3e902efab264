//! The methods of `colocate.v1.Forecasts`.

mod filter;
mod get;
mod watch;

use std::sync::Arc;

use colocate_proto::v1;
use prost::Message;
use tonic::{Request, Response, Status};

use crate::server::Shared;
use crate::service::split;
use crate::status::Refusal;
use watch::Watched;

/// The service.
pub(crate) struct ForecastsService {
    shared: Arc<Shared>,
}

impl ForecastsService {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }
}

#[tonic::async_trait]
impl v1::forecasts_server::Forecasts for ForecastsService {
    type WatchStream = Watched;

    async fn get(
        &self,
        request: Request<v1::ForecastsGetRequest>,
    ) -> Result<Response<v1::ForecastsGetResponse>, Status> {
        let (context, message) = split(request)?;
        let feed = self.shared.forecasts.as_ref().ok_or(Refusal::NotConfigured)?;
        Ok(Response::new(get::start(&self.shared, feed, context, message)?.await?))
    }

    async fn watch(&self, request: Request<v1::ForecastsWatchRequest>) -> Result<Response<Watched>, Status> {
        let (context, message) = split(request)?;
        let feed = self.shared.forecasts.clone().ok_or(Refusal::NotConfigured)?;
        Ok(Response::new(watch::start(&self.shared, feed, context, message)))
    }
}

/// Bytes that an answer takes: once as a message, once encoded.
fn bytes(forecast: &v1::Forecast) -> u64 {
    (forecast.encoded_len() as u64).saturating_mul(2)
}
