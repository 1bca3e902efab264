//! `explain` from outside: what it prints, what it refuses.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn demo_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo").join(name)
}

/// A command with the demo's files.
fn demo(name: &str) -> Command {
    let mut command = Command::cargo_bin("colocate").expect("the binary is built");
    command.arg(name).arg(demo_file("cluster.json"));
    for option in ["latency", "traffic", "forecast"] {
        command.arg(format!("--{option}")).arg(demo_file(&format!("{option}.json")));
    }
    command.arg("--policy").arg(demo_file("policy.toml"));
    command
}

/// The plan of the demo, in a folder of its own.
fn plan() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.json");
    demo("replan")
        .args(["--iterations", "2000", "--now", "2026-03-01T17:40:00Z", "--plan"])
        .arg(&path)
        .assert()
        .success();
    (folder, path)
}

fn explain(plan: &Path) -> Command {
    let mut command = demo("explain");
    command.args(["--iterations", "200", "--plan"]).arg(plan);
    command
}

fn json(command: &mut Command) -> Value {
    let output = command.arg("--json").assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).expect("one JSON object")
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON")
}

/// What is said about a faulty call.
fn refused(command: &mut Command) -> String {
    let assert = command.assert().code(2);
    assert!(assert.get_output().stdout.is_empty());
    String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

#[test]
fn the_gains_of_the_directives_add_up_to_the_change_of_the_plan() {
    let (_folder, path) = plan();
    let object = json(&mut explain(&path));
    let plan = read(&path);
    assert_eq!(object["plan_hash"], plan["hash"]);
    assert_eq!((&object["initial_objective"], &object["objective"]), (&plan["before"], &plan["after"]));
    let directives = list(&object["directives"]);
    let goals = list(&plan["before"]).iter().zip(list(&plan["after"]));
    for (index, (before, after)) in goals.enumerate() {
        let whole = |value: &Value| value.as_i64().expect("an integer");
        let sum: i64 = directives.iter().map(|directive| whole(&directive["goals"][index])).sum();
        assert_eq!(sum, whole(&before["total"]) - whole(&after["total"]));
        for (term, value) in before["terms"].as_object().expect("terms") {
            let gains = directives.iter().filter_map(|directive| directive["gain"][term].as_i64());
            assert_eq!(gains.sum::<i64>(), whole(value) - whole(&after["terms"][term]), "{term}");
        }
    }
    let waves = list(&plan["waves"]).iter().flat_map(|wave| list(&wave["directives"]));
    for (directive, planned) in directives.iter().zip(waves) {
        assert_eq!(directive["component_id"], planned["component_id"]);
        assert_eq!(directive["gain"], planned["gain"]);
    }
}

#[test]
fn every_component_that_moves_is_told_why_not_elsewhere() {
    let (_folder, path) = plan();
    let object = json(&mut explain(&path));
    let answers = list(&object["why_not"]);
    assert!(!answers.is_empty());
    for answer in answers {
        let alternatives = list(&answer["alternatives"]);
        assert_eq!(alternatives.len(), 5);
        for alternative in alternatives {
            let blocked = !list(&alternative["blocked_by"]).is_empty();
            assert_eq!(alternative["verdict"] == "blocked", blocked, "{alternative:#}");
        }
    }
}

#[test]
fn people_get_tables_and_one_component_if_they_ask() {
    let (_folder, path) = plan();
    let name = list(&json(&mut explain(&path))["why_not"])[0]["component_id"].clone();
    let name = name.as_str().expect("a name");
    let assert = explain(&path).args(["--component", name]).assert().success();
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for words in ["What each directive gains", "Why not elsewhere", name] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
    assert_eq!(list(&json(explain(&path).args(["--component", name]))["why_not"]).len(), 1);
}

#[test]
fn what_if_judges_moves_together() {
    let cluster = read(&demo_file("cluster.json"));
    let component = list(&cluster["components"])[0]["id"].as_str().expect("a name").to_owned();
    let hosts = list(&cluster["hosts"]);
    for host in hosts {
        let host = host["id"].as_str().expect("a name");
        let mut command = demo("explain");
        command.args(["--iterations", "1", "--time-limit", "0s", "--move", &format!("{component}:{host}")]);
        let answer = &json(&mut command)["what_if"];
        let broken = list(&answer["rows"])
            .iter()
            .any(|row| row["broken"] == true && row["after"].as_i64() > row["before"].as_i64());
        assert_eq!(answer["blocked"], broken, "{answer:#}");
        assert!(answer["before"].is_array() && answer["after"].is_array());
    }
}

#[test]
fn names_that_do_not_exist_are_faults_all_at_once() {
    let cluster = read(&demo_file("cluster.json"));
    let host = list(&cluster["hosts"])[0]["id"].as_str().expect("a name");
    let slip = format!("{host}x");
    let text = refused(demo("explain").args([
        "--component",
        "nobody",
        "--move",
        &format!("nobody:{slip}"),
        "--move",
        "nothing",
    ]));
    for words in ["E1207", "E1205", "E1102", "`nobody`", &format!("maybe you meant `{host}`")] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
}

#[test]
fn the_plan_of_another_problem_is_refused() {
    let (_folder, path) = plan();
    let text = refused(explain(&path).args(["--max-moves", "3"]));
    assert!(text.contains("E1402 plan /inputs/problem"), "{text}");
}

#[test]
fn a_plan_that_was_changed_or_is_broken_is_refused_with_all_its_faults() {
    let (folder, path) = plan();
    let changed = folder.path().join("changed.json");
    let mut plan = read(&path);
    plan["waves"][0]["directives"][0]["component_id"] = "nobody".into();
    plan["waves"][0]["directives"][1]["target_host"] = "nowhere".into();
    std::fs::write(&changed, plan.to_string()).expect("it is written");
    let text = refused(&mut explain(&changed));
    for words in [
        "E1304 plan /hash",
        "E1207 plan /waves/0/directives/0/component_id",
        "E1205 plan /waves/0/directives/1/target_host",
    ] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
    let broken = [
        ("{}", "E1105"),
        ("[]", "E1102"),
        ("{\"version\": \"colocate/v1\", \"kind\": \"cluster\"}", "E1106"),
        ("{\"version\": \"colocate/v1\", \"kind\": \"plan\", \"wavs\": [], \"hash\": 1}", "E1103"),
        ("{\"version\"", "E1107"),
        ("", "E1107"),
    ];
    for (text, code) in broken {
        std::fs::write(&changed, text).expect("it is written");
        let said = refused(&mut explain(&changed));
        assert!(said.contains(code) && !said.contains("panicked"), "{text}: {said}");
    }
    let said = refused(&mut explain(&folder.path().join("missing.json")));
    assert!(said.contains("E1101 plan"), "{said}");
}

/// A cluster of one host with 1000 mCPU and components of 400 without a host.
fn pending(folder: &Path, count: usize) -> PathBuf {
    let component = |n: usize| {
        format!(r#"{{"id": "web.{n}", "service": "web", "host": null, "demand": {{"cpu": 400}}}}"#)
    };
    let components: Vec<String> = (0..count).map(component).collect();
    let path = folder.join("cluster.json");
    let text = format!(
        r#"{{ "version": "colocate/v1", "kind": "cluster",
            "resources": [{{"name": "cpu", "unit": "mcpu"}}],
            "hosts": [{{"id": "h1", "capacity": {{"cpu": 1000}}}}],
            "services": [{{"id": "web"}}], "components": [{}] }}"#,
        components.join(", ")
    );
    std::fs::write(&path, text).expect("it is written");
    path
}

#[test]
fn what_blocks_is_named_with_the_least_that_helps() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = pending(folder.path(), 3);
    let mut command = Command::cargo_bin("colocate").expect("the binary is built");
    let object = json(command.arg("explain").arg(&cluster));
    let relaxation = &object["obstacles"][0]["relaxations"][0];
    assert_eq!((&relaxation["rows"][0]["amount"], &relaxation["solved"]), (&200.into(), &"feasible".into()));
    let mut command = Command::cargo_bin("colocate").expect("the binary is built");
    let assert = command.arg("replan").arg(&cluster).args(["--iterations", "100"]).assert().code(3);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("raise cpu on h1 by 200 mcpu"), "{text}");
}
