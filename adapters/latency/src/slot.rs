//! What an agent measured in one round, and in the last of them.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::members::Member;
use crate::samples::PathSamples;
use crate::watchdog::Unreliable;

/// How a path is probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Method {
    /// Echoes of datagrams, with the time that they stay at the other host taken off.
    Udp,
    /// Echoes of the other host's kernel.
    Icmp,
    /// The time until a connection is accepted.
    Tcp,
}

impl Method {
    /// All of them, the most exact first.
    pub const ALL: [Self; 3] = [Self::Udp, Self::Icmp, Self::Tcp];

    /// Its name in files and metrics.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Icmp => "icmp",
            Self::Tcp => "tcp",
        }
    }
}

/// What a host measured in a round.
#[derive(Debug, Clone)]
pub struct Slot {
    /// When the round began, in ms since 1970.
    pub start_ms: i64,
    /// How long it was, in ms.
    pub length_ms: u32,
    /// Why nothing of it is to be believed; its paths are empty then.
    pub unreliable: Option<Unreliable>,
    /// The paths that were probed.
    pub paths: Vec<SlotPath>,
}

/// What a host measured in a round of the path to another.
#[derive(Debug, Clone)]
pub struct SlotPath {
    /// The other.
    pub peer: Arc<Member>,
    /// How it was probed.
    pub method: Method,
    /// What was measured.
    pub samples: PathSamples,
}

/// The newest slots of a host, for as long as its window is.
#[derive(Debug)]
pub(crate) struct Window {
    length_ms: i64,
    slots: VecDeque<Arc<Slot>>,
}

impl Window {
    pub(crate) fn new(length_ms: i64) -> Self {
        Self { length_ms, slots: VecDeque::new() }
    }

    /// Takes in a slot that is over, and forgets what is older than the window.
    pub(crate) fn push(&mut self, slot: Slot) {
        let from = slot.start_ms - self.length_ms;
        // After the clock was set back, what came before seems to lie ahead.
        self.slots.retain(|old| old.start_ms > from && old.start_ms < slot.start_ms);
        self.slots.push_back(Arc::new(slot));
    }

    /// The slots that begin after a time, in ms since 1970, the oldest first.
    pub(crate) fn after(&self, time_ms: i64) -> Vec<Arc<Slot>> {
        self.slots.iter().filter(|slot| slot.start_ms > time_ms).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_newest_and_no_more_when_the_clock_was_set_back() {
        let mut window = Window::new(30);
        let starts =
            |window: &Window| window.after(i64::MIN).iter().map(|slot| slot.start_ms).collect::<Vec<_>>();
        for start_ms in [100, 110, 120, 130] {
            window.push(Slot { start_ms, length_ms: 10, unreliable: None, paths: Vec::new() });
        }
        assert_eq!(starts(&window), [110, 120, 130]);
        assert_eq!(window.after(120).len(), 1);
        window.push(Slot { start_ms: 115, length_ms: 10, unreliable: None, paths: Vec::new() });
        assert_eq!(starts(&window), [110, 115]);
    }
}
