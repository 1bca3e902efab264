//! One run, one row.

use std::time::{Duration, Instant};

use colocate_model::{Problem, Status, StopReason, check};
use colocate_solver::{Interrupt, Method, SearchParams, SolveError, Stop, solve};
use serde::Serialize;

use crate::memory;

/// How to solve an instance once.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// How.
    pub method: Method,
    /// Seed of every random choice.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
    /// Time, from the problem in memory to the checked answer.
    pub time_limit: Option<Duration>,
    /// Steps a goal and thread.
    pub iterations: Option<u64>,
}

/// What a run gave: a line of a campaign.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// Name of the instance.
    pub instance: String,
    /// Its components.
    pub components: usize,
    /// Its hosts.
    pub hosts: usize,
    /// How it was solved.
    pub method: &'static str,
    /// Seed of every random choice.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
    /// The time it had.
    pub time_limit_s: Option<f64>,
    /// The steps it had, a goal and thread.
    pub iteration_limit: Option<u64>,
    /// How it ended.
    pub status: Status,
    /// Why it ended.
    pub stop_reason: StopReason,
    /// Totals of the start, one a goal.
    pub initial: Vec<i64>,
    /// Totals of the answer.
    pub objective: Option<Vec<i64>>,
    /// Proven limits, one a goal.
    pub bound: Vec<Option<i64>>,
    /// Components that are elsewhere than at the start.
    pub moves: Option<usize>,
    /// Steps made.
    pub iterations: u64,
    /// Time taken.
    pub wall_s: f64,
    /// Largest resident set of the process meanwhile, the instance included.
    pub peak_rss_kib: Option<u64>,
    /// What was measured; the campaign fills it in.
    pub commit: Option<String>,
}

/// Solves `problem` in this process and notes what it took.
///
/// # Errors
/// The two evaluators disagree about the answer, which is a bug.
pub fn measure(instance: &str, problem: &Problem, run: &Run) -> Result<Row, SolveError> {
    let start = problem.initial_placement();
    let initial = check(problem, &start).score.totals;
    memory::reset_peak();
    let begun = Instant::now();
    let params = SearchParams { seed: run.seed, iterations: run.iterations, threads: run.threads };
    // What is left is for the last round and the check.
    let limit = run.time_limit.map(|limit| limit.mul_f64(0.95));
    let solved = solve(problem, run.method, &params, &Stop::new(limit, Interrupt::default()))?;
    let wall_s = begun.elapsed().as_secs_f64();
    let moves = solved.incumbent.as_ref().map(|incumbent| {
        let moved = start.iter().filter(|&(id, from)| from.is_some() && incumbent.placement.host(id) != from);
        moved.count()
    });
    Ok(Row {
        instance: instance.to_owned(),
        components: problem.components.len(),
        hosts: problem.hosts.len(),
        method: Method::name(run.method),
        seed: run.seed,
        threads: run.threads,
        time_limit_s: run.time_limit.map(|limit| limit.as_secs_f64()),
        iteration_limit: run.iterations,
        status: solved.status,
        stop_reason: solved.stop_reason,
        initial,
        objective: solved.incumbent.map(|incumbent| incumbent.score.totals),
        bound: solved.bounds.iter().map(|bound| bound.map(|bound| bound.value)).collect(),
        moves,
        iterations: solved.iterations,
        wall_s,
        peak_rss_kib: memory::peak_kib(),
        commit: None,
    })
}
