//! The methods of `colocate.v1.Agents`.

mod focus;
mod measurements;

use std::sync::Arc;

use colocate_proto::v1;
use jiff::Timestamp;
use tokio::sync::watch;
use tonic::{Request, Response, Status};

use crate::server::Shared;
use crate::service::split;
use crate::services::Service;
use crate::told::Told;

/// The agent of a host, as the service sees it.
pub trait Agent: Send + Sync {
    /// Who it is, whom it probes, and the slots that are over and begin at `since` or later, oldest first. May block.
    fn measurements(&self, since: Option<Timestamp>) -> v1::AgentsMeasurementsResponse;

    /// A number that is another one whenever a slot has ended.
    fn changed(&self) -> watch::Receiver<u64>;

    /// Probes pairs of domains with what it can spare; how many of the pairs it accepts.
    fn focus(&self, request: v1::AgentsFocusRequest) -> u32;
}

/// The service.
pub(crate) struct AgentsService(pub(crate) Arc<Shared>);

impl AgentsService {
    fn agent(&self) -> Result<Arc<dyn Agent>, Status> {
        Ok(Service::Agents.offered(self.0.services.agent.clone())?)
    }
}

#[tonic::async_trait]
impl v1::agents_server::Agents for AgentsService {
    type MeasurementsStream = Told<v1::AgentsMeasurementsResponse>;

    async fn measurements(
        &self,
        request: Request<v1::AgentsMeasurementsRequest>,
    ) -> Result<Response<Self::MeasurementsStream>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(measurements::start(&self.0, self.agent()?, context, message)?))
    }

    async fn focus(
        &self,
        request: Request<v1::AgentsFocusRequest>,
    ) -> Result<Response<v1::AgentsFocusResponse>, Status> {
        let (context, message) = split(request)?;
        Ok(Response::new(focus::start(&self.0, self.agent()?, context, message)?.await?))
    }
}
