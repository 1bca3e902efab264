//! What agents say over gRPC, and what is heard of it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use colocate_proto::v1;
use prost_types::Timestamp;

use crate::agent::Agent;
use crate::collector::{Absorbed, Collector};
use crate::histogram::Histogram;
use crate::members::Member;
use crate::samples::PathSamples;
use crate::slot::{Method, Slot, SlotPath};

/// What an agent says of the slots that begin at a time or later, in ms since 1970; of all where there is none.
#[must_use]
pub fn response(agent: &Agent, since_ms: Option<i64>) -> v1::AgentsMeasurementsResponse {
    let slots = agent.slots_after(since_ms.map_or(i64::MIN, |since_ms| since_ms - 1));
    let (mut peers, mut places) = (Vec::new(), HashMap::new());
    let mut measured = Vec::with_capacity(slots.len());
    for slot in &slots {
        let mut paths = Vec::with_capacity(slot.paths.len());
        for path in &slot.paths {
            let peer = *places.entry(Arc::as_ptr(&path.peer)).or_insert_with(|| {
                peers.push(v1::Peer { host: path.peer.host.clone(), domains: path.peer.domains.clone() });
                peers.len() as u32 - 1
            });
            paths.push(measured_path(peer, path));
        }
        measured.push(v1::MeasuredSlot {
            start: Some(time(slot.start_ms)),
            length_ms: slot.length_ms,
            reliable: slot.unreliable.is_none(),
            unreliable_because: slot.unreliable.map(|unreliable| unreliable.to_string()).unwrap_or_default(),
            paths,
        });
    }
    let here = agent.here();
    let identity = v1::AgentIdentity {
        host: agent.host().to_owned(),
        domains: here.map(|member| member.domains.clone()).unwrap_or_default(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        session: agent.session(),
    };
    v1::AgentsMeasurementsResponse { agent: Some(identity), peers, slots: measured }
}

fn measured_path(peer: u32, path: &SlotPath) -> v1::MeasuredPath {
    let samples = &path.samples;
    let (bucket, count) =
        samples.round_trips.buckets().iter().map(|(bucket, count)| (u32::from(*bucket), *count)).unzip();
    v1::MeasuredPath {
        peer,
        method: match path.method {
            Method::Udp => v1::ProbeMethod::Udp,
            Method::Icmp => v1::ProbeMethod::Icmp,
            Method::Tcp => v1::ProbeMethod::Tcp,
        }
        .into(),
        bucket,
        count,
        jitter_ns: samples.jitter_ns().unwrap_or(0.0),
        sent: samples.sent,
        lost: samples.lost,
        duplicated: samples.duplicated,
        reordered: samples.reordered,
        discarded: samples.discarded,
        jitter_count: samples.jitter_count,
        newest: Some(time(samples.newest_ms)),
    }
}

/// What became of the slots of an answer.
pub type Tally = BTreeMap<Absorbed, u64>;

/// Takes in what an agent said, however wrong it is; what became of each slot.
pub fn absorb(collector: &mut Collector, response: &v1::AgentsMeasurementsResponse, now_ms: i64) -> Tally {
    let mut tally = Tally::new();
    let Some(identity) = &response.agent else { return tally };
    let member = |host: &str, domains: &BTreeMap<String, String>| Member {
        host: host.to_owned(),
        addresses: Vec::new(),
        port: 0,
        tcp_port: None,
        domains: domains.clone(),
    };
    let agent = member(&identity.host, &identity.domains);
    let peers: Vec<Arc<Member>> =
        response.peers.iter().map(|peer| Arc::new(member(&peer.host, &peer.domains))).collect();
    for said in &response.slots {
        let paths = said.paths.iter().filter_map(|path| {
            let method = match path.method() {
                v1::ProbeMethod::Udp => Method::Udp,
                v1::ProbeMethod::Icmp => Method::Icmp,
                v1::ProbeMethod::Tcp => Method::Tcp,
                v1::ProbeMethod::Unspecified => return None,
            };
            Some(SlotPath { peer: peers.get(path.peer as usize)?.clone(), method, samples: samples(path) })
        });
        let paths = if said.reliable { paths.collect() } else { Vec::new() };
        let start_ms = millis(said.start.as_ref());
        let slot = Slot { start_ms, length_ms: said.length_ms, unreliable: None, paths };
        let absorbed = collector.absorb(&agent, &slot, now_ms);
        let absorbed = if said.reliable { absorbed } else { Absorbed::Unreliable };
        *tally.entry(absorbed).or_default() += 1;
    }
    tally
}

fn samples(path: &v1::MeasuredPath) -> PathSamples {
    let mut round_trips = Histogram::default();
    for (bucket, count) in path.bucket.iter().zip(&path.count) {
        // Whoever sends buckets that are none, or counts that nobody can have, gets them cut.
        round_trips.add(u16::try_from(*bucket).unwrap_or(u16::MAX), (*count).min(u64::from(u32::MAX)));
    }
    let jitter = path.jitter_ns * path.jitter_count as f64;
    PathSamples {
        round_trips,
        jitter_sum_ns: if jitter.is_finite() { jitter.max(0.0).round() as u64 } else { 0 },
        jitter_count: path.jitter_count,
        sent: path.sent,
        lost: path.lost.min(path.sent),
        duplicated: path.duplicated,
        reordered: path.reordered,
        discarded: path.discarded,
        newest_ms: millis(path.newest.as_ref()),
    }
}

fn time(ms: i64) -> Timestamp {
    Timestamp { seconds: ms.div_euclid(1_000), nanos: (ms.rem_euclid(1_000) * 1_000_000) as i32 }
}

fn millis(time: Option<&Timestamp>) -> i64 {
    time.map_or(0, |time| {
        time.seconds.saturating_mul(1_000).saturating_add(i64::from(time.nanos) / 1_000_000)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an agent on `r1` said of one slot with `bucket` and `count` towards the first of its peers.
    fn said(bucket: Vec<u32>, count: Vec<u64>, peer: u32, reliable: bool) -> v1::AgentsMeasurementsResponse {
        let domains = |rack: &str| BTreeMap::from([("rack".to_owned(), rack.to_owned())]);
        let path = v1::MeasuredPath {
            peer,
            method: v1::ProbeMethod::Udp.into(),
            bucket,
            count,
            jitter_ns: f64::NAN,
            sent: 5,
            lost: u64::MAX,
            jitter_count: 3,
            newest: Some(time(100)),
            ..v1::MeasuredPath::default()
        };
        v1::AgentsMeasurementsResponse {
            agent: Some(v1::AgentIdentity {
                host: "a".into(),
                domains: domains("r1"),
                ..v1::AgentIdentity::default()
            }),
            peers: vec![v1::Peer { host: "b".into(), domains: domains("r2") }],
            slots: vec![v1::MeasuredSlot {
                start: Some(time(100)),
                reliable,
                paths: vec![path],
                ..v1::MeasuredSlot::default()
            }],
        }
    }

    #[test]
    fn what_is_sensible_is_taken_and_the_rest_is_cut() {
        let mut collector = Collector::new("rack", 1_000, 1_000);
        let response = said(vec![300, 70_000, 310], vec![2, 9, u64::MAX, 4], 0, true);
        assert_eq!(absorb(&mut collector, &response, 200), Tally::from([(Absorbed::Merged, 1)]));
        let samples = collector.matrix(200).pairs.into_values().next().unwrap();
        assert_eq!(samples.round_trips.buckets(), [(300, 2), (310, u64::from(u32::MAX))]);
        assert_eq!((samples.sent, samples.lost, samples.jitter_sum_ns), (5, 5, 0));
    }

    #[test]
    fn what_is_not_reliable_or_names_nobody_does_not_enter() {
        let mut collector = Collector::new("rack", 1_000, 1_000);
        assert_eq!(
            absorb(&mut collector, &said(vec![300], vec![2], 0, false), 200),
            Tally::from([(Absorbed::Unreliable, 1)])
        );
        let mut later = said(vec![300], vec![2], 9, true);
        later.slots[0].start = Some(time(150));
        absorb(&mut collector, &later, 200);
        assert!(collector.matrix(200).pairs.is_empty());
        assert_eq!(absorb(&mut collector, &v1::AgentsMeasurementsResponse::default(), 200), Tally::new());
    }
}
