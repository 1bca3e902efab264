//! `colocate serve`.

mod check;
mod forecasts;
mod latency;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use colocate_files::Settings;
use opentelemetry_otlp::ExporterBuildError;

use crate::cli::Serve;
use crate::config::{self, ServeConfig};
use crate::exit::{Failure, Outcome};
use crate::input::print;
use crate::local::Local;
use crate::milp_process::ChildProcess;
use crate::signals::{Signal, Signals};
use crate::telemetry::Telemetry;
use crate::telemetry::logs::announce;
use crate::telemetry::metrics::{MetricsServer, Pages};
use colocate_grpc::{ServeError, Server, Services};
use forecasts::Forecasting;
use latency::Measuring;

/// How long threads that still run may hold up the end of the process.
const LAST_THREADS: Duration = Duration::from_secs(1);

/// Why the service does not start, or ends too early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    /// The system gives no threads.
    #[error("cannot start the threads of the service; maybe a limit of the system is too low")]
    Runtime(#[source] io::Error),
    /// The system tells of no signals.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    /// Traces cannot be sent to what is configured.
    #[error("cannot send traces; correct traces.otlp_endpoint, or the variables OTEL_*")]
    Traces(#[source] ExporterBuildError),
    /// Metrics cannot be served where they should be.
    #[error(
        "cannot serve metrics on {address}; choose another address as metrics.listen, or set metrics.enabled = false"
    )]
    Metrics {
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The server does not start, or stopped.
    #[error("cannot serve; `colocate serve --check-config` tells more")]
    Server(#[source] ServeError),
    /// No threads to forecast with.
    #[error(
        "cannot start the threads that forecast; maybe a limit of the system is too low, or forecasts.threads too high"
    )]
    Forecasts(#[source] rayon::ThreadPoolBuildError),
    /// Latency cannot be had from where it should be.
    #[error("cannot get latency from its source; correct the section latency")]
    Latency(#[source] Box<Failure>),
    /// This binary cannot be found, which HiGHS needs to run in a process of its own.
    #[error("cannot find the binary that solves programmes")]
    Worker(#[source] io::Error),
    /// A second signal came before the calls had ended.
    #[error("told to end a second time: calls that were running have no answer")]
    Cut,
}

/// Serves until a signal ends it, or says what would be served.
pub(crate) fn run(args: &Serve) -> Result<Outcome, Failure> {
    let settings = config::read(args.config.as_deref(), args.listen)?;
    if args.print_config {
        print(&config::text(&settings.value))?;
        return Ok(Outcome::Done);
    }
    if args.check_config {
        check::files(&settings)?;
        print("OK\n")?;
        return Ok(Outcome::Done);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(ServiceError::Runtime)?;
    let ended = {
        // Telemetry needs the runtime from its start to its flush, which blocks and so is outside of it.
        let _entered = runtime.enter();
        let telemetry =
            Telemetry::start(&settings.value.log, &settings.value.traces).map_err(ServiceError::Traces)?;
        let ended = runtime.block_on(serve(settings));
        if !matches!(ended, Err(ServiceError::Cut)) {
            telemetry.flush();
        }
        ended
    };
    runtime.shutdown_timeout(LAST_THREADS);
    Ok(ended.map(|()| Outcome::Done)?)
}

/// From the first listener to the last answer.
async fn serve(settings: Settings<ServeConfig>) -> Result<(), ServiceError> {
    let config = settings.value;
    let mut signals = Signals::new().map_err(ServiceError::Signals)?;
    let metrics = match config.metrics.listen {
        _ if !config.metrics.enabled => None,
        address => Some(
            MetricsServer::start(address, Pages::default())
                .await
                .map_err(|source| ServiceError::Metrics { address, source })?,
        ),
    };
    colocate_grpc::describe_metrics();
    forecasts::describe_metrics();
    latency::describe_metrics();
    let scheme = if config.server.tls.is_some() { "https" } else { "http" };
    let milp = ChildProcess::new(config.milp.memory_mib).map_err(ServiceError::Worker)?;
    let backend = Arc::new(Local { milp: Box::new(milp) });
    let forecasting = Forecasting::start(&config.forecasts).map_err(ServiceError::Forecasts)?;
    let measuring =
        Measuring::start(&config.latency).map_err(|failure| ServiceError::Latency(Box::new(failure)))?;
    let services = Services {
        forecasts: forecasting.as_ref().map(Forecasting::feed),
        latency: measuring.as_ref().map(Measuring::feed),
        ..Services::solver(backend)
    };
    let mut server = Server::start(config.server, services).await.map_err(ServiceError::Server)?;
    if let Some(metrics) = &metrics {
        announce(config.log.format, &format!("metrics on http://{}/metrics", metrics.address()));
    }
    announce(config.log.format, &format!("listening on {scheme}://{}", server.local_addr()));
    loop {
        tokio::select! {
            signal = signals.next() => match signal {
                Signal::End => break,
                // What became of the files is in the log.
                Signal::Reload => drop(server.reload()),
            },
            stopped = server.stopped() => return Err(ServiceError::Server(stopped)),
        }
    }
    // Nothing is forecast or measured any more; what is being made ends with the process.
    drop((forecasting, measuring));
    tokio::select! {
        served = server.shutdown() => {
            if served.abandoned > 0 {
                tracing::warn!(calls = served.abandoned, "the time to drain was over before all calls had an answer");
            }
            Ok(())
        }
        () = signals.end() => Err(ServiceError::Cut),
    }
}
