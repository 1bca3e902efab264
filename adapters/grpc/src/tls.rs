//! TLS: certificates, and who is asked for one.

use std::sync::Arc;

use tls_listener::AsyncTls;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig, crypto};
use tokio_rustls::{Accept, TlsAcceptor, server::TlsStream};

use crate::config::TlsConfig;
use crate::reload::{FileError, Reloading};

/// Accepts with the newest certificate; connections that are open stay as they are.
#[derive(Clone)]
pub(crate) struct Acceptor(Arc<Reloading<ServerConfig>>);

impl Acceptor {
    /// Reads what `config` names.
    ///
    /// # Errors
    /// [`FileError`].
    pub(crate) fn load(config: &TlsConfig) -> Result<Self, FileError> {
        let mut paths = vec![config.certificate.clone(), config.key.clone()];
        paths.extend(config.client_ca.clone());
        Ok(Self(Arc::new(Reloading::load("tls", paths, parse)?)))
    }

    /// What is read again.
    pub(crate) fn files(&self) -> Arc<Reloading<ServerConfig>> {
        self.0.clone()
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> AsyncTls<C> for Acceptor {
    type Stream = TlsStream<C>;
    type Error = std::io::Error;
    type AcceptFuture = Accept<C>;

    fn accept(&self, stream: C) -> Accept<C> {
        TlsAcceptor::from(self.0.current()).accept(stream)
    }
}

/// A TLS configuration from certificate, key and, where there is one, the roots of clients.
fn parse(contents: &[Vec<u8>]) -> Result<ServerConfig, FileError> {
    let chain = certificates(&contents[0], "tls.certificate")?;
    let key = PrivateKeyDer::from_pem_slice(&contents[1]).map_err(|_| FileError::NoKey)?;
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(FileError::Tls)?;
    let builder = match contents.get(2) {
        None => builder.with_no_client_auth(),
        Some(roots) => {
            let mut store = RootCertStore::empty();
            for root in certificates(roots, "tls.client_ca")? {
                store.add(root).map_err(FileError::Tls)?;
            }
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(store), provider)
                .build()
                .map_err(FileError::ClientCa)?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let mut config = builder.with_single_cert(chain, key).map_err(FileError::Tls)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// The certificates of a PEM file, at least one.
fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    found.ok().filter(|found| !found.is_empty()).ok_or(FileError::NoCertificate { what })
}
