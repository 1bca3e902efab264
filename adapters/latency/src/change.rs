//! What has changed on a path: a route, or how much it loses.

use crate::samples::PathSamples;

/// Follows one path and tells a change from noise; a function of the samples it is given, slot by slot.
///
/// The median of a slot is compared with what was usual: a running median of medians and their mean absolute deviation.
/// Two one-sided cumulative sums (Page 1954) of the deviations, each cut so that no single slot decides, raise
/// the alarm when they are large enough. Loss is followed packet by packet with a cumulative sum of log-likelihood ratios. After an alarm
/// the path is learnt anew.
#[derive(Debug, Clone, Default)]
pub struct ChangeDetector {
    level: Level,
    loss: LossSum,
}

/// A change of a path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Change {
    /// The round trip is another: from the usual median to that of the newest slot, in ns.
    RoundTrip {
        /// What was usual.
        from_ns: f64,
        /// What it is.
        to_ns: f64,
    },
    /// More is lost than was usual.
    Loss {
        /// The share that was usual.
        from: f64,
        /// The share lost since the change began.
        to: f64,
    },
}

/// Slots that a path is learnt from before anything is compared with it.
const LEARN: u32 = 3;
/// How fast what is usual follows: 1/32 a slot.
const GAIN: f64 = 1.0 / 32.0;
/// Deviations that are noise: so many spreads are taken off each.
const SLACK: f64 = 1.0;
/// The most that one slot counts for.
const MOST: f64 = 4.0;
/// The sum that is an alarm: three slots far off, or more that are less so.
const ALARM: f64 = 8.5;
/// The spread is never thought smaller than this share of the round trip, and than [`LEAST_NS`].
const LEAST_SHARE: f64 = 0.03;
/// The finest difference between two routes that anybody cares for, in ns.
const LEAST_NS: f64 = 20_000.0;

#[derive(Debug, Clone, Default)]
struct Level {
    slots: u32,
    usual: f64,
    spread: f64,
    up: f64,
    down: f64,
}

/// Loss that is no change: the usual one is never thought smaller.
const LEAST_LOSS: f64 = 0.001;
/// Loss that is one is at least this, and five times the usual.
const CHANGED_LOSS: f64 = 0.01;
/// The log of the odds that are an alarm: once in some millions of packets by chance.
const LOSS_ALARM: f64 = 11.0;
/// How fast the usual loss follows: 1/10,000 a packet.
const LOSS_GAIN: f64 = 1e-4;

#[derive(Debug, Clone, Default)]
struct LossSum {
    usual: f64,
    sum: f64,
    since_lost: u64,
    since_sent: u64,
}

impl ChangeDetector {
    /// What the samples of the next slot show to have changed.
    pub fn observe(&mut self, slot: &PathSamples) -> Vec<Change> {
        let round_trip = slot.round_trips.quantile(0.5).and_then(|median| {
            // The standard error of a median, by the quartiles: noise that the slot itself admits to.
            let quartile = |q| slot.round_trips.quantile(q).unwrap_or(median);
            let error = 0.93 * (quartile(0.75) - quartile(0.25)) / (slot.round_trips.count() as f64).sqrt();
            self.level.observe(median, error)
        });
        round_trip.into_iter().chain(self.loss.observe(slot.sent, slot.lost)).collect()
    }
}

impl Level {
    fn observe(&mut self, median: f64, error: f64) -> Option<Change> {
        self.slots += 1;
        if self.slots <= LEARN {
            // The middle of the first few, found by moving half-way towards each.
            self.usual = if self.slots == 1 {
                median
            } else {
                self.usual + (median - self.usual) / f64::from(self.slots)
            };
            self.spread = self.spread.max((median - self.usual).abs());
            return None;
        }
        let spread = self.spread.max(error).max(LEAST_SHARE * self.usual).max(LEAST_NS);
        let deviation = ((median - self.usual) / spread).clamp(-MOST, MOST);
        self.up = (self.up + deviation - SLACK).max(0.0);
        self.down = (self.down - deviation - SLACK).max(0.0);
        if self.up.max(self.down) > ALARM {
            let change = Change::RoundTrip { from_ns: self.usual, to_ns: median };
            *self = Self { slots: 1, usual: median, ..Self::default() };
            return Some(change);
        }
        // What is far off moves what is usual no further than what is near.
        self.usual += GAIN * deviation * spread;
        self.spread += GAIN * (1.25 * deviation.abs() * spread - self.spread);
        None
    }
}

impl LossSum {
    fn observe(&mut self, sent: u64, lost: u64) -> Option<Change> {
        let before = self.usual.max(LEAST_LOSS);
        let after = (5.0 * before).clamp(CHANGED_LOSS, 0.9);
        if after <= before {
            return None;
        }
        let kept = sent.saturating_sub(lost);
        self.sum += lost as f64 * (after / before).ln() + kept as f64 * ((1.0 - after) / (1.0 - before)).ln();
        (self.since_sent, self.since_lost) = (self.since_sent + sent, self.since_lost + lost);
        if self.sum <= 0.0 {
            // The usual loss is learnt from what shows no change.
            let gain = (LOSS_GAIN * sent as f64).min(0.1);
            if sent > 0 {
                self.usual += gain * (lost as f64 / sent as f64 - self.usual);
            }
            (self.sum, self.since_sent, self.since_lost) = (0.0, 0, 0);
        }
        if self.sum <= LOSS_ALARM {
            return None;
        }
        let to = self.since_lost as f64 / self.since_sent.max(1) as f64;
        let change = Change::Loss { from: self.usual, to };
        *self = Self { usual: to, ..Self::default() };
        Some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers in 0..1 that are the same every time.
    struct Lots(u64);

    impl Lots {
        fn draw(&mut self) -> f64 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        }

        /// Of `count` round trips over `base_ns` with an exponential tail of mean `tail_ns`, losing `loss`.
        fn slot(&mut self, count: u64, base_ns: f64, tail_ns: f64, loss: f64) -> PathSamples {
            let mut slot = PathSamples { sent: count, ..PathSamples::default() };
            for _ in 0..count {
                if self.draw() < loss {
                    slot.lost += 1;
                } else {
                    slot.round_trips.record((base_ns - tail_ns * (1.0 - self.draw()).ln()) as u64);
                }
            }
            slot
        }
    }

    #[test]
    fn a_slower_route_is_told_within_a_minute_and_only_once() {
        let (mut lots, mut detector) = (Lots(1), ChangeDetector::default());
        for _ in 0..60 {
            assert_eq!(detector.observe(&lots.slot(10, 10e6, 0.3e6, 0.0)), []);
        }
        let told: Vec<usize> =
            (0..60).filter(|_| !detector.observe(&lots.slot(10, 12e6, 0.3e6, 0.0)).is_empty()).collect();
        assert_eq!(told.len(), 1);
        assert!(told[0] < 6, "after slot {} of 10 s", told[0]);
    }

    #[test]
    fn one_slow_slot_is_noise() {
        let (mut lots, mut detector) = (Lots(2), ChangeDetector::default());
        for slot in 0..600 {
            let base = if slot % 50 == 49 { 60e6 } else { 1e6 };
            assert_eq!(detector.observe(&lots.slot(10, base, 0.2e6, 0.0)), [], "slot {slot}");
        }
    }

    #[test]
    fn loss_of_one_percent_is_told_and_a_little_is_not() {
        let (mut lots, mut detector) = (Lots(3), ChangeDetector::default());
        for _ in 0..2_000 {
            assert_eq!(detector.observe(&lots.slot(50, 1e6, 0.1e6, 0.0005)), []);
        }
        let told = (0..60).position(|_| !detector.observe(&lots.slot(50, 1e6, 0.1e6, 0.01)).is_empty());
        assert!(told.is_some_and(|slot| slot < 60), "{told:?}");
    }

    /// Twenty paths of all kinds over a day in slots of 10 s.
    #[test]
    fn a_day_without_changes_is_a_day_without_alarms() {
        for path in 0..20u32 {
            let (mut lots, mut detector) = (Lots(u64::from(path) + 10), ChangeDetector::default());
            let base = 50e3 * 2f64.powi((path % 10) as i32);
            let tail = base * [0.05, 0.5][path as usize / 10];
            for slot in 0..8_640 {
                // Load comes and goes with the day.
                let day = 1.0 + 0.1 * (f64::from(slot) / 8_640.0 * std::f64::consts::TAU).sin();
                let changes = detector.observe(&lots.slot(10, base * day, tail, 0.0002));
                assert_eq!(changes, [], "path {path}, slot {slot}");
            }
        }
    }
}
