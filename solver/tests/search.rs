//! The search: never worse than its start, deterministic, and as good as brute force on tiny instances.

use colocate_generator::{Generator, brute_force, small_params, tiny_params};
use colocate_model::{Placement, check};
use colocate_solver::{Interrupt, Method, SearchParams, SearchState, Stop, greedy, search, solve};

fn never() -> Stop {
    Stop::new(None, Interrupt::default())
}

#[test]
fn same_seed_iterations_and_threads_same_placement_never_worse() {
    for seed in 0..6 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let run = |threads: usize| -> Placement {
            let mut state = SearchState::new(&problem);
            greedy(&mut state);
            let (feasible, before) = (state.is_feasible(), state.score());
            search(&mut state, &SearchParams { seed, iterations: Some(5000), threads }, &never());
            let verdict = check(&problem, state.placement());
            assert_eq!(verdict.score, state.score(), "seed {seed}");
            if feasible {
                assert!(verdict.is_feasible() && state.score().totals[0] <= before.totals[0], "seed {seed}");
            }
            state.placement().clone()
        };
        assert_eq!(run(1), run(1), "seed {seed}, one thread");
        assert_eq!(run(2), run(2), "seed {seed}, two threads");
    }
}

#[test]
fn meets_brute_force_on_tiny_instances() {
    let (mut solvable, mut missed) = (0, Vec::new());
    for seed in 0..200 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        let Some((_, best)) = brute_force(&problem) else { continue };
        solvable += 1;
        let params = SearchParams { seed: 1, iterations: Some(20_000), threads: 1 };
        let solved = solve(&problem, Method::Search, &params, &never()).expect("the evaluators agree");
        if solved.incumbent.is_none_or(|incumbent| incumbent.score > best) {
            missed.push(seed);
        }
    }
    assert!(solvable >= 150 && missed.len() * 20 <= solvable, "missed {missed:?} of {solvable}");
}
