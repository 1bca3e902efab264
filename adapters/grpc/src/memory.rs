//! The memory that requests and problems may take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use colocate_proto::v1;

use crate::metrics;
use crate::status::{Reason, Refusal};

/// Bytes that all calls share.
pub(crate) struct Budget {
    limit: u64,
    used: AtomicU64,
}

impl Budget {
    pub(crate) fn new(limit: u64) -> Arc<Self> {
        Arc::new(Self { limit, used: AtomicU64::new(0) })
    }

    /// A reservation of nothing.
    pub(crate) fn reservation(self: &Arc<Self>) -> Reservation {
        Reservation { budget: self.clone(), held: AtomicU64::new(0) }
    }
}

/// What a call holds of the budget until it has ended.
pub(crate) struct Reservation {
    budget: Arc<Budget>,
    held: AtomicU64,
}

impl Reservation {
    /// Reserves `bytes` more.
    ///
    /// # Errors
    /// [`Reason::Memory`] where there is not so much left.
    pub(crate) fn grow(&self, bytes: u64) -> Result<(), Refusal> {
        let limit = self.budget.limit;
        let fits = |used: u64| used.checked_add(bytes).filter(|&used| used <= limit);
        match self.budget.used.try_update(Ordering::AcqRel, Ordering::Acquire, fits) {
            Ok(before) => {
                self.held.fetch_add(bytes, Ordering::AcqRel);
                metrics::memory_reserved(before + bytes);
                Ok(())
            }
            Err(used) => {
                Err(Refusal::Exhausted { reason: Reason::Memory, limit, used: used.saturating_add(bytes) })
            }
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let held = *self.held.get_mut();
        let before = self.budget.used.fetch_sub(held, Ordering::AcqRel);
        metrics::memory_reserved(before - held);
    }
}

/// Bytes that the problem of a message takes once it is built, about: from counts alone, before anything is converted,
/// for a short message can mean a large matrix.
///
/// With C components, H hosts, P partitions, D domains, R resources, T steps and L measured domains: demands 8 C R T; for
/// each component with rules of its own a set of hosts, H / 8, at worst; capacities and limits 32 R + 8 R T for each host and
/// domain; the domain of every host 16 P H; latency 24 L² T; costs of pairs 4 H²; and some hundred bytes a thing.
pub(crate) fn problem_bytes(problem: &v1::Problem) -> u64 {
    let count = |length: usize| length as u64;
    let Some(cluster) = &problem.cluster else { return 0 };
    let (components, hosts) = (count(cluster.components.len()), count(cluster.hosts.len()));
    let (domains, resources) = (count(cluster.domains.len()), count(cluster.resources.len()));
    let forecast = problem.forecast.as_ref().is_some_and(|forecast| forecast.step_count > 1);
    let measured_steps = problem.latency.as_ref().is_some_and(|latency| latency.step_s.is_some());
    let steps = if forecast || measured_steps { STEPS } else { 1 };
    let restricted = count(cluster.components.iter().filter(|component| component.allowed.is_some()).count());
    let measured = problem.latency.as_ref().map_or(0, |latency| match latency.level.as_str() {
        "host" => hosts,
        level => count(cluster.domains.iter().filter(|domain| domain.partition == level).count()),
    });
    let pairs = cluster.move_costs.as_ref().and_then(|costs| costs.pairs.as_ref());
    let paired = if pairs.is_some() { hosts } else { 0 };
    let edges = problem.traffic.as_ref().map_or(0, |traffic| count(traffic.edges.len()))
        + problem.forecast.as_ref().map_or(0, |forecast| count(forecast.edges.len()));
    let each = |things: u64, bytes: u64| things.saturating_mul(bytes);
    [
        each(components, 256 + each(8, each(resources, steps))),
        each(restricted, 64 + hosts / 8),
        each(hosts, 256 + each(resources, 32 + 8 * steps) + each(16, count(cluster.partitions.len()) + 1)),
        each(domains, 128 + each(32, resources) + hosts / 8),
        each(each(measured, measured), 24 * steps),
        each(each(paired, paired), 4),
        each(edges, 64 + 16 * steps),
        each(count(cluster.services.len()), 256),
    ]
    .into_iter()
    .fold(0, u64::saturating_add)
}

/// The most steps that a problem has.
const STEPS: u64 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_message_that_means_a_large_matrix_is_seen() {
        let hosts = vec![v1::Host::default(); 10_000];
        let pairs =
            Some(v1::PairCosts { entries: vec![v1::PairCost::default()], ..v1::PairCosts::default() });
        let mut cluster = v1::Cluster { hosts, ..v1::Cluster::default() };
        let bytes = |cluster: &v1::Cluster| {
            problem_bytes(&v1::Problem { cluster: Some(cluster.clone()), ..v1::Problem::default() })
        };
        assert!(bytes(&cluster) < 10_000_000);
        cluster.move_costs = Some(v1::MoveCosts { pairs, ..v1::MoveCosts::default() });
        assert!(bytes(&cluster) > 400_000_000);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_what_ended_is_given_back() {
        let budget = Budget::new(100);
        let (first, second) = (budget.reservation(), budget.reservation());
        first.grow(60).unwrap();
        assert!(matches!(second.grow(41), Err(Refusal::Exhausted { limit: 100, used: 101, .. })));
        second.grow(40).unwrap();
        assert!(first.grow(1).is_err());
        assert!(first.grow(u64::MAX).is_err());
        drop(first);
        second.grow(60).unwrap();
        drop(second);
        assert_eq!(budget.used.load(Ordering::Acquire), 0);
    }
}
