//! What a command asks a backend for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use colocate_grpc::Call;
use jiff::Timestamp;

/// A call for a command that was `started` and has `time` for its answer, if that is limited; Ctrl-C ends it with the
/// best there is.
pub(crate) fn new(started: Instant, time: Option<Duration>) -> Call {
    let cancelled = Arc::new(AtomicBool::new(false));
    let asked = cancelled.clone();
    // Without a handler Ctrl-C ends the process as usual, which loses the incumbent but nothing else.
    let _ = ctrlc::set_handler(move || asked.store(true, Ordering::Relaxed));
    Call { arrived: started, time, now: Timestamp::now(), cancelled, listener: None }
}
