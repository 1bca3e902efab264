//! The configuration of `colocate agent`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use colocate_files::{Settings, read_toml};
use colocate_grpc::ServerConfig;
use colocate_latency::ProbeConfig;
use colocate_model::{Document, FaultCode, Faults};
use colocate_nomad::RackRule;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{LogConfig, MetricsConfig};

/// `colocate agent`: everything it can be told, with the defaults it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct AgentConfig {
    /// The id of this host, as the cluster has it; the name of the machine where it is empty.
    pub(crate) host: String,
    /// Where probes are echoed, over UDP: an address and a port.
    #[schemars(extend("format" = "socket-address"))]
    pub(crate) listen: SocketAddr,
    /// The file of keys that all hosts share: a line each of 64 hexadecimal digits, the newest first.
    pub(crate) keys: PathBuf,
    /// Where the other hosts are known from.
    pub(crate) peers: PeersConfig,
    /// How they are probed.
    pub(crate) probe: ProbeConfig,
    /// The gRPC service that hands out what was measured.
    pub(crate) server: ServerConfig,
    /// Metrics in the format of Prometheus.
    pub(crate) metrics: MetricsConfig,
    /// The log, on standard error.
    pub(crate) log: LogConfig,
}

/// The port of agents.
pub(crate) const PORT: u16 = 4650;

impl Default for AgentConfig {
    fn default() -> Self {
        Self {
            host: String::new(),
            listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            keys: PathBuf::new(),
            peers: PeersConfig::default(),
            probe: ProbeConfig::default(),
            server: ServerConfig {
                listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4651),
                ..ServerConfig::default()
            },
            metrics: MetricsConfig {
                listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9465),
                ..MetricsConfig::default()
            },
            log: LogConfig::default(),
        }
    }
}

/// Where the other hosts are known from: one of these. Each is asked again and again, so that hosts come and go without a
/// restart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct PeersConfig {
    /// A file of hosts, this one among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) file: Option<PathBuf>,
    /// A name whose addresses are the hosts; their ids are then their addresses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dns: Option<String>,
    /// With `dns`: hosts whose addresses share so many leading bits are in one domain.
    pub(crate) dns_prefix: u8,
    /// Time between two looks, in s.
    pub(crate) refresh_s: u32,
    /// A Nomad whose nodes are the hosts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) nomad: Option<NomadPeers>,
}

impl Default for PeersConfig {
    fn default() -> Self {
        Self { file: None, dns: None, dns_prefix: 24, refresh_s: 10, nomad: None }
    }
}

/// A Nomad whose nodes are the hosts, those apart that are down.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct NomadPeers {
    /// Where it is asked, such as http://127.0.0.1:4646: the agent of Nomad on this host will do.
    pub(crate) address: String,
    /// The file with a token that may read nodes, where access is controlled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
    /// Trust certificates signed by these authorities and no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    /// What the id of a host is: "id" or "name" of the node.
    pub(crate) host: NodeKey,
    /// What says in which rack a node is: "meta.KEY", "attr.NAME" or "datacenter".
    #[schemars(with = "String")]
    pub(crate) rack: RackRule,
    /// What says in which zone a node is: the same.
    #[schemars(with = "String")]
    pub(crate) zone: RackRule,
    /// The port that all hosts echo on.
    pub(crate) port: u16,
}

impl Default for NomadPeers {
    fn default() -> Self {
        Self {
            address: "http://127.0.0.1:4646".to_owned(),
            token_file: None,
            ca: None,
            host: NodeKey::Id,
            rack: RackRule::default(),
            zone: RackRule::Datacenter,
            port: PORT,
        }
    }
}

/// What of a node is the id of a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NodeKey {
    /// Its id.
    Id,
    /// Its name.
    Name,
}

/// Reads and validates the configuration.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn read(file: &Path) -> Result<Settings<AgentConfig>, Faults> {
    let settings = read_toml::<AgentConfig>(&file.into(), Document::Config)?;
    let (config, mut faults) = (&settings.value, Faults::default());
    let mut fault = |path: &str, code, cause: String, action: &str| {
        faults.add(Document::Config, settings.place(path), code, cause, action);
    };
    if config.keys.as_os_str().is_empty() {
        let action = "name a file with a line that `openssl rand -hex 32` printed, the same on all hosts";
        fault("keys", FaultCode::Missing, "no file of keys".to_owned(), action);
    }
    let peers = &config.peers;
    let sources = [peers.file.is_some(), peers.dns.is_some(), peers.nomad.is_some()];
    match sources.iter().filter(|given| **given).count() {
        1 => {}
        0 => fault("peers", FaultCode::Missing, "no hosts".to_owned(), "give file, dns or nomad"),
        _ => fault(
            "peers",
            FaultCode::Contradiction,
            "several sources".to_owned(),
            "give one of file, dns and nomad",
        ),
    }
    if peers.nomad.as_ref().is_some_and(|nomad| nomad.port == 0) {
        fault("peers.nomad.port", FaultCode::OutOfRange, "it is 0".to_owned(), "use the port of listen");
    }
    if config.peers.refresh_s == 0 {
        fault("peers.refresh_s", FaultCode::OutOfRange, "it is 0".to_owned(), "use 1 s or more");
    }
    for found in config.server.validate() {
        fault(&format!("server.{}", found.field), FaultCode::OutOfRange, found.cause, found.action);
    }
    if let Err(too_long) = config.probe.validate() {
        let action = "send fewer probes, closer together, or in longer rounds";
        fault("probe.burst", FaultCode::Contradiction, too_long.to_string(), action);
    }
    faults.into_result(()).map(|()| settings)
}
