//! `colocate agent`.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use colocate_grpc::{ServeError, Server, Services};
use colocate_latency::{Agent, KeyFault, Keys, PeerId, exposition};

use crate::agent::peers::{self, PeersError};
use crate::agent::service::Service;
use crate::cli;
use crate::config::TracesConfig;
use crate::config::agent::AgentConfig;
use crate::exit::{Failure, Outcome};
use crate::input::print;
use crate::signals::{Signal, Signals};
use crate::telemetry::Telemetry;
use crate::telemetry::logs::announce;
use crate::telemetry::metrics::{MetricsServer, Pages};

/// Why the agent does not start, or ends too early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentError {
    /// The system gives no threads.
    #[error("cannot start the threads of the agent; maybe a limit of the system is too low")]
    Runtime(#[source] io::Error),
    /// The system tells of no signals.
    #[error("cannot listen for signals")]
    Signals(#[source] io::Error),
    /// The keys cannot be read.
    #[error("cannot read the keys in {0}")]
    KeyFile(PathBuf, #[source] io::Error),
    /// The keys are none.
    #[error("the keys in {file} cannot be used: {}", .faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Keys {
        /// The file.
        file: PathBuf,
        /// All that is wrong with it.
        faults: Vec<KeyFault>,
    },
    /// The other hosts are not known.
    #[error("the other hosts are not known")]
    Peers(#[from] PeersError),
    /// The machine does not say its name.
    #[error("the machine does not say its name; give `host`")]
    Name(#[source] io::Error),
    /// The address cannot be listened on.
    #[error("cannot echo probes on {address}; choose another address as listen")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Metrics cannot be served.
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
    /// The gRPC service does not start, or stopped.
    #[error("cannot serve what is measured")]
    Server(#[source] ServeError),
    /// The thread that probes has failed.
    #[error("the thread that probes has failed")]
    Probes(#[source] io::Error),
}

impl AgentError {
    /// The exit code of the process: that of bad input, or of a failure.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::KeyFile(..) | Self::Keys { .. } => 2,
            _ => 1,
        }
    }
}

/// How often it is made sure that the thread that probes still runs.
const WATCH: Duration = Duration::from_secs(1);

/// Measures until a signal ends it, or says what would be measured.
pub(crate) fn run(args: &cli::Agent) -> Result<Outcome, Failure> {
    let mut config = crate::config::agent::read(&args.config)?.value;
    if args.print_config {
        let text = toml::to_string(&config).expect("tables, text, numbers and paths that came from a file");
        print(&text)?;
        return Ok(Outcome::Done);
    }
    if config.host.is_empty() {
        config.host = name_of_machine().map_err(AgentError::Name)?;
    }
    let keys = read_keys(&config.keys)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(AgentError::Runtime)?;
    if args.check_config {
        runtime.block_on(peers::look(&config.peers, &config.probe.level)).map_err(AgentError::Peers)?;
        print("OK\n")?;
        return Ok(Outcome::Done);
    }
    let _entered = runtime.enter();
    // Nothing is traced, so no exporter can fail.
    let _telemetry = Telemetry::start(&config.log, &TracesConfig::default());
    runtime.block_on(measure(config, keys))?;
    Ok(Outcome::Done)
}

/// From the first echo to the last.
async fn measure(config: AgentConfig, keys: Keys) -> Result<(), AgentError> {
    let mut signals = Signals::new().map_err(AgentError::Signals)?;
    let level = config.probe.level.clone();
    let members = peers::look(&config.peers, &level).await?;
    if members.get(PeerId::of(&config.host)).is_none() {
        tracing::warn!(host = config.host, "this host is not among the hosts: it echoes, but probes nobody");
    }
    let address = config.listen;
    let agent = Agent::start(&config.host, address, keys, config.probe)
        .map_err(|source| AgentError::Listen { address, source })?;
    let agent = Arc::new(agent);
    agent.know(Arc::new(members.clone()));
    let metrics = match config.metrics.listen {
        _ if !config.metrics.enabled => None,
        address => Some(
            MetricsServer::start(address, pages(agent.clone()))
                .await
                .map_err(|source| AgentError::Metrics { address, source })?,
        ),
    };
    if let Some(metrics) = &metrics {
        announce(config.log.format, &format!("metrics on http://{}/metrics", metrics.address()));
    }
    let scheme = if config.server.tls.is_some() { "https" } else { "http" };
    let services = Services::agent(Arc::new(Service(agent.clone())));
    let mut server = Server::start(config.server, services).await.map_err(AgentError::Server)?;
    announce(config.log.format, &format!("listening on {scheme}://{}", server.local_addr()));
    announce(config.log.format, &format!("echoes on {}", agent.address()));
    let probing = async {
        tokio::select! {
            () = peers::follow(config.peers, level, agent.clone(), members) => {}
            () = agent.follow() => {}
            () = died(&agent) => {}
        }
    };
    tokio::pin!(probing);
    loop {
        tokio::select! {
            () = &mut probing => break,
            stopped = server.stopped() => return Err(AgentError::Server(stopped)),
            signal = signals.next() => match signal {
                Signal::End => break,
                // What became of the files is in the log.
                Signal::Reload => drop(server.reload()),
            },
        }
    }
    tracing::info!("ends: others are no longer echoed");
    server.shutdown().await;
    drop(metrics);
    agent.stop().map_err(AgentError::Probes)
}

async fn died(agent: &Agent) {
    while agent.is_running() {
        tokio::time::sleep(WATCH).await;
    }
}

fn pages(agent: Arc<Agent>) -> Pages {
    let probed = agent.clone();
    Pages {
        metrics: Arc::new(move || exposition::page(&agent)),
        fault: Arc::new(move || {
            (!probed.is_running()).then(|| "the thread that probes has ended".to_owned())
        }),
    }
}

fn read_keys(file: &Path) -> Result<Keys, AgentError> {
    let text = fs::read_to_string(file).map_err(|source| AgentError::KeyFile(file.to_owned(), source))?;
    Keys::parse(&text).map_err(|faults| AgentError::Keys { file: file.to_owned(), faults })
}

fn name_of_machine() -> io::Result<String> {
    fs::read_to_string("/proc/sys/kernel/hostname").map(|name| name.trim().to_owned())
}
