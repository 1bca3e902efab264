//! What the caller controls while a solver runs: when it stops, and who hears of progress. The only file that looks at a
//! clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use colocate_model::{Cost, Placement, StopReason};

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

impl From<Arc<AtomicBool>> for Interrupt {
    /// Asks once the flag is set.
    fn from(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }
}

/// Where a solver stands.
///
/// What an observer is told of one goal never rises: a report whose total is above one told before is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress<'a> {
    /// The goal it minimises.
    pub goal: usize,
    /// The best total of that goal.
    pub total: Cost,
    /// Steps made for this goal; 0 where they are not counted.
    pub steps: u64,
    /// The least total the goal can have, where something is proven.
    pub bound: Option<Cost>,
    /// The placement that has this total; `None` where it is the one told last.
    ///
    /// It is feasible for the problem if the placement that was improved is, and the goals before `goal` are within what
    /// their tolerance allows. It is not the answer yet: moves that do not pay may still be taken back.
    pub placement: Option<&'a Placement>,
}

/// Who hears of progress, and the least total of every goal that was told.
struct Observer {
    tell: Box<dyn Fn(&Progress<'_>) + Send + Sync>,
    least: Mutex<Vec<Cost>>,
}

impl Observer {
    fn hear(&self, progress: &Progress<'_>) {
        let mut least = self.least.lock().unwrap_or_else(PoisonError::into_inner);
        if least.len() <= progress.goal {
            least.resize(progress.goal + 1, Cost::MAX);
        }
        if progress.total > least[progress.goal] {
            return;
        }
        least[progress.goal] = progress.total;
        drop(least);
        (self.tell)(progress);
    }
}

/// How long what makes an answer fit to be given may take once it is time to stop.
const GRACE: Duration = Duration::from_millis(25);

/// A deadline, an interrupt and an observer.
#[derive(Clone)]
pub struct Stop {
    started: Instant,
    limit: Option<Duration>,
    /// When to stop whatever happens; decides nothing before.
    cap: Option<Instant>,
    interrupt: Interrupt,
    observer: Option<Arc<Observer>>,
}

impl Stop {
    /// Stops `limit` from now, or when interrupted.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the file that keeps the time limit")]
    pub fn new(limit: Option<Duration>, interrupt: Interrupt) -> Self {
        Self { started: Instant::now(), limit, cap: None, interrupt, observer: None }
    }

    /// A stop that comes after `share` of the time that is left, with the same interrupt and nobody who hears of
    /// progress. Without a limit it has none either.
    #[must_use]
    pub(crate) fn slice(&self, share: f64) -> Self {
        let left = self.limit.map(|limit| limit.saturating_sub(self.started.elapsed()).mul_f64(share));
        Self { cap: self.cap, ..Self::new(left, self.interrupt.clone()) }
    }

    /// The same, ending `cap` from now at the latest. Unlike a time limit this decides nothing before it is reached, so
    /// that what an iteration limit ends in time is the same with it.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the file that keeps the time limit")]
    pub fn capped(self, cap: Duration) -> Self {
        Self { cap: Instant::now().checked_add(cap), ..self }
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
    pub fn observed_by(self, observer: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        let observer = Observer { tell: Box::new(observer), least: Mutex::default() };
        Self { observer: Some(Arc::new(observer)), ..self }
    }

    /// The same, with nobody who hears of progress: for what is solved on the way to something else.
    #[must_use]
    pub(crate) fn unobserved(&self) -> Self {
        Self { observer: None, ..self.clone() }
    }

    /// The last moments for what makes an answer fit to be given, from when it is time to stop.
    pub(crate) fn grace(&self) -> Grace<'_> {
        Grace { stop: self, last: None }
    }

    /// The same, ending after `share` of the time limit.
    pub(crate) fn part(&self, share: f64) -> Self {
        Self { limit: self.limit.map(|limit| limit.mul_f64(share)), ..self.clone() }
    }

    pub(crate) fn report(&self, progress: &Progress<'_>) {
        if let Some(observer) = &self.observer {
            observer.hear(progress);
        }
    }

    /// Why to stop now, if at all.
    #[must_use]
    pub fn reason(&self) -> Option<StopReason> {
        if self.interrupt.is_interrupted() {
            return Some(StopReason::Interrupted);
        }
        let is_over = self.limit.is_some_and(|limit| self.started.elapsed() >= limit) || self.is_past_cap();
        is_over.then_some(StopReason::TimeLimit)
    }

    #[expect(clippy::disallowed_methods, reason = "this is the file that keeps the time limit")]
    fn is_past_cap(&self) -> bool {
        self.cap.is_some_and(|cap| Instant::now() >= cap)
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

/// Made by [`Stop::grace`].
pub(crate) struct Grace<'a> {
    stop: &'a Stop,
    /// What is left, once it was time to stop.
    last: Option<Stop>,
}

impl Grace<'_> {
    /// Whether the last moments are over, too.
    pub(crate) fn is_over(&mut self) -> bool {
        if let Some(last) = &self.last {
            return last.reason().is_some();
        }
        if self.stop.reason().is_some() {
            self.last = Some(Stop::new(Some(GRACE), Interrupt::default()));
        }
        false
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

    #[test]
    fn a_cap_ends_what_has_no_time_limit_and_is_none() {
        let stop = Stop::new(None, Interrupt::default()).capped(Duration::ZERO);
        assert_eq!(stop.part(0.5).reason(), Some(StopReason::TimeLimit));
        assert_eq!(stop.slice(0.5).reason(), Some(StopReason::TimeLimit));
        assert!(!stop.is_timed() && stop.remaining().is_none());
        let stop = Stop::new(None, Interrupt::default()).capped(Duration::MAX);
        assert_eq!(stop.reason(), None);
    }

    #[test]
    fn an_observer_hears_of_no_total_that_rises() {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let list = heard.clone();
        let stop = Stop::new(None, Interrupt::default())
            .observed_by(move |progress| list.lock().unwrap().push((progress.goal, progress.total)));
        for (goal, total) in [(1, 5), (0, 9), (1, 6), (1, 5), (0, 8)] {
            stop.part(0.5).report(&Progress { goal, total, steps: 0, bound: None, placement: None });
        }
        stop.unobserved().report(&Progress { goal: 0, total: 1, steps: 0, bound: None, placement: None });
        assert_eq!(*heard.lock().unwrap(), [(1, 5), (0, 9), (1, 5), (0, 8)]);
    }
}
