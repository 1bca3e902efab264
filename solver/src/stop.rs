//! What the caller controls while a solver runs: when it stops, and who hears of progress. The only file that looks at a
//! clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use colocate_model::{Cost, StopReason};

/// Asks a solver to stop from another thread or a signal handler.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Asks.
    pub fn interrupt(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Where a search stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The goal it minimises.
    pub goal: usize,
    /// The best total of that goal.
    pub total: Cost,
    /// Steps made for this goal.
    pub steps: u64,
    /// The least total the goal can have, where something is proven.
    pub bound: Option<Cost>,
}

/// Who hears of progress.
type Observer = Arc<dyn Fn(&Progress) + Send + Sync>;

/// A deadline, an interrupt and an observer.
#[derive(Clone)]
pub struct Stop {
    started: Instant,
    limit: Option<Duration>,
    interrupt: Interrupt,
    observer: Option<Observer>,
}

impl Stop {
    /// Stops `limit` from now, or when interrupted.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the file that keeps the time limit")]
    pub fn new(limit: Option<Duration>, interrupt: Interrupt) -> Self {
        Self { started: Instant::now(), limit, interrupt, observer: None }
    }

    /// A stop that comes after `share` of the time that is left, with the same interrupt and nobody who hears of
    /// progress. Without a limit it has none either.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the file that keeps the time limit")]
    pub(crate) fn slice(&self, share: f64) -> Self {
        let left = self.limit.map(|limit| limit.saturating_sub(self.started.elapsed()).mul_f64(share));
        Self { started: Instant::now(), limit: left, interrupt: self.interrupt.clone(), observer: None }
    }

    /// Whether there is a time limit.
    pub(crate) fn is_timed(&self) -> bool {
        self.limit.is_some()
    }

    /// The same, with `share` of the time that is left.
    #[must_use]
    pub(crate) fn part_of_rest(&self, share: f64) -> Self {
        let used = self.elapsed_share().min(1.0);
        self.part(used + (1.0 - used) * share)
    }

    /// Tells `observer` of progress, a few times a goal.
    #[must_use]
    pub fn observed_by(self, observer: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self { observer: Some(Arc::new(observer)), ..self }
    }

    /// The same, ending after `share` of the time limit.
    pub(crate) fn part(&self, share: f64) -> Self {
        Self { limit: self.limit.map(|limit| limit.mul_f64(share)), ..self.clone() }
    }

    pub(crate) fn report(&self, progress: &Progress) {
        if let Some(observer) = &self.observer {
            observer(progress);
        }
    }

    /// Why to stop now, if at all.
    #[must_use]
    pub fn reason(&self) -> Option<StopReason> {
        if self.interrupt.is_interrupted() {
            return Some(StopReason::Interrupted);
        }
        self.limit.filter(|&limit| self.started.elapsed() >= limit).map(|_| StopReason::TimeLimit)
    }

    /// What is left of the time limit; `None` without one.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.limit.map(|limit| limit.saturating_sub(self.started.elapsed()))
    }

    /// The part of the time limit that is used up; 0 without a limit.
    #[must_use]
    pub fn elapsed_share(&self) -> f64 {
        self.limit.map_or(0.0, |limit| self.started.elapsed().as_secs_f64() / limit.as_secs_f64().max(1e-9))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupt_goes_before_the_deadline() {
        let interrupt = Interrupt::default();
        let stop = Stop::new(Some(Duration::ZERO), interrupt.clone());
        assert_eq!(stop.reason(), Some(StopReason::TimeLimit));
        interrupt.interrupt();
        assert_eq!(stop.reason(), Some(StopReason::Interrupted));
        assert_eq!(Stop::new(None, Interrupt::default()).reason(), None);
    }
}
