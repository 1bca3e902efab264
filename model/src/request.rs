//! What can be asked of a solver, from a command line or over a network.

use std::time::Duration;

use crate::front::Axis;
use crate::ids::{ComponentId, HostId};

/// How to solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MethodName {
    /// The best method there is for the size of the problem.
    #[default]
    Auto,
    /// The rule as it was first described: a baseline that names racks and cannot be carried out.
    Threshold,
    /// Construct and repair, in milliseconds.
    Greedy,
    /// Greedy, then local search.
    Search,
    /// The whole problem as a mixed-integer programme, with a proven bound.
    Milp,
}

impl MethodName {
    /// Every method.
    pub const ALL: [Self; 5] = [Self::Auto, Self::Threshold, Self::Greedy, Self::Search, Self::Milp];

    /// The name on the command line and in plans.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Threshold => "threshold",
            Self::Greedy => "greedy",
            Self::Search => "search",
            Self::Milp => "milp",
        }
    }

    /// The method of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// What the placement of an answer is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Aim {
    /// The best that a safe plan reaches.
    #[default]
    Reachable,
    /// The best there is, whether or not a safe plan reaches it: for benchmarks.
    Placement,
}

/// Limits of a search, each of them or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Time to the answer.
    pub time: Option<Duration>,
    /// Proposals a goal, instead of a time limit: the same answer every time.
    pub iterations: Option<u64>,
    /// Threads.
    pub threads: usize,
    /// Seed of every random choice.
    pub seed: u64,
}

/// A better placement, please.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SolveRequest {
    /// How.
    pub method: MethodName,
    /// How long.
    pub limits: Limits,
    /// What the placement is to be.
    pub aim: Aim,
}

/// A front, please.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParetoRequest {
    /// Two or three different axes.
    pub axes: Vec<Axis>,
    /// Placements looked for, at most.
    pub points: usize,
    /// With two axes: caps on moves, or else on the second axis, instead of what the front suggests.
    pub caps: Vec<i64>,
    /// The point up to which volume is measured, an entry an axis.
    pub reference: Option<Vec<i64>>,
    /// How long; iterations are counted for each goal of each point.
    pub limits: Limits,
}

/// An explanation, please.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainRequest {
    /// Only these components, moved or not; where there are none, those that move.
    pub components: Vec<ComponentId>,
    /// What if these moves were made as well.
    pub moves: Vec<(ComponentId, HostId)>,
    /// How long the least relaxation is searched for; iterations of each search.
    pub limits: Limits,
}
