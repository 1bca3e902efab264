//! Why a plan is as it is, what else could be, and what blocks what cannot be.

use serde::Serialize;

use crate::ids::{ComponentId, HostId};
use crate::outcome::Status;
use crate::plan::PlanStep;
use crate::quantity::Cost;
use crate::score::{Goal, Terms};
use crate::violation::{Row, Violation};

/// What one directive of a plan changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Contribution {
    /// What moves.
    pub component: ComponentId,
    /// Where it is before; `None` where it waits for a host.
    pub source: Option<HostId>,
    /// Where it goes.
    pub target: HostId,
    /// Terms of the prefix of the plan before it less those after it: positive is better. Over all directives they add
    /// up to the change of the whole plan. Terms that no goal counts are 0.
    pub gain: Terms,
}

/// What one change of host would do, all else being equal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The component.
    pub component: ComponentId,
    /// Where it would go.
    pub target: HostId,
    /// Terms after less terms before: negative is better. Terms that no goal counts are 0.
    pub change: Terms,
    /// Rows that forbid it: those that would be worse than they may be and are not so already.
    pub blocked_by: Vec<Violation>,
}

impl Explanation {
    /// What the change would be: whether a row forbids it, else what it does to the first goal it changes.
    #[must_use]
    pub fn effect(&self, goals: &[Goal]) -> Effect {
        if !self.blocked_by.is_empty() {
            return Effect::Blocked;
        }
        match goals.iter().map(|goal| goal.total(&self.change)).find(|&total| total != 0) {
            Some(total) if total > 0 => Effect::Worse,
            Some(_) => Effect::Better,
            None => Effect::Equal,
        }
    }
}

/// What a change of host would be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Some row forbids it.
    Blocked,
    /// Worse.
    Worse,
    /// Neither better nor worse.
    Equal,
    /// Better.
    Better,
}

impl Effect {
    /// The name used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Blocked => "blocked",
            Self::Worse => "worse",
            Self::Equal => "equal",
            Self::Better => "better",
        }
    }
}

/// Why a component is where it is and not elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyNot {
    /// The component.
    pub component: ComponentId,
    /// Where it is.
    pub host: Option<HostId>,
    /// The other hosts with the best scores, the best first.
    pub alternatives: Vec<Explanation>,
}

/// The excess of a row before and after a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RowChange {
    /// The row.
    #[serde(flatten)]
    pub row: Row,
    /// Its excess before, in the unit of the row.
    pub before: i64,
    /// Its excess after.
    pub after: i64,
    /// Whether the excess after is more than the row may have.
    pub broken: bool,
}

/// What a set of changes would do together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// Components and where they would go.
    pub changes: Vec<(ComponentId, HostId)>,
    /// Terms before.
    pub before: Terms,
    /// Terms after.
    pub after: Terms,
    /// Rows whose excess changes, in order of row.
    pub rows: Vec<RowChange>,
}

impl WhatIf {
    /// Whether some row would become worse than it may be.
    #[must_use]
    pub fn is_blocked(&self) -> bool {
        self.rows.iter().any(|row| row.broken && row.after > row.before)
    }
}

/// Something that cannot be, and what would let it be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// What does not hold: one limit, at the steps where it is passed, or all components without a host.
    pub violations: Vec<Violation>,
    /// Changes that would help it most, and what blocks each.
    pub blocked: Vec<Explanation>,
    /// Ways out, the least first.
    pub relaxations: Vec<RowRelaxation>,
}

/// Rows that, raised together, let an [`Obstacle`] go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowRelaxation {
    /// Each row and by how much its limit is raised, in the unit of the row. Empty where nothing has to be raised.
    pub rows: Vec<(Row, i64)>,
    /// The amounts in parts per million of the limits, added up.
    pub weight: Cost,
    /// Whether less is known not to be enough.
    pub proof: Proof,
    /// What the solver found for the relaxed problem, in which the checker accepts a placement in any case.
    pub solved: Status,
}

/// What is known of the least amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Nothing less is enough.
    Proven,
    /// Nothing less was found.
    Found,
}

/// All that is explained about a plan, a placement or the start.
#[derive(Debug, Clone)]
pub struct Explained {
    /// The hash of the plan, where there is one.
    pub plan_hash: Option<String>,
    /// Waves and reasons of the directives, where there is a plan.
    pub steps: Vec<PlanStep>,
    /// What each directive changes.
    pub contributions: Vec<Contribution>,
    /// Terms at the start.
    pub before: Terms,
    /// Terms of what is explained.
    pub after: Terms,
    /// Why not elsewhere.
    pub why_not: Vec<WhyNot>,
    /// Components that there was no time to ask.
    pub not_asked: usize,
    /// What the moves that were asked about would do.
    pub what_if: Option<WhatIf>,
    /// What blocks.
    pub obstacles: Vec<Obstacle>,
}
