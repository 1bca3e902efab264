//! The command from outside: exit codes, what is printed, what is written.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

/// The example files of `docs/formats.md`.
fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/files/tests/data").join(name)
}

fn demo_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo").join(name)
}

fn colocate() -> Command {
    Command::cargo_bin("colocate").expect("the binary is built")
}

/// `replan` of the demo's files.
fn replan() -> Command {
    let mut command = colocate();
    command.arg("replan").arg(demo_file("cluster.json"));
    for option in ["latency", "traffic", "forecast"] {
        command.arg(format!("--{option}")).arg(demo_file(&format!("{option}.json")));
    }
    command.arg("--policy").arg(demo_file("policy.toml"));
    command.args(["--iterations", "2000", "--now", "2026-03-01T17:40:00Z"]);
    command
}

fn json(command: &mut Command) -> Value {
    let output = command.arg("--json").assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).expect("one JSON object")
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON")
}

/// A cluster of one host with `capacity` mCPU and a component of 400 that is on `host`.
fn cluster(folder: &Path, capacity: u32, host: &str) -> PathBuf {
    let path = folder.join("cluster.json");
    let text = format!(
        r#"{{ "version": "colocate/v1", "kind": "cluster",
            "resources": [{{"name": "cpu", "unit": "mcpu"}}],
            "hosts": [{{"id": "h1", "capacity": {{"cpu": {capacity}}}}}],
            "services": [{{"id": "web"}}],
            "components": [{{"id": "web.0", "service": "web", "host": {host}, "demand": {{"cpu": 400}}}}] }}"#
    );
    std::fs::write(&path, text).expect("it is written");
    path
}

#[test]
fn replan_prints_one_object_with_all_its_keys() {
    let object = json(&mut replan());
    for key in [
        "status",
        "objective",
        "initial_objective",
        "objective_total",
        "initial_objective_total",
        "bound",
        "relaxation",
        "gap",
        "moves",
        "parking",
        "left_out",
        "wall_s",
        "iterations",
        "stop_reason",
        "plan_hash",
        "method",
        "seed",
    ] {
        assert!(object.get(key).is_some(), "{key} is missing: {object:#}");
    }
    assert_eq!(object["status"], "feasible");
    assert!(object["plan_hash"].as_str().is_some_and(|hash| hash.starts_with("blake3:")));
}

#[test]
fn the_plan_has_as_many_directives_as_the_answer_says_and_the_same_hash() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.json");
    let object = json(replan().arg("--plan").arg(&path));
    let plan = read(&path);
    let waves = plan["waves"].as_array().expect("waves");
    let directives: Vec<&Value> =
        waves.iter().flat_map(|wave| wave["directives"].as_array().expect("directives")).collect();
    assert_eq!(object["moves"], directives.len());
    assert_eq!(object["plan_hash"], plan["hash"]);
    assert_eq!((&plan["kind"], &plan["executable"]), (&"plan".into(), &true.into()));
    assert_eq!(plan["made_at"], "2026-03-01T17:40:00Z");
    assert_eq!(plan["valid_until"], "2026-03-01T18:10:00Z");
    for directive in directives {
        for key in ["component_id", "target_rack", "migration_strategy", "target_host", "gain", "reason"] {
            assert!(!directive[key].is_null(), "{key} is missing: {directive:#}");
        }
    }
    let weights = plan["routing"]["catalog"].as_object().expect("catalog calls the cache local-first");
    for peers in weights.values() {
        let sum: f64 = peers.as_object().expect("peers").values().filter_map(Value::as_f64).sum();
        assert!((sum - 1.0).abs() < 1e-9, "{peers}");
    }
}

#[test]
fn the_same_seed_and_iterations_give_the_same_plan() {
    let hash = || json(&mut replan())["plan_hash"].clone();
    assert_eq!(hash(), hash());
    assert_ne!(json(replan().args(["--max-moves", "3"]))["plan_hash"], hash());
}

#[test]
fn no_more_directives_than_allowed() {
    let object = json(replan().args(["--max-moves", "3"]));
    assert!(object["moves"].as_u64().is_some_and(|moves| moves <= 3), "{object:#}");
}

#[test]
fn the_threshold_rule_names_racks_and_is_not_executable() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("plan.json");
    let object = json(replan().args(["--method", "threshold", "--plan"]).arg(&path));
    assert_eq!(object["executable"], false);
    let plan = read(&path);
    assert_eq!(plan["executable"], false);
    assert!(plan["violations"].is_array());
    let waves = plan["waves"].as_array().expect("waves");
    let directives = waves.iter().flat_map(|wave| wave["directives"].as_array().expect("directives"));
    assert!(directives.clone().count() > 0);
    for directive in directives {
        assert!(directive["target_rack"].is_string() && directive["target_host"].is_null());
    }
    replan().args(["--method", "threshold", "--solution", "out.json"]).assert().code(2);
}

#[test]
fn the_demo_explains_itself_and_writes_its_plan() {
    let folder = tempfile::tempdir().expect("a folder");
    let assert = colocate().arg("demo").current_dir(folder.path()).assert().success();
    let text = String::from_utf8(assert.get_output().stdout.clone()).expect("it is text");
    for words in
        ["rack-a1 passes its CPU limit", "in 20 min", "checkout", "b2-3 is draining", "What it gains"]
    {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
    let plan = read(&folder.path().join("plan.json"));
    assert!(plan["waves"].as_array().is_some_and(|waves| !waves.is_empty()));
    let again = colocate().arg("demo").current_dir(folder.path()).assert().success();
    assert_eq!(text, String::from_utf8_lossy(&again.get_output().stdout));
}

#[test]
fn a_plan_for_nothing_is_done() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = cluster(folder.path(), 1000, "\"h1\"");
    let object = json(colocate().arg("replan").arg(&cluster).args(["--iterations", "10"]));
    assert_eq!((&object["moves"], &object["left_out"]), (&0.into(), &0.into()));
    let assert = colocate().arg("replan").arg(&cluster).args(["--iterations", "10"]).assert().success();
    assert!(String::from_utf8_lossy(&assert.get_output().stdout).contains("nothing to move"));
}

#[test]
fn check_fails_where_a_row_is_violated() {
    let folder = tempfile::tempdir().expect("a folder");
    colocate().arg("check").arg(cluster(folder.path(), 1000, "\"h1\"")).assert().code(0);
    colocate().arg("check").arg(cluster(folder.path(), 300, "\"h1\"")).assert().code(1);
}

#[test]
fn broken_input_is_reported_whole_and_nothing_is_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cluster.json");
    std::fs::write(
        &path,
        r#"{"version": "colocate/v1", "kind": "cluster", "hosts": [{"idd": "h1"}], "x": 1}"#,
    )
    .expect("it is written");
    let out = folder.path().join("plan.json");
    let assert = colocate().arg("replan").arg(&path).arg("--plan").arg(&out).assert().code(2);
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(text.contains("/hosts/0/idd") && text.contains("/x"), "{text}");
    assert!(assert.get_output().stdout.is_empty());
    assert!(!out.exists());
}

#[test]
fn bad_usage_is_code_2() {
    colocate().arg("replan").assert().code(2);
    colocate().args(["replan", "a.json", "b.json"]).assert().code(2);
    colocate().args(["replan", "a.json", "--time-limit", "3 weeks"]).assert().code(2);
    colocate().args(["schema", "poem"]).assert().code(2);
}

#[test]
fn what_fits_nowhere_is_infeasible_and_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let cluster = cluster(folder.path(), 300, "null");
    let out = folder.path().join("plan.json");
    let assert = colocate().arg("replan").arg(&cluster).arg("--plan").arg(&out).assert().code(3);
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    assert!(text.contains("web.0") && text.contains("h1 lacks 100 cpu"), "{text}");
    assert!(!out.exists());
}

#[test]
fn what_was_not_found_in_time_is_code_4() {
    // Two components of 400 and 400 fit, a third does not, though each alone does.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("cluster.json");
    let component =
        |n: u32| format!(r#"{{"id": "web.{n}", "service": "web", "host": null, "demand": {{"cpu": 400}}}}"#);
    let components: Vec<String> = (0..3).map(component).collect();
    let text = format!(
        r#"{{ "version": "colocate/v1", "kind": "cluster",
            "resources": [{{"name": "cpu", "unit": "mcpu"}}],
            "hosts": [{{"id": "h1", "capacity": {{"cpu": 1000}}}}],
            "services": [{{"id": "web"}}], "components": [{}] }}"#,
        components.join(", ")
    );
    std::fs::write(&path, text).expect("it is written");
    let replan = |method: &str| {
        let mut command = colocate();
        command.arg("replan").arg(&path).args(["--iterations", "100", "--method", method]);
        command.assert()
    };
    replan("search").code(4);
    // The exact method proves that there is nothing.
    replan("milp").code(3);
}

#[test]
fn an_output_that_cannot_be_written_is_code_1() {
    let folder = tempfile::tempdir().expect("a folder");
    replan().arg("--plan").arg(folder.path().join("missing/plan.json")).assert().code(1);
}

#[test]
fn old_inputs_are_said_to_be_old() {
    let mut command = colocate();
    command.arg("replan").arg(data("cluster.json")).args(["--iterations", "10"]);
    let assert = command.args(["--now", "2031-01-01T00:00:00Z"]).assert().success();
    let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(text.contains("warning") && text.contains("s old"), "{text}");
}

#[test]
fn people_see_terms_and_racks_before_and_after() {
    let assert = replan().assert().success();
    let text = String::from_utf8_lossy(&assert.get_output().stdout).into_owned();
    for words in [
        "overload",
        "Highest utilisation over the horizon",
        "soft limit",
        "rack-a1",
        "wave(s)",
        "goal 2: at least",
    ] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_search_with_an_answer() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("cluster.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("it runs").success());
    let plan = folder.path().join("plan.json");
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_colocate"))
        .arg("replan")
        .arg(&pipe)
        .args(["--time-limit", "1h", "--json", "--plan"])
        .arg(&plan)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("it starts");
    // Who reads the cluster listens to signals already; the search has an hour.
    std::fs::write(&pipe, std::fs::read(demo_file("cluster.json")).expect("it is there"))
        .expect("it is read");
    let kill = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.expect("it runs").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let answer: Value = serde_json::from_slice(&output.stdout).expect("one JSON object");
    assert_eq!(answer["stop_reason"], "interrupted");
    assert_eq!(answer["plan_hash"], read(&plan)["hash"]);
}
