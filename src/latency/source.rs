//! What a source of matrices does.

use colocate_files::LatencyFile;
use jiff::Timestamp;

use crate::exit::Failure;

/// A matrix, and when it was measured.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Measured {
    /// The matrix.
    pub(crate) file: LatencyFile,
    /// When it was measured.
    pub(crate) at: Timestamp,
}

/// Where matrices come from: asked again and again, by one thread at a time.
pub(crate) trait LatencySource: Send {
    /// The newest matrix at `now`; `None` while it is the one that was given last. May block.
    ///
    /// # Errors
    /// Why there is none; what was given last stays in force.
    fn newest(&mut self, now: Timestamp) -> Result<Option<Measured>, Failure>;
}
