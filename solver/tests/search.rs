//! The search never worsens its start, keeps feasible, is deterministic, and often meets brute force.

use colocate_generator::{Generator, brute_force, small_params, tiny_params};
use colocate_model::check;
use colocate_solver::{Interrupt, SearchParams, SearchState, Stop, greedy, search};

fn never() -> Stop {
    Stop::new(None, Interrupt::default())
}

#[test]
fn same_seed_and_iterations_same_placement_never_worse() {
    for seed in 0..6 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let run = || {
            let mut state = SearchState::new(&problem);
            greedy(&mut state);
            let (feasible, before) = (state.is_feasible(), state.score());
            search(&mut state, &SearchParams { seed, iterations: Some(3000), threads: 1 }, &never());
            let verdict = check(&problem, state.placement());
            assert_eq!(verdict.score, state.score(), "seed {seed}");
            if feasible {
                assert!(verdict.is_feasible() && state.score().totals[0] <= before.totals[0], "seed {seed}");
            }
            state.placement().clone()
        };
        assert_eq!(run(), run(), "seed {seed}");
    }
}

#[test]
fn meets_brute_force_on_most_tiny_instances() {
    let (mut solved, mut met) = (0, 0);
    for seed in 0..60 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        let mut state = SearchState::new(&problem);
        greedy(&mut state);
        let (Some((_, best)), true) = (brute_force(&problem), state.is_feasible()) else { continue };
        search(&mut state, &SearchParams { seed: 1, iterations: Some(4000), threads: 1 }, &never());
        solved += 1;
        met += u32::from(state.score() <= best);
    }
    assert!(solved > 30 && met * 10 >= solved * 7, "{met} of {solved}");
}
