//! What the exact method found, proved, and stumbled over.

use std::collections::BTreeSet;

use colocate_model::{Bound, Cost, Placement, Problem};

use super::backend::BackendError;
use super::formulation::Relaxed;

/// What the exact method found and proved.
#[derive(Debug)]
pub struct MilpOutcome {
    /// The best placement found, no worse than the start.
    pub placement: Option<Placement>,
    /// One entry a goal.
    pub bounds: Vec<Option<Bound>>,
    /// Whether it is proven that no placement is feasible.
    pub is_infeasible: bool,
    /// Whether every goal was searched to the end.
    pub is_complete: bool,
    /// Nodes of the search trees.
    pub nodes: u64,
    /// What the programme leaves out: its bounds hold, its best solution need not be the best placement.
    pub relaxed: BTreeSet<Relaxed>,
    /// Per goal that had a start: whether the first solution that HiGHS reported was the start, or better where presolve
    /// found it.
    pub took_start: Vec<bool>,
    /// Totals that later goals had to respect.
    pub limits: Vec<Cost>,
    /// What went wrong; what was found and proven before counts.
    pub fault: Option<MilpFault>,
}

impl MilpOutcome {
    /// Nothing yet.
    pub(super) fn new(problem: &Problem) -> Self {
        Self {
            placement: None,
            bounds: vec![None; problem.policy.goals.len()],
            is_infeasible: false,
            is_complete: true,
            nodes: 0,
            relaxed: BTreeSet::new(),
            took_start: Vec::new(),
            limits: Vec::new(),
            fault: None,
        }
    }
}

/// What can go wrong while programmes are solved.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MilpFault {
    /// The backend.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The placement to start from is no solution of the programme: a fault of the formulation.
    #[error("the placement to start from does not solve the programme")]
    Start,
    /// A bound above a placement that exists: a fault of the formulation, or of HiGHS.
    #[error("the bound {bound} of goal {goal} is above a placement of {total}")]
    BoundAboveIncumbent {
        /// The goal.
        goal: usize,
        /// The bound.
        bound: Cost,
        /// The total of the placement.
        total: Cost,
    },
}
