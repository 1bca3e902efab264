//! Problems over the wire and back: they stay what they are.

use std::path::Path;

use colocate_files::{Input, Inputs, Loaded, load, native, problem_hash};
use colocate_generator::{Generator, anything, demo, medium, small, talkers, tiny};
use colocate_model::{Aim, Axis, Draft, MethodName, Row};
use colocate_proto::convert::{self, Word};
use colocate_proto::v1;
use prost::Message;

fn through_wire(message: &v1::Problem) -> Loaded {
    let bytes = message.encode_to_vec();
    let message = v1::Problem::decode(&*bytes).expect("it was encoded");
    convert::loaded(message).expect("it is sound")
}

fn assert_same(draft: &Draft) {
    let back = through_wire(&convert::problem_of_draft(draft));
    let (a, b) = (draft.build().expect("it is valid"), back.build().expect("it is valid"));
    assert_eq!(problem_hash(&a), problem_hash(&b));
}

#[test]
fn made_up_problems_keep_their_hash() {
    (0..200).for_each(|seed| assert_same(&Generator::new(anything(seed)).draft()));
    (0..20).for_each(|seed| assert_same(&tiny(seed)));
    [small(1), medium(2), talkers(300, 30, 3), demo()].iter().for_each(assert_same);
}

fn load_folder(folder: &Path) -> Loaded {
    let file = |name: &str| Some(folder.join(name)).filter(|path| path.exists()).map(Input::from);
    let inputs = Inputs {
        utilisation: file("utilisation.json"),
        latency: file("latency.json"),
        traffic: file("traffic.json"),
        forecast: file("forecast.json"),
        policy: file("policy.toml"),
        ..Inputs::new(folder.join("cluster.json"))
    };
    load(&inputs).expect("it is sound")
}

fn assert_same_inputs(loaded: &Loaded) {
    let back = through_wire(&convert::problem(loaded));
    assert_eq!(format!("{:?}", back.draft), format!("{:?}", loaded.draft));
    assert_eq!(back.times, loaded.times);
    assert_eq!(back.forecast_start, loaded.forecast_start);
    assert_eq!(back.max_age_s, loaded.max_age_s);
    assert_eq!(back.utilisation, loaded.utilisation);
    assert_eq!(back.ranking, loaded.ranking);
}

#[test]
fn files_say_the_same_over_the_wire() {
    for seed in 0..40 {
        let folder = tempfile::tempdir().expect("a folder");
        native::write(&Generator::new(anything(seed)).draft(), folder.path()).expect("it is written");
        assert_same_inputs(&load_folder(folder.path()));
    }
}

#[test]
fn times_ages_ranking_and_utilisation_are_kept() {
    let folder = tempfile::tempdir().expect("a folder");
    let write =
        |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("it is written");
    write(
        "cluster.json",
        r#"{"version": "colocate/v1", "kind": "cluster", "taken_at": "1969-12-31T23:59:59.25Z",
            "partitions": ["rack"], "resources": [{"name": "cpu"}],
            "domains": [{"partition": "rack", "id": "r1"}], "hosts": [{"id": "h1", "in": {"rack": "r1"}}],
            "services": [{"id": "web"}], "components": [{"id": "web.0", "service": "web", "host": "h1"}]}"#,
    );
    write(
        "utilisation.json",
        r#"{"version": "colocate/v1", "kind": "utilisation", "sampled_at": "2026-03-01T12:00:00Z",
            "racks": {"r1": {"cpu": 91.5}}, "hosts": {"h1": {"cpu": 12}}}"#,
    );
    write(
        "forecast.json",
        r#"{"version": "colocate/v1", "kind": "forecast", "made_at": "2026-03-01T12:00:01Z",
            "start": "2026-03-01T12:00:05.000000007Z", "step_s": 60, "steps": 2, "components": {},
            "ranking": [{"component": "web.0", "latency_impact": 2.5,
                         "overload": {"rack": "r1", "resource": "cpu", "step": 1, "by": 0.25}}]}"#,
    );
    write(
        "traffic.json",
        r#"{"version": "colocate/v1", "kind": "traffic", "measured_at": "2026-03-01T12:00:02Z", "edges": []}"#,
    );
    write("policy.toml", "version = \"colocate/v1\"\n[max_age]\ncluster = \"none\"\ntraffic = \"90s\"\n");
    let loaded = load_folder(folder.path());
    assert_eq!((loaded.times.len(), loaded.max_age_s.len(), loaded.ranking.len()), (4, 4, 1));
    assert_same_inputs(&loaded);
}

#[test]
fn words_lead_back_to_themselves() {
    for axis in Axis::ALL {
        assert_eq!(convert::axes(&[axis.number()]).expect("it is one"), [axis]);
    }
    for method in MethodName::ALL {
        assert_eq!(convert::method(method.number()).expect("it is one"), method);
    }
    assert_eq!(convert::method(0).expect("unspecified is as usual"), MethodName::Auto);
    assert_eq!(convert::aim(Aim::Placement.number()).expect("it is one"), Aim::Placement);
    assert!(convert::aim(9).is_err() && convert::axes(&[0]).is_err());
}

#[test]
fn violated_rows_have_the_names_of_files_and_lead_back() {
    let mut kinds = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let problem = Generator::new(anything(seed)).draft().build().expect("it is valid");
        let mut placement = problem.initial_placement();
        for component in problem.component_ids().step_by(2) {
            let host = colocate_model::HostId::new(component.index() % 2 % problem.hosts.len());
            placement.set(component, (component.index() % 6 != 0).then_some(host));
        }
        for violation in colocate_model::check(&problem, &placement).violations {
            let message = convert::violation(&problem, &violation);
            let constraint = message.row.as_ref().map(|row| row.constraint.clone()).unwrap_or_default();
            let written = serde_json::to_value(violation).expect("it is written");
            assert_eq!(written["constraint"], constraint);
            assert_eq!(convert::violation_from_wire(&message, &problem).expect("it is one"), violation);
            kinds.insert(constraint);
        }
        let message = convert::placement_to_wire(&placement, &problem);
        assert_eq!(convert::placement(&message, &problem).expect("it is one"), placement);
    }
    assert!(kinds.len() >= 10, "{kinds:?}");
    let budget = Row::MoveBudget;
    let problem = tiny(0).build().expect("it is valid");
    assert_eq!(convert::row_from_wire(&convert::row(&problem, budget), &problem).expect("it is one"), budget);
}
