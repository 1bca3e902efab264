//! Whether the files that a configuration names can be used.

use std::error::Error;
use std::fs::File;
use std::path::Path;

use colocate_files::{LatencyFile, Settings};
use colocate_grpc::FileError;
use colocate_history::{Source, read_settings};
use colocate_model::{Document, FaultCode, Faults};

use crate::config::ServeConfig;

/// Reads every file as the server would.
///
/// # Errors
/// What is wrong with them.
pub(super) fn files(settings: &Settings<ServeConfig>) -> Result<(), Faults> {
    let (tls, tokens) = settings.value.server.check_files();
    let mut faults = Faults::default();
    for (field, error) in [("server.tls", tls), ("server.tokens", tokens)] {
        let Some(error) = error else { continue };
        let code = if matches!(error, FileError::Unreadable { .. }) {
            FaultCode::Unreadable
        } else {
            FaultCode::Syntax
        };
        let mut cause = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            cause.push_str(&format!(": {error}"));
            source = error.source();
        }
        let action = "name files that can be read and hold what they should";
        faults.add(Document::Config, settings.place(field), code, cause, action);
    }
    history(settings, &mut faults);
    if let Some(path) = &settings.value.latency.file {
        faults
            .0
            .extend(LatencyFile::read(&path.as_path().into()).err().into_iter().flat_map(|found| found.0));
    }
    faults.into_result(())
}

/// Looks at what forecasts are made from, but does not read history itself, which may take long.
fn history(settings: &Settings<ServeConfig>, faults: &mut Faults) {
    let config = &settings.value.forecasts;
    if !config.enabled() {
        return;
    }
    let mut unreadable = |path: &Path, error: &std::io::Error| {
        let cause = format!("{} cannot be read: {error}", path.display());
        let action = "name files and folders that can be read, or addresses of Prometheus";
        faults.add(
            Document::Config,
            settings.place("forecasts.history"),
            FaultCode::Unreadable,
            cause,
            action,
        );
    };
    let mut more = Vec::new();
    match config.sources() {
        Ok(sources) => {
            for source in sources {
                match source {
                    Source::Path(path) if path.is_dir() => {
                        drop(std::fs::read_dir(&path).map_err(|error| unreadable(&path, &error)));
                    }
                    Source::Path(path) => drop(File::open(&path).map_err(|error| unreadable(&path, &error))),
                    Source::Settings(path) => more.extend(read_settings(&path).err()),
                    Source::Prometheus(_) => {}
                }
            }
        }
        Err(found) => more.push(found),
    }
    more.extend(config.cluster().err());
    faults.0.extend(more.into_iter().flat_map(|found| found.0));
}
