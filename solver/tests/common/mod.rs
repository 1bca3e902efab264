//! What several tests share.

use colocate_model::{Checker, ComponentId, HostId, Problem};
use colocate_solver::{Change, SearchState};
use rand::{Rng, RngExt};

/// Panics with both opinions where the two evaluators differ.
pub(crate) fn compare(state: &SearchState<'_>, checker: &Checker<'_>, name: &str) {
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

/// Walks at random, feasible or not, undoing half of the changes; every `every`-th change and its undoing is compared
/// with the naive checker. Returns how many comparisons there were.
pub(crate) fn walk(problem: &Problem, steps: usize, every: usize, rng: &mut impl Rng, name: &str) -> usize {
    let checker = Checker::new(problem);
    let mut state = SearchState::new(problem);
    compare(&state, &checker, &format!("{name}: start"));
    let mut compared = 1;
    for step in 0..steps {
        let watched = step % every == 0;
        let component = ComponentId::new(rng.random_range(0..problem.components.len()));
        let target = HostId::new(rng.random_range(0..problem.hosts.len()));
        let before = state.terms().to_owned();
        let mut changes = [Change { component, to: Some(target) }];
        state.apply(&mut changes);
        if watched {
            compare(&state, &checker, &format!("{name}: step {step}"));
            compared += 1;
        }
        if rng.random_bool(0.5) {
            state.undo(&changes);
            assert_eq!(*state.terms(), before, "{name}: undoing step {step}");
            if watched {
                compare(&state, &checker, &format!("{name}: after undoing step {step}"));
                compared += 1;
            }
        }
    }
    compared
}
