//! Incumbents between a search that does not wait and a reader that may be slow.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Waker};

use crate::metrics;

/// Keeps the newest few of what is put into it.
pub(crate) struct Mailbox<T> {
    inside: Mutex<Inside<T>>,
    most: usize,
}

struct Inside<T> {
    queue: VecDeque<T>,
    waker: Option<Waker>,
}

impl<T> Mailbox<T> {
    /// Of which the newest `most` are kept.
    pub(crate) fn new(most: usize) -> Self {
        Self { inside: Mutex::new(Inside { queue: VecDeque::new(), waker: None }), most }
    }

    /// Puts `item` in; the oldest one goes where there is no room.
    pub(crate) fn put(&self, item: T) {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if inside.queue.len() >= self.most {
            inside.queue.pop_front();
            metrics::incumbent_lost();
        }
        inside.queue.push_back(item);
        if let Some(waker) = inside.waker.take() {
            waker.wake();
        }
    }

    /// The oldest item; where there is none, `cx` is woken by the next.
    pub(crate) fn take(&self, cx: &Context<'_>) -> Option<T> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let item = inside.queue.pop_front();
        if item.is_none() {
            inside.waker = Some(cx.waker().clone());
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_in_order() {
        let mailbox = Mailbox::new(2);
        for item in 1..=5 {
            mailbox.put(item);
        }
        let cx = Context::from_waker(Waker::noop());
        assert_eq!([mailbox.take(&cx), mailbox.take(&cx), mailbox.take(&cx)], [Some(4), Some(5), None]);
    }
}
