//! The methods of `colocate.v1.Forecasts`.

use std::sync::Arc;

use colocate_proto::v1;
use tonic::{Request, Response, Status};

use crate::feed::{get, watch};
use crate::server::Shared;
use crate::service::split;
use crate::services::Service;
use crate::told::Told;

/// The service.
pub(crate) struct ForecastsService(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl v1::forecasts_server::Forecasts for ForecastsService {
    type WatchStream = Told<v1::ForecastsWatchResponse>;

    async fn get(
        &self,
        request: Request<v1::ForecastsGetRequest>,
    ) -> Result<Response<v1::ForecastsGetResponse>, Status> {
        let (context, message) = split(request)?;
        let feed = Service::Forecasts.offered(self.0.services.forecasts.as_ref())?;
        let answer = |forecast| v1::ForecastsGetResponse { forecast: Some(forecast) };
        let asked = (message.filter, message.max_age);
        Ok(Response::new(get::start(&self.0, feed, context, asked, answer)?.await?))
    }

    async fn watch(
        &self,
        request: Request<v1::ForecastsWatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let (context, message) = split(request)?;
        let feed = Service::Forecasts.offered(self.0.services.forecasts.clone())?;
        let answer = |forecast| v1::ForecastsWatchResponse { forecast: Some(forecast) };
        Ok(Response::new(watch::start(&self.0, feed, context, message.filter, answer)))
    }
}
