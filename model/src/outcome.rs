//! What a solver found and what it proved.

use serde::Serialize;

use crate::placement::Placement;
use crate::quantity::Cost;
use crate::score::{Score, Terms};

/// What the solver can say about the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The incumbent is proven best in every goal.
    Optimal,
    /// There is an incumbent.
    Feasible,
    /// It is proven that there is none.
    Infeasible,
    /// Neither an incumbent nor a proof was found in time.
    Unknown,
}

impl Status {
    /// Every one.
    pub const ALL: [Self; 4] = [Self::Optimal, Self::Feasible, Self::Infeasible, Self::Unknown];

    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Optimal => "optimal",
            Self::Feasible => "feasible",
            Self::Infeasible => "infeasible",
            Self::Unknown => "unknown",
        }
    }
}

/// Why the solver stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// Nothing better exists.
    Optimal,
    /// No feasible placement exists.
    Infeasible,
    /// The method has nothing left to try.
    Finished,
    /// The iteration limit.
    IterationLimit,
    /// The time limit.
    TimeLimit,
    /// Asked to stop.
    Interrupted,
}

/// A feasible placement and its score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Incumbent {
    /// The placement; every component has a host.
    pub placement: Placement,
    /// Its terms.
    pub terms: Terms,
    /// Its score.
    pub score: Score,
}

/// A proven minimum of a goal over the placements whose earlier goals are no worse than the incumbent's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Bound {
    /// The minimum.
    pub value: Cost,
    /// What proved it.
    pub relaxation: Relaxation,
}

/// What proved a [`Bound`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Relaxation {
    /// No term is ever negative.
    NonNegative,
    /// The mixed-integer linear programme of the whole problem.
    Milp,
    /// The whole cluster as one machine, resource by resource.
    Aggregate,
    /// What hosts and domains can hold together, one by one (Dantzig-Wolfe over patterns).
    Pattern,
}

impl Relaxation {
    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::NonNegative => "non_negative",
            Self::Aggregate => "aggregate",
            Self::Pattern => "pattern",
            Self::Milp => "milp",
        }
    }
}

/// Why no placement is feasible.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The component that fits nowhere.
    pub component: crate::ComponentId,
    /// Per host it may be on: the resource it lacks and by how much, with every other component gone.
    pub lacking: Vec<(crate::HostId, crate::ResourceId, i64)>,
}

/// The result of a solver.
#[derive(Debug, Clone, Serialize)]
pub struct Solved {
    /// What is known.
    pub status: Status,
    /// The best feasible placement found.
    pub incumbent: Option<Incumbent>,
    /// One entry a goal; `None` where nothing is proven.
    pub bounds: Vec<Option<Bound>>,
    /// Why it stopped.
    pub stop_reason: StopReason,
    /// Steps of the search.
    pub iterations: u64,
    /// What blocks, when infeasible.
    pub blockers: Vec<Blocker>,
}

impl Solved {
    /// Per goal, (incumbent - bound) / |incumbent|; `None` where there is no bound or no incumbent.
    #[must_use]
    pub fn gap(&self) -> Vec<Option<f64>> {
        let Some(incumbent) = &self.incumbent else { return vec![None; self.bounds.len()] };
        let pairs = self.bounds.iter().zip(&incumbent.score.totals);
        pairs.map(|(bound, &total)| bound.map(|bound| gap(total, bound.value))).collect()
    }
}

/// (total - bound) / |total|, 0 when they are equal.
fn gap(total: Cost, bound: Cost) -> f64 {
    if total == bound { 0.0 } else { (total - bound) as f64 / (total.unsigned_abs() as f64).max(1.0) }
}
