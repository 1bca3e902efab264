//! Who sends probes and makes samples of their echoes.

use std::collections::{BTreeMap, VecDeque};

use super::datagram::{Datagram, Echo, PeerId};
use super::refusal::Refusal;
use crate::samples::PathSamples;

/// Numbers probes, waits for their echoes and counts; a function of what it is given, the time included.
///
/// A probe is lost once its echo has not come for a while *and* a later one has: a host that is down or starts again loses
/// nothing, it is not there. A path that carries nothing at all for longer than [`MEMORY_NS`] is unreachable, not lossy.
#[derive(Debug)]
pub(crate) struct Prober {
    me: PeerId,
    session: u64,
    patience: Patience,
    paths: BTreeMap<PeerId, Path>,
}

/// How long is waited.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For an echo, in ns.
    pub(crate) echo_ns: i64,
    /// Sending may take, in ns, before the time that the probe carries is no longer believed.
    pub(crate) send_ns: i64,
}

/// For how long silence can still turn out to be loss, in ns.
pub(crate) const MEMORY_NS: i64 = 60_000_000_000;
/// How many echoes back one is still recognised when it comes again.
const RECENT: usize = 256;

/// The probes to one host.
#[derive(Debug, Default)]
struct Path {
    sequence: u64,
    waiting: VecDeque<Waiting>,
    /// When those were sent that have not come back in time.
    silent: VecDeque<i64>,
    recent: VecDeque<u64>,
    highest: u64,
    echo_session: u64,
    /// When those of the burst arrived and were sent.
    burst: Vec<(i64, i64)>,
    samples: PathSamples,
}

#[derive(Debug)]
struct Waiting {
    sequence: u64,
    sent_ns: i64,
    believed: bool,
}

impl Prober {
    pub(crate) fn new(me: PeerId, started_ns: i64, patience: Patience) -> Self {
        Self { me, session: started_ns as u64, patience, paths: BTreeMap::new() }
    }

    /// Forgets all others.
    pub(crate) fn retain(&mut self, known: impl Fn(PeerId) -> bool) {
        self.paths.retain(|peer, _| known(*peer));
    }

    /// The next burst to a host begins.
    pub(crate) fn begin_burst(&mut self, to: PeerId) {
        let path = self.paths.entry(to).or_default();
        path.end_burst();
    }

    /// The next probe to a host, which waits for its echo from `now_ns` on.
    pub(crate) fn probe(&mut self, to: PeerId, now_ns: i64) -> Datagram {
        let path = self.paths.entry(to).or_default();
        path.sequence += 1;
        path.waiting.push_back(Waiting { sequence: path.sequence, sent_ns: now_ns, believed: true });
        Datagram {
            from: self.me,
            to,
            starved: false,
            session: self.session,
            sequence: path.sequence,
            sent_ns: now_ns,
            echo: None,
        }
    }

    /// The system has taken the probe at `done_ns`, or has not. One that took too long is not believed; one that was not
    /// taken was not sent.
    pub(crate) fn sent(&mut self, probe: &Datagram, taken: bool, done_ns: i64) {
        let slow = done_ns - probe.sent_ns > self.patience.send_ns || done_ns < probe.sent_ns;
        let Some(path) = self.paths.get_mut(&probe.to) else { return };
        if !taken {
            path.waiting.retain(|waiting| waiting.sequence != probe.sequence);
        } else if slow && let Some(waiting) = path.waiting.back_mut() {
            waiting.believed = false;
        }
    }

    /// Takes the sample of an authentic echo that arrived at `arrived_ns`.
    ///
    /// # Errors
    /// Why it is none.
    pub(crate) fn answered(&mut self, datagram: &Datagram, arrived_ns: i64) -> Result<(), Refusal> {
        let (Some(echo), true) = (datagram.echo, datagram.session == self.session) else {
            return Err(Refusal::Unasked);
        };
        let path = self.paths.get_mut(&datagram.from).ok_or(Refusal::Unasked)?;
        let sequence = datagram.sequence;
        let waits = |waiting: &Waiting| waiting.sequence == sequence && waiting.sent_ns == datagram.sent_ns;
        let Some(place) = path.waiting.iter().position(waits) else {
            if path.recent.contains(&sequence) {
                path.samples.duplicated += 1;
                return Ok(());
            }
            return Err(Refusal::Unasked);
        };
        let waiting = path.waiting.remove(place).ok_or(Refusal::Unasked)?;
        path.hear(echo.session, sequence, arrived_ns);
        path.samples.sent += 1;
        let believed = waiting.believed && !datagram.starved;
        match round_trip(&waiting, &echo, arrived_ns) {
            Some(round_trip) if believed => path.take(round_trip, waiting.sent_ns, &echo),
            _ => path.samples.discarded += 1,
        }
        Ok(())
    }

    /// Gives up on all whose echo has not come in time.
    pub(crate) fn expire(&mut self, now_ns: i64) {
        for path in self.paths.values_mut() {
            // After a step of the clock nothing that waits can be judged.
            while let Some(waiting) = path.waiting.front() {
                if (now_ns - waiting.sent_ns).abs() <= self.patience.echo_ns {
                    break;
                }
                path.silent.push_back(waiting.sent_ns);
                path.waiting.pop_front();
            }
            while path.silent.front().is_some_and(|sent_ns| (now_ns - sent_ns).abs() > MEMORY_NS) {
                path.silent.pop_front();
            }
        }
    }

    /// What was measured since this was last called, by host; hosts of which nothing was heard are left out.
    pub(crate) fn take(&mut self) -> Vec<(PeerId, PathSamples)> {
        let take = |(peer, path): (&PeerId, &mut Path)| {
            path.end_burst();
            let samples = std::mem::take(&mut path.samples);
            (samples.sent > 0).then_some((*peer, samples))
        };
        self.paths.iter_mut().filter_map(take).collect()
    }

    /// Hosts that have been sent probes and have answered none for as long as silence is remembered.
    pub(crate) fn silent(&self) -> usize {
        self.paths.values().filter(|path| !path.silent.is_empty() && path.samples.sent == 0).count()
    }
}

impl Path {
    /// Somebody is there: the silence before was loss, unless he was not there then.
    fn hear(&mut self, session: u64, sequence: u64, arrived_ns: i64) {
        if session == self.echo_session {
            let lost = self.silent.len() as u64;
            self.samples.sent += lost;
            self.samples.lost += lost;
        }
        self.silent.clear();
        self.echo_session = session;
        if sequence < self.highest {
            self.samples.reordered += 1;
        }
        self.highest = self.highest.max(sequence);
        self.samples.newest_ms = arrived_ns / 1_000_000;
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(sequence);
    }

    fn take(&mut self, round_trip_ns: u64, sent_ns: i64, echo: &Echo) {
        self.samples.round_trips.record(round_trip_ns);
        self.burst.push((echo.arrived_ns, sent_ns));
    }

    /// Adds the interarrival jitter of the burst: its packets in the order in which they arrived there, as RFC 3550 has it.
    /// Between bursts clocks drift apart by more than paths jitter.
    fn end_burst(&mut self) {
        self.burst.sort_unstable();
        for pair in self.burst.windows(2) {
            let ((before_arrived, before_sent), (arrived, sent)) = (pair[0], pair[1]);
            let difference = (arrived - before_arrived) - (sent - before_sent);
            self.samples.jitter_sum_ns += difference.unsigned_abs();
            self.samples.jitter_count += 1;
        }
        self.burst.clear();
    }
}

/// The time that a probe and its echo were on the way, in ns; `None` where the clocks make no sense.
///
/// # Source
/// RFC 5905, §8: the delay is (t4 - t1) - (t3 - t2), whatever the two clocks say.
fn round_trip(waiting: &Waiting, echo: &Echo, arrived_ns: i64) -> Option<u64> {
    let there = echo.answered_ns.checked_sub(echo.arrived_ns)?;
    let all = arrived_ns.checked_sub(waiting.sent_ns)?;
    // A transit of more than a day is no transit, and would spoil the sums.
    let transit = echo.arrived_ns.checked_sub(waiting.sent_ns)?;
    let sane = there >= 0 && transit.abs() < 86_400_000_000_000;
    if sane { all.checked_sub(there).and_then(|ns| u64::try_from(ns).ok()) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    fn prober() -> Prober {
        Prober::new(PeerId::of("me"), 1, Patience { echo_ns: 1_000 * MS, send_ns: MS })
    }

    /// The echo of a probe that took `there` on its way and stayed for 3 ms, by a clock that is an hour ahead.
    fn echo(probe: &Datagram, there: i64, session: u64) -> Datagram {
        let arrived_ns = probe.sent_ns + there + 3_600_000 * MS;
        let echo = Echo { arrived_ns, answered_ns: arrived_ns + 3 * MS, session };
        Datagram { from: probe.to, to: probe.from, echo: Some(echo), ..*probe }
    }

    fn samples(prober: &mut Prober) -> PathSamples {
        prober.take().pop().map(|(_, samples)| samples).unwrap_or_default()
    }

    #[test]
    fn the_round_trip_leaves_out_the_stay_and_the_clock_of_the_other() {
        let (mut prober, to) = (prober(), PeerId::of("a"));
        let probe = prober.probe(to, 0);
        prober.answered(&echo(&probe, MS, 5), 5 * MS).unwrap();
        let round_trip = samples(&mut prober).round_trips.quantile(0.5).unwrap();
        assert!((round_trip / 2e6 - 1.0).abs() < 0.02, "{round_trip}");
    }

    #[test]
    fn jitter_is_that_of_the_way_there_in_order_of_arrival() {
        let (mut prober, to) = (prober(), PeerId::of("a"));
        prober.begin_burst(to);
        // Transits 1, 3 and 2 ms, sent 10 ms apart: |D| is 2 and 1 ms.
        for (place, transit) in [1, 3, 2].into_iter().enumerate() {
            let probe = prober.probe(to, place as i64 * 10 * MS);
            prober.answered(&echo(&probe, transit * MS, 5), probe.sent_ns + 50 * MS).unwrap();
        }
        // A new burst, a drifted clock later, has no part in it.
        prober.begin_burst(to);
        let probe = prober.probe(to, 10_000 * MS);
        prober.answered(&echo(&probe, 30 * MS, 5), 10_090 * MS).unwrap();
        let samples = samples(&mut prober);
        assert_eq!((samples.jitter_sum_ns, samples.jitter_count), (3 * MS as u64, 2));
    }

    #[test]
    fn silence_is_loss_once_a_later_probe_comes_back() {
        let (mut prober, to) = (prober(), PeerId::of("a"));
        let first = prober.probe(to, 0);
        prober.answered(&echo(&first, MS, 5), 9 * MS).unwrap();
        prober.probe(to, 10 * MS);
        prober.expire(1_100 * MS);
        let before = samples(&mut prober);
        assert_eq!((before.sent, before.lost), (1, 0), "not known yet");
        let third = prober.probe(to, 1_200 * MS);
        prober.answered(&echo(&third, MS, 5), 1_210 * MS).unwrap();
        let after = samples(&mut prober);
        assert_eq!((after.sent, after.lost), (2, 1));
    }

    #[test]
    fn a_host_that_starts_again_has_lost_nothing() {
        let (mut prober, to) = (prober(), PeerId::of("a"));
        let first = prober.probe(to, 0);
        prober.answered(&echo(&first, MS, 5), 9 * MS).unwrap();
        prober.probe(to, 10 * MS);
        prober.expire(1_100 * MS);
        let third = prober.probe(to, 1_200 * MS);
        prober.answered(&echo(&third, MS, 6), 1_210 * MS).unwrap();
        assert_eq!(samples(&mut prober).lost, 0);
    }

    #[test]
    fn a_second_echo_is_a_duplicate_and_an_unasked_one_nothing() {
        let (mut prober, to) = (prober(), PeerId::of("a"));
        let probe = prober.probe(to, 0);
        let other = Datagram { sequence: 2, ..echo(&probe, MS, 5) };
        assert_eq!(prober.answered(&other, 5 * MS), Err(Refusal::Unasked));
        let late = Datagram { sent_ns: 1, ..echo(&probe, MS, 5) };
        assert_eq!(
            prober.answered(&late, 5 * MS),
            Err(Refusal::Unasked),
            "another time than that of the probe"
        );
        prober.answered(&echo(&probe, MS, 5), 5 * MS).unwrap();
        prober.answered(&echo(&probe, MS, 5), 6 * MS).unwrap();
        let samples = samples(&mut prober);
        assert_eq!((samples.sent, samples.duplicated, samples.round_trips.count()), (1, 1, 1));
    }

    #[test]
    fn what_a_starved_host_says_or_a_late_sending_is_discarded() {
        let (mut prober, to) = (prober(), PeerId::of("a"));
        let starved = prober.probe(to, 0);
        prober.answered(&Datagram { starved: true, ..echo(&starved, MS, 5) }, 5 * MS).unwrap();
        let slow = prober.probe(to, 10 * MS);
        prober.sent(&slow, true, 12 * MS);
        prober.answered(&echo(&slow, MS, 5), 15 * MS).unwrap();
        let refused = prober.probe(to, 20 * MS);
        prober.sent(&refused, false, 20 * MS);
        prober.expire(5_000 * MS);
        let samples = samples(&mut prober);
        assert_eq!(
            (samples.sent, samples.lost, samples.discarded),
            (2, 0, 2),
            "they came back, but say no more than that"
        );
        assert_eq!(samples.round_trips.count(), 0);
    }

    #[test]
    fn an_echo_with_mad_times_is_discarded() {
        let (mut prober, to) = (prober(), PeerId::of("a"));
        for times in [(i64::MIN, i64::MAX), (i64::MAX, i64::MIN), (0, i64::MAX), (i64::MAX - 1, i64::MAX)] {
            let probe = prober.probe(to, 10 * MS);
            let echo = Echo { arrived_ns: times.0, answered_ns: times.1, session: 5 };
            prober.answered(&Datagram { from: to, echo: Some(echo), ..probe }, 20 * MS).unwrap();
        }
        assert_eq!(samples(&mut prober).discarded, 4);
    }
}
