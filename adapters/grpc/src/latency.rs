//! The methods of `colocate.v1.Latency`.

use std::sync::Arc;

use colocate_proto::v1;
use tonic::{Request, Response, Status};

use crate::feed::{get, watch};
use crate::server::Shared;
use crate::service::split;
use crate::services::Service;
use crate::told::Told;

/// The service.
pub(crate) struct LatencyService(pub(crate) Arc<Shared>);

#[tonic::async_trait]
impl v1::latency_server::Latency for LatencyService {
    type WatchStream = Told<v1::LatencyWatchResponse>;

    async fn get(
        &self,
        request: Request<v1::LatencyGetRequest>,
    ) -> Result<Response<v1::LatencyGetResponse>, Status> {
        let (context, message) = split(request)?;
        let feed = Service::Latency.offered(self.0.services.latency.as_ref())?;
        let answer = |latency| v1::LatencyGetResponse { latency: Some(latency) };
        let asked = (message.filter, message.max_age);
        Ok(Response::new(get::start(&self.0, feed, context, asked, answer)?.await?))
    }

    async fn watch(
        &self,
        request: Request<v1::LatencyWatchRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        let (context, message) = split(request)?;
        let feed = Service::Latency.offered(self.0.services.latency.clone())?;
        let answer = |latency| v1::LatencyWatchResponse { latency: Some(latency) };
        Ok(Response::new(watch::start(&self.0, feed, context, message.filter, answer)))
    }
}
