//! The only place that reads clocks.
#![expect(clippy::disallowed_methods, reason = "this is where clocks are read")]

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// The clocks of the machine.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    origin: Instant,
}

impl Clock {
    pub(crate) fn new() -> Self {
        Self { origin: Instant::now() }
    }

    /// Time since the clock was made, in ns; never goes back.
    pub(crate) fn monotonic_ns(self) -> i64 {
        i64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(i64::MAX)
    }

    /// Time since 1970, in ns; may be set.
    pub(crate) fn wall_ns(self) -> i64 {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
    }
}
