//! Whether the files that a configuration names can be used.

use std::error::Error;

use colocate_files::Settings;
use colocate_grpc::FileError;
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
    faults.into_result(())
}
