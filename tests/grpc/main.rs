//! The service from outside: `colocate serve` called by grpcio, by the command line and by the guide's example.

#![expect(clippy::print_stdout, reason = "what is skipped or measured is said in a line, as test output")]

mod python;
mod server;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use colocate_client::{CallError, Client, Endpoint, v1};
use serde_json::{Value, json};

use python::Python;
use server::{Server, children, colocate};

/// When plans are made.
const NOW: &str = "2026-03-01T17:40:00Z";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files of a problem, as the command line takes them.
fn files(folder: &Path) -> Vec<String> {
    let mut arguments = vec![folder.join("cluster.json").display().to_string()];
    for (option, file) in [
        ("--latency", "latency.json"),
        ("--traffic", "traffic.json"),
        ("--forecast", "forecast.json"),
        ("--policy", "policy.toml"),
    ] {
        let path = folder.join(file);
        if path.exists() {
            arguments.extend([option.to_owned(), path.display().to_string()]);
        }
    }
    arguments
}

fn demo() -> Vec<String> {
    files(&root().join("src/demo"))
}

fn talkers(name: &str) -> Vec<String> {
    files(&root().join("bench/instances/talkers").join(name))
}

/// The problem of some files as a message, in `folder`.
fn message(files: &[String], folder: &Path) -> PathBuf {
    let path = folder.join("problem.binpb");
    let status = colocate().arg("convert").args(files).arg("--proto").arg(&path).status();
    assert!(status.is_ok_and(|status| status.success()));
    path
}

fn replan(files: &[String], more: &[&str]) -> Value {
    let output = colocate().arg("replan").args(files).args(["--json", "--now", NOW]).args(more).output();
    let output = output.expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON object")
}

/// Runs a case of the suite against a server with this configuration, on the problem of `files`.
fn case(name: &str, limits: &str, files: &[String], more: &[(&str, Value)]) -> Option<Value> {
    let python = Python::find()?;
    let server = Server::start(limits);
    let mut running = python.case(name, &server, &message(files, server.folder()), more);
    Some(running.finish())
}

#[test]
fn every_call_answers_and_the_answers_agree() {
    case("every_call", "solves = 2", &demo(), &[]);
}

#[test]
fn a_deadline_is_kept_with_the_best_so_far() {
    case("deadline", "solves = 2\nmax_time_ms = 600000", &demo(), &[("deadline", json!(3.0))]);
}

#[test]
fn a_cancelled_call_answers_and_makes_room() {
    case("cancel", "solves = 1\nmax_time_ms = 600000", &demo(), &[]);
}

#[test]
fn what_is_beyond_the_limit_is_refused_with_a_reason() {
    case("admission", "solves = 2\nsolves_per_token = 3\nmax_time_ms = 600000", &demo(), &[]);
}

#[test]
fn what_is_wrong_is_said_and_harms_nobody() {
    case("hostile", "solves = 2\nmessage_mib = 4", &demo(), &[("message_mib", json!(4))]);
}

#[test]
fn the_command_line_the_server_and_grpcio_have_one_plan_hash() {
    let server = Server::start("solves = 2");
    let url = server.url();
    let (ca, token) = (server.ca().display().to_string(), server.token_file().display().to_string());
    let remote = ["--server", &url, "--server-ca", &ca, "--token-file", &token];
    let limits = ["--iterations", "20000", "--threads", "2"];
    let files = demo();
    let here = replan(&files, &limits);
    let there = replan(&files, &[&limits[..], &remote[..]].concat());
    for key in ["plan_hash", "objective", "status", "bound", "moves", "iterations"] {
        assert_eq!(here[key], there[key], "{key}");
    }
    let Some(python) = Python::find() else { return };
    let more = [("iterations", json!(20000)), ("now", json!(NOW))];
    let mut running = python.case("same_answer", &server, &message(&files, server.folder()), &more);
    assert_eq!(running.finish()["plan_hash"], here["plan_hash"]);
}

/// Challenge instances and RASA's largest cluster, where they are to be had.
#[test]
fn published_instances_have_one_plan_hash_too() {
    let data = root().join("../shared/data");
    let cases = [
        ("roadef", ["roadef2012/model_a1_3.txt", "roadef2012/assignment_a1_3.txt"].as_slice(), "20000"),
        ("rasa", ["rasa/M3.json"].as_slice(), "2000"),
    ];
    let server = Server::start("solves = 2\nmessage_mib = 256");
    let url = server.url();
    let (ca, token) = (server.ca().display().to_string(), server.token_file().display().to_string());
    for (format, names, iterations) in cases {
        let paths: Vec<PathBuf> = names.iter().map(|name| data.join(name)).collect();
        if let Some(missing) = paths.iter().find(|path| !path.exists()) {
            println!("skipped: {} is not there", missing.display());
            continue;
        }
        let mut files = vec!["--format".to_owned(), format.to_owned()];
        files.extend(paths.iter().map(|path| path.display().to_string()));
        let limits = ["--iterations", iterations, "--threads", "2"];
        let here = replan(&files, &limits);
        let remote = ["--server", &url, "--server-ca", &ca, "--token-file", &token];
        let there = replan(&files, &[&limits[..], &remote[..]].concat());
        assert_eq!(here["plan_hash"], there["plan_hash"], "{names:?}");
        let Some(python) = Python::find() else { continue };
        let iterations: u64 = iterations.parse().expect("it is a number");
        // AIM_PLACEMENT, as for benchmarks on the command line.
        let more = [("iterations", json!(iterations)), ("now", json!(NOW)), ("aim", json!(2))];
        let mut running = python.case("same_answer", &server, &message(&files, server.folder()), &more);
        assert_eq!(running.finish()["plan_hash"], here["plan_hash"], "{names:?}");
    }
}

/// A history of two components of a service, in `folder`, and the configuration of a server that forecasts it.
fn forecasts(folder: &Path) -> String {
    // Two days up to 2026-03-01, every 5 minutes.
    let (steps, end) = (576, 1_772_323_200);
    let mut text = "time,component,service,metric,value\n".to_owned();
    for step in 0..steps {
        let (time, wave) = (end - 300 * (steps - step), (step * 37) % 101);
        text += &format!("{time},web.0,web,cpu,{}\n{time},web.1,web,cpu,{}\n", 1000 + wave, 700 + 2 * wave);
    }
    let path = folder.join("usage.csv");
    std::fs::write(&path, text).expect("it is written");
    format!("[forecasts]\nhistory = [{path:?}]\nhorizon_s = 900\nmodel = \"seasonal-naive\"\nevery_s = 1\n")
}

#[test]
fn forecasts_are_those_of_the_command_line_and_follow_history() {
    let Some(python) = Python::find() else { return };
    let server = Server::start_with("solves = 2", forecasts);
    let (history, forecast) = (server.folder().join("usage.csv"), server.folder().join("forecast.json"));
    let output = colocate()
        .args(["forecast", "--horizon", "15m", "--model", "seasonal-naive", "--history"])
        .arg(&history)
        .arg("--out")
        .arg(&forecast)
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let more = [("history", json!(history)), ("forecast", json!(forecast))];
    let mut running = python.case("forecasts", &server, &message(&demo(), server.folder()), &more);
    assert!(running.finish()["forecasts"].as_u64() > Some(1));
}

/// The demo's latency in `folder`, for the service to hand out.
fn latency(folder: &Path) -> String {
    let path = folder.join("latency.json");
    let text = std::fs::read_to_string(root().join("src/demo/latency.json")).expect("it is there");
    let text = text.replacen(r#""level""#, r#""measured_at":"2026-03-01T00:00:00Z","level""#, 1);
    std::fs::write(&path, text).expect("it is written");
    format!("[latency]\nfile = {path:?}\ninterval_s = 1\n")
}

#[test]
fn latency_is_that_of_the_file_and_follows_it() {
    let Some(python) = Python::find() else { return };
    let server = Server::start_with("solves = 2", latency);
    let more = [("latency", json!(server.folder().join("latency.json")))];
    let mut running = python.case("latency", &server, &message(&demo(), server.folder()), &more);
    assert!(running.finish()["pairs"].as_u64() > Some(1));
}

#[test]
fn the_client_gets_and_watches_forecasts() {
    let server = Server::start_with("solves = 2", forecasts);
    let authority = std::fs::read(server.ca()).expect("it is there");
    let endpoint = Endpoint::new(server.url()).with_authority(authority).with_token(server.token());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("it starts");
    runtime.block_on(async {
        let mut forecasts = Client::connect(&endpoint).await.expect("it connects").forecasts();
        let patience = Some(Duration::from_secs(120));
        let mut watched =
            forecasts.watch(v1::ForecastsWatchRequest::default(), patience).await.expect("it begins");
        let first = watched.next().await.expect("it is made");
        assert_eq!((first.step_count, first.components.len()), (3, 2));
        let filter = Some(v1::ForecastFilter { components: vec!["web.1".into()], ..Default::default() });
        let request = v1::ForecastsGetRequest { filter, max_age: None };
        let part =
            forecasts.get(request, patience).await.expect("there is one").forecast.expect("it is said");
        assert_eq!(part.components["web.1"], first.components["web.1"]);
        let filter = Some(v1::ForecastFilter { components: vec!["web.2".into()], ..Default::default() });
        let wrong = forecasts.get(v1::ForecastsGetRequest { filter, max_age: None }, patience).await;
        let Err(CallError::Faults { faults, .. }) = wrong else { panic!("{wrong:?}") };
        assert_eq!((faults.len(), faults[0].place.as_str()), (1, "/filter/components/0"));
    });
}

#[test]
fn a_server_that_is_told_to_end_answers_everyone_first() {
    let Some(python) = Python::find() else { return };
    let mut server = Server::start("solves = 2\nmax_time_ms = 600000");
    let mut running = python.case("drain", &server, &message(&demo(), server.folder()), &[]);
    running.wait_until_running();
    server.terminate();
    assert_eq!(running.finish()["answered"], 2);
    assert!(server.wait().success());
}

#[test]
#[cfg(target_os = "linux")]
fn killing_what_solves_programmes_harms_nobody() {
    let Some(python) = Python::find() else { return };
    let server = Server::start("solves = 2");
    let problem = message(&talkers("50x10-01"), server.folder());
    let mut running = python.case("milp", &server, &problem, &[]);
    running.wait_until_running();
    let mut killed = 0;
    while !running.has_ended() {
        for worker in children(server.id()) {
            let kill = Command::new("kill").args(["-9", &worker.to_string()]).status();
            killed += usize::from(kill.is_ok_and(|status| status.success()));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    running.finish();
    assert!(killed > 0);
}

#[test]
fn the_example_of_the_guide_runs() {
    let Some(python) = Python::find() else { return };
    let guide = std::fs::read_to_string(root().join("docs/grpc.md")).expect("the guide is there");
    let parts = guide.split("```python\n").skip(1).filter_map(|rest| rest.split("```").next());
    let code: String = parts.collect();
    let server = Server::start_with("solves = 2", forecasts);
    let script = server.folder().join("example.py");
    std::fs::write(&script, code).expect("it is written");
    let output = python
        .command(&script)
        .env("COLOCATE_ADDRESS", server.address())
        .env("COLOCATE_CA", server.ca())
        .env("COLOCATE_TOKEN", server.token())
        .output()
        .expect("it runs");
    let (out, error) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{error}");
    assert!(out.contains("blake3:"), "{out}");
    assert!(out.contains("wave 1: web.0 to r2-1"), "{out}");
    assert!(out.contains("answer in "), "{out}");
    assert!(out.contains("web.0 cpu: "), "{out}");
    assert!(out.contains("a new forecast of 2026-03-01T00:00:00Z"), "{out}");
}

#[test]
fn a_server_that_refuses_is_an_error_with_advice() {
    let server = Server::start("solves = 2");
    let url = server.url();
    let ca = server.ca().display().to_string();
    let run = |more: &[&str]| {
        let output = colocate().arg("replan").args(demo()).args(["--server", &url]).args(more).output();
        let output = output.expect("it runs");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, error) = run(&["--server-ca", &ca]);
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("does not let us in"), "{error}");
    // A certificate that nobody vouches for.
    let (code, error) = run(&[]);
    assert_eq!(code, Some(1), "{error}");
    assert!(error.contains("cannot connect"), "{error}");
}
