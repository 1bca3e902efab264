//! C1b: the power of domains.

use colocate_model::quantity::excess_ppm;
use colocate_model::{HostId, Problem, Ratio, Term, UNLIMITED};

use super::super::tally::Tally;

/// Power drawn by the domains that limit it.
#[derive(Debug, Clone)]
pub(super) struct PowerRows {
    steps: usize,
    /// mW of every host and step; empty when no domain limits power.
    hosts: Vec<i64>,
    /// The limited domains of each host.
    domains_of: Vec<Vec<u32>>,
    /// mW of every limited domain and step.
    drawn: Vec<i64>,
    capacity: Vec<i64>,
    /// The most a row may reach.
    limit: Vec<i64>,
}

impl PowerRows {
    pub(super) fn new(problem: &Problem) -> Self {
        let (steps, hosts) = (problem.steps(), problem.hosts.len());
        let mut rows = Self {
            steps,
            hosts: Vec::new(),
            domains_of: vec![Vec::new(); hosts],
            drawn: Vec::new(),
            capacity: Vec::new(),
            limit: Vec::new(),
        };
        for partition in &problem.partitions {
            for (domain, limits) in partition.domains.iter().enumerate() {
                let Some(capacity) = limits.power_mw else { continue };
                let members =
                    partition.domain_of.iter().enumerate().filter(|entry| entry.1.index() == domain);
                members.for_each(|(host, _)| rows.domains_of[host].push(rows.capacity.len() as u32));
                rows.capacity.push(capacity);
            }
        }
        if rows.capacity.is_empty() {
            return rows;
        }
        rows.drawn = vec![0; rows.capacity.len() * steps];
        rows.limit = vec![i64::MAX; rows.drawn.len()];
        for host in problem.host_ids() {
            for step in 0..steps {
                let power = power(problem, host, None, step, false);
                rows.hosts.push(power);
                for &domain in &rows.domains_of[host.index()] {
                    rows.drawn[domain as usize * steps + step] += power;
                }
            }
        }
        rows
    }

    /// Whether no domain limits power.
    pub(super) fn is_empty(&self) -> bool {
        self.capacity.is_empty()
    }

    /// Counts what is drawn before any component is placed.
    pub(super) fn open(&self, tally: &mut Tally) {
        for row in 0..self.drawn.len() {
            self.count(row, 1, tally);
        }
    }

    /// Makes what the rows are now their limit, where it is more than the capacity.
    pub(super) fn set_limits(&mut self, tally: &mut Tally) {
        for row in 0..self.drawn.len() {
            self.count(row, -1, tally);
            self.limit[row] = self.drawn[row].max(self.capacity[row / self.steps]);
            self.count(row, 1, tally);
        }
    }

    /// Power of every limited domain and step, with its limit.
    pub(super) fn rows(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.drawn.iter().copied().zip(self.limit.iter().copied())
    }

    #[inline]
    fn count(&self, row: usize, sign: i64, tally: &mut Tally) {
        let (drawn, capacity) = (self.drawn[row], self.capacity[row / self.steps]);
        if drawn > capacity {
            tally.add(Term::Violation, sign * excess_ppm(drawn - capacity, capacity));
            tally.add_broken(sign * i64::from(drawn > self.limit[row]));
        }
    }

    /// Follows a change of the load of `host`.
    #[inline]
    pub(super) fn update(
        &mut self,
        problem: &Problem,
        host: HostId,
        load: &[i64],
        occupied: bool,
        tally: &mut Tally,
    ) {
        if self.hosts.is_empty() || self.domains_of[host.index()].is_empty() {
            return;
        }
        for step in 0..self.steps {
            let new = power(problem, host, Some(load), step, occupied);
            let old = std::mem::replace(&mut self.hosts[host.index() * self.steps + step], new);
            for index in 0..self.domains_of[host.index()].len() {
                let row = self.domains_of[host.index()][index] as usize * self.steps + step;
                self.count(row, -1, tally);
                self.drawn[row] += new - old;
                self.count(row, 1, tally);
            }
        }
    }
}

/// Power of `host` in mW; `load` is `None` for that of its base alone.
fn power(problem: &Problem, host: HostId, load: Option<&[i64]>, step: usize, occupied: bool) -> i64 {
    let Some(power) = problem.host(host).power else { return 0 };
    let idle = if occupied || !power.power_managed { power.idle_mw } else { 0 };
    let (Some(load), Some(k)) = (load, problem.policy.prices.energy_resource) else { return idle };
    let capacity = problem.host(host).capacity[k.index()];
    if capacity == UNLIMITED || capacity == 0 {
        return idle;
    }
    let used = load[k.index() * problem.steps() + step] - problem.host(host).base[k.index()];
    idle + Ratio { numerator: power.slope_mw.into(), denominator: capacity.into() }.times(used.into())
}
