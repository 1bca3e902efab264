//! Agents from outside: what they measure of each other, what is collected of it, and what nobody can do to them.

#![expect(clippy::print_stdout, reason = "what is skipped or measured is said in a line, as test output")]

mod cluster;
mod flood;
mod prometheus;

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use cluster::{Cluster, colocate, get};

/// Rounds that are believed however busy the machine is.
const PATIENT: &str = "round_ms = 500\nburst = 5\ntimeout_ms = 200\nlate_us = 1000000";

#[test]
fn agents_measure_each_other_and_a_matrix_is_collected_at_every_level() {
    let cluster = Cluster::start(4, PATIENT);
    for agent in &cluster.agents {
        agent.wait("colocate_agent_rounds_total", |rounds| rounds >= 4.0);
    }
    let racks = cluster.collect(&["--measured-only"]);
    for (from, to) in [("r0", "r0"), ("r0", "r1"), ("r1", "r0"), ("r1", "r1")] {
        let path = &racks["lms_measurements"][from][to];
        assert!(path["p50_us"].as_f64().is_some_and(|us| us > 0.0), "{from} {to}: {racks}");
        assert_eq!(path["source"], "measured");
    }
    assert_eq!((&racks["level"], &racks["window_s"]), (&Value::from("rack"), &Value::from(300.0)));
    let hosts = cluster.collect(&["--measured-only", "--level", "host"]);
    assert!(hosts["lms_measurements"]["h0"]["h1"]["samples"].as_u64().is_some_and(|samples| samples >= 5));
    let zones = cluster.collect(&["--measured-only", "--level", "zone"]);
    assert_eq!(zones["lms_measurements"].as_object().map(serde_json::Map::len), Some(1));

    // What is written is read by the others, and a host that is gone is left out.
    let out = cluster.folder.path().join("latency.json");
    cluster.collect_to(&out);
    let shown = colocate().args(["latency", "show"]).arg(&out).output().expect("it runs");
    assert!(shown.status.success() && String::from_utf8_lossy(&shown.stdout).contains("r1"));
    assert_eq!(get((cluster.agents[0].address, cluster.agents[0].metrics).into(), "/healthz"), "ok\n");
}

#[test]
fn an_agent_ends_when_it_is_told_to_and_says_what_is_wrong_with_its_files() {
    let mut cluster = Cluster::start(1, PATIENT);
    let child = &mut cluster.agents[0].child;
    assert!(Command::new("kill").arg(child.id().to_string()).status().is_ok_and(|status| status.success()));
    assert_eq!(child.wait().expect("it ends").code(), Some(0));

    let folder = cluster.folder.path();
    let check = |config: &str| {
        let path = folder.join("bad.toml");
        fs::write(&path, config).expect("there is room");
        let output =
            colocate().args(["agent", "--check-config", "--config"]).arg(&path).output().expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = check("hots = 1\n[probe]\nround_ms = 1\npeers = 0\n");
    assert_eq!((code, said.lines().count()), (Some(2), 3), "hots, probe.peers and probe.round_ms: {said}");
    let (code, said) = check("[probe]\nburst = 1000\ngap_ms = 1000\n");
    assert_eq!((code, said.lines().count()), (Some(2), 3), "keys, peers and probe.burst: {said}");
    fs::write(folder.join("weak"), format!("{}\nnonsense-secret\n", "0".repeat(64))).expect("there is room");
    let (code, said) =
        check(&format!("keys = \"{0}/weak\"\n[peers]\nfile = \"{0}/peers0.toml\"\n", folder.display()));
    assert_eq!(code, Some(2));
    assert!(said.contains("line 1") && said.contains("line 2") && !said.contains("nonsense"), "{said}");
}

/// The truth test on a network of known delays; what a busy machine may spoil is not judged here.
#[test]
fn agents_tell_the_truth_about_a_network_that_is_known() {
    let is_root = fs::read_to_string("/proc/self/status").is_ok_and(|status| status.contains("\nUid:\t0\t"));
    let able = is_root && Path::new("/dev/net/tun").exists();
    let has = |program: &str, flag: &str| Command::new(program).arg(flag).output().is_ok();
    if !able || !has("ip", "-V") || !has("python3", "-V") {
        println!("skipped: it takes root, /dev/net/tun, ip and python3 to make a network of known delays");
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agent/truth.py");
    let output = Command::new("python3")
        .arg(script)
        .args([env!("CARGO_BIN_EXE_colocate"), folder.path().to_str().expect("text")])
        .args(["--agents", "3", "--seconds", "8"])
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if said.contains("Operation not permitted") {
        println!("skipped: this machine lets nobody make network namespaces");
        return;
    }
    let result: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{said}"));
    println!("{result}");
    assert_eq!(result["pairs"], 6);
    assert_eq!(result["exit_codes"], serde_json::json!([0, 0, 0]));
    // A machine that starves the agents makes them say so; only what they stand by is judged.
    if result["unreliable_rounds"].as_u64().unwrap_or(0) <= 6 {
        assert!(result["shares"]["median_near"].as_f64().is_some_and(|share| share >= 0.8), "{result}");
    }
}
