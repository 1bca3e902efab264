//! The forecasts of a server.

use std::time::Duration;

use colocate_proto::v1;
use colocate_proto::v1::forecasts_client::ForecastsClient;
use tonic::Streaming;

use crate::client::{Authorised, with_deadline};
use crate::error::CallError;

/// The forecasts of a server; see [`Client::forecasts`](crate::Client::forecasts). Clones share the connection.
#[derive(Debug, Clone)]
pub struct Forecasts {
    client: ForecastsClient<Authorised>,
}

impl Forecasts {
    pub(crate) fn new(client: ForecastsClient<Authorised>) -> Self {
        Self { client }
    }

    /// The newest forecast, or the part of it that is asked for.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(
        &mut self,
        request: v1::ForecastsGetRequest,
        deadline: Option<Duration>,
    ) -> Result<v1::ForecastsGetResponse, CallError> {
        Ok(self.client.get(with_deadline(request, deadline)).await?.into_inner())
    }

    /// The newest forecast and every new one. Without a deadline it lasts as long as the server.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn watch(
        &mut self,
        request: v1::ForecastsWatchRequest,
        deadline: Option<Duration>,
    ) -> Result<Watched, CallError> {
        let stream = self.client.watch(with_deadline(request, deadline)).await?.into_inner();
        Ok(Watched { stream })
    }
}

/// Forecasts as they are made. Dropping it ends the watch.
#[derive(Debug)]
pub struct Watched {
    stream: Streaming<v1::ForecastsWatchResponse>,
}

impl Watched {
    /// The next forecast, once it is made. Those made while nobody asked are skipped, but for the newest.
    ///
    /// # Errors
    /// [`CallError`]: why there are no more.
    pub async fn next(&mut self) -> Result<v1::Forecast, CallError> {
        self.stream.message().await?.and_then(|message| message.forecast).ok_or(CallError::NoAnswer)
    }
}
