//! Where history is.

use std::path::PathBuf;

use colocate_model::{Document, FaultCode, Faults};
use colocate_prometheus::Config;

use crate::preset::Preset;
use crate::query::Query;

/// Where history is.
#[derive(Debug, Clone, PartialEq)]
pub enum Source {
    /// A CSV or Parquet file, or a folder of them.
    Path(PathBuf),
    /// A `history.toml`, which names sources.
    Settings(PathBuf),
    /// A Prometheus.
    Prometheus(Box<Monitoring>),
}

/// A Prometheus, and what is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Monitoring {
    /// Where it is, and how to be let in.
    pub server: Config,
    /// What is asked.
    pub queries: Vec<Query>,
    /// The time between scrapes, in s; see `$__rate_interval` in [`Query::query`].
    pub scrape_s: u32,
}

/// Prometheus' own `scrape_interval`, unless told.
pub(crate) const SCRAPE_S: u32 = 60;

impl Source {
    /// What `--history SOURCE --preset PRESET` stands for: an address of Prometheus, a `.toml`, or files.
    ///
    /// # Errors
    /// An address without a preset, or a preset without an address.
    pub fn parse(text: &str, preset: Option<Preset>) -> Result<Self, Faults> {
        let is_address = text.starts_with("http://") || text.starts_with("https://");
        let mut faults = Faults::default();
        match (is_address, preset) {
            (true, Some(preset)) => match preset.queries(None, None, None) {
                Ok(queries) => {
                    let server = Config::new(text);
                    return Ok(Self::Prometheus(Box::new(Monitoring {
                        server,
                        queries,
                        scrape_s: SCRAPE_S,
                    })));
                }
                Err(error) => {
                    let action = "use another preset";
                    faults.add(Document::Request, "--preset", FaultCode::Syntax, error.to_string(), action);
                }
            },
            (true, None) => {
                let cause = "an address of Prometheus says not what to ask";
                let action = "add --preset nomad, cadvisor or node, or write a history.toml";
                faults.add(Document::Request, "--history", FaultCode::Missing, cause, action);
            }
            (false, Some(_)) => {
                let cause = "a preset is for an address of Prometheus";
                let action = "leave it out, or name presets in the history.toml";
                faults.add(Document::Request, "--preset", FaultCode::Contradiction, cause, action);
            }
            (false, None) if text.to_ascii_lowercase().ends_with(".toml") => {
                return Ok(Self::Settings(text.into()));
            }
            (false, None) => return Ok(Self::Path(text.into())),
        }
        Err(faults)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_says_where_history_is() {
        assert_eq!(Source::parse("usage/", None), Ok(Source::Path("usage/".into())));
        assert_eq!(Source::parse("my/history.toml", None), Ok(Source::Settings("my/history.toml".into())));
        let nomad = Source::parse("https://metrics.example/prometheus", Some(Preset::Nomad));
        let Ok(Source::Prometheus(monitoring)) = nomad else { panic!("{nomad:?}") };
        assert_eq!(monitoring.server.url, "https://metrics.example/prometheus");
        assert_eq!(monitoring.queries.len(), 3);
    }

    #[test]
    fn addresses_need_a_preset_and_files_none() {
        for (text, preset, code) in [
            ("http://metrics.example", None, FaultCode::Missing),
            ("usage.csv", Some(Preset::Node), FaultCode::Contradiction),
        ] {
            let faults = Source::parse(text, preset).expect_err("it is half of it");
            assert_eq!(faults.0[0].code, code);
        }
    }
}
