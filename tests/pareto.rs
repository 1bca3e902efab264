//! `colocate pareto` from outside: what is printed, what is written, what is refused.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;

fn demo_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo").join(name)
}

/// `pareto` of the demo's files.
fn pareto() -> Command {
    let mut command = Command::cargo_bin("colocate").expect("the binary is built");
    command.arg("pareto").arg(demo_file("cluster.json"));
    for option in ["latency", "traffic", "forecast"] {
        command.arg(format!("--{option}")).arg(demo_file(&format!("{option}.json")));
    }
    command.arg("--policy").arg(demo_file("policy.toml"));
    command.args(["--iterations", "600", "--points", "6", "--threads", "1"]);
    command
}

fn output(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).expect("it is text")
}

fn values(point: &Value) -> (i64, i64) {
    let value = |name: &str| point["values"][name].as_i64().expect("a whole number");
    (value("latency"), value("moves"))
}

/// Whether every element of an XML text is closed where it was opened.
fn is_well_formed(text: &str) -> bool {
    let mut open: Vec<&str> = Vec::new();
    for tag in text.split('<').skip(1) {
        let Some((tag, _)) = tag.split_once('>') else { return false };
        let name = tag.split_whitespace().next().unwrap_or("");
        if let Some(name) = name.strip_prefix('/') {
            if open.pop() != Some(name) {
                return false;
            }
        } else if !tag.ends_with('/') {
            open.push(name);
        }
    }
    open.is_empty() && text.starts_with("<svg")
}

#[test]
fn the_object_holds_a_front_and_is_the_same_every_time() {
    let text = output(pareto().arg("--json"));
    assert_eq!(text, output(pareto().arg("--json")));
    let object: Value = serde_json::from_str(&text).expect("one JSON object");
    for key in [
        "status",
        "axes",
        "points",
        "start",
        "reference",
        "hypervolume",
        "hypervolume_share",
        "held",
        "solves",
        "iterations",
        "stop_reason",
        "threads",
        "seed",
    ] {
        assert!(!object[key].is_null(), "{key} is missing: {object:#}");
    }
    let points = object["points"].as_array().expect("points");
    assert!(points.len() > 1 && object["solves"].as_u64() == Some(6), "{object:#}");
    assert!(points.windows(2).all(|pair| {
        let (before, after) = (values(&pair[0]), values(&pair[1]));
        before.0 < after.0 && before.1 > after.1
    }));
    assert!(points.iter().all(|point| point["certificate"] == "heuristic"));
    assert!(points.iter().filter(|point| point["knee"] == true).count() <= 1);
    let share = object["hypervolume_share"].as_f64().expect("a number");
    assert!(share > 0.0 && share < 1.0, "{share}");
}

#[test]
fn the_table_and_the_picture_are_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let (csv, svg) = (folder.path().join("front.csv"), folder.path().join("front.svg"));
    let text = output(pareto().arg("--json").arg("--csv").arg(&csv).arg("--svg").arg(&svg));
    let object: Value = serde_json::from_str(&text).expect("one JSON object");
    let points = object["points"].as_array().expect("points");
    let table = std::fs::read_to_string(csv).expect("it is there");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "latency,moves,latency ($/h),moves (moves),certificate,knee");
    assert_eq!(lines.len(), points.len() + 1);
    for (line, point) in lines[1..].iter().zip(points) {
        let (latency, moves) = values(point);
        assert!(line.starts_with(&format!("{latency},{moves},")), "{line}");
    }
    let picture = std::fs::read_to_string(svg).expect("it is there");
    assert!(is_well_formed(&picture), "{picture}");
    assert!(picture.contains("moves") && picture.contains("latency, $/h"));
    assert_eq!(picture.matches("<circle").count(), points.len());
}

#[test]
fn three_axes_have_three_projections() {
    let folder = tempfile::tempdir().expect("a folder");
    let svg = folder.path().join("front.svg");
    let text = output(pareto().args(["--terms", "moves,latency,energy", "--json", "--svg"]).arg(&svg));
    let object: Value = serde_json::from_str(&text).expect("one JSON object");
    let points = object["points"].as_array().expect("points").len();
    let picture = std::fs::read_to_string(svg).expect("it is there");
    assert!(is_well_formed(&picture), "{picture}");
    assert_eq!(picture.matches("<circle").count(), 3 * points);
}

#[test]
fn people_see_a_table_a_plot_and_the_volume() {
    let text = output(pareto().env("LANG", "C").env_remove("LC_ALL").env_remove("LC_CTYPE"));
    for words in ["heuristic", "latency, $/h", "moves", "reference: latency", "hypervolume 0."] {
        assert!(text.contains(words), "no `{words}` in\n{text}");
    }
    assert!(text.is_ascii(), "{text}");
    let text = output(pareto().env("LC_ALL", "en_GB.UTF-8"));
    assert!(text.contains('●') && !text.contains('\u{1b}'), "{text}");
}

#[test]
fn caps_and_a_reference_point_may_be_given() {
    let text = output(pareto().args(["--at", "30,60", "--reference", "1000000000,50", "--json"]));
    let object: Value = serde_json::from_str(&text).expect("one JSON object");
    let points = object["points"].as_array().expect("points");
    assert!(points.iter().any(|point| values(point).1 <= 60), "{object:#}");
    assert_eq!(object["reference"]["moves"], 50);
}

#[test]
fn axes_that_make_no_sense_are_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let csv = folder.path().join("front.csv");
    let refused = |arguments: &[&str]| {
        let assert = pareto().arg("--csv").arg(&csv).args(arguments).assert().code(2);
        assert!(!csv.exists());
        String::from_utf8_lossy(&assert.get_output().stderr).into_owned()
    };
    assert!(refused(&["--terms", "localty,moves"]).contains("maybe you meant `locality`"));
    assert!(refused(&["--terms", "poems,moves"]).contains("network_cost"));
    assert!(refused(&["--terms", "moves"]).contains("two or three"));
    assert!(refused(&["--terms", "latency,locality"]).contains("two or three"));
    assert!(refused(&["--at=-3"]).contains("-3"));
    assert!(refused(&["--reference", "7"]).contains("1 values for 2 axes"));
    assert!(refused(&["--terms", "latency,moves,energy", "--at", "3"]).contains("two axes"));
}

#[test]
#[cfg(unix)]
fn an_interrupt_leaves_the_front_so_far() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("cluster.json");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("it runs").success());
    let child = std::process::Command::new(env!("CARGO_BIN_EXE_colocate"))
        .arg("pareto")
        .arg(&pipe)
        .args(["--time-limit", "1h", "--json"])
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
    assert!(answer["points"].as_array().is_some_and(|points| !points.is_empty()));
}
