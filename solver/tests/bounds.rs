//! Bounds are bounds: never above what some placement reaches.

mod common;
#[expect(clippy::disallowed_methods, reason = "tests read the environment")]
#[path = "../../adapters/files/tests/common/mod.rs"]
mod published;

use colocate_files::{rasa, roadef};
use colocate_generator::{Generator, every_placement, small_params, tiny_params};
use colocate_model::{Bound, Checker, Incumbent, Placement, Problem, Relaxation, check};
use colocate_solver::{Interrupt, SearchState, Stop, bounds, greedy};

fn never() -> Stop {
    Stop::new(None, Interrupt::default())
}

fn incumbent(problem: &Problem, placement: Placement) -> Incumbent {
    let verdict = check(problem, &placement);
    assert!(verdict.is_feasible());
    Incumbent { placement, terms: verdict.terms, score: verdict.score }
}

/// Feasible by the greedy, else none.
fn some_incumbent(problem: &Problem) -> Option<Incumbent> {
    let mut state = SearchState::new(problem);
    greedy(&mut state);
    state.is_feasible().then(|| incumbent(problem, state.placement().clone()))
}

fn of(problem: &Problem, incumbent: &Incumbent) -> Vec<Bound> {
    let bounds = bounds(problem, incumbent, &never()).expect("no bound is above the incumbent");
    bounds.into_iter().map(|bound| bound.expect("no term is negative")).collect()
}

#[test]
fn no_bound_is_above_the_best_of_all_placements() {
    let (mut solvable, mut positive, mut tight, mut patterns, mut budgets) = (0, 0, 0, 0, 0);
    for seed in 0..400 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        let checker = Checker::new(&problem);
        let feasible = |placement: Placement| {
            let verdict = checker.check(&placement);
            verdict.is_feasible().then_some((verdict.score, placement))
        };
        let all: Vec<_> = every_placement(&problem).filter_map(feasible).collect();
        let Some(worst) = all.iter().max_by(|a, b| a.0.cmp(&b.0)) else { continue };
        solvable += 1;
        budgets += usize::from(problem.policy.budgets.moves.is_some());
        for (goal, bound) in of(&problem, &incumbent(&problem, worst.1.clone())).into_iter().enumerate() {
            let best = all.iter().map(|(score, _)| score.totals[goal]).min().expect("there is one");
            assert!(bound.value <= best, "seed {seed}, goal {goal}: {bound:?} is above {best}");
            positive += usize::from(bound.value > 0);
            tight += usize::from(best > 0 && bound.value == best);
            patterns += usize::from(bound.relaxation == Relaxation::Pattern);
        }
    }
    println!("{solvable} {positive} {tight} {patterns} {budgets}");
    assert!(solvable >= 200 && positive > 100 && tight > 20 && patterns > 50 && budgets > 20);
}
