//! No order in which the directives of a wave start and end makes any row worse than it was at the start.

mod full;
#[expect(clippy::disallowed_methods, reason = "tests read the environment")]
#[path = "../../../adapters/files/tests/common/mod.rs"]
mod published;
mod replay;

use colocate_files::rasa;
use colocate_generator::demo;
use colocate_model::Problem;
use colocate_solver::{Interrupt, Method, SearchParams, Stop, attain, plan, solve};
use replay::{Judge, Seen, replay};

/// Interleavings of every wave.
const SAMPLES: usize = 1000;

/// Prints a row of a table; `cargo test -- --nocapture` shows it.
#[expect(clippy::print_stdout, reason = "figures for those who ask")]
fn row(name: &str, seen: &Seen) {
    let Seen { waves, directives, parking, left_out, placements, checked } = seen;
    println!("| {name} | {directives} | {waves} | {parking} | {left_out} | {placements} | {checked} |");
}

fn search(iterations: u64) -> SearchParams {
    SearchParams { seed: 1, iterations: Some(iterations), threads: 1 }
}

/// M3 with at most so many moves.
fn m3(moves: Option<i64>, test: &str) -> Option<Problem> {
    let data = published::data(test)?;
    let mut draft = rasa::read(&data.join("rasa/M3.json")).expect("it is well formed");
    draft.policy.budgets.moves = moves;
    Some(draft.build().expect("it is valid"))
}

fn replay_m3(problem: &Problem, iterations: u64, name: &str) -> Seen {
    let stop = Stop::new(None, Interrupt::default());
    let solved = solve(problem, Method::Search, &search(iterations), &stop).expect("the evaluators agree");
    let placement = solved.incumbent.expect("the start is feasible").placement;
    let seen = replay(problem, &plan(problem, &placement), Judge::State { every: 4999 }, SAMPLES, name);
    row(name, &seen);
    seen
}

#[test]
fn m3_with_350_moves() {
    let Some(problem) = m3(Some(350), "m3_with_350_moves") else { return };
    let seen = replay_m3(&problem, 3_000_000, "M3, 350 moves");
    assert!((341..=350).contains(&seen.directives), "{seen:?}");
}

#[test]
fn m3_without_limit() {
    let Some(problem) = m3(None, "m3_without_limit") else { return };
    let seen = replay_m3(&problem, 3_000_000, "M3, no limit");
    assert!(seen.directives > 1500, "{seen:?}");
}

#[test]
fn the_demo() {
    let problem = demo().build().expect("the demo is valid");
    let stop = Stop::new(None, Interrupt::default());
    let solved = solve(&problem, Method::Search, &search(20_000), &stop).expect("the evaluators agree");
    let attained = attain(&problem, solved, &search(20_000), &stop).1.expect("the start is feasible");
    let seen = replay(&problem, &attained, Judge::Checker, SAMPLES, "demo");
    row("demo", &seen);
    assert!(seen.directives > 10, "{seen:?}");
}

#[test]
fn full_clusters() {
    let mut all = Seen::default();
    for seed in 0..20 {
        let problem = full::cluster(seed);
        let placement = full::swapped(&problem, seed);
        let name = format!("full {seed}: {} on {}", problem.components.len(), problem.hosts.len());
        let seen = replay(&problem, &plan(&problem, &placement), Judge::Checker, SAMPLES, &name);
        row(&name, &seen);
        all.directives += seen.directives;
        all.parking += seen.parking;
        all.left_out += seen.left_out;
    }
    assert!(all.directives > 400 && all.parking > 20, "{all:?}");
    assert!(all.left_out * 20 < all.directives, "{all:?}");
}
