//! Agents on loopback: what they measure of each other, and what strangers get.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;

use colocate_latency::{
    Agent, Datagram, Keys, Member, Members, Method, MethodWord, PeerId, ProbeConfig, Refusal, now_ms,
};

const KEY: &str = "8f0c2a7d1e5b4936a1c7d2e8f4b6053917c8a2e4d6b0f1358a9c7e2d4b6f0135";
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// Rounds short enough for a test, believed however busy the machine is: what is tested is not the machine.
fn config() -> ProbeConfig {
    ProbeConfig { round_ms: 500, burst: 5, timeout_ms: 200, late_us: 1_000_000, ..ProbeConfig::default() }
}

fn agent(host: &str, config: ProbeConfig) -> Agent {
    Agent::start(host, SocketAddr::new(HERE, 0), Keys::parse(KEY).unwrap(), config).unwrap()
}

fn member(host: &str, rack: &str, port: u16, tcp_port: Option<u16>) -> Member {
    let domains = BTreeMap::from([("rack".to_owned(), rack.to_owned())]);
    Member { host: host.into(), addresses: vec![HERE], port, tcp_port, domains }
}

/// What `agent` has measured by a method, once it has measured anything.
async fn measured(agent: &Agent, method: Method) -> BTreeMap<String, u64> {
    let mut closed = agent.closed();
    loop {
        let slots = agent.slots_after(i64::MIN);
        let paths = slots.iter().flat_map(|slot| &slot.paths).filter(|path| path.method == method);
        let counts: BTreeMap<_, _> =
            paths.map(|path| (path.peer.host.clone(), path.samples.round_trips.count())).collect();
        if !counts.is_empty() {
            return counts;
        }
        closed.changed().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_racks_measure_each_other_and_follow_who_comes_and_goes() {
    let (a, b) = (agent("a", config()), agent("b", config()));
    let both = Members::new([
        member("a", "r1", a.address().port(), None),
        member("b", "r2", b.address().port(), None),
    ]);
    let both = Arc::new(both.unwrap());
    a.know(both.clone());
    b.know(both.clone());
    assert_eq!(measured(&a, Method::Udp).await.keys().collect::<Vec<_>>(), ["b"]);
    assert_eq!(measured(&b, Method::Udp).await.keys().collect::<Vec<_>>(), ["a"]);
    assert!(a.totals().iter().any(|(domain, _, samples)| domain == "r2" && samples.lost == 0));

    // Without a restart: a is told that b has left, and no more echoes go to it.
    a.know(Arc::new(Members::new([member("a", "r1", a.address().port(), None)]).unwrap()));
    let mut closed = b.closed();
    let strangers = || a.counters().refused(Refusal::Stranger);
    while strangers() == 0 {
        closed.changed().await.unwrap();
    }
    a.stop().unwrap();
    b.stop().unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_are_timed_and_kernels_asked_where_that_is_permitted() {
    let listener = TcpListener::bind((HERE, 0)).unwrap();
    let methods = vec![MethodWord::Tcp, MethodWord::Icmp];
    let a = agent("a", ProbeConfig { methods, ..config() });
    let port = listener.local_addr().unwrap().port();
    let members = [member("a", "r1", a.address().port(), None), member("b", "r2", 9, Some(port))];
    a.know(Arc::new(Members::new(members).unwrap()));
    tokio::select! {
        () = a.follow() => panic!("it follows until it is dropped"),
        counts = measured(&a, Method::Tcp) => assert!(counts["b"] > 0),
    }
}

/// Sends datagrams of every kind that gets no answer, and says what came back.
#[test]
fn strangers_get_no_answer_leave_no_state_and_are_counted() {
    let a = agent("a", config());
    let members = [member("a", "r1", a.address().port(), None), member("b", "r2", 9, None)];
    a.know(Arc::new(Members::new(members).unwrap()));
    let stranger = UdpSocket::bind((HERE, 0)).unwrap();
    stranger.connect(a.address()).unwrap();
    stranger.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let keys = Keys::parse(KEY).unwrap();
    let other_keys = Keys::parse(&KEY.replace('8', "9")).unwrap();
    let probe = |from: &str, sequence| Datagram {
        from: PeerId::of(from),
        to: PeerId::of("a"),
        starved: false,
        session: 1,
        sequence,
        sent_ns: now_ms() * 1_000_000,
        echo: None,
    };
    let mut echoed = [0; 200];
    // Who is known is answered: wait for the agent to know b.
    let mut sequence = 0;
    let mut genuine = [0; 96];
    while stranger.recv(&mut echoed).is_err() {
        sequence += 1;
        genuine = probe("b", sequence).encode(&keys);
        stranger.send(&genuine).unwrap();
    }
    while stranger.recv(&mut echoed).is_ok() {}

    let valid = probe("b", sequence + 1).encode(&keys);
    let mut forged = valid;
    forged[40] ^= 1;
    let stale = Datagram { sent_ns: 0, ..probe("b", sequence + 2) };
    let oversized = [&valid[..], &[0; 1_000]].concat();
    let cases: [(&[u8], Refusal); 8] = [
        (&forged, Refusal::Code),
        (&genuine, Refusal::Replayed),
        (&oversized, Refusal::Length),
        (&valid[..95], Refusal::Length),
        (&probe("c", 1).encode(&keys), Refusal::Stranger),
        (&probe("b", sequence + 3).encode(&other_keys), Refusal::Key),
        (&stale.encode(&keys), Refusal::Stale),
        (&[0; 96], Refusal::Foreign),
    ];
    for (bytes, refusal) in cases {
        let before = a.counters().refused(refusal);
        stranger.send(bytes).unwrap();
        assert!(stranger.recv(&mut echoed).is_err(), "{refusal:?} was answered");
        assert_eq!(a.counters().refused(refusal), before + 1, "{refusal:?}");
    }
    // The number of the forged one is still free: it has left no trace.
    stranger.send(&valid).unwrap();
    assert_eq!(stranger.recv(&mut echoed).unwrap(), 96, "an echo is as long as its probe");
}
