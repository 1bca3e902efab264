//! `colocate traffic`, from outside.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::{Value, json};
use tempfile::TempDir;

/// The samples whose edges the tests of the library count.
fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("adapters/traffic/tests/data").join(name)
}

fn collect() -> Command {
    let mut command = Command::cargo_bin("colocate").expect("the binary is built");
    command.args(["traffic", "collect", "--now", "2026-03-01T12:00:00Z"]);
    command
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).expect("there is room");
    path
}

/// `web` and `cart` on hosts of two racks, and the `basket` that traces call `redis`.
fn cluster(folder: &Path) -> PathBuf {
    let host = |id: &str, rack: &str| json!({"id": id, "in": {"rack": rack}, "capacity": {"cpu": 3000}});
    let component = |service: &str, host: &str| json!({"id": format!("{service}.0"), "service": service, "host": host, "demand": {"cpu": 100}});
    let cluster = json!({
        "version": "colocate/v1", "kind": "cluster",
        "resources": [{"name": "cpu", "unit": "mcpu"}],
        "partitions": ["rack"],
        "domains": [{"partition": "rack", "id": "r1"}, {"partition": "rack", "id": "r2"}],
        "hosts": [host("h1", "r1"), host("h2", "r2")],
        "services": [{"id": "web"}, {"id": "cart"}, {"id": "basket"}],
        "components": [component("web", "h1"), component("cart", "h2"), component("basket", "h1")],
    });
    write(folder, "cluster.json", &cluster.to_string())
}

fn json(command: &mut Command) -> Value {
    let output = command.arg("--json").assert().success().get_output().stdout.clone();
    serde_json::from_slice(&output).expect("one JSON object")
}

#[test]
fn traces_become_traffic_that_replan_reads() {
    let folder = TempDir::new().expect("there is room");
    let cluster = cluster(folder.path());
    let latency = r#"{ "version": "colocate/v1", "kind": "latency", "level": "rack", "same_host_us": 20,
        "lms_measurements": {"r1": {"r1": 100, "r2": 820}, "r2": {"r2": 100}} }"#;
    let latency = write(folder.path(), "latency.json", latency);
    let mapping = "[[rename]]\nname = \"redis\"\nto = \"basket\"\n[[ignore]]\npattern = \"mail.*\"\n";
    let mapping = write(folder.path(), "mapping.toml", mapping);
    let table = write(folder.path(), "edges.csv", "from,to,bytes_per_s\nweb,cart,5000\n");
    let out = folder.path().join("traffic.json");
    let mut command = collect();
    command.arg("--traces").arg(sample("jaeger.json")).arg("--csv").arg(table).arg("--out").arg(&out);
    command.arg("--cluster").arg(&cluster).arg("--latency").arg(&latency).arg("--mapping").arg(mapping);
    let found = json(&mut command);
    // Client less server took 4 and 10 ms, and probes need 0.82.
    assert_eq!(found["agreements"][0]["network_us"], 4000.0, "{found:#}");
    assert_eq!(found["agreements"][0]["by_host"], true);
    assert_eq!(found["agreements"][0]["agrees"], false);
    assert_eq!(found["unmatched"], json!([{"name": "ship", "edges": 1, "suggestion": null}]));
    let warnings = found["warnings"].to_string();
    for code in ["E1201", "E1510", "E1511", "E1512", "E1513"] {
        assert!(warnings.contains(code), "{code}: {warnings}");
    }
    let written: Value = serde_json::from_slice(&fs::read(&out).expect("it is written")).expect("JSON");
    assert_eq!(
        written,
        json!({
            "version": "colocate/v1", "kind": "traffic", "measured_at": "2026-03-01T12:00:00Z",
            "edges": [
                {"from": "cart", "to": "basket", "calls_per_s": 0.5, "bytes_per_s": 0.0, "source": "traces", "p95_us": 5000.0},
                {"from": "web", "to": "cart", "calls_per_s": 1.0, "bytes_per_s": 5000.0, "source": "traces", "p95_us": 40000.0},
            ],
        })
    );
    let mut replan = Command::cargo_bin("colocate").expect("the binary is built");
    replan.arg("replan").arg(cluster).arg("--traffic").arg(out).arg("--latency").arg(latency);
    replan.args(["--iterations", "500", "--now", "2026-03-01T12:00:00Z"]).assert().success();
}

#[test]
fn a_person_reads_the_busiest_edges_and_warnings_beside_them() {
    let output =
        collect().arg("--traces").arg(sample("otlp.jsonl")).args(["--sampling", "1"]).assert().success();
    let output = output.get_output().clone();
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(text.starts_with("4 edges, 1.2 calls/s\n10 spans of 2 traces over 4.0 s\n"), "{text}");
    assert!(text.contains("front") && text.contains("20.0 ms"), "{text}");
    let warnings = String::from_utf8(output.stderr).expect("text");
    assert!(warnings.contains("warning: E1512 traffic traces:"), "{warnings}");
}

#[test]
fn every_fault_of_all_files_comes_at_once_and_nothing_is_written() {
    let folder = TempDir::new().expect("there is room");
    let table = write(folder.path(), "edges.csv", "from,to,calls_per_s\nweb,cart,many\n");
    let traces = write(folder.path(), "traces.json", "{\"data\": [");
    let mapping = write(folder.path(), "mapping.toml", "[[ignore]]\npattern = \"(\"\n");
    let out = folder.path().join("traffic.json");
    let mut command = collect();
    command.arg("--csv").arg(table).arg("--traces").arg(traces).arg("--mapping").arg(mapping);
    // Nobody answers there, and nobody is asked.
    command.args(["--prometheus", "http://127.0.0.1:1", "--preset", "envoy"]).arg("--out").arg(&out);
    let output = command.assert().code(2).get_output().clone();
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(text.lines().count(), 3, "{text}");
    for code in ["E1102", "E1104", "E1107"] {
        assert!(text.contains(code), "{text}");
    }
    assert!(!out.exists());
}

#[test]
fn job_files_say_who_may_call_whom() {
    let folder = TempDir::new().expect("there is room");
    let jobs = r#"{"Job": {"ID": "shop", "TaskGroups": [{"Name": "web", "Tasks": [
        {"Templates": [{"EmbeddedTmpl": "{{ range nomadService \"cart\" }}{{ .Address }}{{ end }}"}]}]}]}}"#;
    let jobs = write(folder.path(), "jobs.json", jobs);
    let found = json(collect().arg("--jobs").arg(jobs));
    assert_eq!(found["edges"][0]["from"], "shop.web");
    assert_eq!(
        (&found["edges"][0]["to"], &found["edges"][0]["source"]),
        (&json!("cart"), &json!("declared"))
    );
    assert_eq!(found["edges"][0]["calls_per_s"], Value::Null);
}

#[test]
fn a_command_line_without_a_source_is_no_use() {
    collect().assert().code(2);
    collect().args(["--prometheus", "http://127.0.0.1:1"]).assert().code(2);
}

/// Stands for a Nomad that answers `GET /v1/jobs` with a list, whose jobs lack their groups, and `GET /v1/job/:id`; a token
/// that it does not know is answered with 403.
fn nomad() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("somebody calls");
            let mut request = String::new();
            let mut lines = BufReader::new(stream.try_clone().expect("it is open")).lines();
            while let Some(Ok(line)) =
                lines.next().filter(|line| line.as_ref().is_ok_and(|line| !line.is_empty()))
            {
                request.push_str(&line);
                request.push('\n');
            }
            let (status, body) = if !request.contains("x-nomad-token: good") {
                ("403 Forbidden", "Permission denied")
            } else if request.starts_with("GET /v1/jobs?namespace=*&") {
                (
                    "200 OK",
                    r#"[{"ID": "shop", "Namespace": "prod", "Stop": false}, {"ID": "old", "Stop": true}]"#,
                )
            } else {
                (
                    "200 OK",
                    r#"{"ID": "shop", "Namespace": "prod", "TaskGroups": [{"Name": "web",
                    "Services": [{"Name": "web", "Connect": {"SidecarService": {"Proxy": {"Upstreams": [{"DestinationName": "db"}]}}}}]}]}"#,
                )
            };
            let length = body.len();
            let answer =
                format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}");
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    url
}

#[test]
fn jobs_are_read_from_nomad_with_a_token_that_no_message_shows() {
    let folder = TempDir::new().expect("there is room");
    let url = nomad();
    let mut command = collect();
    command.args(["--nomad", &url, "--nomad-token-file"]).arg(write(folder.path(), "token", "good\n"));
    let found = json(&mut command);
    let edge = &found["edges"][0];
    assert_eq!((edge["from"].as_str(), edge["to"].as_str()), (Some("shop.web"), Some("db")), "{found}");
    assert_eq!(edge["source"], "declared");
    let mut command = collect();
    command
        .args(["--nomad", &url])
        .env("COLOCATE_NOMAD_TOKEN_FILE", write(folder.path(), "bad", "very-secret"));
    let output = command.assert().code(1).get_output().stderr.clone();
    let message = String::from_utf8_lossy(&output).into_owned();
    assert!(message.contains("cannot ask Nomad") && message.contains("Permission denied"), "{message}");
    assert!(!message.contains("very-secret"), "{message}");
}
