//! `history.toml`: sources that need more words than a command line has.

use std::path::{Path, PathBuf};
use std::time::Duration;

use colocate_files::{Input, Settings, read_toml};
use colocate_model::{Document, FaultCode, Faults};
use colocate_prometheus::{Auth, Config, Tls};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::preset::Preset;
use crate::query::{Names, PLACEHOLDERS, Query};
use crate::source::{Monitoring, SCRAPE_S, Source};
use crate::template::Template;

/// Where history is.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
struct HistorySettings {
    /// CSV and Parquet files, and folders of them; relative to this file.
    files: Vec<PathBuf>,
    /// A Prometheus.
    prometheus: Option<PrometheusSettings>,
    /// Collections of queries.
    preset: Vec<PresetSettings>,
    /// Queries.
    query: Vec<QuerySettings>,
}

/// A Prometheus. Files are relative to this one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PrometheusSettings {
    /// Its address, with a path where there is one.
    url: String,
    /// A file with a bearer token.
    token_file: Option<PathBuf>,
    /// The user of a password.
    username: Option<String>,
    /// A file with the password of the user.
    password_file: Option<PathBuf>,
    /// Whether a token or password may go over http to another machine.
    #[serde(default)]
    secret_in_the_clear: bool,
    /// PEM: whose certificates are trusted, and no others; the system's where it is absent.
    ca_file: Option<PathBuf>,
    /// PEM: the certificate to show, its chain included.
    certificate_file: Option<PathBuf>,
    /// PEM: the key of that certificate.
    key_file: Option<PathBuf>,
    /// How long a question may take, in s.
    timeout_s: Option<u32>,
    /// How often a question is asked.
    attempts: Option<u32>,
    /// The largest answer, in bytes.
    max_response_bytes: Option<u64>,
    /// Points of a series in one answer.
    max_points: Option<u32>,
    /// The time between scrapes, in s.
    scrape_s: Option<u32>,
}

/// A collection of queries.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PresetSettings {
    /// nomad, cadvisor or node.
    name: String,
    /// More label matchers, such as `namespace="prod"`.
    filter: Option<String>,
    /// The component, from labels, where it is not that of the preset.
    component: Option<String>,
    /// The service, from labels, where it is not that of the preset.
    service: Option<String>,
}

/// A query.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct QuerySettings {
    /// cpu, memory, disk_io, network or another resource; requests, calls_per_s or bytes_per_s.
    metric: String,
    /// PromQL; of a counter a selector.
    query: String,
    /// The component, from labels.
    component: Option<String>,
    /// The service of the component, or whose requests they are, from labels.
    service: Option<String>,
    /// Who calls, from labels.
    from: Option<String>,
    /// Who is called, from labels.
    to: Option<String>,
    /// What values are multiplied by.
    scale: Option<f64>,
    /// Whether the samples of the selector count since a start.
    #[serde(default)]
    counter: bool,
}

/// The sources that a `history.toml` names.
///
/// # Errors
/// All that is wrong with it, each with its line.
pub fn read_settings(path: &Path) -> Result<Vec<Source>, Faults> {
    let settings = read_toml::<HistorySettings>(&Input::from(path), Document::History)?;
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut reading = Reading { settings: &settings, folder, faults: Faults::default() };
    let sources = reading.sources();
    reading.faults.into_result(sources)
}

struct Reading<'a> {
    settings: &'a Settings<HistorySettings>,
    folder: &'a Path,
    faults: Faults,
}

impl Reading<'_> {
    fn sources(&mut self) -> Vec<Source> {
        let value = &self.settings.value;
        let mut sources: Vec<Source> =
            value.files.iter().map(|path| Source::Path(self.folder.join(path))).collect();
        let mut queries = Vec::new();
        for (index, preset) in value.preset.iter().enumerate() {
            queries.extend(self.preset(preset, index));
        }
        for (index, query) in value.query.iter().enumerate() {
            queries.extend(self.query(query, index));
        }
        let asks = !(value.preset.is_empty() && value.query.is_empty());
        match &value.prometheus {
            Some(_) if !asks => {
                let action = "add [[preset]] or [[query]]";
                self.fault("prometheus", FaultCode::Missing, "nothing is asked of it".into(), action);
            }
            Some(server) => {
                let scrape_s = server.scrape_s.unwrap_or(SCRAPE_S).max(1);
                let server = self.server(server);
                sources.push(Source::Prometheus(Box::new(Monitoring { server, queries, scrape_s })));
            }
            None if asks => {
                let cause = "there is nobody to ask".into();
                self.fault("prometheus", FaultCode::Missing, cause, "add [prometheus] with its url");
            }
            None => {}
        }
        if sources.is_empty() && self.faults.0.is_empty() {
            let action = "add `files`, or [prometheus] with [[preset]] or [[query]]";
            self.fault("files", FaultCode::Empty, "it names no source".into(), action);
        }
        sources
    }

    fn server(&mut self, server: &PrometheusSettings) -> Config {
        let path = |path: &PathBuf| self.folder.join(path);
        let auth = match (&server.token_file, &server.username, &server.password_file) {
            (None, None, None) => Auth::None,
            (Some(token), None, None) => Auth::Bearer { token_file: path(token) },
            (None, Some(username), Some(password)) => {
                Auth::Basic { username: username.clone(), password_file: path(password) }
            }
            _ => {
                let cause = "it names a token and a user, or a user and no password".into();
                let action = "give `token_file`, or `username` and `password_file`";
                self.fault("prometheus", FaultCode::Contradiction, cause, action);
                Auth::None
            }
        };
        let identity = match (&server.certificate_file, &server.key_file) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((self.folder.join(certificate), self.folder.join(key))),
            _ => {
                let cause = "a certificate needs its key, and a key its certificate".into();
                let action = "give `certificate_file` and `key_file`, or neither";
                self.fault("prometheus", FaultCode::Contradiction, cause, action);
                None
            }
        };
        let mut config = Config::new(server.url.clone());
        config.auth = auth;
        config.tls = Tls { authority: server.ca_file.as_ref().map(|path| self.folder.join(path)), identity };
        config.secret_in_the_clear = server.secret_in_the_clear;
        let seconds = server.timeout_s.map(|seconds| Duration::from_secs(seconds.max(1).into()));
        config.timeout = seconds.unwrap_or(config.timeout);
        config.retry.attempts = server.attempts.unwrap_or(config.retry.attempts).max(1);
        let bytes = server.max_response_bytes.and_then(|bytes| usize::try_from(bytes).ok());
        config.limits.response_bytes = bytes.unwrap_or(config.limits.response_bytes);
        config.limits.points = server.max_points.unwrap_or(config.limits.points).max(1);
        config
    }

    fn preset(&mut self, preset: &PresetSettings, index: usize) -> Vec<Query> {
        let Some(known) = Preset::from_name(&preset.name) else {
            let cause = format!("there is no preset `{}`", preset.name);
            let action = "write nomad, cadvisor or node";
            self.fault(&format!("preset[{index}].name"), FaultCode::UnknownWord, cause, action);
            return Vec::new();
        };
        let component = self.template(preset.component.as_deref(), &format!("preset[{index}].component"));
        let service = self.template(preset.service.as_deref(), &format!("preset[{index}].service"));
        if preset.component.is_some() != component.is_some() || preset.service.is_some() != service.is_some()
        {
            return Vec::new();
        }
        known
            .queries(preset.filter.as_deref(), preset.component.as_deref(), preset.service.as_deref())
            .unwrap_or_default()
    }

    fn query(&mut self, query: &QuerySettings, index: usize) -> Option<Query> {
        let at = |field: &str| format!("query[{index}].{field}");
        let component = self.template(query.component.as_deref(), &at("component"));
        let service = self.template(query.service.as_deref(), &at("service"));
        let from = self.template(query.from.as_deref(), &at("from"));
        let to = self.template(query.to.as_deref(), &at("to"));
        let names = match (&query.component, &query.service, &query.from, &query.to) {
            (Some(_), _, None, None) => component.map(|component| Names::Component { component, service }),
            (None, None, Some(_), Some(_)) => from.zip(to).map(|(from, to)| Names::Edge { from, to }),
            (None, Some(_), None, None) => service.map(|service| Names::Service { service }),
            _ => {
                let cause = "it has to say whose history it gives".into();
                let action = "give `component` (and `service`), `from` and `to`, or `service` alone";
                self.fault(&format!("query[{index}]"), FaultCode::Missing, cause, action);
                None
            }
        };
        let scale = query.scale.unwrap_or(1.0);
        if !(scale.is_finite() && scale > 0.0) {
            let action = "write a number above 0";
            self.fault(&at("scale"), FaultCode::OutOfRange, format!("{scale} is no scale"), action);
        }
        let query = Query {
            metric: query.metric.clone(),
            query: query.query.clone(),
            names: names?,
            scale,
            counter: query.counter,
        };
        if let Some(word) = query.unknown_placeholder() {
            let (cause, action) = (format!("there is no {word}"), format!("use {}", PLACEHOLDERS.join(", ")));
            self.fault(&at("query"), FaultCode::UnknownWord, cause, &action);
        }
        if let Err(fault) = query.key_of_anybody() {
            let (cause, action) = fault.words();
            self.fault(&at("metric"), FaultCode::UnknownWord, cause.into(), action);
        }
        Some(query)
    }

    fn template(&mut self, text: Option<&str>, path: &str) -> Option<Template> {
        match text?.parse::<Template>() {
            Ok(template) => Some(template),
            Err(error) => {
                let action = "write labels in braces, such as {alloc_id} or {exported_job|job}";
                self.fault(path, FaultCode::Syntax, error.to_string(), action);
                None
            }
        }
    }

    fn fault(&mut self, path: &str, code: FaultCode, cause: String, action: &str) {
        self.faults.add(Document::History, self.settings.place(path), code, cause, action);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Source>, Vec<String>> {
        let folder = tempfile::tempdir().expect("there is room");
        let path = folder.path().join("history.toml");
        std::fs::write(&path, text).expect("there is room");
        read_settings(&path).map_err(|faults| faults.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_example_of_the_guide_is_sound() {
        let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/history.md");
        let guide = std::fs::read_to_string(guide).expect("the guide is there");
        let example = guide.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next());
        let sources = read(example.expect("it has an example")).expect("it is sound");
        assert!(matches!(&sources[..], [Source::Path(_), Source::Prometheus(_)]));
    }

    #[test]
    fn all_faults_come_at_once_with_their_lines() {
        let text = r#"
[prometheus]
url = "https://metrics.example"
username = "me"
certificate_file = "me.pem"
[[preset]]
name = "nomda"
[[query]]
metric = "cpu"
query = "a[$__range]"
component = "alloc_id"
[[query]]
metric = "cpu"
query = "a[$__range]"
from = "{a}"
to = "{b}"
scale = 0
"#;
        let faults = read(text).expect_err("seven things are wrong");
        let places: Vec<String> =
            faults.iter().map(|fault| fault.split(':').next().unwrap_or_default().to_owned()).collect();
        assert_eq!(
            places,
            [
                "E1208 history line 7 preset[0].name",
                "E1102 history line 11 query[0].component",
                "E1301 history line 17 query[1].scale",
                "E1208 history line 14 query[1].query",
                "E1208 history line 13 query[1].metric",
                "E1304 history line 2 prometheus",
                "E1304 history line 2 prometheus",
            ],
            "{faults:#?}"
        );
        assert!(read("qeury = 3").expect_err("a slip")[0].contains("maybe you meant `query`"));
        assert!(read("").expect_err("nothing is named")[0].starts_with("E1508"));
    }
}
