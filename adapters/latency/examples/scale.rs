//! 10,000 hosts in 250 racks on a virtual clock: what the plan asks of a host, how old pairs get, and what the collector
//! costs. `cargo run --release -p colocate-latency --example scale`
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "it reports what it took")]

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Instant;

use colocate_latency::{Collector, Member, Members, Method, PathSamples, Plan, PlanLimits, Slot, SlotPath};

const RACKS: usize = 250;
const HOSTS: usize = 40;
const ROUND_MS: i64 = 10_000;
const ROUNDS: u64 = 36;

fn main() {
    let member = |number: usize| Member {
        host: format!("h{number:05}"),
        addresses: vec![IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number as u32))],
        port: 4650,
        tcp_port: None,
        domains: BTreeMap::from([("rack".to_owned(), format!("r{:03}", number / HOSTS))]),
    };
    let members = Members::new((0..RACKS * HOSTS).map(member)).expect("they differ");
    let limits = PlanLimits { level: "rack".into(), peers: 50, refresh_rounds: 6 };
    let plan = Plan::new(&members, &limits);
    let wanted = Default::default();
    let mut collector = Collector::new("rack", 300_000, 1_800_000);
    let mut newest: BTreeMap<(String, String), u64> = BTreeMap::new();
    let (mut most, mut oldest, mut probes) = (0, 0, 0usize);
    let (mut planning, mut collecting) = (0.0, 0.0);
    for round in 0..ROUNDS {
        let now_ms = round as i64 * ROUND_MS;
        for (id, member) in members.iter() {
            let begun = Instant::now();
            let peers = plan.round(id, member, round, &wanted).peers;
            planning += begun.elapsed().as_secs_f64();
            most = most.max(peers.len());
            probes += peers.len();
            let paths: Vec<SlotPath> = peers
                .iter()
                .map(|peer| {
                    let peer = members.get(*peer).expect("a member").clone();
                    let pair = (domain(member), domain(&peer));
                    let last = newest.insert(pair, round).unwrap_or(0);
                    oldest = oldest.max(round - last);
                    SlotPath {
                        samples: samples(round, peer.host.len() as u64 + id.0 % 97, now_ms),
                        peer,
                        method: Method::Udp,
                    }
                })
                .collect();
            let slot = Slot { start_ms: now_ms, length_ms: ROUND_MS as u32, unreliable: None, paths };
            let begun = Instant::now();
            collector.absorb(&Arc::clone(member), &slot, now_ms + ROUND_MS);
            collecting += begun.elapsed().as_secs_f64();
        }
        let begun = Instant::now();
        collector.age(now_ms + ROUND_MS);
        let matrix = collector.matrix(now_ms + ROUND_MS);
        let file = matrix.measurements(20.0);
        collecting += begun.elapsed().as_secs_f64();
        if round + 1 == ROUNDS {
            println!("pairs in the matrix: {} of {}", matrix.pairs.len(), RACKS * RACKS);
            println!("rows in the file: {}", file.paths.len());
        }
    }
    let virtual_s = (ROUNDS as i64 * ROUND_MS / 1_000) as f64;
    let rounds = ROUNDS as f64;
    println!(
        "most peers of a host in a round: {most}; probed pairs of hosts a round: {}",
        probes as u64 / ROUNDS
    );
    println!("oldest pair of racks when refreshed: {} s", oldest * ROUND_MS as u64 / 1_000);
    println!("planning: {:.2} ms a host and round", planning / rounds / (RACKS * HOSTS) as f64 * 1e3);
    println!("collector: {:.3} cores", collecting / virtual_s);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM"));
    println!(
        "peak memory, the simulated hosts included: {}",
        peak.unwrap_or("not known").trim_start_matches("VmHWM:").trim()
    );
}

fn domain(member: &Member) -> String {
    member.domain("rack").unwrap_or_default().to_owned()
}

/// Ten round trips, each time others.
fn samples(round: u64, seed: u64, now_ms: i64) -> PathSamples {
    let mut samples = PathSamples {
        sent: 10,
        newest_ms: now_ms,
        jitter_sum_ns: 90_000,
        jitter_count: 9,
        ..PathSamples::default()
    };
    for probe in 0..10 {
        let mixed = (seed * 31 + round * 17 + probe * 13).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 44;
        samples.round_trips.record(100_000 + mixed % 900_000);
    }
    samples
}
