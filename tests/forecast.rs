//! `colocate forecast`, from outside.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// Steps a day, of 5 minutes.
const DAY: usize = 288;
/// Where the histories end: 2026-03-01T00:00:00Z.
const END: i64 = 1_772_323_200;

fn colocate(arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("colocate").expect("the binary is built");
    command.arg("forecast").args(arguments);
    command
}

/// A week of two services on two racks: what `shop` needs grows with the day, and it calls `cache`.
fn history(folder: &Path) -> String {
    let mut text = "time,component,from,to,service,metric,value\n".to_owned();
    for index in 0..7 * DAY {
        let time = END - 300 * (7 * DAY - index) as i64;
        let wave = 1.0 + (std::f64::consts::TAU * index as f64 / DAY as f64).sin() / 2.0;
        let noise = (index * 7919 % 101) as f64 / 101.0 - 0.5;
        for (component, service, level) in
            [("shop.0", "shop", 1500.0), ("shop.1", "shop", 1400.0), ("cache.0", "cache", 300.0)]
        {
            writeln!(text, "{time},{component},,,{service},cpu,{}", level * wave + 50.0 * noise)
                .expect("memory");
        }
        writeln!(text, "{time},,shop,cache,,calls_per_s,{}", 200.0 * wave + 5.0 * noise).expect("memory");
    }
    let path = folder.join("history.csv");
    fs::write(&path, text).expect("there is room");
    path.display().to_string()
}

fn cluster(folder: &Path) -> String {
    let host = |id: &str, rack: &str, cpu: i64| json!({"id": id, "in": {"rack": rack}, "capacity": {"cpu": cpu}, "soft_limit": {"cpu": cpu * 8 / 10}});
    let component = |id: &str, service: &str, host: &str| json!({"id": id, "service": service, "host": host, "demand": {"cpu": 1000}});
    let cluster = json!({
        "version": "colocate/v1", "kind": "cluster",
        "resources": [{"name": "cpu", "unit": "mcpu", "basis": "use"}],
        "partitions": ["rack"],
        "domains": [{"partition": "rack", "id": "r1"}, {"partition": "rack", "id": "r2"}],
        "hosts": [host("h1", "r1", 3000), host("h2", "r2", 8000)],
        "services": [{"id": "shop"}, {"id": "cache"}],
        "components": [component("shop.0", "shop", "h1"), component("shop.1", "shop", "h1"), component("cache.0", "cache", "h2")],
    });
    write(folder, "cluster.json", &cluster)
}

fn latency(folder: &Path) -> String {
    let latency = json!({
        "version": "colocate/v1", "kind": "latency", "level": "rack", "same_host_us": 20,
        "lms_measurements": {"r1": {"r1": 100, "r2": 800}, "r2": {"r2": 100}},
    });
    write(folder, "latency.json", &latency)
}

fn write(folder: &Path, name: &str, value: &Value) -> String {
    let path = folder.join(name);
    fs::write(&path, value.to_string()).expect("there is room");
    path.display().to_string()
}

fn stdout(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).expect("text")
}

#[test]
fn a_forecast_feeds_replan_which_says_what_it_is_about() {
    let folder = TempDir::new().expect("there is room");
    let (history, cluster, latency) =
        (history(folder.path()), cluster(folder.path()), latency(folder.path()));
    let out = folder.path().join("forecast.json.gz").display().to_string();
    let picture = folder.path().join("fan.svg");
    let now = "2026-03-01T00:00:00Z";
    let text = stdout(&mut colocate(&[
        "--history",
        &history,
        "--horizon",
        "2h",
        "--cluster",
        &cluster,
        "--latency",
        &latency,
        "--out",
        &out,
        "--plot",
        &picture.display().to_string(),
        "--now",
        now,
    ]));
    assert!(text.contains("4 series, 24 steps of 300 s from 2026-03-01T00:00:00Z"), "{text}");
    assert!(text.contains("reserve of hosts: cpu") && text.contains("shop.0"), "{text}");
    assert!(fs::read_to_string(picture).expect("it is drawn").contains("shop.0 cpu"));

    let mut replan = Command::cargo_bin("colocate").expect("the binary is built");
    replan.args([
        "replan",
        &cluster,
        "--latency",
        &latency,
        "--forecast",
        &out,
        "--iterations",
        "2000",
        "--now",
        now,
    ]);
    let text = stdout(&mut replan);
    assert!(text.contains("What is forecast to go wrong"), "{text}");
    assert!(text.contains("cpu of r1 over its limit") && text.contains("goes to h2"), "{text}");
    let object: Value = serde_json::from_str(&stdout(replan.arg("--json"))).expect("an object");
    assert_eq!(object["about"][0]["overload"]["rack"], "r1", "{object}");
}

#[test]
fn the_same_history_gives_the_same_bytes_whatever_the_threads() {
    let folder = TempDir::new().expect("there is room");
    let history = history(folder.path());
    let made = |threads: &str| {
        stdout(&mut colocate(&[
            "--history",
            &history,
            "--now",
            "2026-03-01T00:00:00Z",
            "--json",
            "--threads",
            threads,
        ]))
    };
    let (one, four) = (made("1"), made("4"));
    assert_eq!(one, four);
    let file: Value = serde_json::from_str(&one).expect("an object");
    let shop = &file["components"]["shop.0"]["cpu"];
    // The wave starts anew with the day, half an hour into which it is 7 % up.
    for (step, mean) in shop["mean"].as_array().expect("a list").iter().enumerate() {
        let expected = 1500.0 * (1.0 + (std::f64::consts::TAU * step as f64 / DAY as f64).sin() / 2.0);
        let mean = mean.as_f64().expect("a number");
        assert!((mean / expected - 1.0).abs() < 0.05, "step {step}: {mean}, not {expected}");
    }
    assert!(shop["window_max"]["0.95"].as_f64() >= shop["q"]["0.95"][0].as_f64());
    assert_eq!(file["edges"][0]["calls_per_s"]["mean"].as_array().map(Vec::len), Some(6));
}

#[test]
fn a_backtest_scores_every_series_and_writes_what_was_forecast() {
    let folder = TempDir::new().expect("there is room");
    let history = history(folder.path());
    let csv = folder.path().join("forecasts.csv");
    let text = stdout(&mut colocate(&[
        "--history",
        &history,
        "--backtest",
        "--origins",
        "5",
        "--over",
        "2d",
        "--quantiles",
        "0.9,0.95",
        "--forecasts",
        &csv.display().to_string(),
        "--json",
    ]));
    let scores: Value = serde_json::from_str(&text).expect("an object");
    assert_eq!(scores["series"].as_array().map(Vec::len), Some(4));
    assert!(scores["all"]["mase"].as_f64().is_some_and(|mase| mase < 1.0), "{scores}");
    let lines: Vec<String> =
        fs::read_to_string(csv).expect("it is written").lines().map(str::to_owned).collect();
    assert_eq!(lines[0], "series,origin,step,f,q90,q95,wmax90,wmax95");
    assert_eq!(lines.len(), 1 + 4 * 5 * 6);
    assert!(lines[1].starts_with("cache.0 cpu,1440,1,"), "{}", lines[1]);
}

#[test]
fn every_model_can_be_asked_for() {
    let folder = TempDir::new().expect("there is room");
    let history = history(folder.path());
    for model in ["auto", "best", "pool", "learned", "seasonal-naive", "ets", "mstl", "arima", "prophet"] {
        let text = stdout(&mut colocate(&["--history", &history, "--model", model, "--json"]));
        let file: Value = serde_json::from_str(&text).expect("an object");
        assert_eq!(file["model"], model);
        let first = file["components"]["shop.0"]["cpu"]["q"]["0.5"][0].as_f64().expect("a number");
        assert!((1300.0..1700.0).contains(&first), "{model}: {first}");
    }
}

#[test]
fn somebody_elses_forecast_takes_the_place_of_ours() {
    let folder = TempDir::new().expect("there is room");
    let history = history(folder.path());
    let theirs = |steps: usize| {
        json!({
            "version": "colocate/v1", "kind": "forecast", "start": "2026-03-01T00:00:00Z", "step_s": 300, "steps": steps,
            "model": "oracle", "components": {"shop.1": {"cpu": {"mean": vec![7.0; steps]}}},
        })
    };
    let file = write(folder.path(), "theirs.json", &theirs(6));
    let text = stdout(&mut colocate(&["--history", &history, "--external", &file, "--json"]));
    let merged: Value = serde_json::from_str(&text).expect("an object");
    assert_eq!(merged["model"], "auto, oracle");
    assert_eq!(merged["components"]["shop.1"]["cpu"], json!({"mean": vec![7.0; 6]}));
    assert!(merged["components"]["shop.0"]["cpu"]["q"]["0.95"].is_array());

    let wrong = write(folder.path(), "wrong.json", &theirs(5));
    colocate(&["--history", &history, "--external", &wrong]).assert().code(2);
    let nowhere = "http://127.0.0.1:9/forecast.json";
    colocate(&["--history", &history, "--external", nowhere]).assert().code(1);
}

#[test]
fn bad_input_is_told_and_nothing_is_written() {
    let folder = TempDir::new().expect("there is room");
    let good = history(folder.path());
    let bad = folder.path().join("bad.csv");
    fs::write(&bad, "time,component,metric,value\n0,a,cpu,1\nlater,a,cpu,2\n300,a,cpu,many\n")
        .expect("there is room");
    let out = folder.path().join("forecast.json");
    let refused = |arguments: &[&str], code: i32, told: &[&str]| {
        let mut command = colocate(arguments);
        let assert = command.arg("--out").arg(&out).assert().code(code);
        let text = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        for words in told {
            assert!(text.contains(words), "{words} is not in {text}");
        }
        assert!(!out.exists());
    };
    let bad = bad.display().to_string();
    refused(&["--history", &bad], 2, &["line 3", "line 4"]);
    refused(&["--history", &folder.path().join("missing.csv").display().to_string()], 2, &["missing.csv"]);
    refused(&["--history", "http://127.0.0.1:9"], 2, &["--preset"]);
    refused(&["--history", "http://127.0.0.1:9", "--preset", "nomad"], 1, &["127.0.0.1:9"]);
    refused(&["--history", &good, "--quantiles", "1.5"], 2, &["between 0 and 1"]);
    refused(&["--history", &good, "--horizon", "0s"], 2, &["--horizon"]);
    let picture = folder.path().join("fan.svg").display().to_string();
    refused(
        &["--history", &good, "--plot", &picture, "--series", "shop.0 cpus"],
        2,
        &["maybe you meant `shop.0 cpu`"],
    );
}
