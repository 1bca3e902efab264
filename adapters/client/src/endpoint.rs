//! Where a server is, and how to be let in.

use std::fmt;
use std::time::Duration;

use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(10);
/// How often a quiet connection is asked whether it is alive.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// Where a server is, and how to be let in.
#[derive(Clone)]
pub struct Endpoint {
    url: String,
    authority: Option<Vec<u8>>,
    identity: Option<(Vec<u8>, Vec<u8>)>,
    domain: Option<String>,
    token: Option<String>,
    message_bytes: usize,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The address is none.
    #[error("`{url}` is no address of a server; write http://HOST:PORT or https://HOST:PORT")]
    Address {
        /// What was given.
        url: String,
    },
    /// A token that no header can hold.
    #[error("the token has characters that no header can hold")]
    Token,
    /// A token that everybody on the way could read.
    #[error("a token is not sent in the clear to another machine; use https")]
    TokenInTheClear,
    /// Nobody answers there, or TLS failed.
    #[error("cannot connect to {url}")]
    Transport {
        /// Where.
        url: String,
        /// Why.
        #[source]
        source: tonic::transport::Error,
    },
}

impl Endpoint {
    /// A server at `http://HOST:PORT`, or `https://HOST:PORT` for TLS.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            authority: None,
            identity: None,
            domain: None,
            token: None,
            message_bytes: usize::MAX,
        }
    }

    /// Trusts certificates that these authorities signed (PEM), and no other.
    #[must_use]
    pub fn with_authority(self, pem: impl Into<Vec<u8>>) -> Self {
        Self { authority: Some(pem.into()), ..self }
    }

    /// Shows a client certificate (PEM, its chain included) with its key (PEM).
    #[must_use]
    pub fn with_identity(self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        Self { identity: Some((certificate.into(), key.into())), ..self }
    }

    /// Expects this name in the certificate of the server, instead of that in the address.
    #[must_use]
    pub fn with_domain(self, domain: impl Into<String>) -> Self {
        Self { domain: Some(domain.into()), ..self }
    }

    /// Shows a bearer token; never sent in the clear to another machine.
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Takes no answer larger than `bytes`.
    #[must_use]
    pub fn with_message_limit(self, bytes: usize) -> Self {
        Self { message_bytes: bytes, ..self }
    }

    pub(crate) fn message_bytes(&self) -> usize {
        self.message_bytes
    }

    /// The header that lets calls in.
    pub(crate) fn authorization(&self) -> Result<Option<MetadataValue<Ascii>>, ConnectError> {
        let Some(token) = &self.token else { return Ok(None) };
        let mut value: MetadataValue<Ascii> =
            format!("Bearer {token}").parse().map_err(|_| ConnectError::Token)?;
        value.set_sensitive(true);
        Ok(Some(value))
    }

    pub(crate) async fn channel(&self) -> Result<Channel, ConnectError> {
        let address = || ConnectError::Address { url: self.url.clone() };
        let endpoint = tonic::transport::Endpoint::from_shared(self.url.clone()).map_err(|_| address())?;
        let host = endpoint.uri().host().ok_or_else(address)?.to_owned();
        let transport = |source| ConnectError::Transport { url: self.url.clone(), source };
        let endpoint = endpoint
            .connect_timeout(CONNECT)
            .http2_keep_alive_interval(KEEPALIVE)
            .keep_alive_while_idle(true)
            .user_agent(concat!("colocate-client/", env!("CARGO_PKG_VERSION")))
            .map_err(transport)?;
        let endpoint = match endpoint.uri().scheme_str() {
            Some("https") => endpoint.tls_config(self.tls()).map_err(transport)?,
            Some("http") if self.token.is_none() || is_this_machine(&host) => endpoint,
            Some("http") => return Err(ConnectError::TokenInTheClear),
            _ => return Err(address()),
        };
        endpoint.connect().await.map_err(transport)
    }

    fn tls(&self) -> ClientTlsConfig {
        let mut tls = ClientTlsConfig::new();
        tls = match &self.authority {
            Some(pem) => tls.ca_certificate(Certificate::from_pem(pem)),
            None => tls.with_enabled_roots(),
        };
        if let Some((certificate, key)) = &self.identity {
            tls = tls.identity(Identity::from_pem(certificate, key));
        }
        if let Some(domain) = &self.domain {
            tls = tls.domain_name(domain);
        }
        tls
    }
}

/// Whether `host` cannot be another machine.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_cannot_be_reached_is_said_without_the_token() {
        for (url, words) in [
            ("solver:7710", "is no address"),
            ("ftp://127.0.0.1:1", "is no address"),
            ("http://solver.example:7710", "in the clear"),
            ("http://127.0.0.1:1", "cannot connect to http://127.0.0.1:1"),
        ] {
            let endpoint = Endpoint::new(url).with_token("very-secret");
            let error = endpoint.channel().await.expect_err("nobody is there").to_string();
            assert!(error.contains(words), "{url}: {error}");
            assert!(!error.contains("very-secret") && !format!("{endpoint:?}").contains("very-secret"));
        }
    }

    #[test]
    fn tokens_that_no_header_can_hold_are_refused() {
        let authorization = Endpoint::new("http://127.0.0.1:1").with_token("two\nlines").authorization();
        assert!(matches!(authorization, Err(ConnectError::Token)));
    }
}
