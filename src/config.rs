//! The configuration of `colocate serve` and `colocate agent`: as a file says it, then validated once.

pub(crate) mod agent;
mod forecasts;
mod latency;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;

use colocate_files::{Settings, read_toml};
use colocate_model::{Document, FaultCode, Faults};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tracing_subscriber::EnvFilter;

use crate::milp_process;
use colocate_grpc::ServerConfig;
pub(crate) use forecasts::ForecastsConfig;
pub(crate) use latency::LatencyConfig;

/// `colocate serve`: everything it can be told, with the defaults it has.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ServeConfig {
    /// The gRPC service.
    pub(crate) server: ServerConfig,
    /// Forecasts that the service makes again and again and hands out; none without a history.
    pub(crate) forecasts: ForecastsConfig,
    /// Matrices of latency that the service hands out; none without a source.
    pub(crate) latency: LatencyConfig,
    /// HiGHS, which solves every programme in a process of its own.
    pub(crate) milp: MilpConfig,
    /// Metrics in the format of Prometheus.
    pub(crate) metrics: MetricsConfig,
    /// The log, on standard error.
    pub(crate) log: LogConfig,
    /// Traces, sent to an OpenTelemetry collector.
    pub(crate) traces: TracesConfig,
}

/// HiGHS.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MilpConfig {
    /// Memory of each process, in MiB.
    #[schemars(range(min = 64, max = 16_777_216))]
    pub(crate) memory_mib: u64,
}

impl Default for MilpConfig {
    fn default() -> Self {
        Self { memory_mib: milp_process::MEMORY_MIB }
    }
}

/// Metrics.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MetricsConfig {
    /// Whether they are served at all.
    pub(crate) enabled: bool,
    /// Where `/metrics` and `/healthz` are served over plain HTTP: an address and a port, 0 for any free port. There are
    /// no tokens here, so let nobody but the monitoring reach it.
    #[schemars(extend("format" = "socket-address"))]
    pub(crate) listen: SocketAddr,
}

impl Default for MetricsConfig {
    fn default() -> Self {
        Self { enabled: true, listen: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9464) }
    }
}

/// The log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogConfig {
    /// How a record is written.
    pub(crate) format: LogFormat,
    /// What is logged: a level, or directives such as `warn,colocate=debug`. The environment variables `COLOCATE_LOG` and
    /// `RUST_LOG`, in this order, win over it.
    pub(crate) filter: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { format: LogFormat::Text, filter: "info".to_owned() }
    }
}

/// How a record of the log is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// A line for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Traces. Where a variable `OTEL_*` of the environment says something, it wins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct TracesConfig {
    /// The collector that takes OTLP over gRPC; nothing is sent where it is absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(extend("examples" = ["http://127.0.0.1:4317"]))]
    pub(crate) otlp_endpoint: Option<String>,
    /// The share of the calls that is traced, 0 to 1; a caller who traces decides for their calls.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub(crate) ratio: f64,
    /// The name of the service in traces.
    pub(crate) service_name: String,
}

impl Default for TracesConfig {
    fn default() -> Self {
        Self { otlp_endpoint: None, ratio: 1.0, service_name: "colocate".to_owned() }
    }
}

/// Reads and validates the configuration; without a file everything is as usual. `listen` wins over the file.
///
/// # Errors
/// All that is wrong with it.
pub(crate) fn read(file: Option<&Path>, listen: Option<SocketAddr>) -> Result<Settings<ServeConfig>, Faults> {
    let mut settings = match file {
        Some(path) => read_toml::<ServeConfig>(&path.into(), Document::Config)?,
        None => Settings::default(),
    };
    if let Some(listen) = listen {
        settings.value.server.listen = listen;
    }
    validate(&settings).map(|()| settings)
}

/// The configuration as a file would say it.
pub(crate) fn text(config: &ServeConfig) -> String {
    toml::to_string(config)
        .expect("tables, text, numbers and paths that came from a file or the command line")
}

/// Checks what the shape of the file does not say.
fn validate(settings: &Settings<ServeConfig>) -> Result<(), Faults> {
    let (config, mut faults) = (&settings.value, Faults::default());
    let mut fault = |path: &str, code, cause: String, action: &str| {
        faults.add(Document::Config, settings.place(path), code, cause, action);
    };
    for found in config.server.validate() {
        fault(&format!("server.{}", found.field), FaultCode::OutOfRange, found.cause, found.action);
    }
    config.forecasts.validate(&mut fault);
    config.latency.validate(&mut fault);
    if let Err(error) = EnvFilter::builder().parse(&config.log.filter) {
        let action = "write a level such as \"info\", or directives such as \"warn,colocate=debug\"";
        fault("log.filter", FaultCode::Syntax, error.to_string(), action);
    }
    if let Some(endpoint) = &config.traces.otlp_endpoint {
        let action = "write http:// or https://, a host and a port, such as \"http://127.0.0.1:4317\"";
        match endpoint.parse::<axum::http::Uri>() {
            Ok(uri) if !matches!(uri.scheme_str(), Some("http" | "https")) || uri.host().is_none() => {
                fault(
                    "traces.otlp_endpoint",
                    FaultCode::Syntax,
                    "it is no URL of a collector".to_owned(),
                    action,
                );
            }
            // The effective configuration is printed, so nothing secret may be in it.
            Ok(uri) if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) => {
                let action = "pass what it stands for in the variable OTEL_EXPORTER_OTLP_HEADERS";
                fault(
                    "traces.otlp_endpoint",
                    FaultCode::Contradiction,
                    "it holds a password".to_owned(),
                    action,
                );
            }
            Ok(_) => {}
            Err(_) => fault("traces.otlp_endpoint", FaultCode::Syntax, "it is no URL".to_owned(), action),
        }
    }
    if config.traces.service_name.is_empty() {
        fault("traces.service_name", FaultCode::Missing, "it is empty".to_owned(), "write a name");
    }
    let (server, metrics) = (config.server.listen, &config.metrics);
    if metrics.enabled && server == metrics.listen && server.port() != 0 {
        let cause = format!("the service listens on {server} already");
        fault("metrics.listen", FaultCode::Contradiction, cause, "choose another port");
    }
    faults.into_result(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Debug;

    use colocate_files::Input;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    const EXAMPLE: &str = include_str!("../docs/serve.example.toml");

    const AGENT: &str = include_str!("../docs/agent.example.toml");

    fn parse<T: DeserializeOwned + JsonSchema>(text: &str) -> T {
        let read = read_toml(&Input::from_bytes("example.toml", text), Document::Config);
        read.unwrap_or_else(|faults| panic!("{:#?}", faults.0)).value
    }

    /// `table.field` of every option.
    fn options<T: JsonSchema>() -> Vec<String> {
        let settings = schemars::generate::SchemaSettings::draft2020_12();
        let settings = settings.with(|settings| settings.inline_subschemas = true);
        let schema = settings.into_generator().into_root_schema_for::<T>();
        let mut found = Vec::new();
        collect("", schema.as_value(), &mut found);
        found
    }

    fn collect(path: &str, schema: &Value, found: &mut Vec<String>) {
        let alternatives = schema.get("anyOf").and_then(Value::as_array).into_iter().flatten();
        let nested = alternatives.chain([schema]).find_map(|schema| schema.get("properties")?.as_object());
        let Some(fields) = nested else { return found.push(path.to_owned()) };
        for (name, field) in fields {
            assert!(field.get("description").is_some(), "{path}.{name} has no doc comment");
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            collect(&path, field, found);
        }
    }

    /// `table.field` of every option the text sets, those in comments (`# field = value`) included.
    fn named(text: &str) -> Vec<String> {
        let mut table = String::new();
        let mut found = Vec::new();
        for line in text.lines() {
            let line = line.strip_prefix("# ").unwrap_or(line);
            if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
                table = name.to_owned();
            } else if let Some((field, _)) = line.split_once(" = ").filter(|(field, _)| !field.contains(' '))
            {
                found.push(if table.is_empty() { field.to_owned() } else { format!("{table}.{field}") });
            }
        }
        found
    }

    /// An example says the defaults of a configuration and names every option of it.
    fn tells_all<T: DeserializeOwned + JsonSchema + Default + PartialEq + Debug>(example: &str) {
        assert_eq!(parse::<T>(example), T::default());
        let (mut named, mut options) = (named(example), options::<T>());
        named.sort();
        options.sort();
        assert_eq!(named, options);
    }

    #[test]
    fn the_examples_say_the_defaults_and_name_every_option() {
        tells_all::<ServeConfig>(EXAMPLE);
        tells_all::<agent::AgentConfig>(AGENT);
    }

    #[test]
    fn what_the_example_has_in_comments_can_be_said() {
        let is_option = |line: &str| {
            line.starts_with('[') || line.split_once(" = ").is_some_and(|(field, _)| !field.contains(' '))
        };
        let uncommented: Vec<&str> = EXAMPLE
            .lines()
            .map(|line| line.strip_prefix("# ").filter(|rest| is_option(rest)).unwrap_or(line))
            .collect();
        let mut config: ServeConfig = parse(&uncommented.join("\n"));
        // Of the sources of latency there is one at most.
        config.latency.prometheus = None;
        assert!(config.traces.otlp_endpoint.is_some());
        let mut settings = Settings::<ServeConfig>::default();
        settings.value = config;
        validate(&settings).unwrap_or_else(|faults| panic!("{:#?}", faults.0));
    }

    #[test]
    fn the_defaults_are_sound_and_listen_on_loopback_alone() {
        let config = read(None, None).expect("the defaults are sound").value;
        assert!(config.metrics.listen.ip().is_loopback() && config.server.listen.ip().is_loopback());
    }

    #[test]
    fn what_is_printed_is_read_back() {
        let config = ServeConfig::default();
        assert_eq!(parse::<ServeConfig>(&text(&config)), config);
    }
}
