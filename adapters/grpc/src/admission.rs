//! How many calls run at a time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::LimitsConfig;
use crate::metrics::{Counted, EVALUATIONS, SOLVES, WATCHES};
use crate::owner::Owner;
use crate::status::{Reason, Refusal};

/// What a method counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    /// Searches, for as long as it may.
    Solve,
    /// Judges, and is done.
    Evaluation,
    /// Waits for news, as long as its caller likes.
    Watch,
}

/// Lets calls in while there is room. Nobody waits: a caller who is told at once can ask elsewhere.
pub(crate) struct Admission {
    solves: Arc<Semaphore>,
    evaluations: Arc<Semaphore>,
    watches: Arc<Semaphore>,
    owners: Arc<Mutex<BTreeMap<Owner, usize>>>,
    limits: LimitsConfig,
}

/// The right to run. Given back when the worker has ended, whether or not anybody still waits for it.
pub(crate) struct Permit {
    _owner: Option<OwnerPermit>,
    _permit: OwnedSemaphorePermit,
    _counted: Counted,
}

impl Admission {
    pub(crate) fn new(limits: &LimitsConfig) -> Self {
        Self {
            solves: Arc::new(Semaphore::new(limits.solves)),
            evaluations: Arc::new(Semaphore::new(limits.evaluations)),
            watches: Arc::new(Semaphore::new(limits.watches)),
            owners: Arc::default(),
            limits: limits.clone(),
        }
    }

    /// Lets a call in.
    ///
    /// # Errors
    /// [`Refusal::Exhausted`].
    pub(crate) fn admit(&self, work: Work, owner: &Owner) -> Result<Permit, Refusal> {
        let (semaphore, limit, reason, gauge) = match work {
            Work::Solve => (&self.solves, self.limits.solves, Reason::Solves, SOLVES),
            Work::Evaluation => {
                (&self.evaluations, self.limits.evaluations, Reason::Evaluations, EVALUATIONS)
            }
            Work::Watch => (&self.watches, self.limits.watches, Reason::Watches, WATCHES),
        };
        let full =
            |reason, limit: usize| Refusal::Exhausted { reason, limit: limit as u64, used: limit as u64 };
        let owner = match (work, owner) {
            (Work::Solve, Owner::Token(_) | Owner::Certificate(_)) => {
                let most = self.limits.solves_per_token;
                Some(self.admit_owner(owner, most).ok_or_else(|| full(Reason::TokenSolves, most))?)
            }
            _ => None,
        };
        let permit = semaphore.clone().try_acquire_owned().map_err(|_| full(reason, limit))?;
        Ok(Permit { _owner: owner, _permit: permit, _counted: Counted::new(gauge) })
    }

    fn admit_owner(&self, owner: &Owner, most: usize) -> Option<OwnerPermit> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let running = owners.entry(owner.clone()).or_default();
        if *running >= most {
            return None;
        }
        *running += 1;
        Some(OwnerPermit { owners: self.owners.clone(), owner: owner.clone() })
    }
}

/// One of the solves an owner may have.
struct OwnerPermit {
    owners: Arc<Mutex<BTreeMap<Owner, usize>>>,
    owner: Owner,
}

impl Drop for OwnerPermit {
    fn drop(&mut self) {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = owners.get_mut(&self.owner) {
            *running -= 1;
            if *running == 0 {
                owners.remove(&self.owner);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(result: Result<Permit, Refusal>) -> Reason {
        match result {
            Err(Refusal::Exhausted { reason, .. }) => reason,
            _ => panic!("admitted"),
        }
    }

    #[test]
    fn each_limit_holds_by_itself_and_room_comes_back() {
        let limits = LimitsConfig {
            solves: 3,
            solves_per_token: 2,
            evaluations: 1,
            watches: 2,
            ..LimitsConfig::default()
        };
        let admission = Admission::new(&limits);
        let (alice, bob) = (Owner::Token("alice".into()), Owner::Token("bob".into()));
        let first = admission.admit(Work::Solve, &alice).unwrap();
        let _second = admission.admit(Work::Solve, &alice).unwrap();
        assert_eq!(reason(admission.admit(Work::Solve, &alice)), Reason::TokenSolves);
        let _third = admission.admit(Work::Solve, &bob).unwrap();
        assert_eq!(reason(admission.admit(Work::Solve, &bob)), Reason::Solves);
        let _evaluation = admission.admit(Work::Evaluation, &bob).unwrap();
        assert_eq!(reason(admission.admit(Work::Evaluation, &alice)), Reason::Evaluations);
        let watch = limits.watches;
        let held: Vec<Permit> = (0..watch).map(|_| admission.admit(Work::Watch, &bob).unwrap()).collect();
        assert_eq!(reason(admission.admit(Work::Watch, &bob)), Reason::Watches);
        drop((first, held));
        let _again = admission.admit(Work::Solve, &alice).unwrap();
        assert_eq!(admission.owners.lock().unwrap().len(), 2, "a refused call leaves no trace");
    }
}
