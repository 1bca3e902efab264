//! The incremental evaluator agrees with the naive checker after every change and its undoing.

use colocate_generator::{Generator, small_params, tiny_params};
use colocate_model::{Checker, ComponentId, HostId, Problem};
use colocate_solver::{Change, SearchState};
use rand::{Rng, RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Panics with both opinions where the two evaluators differ.
fn compare(state: &SearchState<'_>, checker: &Checker<'_>, name: &str) {
    let verdict = checker.check(state.placement());
    assert!(
        state.terms_match_checker(checker),
        "{name}: incremental {:?} feasible {}, naive {:?} broken {:?}",
        state.terms(),
        state.is_feasible(),
        verdict.terms,
        verdict.broken,
    );
}

/// Walks at random, feasible or not, and compares every time.
fn walk(problem: &Problem, steps: usize, rng: &mut impl Rng, name: &str) {
    let checker = Checker::new(problem);
    let mut state = SearchState::new(problem);
    compare(&state, &checker, &format!("{name}: start"));
    for step in 0..steps {
        let component = ComponentId::new(rng.random_range(0..problem.components.len()));
        let target = HostId::new(rng.random_range(0..problem.hosts.len()));
        let before = state.terms().to_owned();
        let mut changes = [Change { component, to: Some(target) }];
        state.apply(&mut changes);
        compare(&state, &checker, &format!("{name}: step {step}"));
        if rng.random_bool(0.5) {
            state.undo(&changes);
            assert_eq!(*state.terms(), before, "{name}: undoing step {step}");
            compare(&state, &checker, &format!("{name}: after undoing step {step}"));
        }
    }
}

#[test]
fn on_tiny_instances_with_everything_switched_at_random() {
    for seed in 0..300 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        walk(&problem, 40, &mut Pcg64Mcg::seed_from_u64(seed), &format!("tiny {seed}"));
    }
}

#[test]
fn on_small_instances() {
    for seed in 0..12 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        walk(&problem, 200, &mut Pcg64Mcg::seed_from_u64(seed), &format!("small {seed}"));
    }
}
