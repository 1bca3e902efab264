//! A cluster of the RASA data set, where it is at hand.

mod common;

use colocate_files::{Input, rasa};
use colocate_model::check;

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
