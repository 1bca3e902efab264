//! Strangers who flood an agent: it answers none of them, holds nothing of them, and still answers its peers.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use colocate_latency::{Datagram, Keys, PeerId};

use crate::PATIENT;
use crate::cluster::{Cluster, KEY};

/// Datagrams a second, for so many seconds.
const RATE: u32 = 50_000;
const SECONDS: u64 = 4;

#[test]
fn a_flood_of_strangers_costs_peers_next_to_nothing() {
    let cluster = Cluster::start(2, PATIENT);
    let (flooded, peer) = (&cluster.agents[0], &cluster.agents[1]);
    peer.wait("colocate_agent_rounds_total", |rounds| rounds >= 2.0);
    let before = cluster.collect(&["--measured-only", "--level", "host"]);
    let sent = flood(flooded);
    let rounds = peer.metric("colocate_agent_rounds_total");
    peer.wait("colocate_agent_rounds_total", |now| now >= rounds + 2.0);
    let refused: f64 = ["length", "foreign", "code"]
        .iter()
        .map(|reason| flooded.metric(&format!("colocate_agent_refused_total{{reason=\"{reason}\"}}")))
        .sum();
    let overflowed = flooded.metric("colocate_agent_overflowed_total");
    let after = cluster.collect(&["--measured-only", "--level", "host"]);
    let lost =
        |matrix: &serde_json::Value| matrix["lms_measurements"]["h1"]["h0"]["loss"].as_f64().unwrap_or(0.0);
    println!(
        "{sent} sent, {refused} refused, {overflowed} dropped by the system, loss {} before and {} after",
        lost(&before),
        lost(&after)
    );
    assert!(refused + overflowed >= 0.9 * sent as f64, "all are counted");
    assert_eq!(flooded.metric("colocate_agent_refused_total{reason=\"stranger\"}"), 0.0);
    assert!(lost(&after) < 0.2, "it still answers, however few processors there are");
    assert!(flooded.metric("colocate_agent_echoes_total") > 0.0);
}

/// Sends garbage of three kinds; how many datagrams.
fn flood(agent: &crate::cluster::Running) -> u64 {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    socket.connect((agent.address, agent.probes)).expect("an address");
    // All but the code is right: the most that a stranger can make the agent do.
    let keys = Keys::parse(KEY).expect("a key");
    let (from, to) = (PeerId::of("h1"), PeerId::of("h0"));
    let probe = Datagram { from, to, starved: false, session: 1, sequence: 1, sent_ns: 1, echo: None };
    let mut forged = probe.encode(&keys);
    forged[95] ^= 1;
    let kinds: [&[u8]; 3] = [&[0; 96], &forged, &[1; 300]];
    let (begun, mut sent) = (Instant::now(), 0u64);
    while begun.elapsed() < Duration::from_secs(SECONDS) {
        let due = (begun.elapsed().as_secs_f64() * f64::from(RATE)) as u64;
        while sent < due {
            sent += 1;
            let _ = socket.send(kinds[(sent % 3) as usize]);
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    socket.set_nonblocking(true).expect("it can");
    assert!(socket.recv(&mut [0; 200]).is_err(), "nobody is answered");
    sent
}
