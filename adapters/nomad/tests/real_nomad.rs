//! A real Nomad, where `nomad` is on the path: `nomad agent -dev` is its own server and only node. Skipped, with one line,
//! elsewhere.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use colocate_nomad::{Client, Config, Nodes};

/// Ends the agent with the test.
struct Agent(Child);

impl Drop for Agent {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    listener.local_addr().expect("it is bound").port()
}

#[tokio::test]
async fn a_real_nomad_is_read() {
    if Command::new("nomad").arg("version").output().is_err() {
        #[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
        {
            eprintln!("a_real_nomad_is_read is skipped: there is no nomad on the path");
        }
        return;
    }
    let folder = tempfile::tempdir().expect("there is room");
    let settings = folder.path().join("agent.hcl");
    let (http, rpc, serf) = (free_port(), free_port(), free_port());
    let text = format!(
        "ports {{\n http = {http}\n rpc = {rpc}\n serf = {serf}\n}}\nclient {{\n meta {{\n rack = \"r1\"\n }}\n}}\n"
    );
    std::fs::write(&settings, text).expect("there is room");
    let agent = Command::new("nomad")
        .args(["agent", "-dev", "-config"])
        .arg(&settings)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let _agent = Agent(agent.expect("it starts"));
    let client = Client::new(Config::new(format!("http://127.0.0.1:{http}"))).expect("it is sound");
    let mut nodes = Nodes::default();
    // Until the node has registered.
    for _ in 0..300 {
        if nodes.refresh(&client).await.is_ok() && nodes.iter().any(|node| node.status == "ready") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let node = nodes.iter().next().expect("it has registered");
    assert_eq!((node.status.as_str(), node.meta.get("rack").map(String::as_str)), ("ready", Some("r1")));
    assert!(!node.address.is_empty() && nodes.index().is_some());
    assert_eq!(client.jobs().await.expect("it answers").items, []);
}
