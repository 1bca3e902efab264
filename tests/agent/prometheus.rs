//! A real Prometheus scrapes ten agents: the same matrix from its data as from theirs.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::PATIENT;
use crate::cluster::{Cluster, colocate, get};

/// Ends with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn prometheus_has_the_matrix_that_the_agents_have() {
    if Command::new("prometheus").arg("--version").output().is_err() {
        println!("skipped: there is no prometheus on the path");
        return;
    }
    let cluster = Cluster::start(10, PATIENT);
    for agent in &cluster.agents {
        agent.wait("colocate_agent_rounds_total", |rounds| rounds >= 6.0);
    }
    // Nothing changes any more while it is compared.
    cluster.part();
    for agent in &cluster.agents {
        agent.wait("colocate_agent_peers", |peers| peers == 0.0);
        let rounds = agent.metric("colocate_agent_rounds_total");
        agent.wait("colocate_agent_rounds_total", |now| now >= rounds + 2.0);
    }
    let folder = cluster.folder.path();
    let targets: Vec<String> =
        cluster.agents.iter().map(|agent| format!("'{}:{}'", agent.address, agent.metrics)).collect();
    let config = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs: [{{job_name: agents, static_configs: [{{targets: [{}]}}]}}]\n",
        targets.join(", ")
    );
    fs::write(folder.join("prometheus.yml"), config).expect("there is room");
    let free = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}/prometheus.yml", folder.display()))
        .arg(format!("--storage.tsdb.path={}/data", folder.display()))
        .arg(format!("--web.listen-address={free}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _server = Server(child.expect("it runs"));
    wait(free, "count(colocate_agent_rounds_total)", "10");
    let scraped = colocate()
        .args(["latency", "collect", "--measured-only", "--prometheus", &format!("http://{free}")])
        .output()
        .expect("it runs");
    assert!(scraped.status.success(), "{}", String::from_utf8_lossy(&scraped.stderr));
    let scraped: Value = serde_json::from_slice(&scraped.stdout).expect("one JSON object");
    let (scraped, own) = (ageless(&scraped), ageless(&cluster.collect(&["--measured-only"])));
    assert_eq!(own.as_object().map(serde_json::Map::len), Some(5));
    assert_eq!(scraped, own);
}

/// Waits until Prometheus answers a query with this number.
fn wait(server: SocketAddr, query: &str, number: &str) {
    for _ in 0..600 {
        let up = std::net::TcpStream::connect(server).is_ok();
        if up && get(server, &format!("/api/v1/query?query={query}")).contains(&format!("\"{number}\"]")) {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("no {number} from {query}");
}

/// The pairs, without what passes with time.
fn ageless(matrix: &Value) -> Value {
    let mut pairs = matrix["lms_measurements"].clone();
    for row in pairs.as_object_mut().expect("rows").values_mut() {
        for path in row.as_object_mut().expect("paths").values_mut() {
            path.as_object_mut().expect("a path").remove("age_s");
        }
    }
    pairs
}
