//! What an agent counts.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::probe::Refusal;

/// Counts since the agent started; whoever looks may see one before another.
#[derive(Debug, Default)]
pub struct Counters {
    refused: [AtomicU64; Refusal::ALL.len()],
    /// Probes sent.
    pub(crate) probes: AtomicU64,
    /// Echoes sent.
    pub(crate) echoes: AtomicU64,
    /// Datagrams that the system dropped because they were not read in time.
    pub(crate) overflowed: AtomicU64,
    /// Rounds that are not believed.
    pub(crate) unreliable: AtomicU64,
    /// Rounds.
    pub(crate) rounds: AtomicU64,
    /// Hosts that do not answer.
    pub(crate) silent: AtomicU64,
}

impl Counters {
    pub(crate) fn refuse(&self, refusal: Refusal) {
        self.refused[refusal as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// How many datagrams were refused for a reason.
    #[must_use]
    pub fn refused(&self, refusal: Refusal) -> u64 {
        self.refused[refusal as usize].load(Ordering::Relaxed)
    }

    /// Everything but the refusals, with names for metrics and what they mean; the last is no sum.
    #[must_use]
    pub fn sums(&self) -> [(&'static str, &'static str, u64); 6] {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("probes_total", "Probes sent.", read(&self.probes)),
            ("echoes_total", "Echoes sent.", read(&self.echoes)),
            (
                "overflowed_total",
                "Datagrams dropped because they were not read in time.",
                read(&self.overflowed),
            ),
            ("rounds_total", "Rounds that are over.", read(&self.rounds)),
            ("unreliable_rounds_total", "Rounds that are not believed.", read(&self.unreliable)),
            ("silent_peers", "Hosts that answer no probes.", read(&self.silent)),
        ]
    }
}
