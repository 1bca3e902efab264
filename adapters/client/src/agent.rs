//! A connection to the agent of a host.

use std::time::Duration;

use colocate_proto::v1;
use colocate_proto::v1::agents_client::AgentsClient;
use prost::Message;
use tonic::Streaming;
use tonic::codec::CompressionEncoding;

use crate::client::{Authorised, connection};
use crate::endpoint::{ConnectError, Endpoint};
use crate::error::CallError;

/// The largest answer that is taken where the endpoint says nothing, in bytes: an hour of slots of a busy agent.
const MESSAGE: usize = 64 << 20;

/// A connection to the agent of a host; clones share it.
#[derive(Debug, Clone)]
pub struct AgentClient {
    client: AgentsClient<Authorised>,
    total: u64,
}

impl AgentClient {
    /// Connects. No answer larger than the endpoint's limit is taken.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, ConnectError> {
        let client = AgentsClient::new(connection(endpoint).await?)
            .max_decoding_message_size(endpoint.message_bytes().min(MESSAGE))
            .accept_compressed(CompressionEncoding::Gzip);
        Ok(Self { client, total: u64::MAX })
    }

    /// Takes no more than `bytes` from a stream, all its messages together.
    #[must_use]
    pub fn with_total_limit(self, bytes: u64) -> Self {
        Self { total: bytes, ..self }
    }

    /// The slots that are over and begin at `since` or later; with `follow`, each new one as it ends.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn measurements(
        &mut self,
        since: Option<prost_types::Timestamp>,
        follow: bool,
    ) -> Result<Measurements, CallError> {
        let request = v1::AgentsMeasurementsRequest { follow, since };
        let stream = self.client.measurements(request).await?.into_inner();
        Ok(Measurements { stream, limit: self.total, taken: 0 })
    }

    /// Asks for more probes between `pairs` of racks, for so long; how many of the pairs are accepted.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn focus(
        &mut self,
        pairs: Vec<v1::PairOfDomains>,
        duration: Option<Duration>,
    ) -> Result<u32, CallError> {
        // A time that no message can hold is as good as for ever.
        let duration = duration.and_then(|duration| prost_types::Duration::try_from(duration).ok());
        let request = v1::AgentsFocusRequest { pairs, duration };
        Ok(self.client.focus(request).await?.into_inner().accepted)
    }
}

/// Slots as they end. Dropping it ends the stream.
#[derive(Debug)]
pub struct Measurements {
    stream: Streaming<v1::AgentsMeasurementsResponse>,
    limit: u64,
    taken: u64,
}

impl Measurements {
    /// The next slots, once one is over; `None` where all is told.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::TooMuch`] where more comes than is taken.
    pub async fn next(&mut self) -> Result<Option<v1::AgentsMeasurementsResponse>, CallError> {
        let Some(message) = self.stream.message().await? else { return Ok(None) };
        self.taken = self.taken.saturating_add(message.encoded_len() as u64);
        if self.taken > self.limit {
            return Err(CallError::TooMuch { limit: self.limit });
        }
        Ok(Some(message))
    }
}
