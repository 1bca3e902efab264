//! The thread that sends, echoes and times datagrams. What it decides, the pure modules decide.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::agent::Shared;
use crate::clock::Clock;
use crate::members::Members;
use crate::plan::{Plan, PlanLimits, offset_ns};
use crate::probe::datagram::LENGTH;
use crate::probe::echoer::Echoer;
use crate::probe::prober::Prober;
use crate::probe::{Datagram, PeerId, Refusal};
use crate::slot::{Method, Slot, SlotPath};
use crate::socket::{Arrival, Socket};
use crate::watchdog::Watchdog;

/// How often it wakes up, at least: what starvation is noticed by.
const BEAT_NS: i64 = 20_000_000;
/// Two clocks that are read within this, in ns, are read at once.
const AT_ONCE_NS: i64 = 100_000;
/// Datagrams that are read before what is due is sent: a flood must not keep probes waiting.
const AT_ONCE: usize = 64;

/// Everything the thread holds.
pub(crate) struct Reactor {
    shared: Arc<Shared>,
    clock: Clock,
    socket: Socket,
    members: Arc<Members>,
    limits: PlanLimits,
    echoer: Echoer,
    prober: Prober,
    watchdog: Watchdog,
    /// Bursts of the round by the monotonic time of their next probe: to whom, and how many are left.
    bursts: BinaryHeap<Reverse<(i64, PeerId, u32)>>,
    round: Round,
    beat_due_ns: i64,
}

/// The round that goes on.
#[derive(Debug, Clone, Copy)]
struct Round {
    number: u64,
    started_ms: i64,
    ends_ns: i64,
}

impl Reactor {
    pub(crate) fn new(shared: Arc<Shared>, socket: Socket) -> Self {
        let clock = Clock::new();
        let (me, config) = (shared.me, &shared.config);
        let started_ns = shared.started_ns;
        Self {
            clock,
            socket,
            members: Arc::default(),
            limits: config.plan_limits(),
            echoer: Echoer::new(me, started_ns, config.echo_limits()),
            prober: Prober::new(me, started_ns, config.patience()),
            watchdog: Watchdog::new(config.watch_limits()),
            bursts: BinaryHeap::new(),
            round: Round { number: 0, started_ms: 0, ends_ns: 0 },
            beat_due_ns: 0,
            shared,
        }
    }

    /// Goes on until it is told to stop.
    ///
    /// # Errors
    /// When the system takes the socket away.
    pub(crate) fn run(mut self) -> io::Result<()> {
        self.begin_round(self.clock.monotonic_ns());
        while !self.shared.stop.load(Ordering::Relaxed) {
            let now_ns = self.clock.monotonic_ns();
            if now_ns >= self.round.ends_ns {
                self.end_round();
                self.begin_round(now_ns);
            }
            if now_ns >= self.beat_due_ns {
                self.beat(now_ns);
            }
            self.send_due();
            let next_ns = self.bursts.peek().map_or(i64::MAX, |Reverse((due_ns, ..))| *due_ns);
            let next_ns = next_ns.min(self.beat_due_ns).min(self.round.ends_ns);
            let wait_ns = (next_ns - self.clock.monotonic_ns()).max(0);
            if self.socket.wait(Duration::from_nanos(wait_ns.unsigned_abs()))? {
                self.receive()?;
            }
        }
        Ok(())
    }

    /// Rounds begin at the same time on all hosts, so that all have the same plan.
    fn begin_round(&mut self, now_ns: i64) {
        let wall_ns = self.clock.wall_ns();
        let length_ns = i64::from(self.shared.config.round_ms) * 1_000_000;
        let number = wall_ns.div_euclid(length_ns).unsigned_abs();
        let ends_ns = now_ns + length_ns - wall_ns.rem_euclid(length_ns);
        self.round = Round { number, started_ms: wall_ns / 1_000_000, ends_ns };
        self.plan_round(now_ns, wall_ns);
    }

    /// Draws up the bursts of what is left of the round.
    fn plan_round(&mut self, now_ns: i64, wall_ns: i64) {
        self.bursts.clear();
        let length_ns = i64::from(self.shared.config.round_ms) * 1_000_000;
        let number = self.round.number;
        let me = self.shared.me;
        let (Some(member), true) = (self.members.get(me), self.shared.config.has(Method::Udp)) else {
            return;
        };
        let plan = Plan::new(&self.members, &self.limits);
        let round = plan.round(me, member, number, &self.shared.wanted(wall_ns / 1_000_000));
        let begin_ns = self.round.ends_ns - length_ns;
        let config = &self.shared.config;
        // A burst is over when the round is, and so is the wait for its echoes, as far as there is room.
        let tail_ns = i64::from(config.burst * config.gap_ms + config.timeout_ms) * 1_000_000;
        let room_ns = (length_ns - tail_ns).max(length_ns / 4);
        for (place, peer) in round.peers.iter().enumerate() {
            let due_ns = begin_ns + offset_ns(me, *peer, number, place, round.peers.len(), room_ns);
            if due_ns >= now_ns {
                self.bursts.push(Reverse((due_ns, *peer, config.burst)));
            }
        }
        self.shared.planned(&round);
    }

    /// What was measured goes into the window, unless nothing of it can be believed.
    fn end_round(&mut self) {
        let unreliable = self.watchdog.verdict();
        // Asked before the samples are taken, which tell who has answered.
        self.shared.counters.silent.store(self.prober.silent() as u64, Ordering::Relaxed);
        let mut paths = Vec::new();
        for (peer, samples) in self.prober.take() {
            if let (None, Some(peer)) = (unreliable, self.members.get(peer)) {
                paths.push(SlotPath { peer: peer.clone(), method: Method::Udp, samples });
            }
        }
        let length_ms = self.shared.config.round_ms;
        self.shared.close(Slot { start_ms: self.round.started_ms, length_ms, unreliable, paths });
    }

    fn beat(&mut self, now_ns: i64) {
        let (before_ns, wall_ns) = (self.clock.monotonic_ns(), self.clock.wall_ns());
        // Whoever loses the processor between two looks at clocks sees a step where there is none.
        let at_once = self.clock.monotonic_ns() - before_ns < AT_ONCE_NS;
        let offset_ns = before_ns - now_ns;
        self.watchdog.beat(self.beat_due_ns, now_ns, at_once.then_some(wall_ns - offset_ns));
        self.prober.expire(wall_ns);
        let members = self.shared.members();
        if !Arc::ptr_eq(&members, &self.members) {
            self.echoer.know(&members);
            self.prober.retain(|peer| members.get(peer).is_some());
            self.members = members;
            self.plan_round(now_ns, wall_ns);
        }
        self.beat_due_ns = now_ns + BEAT_NS;
    }

    fn send_due(&mut self) {
        while let Some(Reverse((due_ns, peer, left))) = self.bursts.peek().copied() {
            if due_ns > self.clock.monotonic_ns() {
                return;
            }
            self.bursts.pop();
            self.send(peer, left);
            let gap_ns = i64::from(self.shared.config.gap_ms) * 1_000_000;
            if left > 1 {
                self.bursts.push(Reverse((due_ns + gap_ns, peer, left - 1)));
            }
        }
    }

    fn send(&mut self, peer: PeerId, left: u32) {
        let Some(address) = self.members.get(peer).and_then(|member| member.address()) else { return };
        if left == self.shared.config.burst {
            self.prober.begin_burst(peer);
        }
        let probe = self.prober.probe(peer, self.clock.wall_ns());
        let taken = self.socket.send(&probe.encode(&self.shared.keys), address);
        self.prober.sent(&probe, taken, self.clock.wall_ns());
        self.shared.counters.probes.fetch_add(u64::from(taken), Ordering::Relaxed);
    }

    fn receive(&mut self) -> io::Result<()> {
        // One byte more than a datagram has tells those that are longer.
        let mut buffer = [0; LENGTH + 1];
        for _ in 0..AT_ONCE {
            let Some(arrival) = self.socket.receive(&mut buffer)? else { break };
            if let Some(dropped) = arrival.dropped {
                self.shared.counters.overflowed.store(dropped.into(), Ordering::Relaxed);
            }
            let bytes = buffer.get(..arrival.length).unwrap_or(&buffer);
            if let Err(refusal) = self.handle(bytes, &arrival) {
                self.shared.counters.refuse(refusal);
            }
        }
        Ok(())
    }

    fn handle(&mut self, bytes: &[u8], arrival: &Arrival) -> Result<(), Refusal> {
        let datagram = Datagram::decode(bytes, self.shared.me, &self.shared.keys)?;
        let arrived_ns = arrival.at_ns.unwrap_or_else(|| self.clock.wall_ns());
        if datagram.echo.is_some() {
            return self.prober.answered(&datagram, arrived_ns);
        }
        let starved = self.watchdog.starved();
        let mut echo = self.echoer.answer(&datagram, arrival.source.ip(), arrived_ns, starved)?;
        if let Some(times) = &mut echo.echo {
            times.answered_ns = self.clock.wall_ns();
        }
        self.socket.send(&echo.encode(&self.shared.keys), arrival.source);
        self.shared.counters.echoes.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }
}
