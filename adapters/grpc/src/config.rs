//! How to serve.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How to serve. [`Default`] is for one machine: loopback, no TLS, no tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ServerConfig {
    /// Address and port to listen on; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Whether others than this machine may be served without TLS, or without tokens or client certificates.
    pub insecure: bool,
    /// TLS; without it connections are in the clear.
    pub tls: Option<TlsConfig>,
    /// A file of lines `NAME TOKEN`, where `#` begins a comment; without it nobody has to show a token.
    pub tokens: Option<PathBuf>,
    /// Time between two looks at the files of tokens and TLS, in s.
    pub reload_s: u64,
    /// Time a connection has for its TLS handshake, and again for the first bytes of HTTP/2, in s.
    pub handshake_s: u64,
    /// Quiet time after which a connection is asked for a sign of life, in s.
    pub keepalive_s: u64,
    /// Time a connection has to give that sign, in s.
    pub keepalive_timeout_s: u64,
    /// Time running calls have to answer once the server shuts down, in s.
    pub drain_s: u64,
    /// Whether requests may be compressed with gzip, and answers are for those who accept it.
    pub gzip: bool,
    /// Whether callers can ask which services and messages there are.
    pub reflection: bool,
    /// Limits.
    pub limits: LimitsConfig,
}

/// TLS: PEM files, read again when they change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate of the server and those between it and its root, in this order.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// The roots of client certificates; where given, clients without one are turned away.
    pub client_ca: Option<PathBuf>,
}

/// Limits. What is beyond them is refused, never queued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Calls of Solve, SolveStream, Pareto and Explain at a time.
    pub solves: usize,
    /// The same, for each token.
    pub solves_per_token: usize,
    /// Calls of Evaluate, Check, Validate and Forecasts.Get at a time.
    pub evaluations: usize,
    /// Calls of Forecasts.Watch at a time.
    pub watches: usize,
    /// Memory for requests and problems of all calls together, in MiB.
    pub memory_mib: u64,
    /// The largest message, uncompressed, in MiB.
    pub message_mib: u64,
    /// Threads of a search, at most; also where the request says none.
    pub threads: usize,
    /// Time of a call that says neither time nor iterations, in ms.
    pub default_time_ms: u64,
    /// Time of any call, at most, in ms.
    pub max_time_ms: u64,
    /// Time to send a request, in ms.
    pub upload_ms: u64,
    /// Connections at a time.
    pub connections: usize,
    /// Calls at a time on one connection.
    pub streams: u32,
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
            watches: 64,
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
pub struct ConfigFault {
    /// The path of the field, such as `limits.solves`.
    pub field: &'static str,
    /// What is wrong.
    pub cause: String,
    /// What to do about it.
    pub action: &'static str,
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
    pub fn validate(&self) -> Vec<ConfigFault> {
        let mut faults = Vec::new();
        let mut add = |field, cause: String, action| faults.push(ConfigFault { field, cause, action });
        let limits = &self.limits;
        for (field, value) in [
            ("limits.solves", limits.solves as u64),
            ("limits.solves_per_token", limits.solves_per_token as u64),
            ("limits.evaluations", limits.evaluations as u64),
            ("limits.watches", limits.watches as u64),
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
            ("limits.watches", limits.watches),
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

    /// The largest message, in bytes.
    pub(crate) fn message_bytes(&self) -> usize {
        usize::try_from(self.limits.message_mib.saturating_mul(MIB)).unwrap_or(usize::MAX)
    }

    /// The memory budget, in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.limits.memory_mib.saturating_mul(MIB)
    }

    /// See [`Self::handshake_s`].
    pub(crate) fn handshake(&self) -> Duration {
        Duration::from_secs(self.handshake_s)
    }
}

/// Bytes in a MiB.
const MIB: u64 = 1 << 20;
/// The most calls or connections at a time: each call has a thread, each connection a file descriptor.
const MOST: usize = 1 << 16;
/// The longest message that has a length on the wire.
const MOST_MESSAGE_MIB: u64 = 4095;
/// Far beyond any machine, and far from overflow.
const MOST_MEMORY_MIB: u64 = 1 << 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_sound() {
        assert_eq!(ServerConfig::default().validate(), []);
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let mut config = ServerConfig { listen: "0.0.0.0:1".parse().unwrap(), ..ServerConfig::default() };
        config.limits.solves = 0;
        config.limits.default_time_ms = config.limits.max_time_ms + 1;
        let fields: Vec<&str> = config.validate().iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["limits.solves", "limits.default_time_ms", "tls", "tokens"]);
        config.insecure = true;
        assert_eq!(config.validate().len(), 2);
    }

    #[test]
    fn client_certificates_stand_in_for_tokens() {
        let tls = TlsConfig { certificate: "c".into(), key: "k".into(), client_ca: Some("a".into()) };
        let listen = "[::]:1".parse().unwrap();
        let config = ServerConfig { listen, tls: Some(tls), ..ServerConfig::default() };
        assert_eq!(config.validate(), []);
    }

    #[test]
    fn unknown_fields_are_faults() {
        let error = serde_json::from_str::<ServerConfig>(r#"{"limits": {"solvers": 1}}"#).unwrap_err();
        assert!(error.to_string().contains("solvers"), "{error}");
        let schema = schemars::schema_for!(ServerConfig);
        assert_eq!(schema.get("additionalProperties"), Some(&false.into()));
    }
}
