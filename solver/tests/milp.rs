//! The programme against brute force: the same minima, goal by goal, and never a bound above one.

use colocate_generator::{Features, Generator, Goals, brute_force, tiny, tiny_params};
use colocate_model::{Checker, Problem};
use colocate_solver::{InProcess, Interrupt, MilpOutcome, MilpParams, SearchState, Stop, greedy, milp};

const SEEDS: u64 = 200;

fn solve(problem: &Problem) -> MilpOutcome {
    let mut state = SearchState::new(problem);
    greedy(&mut state);
    let start = state.is_feasible().then(|| state.placement().clone());
    let params = MilpParams { threads: 1, nodes: None, lp_iterations: None, seed: 1 };
    milp(problem, start.as_ref(), &params, &InProcess, &Stop::new(None, Interrupt::default()))
}

/// Asserts that the programme finds and proves what brute force does, as far as it leaves nothing out; returns whether
/// it leaves nothing out.
fn agrees(name: &str, problem: &Problem) -> bool {
    let outcome = solve(problem);
    let is_exact = outcome.relaxed.is_empty();
    assert!(outcome.fault.is_none(), "{name}: {:?}", outcome.fault);
    assert!(outcome.took_start.iter().all(|&took| took), "{name}: a start was not taken");
    let Some((_, best)) = brute_force(problem) else {
        assert!(outcome.placement.is_none(), "{name}: nothing is feasible");
        assert!(outcome.is_infeasible || !is_exact, "{name}: that nothing is feasible can be proven");
        return is_exact;
    };
    assert!(!outcome.is_infeasible, "{name}: something is feasible");
    for (bound, &total) in outcome.bounds.iter().zip(&best.totals) {
        assert!(bound.is_none_or(|bound| bound.value <= total), "{name}: {bound:?} is above {total}");
    }
    if !is_exact {
        return false;
    }
    let found = outcome.placement.as_ref().map(|placement| Checker::new(problem).check(placement));
    let found = found.filter(|verdict| verdict.is_feasible()).expect("something feasible is found");
    let last = best.totals.len() - 1;
    assert_eq!(found.score.totals[last], best.totals[last], "{name}: the last goal");
    for (goal, limit) in outcome.limits.iter().enumerate().take(last) {
        assert!(found.score.totals[goal] <= *limit, "{name}: goal {goal} is above what its tolerance allows");
    }
    true
}

#[test]
fn anything_at_once() {
    let problems = (0..SEEDS).map(|seed| (seed, tiny(seed).build().expect("generated drafts are valid")));
    let exact = problems.filter(|(seed, problem)| agrees(&format!("seed {seed}"), problem)).count();
    assert!(exact >= 100, "only {exact} of {SEEDS} programmes leave nothing out");
}

/// Each constraint, term and special case with traffic alone: both routings, tree and general latency, one to four goals.
#[test]
fn one_thing_at_a_time() {
    for (position, &name) in (0..).zip(Features::NAMES) {
        for variant in 0..4 {
            let mut features = Features { latency: true, ..Features::none() };
            features.set("local_first_default", variant % 2 == 1);
            features.set("asymmetric_latency", variant / 2 == 1);
            features.set(name, true);
            let goals = [Goals::Default, Goals::OneGoal, Goals::Tolerance][(position + variant) as usize % 3];
            let params = tiny_params(position * 4 + variant).with_features(features).with_goals(goals);
            let problem = Generator::new(params).draft().build().expect("generated drafts are valid");
            agrees(&format!("{name}, variant {variant}"), &problem);
        }
    }
}
