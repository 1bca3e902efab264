//! The hosts that a trace is replayed on.

use rand::SeedableRng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_pcg::Pcg64Mcg;

use crate::settings::Settings;
use crate::trace::Trace;

/// Equal hosts in racks.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// How many.
    pub hosts: usize,
    /// Hosts a rack.
    pub hosts_per_rack: usize,
    /// CPU of a host, in MHz.
    pub cpu: f64,
    /// Memory of a host, in bytes.
    pub memory: i64,
}

/// 32 cores of 2.7 GHz: the least host that the largest machine of the trace runs on.
const CPU: f64 = 32.0 * 2_700.0;
/// Hosts a rack.
const HOSTS_PER_RACK: usize = 4;
/// What the busiest step of the history takes of the soft limits of all hosts.
const FILL: f64 = 0.8;

impl Cluster {
    /// As many hosts as an operator buys who knows the first `history` steps of the trace: its busiest step takes
    /// 80 % of their soft limits, and everything fits into their memory.
    #[must_use]
    pub fn sized(trace: &Trace, history: usize, settings: &Settings, memory_of_host: i64) -> Self {
        let peak = trace.totals(0..history).fold(0.0, f64::max);
        let memory: i64 = trace.machines.iter().map(|machine| machine.memory).sum();
        let by_cpu = (peak / (CPU * settings.max_utilization * FILL)).ceil();
        let by_memory = (memory as f64 / (memory_of_host as f64 * FILL)).ceil();
        Self {
            hosts: by_cpu.max(by_memory).max(1.0) as usize,
            hosts_per_rack: HOSTS_PER_RACK,
            cpu: CPU,
            memory: memory_of_host,
        }
    }

    /// A host for every machine, at random: the largest memory first, to any host where it fits. A machine that fits
    /// nowhere goes to the first host.
    #[must_use]
    pub fn scattered(&self, trace: &Trace, seed: u64) -> Vec<usize> {
        let mut rng = Pcg64Mcg::seed_from_u64(seed);
        let mut order: Vec<usize> = (0..trace.machines.len()).collect();
        order.shuffle(&mut rng);
        order.sort_by_key(|&machine| std::cmp::Reverse(trace.machines[machine].memory));
        let (mut free, mut host_of) = (vec![self.memory; self.hosts], vec![0; order.len()]);
        for machine in order {
            let memory = trace.machines[machine].memory;
            let fitting: Vec<usize> = (0..self.hosts).filter(|&host| free[host] >= memory).collect();
            let host = fitting.choose(&mut rng).copied().unwrap_or(0);
            free[host] -= memory;
            host_of[machine] = host;
        }
        host_of
    }
}
