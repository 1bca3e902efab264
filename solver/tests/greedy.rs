//! The greedy is sound: never worse than the start, and the naive checker agrees.

use colocate_generator::{Generator, large, small_params};
use colocate_model::check;
use colocate_solver::{SearchState, greedy};

#[test]
fn it_never_worsens_a_feasible_start() {
    let mut improved = 0;
    for seed in 0..40 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let mut state = SearchState::new(&problem);
        let (feasible, before) = (state.is_feasible(), state.score());
        greedy(&mut state);
        let verdict = check(&problem, state.placement());
        assert_eq!(verdict.score, state.score(), "seed {seed}");
        if feasible {
            assert!(verdict.is_feasible(), "seed {seed}");
            assert!(state.score() <= before, "seed {seed}");
            improved += i32::from(state.score() < before);
        }
    }
    assert!(improved > 5, "only {improved} starts were improved");
}

#[test]
fn most_of_the_overload_goes() {
    let problem = large(1_000, 50, 1).build().expect("generated drafts are valid");
    let mut state = SearchState::new(&problem);
    let before = state.score().totals;
    greedy(&mut state);
    let after = state.score().totals;
    assert!(state.is_feasible() && after[0] == 0 && after[1] * 5 < before[1], "{before:?}, then {after:?}");
}
