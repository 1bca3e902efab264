//! What a replay is judged by.

use serde::Serialize;

use crate::cluster::Cluster;
use crate::demand::Prediction;
use crate::settings::Settings;
use crate::trace::{STEP_S, Trace};

/// What happened in a replay.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Measures {
    /// Minutes in which a host used more CPU than its soft limit, summed over hosts. A step counts as a whole.
    pub overloaded_host_minutes: u64,
    /// The same for the capacity of a host: what was asked for could not be given.
    pub saturated_host_minutes: u64,
    /// CPU above soft limits, summed over hosts and time, in GHz x h.
    pub excess_ghz_h: f64,
    /// Moves made.
    pub moves: u64,
    /// Hosts with at least one machine, mean over time.
    pub hosts_used: f64,
    /// Share of (host with a machine, step) in which the machines of the host used no more than predicted, reserve
    /// included.
    pub coverage: f64,
    /// Time for predictions, solving and planning, in s.
    pub wall_s: f64,
    /// The host of every machine at the end.
    #[serde(skip)]
    pub host_of: Vec<usize>,
}

/// Sums up a replay, step by step.
pub(crate) struct Observer<'a> {
    trace: &'a Trace,
    cluster: &'a Cluster,
    soft_limit: f64,
    pub(crate) moves: u64,
    steps: u64,
    used: u64,
    covered: u64,
    overloaded: u64,
    saturated: u64,
    excess: f64,
}

impl<'a> Observer<'a> {
    pub(crate) fn new(trace: &'a Trace, cluster: &'a Cluster, settings: &Settings) -> Self {
        let soft_limit = cluster.cpu * settings.max_utilization;
        Self {
            trace,
            cluster,
            soft_limit,
            moves: 0,
            steps: 0,
            used: 0,
            covered: 0,
            overloaded: 0,
            saturated: 0,
            excess: 0.0,
        }
    }

    /// Takes a step in, the `ahead`-th after its plan was made for `prediction`.
    pub(crate) fn observe(&mut self, step: usize, host_of: &[usize], prediction: &Prediction, ahead: usize) {
        let reserve = prediction.reserve * self.cluster.cpu;
        let mut loads = vec![None; self.cluster.hosts];
        for ((machine, &host), values) in self.trace.machines.iter().zip(host_of).zip(&prediction.values) {
            let (actual, predicted) = loads[host].get_or_insert((0.0, reserve));
            *actual += machine.cpu[step];
            *predicted += values[ahead.min(values.len() - 1)];
        }
        self.steps += 1;
        for (actual, predicted) in loads.into_iter().flatten() {
            self.used += 1;
            self.covered += u64::from(actual <= predicted + TOLERANCE);
            self.overloaded += u64::from(actual > self.soft_limit + TOLERANCE);
            self.saturated += u64::from(actual > self.cluster.cpu + TOLERANCE);
            self.excess += (actual - self.soft_limit).max(0.0);
        }
    }

    pub(crate) fn finish(self, host_of: Vec<usize>, wall_s: f64) -> Measures {
        let share = |part: u64, whole: u64| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
        Measures {
            overloaded_host_minutes: self.overloaded * STEP_S as u64 / 60,
            saturated_host_minutes: self.saturated * STEP_S as u64 / 60,
            excess_ghz_h: self.excess / 1e3 * STEP_S as f64 / 3600.0,
            moves: self.moves,
            hosts_used: share(self.used, self.steps),
            coverage: share(self.covered, self.used),
            wall_s,
            host_of,
        }
    }
}

/// The solver counts whole MHz a machine; a host is not over its limit for what rounding took away.
const TOLERANCE: f64 = 100.0;
