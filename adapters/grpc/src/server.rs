//! The server: assembled, started, and brought to an end in order.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use colocate_proto::v1::agents_server::AgentsServer;
use colocate_proto::v1::forecasts_server::ForecastsServer;
use colocate_proto::v1::latency_server::LatencyServer;
use colocate_proto::v1::solver_server::SolverServer;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tonic::codec::CompressionEncoding;
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;

use crate::admission::Admission;
use crate::agents::AgentsService;
use crate::auth::Tokens;
use crate::backend::Backend;
use crate::config::{ConfigFault, ServerConfig};
use crate::forecasts::ForecastsService;
use crate::gate::GateLayer;
use crate::latency::LatencyService;
use crate::listener::Incoming;
use crate::memory::Budget;
use crate::registry::Registry;
use crate::reload::{FileError, Reload, Reloading};
use crate::service::SolverService;
use crate::services::{Service, Services};
use crate::status::Refusal;
use crate::tls::Acceptor;

/// Why a server does not start, or stops by itself.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The configuration has faults.
    #[error("the configuration has {} fault(s), the first: {}", .0.len(), .0[0])]
    Config(Vec<ConfigFault>),
    /// A file of tokens or TLS cannot be used.
    #[error(transparent)]
    File(#[from] FileError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// What reflection would say is faulty.
    #[error("the descriptors of the protocol cannot be read")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// The server ended without being told to.
    #[error("the server stopped by itself")]
    Stopped(#[source] Option<tonic::transport::Error>),
}

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    /// Calls that were told that the server shuts down instead of getting what was found.
    pub abandoned: usize,
    /// Worker threads that still run: their backend does not heed the end.
    pub workers: usize,
}

/// What all calls share.
pub(crate) struct Shared {
    pub(crate) config: ServerConfig,
    pub(crate) services: Services,
    pub(crate) admission: Admission,
    pub(crate) budget: Arc<Budget>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) tokens: Option<Reloading<Tokens>>,
    /// Calls that have not ended.
    pub(crate) calls: TaskTracker,
    /// Threads that have not ended.
    pub(crate) workers: TaskTracker,
    /// From when on no call is let in.
    pub(crate) draining: CancellationToken,
    /// From when on no call goes on.
    pub(crate) closing: CancellationToken,
}

impl Shared {
    /// Who solves.
    ///
    /// # Errors
    /// [`Refusal::NotConfigured`].
    pub(crate) fn backend(&self) -> Result<&dyn Backend, Refusal> {
        Service::Solver.offered(self.services.backend.as_deref())
    }
}

/// A running server.
pub struct Server {
    shared: Arc<Shared>,
    address: SocketAddr,
    health: HealthReporter,
    tls: Option<Acceptor>,
    listening: JoinHandle<Result<(), tonic::transport::Error>>,
    watching: JoinHandle<()>,
}

/// Time that connections have to send what is left once every call has ended.
const CLOSE: Duration = Duration::from_secs(2);
/// How long calls have to put an end to themselves once they are told that the grace is over.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// The largest message of health and reflection, in bytes: names of services and files.
const SMALL: usize = 1 << 16;
/// The largest set of headers of a call, in bytes.
const HEADERS: u32 = 16 << 10;
/// Bytes of a request that may be on their way: a quarter of tonic's message limit, enough for a fast network.
const WINDOW: u32 = 1 << 20;

/// Serves `services` until `shutdown` is ready, then drains.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    config: ServerConfig,
    services: Services,
    shutdown: impl Future<Output = ()>,
) -> Result<Served, ServeError> {
    let mut server = Server::start(config, services).await?;
    tokio::select! {
        stopped = server.stopped() => Err(stopped),
        () = shutdown => Ok(server.shutdown().await),
    }
}

impl ServerConfig {
    /// Reads the files it names, as a server that starts does: what is wrong with those of TLS, and with the tokens.
    #[must_use]
    pub fn check_files(&self) -> (Option<FileError>, Option<FileError>) {
        let tls = self.tls.as_ref().and_then(|tls| Acceptor::load(tls).err());
        let tokens = |path: &PathBuf| Reloading::load("tokens", vec![path.clone()], parse_tokens).err();
        (tls, self.tokens.as_ref().and_then(tokens))
    }
}

impl Server {
    /// Listens, and serves from then on. Needs a tokio runtime with time and I/O.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn start(config: ServerConfig, services: Services) -> Result<Self, ServeError> {
        let faults = config.validate();
        if !faults.is_empty() {
            return Err(ServeError::Config(faults));
        }
        let tls = config.tls.as_ref().map(Acceptor::load).transpose()?;
        let tokens = config
            .tokens
            .clone()
            .map(|path| Reloading::load("tokens", vec![path], parse_tokens))
            .transpose()?;
        let failed = |source| ServeError::Listen { address: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        if !address.ip().is_loopback() && config.insecure {
            tracing::warn!(%address, "insecure: others than this machine are served without TLS or without tokens");
        }
        let shared = Arc::new(Shared {
            services,
            admission: Admission::new(&config.limits),
            budget: Budget::new(config.memory_bytes()),
            registry: Registry::new(),
            tokens,
            calls: TaskTracker::new(),
            workers: TaskTracker::new(),
            draining: CancellationToken::new(),
            closing: CancellationToken::new(),
            config,
        });
        let (routes, health) = routes(&shared).await?;
        let config = &shared.config;
        let incoming = Incoming::new(listener, tls.clone(), config.limits.connections, config.handshake());
        let router = tonic::transport::Server::builder()
            .max_concurrent_streams(config.limits.streams)
            .http2_keepalive_interval(Some(Duration::from_secs(config.keepalive_s)))
            .http2_keepalive_timeout(Some(Duration::from_secs(config.keepalive_timeout_s)))
            .http2_max_header_list_size(HEADERS)
            .initial_stream_window_size(WINDOW)
            .initial_connection_window_size(2 * WINDOW)
            .layer(GateLayer(shared.clone()))
            .add_routes(routes);
        let signal = shared.draining.clone().cancelled_owned();
        let listening = tokio::spawn(router.serve_with_incoming_shutdown(incoming, signal));
        let watching = tokio::spawn(watch(shared.clone(), tls.clone()));
        tracing::info!(%address, tls = tls.is_some(), tokens = shared.tokens.is_some(), "listening");
        Ok(Self { shared, address, health, tls, listening, watching })
    }

    /// The address it listens on, with the port it got.
    #[must_use]
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Waits until it stops by itself, which it does only if the system fails it.
    pub async fn stopped(&mut self) -> ServeError {
        let stopped = (&mut self.listening).await;
        self.watching.abort();
        ServeError::Stopped(stopped.ok().and_then(Result::err))
    }

    /// Looks at the files of tokens and TLS at once, in this order, without waiting for the interval. Blocks shortly.
    #[must_use]
    pub fn reload(&self) -> (Option<Reload>, Option<Reload>) {
        reload(&self.shared, self.tls.as_ref())
    }

    /// Lets nobody in any more, tells every solve to end with what it has, waits until all calls have answered or the
    /// grace is over, and closes.
    pub async fn shutdown(self) -> Served {
        let Self { shared, health, listening, watching, .. } = self;
        watching.abort();
        for name in names() {
            health.set_service_status(name, ServingStatus::NotServing).await;
        }
        tracing::info!(calls = shared.calls.len(), "shutting down");
        shared.draining.cancel();
        shared.registry.drain();
        shared.calls.close();
        let grace = Duration::from_secs(shared.config.drain_s);
        // Over means over: what is left is counted, and told so.
        let _ = tokio::time::timeout(grace, shared.calls.wait()).await;
        let abandoned = shared.calls.len();
        shared.closing.cancel();
        let _ = tokio::time::timeout(LAST_WORDS, shared.calls.wait()).await;
        let abort = listening.abort_handle();
        if tokio::time::timeout(CLOSE, listening).await.is_err() {
            abort.abort();
        }
        let served = Served { abandoned, workers: shared.workers.len() };
        tracing::info!(abandoned = served.abandoned, workers = served.workers, "shut down");
        served
    }
}

/// The names whose health is told; the empty name is the server.
fn names() -> impl Iterator<Item = &'static str> {
    std::iter::once("").chain(Service::ALL.map(Service::full_name))
}

/// A service with what all have in common.
macro_rules! service {
    ($server:ident, $service:expr, $config:expr) => {{
        // Bodies are weighed before; what a caller asked for is sent whole.
        let service = $server::new($service)
            .max_decoding_message_size($config.message_bytes())
            .max_encoding_message_size(usize::MAX);
        if $config.gzip {
            service.accept_compressed(CompressionEncoding::Gzip).send_compressed(CompressionEncoding::Gzip)
        } else {
            service
        }
    }};
}

/// Every service, and who tells whether it is well.
async fn routes(shared: &Arc<Shared>) -> Result<(Routes, HealthReporter), ServeError> {
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_service_status("", ServingStatus::Serving).await;
    for service in Service::ALL {
        let serves = shared.services.offer(service);
        let status = if serves { ServingStatus::Serving } else { ServingStatus::NotServing };
        reporter.set_service_status(service.full_name(), status).await;
    }
    let config = &shared.config;
    let mut routes = Routes::new(health.max_decoding_message_size(SMALL))
        .add_service(service!(SolverServer, SolverService(shared.clone()), config))
        .add_service(service!(ForecastsServer, ForecastsService(shared.clone()), config))
        .add_service(service!(LatencyServer, LatencyService(shared.clone()), config))
        .add_service(service!(AgentsServer, AgentsService(shared.clone()), config));
    if config.reflection {
        let builder = || {
            tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(colocate_proto::DESCRIPTORS)
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        };
        routes = routes
            .add_service(builder().build_v1()?.max_decoding_message_size(SMALL))
            .add_service(builder().build_v1alpha()?.max_decoding_message_size(SMALL));
    }
    Ok((routes, reporter))
}

fn parse_tokens(contents: &[Vec<u8>]) -> Result<Tokens, FileError> {
    Tokens::parse(&contents[0]).map_err(FileError::Tokens)
}

/// Looks at all files, those of tokens first.
fn reload(shared: &Shared, tls: Option<&Acceptor>) -> (Option<Reload>, Option<Reload>) {
    (shared.tokens.as_ref().map(Reloading::reload), tls.map(|tls| tls.files().reload()))
}

/// Looks at all files again and again.
async fn watch(shared: Arc<Shared>, tls: Option<Acceptor>) {
    let mut interval = tokio::time::interval(Duration::from_secs(shared.config.reload_s));
    interval.tick().await;
    loop {
        interval.tick().await;
        let (shared, tls) = (shared.clone(), tls.clone());
        // Files block; a look that fails has said so.
        let _ = tokio::task::spawn_blocking(move || reload(&shared, tls.as_ref())).await;
    }
}
