//! Whether the files that a configuration names can be used.

use std::path::Path;

use colocate_files::Settings;
use colocate_model::{Document, FaultCode, Faults};

use crate::config::ServeConfig;

/// Checks every file.
///
/// # Errors
/// All that is wrong with them.
pub(super) fn files(settings: &Settings<ServeConfig>) -> Result<(), Faults> {
    let (server, mut faults) = (&settings.value.server, Faults::default());
    let mut check = |field: &str, path: &Path| {
        if let Err(error) = std::fs::read(path) {
            let (place, cause) =
                (settings.place(field), format!("{} cannot be read: {error}", path.display()));
            let action = "check its name and whether you may read it";
            faults.add(Document::Config, place, FaultCode::Unreadable, cause, action);
        }
    };
    if let Some(tls) = &server.tls {
        check("server.tls.certificate", &tls.certificate);
        check("server.tls.key", &tls.key);
        if let Some(roots) = &tls.client_ca {
            check("server.tls.client_ca", roots);
        }
    }
    if let Some(tokens) = &server.tokens {
        check("server.tokens", tokens);
    }
    faults.into_result(())
}
