//! Local search: goals one after the other; an annealer and a reinserter share the incumbent.
//!
//! Workers run in rounds of a fixed number of steps (or of a slice of the time) and exchange their best placements in
//! between, in the order of the workers, so that the result depends on seed, iterations and threads alone.

mod anneal;
mod moves;
mod phase;
mod reinsert;
mod worker;

use colocate_model::Cost;
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use crate::state::SearchState;
use crate::stop::{Progress, Stop};
use crate::tidy::tidy;
use phase::Phase;
use worker::{Role, Slice, Worker};

/// Rounds of a phase, between which workers exchange what they found.
const ROUNDS: u64 = 24;

/// Part of the time that the goals have; the rest is for undoing what does not pay.
pub(crate) const SHARE: f64 = 0.98;

/// Attempts to make room for components without a host.
const RESCUES: usize = 2000;

/// Limits of a search.
#[derive(Debug, Clone)]
pub struct SearchParams {
    /// Seed of every random choice.
    pub seed: u64,
    /// Steps a goal and thread; `None` for as many as time allows.
    pub iterations: Option<u64>,
    /// Threads; more than two bring more annealers.
    pub threads: usize,
}

impl Default for SearchParams {
    fn default() -> Self {
        Self { seed: 1, iterations: None, threads: 1 }
    }
}

/// Improves `state`, goal by goal, until `stop` or the iterations end; returns the steps made.
///
/// The state is left at the best placement found; earlier goals stay within their tolerance. A time limit makes the
/// result depend on the machine; an iteration limit does not.
pub fn search(state: &mut SearchState<'_>, params: &SearchParams, stop: &Stop) -> u64 {
    search_within(state, &[], params, SHARE, stop)
}

/// [`search`] with the first goals held instead of improved: goal g may reach `held[g]`, and does not exceed it in
/// `state`. The other goals share `share` of the time.
pub(crate) fn search_within(
    state: &mut SearchState<'_>,
    held: &[Cost],
    params: &SearchParams,
    share: f64,
    stop: &Stop,
) -> u64 {
    let searching = stop.part(share);
    let goals = &state.problem().policy.goals;
    let (mut limits, mut made): (Vec<Cost>, u64) = (held.to_vec(), 0);
    for (goal, weights) in goals.iter().enumerate().skip(held.len()) {
        let phase = Phase { goal, limits: limits.clone(), partial: false };
        // No term is negative: a total of 0 cannot be improved.
        if phase.total(state) > 0 {
            let share = (goal + 1 - held.len()) as f64 / (goals.len() - held.len()) as f64;
            made += run_phase(state, &phase, share, params, &searching);
        }
        limits.push(weights.tolerance.limit(phase.total(state)));
    }
    tidy(state, &limits, stop);
    made
}

/// Finds places for components without one by moving others; whether the placement is feasible then.
pub(crate) fn rescue(state: &mut SearchState<'_>, params: &SearchParams, stop: &Stop) -> bool {
    let phase = Phase { goal: 0, limits: Vec::new(), partial: true };
    let mut rng = Pcg64Mcg::seed_from_u64(params.seed);
    reinsert::rescue(state, &phase, RESCUES, stop, &mut rng) && state.is_feasible()
}

/// One goal: rounds of all workers, until `share` of the time limit is used.
fn run_phase(
    state: &mut SearchState<'_>,
    phase: &Phase,
    share: f64,
    params: &SearchParams,
    stop: &Stop,
) -> u64 {
    let span = tracing::debug_span!("search", goal = phase.goal);
    let _entered = span.enter();
    let begun = stop.elapsed_share();
    let seeds = (0..params.threads.max(1) as u64).map(|index| params.seed.wrapping_add(index << 32));
    let mut workers: Vec<Worker<'_>> = seeds
        .enumerate()
        .map(|(index, seed)| Worker::new(state.clone(), phase, Role::of(index), seed))
        .collect();
    let (mut made, mut told) = (0, None);
    for round in 0..ROUNDS {
        let slice = match params.iterations {
            Some(limit) => Slice::Steps(limit * (round + 1) / ROUNDS - limit * round / ROUNDS),
            None => Slice::Until(begun + (share - begun) * (round + 1) as f64 / ROUNDS as f64),
        };
        made += run_round(&mut workers, round, slice, stop);
        if stop.reason().is_some() {
            break;
        }
        let best = workers.iter().min_by_key(|worker| worker.best()).expect("there is at least one worker");
        let (total, placement) = (best.best(), best.incumbent().clone());
        let new = told.replace(total) != Some(total);
        let placed = new.then_some(&placement);
        stop.report(&Progress { goal: phase.goal, total, steps: made, bound: None, placement: placed });
        workers.iter_mut().for_each(|worker| worker.adopt(total, &placement));
    }
    if let Some(best) = workers.iter().min_by_key(|worker| worker.best())
        && best.best() < phase.total(state)
    {
        state.restore(best.incumbent());
    }
    tracing::debug!(goal = phase.goal, total = phase.total(state), steps = made, "searched");
    made
}

/// Lets every worker run a slice; a single one changes its role from round to round.
fn run_round(workers: &mut [Worker<'_>], round: u64, slice: Slice, stop: &Stop) -> u64 {
    let progress = (round as f64 / ROUNDS as f64, (round + 1) as f64 / ROUNDS as f64);
    if let [worker] = workers {
        worker.change_role();
        return worker.run(progress, slice, stop);
    }
    std::thread::scope(|scope| {
        let threads: Vec<_> =
            workers.iter_mut().map(|worker| scope.spawn(move || worker.run(progress, slice, stop))).collect();
        threads.into_iter().map(|thread| thread.join().expect("workers do not panic")).sum()
    })
}
