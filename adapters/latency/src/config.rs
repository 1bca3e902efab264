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

/// A setting that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} is {value}; {advice}")]
pub struct ProbeFault {
    /// Which.
    pub field: &'static str,
    /// What it is.
    pub value: u64,
    /// What to do.
    pub advice: String,
}

impl ProbeConfig {
    /// Every setting that does not hold.
    #[must_use]
    pub fn validate(&self) -> Vec<ProbeFault> {
        let mut faults = Vec::new();
        let mut check = |field, value: u64, low: u64, high: u64| {
            if !(low..=high).contains(&value) {
                faults.push(ProbeFault { field, value, advice: format!("use {low} to {high}") });
            }
        };
        check("round_ms", self.round_ms.into(), 100, 3_600_000);
        check("peers", self.peers as u64, 1, 10_000);
        check("refresh_s", self.refresh_s.into(), 1, 86_400);
        check("burst", self.burst.into(), 1, 1000);
        check("gap_ms", self.gap_ms.into(), 1, 1000);
        check("timeout_ms", self.timeout_ms.into(), 10, 60_000);
        check("window_s", self.window_s.into(), 1, 86_400);
        check("echoes_per_s", self.echoes_per_s.into(), 1, 1_000_000);
        check("clock_difference_s", self.clock_difference_s.into(), 1, 3600);
        check("late_us", self.late_us.into(), 100, 1_000_000);
        check("late_percent", self.late_percent.into(), 1, 100);
        let length = u64::from(self.burst) * u64::from(self.gap_ms);
        if length > u64::from(self.round_ms) {
            let advice =
                format!("a burst of {length} ms has no room in a round; send fewer, or closer together");
            faults.push(ProbeFault { field: "burst", value: self.burst.into(), advice });
        }
        faults
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
    fn the_defaults_hold_and_every_fault_is_told() {
        assert_eq!(ProbeConfig::default().validate(), []);
        let bad = ProbeConfig { peers: 0, burst: 1000, gap_ms: 1000, ..ProbeConfig::default() };
        let fields: Vec<_> = bad.validate().into_iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["peers", "burst"]);
    }
}
