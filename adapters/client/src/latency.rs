//! The latency of a server.

use std::time::Duration;

use colocate_proto::v1;
use colocate_proto::v1::latency_client::LatencyClient;
use tonic::Streaming;

use crate::client::{Authorised, with_deadline};
use crate::error::CallError;

/// The latency of a server; see [`Client::latency`](crate::Client::latency). Clones share the connection.
#[derive(Debug, Clone)]
pub struct Latency {
    client: LatencyClient<Authorised>,
}

impl Latency {
    pub(crate) fn new(client: LatencyClient<Authorised>) -> Self {
        Self { client }
    }

    /// The newest matrix, or the part of it that is asked for.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(
        &mut self,
        request: v1::LatencyGetRequest,
        deadline: Option<Duration>,
    ) -> Result<v1::LatencyGetResponse, CallError> {
        Ok(self.client.get(with_deadline(request, deadline)).await?.into_inner())
    }

    /// The newest matrix and every new one. Without a deadline it lasts as long as the server.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn watch(
        &mut self,
        request: v1::LatencyWatchRequest,
        deadline: Option<Duration>,
    ) -> Result<WatchedLatency, CallError> {
        let stream = self.client.watch(with_deadline(request, deadline)).await?.into_inner();
        Ok(WatchedLatency { stream })
    }
}

/// Matrices as they are measured. Dropping it ends the watch.
#[derive(Debug)]
pub struct WatchedLatency {
    stream: Streaming<v1::LatencyWatchResponse>,
}

impl WatchedLatency {
    /// The next matrix, once it is measured. Those measured while nobody asked are skipped, but for the newest.
    ///
    /// # Errors
    /// [`CallError`]: why there are no more.
    pub async fn next(&mut self) -> Result<v1::LmsMeasurements, CallError> {
        self.stream.message().await?.and_then(|message| message.latency).ok_or(CallError::NoAnswer)
    }
}
