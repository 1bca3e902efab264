//! The instances of the ROADEF/EURO Challenge 2012, where they are at hand.

mod common;

use colocate_files::roadef;
use colocate_model::check;

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
