//! The memory that requests and problems may take together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use colocate_model::Draft;

use crate::metrics;
use crate::status::{Reason, Refusal};

/// Bytes of memory for a byte of an uncompressed message: its buffers, the decoded message and the draft made of it.
pub(crate) const MULTIPLE: u64 = 12;

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

/// Bytes that the problem of `draft` takes, about. With C components, H hosts, R resources, T steps, D domains, L
/// measured domains and E edges: demands 8 C R T; a set of hosts for each component, H / 8, at worst; hosts and domains
/// 32 R each; their partitions; latency 16 L² T; costs of pairs 4 H²; edges 64 E; and some hundred bytes a thing.
pub(crate) fn problem_bytes(draft: &Draft) -> u64 {
    let count = |length: usize| length as u64;
    let (components, hosts) = (count(draft.components.len()), count(draft.hosts.len()));
    let (domains, resources) = (count(draft.domains.len()), count(draft.resources.len()));
    let steps = draft.forecast.as_ref().map_or(1, |_| STEPS);
    let restricted = draft.components.iter().filter(|component| component.allowed != Default::default()).count();
    let measured = if draft.latency.is_some() { domains.max(1) } else { 0 };
    let pairs = if draft.move_costs == Default::default() { 0 } else { hosts.saturating_mul(hosts) };
    [
        components.saturating_mul(256 + 8 * resources.saturating_mul(steps)),
        count(restricted).saturating_mul(64 + hosts / 8),
        hosts.saturating_mul(256 + 32 * resources),
        domains.saturating_mul(128 + 32 * resources + hosts / 8),
        measured.saturating_mul(measured).saturating_mul(16 * steps),
        pairs.saturating_mul(4),
        count(draft.edges.len()).saturating_mul(64 + 16 * steps),
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
