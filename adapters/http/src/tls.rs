//! What is trusted and shown over https.

use std::path::Path;
use std::sync::Arc;

use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, Error, RootCertStore, crypto};

use crate::config::Tls;
use crate::error::SetupError;

/// rustls with ring.
pub(crate) fn configure(tls: &Tls) -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .with_root_certificates(roots(tls)?);
    let Some((certificate, key)) = &tls.identity else { return Ok(builder.with_no_client_auth()) };
    let chain = certificates(certificate)?;
    let key_of = |pem: &[u8]| PrivateKeyDer::from_pem_slice(pem);
    let key =
        key_of(&read(key)?).map_err(|_| SetupError::Contents { path: key.clone(), what: "key in PEM" })?;
    builder.with_client_auth_cert(chain, key).map_err(unusable)
}

fn unusable(error: Error) -> SetupError {
    SetupError::Tls(Box::new(error))
}

/// Trusts nobody.
pub(crate) fn none() -> Result<ClientConfig, SetupError> {
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(unusable)?.with_root_certificates(RootCertStore::empty());
    Ok(builder.with_no_client_auth())
}

fn roots(tls: &Tls) -> Result<RootCertStore, SetupError> {
    let mut store = RootCertStore::empty();
    match &tls.authority {
        Some(path) => {
            for certificate in certificates(path)? {
                store.add(certificate).map_err(unusable)?;
            }
        }
        None => {
            store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if store.is_empty() {
                return Err(SetupError::NoAuthorities);
            }
        }
    }
    Ok(store)
}

/// The certificates of a PEM file, at least one.
fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&read(path)?).collect();
    found
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or_else(|| SetupError::Contents { path: path.to_owned(), what: "certificate in PEM" })
}

fn read(path: &Path) -> Result<Vec<u8>, SetupError> {
    std::fs::read(path).map_err(|source| SetupError::File { path: path.to_owned(), source })
}
