//! How a host probes the others.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::plan::PlanLimits;
use crate::probe::echoer::EchoLimits;
use crate::probe::prober::Patience;
use crate::slot::Method;
use crate::watchdog::WatchLimits;

/// How a host probes the others: what it can be told, with the defaults it has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProbeConfig {
    /// The partition whose pairs of domains are measured.
    pub level: String,
    /// How the others are probed: udp, icmp, tcp.
    pub methods: Vec<MethodWord>,
    /// Length of a round, in ms: every host that is due gets one burst.
    #[schemars(range(min = 100, max = 3_600_000))]
    pub round_ms: u32,
    /// The most hosts that are probed in a round.
    #[schemars(range(min = 1, max = 10_000))]
    pub peers: usize,
    /// Time within which every pair of domains is to be measured again, in s.
    #[schemars(range(min = 1, max = 86_400))]
    pub refresh_s: u32,
    /// Probes of a burst.
    #[schemars(range(min = 1, max = 1000))]
    pub burst: u32,
    /// Time between two probes of a burst, in ms.
    #[schemars(range(min = 1, max = 1000))]
    pub gap_ms: u32,
    /// Time after which an echo is not waited for any more, in ms.
    #[schemars(range(min = 10, max = 60_000))]
    pub timeout_ms: u32,
    /// For how long measurements are kept for whoever collects them, in s.
    #[schemars(range(min = 1, max = 86_400))]
    pub window_s: u32,
    /// The most echoes that a host gets in a second.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub echoes_per_s: u32,
    /// By how much the clocks of two hosts may differ, in s: probes that seem older or newer are taken for replays.
    #[schemars(range(min = 1, max = 3600))]
    pub clock_difference_s: u32,
    /// A wake-up is late beyond this, in µs.
    #[schemars(range(min = 100, max = 1_000_000))]
    pub late_us: u32,
    /// The share of wake-ups that may be late before a round is not believed, in percent.
    #[schemars(range(min = 1, max = 100))]
    pub late_percent: u32,
}

/// A method by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum MethodWord {
    /// Echoes of datagrams.
    Udp,
    /// Echoes of the kernel.
    Icmp,
    /// Connections.
    Tcp,
}

impl From<MethodWord> for Method {
    fn from(word: MethodWord) -> Self {
        match word {
            MethodWord::Udp => Self::Udp,
            MethodWord::Icmp => Self::Icmp,
            MethodWord::Tcp => Self::Tcp,
        }
    }
}

impl Default for ProbeConfig {
    fn default() -> Self {
        Self {
            level: "rack".into(),
            methods: vec![MethodWord::Udp],
            round_ms: 10_000,
            peers: 50,
            refresh_s: 60,
            burst: 10,
            gap_ms: 10,
            timeout_ms: 1_000,
            window_s: 300,
            echoes_per_s: 1_000,
            clock_difference_s: 30,
            late_us: 2_000,
            late_percent: 5,
        }
    }
}

/// A burst that is longer than a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a burst of {burst_ms} ms has no room in a round of {round_ms} ms")]
pub struct BurstTooLong {
    /// How long the burst is.
    pub burst_ms: u32,
    /// How long the round is.
    pub round_ms: u32,
}

impl ProbeConfig {
    /// Checks what the ranges of the settings do not say.
    ///
    /// # Errors
    /// [`BurstTooLong`].
    pub fn validate(&self) -> Result<(), BurstTooLong> {
        let (burst_ms, round_ms) = (self.burst.saturating_mul(self.gap_ms), self.round_ms);
        if burst_ms > round_ms { Err(BurstTooLong { burst_ms, round_ms }) } else { Ok(()) }
    }

    /// Whether others are probed in this way.
    #[must_use]
    pub fn has(&self, method: Method) -> bool {
        self.methods.iter().any(|word| Method::from(*word) == method)
    }

    pub(crate) fn plan_limits(&self) -> PlanLimits {
        let refresh_rounds = u64::from(self.refresh_s) * 1_000 / u64::from(self.round_ms);
        PlanLimits { level: self.level.clone(), peers: self.peers, refresh_rounds: refresh_rounds.max(1) }
    }

    pub(crate) fn patience(&self) -> Patience {
        Patience { echo_ns: i64::from(self.timeout_ms) * 1_000_000, send_ns: 500_000 }
    }

    pub(crate) fn echo_limits(&self) -> EchoLimits {
        EchoLimits {
            clock_difference_ns: i64::from(self.clock_difference_s) * 1_000_000_000,
            answers_per_s: self.echoes_per_s,
        }
    }

    pub(crate) fn watch_limits(&self) -> WatchLimits {
        WatchLimits {
            late_ns: i64::from(self.late_us) * 1_000,
            late_percent: self.late_percent.into(),
            step_ns: 1_000_000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_has_room_in_a_round() {
        assert_eq!(ProbeConfig::default().validate(), Ok(()));
        let long = ProbeConfig { burst: 1000, gap_ms: 1000, ..ProbeConfig::default() };
        assert_eq!(long.validate(), Err(BurstTooLong { burst_ms: 1_000_000, round_ms: 10_000 }));
    }
}
