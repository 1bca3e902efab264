//! A connection to a server.

use std::time::Duration;

use colocate_proto::v1::forecasts_client::ForecastsClient;
use colocate_proto::v1::latency_client::LatencyClient;
use colocate_proto::v1::solver_client::SolverClient;
use colocate_proto::v1::{self, solve_stream_response::Event};
use tonic::codec::CompressionEncoding;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::service::Interceptor;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::Channel;
use tonic::{Request, Status, Streaming};

use crate::endpoint::{ConnectError, Endpoint};
use crate::error::CallError;
use crate::forecasts::Forecasts;
use crate::latency::Latency;

/// A connection to a server; clones share it.
#[derive(Debug, Clone)]
pub struct Client {
    solver: SolverClient<Authorised>,
    forecasts: ForecastsClient<Authorised>,
    latency: LatencyClient<Authorised>,
}

/// A connection that shows the token.
pub(crate) type Authorised = InterceptedService<Channel, Bearer>;

/// Connects, and shows the token from then on.
pub(crate) async fn connection(endpoint: &Endpoint) -> Result<Authorised, ConnectError> {
    let bearer = Bearer(endpoint.authorization()?);
    Ok(InterceptedService::new(endpoint.channel().await?, bearer))
}

/// Shows the token with every call.
#[derive(Debug, Clone)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident: $request:ident -> $response:ident;)*) => {$(
        $(#[$doc])*
        ///
        /// With a `deadline` from now; the server answers in time with the best it has.
        ///
        /// # Errors
        /// [`CallError`].
        pub async fn $name(
            &mut self,
            request: v1::$request,
            deadline: Option<Duration>,
        ) -> Result<v1::$response, CallError> {
            Ok(self.solver.$name(with_deadline(request, deadline)).await?.into_inner())
        }
    )*};
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, ConnectError> {
        let connection = connection(endpoint).await?;
        let solver = SolverClient::new(connection.clone())
            .max_decoding_message_size(endpoint.message_bytes())
            .max_encoding_message_size(usize::MAX)
            .accept_compressed(CompressionEncoding::Gzip);
        let forecasts = ForecastsClient::new(connection.clone())
            .max_decoding_message_size(endpoint.message_bytes())
            .accept_compressed(CompressionEncoding::Gzip);
        let latency = LatencyClient::new(connection)
            .max_decoding_message_size(endpoint.message_bytes())
            .accept_compressed(CompressionEncoding::Gzip);
        Ok(Self { solver, forecasts, latency })
    }

    /// The same, with requests that are compressed.
    #[must_use]
    pub fn compressing(self) -> Self {
        Self { solver: self.solver.send_compressed(CompressionEncoding::Gzip), ..self }
    }

    /// The forecasts of the server, over the same connection.
    #[must_use]
    pub fn forecasts(&self) -> Forecasts {
        Forecasts::new(self.forecasts.clone())
    }

    /// The latency of the server, over the same connection.
    #[must_use]
    pub fn latency(&self) -> Latency {
        Latency::new(self.latency.clone())
    }

    unary! {
        /// Finds a better placement and plans how to get there.
        solve: SolveRequest -> SolveResponse;
        /// Ends a call that was made with the same token.
        cancel: CancelRequest -> CancelResponse;
        /// Finds the best placements for two or three axes.
        pareto: ParetoRequest -> ParetoResponse;
        /// What a set of moves would do.
        evaluate: EvaluateRequest -> EvaluateResponse;
        /// Explains a plan or a placement.
        explain: ExplainRequest -> ExplainResponse;
        /// Judges a placement from scratch.
        check: CheckRequest -> CheckResponse;
        /// Lists all that is wrong with a problem.
        validate: ValidateRequest -> ValidateResponse;
    }

    /// [`Client::solve`], with every better placement as it is found.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn solve_stream(
        &mut self,
        request: v1::SolveStreamRequest,
        deadline: Option<Duration>,
    ) -> Result<Incumbents, CallError> {
        let stream = self.solver.solve_stream(with_deadline(request, deadline)).await?.into_inner();
        Ok(Incumbents { stream, solve_id: None, answer: None })
    }
}

pub(crate) fn with_deadline<T>(message: T, deadline: Option<Duration>) -> Request<T> {
    let mut request = Request::new(message);
    if let Some(deadline) = deadline {
        request.set_timeout(deadline);
    }
    request
}

/// What a stream of a solve brings: incumbents, then the answer. Dropping it ends the solve.
#[derive(Debug)]
pub struct Incumbents {
    stream: Streaming<v1::SolveStreamResponse>,
    solve_id: Option<String>,
    answer: Option<v1::SolveResponse>,
}

impl Incumbents {
    /// The next better placement; `None` once there is an answer.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn next(&mut self) -> Result<Option<v1::Incumbent>, CallError> {
        while let Some(message) = self.stream.message().await? {
            match message.event {
                Some(Event::Incumbent(incumbent)) => return Ok(Some(incumbent)),
                Some(Event::Started(started)) => self.solve_id = Some(started.solve_id),
                Some(Event::Answer(answer)) => self.answer = Some(*answer),
                // A kind of event that a newer server knows.
                None => {}
            }
        }
        Ok(None)
    }

    /// The name by which the solve can be cancelled, once the stream has said it.
    #[must_use]
    pub fn solve_id(&self) -> Option<&str> {
        self.solve_id.as_deref()
    }

    /// Waits for the answer.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn answer(mut self) -> Result<v1::SolveResponse, CallError> {
        while self.next().await?.is_some() {}
        self.answer.ok_or(CallError::NoAnswer)
    }
}
