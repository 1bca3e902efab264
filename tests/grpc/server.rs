//! A `colocate serve` of a test's own, with TLS and tokens.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use tempfile::TempDir;

/// The command.
pub(crate) fn colocate() -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("colocate"));
    command.env_remove("COLOCATE_TOKEN_FILE").env_remove("RUST_LOG").env_remove("COLOCATE_LOG");
    command
}

/// A server that ends with the test.
pub(crate) struct Server {
    child: Child,
    folder: TempDir,
    address: String,
}

const TOKENS: [(&str, &str); 2] =
    [("mine", "a-token-of-thirty-two-characters"), ("other", "another-token-for-somebody-else-")];

impl Server {
    /// Starts with these lines in the section of limits, and hears where it listens.
    pub(crate) fn start(limits: &str) -> Self {
        Self::start_with(limits, |_| String::new())
    }

    /// The same, with what `more` adds to the configuration once there is a folder for the files of the test.
    pub(crate) fn start_with(limits: &str, more: impl FnOnce(&Path) -> String) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        let mut authority = CertificateParams::new(Vec::new()).expect("no names");
        // Two of one name would look like one that signed itself.
        authority.distinguished_name.push(DnType::CommonName, "authority");
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertifiedIssuer::self_signed(authority, KeyPair::generate().expect("a key"));
        let authority = authority.expect("it signs itself");
        let key = KeyPair::generate().expect("a key");
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let certificate = CertificateParams::new(names).expect("two names").signed_by(&key, &authority);
        fs::write(path("ca.pem"), authority.pem()).expect("it is written");
        fs::write(path("cert.pem"), certificate.expect("it is signed").pem()).expect("it is written");
        fs::write(path("key.pem"), key.serialize_pem()).expect("it is written");
        let tokens: String = TOKENS.iter().map(|(name, token)| format!("{name} {token}\n")).collect();
        fs::write(path("tokens"), tokens).expect("it is written");
        fs::write(path("token"), format!("{}\n", TOKENS[0].1)).expect("it is written");
        let config = format!(
            "[server]\nlisten = \"127.0.0.1:0\"\ntokens = {:?}\n\
             [server.tls]\ncertificate = {:?}\nkey = {:?}\n[server.limits]\n{limits}\n\
             [metrics]\nenabled = false\n{}",
            path("tokens"),
            path("cert.pem"),
            path("key.pem"),
            more(folder.path()),
        );
        fs::write(path("serve.toml"), config).expect("it is written");
        let mut child = colocate()
            .arg("serve")
            .arg("--config")
            .arg(path("serve.toml"))
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut heard = Vec::new();
        let address = loop {
            let Some(Ok(line)) = lines.next() else { panic!("it does not listen: {heard:?}") };
            if let Some(address) = line.strip_prefix("listening on https://") {
                break address.to_owned();
            }
            heard.push(line);
        };
        // A pipe that nobody empties would stop the server.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(|line| println!("server: {line}")));
        Self { child, folder, address }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    pub(crate) fn ca(&self) -> PathBuf {
        self.folder().join("ca.pem")
    }

    pub(crate) fn token_file(&self) -> PathBuf {
        self.folder().join("token")
    }

    pub(crate) fn token(&self) -> &'static str {
        TOKENS[0].1
    }

    pub(crate) fn other_token(&self) -> &'static str {
        TOKENS[1].1
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells it to end.
    pub(crate) fn terminate(&self) {
        let status = Command::new("kill").arg(self.id().to_string()).status();
        assert!(status.is_ok_and(|status| status.success()));
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("it ends")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The processes that `parent` has started.
#[cfg(target_os = "linux")]
pub(crate) fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("it is Linux").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // After the name in parentheses: state and parent.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        fields.split_whitespace().nth(1) == Some(&parent.to_string())
    })
    .collect()
}
