//! How a server of ours is reached, and how it lets us in.

use std::path::{Path, PathBuf};

use colocate_client::Endpoint;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::remote::RemoteError;

/// How servers let us in: files in PEM, and a token.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Access {
    /// Trust certificates signed by these authorities and no others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ca: Option<PathBuf>,
    /// Show this client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) certificate: Option<PathBuf>,
    /// The key of the client certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<PathBuf>,
    /// The name that the certificate of the server has, where it is not that of the address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// Show the token in the first line of this file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
}

impl Access {
    /// The server at `url`.
    ///
    /// # Errors
    /// A file that cannot be read, or has no token.
    pub(crate) fn endpoint(&self, url: &str) -> Result<Endpoint, RemoteError> {
        let read = |path: &Path| {
            std::fs::read(path).map_err(|source| RemoteError::File { path: path.to_owned(), source })
        };
        let mut endpoint = Endpoint::new(url);
        if let Some(path) = &self.ca {
            endpoint = endpoint.with_authority(read(path)?);
        }
        if let (Some(certificate), Some(key)) = (&self.certificate, &self.key) {
            endpoint = endpoint.with_identity(read(certificate)?, read(key)?);
        }
        if let Some(name) = &self.name {
            endpoint = endpoint.with_domain(name);
        }
        if let Some(path) = &self.token_file {
            let text = String::from_utf8(read(path)?).unwrap_or_default();
            let token = text.lines().next().map(str::trim).filter(|token| !token.is_empty());
            endpoint = endpoint.with_token(token.ok_or_else(|| RemoteError::NoToken(path.clone()))?);
        }
        Ok(endpoint)
    }
}
