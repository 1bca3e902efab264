//! Signals of the system.

use std::io;

use tokio::signal::unix::{self, SignalKind};

/// What somebody wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signal {
    /// SIGTERM or SIGINT: end.
    End,
    /// SIGHUP: look at the files again.
    Reload,
}

/// The signals that are heeded.
pub(crate) struct Signals {
    terminate: unix::Signal,
    interrupt: unix::Signal,
    hang_up: unix::Signal,
}

impl Signals {
    /// Heeds signals from now on. Needs a runtime.
    ///
    /// # Errors
    /// When the system does not allow it.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            terminate: unix::signal(SignalKind::terminate())?,
            interrupt: unix::signal(SignalKind::interrupt())?,
            hang_up: unix::signal(SignalKind::hangup())?,
        })
    }

    /// The next signal.
    pub(crate) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.terminate.recv() => Signal::End,
            _ = self.interrupt.recv() => Signal::End,
            _ = self.hang_up.recv() => Signal::Reload,
        }
    }

    /// The next signal to end; others are taken and forgotten.
    pub(crate) async fn end(&mut self) {
        while self.next().await != Signal::End {}
    }
}
