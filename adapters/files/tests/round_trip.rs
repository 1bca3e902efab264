//! Instances as native files and back: the score stays the same.

mod common;

use std::path::Path;

use colocate_files::{Inputs, load, native, problem_hash, rasa, roadef};
use colocate_generator::{Generator, anything};
use colocate_model::{Draft, check};

/// The initial score, and that of a placement with some components moved.
fn scores(draft: &Draft) -> [Vec<i64>; 2] {
    let problem = draft.build().expect("it is valid");
    let mut placement = problem.initial_placement();
    let initial = check(&problem, &placement).score.totals;
    for component in problem.component_ids().step_by(7) {
        let host = (component.index() * 31) % problem.hosts.len();
        placement.set(component, Some(colocate_model::HostId::new(host)));
    }
    [initial, check(&problem, &placement).score.totals]
}

fn through_native_files(draft: &Draft) -> Draft {
    let folder = tempfile::tempdir().expect("a folder");
    native::write(draft, folder.path()).expect("it is written");
    let file = |name: &str| Some(folder.path().join(name)).filter(|path| path.exists()).map(Into::into);
    let inputs = Inputs {
        latency: file("latency.json"),
        traffic: file("traffic.json"),
        forecast: file("forecast.json"),
        policy: file("policy.toml"),
        ..Inputs::new(folder.path().join("cluster.json"))
    };
    load(&inputs).expect("it is read").draft
}

#[test]
fn made_up_instances_stay_what_they_are() {
    for seed in 0..60 {
        let draft = Generator::new(anything(seed)).draft();
        let read = through_native_files(&draft);
        assert_eq!(
            problem_hash(&read.build().expect("it is valid")),
            problem_hash(&draft.build().expect("it is valid"))
        );
    }
}

/// Costs of ROADEF's instances survive; a test a set, so that the sets run side by side.
fn roadef_instances(test: &str, names: &[&str]) {
    let Some(data) = common::data(test) else { return };
    for name in names {
        let file = |kind: &str| data.join(format!("roadef2012/{kind}_{name}.txt"));
        let draft = roadef::read(&file("model"), &file("assignment")).expect("it is well formed");
        assert_eq!(scores(&through_native_files(&draft)), scores(&draft), "{name}");
    }
}

#[test]
fn roadef_instances_a1_keep_their_costs() {
    roadef_instances("roadef_instances_a1_keep_their_costs", &["a1_1", "a1_2", "a1_3", "a1_4", "a1_5"]);
}

#[test]
fn roadef_instances_a2_keep_their_costs() {
    roadef_instances("roadef_instances_a2_keep_their_costs", &["a2_1", "a2_2", "a2_3", "a2_4", "a2_5"]);
}

#[test]
fn roadef_instances_b_keep_their_costs() {
    roadef_instances("roadef_instances_b_keep_their_costs", &["b_1", "b_2", "b_3"]);
}

#[test]
fn rasa_clusters_keep_their_affinity() {
    let Some(data) = common::data("rasa_clusters_keep_their_affinity") else { return };
    let draft = rasa::read(Path::new(&data.join("rasa/M3.json"))).expect("it is well formed");
    assert_eq!(scores(&through_native_files(&draft)), scores(&draft));
}
