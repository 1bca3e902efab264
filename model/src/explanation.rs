//! Why a plan is as it is.

use serde::Serialize;

use crate::ids::{ComponentId, HostId};
use crate::score::Terms;
use crate::violation::Violation;

/// What one change of host would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The component.
    pub component: ComponentId,
    /// Where it would go.
    pub target: HostId,
    /// Terms after less terms before: negative is better.
    pub change: Terms,
    /// Rows that forbid it.
    pub blocked_by: Vec<Violation>,
}
