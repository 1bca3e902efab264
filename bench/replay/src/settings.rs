//! What is the same for every input.

use serde::Serialize;

use crate::trace::DAY;

/// The knobs of a replay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Settings {
    /// Steps that are replayed: the last ones of the trace.
    pub replayed: usize,
    /// Steps from one replan to the next.
    pub interval: usize,
    /// Steps that a replan looks ahead.
    pub horizon: usize,
    /// Steps before each replan on which reserves are calibrated.
    pub calibration: usize,
    /// Quantile of the demand, and of the host sums for which reserves are calibrated.
    pub quantile: f64,
    /// Share of a host's CPU above which it is overloaded.
    pub max_utilization: f64,
    /// Added to every reserve, as a share of a host's CPU.
    pub margin: f64,
    /// Moves a replan.
    pub moves: i64,
    /// Whether hosts without machines are switched off, so that it pays to empty them.
    pub power_managed: bool,
    /// Steps of the search a goal.
    pub iterations: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            replayed: 7 * DAY,
            interval: 6,
            horizon: 24,
            calibration: 7 * DAY,
            quantile: 0.95,
            max_utilization: 0.8,
            margin: 0.0,
            moves: 20,
            power_managed: false,
            iterations: 30_000,
        }
    }
}
