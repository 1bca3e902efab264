//! Agents on loopback: one address each, so that they are hosts to one another.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

/// The key of the cluster.
pub(crate) const KEY: &str = "8f0c2a7d1e5b4936a1c7d2e8f4b6053917c8a2e4d6b0f1358a9c7e2d4b6f0135";

/// The command.
pub(crate) fn colocate() -> Command {
    Command::new(env!("CARGO_BIN_EXE_colocate"))
}

/// Running agents, two a rack; they end with it.
pub(crate) struct Cluster {
    pub(crate) folder: TempDir,
    pub(crate) agents: Vec<Running>,
}

/// A running agent.
pub(crate) struct Running {
    pub(crate) host: String,
    pub(crate) address: IpAddr,
    pub(crate) probes: u16,
    pub(crate) grpc: u16,
    pub(crate) metrics: u16,
    pub(crate) child: Child,
}

impl Cluster {
    /// Starts so many agents with this in their table `[probe]`.
    pub(crate) fn start(agents: u8, probe: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("keys"), KEY).expect("there is room");
        let ports: Vec<_> = (0..agents).map(ports).collect();
        let listed: String = ports.iter().enumerate().map(|(agent, ports)| peer(agent, *ports)).collect();
        let agents = (0..usize::from(agents)).map(|agent| {
            fs::write(folder.path().join(format!("peers{agent}.toml")), &listed).expect("there is room");
            start(folder.path(), agent, ports[agent], probe)
        });
        Self { agents: agents.collect(), folder }
    }

    /// From now on each agent knows of none but itself, so nothing more is measured.
    pub(crate) fn part(&self) {
        for (agent, running) in self.agents.iter().enumerate() {
            let ports = (running.address, running.probes, running.grpc, running.metrics);
            let path = self.folder.path().join(format!("peers{agent}.toml"));
            fs::write(path, peer(agent, ports)).expect("there is room");
        }
    }

    /// Where the agents answer.
    pub(crate) fn urls(&self) -> Vec<String> {
        self.agents.iter().map(|agent| format!("http://{}:{}", agent.address, agent.grpc)).collect()
    }

    /// What `colocate latency collect` makes of what they measured.
    pub(crate) fn collect(&self, more: &[&str]) -> Value {
        let output = colocate()
            .args(["latency", "collect", "--agents"])
            .args(self.urls())
            .args(more)
            .output()
            .expect("it runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).expect("one JSON object")
    }
}

impl Cluster {
    /// Writes the matrix, pairs that were not measured estimated.
    pub(crate) fn collect_to(&self, out: &Path) {
        let status = colocate()
            .args(["latency", "collect", "--out"])
            .arg(out)
            .arg("--agents")
            .args(self.urls())
            .status();
        assert!(status.is_ok_and(|status| status.success()));
    }
}

impl Running {
    /// The value of a metric that has no labels, or these.
    pub(crate) fn metric(&self, name: &str) -> f64 {
        let page = get(SocketAddr::new(self.address, self.metrics), "/metrics");
        let line = page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in\n{page}")).parse().expect("a number")
    }

    /// Waits until a metric is as it should be; how soon is not what is tested.
    pub(crate) fn wait(&self, name: &str, holds: impl Fn(f64) -> bool) -> f64 {
        for _ in 0..600 {
            let value = self.metric(name);
            if holds(value) {
                return value;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("{} of {} is {}", name, self.host, self.metric(name));
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The body of a page.
pub(crate) fn get(server: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(server).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a time-out");
    write!(stream, "GET {path} HTTP/1.0\r\nHost: test\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
}

type Ports = (IpAddr, u16, u16, u16);

/// An address of its own, and ports that are free there.
fn ports(agent: u8) -> Ports {
    let address = IpAddr::V4(Ipv4Addr::new(127, 0, 77, agent + 1));
    let tcp =
        || TcpListener::bind((address, 0)).and_then(|socket| socket.local_addr()).expect("a port").port();
    let udp = UdpSocket::bind((address, 0)).and_then(|socket| socket.local_addr()).expect("a port").port();
    (address, udp, tcp(), tcp())
}

fn peer(agent: usize, (address, probes, ..): Ports) -> String {
    let rack = agent / 2;
    format!(
        "[[peers]]\nhost = \"h{agent}\"\naddresses = [\"{address}\"]\nport = {probes}\nin = {{ rack = \"r{rack}\", zone = \"z\" }}\n"
    )
}

fn start(folder: &Path, agent: usize, (address, probes, grpc, metrics): Ports, probe: &str) -> Running {
    let config = format!(
        "host = \"h{agent}\"\nlisten = \"{address}:{probes}\"\nkeys = \"{0}/keys\"\n\
         [peers]\nfile = \"{0}/peers{agent}.toml\"\nrefresh_s = 1\n[probe]\n{probe}\n\
         [server]\nlisten = \"{address}:{grpc}\"\n[metrics]\nlisten = \"{address}:{metrics}\"\n",
        folder.display()
    );
    let path: PathBuf = folder.join(format!("agent{agent}.toml"));
    fs::write(&path, config).expect("there is room");
    let log = fs::File::create(folder.join(format!("h{agent}.log"))).expect("there is room");
    let child = colocate().arg("agent").arg("--config").arg(&path).stderr(log).stdout(Stdio::null()).spawn();
    let host = format!("h{agent}");
    let running = Running { host, address, probes, grpc, metrics, child: child.expect("it runs") };
    let listens = |port| TcpStream::connect((address, port)).is_ok();
    for _ in 0..600 {
        if listens(metrics) && listens(grpc) {
            return running;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let log = folder.join(format!("h{agent}.log"));
    panic!("h{agent} does not start: {}", fs::read_to_string(log).unwrap_or_default());
}
