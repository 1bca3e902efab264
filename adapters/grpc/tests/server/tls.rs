//! TLS, client certificates, and certificates that change.

use std::path::Path;

use colocate_grpc::{Reload, Server, Services, TlsConfig};
use colocate_proto::v1::solver_client::SolverClient;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use crate::support::{ANSWER, config, fake, solve};

pub(crate) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(crate) fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, in PEM.
pub(crate) fn issue(authority: &Authority) -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    (params.signed_by(&key, authority).unwrap().pem(), key.serialize_pem())
}

pub(crate) fn write(directory: &Path, (certificate, key): &(String, String)) {
    std::fs::write(directory.join("certificate"), certificate).unwrap();
    std::fs::write(directory.join("key"), key).unwrap();
}

async fn connect(
    server: &Server,
    authority: &Authority,
    identity: Option<&(String, String)>,
) -> Result<SolverClient<Channel>, tonic::transport::Error> {
    let mut tls = ClientTlsConfig::new()
        .ca_certificate(Certificate::from_pem(authority.as_ref().pem()))
        .domain_name("localhost");
    if let Some((certificate, key)) = identity {
        tls = tls.identity(Identity::from_pem(certificate, key));
    }
    let address = format!("https://{}", server.local_addr());
    let channel = Endpoint::from_shared(address)?.tls_config(tls)?.connect().await?;
    Ok(SolverClient::new(channel))
}

#[tokio::test]
async fn a_new_certificate_is_served_without_a_restart_and_a_faulty_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let (old, new) = (authority(), authority());
    write(directory.path(), &issue(&old));
    let tls = TlsConfig {
        certificate: directory.path().join("certificate"),
        key: directory.path().join("key"),
        client_ca: None,
    };
    let mut config = config();
    config.tls = Some(tls);
    let server = Server::start(config, Services::solver(fake().backend)).await.unwrap();
    // A client that says nothing keeps nobody from connecting.
    let _silent = tokio::net::TcpStream::connect(server.local_addr()).await.unwrap();
    let mut before = connect(&server, &old, None).await.unwrap();
    before.solve(solve("", ANSWER)).await.unwrap();

    // The key does not belong to the certificate.
    write(directory.path(), &(issue(&new).0, issue(&new).1));
    assert_eq!(server.reload().1, Some(Reload::Kept));
    connect(&server, &old, None).await.unwrap();
    write(directory.path(), &issue(&new));
    assert_eq!(server.reload().1, Some(Reload::Renewed));
    connect(&server, &new, None).await.unwrap().solve(solve("", ANSWER)).await.unwrap();
    assert!(connect(&server, &old, None).await.is_err());
    before.solve(solve("", ANSWER)).await.unwrap();
}

#[tokio::test]
async fn clients_need_a_certificate_where_there_is_an_authority_for_them() {
    let directory = tempfile::tempdir().unwrap();
    let (ours, strange) = (authority(), authority());
    write(directory.path(), &issue(&ours));
    std::fs::write(directory.path().join("roots"), ours.as_ref().pem()).unwrap();
    let tls = TlsConfig {
        certificate: directory.path().join("certificate"),
        key: directory.path().join("key"),
        client_ca: Some(directory.path().join("roots")),
    };
    let mut config = config();
    config.tls = Some(tls);
    let server = Server::start(config, Services::solver(fake().backend)).await.unwrap();
    connect(&server, &ours, Some(&issue(&ours))).await.unwrap().solve(solve("", ANSWER)).await.unwrap();
    for identity in [None, Some(issue(&strange))] {
        // In TLS 1.3 a client learns of it with the first answer.
        let refused = match connect(&server, &ours, identity.as_ref()).await {
            Err(_) => true,
            Ok(mut client) => client.solve(solve("", ANSWER)).await.is_err(),
        };
        assert!(refused);
    }
}
