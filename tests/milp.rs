//! The exact method from outside: proofs, faults of its process, programmes as files.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// `replan` by `method` of an instance in `bench/instances`.
fn replan(instance: &str, method: &str) -> Command {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/instances/talkers").join(instance);
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("colocate"));
    command.arg("replan").arg(folder.join("cluster.json"));
    for (option, file) in
        [("latency", "latency.json"), ("traffic", "traffic.json"), ("policy", "policy.toml")]
    {
        command.arg(format!("--{option}")).arg(folder.join(file));
    }
    command.args(["--method", method, "--json"]);
    command
}

fn json(command: &mut Command) -> Value {
    let output = command.stderr(Stdio::null()).output().expect("it runs");
    assert!(output.status.success(), "{:?}", output.status);
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

fn is_better(object: &Value) -> bool {
    object["objective_total"].as_i64() < object["initial_objective_total"].as_i64()
}

#[test]
fn small_problems_are_solved_to_proven_optimality_in_either_process() {
    for process in [None, Some("--milp-process")] {
        let object = json(replan("25x5-09", "milp").args(process));
        assert_eq!(object["status"], "optimal");
        assert_eq!(object["bound"][0], object["objective_total"]);
        assert_eq!(object["gap"][0], 0.0);
        assert_eq!(object["objective_total"], 7_166_387);
    }
}

#[test]
fn a_process_without_memory_costs_the_proof_and_not_the_answer() {
    let object = json(replan("25x5-09", "milp").args(["--milp-process", "--milp-memory", "24"]));
    assert_eq!(object["status"], "feasible");
    assert!(is_better(&object));
}

#[test]
#[cfg(target_os = "linux")]
fn killing_the_process_costs_the_proof_and_not_the_answer() {
    let object = killing(replan("50x10-01", "milp").args(["--milp-process", "--time-limit", "20s"]));
    assert_eq!(object["status"], "feasible");
    assert!(is_better(&object));
}

#[test]
#[cfg(target_os = "linux")]
fn killing_the_process_of_the_bounds_costs_a_bound_and_not_the_answer() {
    let mut command = replan("50x10-01", "search");
    command.args(["--iterations", "2000"]);
    let whole = json(&mut command);
    let object = killing(command.arg("--milp-process"));
    assert_eq!(object["objective"], whole["objective"]);
    assert_eq!(object["plan_hash"], whole["plan_hash"]);
    assert!(object["bound"][0].as_i64() <= whole["bound"][0].as_i64());
}

/// What `command` prints while every process that it starts is killed.
#[cfg(target_os = "linux")]
fn killing(command: &mut Command) -> Value {
    let mut parent = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("it starts");
    let mut killed = 0;
    while parent.try_wait().expect("it is ours").is_none() {
        for worker in children(parent.id()) {
            let kill = Command::new("kill").args(["-9", &worker.to_string()]).status();
            killed += usize::from(kill.is_ok_and(|status| status.success()));
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let output = parent.wait_with_output().expect("it has ended");
    assert!(output.status.success() && killed > 0);
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// The processes that `parent` has started.
#[cfg(target_os = "linux")]
fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").expect("it is Linux").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    ids.filter(|id| {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        // After the name in parentheses: state and parent.
        let fields = stat.rsplit(')').next().unwrap_or_default();
        fields.split_whitespace().nth(1) == Some(&parent.to_string())
    })
    .collect()
}

#[test]
fn the_programme_is_written_in_the_mps_format() {
    let folder = tempfile::tempdir().expect("a folder");
    let path: PathBuf = folder.path().join("programme.mps");
    json(replan("25x5-09", "milp").args(["--iterations", "1000", "--write-mps"]).arg(&path));
    let text = std::fs::read_to_string(&path).expect("it is written");
    for section in ["NAME", "ROWS", "COLUMNS", "RHS", "BOUNDS", "ENDATA"] {
        assert!(text.lines().any(|line| line.starts_with(section)), "{section}");
    }
    assert_eq!(
        std::fs::read_dir(folder.path()).expect("it is there").count(),
        1,
        "nothing is left beside it"
    );
}
