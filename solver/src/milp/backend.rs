//! Who solves programmes: this process, or another one that may die.

use serde::{Deserialize, Serialize};

use super::highs;
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
}
