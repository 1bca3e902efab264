//! The methods that need no thread of their own: they follow the same plan as UDP, on tokio.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::agent::{Agent, Shared};
use crate::clock::Clock;
use crate::connect::connect;
use crate::members::Member;
use crate::ping::Pings;
use crate::plan::{Plan, offset_ns};
use crate::probe::PeerId;
use crate::samples::PathSamples;
use crate::slot::{Method, SlotPath};

/// What became of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sample {
    /// An answer after so many ns.
    Answered(i64),
    /// No answer in time.
    Lost,
    /// Nothing was sent.
    Nothing,
}

impl Agent {
    /// Probes by TCP and ICMP, where it is told to, until the agent stops or this is dropped. Needs a runtime with time and
    /// I/O. These samples are taken by this process and hold its delays: they are for paths on which UDP is not let through.
    pub async fn follow(&self) {
        let shared = self.shared();
        let methods: Vec<Method> =
            [Method::Icmp, Method::Tcp].into_iter().filter(|method| shared.config.has(*method)).collect();
        if methods.is_empty() {
            return std::future::pending().await;
        }
        let (clock, pings) = (Clock::new(), Arc::new(Pings::new()));
        if let (Some(error), true) = (pings.refused(), shared.config.has(Method::Icmp)) {
            tracing::warn!(%error, "no ICMP: the system does not permit it");
        }
        let length_ns = i64::from(shared.config.round_ms) * 1_000_000;
        let limits = shared.config.plan_limits();
        let mut bursts = JoinSet::new();
        while !shared.stop.load(Ordering::Relaxed) {
            let wall_ns = clock.wall_ns();
            let number = wall_ns.div_euclid(length_ns).unsigned_abs();
            let members = shared.members();
            if let Some(member) = members.get(shared.me) {
                let wanted = shared.wanted(wall_ns / 1_000_000);
                let round = Plan::new(&members, &limits).round(shared.me, member, number, &wanted);
                for (place, peer) in round.peers.iter().enumerate() {
                    let offset = offset_ns(shared.me, *peer, number, place, round.peers.len(), length_ns / 2);
                    let Some(member) = members.get(*peer) else { continue };
                    for method in &methods {
                        let burst = Burst { clock, pings: pings.clone(), peer: *peer, method: *method };
                        bursts.spawn(burst.run(shared.clone(), member.clone(), after(offset)));
                    }
                }
            }
            sleep(after(length_ns - clock.wall_ns().rem_euclid(length_ns))).await;
            while bursts.try_join_next().is_some() {}
        }
    }
}

fn after(ns: i64) -> Duration {
    Duration::from_nanos(ns.max(0).unsigned_abs())
}

/// The attempts to reach one host in one round.
struct Burst {
    clock: Clock,
    pings: Arc<Pings>,
    peer: PeerId,
    method: Method,
}

impl Burst {
    async fn run(self, shared: Arc<Shared>, member: Arc<Member>, wait: Duration) {
        sleep(wait).await;
        let patience = Duration::from_millis(shared.config.timeout_ms.into());
        let gap = Duration::from_millis(shared.config.gap_ms.into());
        let mut samples = PathSamples::default();
        let mut before = None;
        for attempt in 0..shared.config.burst {
            let sample = match (self.method, member.addresses.first(), member.tcp_port) {
                (Method::Icmp, Some(address), _) => {
                    // Distinct for each host that is asked at the same time.
                    self.pings.ping(*address, self.peer.0 as u16, attempt as u16, patience).await
                }
                (Method::Tcp, Some(address), Some(port)) => {
                    connect(self.clock, SocketAddr::new(*address, port), patience).await
                }
                _ => return,
            };
            add(&mut samples, sample, &mut before);
            sleep(gap).await;
        }
        // Who never answered is not there.
        if samples.sent > samples.lost {
            samples.newest_ms = self.clock.wall_ns() / 1_000_000;
            shared.add(self.peer, SlotPath { peer: member, method: self.method, samples });
        }
    }
}

/// Counts an attempt; jitter is that of round trips, as only one clock is seen.
fn add(samples: &mut PathSamples, sample: Sample, before: &mut Option<i64>) {
    match sample {
        Sample::Answered(ns) => {
            samples.sent += 1;
            samples.round_trips.record(ns.max(0).unsigned_abs());
            if let Some(before) = before.replace(ns) {
                samples.jitter_sum_ns += (ns - before).unsigned_abs();
                samples.jitter_count += 1;
            }
        }
        Sample::Lost => {
            samples.sent += 1;
            samples.lost += 1;
        }
        Sample::Nothing => {}
    }
}
