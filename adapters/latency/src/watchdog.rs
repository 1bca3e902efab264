//! Whether an agent gets the processor time to be believed.

use std::fmt;

/// Watches how late an agent wakes up and whether its clock steps; a function of what it is given.
///
/// An agent that waits for a processor measures itself: its probes carry times from before the wait. So it wakes up again
/// and again, and what was measured while too many of these beats were late says nothing of the network.
#[derive(Debug)]
pub(crate) struct Watchdog {
    limits: WatchLimits,
    beats: u64,
    late: u64,
    worst_ns: i64,
    /// Wall clock less monotonic clock at the last beat.
    offset_ns: Option<i64>,
    step_ns: i64,
    /// The lateness of the newest beats, a bit each: late or not.
    recent: u64,
}

/// What is tolerated.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WatchLimits {
    /// A beat later than this is late, in ns.
    pub(crate) late_ns: i64,
    /// The share of beats that may be late, in percent.
    pub(crate) late_percent: u64,
    /// A jump of the wall clock larger than this is a step, in ns.
    pub(crate) step_ns: i64,
}

/// Why what was measured says nothing of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreliable {
    /// The agent waited for a processor.
    Starved {
        /// Beats that were late, of 100.
        late_percent: u64,
        /// The latest of them, in µs.
        worst_us: i64,
    },
    /// The clock was set.
    ClockStepped {
        /// By how much, in µs.
        by_us: i64,
    },
}

impl fmt::Display for Unreliable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starved { late_percent, worst_us } => {
                write!(
                    formatter,
                    "starved: {late_percent} % of wake-ups were late, the latest by {worst_us} µs"
                )
            }
            Self::ClockStepped { by_us } => write!(formatter, "the clock stepped by {by_us} µs"),
        }
    }
}

impl Watchdog {
    pub(crate) fn new(limits: WatchLimits) -> Self {
        Self { limits, beats: 0, late: 0, worst_ns: 0, offset_ns: None, step_ns: 0, recent: 0 }
    }

    /// It wanted to wake up at `due_ns` and did at `monotonic_ns`, when the wall clock showed `wall_ns`; `None` where the two
    /// clocks could not be read at once.
    pub(crate) fn beat(&mut self, due_ns: i64, monotonic_ns: i64, wall_ns: Option<i64>) {
        let lateness = monotonic_ns - due_ns;
        let late = lateness > self.limits.late_ns;
        self.beats += 1;
        self.late += u64::from(late);
        self.worst_ns = self.worst_ns.max(lateness);
        self.recent = self.recent << 1 | u64::from(late);
        let Some(offset) = wall_ns.map(|wall_ns| wall_ns - monotonic_ns) else { return };
        // A clock that is slewed moves by less than a ms in a beat; one that is set jumps.
        let jump = self.offset_ns.map_or(0, |before| offset - before);
        if jump.abs() > self.limits.step_ns && jump.abs() > self.step_ns.abs() {
            self.step_ns = jump;
        }
        self.offset_ns = Some(offset);
    }

    /// Whether it is starved at the moment: by its last 64 beats.
    pub(crate) fn starved(&self) -> bool {
        let beats = self.beats.clamp(1, 64);
        u64::from(self.recent.count_ones()) * 100 > self.limits.late_percent * beats
            && self.recent.count_ones() > 1
    }

    /// What is to be said of the time since this was last asked.
    pub(crate) fn verdict(&mut self) -> Option<Unreliable> {
        let late_percent = self.late * 100 / self.beats.max(1);
        let starved = self.late > 1 && late_percent > self.limits.late_percent;
        let worst_us = self.worst_ns / 1_000;
        let verdict = if self.step_ns != 0 {
            Some(Unreliable::ClockStepped { by_us: self.step_ns / 1_000 })
        } else {
            starved.then_some(Unreliable::Starved { late_percent, worst_us })
        };
        (self.beats, self.late, self.worst_ns, self.step_ns) = (0, 0, 0, 0);
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: i64 = 1_000_000;

    fn watchdog() -> Watchdog {
        Watchdog::new(WatchLimits { late_ns: 2 * MS, late_percent: 5, step_ns: MS })
    }

    #[test]
    fn a_late_beat_now_and_then_is_nothing() {
        let mut watchdog = watchdog();
        for beat in 0..100 {
            let due = beat * 20 * MS;
            let now = due + if beat % 25 == 0 { 9 * MS } else { MS };
            watchdog.beat(due, now, Some(now));
        }
        assert!(!watchdog.starved());
        assert_eq!(watchdog.verdict(), None);
    }

    #[test]
    fn many_late_beats_are_starvation_until_they_end() {
        let mut watchdog = watchdog();
        for beat in 0..100 {
            let now = beat * 20 * MS + if beat % 10 == 0 { 5 * MS } else { 0 };
            watchdog.beat(beat * 20 * MS, now, Some(now));
        }
        assert!(watchdog.starved());
        assert_eq!(watchdog.verdict(), Some(Unreliable::Starved { late_percent: 10, worst_us: 5_000 }));
        (0..64).for_each(|beat| watchdog.beat(beat, beat, Some(beat)));
        assert!(!watchdog.starved());
        assert_eq!(watchdog.verdict(), None, "asked anew");
    }

    #[test]
    fn a_clock_that_is_set_is_noticed_and_one_that_drifts_is_not() {
        let mut watchdog = watchdog();
        // 500 ppm, the most that a clock is slewed by.
        (0..100).for_each(|beat| {
            watchdog.beat(beat * 20 * MS, beat * 20 * MS, Some(beat * 20 * MS + beat * 10_000))
        });
        assert_eq!(watchdog.verdict(), None);
        watchdog.beat(2_000 * MS, 2_000 * MS, None);
        watchdog.beat(2_000 * MS, 2_000 * MS, Some(1_500 * MS));
        assert_eq!(watchdog.verdict(), Some(Unreliable::ClockStepped { by_us: -500_990 }));
    }
}
