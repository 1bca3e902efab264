//! The instances of the ROADEF/EURO Challenge 2012, where they are at hand.

mod common;

use std::path::Path;

use colocate_files::roadef;
use colocate_model::{ComponentId, HostId, check};

/// Instance and the published cost of its initial assignment.
const INSTANCES: [(&str, i64); 13] = [
    ("a1_1", 49_528_750),
    ("a1_2", 1_061_649_570),
    ("a1_3", 583_662_270),
    ("a1_4", 632_499_600),
    ("a1_5", 782_189_690),
    ("a2_1", 391_189_190),
    ("a2_2", 1_876_768_120),
    ("a2_3", 2_272_487_840),
    ("a2_4", 3_223_516_130),
    ("a2_5", 787_355_300),
    ("b_1", 7_644_173_180),
    ("b_2", 5_181_493_830),
    ("b_3", 6_336_834_660),
];

#[test]
fn costs_are_those_of_the_subject() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let draft =
        roadef::read(&folder.join("model.txt"), &folder.join("assignment.txt")).expect("it is well formed");
    let problem = draft.build().expect("it is valid");
    let mut placement = problem.initial_placement();

    // Nothing is over its safety capacity. Balance on the three machines, of capacity 100 and 200:
    // 10 x ((3 x 85 - 175) + (3 x 70 - 190) + (3 x 100 - 200)).
    assert_eq!(check(&problem, &placement).score.totals, [2000]);

    // Process 2 moves to machine 2: 10 x ((3 x 90 - 180) + (3 x 70 - 190) + (3 x 95 - 195)), its own cost of 3, a move
    // of its service at 10, and 2 x 100 for the two machines.
    placement.set(ComponentId(2), Some(HostId(2)));
    let verdict = check(&problem, &placement);
    assert_eq!(verdict.score.totals, [2000 + 3 + 10 + 200]);
}

#[test]
fn assignments_are_read_as_they_were_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let draft =
        roadef::read(&folder.join("model.txt"), &folder.join("assignment.txt")).expect("it is well formed");
    let problem = draft.build().expect("it is valid");
    let mut placement = problem.initial_placement();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new.txt");

    placement.set(ComponentId(1), Some(HostId(2)));
    roadef::write_assignment(&path, &placement).expect("it is written");
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "0 2 0\n");
    assert_eq!(roadef::read_assignment(&path, &problem).expect("it is read"), placement);

    placement.set(ComponentId(1), None);
    assert!(roadef::write_assignment(&path, &placement).is_err());
    assert_eq!(std::fs::read_to_string(&path).expect("it is there"), "0 2 0\n");
}

#[test]
fn initial_costs_are_the_published_ones() {
    let Some(data) = common::data("initial_costs_are_the_published_ones") else { return };
    let folder = data.join("roadef2012");
    for (name, cost) in INSTANCES {
        let (model, assignment) =
            (folder.join(format!("model_{name}.txt")), folder.join(format!("assignment_{name}.txt")));
        let draft = roadef::read(&model, &assignment).expect("the instance is well formed");
        let problem = draft.build().expect("the instance is valid");

        let verdict = check(&problem, &problem.initial_placement());

        assert!(verdict.is_feasible(), "{name}");
        assert_eq!(verdict.score.totals, [cost], "{name}");
    }
}
