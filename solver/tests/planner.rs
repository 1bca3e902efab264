//! Plans are safe: whatever finishes first inside a wave, no row gets worse than it was at the start.

#[path = "interleavings/replay.rs"]
#[expect(dead_code, reason = "not every test confirms placements now and then only")]
mod replay;

use colocate_generator::{Generator, small_params, tiny_params};
use colocate_model::{ComponentId, HostId, Placement, Plan, Problem};
use colocate_solver::{Interrupt, SearchParams, SearchState, Stop, end_of, greedy, plan, search};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;
use replay::{Judge, Seen, replay};

fn follow(problem: &Problem, plan: &Plan, placement: &Placement, name: &str) -> Seen {
    let mut clock = 0;
    for wave in &plan.waves {
        assert!(wave.starts_s == clock && wave.ends_s > clock && !wave.directives.is_empty());
        clock = wave.ends_s;
    }
    for (id, host) in end_of(problem, plan).iter() {
        let left_out = plan.left_out.iter().any(|left| left.component == id);
        let expected = if left_out { problem.component(id).initial } else { placement.host(id) };
        assert_eq!(host, expected, "{name}: {id:?}");
    }
    if let Some(limit) = problem.policy.budgets.moves {
        assert!(plan.directives().filter(|directive| directive.source.is_some()).count() as i64 <= limit);
    }
    replay(problem, plan, Judge::Checker, 20, name)
}

/// A placement far from the start: random moves and swaps that keep it feasible.
fn shaken<'p>(problem: &'p Problem, seed: u64, steps: usize) -> Option<SearchState<'p>> {
    let mut state = SearchState::new(problem);
    greedy(&mut state);
    if !state.is_feasible() {
        return None;
    }
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let component = |rng: &mut Pcg64Mcg| ComponentId::new(rng.random_range(0..problem.components.len()));
    for _ in 0..steps {
        let (a, b) = (component(&mut rng), component(&mut rng));
        let (at_a, at_b) = (state.host(a), state.host(b));
        let target = HostId::new(rng.random_range(0..problem.hosts.len()));
        if rng.random_bool(0.5) && problem.may_be_on(a, target) {
            state.set(a, Some(target));
            if !state.is_feasible() {
                state.set(a, at_a);
            }
        } else if at_b.is_some_and(|h| problem.may_be_on(a, h))
            && at_a.is_some_and(|h| problem.may_be_on(b, h))
        {
            state.set(a, at_b);
            state.set(b, at_a);
            if !state.is_feasible() {
                state.set(a, at_a);
                state.set(b, at_b);
            }
        }
    }
    Some(state)
}

/// Adds up what was seen.
fn add(all: &mut Seen, seen: &Seen) {
    all.directives += seen.directives;
    all.parking += seen.parking;
    all.left_out += seen.left_out;
}

#[test]
fn every_prefix_is_safe_on_small_instances() {
    let mut all = Seen::default();
    for seed in 0..40 {
        let problem = Generator::new(small_params(seed)).draft().build().expect("generated drafts are valid");
        let Some(mut state) = shaken(&problem, seed, if seed % 2 == 0 { 0 } else { 400 }) else { continue };
        if seed % 2 == 0 {
            let stop = Stop::new(None, Interrupt::default());
            search(&mut state, &SearchParams { seed, iterations: Some(2000), threads: 1 }, &stop);
        }
        let plan = plan(&problem, state.placement());
        add(&mut all, &follow(&problem, &plan, state.placement(), &format!("small {seed}")));
    }
    assert!(all.directives > 300 && all.parking > 0 && all.left_out < all.directives, "{all:?}");
}

#[test]
fn every_prefix_is_safe_on_tiny_instances() {
    let mut all = Seen::default();
    for seed in 0..300 {
        let problem = Generator::new(tiny_params(seed)).draft().build().expect("generated drafts are valid");
        let Some(state) = shaken(&problem, seed, 60) else { continue };
        let plan = plan(&problem, state.placement());
        add(&mut all, &follow(&problem, &plan, state.placement(), &format!("tiny {seed}")));
    }
    assert!(all.directives > 100 && all.left_out < all.directives, "{all:?}");
}
