//! `colocate serve` from outside: its configuration, its log, its metrics, and how it ends.

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, ExitStatus, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// Variables that would win over the configuration.
const VARIABLES: [&str; 5] = [
    "COLOCATE_LOG",
    "RUST_LOG",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_TRACES_SAMPLER",
];

/// Any free port, for the service and for the metrics; nothing is said of the log.
const FREE_PORTS: &str = "[server]\nlisten = \"127.0.0.1:0\"\n[metrics]\nlisten = \"127.0.0.1:0\"\n";

fn colocate() -> std::process::Command {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin("colocate"));
    for variable in VARIABLES {
        command.env_remove(variable);
    }
    command.arg("serve");
    command
}

fn serve() -> assert_cmd::Command {
    assert_cmd::Command::from_std(colocate())
}

/// A configuration in a folder that goes with the test.
fn written(text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("serve.toml");
    std::fs::write(&path, text).expect("it is written");
    (folder, path)
}

/// What is said about a faulty configuration, a line a fault.
fn faults(text: &str) -> Vec<String> {
    let (_folder, path) = written(text);
    let assert = serve().arg("--config").arg(path).arg("--check-config").assert().code(2).stdout("");
    let said = String::from_utf8(assert.get_output().stderr.clone()).expect("it is text");
    said.lines().map(str::to_owned).collect()
}

/// Asserts that exactly one line begins with `start`, and that it has `words`.
fn assert_fault(faults: &[String], start: &str, words: &[&str]) {
    let found: Vec<&String> = faults.iter().filter(|fault| fault.starts_with(start)).collect();
    let [fault] = found.as_slice() else { panic!("`{start}` is not there once: {faults:#?}") };
    for word in words {
        assert!(fault.contains(word), "`{word}` is not in: {fault}");
    }
}

/// A service that ends with the test.
struct Service {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    /// What it has said so far.
    heard: Vec<String>,
}

impl Service {
    /// Starts with this configuration, and listens to it until it serves.
    fn start(config: &Path) -> Self {
        let mut command = colocate();
        command.arg("--config").arg(config).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let lines = BufReader::new(child.stderr.take().expect("it is piped")).lines();
        let mut service = Self { child, lines, heard: Vec::new() };
        loop {
            let Some(Ok(line)) = service.lines.next() else {
                panic!("it does not serve: {:?}", service.heard)
            };
            let serves = line.contains("listening on http://");
            service.heard.push(line);
            if serves {
                return service;
            }
        }
    }

    /// The address after `http://` in the line that has `words` and it.
    fn address(&self, words: &str) -> String {
        let after = self.heard.iter().find_map(|line| line.split_once(words)).map(|(_, after)| after);
        let after = after.unwrap_or_else(|| panic!("`{words}` was not said: {:?}", self.heard));
        after.chars().take_while(|&c| c.is_ascii_digit() || c == '.' || c == ':').collect()
    }

    /// Tells it to end, and hears it out.
    fn end(mut self) -> (ExitStatus, Vec<String>) {
        let id = self.child.id().to_string();
        let told = std::process::Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("there is kill").success());
        let mut heard = std::mem::take(&mut self.heard);
        heard.extend(self.lines.by_ref().map(|line| line.expect("it is text")));
        (self.child.wait().expect("it ends"), heard)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Where it has ended, there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status line and the rest of what `address` answers.
fn get(address: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")
        .expect("it is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it is text");
    let (status, rest) = answer.split_once("\r\n").expect("a status line");
    (status.to_owned(), rest.to_owned())
}

#[test]
fn the_example_is_a_sound_configuration() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/serve.example.toml");
    serve().arg("--config").arg(example).arg("--check-config").assert().code(0).stdout("OK\n").stderr("");
}

#[test]
fn every_fault_of_the_shape_is_reported_at_once() {
    let faults = faults(
        "[server]\ndrains_s = 5\nreload_s = \"often\"\n[log]\nformat = \"xml\"\n[metrics]\nenabled = 1\n",
    );
    assert_eq!(faults.len(), 4, "{faults:#?}");
    assert_fault(&faults, "error: E1103 config line 2 server.drains_s: ", &["maybe you meant `drain_s`"]);
    assert_fault(&faults, "error: E1104 config line 3 server.reload_s: ", &["\"often\"", "integer"]);
    assert_fault(&faults, "error: E1208 config line 5 log.format: ", &["text, json"]);
    assert_fault(&faults, "error: E1104 config line 7 metrics.enabled: ", &["true or false"]);
}

#[test]
fn every_fault_of_the_values_is_reported_at_once() {
    let faults = faults(
        "[server]\nlisten = \"0.0.0.0:7710\"\n[server.limits]\nsolves = 0\nmessage_mib = 5000\n\
         [log]\nfilter = \"colocate=loud\"\n",
    );
    assert_eq!(faults.len(), 5, "{faults:#?}");
    assert_fault(&faults, "error: E1301 config line 4 server.limits.solves: ", &["set at least 1"]);
    assert_fault(&faults, "error: E1301 config line 5 server.limits.message_mib: ", &["5000", "lower it"]);
    assert_fault(&faults, "error: E1102 config line 7 log.filter: ", &["warn,colocate=debug"]);
    let elsewhere = ["0.0.0.0:7710 is reached from elsewhere", "insecure"];
    assert_fault(&faults, "error: E1301 config line 1 server.tls: ", &elsewhere);
    assert_fault(&faults, "error: E1301 config line 1 server.tokens: ", &elsewhere);
}

#[test]
fn every_fault_of_forecasts_is_reported_at_once() {
    let faults = faults(
        "[forecasts]\nhistory = [\"http://me:secret@prometheus:9090\", \"https://prometheus\"]\n\
         latency = \"latency.json\"\nhorizon_s = 0\nstep_s = 60\nquantiles = [0.5, 95]\nmodel = \"arma\"\n\
         window_s = 30\nevery_s = 0\nthreads = 1000\n",
    );
    assert_eq!(faults.len(), 9, "{faults:#?}");
    let section =
        |field: &str, line: u8, code: &str| format!("error: {code} config line {line} forecasts.{field}: ");
    let histories: Vec<&String> =
        faults.iter().filter(|fault| fault.contains("forecasts.history: ")).collect();
    assert!(histories[0].contains("E1304") && histories[0].contains("history.toml"), "{histories:?}");
    assert!(histories[1].contains("E1303") && histories[1].contains("set preset to"), "{histories:?}");
    assert!(!faults.concat().contains("secret"), "{faults:#?}");
    assert_fault(&faults, &section("latency", 3, "E1304"), &["forecasts.cluster"]);
    assert_fault(&faults, &section("horizon_s", 4, "E1301"), &["at least 1"]);
    assert_fault(&faults, &section("quantiles", 6, "E1301"), &["95 is not between 0 and 1"]);
    assert_fault(&faults, &section("model", 7, "E1208"), &["`arma`", "maybe you meant `arima`"]);
    assert_fault(&faults, &section("window_s", 8, "E1301"), &["no step of 60 s"]);
    assert_fault(&faults, &section("every_s", 9, "E1301"), &["at least 1"]);
    assert_fault(&faults, &section("threads", 10, "E1301"), &["1000 is more than 256"]);
}

#[test]
fn what_forecasts_are_made_from_is_looked_at_too() {
    let (folder, settings) = written("files = [\"usage.csv\"]\nfils = []\n");
    let history = folder.path().join("history.toml");
    std::fs::rename(settings, &history).expect("it is renamed");
    let missing = folder.path().join("missing.csv");
    let faults =
        faults(&format!("[forecasts]\nhistory = [{missing:?}, {history:?}]\ncluster = {missing:?}\n"));
    assert_eq!(faults.len(), 3, "{faults:#?}");
    assert_fault(&faults, "error: E1101 config line 2 forecasts.history: ", &["missing.csv"]);
    assert_fault(&faults, "error: E1103 history line 2 fils: ", &["maybe you meant `files`"]);
    assert_fault(&faults, "error: E1101 cluster ", &["missing.csv"]);
}

#[test]
fn a_forecast_that_fails_is_counted_and_made_up_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let history = folder.path().join("usage.csv");
    let (_folder, path) = written(&format!(
        "{FREE_PORTS}[forecasts]\nhistory = [{history:?}]\nevery_s = 1\nmodel = \"seasonal-naive\"\n"
    ));
    let service = Service::start(&path);
    let address = service.address("metrics on http://");
    let counted = |outcome: &str| {
        let start = format!("colocate_forecast_rounds_total{{outcome=\"{outcome}\"}} ");
        let asked = std::time::Instant::now();
        while !get(&address, "/metrics").1.lines().any(|line| line.starts_with(&start)) {
            assert!(asked.elapsed().as_secs() < 120, "nothing is {outcome}");
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    };
    counted("failed");
    assert!(!get(&address, "/metrics").1.contains("colocate_forecast_made_timestamp_seconds "));
    let lines = (0..100).map(|step| format!("{},web.0,cpu,{}\n", 1_772_323_200 + 300 * step, 500 + step % 7));
    let new = folder.path().join("new");
    std::fs::write(&new, lines.fold("time,component,metric,value\n".to_owned(), |text, line| text + &line))
        .expect("it is written");
    std::fs::rename(new, history).expect("it is renamed");
    counted("made");
    let metrics = get(&address, "/metrics").1;
    for metric in ["colocate_forecast_made_timestamp_seconds ", "colocate_forecast_duration_seconds_count "] {
        assert!(metrics.lines().any(|line| line.starts_with(metric)), "{metrics}");
    }
    let (status, heard) = service.end();
    assert_eq!(status.code(), Some(0), "{heard:#?}");
    assert!(
        heard.iter().any(|line| line.contains("there is no new forecast") && line.contains("usage.csv")),
        "{heard:#?}"
    );
}

#[test]
fn every_file_that_is_not_there_is_reported_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let missing = |name: &str| folder.path().join(name).display().to_string();
    let faults = faults(&format!(
        "[server]\ntokens = '{}'\n[server.tls]\ncertificate = '{}'\nkey = '{}'\n",
        missing("tokens"),
        missing("server.pem"),
        missing("server.key"),
    ));
    assert_eq!(faults.len(), 2, "{faults:#?}");
    assert_fault(&faults, "error: E1101 config line 2 server.tokens: ", &[&missing("tokens")]);
    assert_fault(&faults, "error: E1101 config line 3 server.tls: ", &[&missing("server.pem")]);
}

#[test]
fn what_listens_elsewhere_from_the_command_line_is_faulty_too() {
    let assert = serve().args(["--listen", "0.0.0.0:0", "--check-config"]).assert().code(2).stdout("");
    let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
    assert!(
        said.contains("E1301 config server.tls: ") && said.contains("E1301 config server.tokens: "),
        "{said}"
    );
}

#[test]
fn what_is_printed_is_in_force_and_can_be_read_again() {
    let (_folder, path) = written("[server]\nlisten = \"127.0.0.1:1\"\ndrain_s = 7\n");
    let mut command = serve();
    command.arg("--config").arg(path).args(["--listen", "127.0.0.1:2", "--print-config"]);
    let printed = command.assert().code(0).stderr("").get_output().stdout.clone();
    let printed = String::from_utf8(printed).expect("it is text");
    assert!(printed.contains("listen = \"127.0.0.1:2\"\n"), "{printed}");
    assert!(!printed.contains("127.0.0.1:1\"") && printed.contains("drain_s = 7\n"), "{printed}");

    let (_folder, again) = written(&printed);
    serve().arg("--config").arg(&again).arg("--check-config").assert().code(0).stdout("OK\n");
    let reprinted = serve().arg("--config").arg(&again).arg("--print-config").assert().code(0);
    assert_eq!(String::from_utf8_lossy(&reprinted.get_output().stdout), printed);
}

#[test]
fn a_port_that_is_taken_is_said_plainly() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("it is bound").to_string();
    let service = "[metrics]\nenabled = false\n".to_owned();
    let metrics = format!("[metrics]\nlisten = \"{address}\"\n");
    for (config, listen, words) in [
        (service, address.as_str(), format!("cannot listen on {address}: ")),
        (metrics, "127.0.0.1:0", format!("cannot serve metrics on {address}; choose another address")),
    ] {
        let (_folder, path) = written(&config);
        let assert = serve().arg("--config").arg(path).args(["--listen", listen]).assert().code(1).stdout("");
        let said = String::from_utf8_lossy(&assert.get_output().stderr).into_owned();
        assert!(said.starts_with("error: ") && said.contains(&words), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn every_line_of_the_log_is_an_object_until_it_ends_in_order() {
    let (_folder, path) = written(&format!("{FREE_PORTS}[log]\nformat = \"json\"\n"));
    let (status, heard) = Service::start(&path).end();
    assert_eq!(status.code(), Some(0), "{heard:#?}");
    let records: Vec<Value> = heard
        .iter()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    for record in &records {
        for key in ["timestamp", "level", "message", "target"] {
            assert!(record[key].is_string(), "{key} is missing: {record}");
        }
    }
    let last = records.last().expect("it says something");
    assert_eq!(last["message"], "shut down");
    assert_eq!(last["abandoned"], 0);
}

#[test]
fn metrics_and_health_answer_where_it_says() {
    let (_folder, path) = written(FREE_PORTS);
    let service = Service::start(&path);
    let address = service.address("metrics on http://");
    let (status, metrics) = get(&address, "/metrics");
    assert_eq!(status, "HTTP/1.1 200 OK", "{metrics}");
    let build = metrics.lines().find(|line| line.starts_with("colocate_build_info{"));
    let build = build.unwrap_or_else(|| panic!("it is not there: {metrics}"));
    let version = format!("version=\"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(build.contains(&version) && build.contains("highs=\"") && build.ends_with(" 1"), "{build}");
    let (status, health) = get(&address, "/healthz");
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(health.ends_with("\r\n\r\nok\n"), "{health}");
    assert_eq!(get(&address, "/nothing").0, "HTTP/1.1 404 Not Found");
    assert_eq!(service.end().0.code(), Some(0));
}
