//! The agent of a host: its slots, what it is told to probe, over TLS with a token, and nothing else beside it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use colocate_client::{AgentClient, CallError, Endpoint};
use colocate_grpc::{Agent, Server, ServerConfig, Services, TlsConfig};
use colocate_proto::{convert, v1};
use jiff::Timestamp;
use tokio::sync::watch;
use tonic::Code;

use crate::support::{config, connect, reason, solve, start};
use crate::tls::{authority, issue, write};

const TOKEN: &str = "a-token-that-is-long-enough-for-agents";

/// Slots of ten seconds from the start of time; everything is asked for and noted.
struct Fake {
    slots: Mutex<Vec<v1::MeasuredSlot>>,
    ended: watch::Sender<u64>,
    focused: Mutex<Vec<v1::AgentsFocusRequest>>,
}

impl Fake {
    fn new() -> Arc<Self> {
        Arc::new(Self { slots: Mutex::default(), ended: watch::channel(0).0, focused: Mutex::default() })
    }

    fn end_slot(&self) {
        let mut slots = self.slots.lock().unwrap();
        let start = Some(prost_types::Timestamp { seconds: 10 * slots.len() as i64, nanos: 0 });
        let path = v1::MeasuredPath {
            bucket: vec![3, 900],
            count: vec![u64::MAX, 1],
            method: v1::ProbeMethod::Udp.into(),
            sent: 40,
            ..v1::MeasuredPath::default()
        };
        let slot = v1::MeasuredSlot {
            start,
            length_ms: 10_000,
            reliable: true,
            paths: vec![path],
            ..Default::default()
        };
        slots.push(slot);
        drop(slots);
        self.ended.send_modify(|number| *number += 1);
    }
}

impl Agent for Fake {
    fn measurements(&self, since: Option<Timestamp>) -> v1::AgentsMeasurementsResponse {
        let wanted = |slot: &&v1::MeasuredSlot| {
            let start = convert::time_from_wire(slot.start.as_ref().unwrap()).unwrap();
            since.is_none_or(|since| start >= since)
        };
        let agent = v1::AgentIdentity { host: "h1".into(), session: 7, ..v1::AgentIdentity::default() };
        let peers = vec![v1::Peer { host: "h2".into(), ..v1::Peer::default() }];
        let slots = self.slots.lock().unwrap().iter().filter(wanted).cloned().collect();
        v1::AgentsMeasurementsResponse { agent: Some(agent), peers, slots }
    }

    fn changed(&self) -> watch::Receiver<u64> {
        self.ended.subscribe()
    }

    fn focus(&self, request: v1::AgentsFocusRequest) -> u32 {
        let accepted = u32::try_from(request.pairs.len()).unwrap();
        self.focused.lock().unwrap().push(request);
        accepted
    }
}

async fn serving(config: ServerConfig) -> (Server, Arc<Fake>) {
    let agent = Fake::new();
    (Server::start(config, Services::agent(agent.clone())).await.unwrap(), agent)
}

fn endpoint(server: &Server) -> Endpoint {
    Endpoint::new(format!("http://{}", server.local_addr()))
}

fn starts(response: &v1::AgentsMeasurementsResponse) -> Vec<i64> {
    response.slots.iter().map(|slot| slot.start.unwrap().seconds).collect()
}

#[tokio::test]
async fn slots_that_are_over_come_first_and_each_new_one_as_it_ends() {
    let (server, agent) = serving(config()).await;
    let mut client = AgentClient::connect(&endpoint(&server)).await.unwrap();
    let mut all = client.measurements(None, false).await.unwrap();
    let nothing = all.next().await.unwrap().unwrap();
    assert_eq!((nothing.agent.unwrap().host.as_str(), nothing.slots.len()), ("h1", 0));
    assert!(all.next().await.unwrap().is_none());

    agent.end_slot();
    agent.end_slot();
    let since = Some(prost_types::Timestamp { seconds: 5, nanos: 0 });
    let mut following = client.measurements(since, true).await.unwrap();
    let first = following.next().await.unwrap().unwrap();
    assert_eq!(starts(&first), [10]);
    assert_eq!(first.slots[0].paths[0].count, [u64::MAX, 1]);
    for start in [20, 30] {
        agent.end_slot();
        assert_eq!(starts(&following.next().await.unwrap().unwrap()), [start]);
    }
    server.shutdown().await;
    let ended = following.next().await.unwrap_err();
    assert!(matches!(&ended, CallError::Status(status) if reason(status) == "DRAINING"), "{ended}");
}

#[tokio::test]
async fn who_reads_slowly_gets_slots_together_and_none_twice() {
    let (server, agent) = serving(config()).await;
    let mut client = AgentClient::connect(&endpoint(&server)).await.unwrap();
    let mut following = client.measurements(None, true).await.unwrap();
    following.next().await.unwrap().unwrap();
    for _ in 0..200 {
        agent.end_slot();
    }
    let mut told = Vec::new();
    while told.len() < 200 {
        told.extend(starts(&following.next().await.unwrap().unwrap()));
    }
    assert_eq!(told, (0..200).map(|index| 10 * index).collect::<Vec<_>>());
}

#[tokio::test]
async fn more_than_a_client_takes_is_refused() {
    let (server, agent) = serving(config()).await;
    (0..100).for_each(|_| agent.end_slot());
    let small = endpoint(&server).with_message_limit(1000);
    let mut client = AgentClient::connect(&small).await.unwrap();
    let mut stream = client.measurements(None, false).await.unwrap();
    let refused = stream.next().await.unwrap_err();
    assert!(refused.to_string().contains("1000 bytes"), "{refused}");
    let mut client = AgentClient::connect(&endpoint(&server)).await.unwrap().with_total_limit(3000);
    let mut stream = client.measurements(None, true).await.unwrap();
    let refused = stream.next().await.unwrap_err();
    assert!(matches!(refused, CallError::TooMuch { limit: 3000 }), "{refused}");
}

#[tokio::test]
async fn pairs_to_probe_more_reach_the_agent_and_faulty_ones_do_not() {
    let (server, agent) = serving(config()).await;
    let mut client = AgentClient::connect(&endpoint(&server)).await.unwrap();
    let pair = |from: &str, to: &str| v1::PairOfDomains { from_domain: from.into(), to_domain: to.into() };
    let pairs = vec![pair("r1", "r2"), pair("r2", "r1")];
    let accepted = client.focus(pairs, Some(Duration::from_secs(60))).await.unwrap();
    assert_eq!(accepted, 2);
    assert_eq!(agent.focused.lock().unwrap()[0].duration.unwrap().seconds, 60);
    let refused = client.focus(vec![pair("r1", "")], None).await.unwrap_err();
    let CallError::Faults { faults, .. } = refused else { panic!("{refused}") };
    assert_eq!((faults[0].code.as_str(), faults[0].place.as_str()), ("E1105", "/pairs/0/to_domain"));
}

#[tokio::test]
async fn agents_are_asked_over_tls_with_a_token() {
    let directory = tempfile::tempdir().unwrap();
    let ours = authority();
    write(directory.path(), &issue(&ours));
    let tokens = directory.path().join("tokens");
    std::fs::write(&tokens, format!("collector {TOKEN}\n")).unwrap();
    let tls = TlsConfig {
        certificate: directory.path().join("certificate"),
        key: directory.path().join("key"),
        client_ca: None,
    };
    let (server, agent) = serving(ServerConfig { tls: Some(tls), tokens: Some(tokens), ..config() }).await;
    agent.end_slot();
    let endpoint = Endpoint::new(format!("https://{}", server.local_addr()))
        .with_authority(ours.as_ref().pem())
        .with_domain("localhost");
    let mut stranger = AgentClient::connect(&endpoint.clone().with_token("another")).await.unwrap();
    let refused = stranger.measurements(None, false).await.unwrap_err();
    assert!(matches!(refused, CallError::Unauthenticated { .. }), "{refused}");
    let mut client = AgentClient::connect(&endpoint.with_token(TOKEN)).await.unwrap();
    let mut stream = client.measurements(None, false).await.unwrap();
    assert_eq!(starts(&stream.next().await.unwrap().unwrap()), [0]);
}

#[tokio::test]
async fn an_agent_does_not_solve_and_a_solver_is_no_agent() {
    let (server, _agent) = serving(config()).await;
    let status = connect(&server).await.solve(solve("", 2)).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unimplemented, "SOLVER_NOT_CONFIGURED"));
    let (server, _watch, _client) = start(config()).await;
    let mut client = AgentClient::connect(&endpoint(&server)).await.unwrap();
    let refused = client.measurements(None, false).await.unwrap_err();
    let CallError::Status(status) = refused else { panic!("{refused}") };
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unimplemented, "AGENT_NOT_CONFIGURED"));
}
