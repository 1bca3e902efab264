//! What the service asks of whoever solves.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use colocate_files::{Loaded, PlanDocument};
use colocate_model::{
    ComponentId, Cost, ExplainRequest, Explained, Faults, Front, HostId, Obstacle, ParetoRequest, Placement,
    Plan, PlanStep, Problem, SolveRequest, Solved, Verdict, Violation, WhatIf,
};
use jiff::Timestamp;

/// Solves, judges and explains. Every method may take long and is called on a thread of its own; a panic costs the call
/// alone.
pub trait Backend: Send + Sync + 'static {
    /// Finds a better placement and plans how to get there.
    ///
    /// # Errors
    /// [`BackendError`]; that there is no placement is an answer.
    fn solve(&self, job: &Job, request: &SolveRequest, call: &Call) -> Result<Answer, BackendError>;

    /// Finds a front.
    ///
    /// # Errors
    /// [`BackendError`].
    fn pareto(&self, job: &Job, request: &ParetoRequest, call: &Call) -> Result<Front, BackendError>;

    /// What `moves` would do together to `placement`.
    fn evaluate(&self, job: &Job, placement: &Placement, moves: &[(ComponentId, HostId)]) -> WhatIf;

    /// Explains `subject`.
    ///
    /// # Errors
    /// [`BackendError`].
    fn explain(
        &self,
        job: &Job,
        subject: &Subject,
        request: &ExplainRequest,
        call: &Call,
    ) -> Result<Explained, BackendError>;

    /// Judges `placement` from scratch.
    fn check(&self, job: &Job, placement: &Placement) -> Verdict;
}

/// A problem, and what came with it.
#[derive(Debug)]
pub struct Job {
    /// What was sent.
    pub loaded: Loaded,
    /// The problem it says.
    pub problem: Problem,
}

/// What is explained.
#[derive(Debug, Clone)]
pub enum Subject {
    /// The start.
    Start,
    /// A placement.
    Placement(Placement),
    /// A plan made for the problem: its hash and its directives.
    Plan {
        /// The hash.
        hash: String,
        /// The directives in order.
        steps: Vec<PlanStep>,
    },
}

/// What a solve gives back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was found and proven; of the threshold rule nothing.
    pub solved: Option<Solved>,
    /// The plan, where there is a placement.
    pub plan: Option<Plan>,
    /// The plan in words.
    pub document: Option<PlanDocument>,
    /// What blocks where there is no placement.
    pub obstacles: Vec<Obstacle>,
    /// What the threshold rule would break.
    pub violations: Vec<Violation>,
    /// Inputs older than the policy allows.
    pub warnings: Faults,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The request asks for what cannot be.
    #[error(transparent)]
    Request(#[from] Faults),
    /// A bug, or a system that is out of order. The cause is for the log, not for the caller.
    #[error("the solver failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The call that something is done for.
#[derive(Clone)]
pub struct Call {
    /// When the request arrived.
    pub arrived: Instant,
    /// Time from the arrival to the answer that is left to the backend, planning and check included: the least of what
    /// the deadline, the request and the server allow.
    pub time: Option<Duration>,
    /// The time that ages of inputs and plans count from.
    pub now: Timestamp,
    /// Set when the call is to end with the best there is.
    pub cancelled: Arc<AtomicBool>,
    /// Who hears of better placements, where anybody does.
    pub listener: Option<Listener>,
}

/// Hears of better placements.
pub type Listener = Arc<dyn Fn(&Improvement<'_>) + Send + Sync>;

/// Where a search stands.
#[derive(Debug, Clone, Copy)]
pub struct Improvement<'a> {
    /// The goal that is minimised.
    pub goal: usize,
    /// The best total of that goal.
    pub total: Cost,
    /// The least total the goal can have, where something is proven.
    pub bound: Option<Cost>,
    /// Steps made for this goal.
    pub steps: u64,
    /// The placement, where it is known.
    pub placement: Option<&'a Placement>,
}

impl Call {
    /// Whether the call is to end.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("time", &self.time).finish_non_exhaustive()
    }
}
