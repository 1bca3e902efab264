//! Who solves programmes: this process, or another one that may die.

use serde::{Deserialize, Serialize};

use super::highs::{self, lp::Lp};
use super::program::Program;
use crate::stop::Stop;

/// Solves programmes.
///
/// Whatever happens to a backend, what it has reported through `events` stays found and proven.
pub trait MilpBackend: Send + Sync {
    /// Minimises `program`, reporting better solutions and bounds as they come.
    ///
    /// # Errors
    /// [`BackendError`] when it could not run or did not finish; what it reported until then counts.
    fn solve(
        &self,
        program: &Program,
        limits: &MilpLimits,
        stop: &Stop,
        events: &mut (dyn FnMut(MilpEvent) + Send),
    ) -> Result<MilpEnd, BackendError>;

    /// A linear programme with these rows, each between its two limits, and no column yet, to be solved until `stop`.
    ///
    /// # Errors
    /// [`BackendError`] when it could not be begun.
    fn grow(&self, rows: &[(f64, f64)], stop: &Stop) -> Result<Box<dyn GrowingLp>, BackendError>;
}

/// A linear programme that is maximised again and again, and has more columns each time.
pub trait GrowingLp {
    /// Adds columns, changes costs and goes on from the last basis.
    ///
    /// # Errors
    /// [`BackendError`] when it was lost, or has no solution; it is of no more use then.
    fn solve(&mut self, round: &LpRound) -> Result<LpSolution, BackendError>;
}

/// What changes before a linear programme is solved once more.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LpRound {
    /// New columns, numbered on from those there are.
    pub columns: Vec<LpColumn>,
    /// Columns whose cost changes, and what it becomes.
    pub costs: Vec<(usize, f64)>,
    /// Pivots of the simplex method at most.
    pub pivots: i32,
}

/// An unknown that is not negative.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LpColumn {
    /// What a unit brings.
    pub cost: f64,
    /// Its entries that are not 0: row and value.
    pub entries: Vec<(usize, f64)>,
}

/// What a solve found; only to be believed after it has been checked in integers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LpSolution {
    /// Objective.
    pub objective: f64,
    /// One dual a row: what a unit more of its right-hand side would gain.
    pub duals: Vec<f64>,
}

/// When a backend gives up by itself.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MilpLimits {
    /// Threads.
    pub threads: usize,
    /// Nodes of the search tree.
    pub nodes: Option<u64>,
    /// Iterations of the simplex method, where the time must not decide.
    pub lp_iterations: Option<u64>,
    /// Distance of the bound from the incumbent, in the unit of the objective, that is close enough.
    pub absolute_gap: f64,
    /// Seed of every random choice.
    pub seed: u64,
}

/// What a backend reports while it runs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum MilpEvent {
    /// A better solution: the value of every column.
    Incumbent(Vec<f64>),
    /// No solution has a lower objective.
    Bound(f64),
}

/// How a backend ended.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MilpEnd {
    /// Why.
    pub status: MilpStatus,
    /// No solution has a lower objective.
    pub bound: f64,
    /// Nodes of the search tree.
    pub nodes: u64,
}

/// Why a backend ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum MilpStatus {
    /// The last incumbent is within the gap.
    Optimal,
    /// There is no solution.
    Infeasible,
    /// A limit, or it was asked to stop.
    Stopped,
}

/// Why a backend did not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackendError {
    /// HiGHS refused the programme or failed on it.
    #[error("HiGHS cannot {0}")]
    Highs(#[from] highs::HighsError),
    /// The thread or process that ran HiGHS was lost.
    #[error("the process that ran HiGHS was lost: {0}")]
    Lost(String),
    /// The process could not be started.
    #[error("HiGHS could not be started in a process of its own")]
    Spawn(#[source] std::io::Error),
}

/// HiGHS in this process: a crash in it is a crash of all.
///
/// It looks at its [`Stop`] between the steps of HiGHS, which are long in large mixed-integer programmes. Linear
/// programmes are solved on the calling thread, which must not have run HiGHS on more than one.
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcess;

impl MilpBackend for InProcess {
    fn solve(
        &self,
        program: &Program,
        limits: &MilpLimits,
        stop: &Stop,
        events: &mut (dyn FnMut(MilpEvent) + Send),
    ) -> Result<MilpEnd, BackendError> {
        // A thread must keep the number of threads that HiGHS first used on it; a new one is free to choose.
        std::thread::scope(|scope| {
            let solver = scope.spawn(|| highs::solve(program, limits, stop, events));
            match solver.join() {
                Ok(ended) => Ok(ended?),
                Err(_) => Err(BackendError::Lost("its thread panicked".to_owned())),
            }
        })
    }

    fn grow(&self, rows: &[(f64, f64)], stop: &Stop) -> Result<Box<dyn GrowingLp>, BackendError> {
        Ok(Box::new(Lp::new(rows, stop)?))
    }
}
