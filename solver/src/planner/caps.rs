//! What the policy lets a wave hold: directives, bytes, directives that touch a domain.

use colocate_model::{HostId, HostState, Problem};

use super::{Hop, Unit};

/// What runs in the wave so far.
#[derive(Debug)]
pub(super) struct Caps {
    directives: i64,
    bytes: i64,
    /// Per capped partition: directives that touch each domain.
    touching: Vec<Vec<i64>>,
}

impl Caps {
    /// Moves that are running at the start count in the first wave.
    pub(super) fn new(problem: &Problem) -> Self {
        let per_domain = problem.policy.execution.caps.per_domain.iter();
        let domains = per_domain.map(|entry| vec![0; problem.partitions[entry.0.index()].domains.len()]);
        let mut caps = Self { directives: 0, bytes: 0, touching: domains.collect() };
        for component in problem.component_ids() {
            let c = problem.component(component);
            if let (Some(from), Some(to)) = (c.moving_from, c.initial) {
                let running = Hop { component, from: Some(from), to };
                caps.record(problem, &Unit { hops: vec![running], parking: false });
            }
        }
        caps
    }

    pub(super) fn admits(&self, problem: &Problem, unit: &Unit) -> bool {
        let caps = &problem.policy.execution.caps;
        // What is over a cap by itself goes when nothing else counts in it.
        let fits = |now: i64, more: i64, cap: i64| now == 0 || more == 0 || now + more <= cap;
        caps.directives.is_none_or(|cap| fits(self.directives, unit.hops.len() as i64, cap))
            && caps.bytes.is_none_or(|cap| fits(self.bytes, bytes(problem, unit), cap))
            && caps.per_domain.iter().zip(&self.touching).all(|(&(partition, cap), counts)| {
                let touched = domains(problem, unit, partition.index());
                counts.iter().zip(touched).all(|(&now, more)| fits(now, more, cap))
            })
    }

    pub(super) fn record(&mut self, problem: &Problem, unit: &Unit) {
        self.directives += unit.hops.len() as i64;
        self.bytes += bytes(problem, unit);
        let per_domain = &problem.policy.execution.caps.per_domain;
        for (&(partition, _), counts) in per_domain.iter().zip(&mut self.touching) {
            let touched = domains(problem, unit, partition.index());
            counts.iter_mut().zip(touched).for_each(|(count, more)| *count += more);
        }
    }

    pub(super) fn close(&mut self) {
        (self.directives, self.bytes) = (0, 0);
        self.touching.iter_mut().for_each(|counts| counts.fill(0));
    }
}

/// Bytes a hop copies: none where there is nothing to copy from.
pub(super) fn bytes_of(problem: &Problem, hop: &Hop) -> i64 {
    let alive = |from: HostId| problem.host(from).state != HostState::Down;
    if hop.from.is_some_and(alive) { problem.component(hop.component).bytes } else { 0 }
}

fn bytes(problem: &Problem, unit: &Unit) -> i64 {
    unit.hops.iter().map(|hop| bytes_of(problem, hop)).sum()
}

/// How many hops of `unit` touch each domain.
fn domains(problem: &Problem, unit: &Unit, partition: usize) -> Vec<i64> {
    let partition = &problem.partitions[partition];
    let mut touched = vec![0; partition.domains.len()];
    for hop in &unit.hops {
        let to = partition.domain_of[hop.to.index()].index();
        touched[to] += 1;
        let from = hop.from.map(|host| partition.domain_of[host.index()].index());
        if let Some(from) = from.filter(|&from| from != to) {
            touched[from] += 1;
        }
    }
    touched
}
