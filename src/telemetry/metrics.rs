//! Metrics in the format of Prometheus, over plain HTTP.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::get;
use axum::serve::Listener;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use metrics_process::Collector;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

/// Upper ends of the buckets of what is measured in seconds: from a millisecond to an hour.
const SECONDS: [f64; 20] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0,
    600.0, 1800.0, 3600.0,
];
/// Upper ends of the buckets of what is measured in bytes: from a KiB to 4 GiB.
const BYTES: [f64; 12] = [
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
    268_435_456.0,
    1_073_741_824.0,
    4_294_967_296.0,
];
/// How often histograms take in what was recorded, so that memory stays bounded while nobody asks.
const UPKEEP: Duration = Duration::from_secs(5);
/// The content type of the format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Connections at a time. Nobody but the monitoring is expected.
const CONNECTIONS: usize = 64;

/// Serves the metrics of this process as long as it lives.
#[derive(Debug)]
pub(crate) struct MetricsServer {
    address: SocketAddr,
    /// Ends with the server.
    _tasks: JoinSet<()>,
}

impl MetricsServer {
    /// Records from now on, and serves `/metrics` and `/healthz` on `listen`.
    ///
    /// # Errors
    /// When `listen` is not to be had.
    pub(crate) async fn start(listen: SocketAddr, pages: Pages) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await?;
        let address = listener.local_addr()?;
        let handle = record()?;
        let mut tasks = JoinSet::new();
        tasks.spawn(keep_up(handle.clone()));
        let connections = Arc::new(Semaphore::new(CONNECTIONS));
        tasks.spawn(async move {
            if let Err(error) = axum::serve(Limited { listener, connections }, router(handle, pages)).await {
                tracing::error!(%error, "metrics are no longer served");
            }
        });
        Ok(Self { address, _tasks: tasks })
    }

    /// Where it listens, with the port it got.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Installs the recorder that all metrics of the process go to.
fn record() -> io::Result<PrometheusHandle> {
    let buckets = |builder: PrometheusBuilder, suffix: &str, ends: &[f64]| {
        builder.set_buckets_for_metric(Matcher::Suffix(suffix.to_owned()), ends).map_err(io::Error::other)
    };
    let builder = buckets(PrometheusBuilder::new(), "_seconds", &SECONDS)?;
    let recorder = buckets(builder, "_bytes", &BYTES)?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder).map_err(|error| io::Error::other(error.to_string()))?;
    Collector::default().describe();
    metrics::describe_gauge!("colocate_build_info", "1; the labels say which build it is.");
    let (version, highs) = (env!("CARGO_PKG_VERSION"), colocate_solver::highs_version().to_string());
    metrics::gauge!("colocate_build_info", "version" => version, "highs" => highs).set(1.0);
    Ok(handle)
}

async fn keep_up(handle: PrometheusHandle) {
    let mut interval = tokio::time::interval(UPKEEP);
    loop {
        interval.tick().await;
        handle.run_upkeep();
    }
}

/// What a process adds to its pages.
#[derive(Clone)]
pub(crate) struct Pages {
    /// Metrics in the format of Prometheus that go through no recorder.
    pub(crate) metrics: Arc<dyn Fn() -> String + Send + Sync>,
    /// Why it is not healthy, if so.
    pub(crate) fault: Arc<dyn Fn() -> Option<String> + Send + Sync>,
}

impl Default for Pages {
    fn default() -> Self {
        Self { metrics: Arc::new(String::new), fault: Arc::new(|| None) }
    }
}

fn router(handle: PrometheusHandle, pages: Pages) -> Router {
    Router::new().route("/metrics", get(render)).route("/healthz", get(health)).with_state((handle, pages))
}

async fn render(State((handle, pages)): State<(PrometheusHandle, Pages)>) -> impl IntoResponse {
    Collector::default().collect();
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], handle.render() + &(pages.metrics)())
}

async fn health(State((_, pages)): State<(PrometheusHandle, Pages)>) -> impl IntoResponse {
    match (pages.fault)() {
        None => (StatusCode::OK, "ok\n".to_owned()),
        Some(fault) => (StatusCode::SERVICE_UNAVAILABLE, format!("{fault}\n")),
    }
}

/// A listener with a limit on its connections: more of them wait.
struct Limited {
    listener: TcpListener,
    connections: Arc<Semaphore>,
}

impl Listener for Limited {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let permit = self.connections.clone().acquire_owned().await.ok();
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (Connection { stream, _permit: permit }, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that is counted.
struct Connection {
    stream: TcpStream,
    _permit: Option<OwnedSemaphorePermit>,
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::pin::Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
        bytes: &[u8],
    ) -> std::task::Poll<io::Result<usize>> {
        std::pin::Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::pin::Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(
        mut self: std::pin::Pin<&mut Self>,
        context: &mut std::task::Context<'_>,
    ) -> std::task::Poll<io::Result<()>> {
        std::pin::Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
