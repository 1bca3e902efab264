//! What was measured of a path.

use crate::histogram::Histogram;
use crate::loss::Loss;

/// Round trips, jitter and loss of a path over some time. Two of them merge into what one would have been that had seen
/// the packets of both.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PathSamples {
    /// Round-trip times.
    pub round_trips: Histogram,
    /// The sum of |D(i-1, i)| in ns: by how much the transit of a packet differs from that of the one before it.
    pub jitter_sum_ns: u64,
    /// How many differences that is the sum of.
    pub jitter_count: u64,
    /// Packets whose fate is known: those that came back and those that were lost.
    pub sent: u64,
    /// Packets that were lost.
    pub lost: u64,
    /// Answers that came more than once.
    pub duplicated: u64,
    /// Answers that came after the answer to a later packet.
    pub reordered: u64,
    /// Packets that came back and say nothing else: sent too late, or answered by somebody who was starved.
    pub discarded: u64,
    /// When the newest of them came back, in ms since 1970.
    pub newest_ms: i64,
}

impl PathSamples {
    /// Takes in all that another holds.
    pub fn merge(&mut self, other: &Self) {
        self.round_trips.merge(&other.round_trips);
        self.newest_ms = self.newest_ms.max(other.newest_ms);
        let sums = [
            (&mut self.jitter_sum_ns, other.jitter_sum_ns),
            (&mut self.jitter_count, other.jitter_count),
            (&mut self.sent, other.sent),
            (&mut self.lost, other.lost),
            (&mut self.duplicated, other.duplicated),
            (&mut self.reordered, other.reordered),
            (&mut self.discarded, other.discarded),
        ];
        for (sum, more) in sums {
            *sum = sum.saturating_add(more);
        }
    }

    /// The interarrival jitter in ns: the mean of |D|, which RFC 3550 follows with a gain of 1/16. The mean merges, the
    /// running estimate does not.
    ///
    /// # Source
    /// RFC 3550, §6.4.1 and appendix A.8.
    #[must_use]
    pub fn jitter_ns(&self) -> Option<f64> {
        (self.jitter_count > 0).then(|| self.jitter_sum_ns as f64 / self.jitter_count as f64)
    }

    /// The share that was lost.
    #[must_use]
    pub fn loss(&self) -> Option<Loss> {
        Loss::of(self.lost, self.sent)
    }

    /// Whether it says nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sent == 0
    }
}
