//! What all agents measured, merged: hosts into domains, rounds into a window.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::matrix::Matrix;
use crate::members::Member;
use crate::samples::PathSamples;
use crate::slot::{Method, Slot};

/// Merges the slots of agents into the paths between the domains of a level; a function of what it is given, the time
/// included.
///
/// Memory is bounded by the pairs of domains: the window is cut into ten parts, and what falls into a part is merged.
#[derive(Debug)]
pub struct Collector {
    level: String,
    window_ms: i64,
    keep_ms: i64,
    names: Vec<Arc<str>>,
    numbers: BTreeMap<Arc<str>, u32>,
    /// What was measured of a pair: by part of the window and method, the oldest first.
    pairs: HashMap<(u32, u32), Vec<Part>>,
    /// The newest slot of every agent.
    newest: BTreeMap<Arc<str>, i64>,
}

/// What was measured in a part of the window.
#[derive(Debug, Clone)]
struct Part {
    number: i64,
    method: Method,
    samples: PathSamples,
}

/// What became of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Absorbed {
    /// It is merged.
    Merged,
    /// It is not believed by the agent itself.
    Unreliable,
    /// It has been merged before.
    Known,
    /// It is older than what is kept.
    Old,
    /// It is from the future, which means that a clock is wrong.
    Early,
    /// The agent is in no domain of the level.
    NoDomain,
    /// There are too many pairs already.
    Full,
}

/// Parts of a window: what falls out of it goes a part at a time.
const PARTS: i64 = 10;
/// How far the clock of an agent may be ahead, in ms.
const AHEAD_MS: i64 = 60_000;
/// The most pairs that are held.
const PAIRS: usize = 4_000_000;

impl Collector {
    /// Collects for the domains of `level` over a window; the newest measurements of a pair that has none in the window are
    /// kept for `keep_ms`.
    #[must_use]
    pub fn new(level: &str, window_ms: i64, keep_ms: i64) -> Self {
        Self {
            level: level.to_owned(),
            window_ms: window_ms.max(PARTS),
            keep_ms: keep_ms.max(window_ms),
            names: Vec::new(),
            numbers: BTreeMap::new(),
            pairs: HashMap::new(),
            newest: BTreeMap::new(),
        }
    }

    /// Takes in what `agent` measured in a round.
    pub fn absorb(&mut self, agent: &Member, slot: &Slot, now_ms: i64) -> Absorbed {
        if slot.start_ms > now_ms.saturating_add(AHEAD_MS) {
            return Absorbed::Early;
        }
        if slot.start_ms <= now_ms.saturating_sub(self.keep_ms) {
            return Absorbed::Old;
        }
        let known = self.newest.get(agent.host.as_str());
        if known.is_some_and(|newest| slot.start_ms <= *newest) {
            return Absorbed::Known;
        }
        self.newest.insert(agent.host.as_str().into(), slot.start_ms);
        if slot.unreliable.is_some() {
            return Absorbed::Unreliable;
        }
        let Some(from) = agent.domain(&self.level).map(str::to_owned) else {
            return Absorbed::NoDomain;
        };
        let from = self.number(&from);
        let number = self.part(slot.start_ms);
        for path in &slot.paths {
            let Some(to) = path.peer.domain(&self.level).map(str::to_owned) else { continue };
            let to = self.number(&to);
            if self.pairs.len() >= PAIRS && !self.pairs.contains_key(&(from, to)) {
                return Absorbed::Full;
            }
            let parts = self.pairs.entry((from, to)).or_default();
            match parts.iter_mut().rev().find(|part| part.number == number && part.method == path.method) {
                Some(part) => part.samples.merge(&path.samples),
                None => parts.push(Part { number, method: path.method, samples: path.samples.clone() }),
            }
        }
        Absorbed::Merged
    }

    /// Adds what is known of a pair over the window by other ways.
    pub fn add(&mut self, from: &str, to: &str, method: Method, samples: PathSamples) {
        let number = self.part(samples.newest_ms);
        let (from, to) = (self.number(from), self.number(to));
        self.pairs.entry((from, to)).or_default().push(Part { number, method, samples });
    }

    /// Forgets what is older than is kept.
    pub fn age(&mut self, now_ms: i64) {
        let (first, kept) = (self.part(now_ms - self.window_ms), self.part(now_ms - self.keep_ms));
        self.pairs.retain(|_, parts| {
            let newest = parts.iter().map(|part| part.number).max().unwrap_or(i64::MIN);
            parts.retain(|part| part.number > first || part.number == newest);
            newest > kept
        });
        self.newest.retain(|_, newest| *newest > now_ms - self.keep_ms);
    }

    /// The matrix as of a time.
    #[must_use]
    pub fn matrix(&self, now_ms: i64) -> Matrix {
        let first = self.part(now_ms - self.window_ms);
        let mut pairs = BTreeMap::new();
        #[expect(clippy::iter_over_hash_type, reason = "the pairs go into a map that is sorted")]
        for (&(from, to), parts) in &self.pairs {
            let newest = parts.iter().map(|part| part.number).max().unwrap_or(i64::MIN);
            let counted = || parts.iter().filter(|part| part.number > first || part.number == newest);
            let with =
                |method| counted().filter(move |part| part.method == method && !part.samples.is_empty());
            // The most exact method that has anything to say; methods are not mixed, they measure different things.
            let Some(method) = Method::ALL.into_iter().find(|method| with(*method).next().is_some()) else {
                continue;
            };
            let mut samples = PathSamples::default();
            with(method).for_each(|part| samples.merge(&part.samples));
            let name = |number: u32| self.names[number as usize].to_string();
            pairs.insert((name(from), name(to)), samples);
        }
        Matrix { level: self.level.clone(), at_ms: now_ms, window_ms: self.window_ms, pairs }
    }

    fn part(&self, time_ms: i64) -> i64 {
        time_ms.div_euclid(self.window_ms / PARTS)
    }

    fn number(&mut self, name: &str) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let (name, number): (Arc<str>, u32) = (name.into(), self.names.len() as u32);
        self.names.push(name.clone());
        self.numbers.insert(name, number);
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(host: &str, rack: &str) -> Member {
        Member {
            host: host.into(),
            addresses: Vec::new(),
            port: 1,
            tcp_port: None,
            domains: BTreeMap::from([
                ("rack".to_owned(), rack.to_owned()),
                ("zone".to_owned(), "z".to_owned()),
            ]),
        }
    }

    fn slot(start_ms: i64, peer: &Member, method: Method, round_trips_us: &[u64]) -> Slot {
        let mut samples = PathSamples { newest_ms: start_ms, ..PathSamples::default() };
        for us in round_trips_us {
            samples.round_trips.record(us * 1_000);
            samples.sent += 1;
        }
        let path = crate::slot::SlotPath { peer: Arc::new(peer.clone()), method, samples };
        Slot { start_ms, length_ms: 10, unreliable: None, paths: vec![path] }
    }

    fn count(matrix: &Matrix, from: &str, to: &str) -> Option<u64> {
        matrix.pairs.get(&(from.to_owned(), to.to_owned())).map(|samples| samples.round_trips.count())
    }

    #[test]
    fn hosts_merge_into_racks_and_racks_into_zones() {
        let (a, b, c) = (member("a", "r1"), member("b", "r1"), member("c", "r2"));
        for (level, from, to, expected) in
            [("host", "a", "c", 2), ("rack", "r1", "r2", 3), ("zone", "z", "z", 3)]
        {
            let mut collector = Collector::new(level, 1_000, 1_000);
            assert_eq!(collector.absorb(&a, &slot(10, &c, Method::Udp, &[1, 2]), 20), Absorbed::Merged);
            assert_eq!(collector.absorb(&b, &slot(10, &c, Method::Udp, &[3]), 20), Absorbed::Merged);
            assert_eq!(count(&collector.matrix(20), from, to), Some(expected), "{level}");
        }
    }

    #[test]
    fn a_slot_counts_once_and_only_if_it_is_believed_and_of_this_time() {
        let (a, c) = (member("a", "r1"), member("c", "r2"));
        let mut collector = Collector::new("rack", 1_000, 5_000);
        let good = slot(100_000, &c, Method::Udp, &[1]);
        assert_eq!(collector.absorb(&a, &good, 100_010), Absorbed::Merged);
        assert_eq!(collector.absorb(&a, &good, 100_020), Absorbed::Known);
        let starved = crate::watchdog::Unreliable::Starved { late_percent: 50, worst_us: 9 };
        let unreliable = Slot { unreliable: Some(starved), ..slot(100_030, &c, Method::Udp, &[9]) };
        assert_eq!(collector.absorb(&a, &unreliable, 100_040), Absorbed::Unreliable);
        assert_eq!(collector.absorb(&a, &slot(200_000, &c, Method::Udp, &[9]), 100_050), Absorbed::Early);
        assert_eq!(collector.absorb(&a, &slot(90_000, &c, Method::Udp, &[9]), 100_050), Absorbed::Old);
        assert_eq!(count(&collector.matrix(100_050), "r1", "r2"), Some(1));
    }

    #[test]
    fn the_window_moves_on_but_the_newest_of_a_pair_stays_for_a_while() {
        let (a, c) = (member("a", "r1"), member("c", "r2"));
        let mut collector = Collector::new("rack", 1_000, 5_000);
        for start_ms in [10_000, 10_500, 10_900] {
            collector.absorb(&a, &slot(start_ms, &c, Method::Udp, &[1]), start_ms);
        }
        let at = |collector: &mut Collector, now_ms| {
            collector.age(now_ms);
            count(&collector.matrix(now_ms), "r1", "r2")
        };
        assert_eq!(at(&mut collector, 10_950), Some(3));
        assert_eq!(at(&mut collector, 11_450), Some(2));
        assert_eq!(at(&mut collector, 14_000), Some(1), "the newest, though old");
        assert_eq!(at(&mut collector, 17_000), None);
    }

    #[test]
    fn the_most_exact_method_speaks_alone() {
        let (a, c) = (member("a", "r1"), member("c", "r2"));
        let mut collector = Collector::new("rack", 1_000, 1_000);
        collector.absorb(&a, &slot(10, &c, Method::Tcp, &[900, 900]), 20);
        assert_eq!(count(&collector.matrix(20), "r1", "r2"), Some(2));
        collector.absorb(&a, &slot(15, &c, Method::Udp, &[1]), 20);
        assert_eq!(count(&collector.matrix(20), "r1", "r2"), Some(1));
    }
}
