//! A cluster of the RASA data set, where it is at hand.

mod common;

use std::path::Path;

use colocate_files::{Input, rasa};
use colocate_model::{ComponentId, HostId, check};

#[test]
fn calls_that_leave_their_machine_cost_a_dollar_a_millisecond() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/rasa.json");
    let problem = rasa::read(&example).expect("it is well formed").build().expect("it is valid");

    // Half of A's calls come from m0, where B is not: 0.5 calls/s x 3600 s x 1 ms, in 1e-12 $.
    let verdict = check(&problem, &problem.initial_placement());
    assert_eq!(verdict.score.totals, [1_800_000_000_000_000]);

    // a0 exactly fills half of m0's CPU; with a1 it is full, and b0 in addition does not fit.
    let mut placement = problem.initial_placement();
    placement.set(ComponentId(1), Some(HostId(0)));
    assert!(check(&problem, &placement).is_feasible());
    placement.set(ComponentId(2), Some(HostId(0)));
    assert!(!check(&problem, &placement).is_feasible());
}

#[test]
fn the_running_placement_gains_seven_percent() {
    let Some(data) = common::data("the_running_placement_gains_seven_percent") else { return };
    let draft = rasa::read(&data.join("rasa/M3.json")).expect("the cluster is well formed");
    let total: f64 = draft.edges.iter().map(|edge| edge.calls_per_s).sum();
    let problem = draft.build().expect("the cluster is valid");

    let verdict = check(&problem, &problem.initial_placement());

    assert!(verdict.is_feasible() && verdict.violations.is_empty());
    let [latency] = verdict.score.totals[..] else { panic!("one goal") };
    let gained = 1.0 - latency as f64 / 1e12 / 3600.0 / total;
    assert_eq!(format!("{gained:.4}"), "0.0700");
}

#[test]
fn solutions_are_read_as_they_were_written() {
    let Some(data) = common::data("solutions_are_read_as_they_were_written") else { return };
    let problem =
        rasa::read(&data.join("rasa/M3.json")).expect("it is well formed").build().expect("it is valid");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("solution.json");

    rasa::write_solution(&path, &problem, &problem.initial_placement()).expect("it is written");

    let placement = rasa::read_solution(&Input::from(path), &problem).expect("it is read");
    assert_eq!(placement, problem.initial_placement());
}
