//! A Prometheus of our own on a free port, behind TLS, a client certificate and a password.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use colocate_prometheus::{Auth, Client, Config, Retry, Tls};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

const PASSWORD: &str = "open sesame";
/// bcrypt of the password, with few rounds.
const HASH: &str = "$2b$04$abcdefghijklmnopqrstuu/LVz6MZlItEy42I2juLihZ66HnQx/cy";

/// Whether the programs are there; else one line says that `test` is skipped.
pub(crate) fn is_installed(test: &str) -> bool {
    let missing = ["prometheus", "promtool"].into_iter().find(|program| {
        let mut command = Command::new(program);
        let status = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        !status.is_ok_and(|status| status.success())
    });
    if let Some(program) = missing {
        #[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
        {
            eprintln!("{test} is skipped: there is no {program}");
        }
    }
    missing.is_none()
}

/// Ends with the test.
pub(crate) struct Server {
    child: Child,
    folder: PathBuf,
    port: u16,
}

impl Server {
    /// Makes blocks of the samples in `open_metrics` and serves them.
    pub(crate) async fn start(folder: &Path, open_metrics: &str) -> Self {
        // Long blocks: promtool reads the file once for each.
        let made = Command::new("promtool")
            .args(["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=720h", "--quiet"])
            .args([folder.join(open_metrics), folder.join("blocks")])
            .stdout(Stdio::null())
            .status();
        assert!(made.expect("it is there").success(), "promtool makes blocks");
        certificates(folder);
        fs::write(folder.join("prometheus.yml"), "global: {}\n").expect("there is room");
        let web = format!(
            "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n  client_ca_file: ca.pem\n  \
             client_auth_type: RequireAndVerifyClientCert\nbasic_auth_users:\n  colocate: {HASH}\n"
        );
        fs::write(folder.join("web.yml"), web).expect("there is room");
        fs::write(folder.join("password"), PASSWORD).expect("there is room");
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
        let port = listener.local_addr().expect("it is bound").port();
        drop(listener);
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--web.config.file={}", folder.join("web.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("blocks").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--web.route-prefix=/prefix", "--storage.tsdb.retention.time=100y", "--log.level=error"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let server = Self { child, folder: folder.to_owned(), port };
        let pause = Duration::from_millis(100);
        let patient = Retry { attempts: 300, first: pause, longest: pause };
        let client = Client::new(Config { retry: patient, ..server.config() }).expect("it is sound");
        client.instant("1", 0).await.expect("it comes up");
        server
    }

    /// How it is asked.
    pub(crate) fn config(&self) -> Config {
        let file = |name: &str| self.folder.join(name);
        Config {
            auth: Auth::Basic { username: "colocate".into(), password_file: file("password") },
            tls: Tls {
                authority: Some(file("ca.pem")),
                identity: Some((file("client.pem"), file("client.key"))),
            },
            ..Config::new(format!("https://127.0.0.1:{}/prefix/", self.port))
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An authority, and a certificate by it for either side.
fn certificates(folder: &Path) {
    let key = KeyPair::generate().expect("there is randomness");
    let mut params = CertificateParams::new(Vec::new()).expect("it is sound");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority = params.self_signed(&key).expect("it is sound");
    fs::write(folder.join("ca.pem"), authority.pem()).expect("there is room");
    let issuer = Issuer::new(params, key);
    for (side, usage) in
        [("server", ExtendedKeyUsagePurpose::ServerAuth), ("client", ExtendedKeyUsagePurpose::ClientAuth)]
    {
        let key = KeyPair::generate().expect("there is randomness");
        let mut params = CertificateParams::new(vec!["127.0.0.1".into()]).expect("it is sound");
        params.extended_key_usages = vec![usage];
        let certificate = params.signed_by(&key, &issuer).expect("it is sound");
        fs::write(folder.join(format!("{side}.pem")), certificate.pem()).expect("there is room");
        fs::write(folder.join(format!("{side}.key")), key.serialize_pem()).expect("there is room");
    }
}
