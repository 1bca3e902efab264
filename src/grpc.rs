//! Stands in for colocate-grpc.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to serve. [`Default`] is for one machine: loopback, no TLS, no tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServerConfig {
    /// Address and port to listen on; port 0 takes a free one.
    pub(crate) listen: SocketAddr,
    /// Whether others than this machine may be served without TLS, or without tokens or client certificates.
    pub(crate) insecure: bool,
    /// TLS; without it connections are in the clear.
    pub(crate) tls: Option<TlsConfig>,
    /// A file of lines `NAME TOKEN`, where `#` begins a comment; without it nobody has to show a token.
    pub(crate) tokens: Option<PathBuf>,
    /// Time between two looks at the files of tokens and TLS, in s.
    pub(crate) reload_s: u64,
    /// Time a connection has for its TLS handshake, and again for the first bytes of HTTP/2, in s.
    pub(crate) handshake_s: u64,
    /// Quiet time after which a connection is asked for a sign of life, in s.
    pub(crate) keepalive_s: u64,
    /// Time a connection has to give that sign, in s.
    pub(crate) keepalive_timeout_s: u64,
    /// Time running calls have to answer once the server shuts down, in s.
    pub(crate) drain_s: u64,
    /// Whether requests may be compressed with gzip, and answers are for those who accept it.
    pub(crate) gzip: bool,
    /// Whether callers can ask which services and messages there are.
    pub(crate) reflection: bool,
    /// Limits.
    pub(crate) limits: LimitsConfig,
}

/// TLS: PEM files, read again when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsConfig {
    /// The certificate of the server and those between it and its root, in this order.
    pub(crate) certificate: PathBuf,
    /// Its private key.
    pub(crate) key: PathBuf,
    /// The roots of client certificates; where given, clients without one are turned away.
    pub(crate) client_ca: Option<PathBuf>,
}

/// Limits. What is beyond them is refused, never queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LimitsConfig {
    /// Calls of Solve, SolveStream, Pareto and Explain at a time.
    pub(crate) solves: usize,
    /// The same, for each token.
    pub(crate) solves_per_token: usize,
    /// Calls of Evaluate, Check and Validate at a time.
    pub(crate) evaluations: usize,
    /// Memory for requests and problems of all calls together, in MiB.
    pub(crate) memory_mib: u64,
    /// The largest message, uncompressed, in MiB.
    pub(crate) message_mib: u64,
    /// Threads of a search, at most; also where the request says none.
    pub(crate) threads: usize,
    /// Time of a call that says neither time nor iterations, in ms.
    pub(crate) default_time_ms: u64,
    /// Time of any call, at most, in ms.
    pub(crate) max_time_ms: u64,
    /// Time to send a request, in ms.
    pub(crate) upload_ms: u64,
    /// Connections at a time.
    pub(crate) connections: usize,
    /// Calls at a time on one connection.
    pub(crate) streams: u32,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 7710)),
            insecure: false,
            tls: None,
            tokens: None,
            reload_s: 10,
            handshake_s: 10,
            keepalive_s: 60,
            keepalive_timeout_s: 20,
            drain_s: 30,
            gzip: true,
            reflection: true,
            limits: LimitsConfig::default(),
        }
    }
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            solves: 4,
            solves_per_token: 2,
            evaluations: 8,
            memory_mib: 2048,
            message_mib: 64,
            threads: 4,
            default_time_ms: 10_000,
            max_time_ms: 300_000,
            upload_ms: 60_000,
            connections: 256,
            streams: 64,
        }
    }
}

/// One thing that is wrong with a [`ServerConfig`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfigFault {
    /// The path of the field, such as `limits.solves`.
    pub(crate) field: &'static str,
    /// What is wrong.
    pub(crate) cause: String,
    /// What to do about it.
    pub(crate) action: &'static str,
}

impl fmt::Display for ConfigFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.field, self.cause, self.action)
    }
}

/// The largest time that is accepted anywhere: a year in s.
const YEAR_S: u64 = 366 * 24 * 3600;

impl ServerConfig {
    /// All that is wrong, files aside: those are read when the server starts.
    #[must_use]
    pub(crate) fn validate(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut add = |field, cause: String, action| faults.push(ConfigFault { field, cause, action });
        let limits = &self.limits;
        for (field, value) in [
            ("limits.solves", limits.solves as u64),
            ("limits.solves_per_token", limits.solves_per_token as u64),
            ("limits.evaluations", limits.evaluations as u64),
            ("limits.memory_mib", limits.memory_mib),
            ("limits.message_mib", limits.message_mib),
            ("limits.threads", limits.threads as u64),
            ("limits.default_time_ms", limits.default_time_ms),
            ("limits.max_time_ms", limits.max_time_ms),
            ("limits.upload_ms", limits.upload_ms),
            ("limits.connections", limits.connections as u64),
            ("limits.streams", u64::from(limits.streams)),
            ("reload_s", self.reload_s),
            ("handshake_s", self.handshake_s),
            ("keepalive_s", self.keepalive_s),
            ("keepalive_timeout_s", self.keepalive_timeout_s),
        ] {
            if value == 0 {
                add(field, "0 lets nothing through".into(), "set at least 1");
            }
        }
        for (field, value) in [
            ("reload_s", self.reload_s),
            ("handshake_s", self.handshake_s),
            ("keepalive_s", self.keepalive_s),
            ("keepalive_timeout_s", self.keepalive_timeout_s),
            ("drain_s", self.drain_s),
            ("limits.max_time_ms", limits.max_time_ms / 1000),
            ("limits.upload_ms", limits.upload_ms / 1000),
        ] {
            if value > YEAR_S {
                add(field, "longer than a year".into(), "shorten it");
            }
        }
        for (field, value) in [
            ("limits.solves", limits.solves),
            ("limits.evaluations", limits.evaluations),
            ("limits.connections", limits.connections),
        ] {
            if value > MOST {
                add(field, format!("{value} is more than {MOST}"), "lower it");
            }
        }
        if limits.default_time_ms > limits.max_time_ms {
            let cause =
                format!("{} is more than limits.max_time_ms, {}", limits.default_time_ms, limits.max_time_ms);
            add("limits.default_time_ms", cause, "lower it, or raise limits.max_time_ms");
        }
        if limits.message_mib > MOST_MESSAGE_MIB {
            let cause = format!("{} is more than {MOST_MESSAGE_MIB}", limits.message_mib);
            add("limits.message_mib", cause, "lower it: a length on the wire has 32 bits");
        }
        if limits.memory_mib > MOST_MEMORY_MIB {
            let cause = format!("{} is more than {MOST_MEMORY_MIB}", limits.memory_mib);
            add("limits.memory_mib", cause, "lower it");
        }
        if !self.listen.ip().is_loopback() && !self.insecure {
            let anonymous =
                self.tokens.is_none() && self.tls.as_ref().is_none_or(|tls| tls.client_ca.is_none());
            if self.tls.is_none() {
                let cause = format!("{} is reached from elsewhere, in the clear", self.listen);
                add("tls", cause, "set tls, or listen on a loopback address, or set insecure");
            }
            if anonymous {
                let cause = format!("{} is reached from elsewhere, by anybody", self.listen);
                add(
                    "tokens",
                    cause,
                    "set tokens or tls.client_ca, or listen on a loopback address, or set insecure",
                );
            }
        }
        faults
    }
}

/// The most calls or connections at a time: each call has a thread, each connection a file descriptor.
const MOST: usize = 1 << 16;
/// The longest message that has a length on the wire.
const MOST_MESSAGE_MIB: u64 = 4095;
/// Far beyond any machine, and far from overflow.
const MOST_MEMORY_MIB: u64 = 1 << 32;

/// Listens, and answers nobody.
pub(crate) struct Server {
    _listener: tokio::net::TcpListener,
    address: SocketAddr,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// How a server ended.
pub(crate) struct Served {
    /// Calls without an answer.
    pub(crate) abandoned: usize,
}

impl Server {
    /// Listens.
    pub(crate) async fn start(config: ServerConfig) -> Result<Self, ServeError> {
        let failed = |source| ServeError::Listen { address: config.listen, source };
        let listener = tokio::net::TcpListener::bind(config.listen).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { _listener: listener, address })
    }

    /// The address it listens on.
    pub(crate) fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Nothing to read again.
    pub(crate) fn reload(&self) {}

    /// Ends.
    pub(crate) async fn shutdown(self) -> Served {
        Served { abandoned: 0 }
    }
}
