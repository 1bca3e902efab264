//! `colocate latency` from outside: what is printed, what is written, what is refused.

use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const NOW: &str = r#"{"version": "colocate/v1", "kind": "latency", "measured_at": "2026-03-01T12:00:00Z",
    "window_s": 300, "level": "rack", "lms_measurements": {
    "r1": {"r1": {"p50_us": 90, "p95_us": 130, "samples": 4000, "source": "measured"},
           "r2": {"p50_us": 270, "p95_us": 390, "samples": 4000, "source": "measured"},
           "r10": {"p50_us": 1900, "p95_us": 2100, "jitter_us": 81.9, "loss": 0.03, "loss_low": 0.02, "loss_high": 0.04,
                   "samples": 4000, "age_s": 8, "source": "measured"}},
    "r2": {"r1": {"p50_us": 265, "p95_us": 384, "samples": 4000, "source": "measured"},
           "r2": {"p50_us": 88, "p95_us": 120, "samples": 4000, "source": "measured"},
           "r10": {"p50_us": 950, "p95_us": 1500, "source": "estimated", "relative_error": 0.12}},
    "r10": {"r1": {"p50_us": 920, "p95_us": 1150, "samples": 4000, "source": "measured"},
            "r10": {"p50_us": 95, "p95_us": 140, "samples": 4000, "source": "measured"}}}}"#;

const BEFORE: &str = r#"{"version": "colocate/v1", "kind": "latency", "level": "rack", "lms_measurements": {
    "r1": {"r2": {"p50_us": 268, "p95_us": 380}, "r10": {"p50_us": 910, "p95_us": 1110, "loss": 0.001,
           "loss_low": 0.0, "loss_high": 0.005}},
    "r2": {"r1": {"p50_us": 300, "p95_us": 430}},
    "r10": {"r2": 900}}}"#;

struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in [("now.json", NOW), ("before.json", BEFORE)] {
            std::fs::write(folder.path().join(name), text).expect("it is written");
        }
        Self(folder)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn show(&self, file: &str, more: &[&str]) -> Command {
        let mut command = Command::cargo_bin("colocate").expect("the binary is built");
        command.args(["latency", "show"]).arg(self.path(file)).args(more);
        command
    }
}

fn output(command: &mut Command) -> String {
    String::from_utf8(command.assert().success().get_output().stdout.clone()).expect("it is text")
}

fn refusal(command: &mut Command, code: i32) -> String {
    String::from_utf8(command.assert().code(code).get_output().stderr.clone()).expect("it is text")
}

#[test]
fn a_pipe_gets_a_map_of_characters_and_what_stands_out() {
    let files = Files::new();
    let before = files.path("before.json");
    let text =
        output(&mut files.show("now.json", &["--previous", &before.to_string_lossy(), "--worst", "2"]));
    let map = "3 racks, 8 of 9 pairs, measured at 2026-03-01T12:00:00Z over 300 s\n\n \
               r1 . = @\n r2 = . %~\nr10 #   .\n\
               p95 from row to column: 120 µs [.:-=+*#%@] 2.1 ms, logarithmic; empty where nothing is known\n\
               ~ is estimated, not measured\n\nworst pairs\n";
    assert!(text.starts_with(map), "{text}");
    let row = |words: &[&str]| {
        let found = text.lines().any(|line| words.iter().all(|word| line.contains(word)));
        assert!(found, "{words:?} in {text}");
    };
    row(&["r1", "r10", "2.1 ms", "81.9 µs", "3.000 % (2.000 to 4.000)", "4000", "8 s", "measured"]);
    row(&["r2", "r10", "1.5 ms", "estimated ±12 %"]);
    row(&["r1", "r10", "1.9 ms", "920 µs", "46 µs"]);
    row(&["asymmetric pairs", "three standard errors"]);
    row(&["r1", "r1", "new"]);
    row(&["and 6 more"]);
    assert!(!text.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn the_object_has_everything() {
    let files = Files::new();
    let before = files.path("before.json");
    let more = ["--previous", &before.to_string_lossy(), "--quantile", "p50", "--json"];
    let object: Value =
        serde_json::from_str(&output(&mut files.show("now.json", &more))).expect("one JSON object");
    assert_eq!(
        (&object["quantile"], &object["domains"]),
        (&"p50".into(), &serde_json::json!(["r1", "r2", "r10"]))
    );
    assert_eq!(object["pairs"].as_array().map(Vec::len), Some(8));
    assert_eq!(object["pairs"][2]["path"]["loss_high"], 0.04);
    assert_eq!(object["asymmetric"]["pairs"][0]["p50_us"], 1900.0);
    let changes = object["changes"]["pairs"].as_array().expect("a list");
    let told = |from: &str, to: &str| -> Vec<&str> {
        let of_pair = changes.iter().filter(|change| change["from"] == from && change["to"] == to);
        of_pair.filter_map(|change| change["what"].as_str()).collect()
    };
    assert_eq!(told("r1", "r10"), ["route", "loss"]);
    assert_eq!((told("r10", "r2"), told("r10", "r1")), (vec!["vanished"], vec!["new"]));
    assert!(told("r1", "r2").is_empty() && told("r2", "r1").is_empty());
}

#[test]
fn the_picture_marks_what_is_not_known_and_what_is_estimated() {
    let files = Files::new();
    let path = files.path("latency.svg");
    output(&mut files.show("now.json", &["--svg", &path.to_string_lossy()]));
    let text = std::fs::read_to_string(path).expect("it is written");
    assert!(text.starts_with("<svg") && text.trim_end().ends_with("</svg>"));
    for words in ["p95 of round trips between racks", "not known", "estimated", "r10", "2.1 ms"] {
        assert!(text.contains(words), "{words}");
    }
    assert!(text.contains("<circle"));
}

#[test]
fn zones_are_shown_by_their_worst_pair_of_racks() {
    let files = Files::new();
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo");
    std::fs::copy(demo.join("latency.json"), files.path("demo.json")).expect("it is copied");
    let cluster = demo.join("cluster.json").display().to_string();
    let racks = output(&mut files.show("demo.json", &["--cluster", &cluster, "--json"]));
    let zones = output(&mut files.show("demo.json", &["--cluster", &cluster, "--level", "zone", "--json"]));
    let [racks, zones] = [racks, zones].map(|text| serde_json::from_str::<Value>(&text).expect("JSON"));
    let count = |object: &Value| object["domains"].as_array().map_or(0, Vec::len);
    assert!(count(&zones) > 1 && count(&zones) < count(&racks));
    let worst = |object: &Value| {
        let values =
            object["pairs"].as_array().into_iter().flatten().filter_map(|pair| pair["value_us"].as_f64());
        values.fold(0.0, f64::max)
    };
    assert_eq!(worst(&zones), worst(&racks));
}

#[test]
fn what_cannot_be_shown_is_said() {
    let files = Files::new();
    let error = refusal(&mut files.show("now.json", &["--quantile", "p999"]), 2);
    assert!(error.contains("there are p50, p95"), "{error}");
    std::fs::write(files.path("bad.json"), BEFORE.replace("rack", "").replace("268", "-1"))
        .expect("it is written");
    let error = refusal(&mut files.show("bad.json", &[]), 2);
    assert!(error.contains("E1301 latency /lms_measurements/r1/r2"), "{error}");
    let error = refusal(&mut files.show("nothing.json", &[]), 2);
    assert!(error.contains("E1101"), "{error}");
    refusal(&mut files.show("now.json", &["--level", "zone"]), 2);
}
