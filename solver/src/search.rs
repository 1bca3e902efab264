//! Local search: goals one after the other, annealing from the incumbent, deterministic by seed and iterations.

mod anneal;

use colocate_model::{Cost, Placement};
use rand::SeedableRng;
use rand_pcg::Pcg64Mcg;

use crate::state::SearchState;
use crate::stop::Stop;
use anneal::{Phase, step};

/// Proposals between two looks at the clock.
const ROUND: u64 = 256;
/// Proposals from which the first temperature is taken.
const SAMPLES: u64 = 512;
/// The temperature falls to this share of the first one.
const COOLED: f64 = 1e-4;

/// Limits of a search.
#[derive(Debug, Clone)]
pub struct SearchParams {
    /// Seed of every random choice.
    pub seed: u64,
    /// Proposals a goal; `None` for as many as time allows.
    pub iterations: Option<u64>,
}

/// Improves `state`, goal by goal, until `stop` or the iterations end; returns the proposals made.
///
/// The state is left at the best placement found; earlier goals stay within their tolerance. A time limit makes the
/// result depend on the machine; an iteration limit does not.
pub fn search(state: &mut SearchState<'_>, params: &SearchParams, stop: &Stop) -> u64 {
    let goals = &state.problem().policy.goals;
    let mut rng = Pcg64Mcg::seed_from_u64(params.seed);
    let (mut limits, mut made): (Vec<Cost>, u64) = (Vec::new(), 0);
    for goal in 0..goals.len() {
        let phase = Phase { goal, limits: limits.clone() };
        let share = (goal + 1) as f64 / goals.len() as f64;
        // No term is negative: a total of 0 cannot be improved.
        if phase.total(state) > 0 {
            made += anneal(state, &phase, share, params, stop, &mut rng);
        }
        limits.push(goals[goal].tolerance.limit(phase.total(state)));
    }
    made
}

/// One descent in temperature; leaves `state` at the best placement it saw.
fn anneal(
    state: &mut SearchState<'_>,
    phase: &Phase,
    share: f64,
    params: &SearchParams,
    stop: &Stop,
    rng: &mut Pcg64Mcg,
) -> u64 {
    let first = first_temperature(state, phase, rng);
    let begun = stop.elapsed_share();
    let (mut best, mut incumbent): (Cost, Placement) = (phase.total(state), state.placement().clone());
    let (mut made, mut improved) = (0, false);
    while params.iterations.is_none_or(|limit| made < limit) && stop.reason().is_none() {
        let progress = match params.iterations {
            Some(limit) => made as f64 / limit as f64,
            None => (stop.elapsed_share() - begun) / (share - begun).max(1e-9),
        };
        if progress >= 1.0 {
            break;
        }
        let temperature = first * COOLED.powf(progress);
        for _ in 0..ROUND.min(params.iterations.map_or(ROUND, |limit| limit - made)) {
            made += 1;
            if step(state, phase, temperature, rng) && phase.total(state) < best {
                (best, improved) = (phase.total(state), true);
                state.placement().clone_into(&mut incumbent);
            }
        }
    }
    if improved || phase.total(state) > best {
        state.restore(&incumbent);
    }
    made
}

/// The mean worsening of a proposal: where about a third of the worse ones are kept.
fn first_temperature(state: &mut SearchState<'_>, phase: &Phase, rng: &mut Pcg64Mcg) -> f64 {
    let start = state.placement().clone();
    let (mut sum, mut count) = (0.0, 0_u64);
    for _ in 0..SAMPLES {
        let before = phase.total(state);
        if step(state, phase, f64::INFINITY, rng) && phase.total(state) > before {
            sum += (phase.total(state) - before) as f64;
            count += 1;
        }
    }
    state.restore(&start);
    sum / count.max(1) as f64
}
