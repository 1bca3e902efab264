//! One draft, however it is written: JSON, JSON Lines, Parquet, gzipped or not.
//!
//! The Parquet files under `tests/data` were written by Apache Arrow from the JSON files beside them.

use std::io::Write;
use std::path::{Path, PathBuf};

use colocate_files::{Input, Inputs, load};
use colocate_model::Draft;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn text(name: &str) -> String {
    std::fs::read_to_string(example(name)).expect("the example is there")
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("memory takes it");
    encoder.finish().expect("memory takes it")
}

/// Each list of the file as records, the rest as the header.
fn lines(name: &str, lists: &[(&str, &str)]) -> String {
    let mut header: Map<String, Value> = serde_json::from_str(&text(name)).expect("it is JSON");
    let mut records = Vec::new();
    for (list, record) in lists {
        match header.remove(*list) {
            Some(Value::Array(items)) => {
                records.extend(items.into_iter().map(|item| json!({ *record: item })))
            }
            Some(Value::Object(entries)) => {
                records.extend(entries.into_iter().map(|(key, value)| json!({ *record: { key: value } })));
            }
            _ => {}
        }
    }
    let lines = std::iter::once(Value::Object(header)).chain(records);
    lines.map(|line| format!("{line}\n")).collect()
}

fn cluster_lines() -> String {
    let lists = [
        ("resources", "resource"),
        ("domains", "domain"),
        ("hosts", "host"),
        ("services", "service"),
        ("components", "component"),
        ("moving", "moving"),
        ("balances", "balance"),
    ];
    lines("cluster.json", &lists)
}

fn draft(cluster: Input, traffic: Input, forecast: Input) -> Draft {
    let inputs = Inputs { traffic: Some(traffic), forecast: Some(forecast), ..Inputs::new(cluster) };
    load(&inputs).unwrap_or_else(|faults| panic!("{:#?}", faults.0)).draft
}

#[test]
fn every_way_to_write_a_file_gives_the_same_draft() {
    let path = |name: &str| Input::from(example(name));
    let json = draft(path("cluster.json"), path("traffic.json"), path("forecast.json"));
    let traffic = lines("traffic.json", &[("edges", "edge")]);
    let forecast =
        lines("forecast.json", &[("components", "component"), ("edges", "edge"), ("ranking", "ranked")]);

    let json_lines = draft(
        Input::from_bytes("cluster.jsonl", cluster_lines()),
        Input::from_bytes("traffic.ndjson", traffic),
        Input::from_bytes("forecast.jsonl.gz", gzipped(forecast.as_bytes())),
    );
    let packed = draft(
        Input::from_bytes("cluster.json.gz", gzipped(text("cluster.json").as_bytes())),
        Input::from_bytes("traffic", gzipped(text("traffic.json").as_bytes())),
        path("forecast.json"),
    );
    let parquet = draft(path("cluster.parquet"), path("traffic.parquet"), path("forecast.parquet"));

    for other in [json_lines, packed, parquet] {
        assert_eq!(format!("{other:#?}"), format!("{json:#?}"));
    }
}

#[test]
fn faults_of_the_draft_are_found_at_their_lines() {
    let text = cluster_lines().replace(r#""service":"batch""#, r#""service":"bacth""#);

    let loaded = load(&Inputs::new(Input::from_bytes("cluster.jsonl", text))).expect("its form is right");

    let places: Vec<String> =
        loaded.build().expect_err("a service is missing").0.into_iter().map(|fault| fault.place).collect();
    assert_eq!(places, ["line 21 /component/service", "line 22 /component/service"]);
}

#[test]
fn the_hash_is_that_of_the_file_as_it_is() {
    let bytes = gzipped(text("cluster.json").as_bytes());
    let expected = format!("blake3:{}", blake3::hash(&bytes).to_hex());

    let loaded = load(&Inputs::new(Input::from_bytes("cluster.json.gz", bytes))).expect("it is right");

    assert_eq!(loaded.hashes.values().collect::<Vec<_>>(), [&expected]);
}

#[test]
fn a_large_cluster_is_read_record_by_record() {
    let mut text = String::from("{\"version\":\"colocate/v1\",\"kind\":\"cluster\"}\n");
    text.push_str(
        "{\"resource\":{\"name\":\"cpu\"}}\n{\"service\":{\"id\":\"s\"}}\n{\"host\":{\"id\":\"h\"}}\n",
    );
    for index in 0..100_000 {
        text.push_str(&format!(
            "{{\"component\":{{\"id\":\"s.{index}\",\"service\":\"s\",\"host\":\"h\",\"demand\":{{\"cpu\":{index}}}}}}}\n"
        ));
    }

    let loaded = load(&Inputs::new(Input::from_bytes("cluster.jsonl.gz", gzipped(text.as_bytes()))))
        .expect("it is right");

    assert_eq!(loaded.draft.components.len(), 100_000);
    assert_eq!(loaded.draft.components[99_999].demand["cpu"], 99_999);
}

/// Code and place of all that is wrong with a cluster.
fn faults(name: &str, bytes: Vec<u8>) -> Vec<String> {
    let faults = load(&Inputs::new(Input::from_bytes(name, bytes))).expect_err("it is damaged");
    faults.0.iter().map(|fault| format!("{} {}", fault.code, fault.place)).collect()
}

#[test]
fn damaged_files_are_refused() {
    let whole = gzipped(text("cluster.json").as_bytes());
    let cut = whole[..whole.len() / 2].to_vec();
    assert!(faults("cluster.json.gz", cut)[0].starts_with("E1107 line "));
    let cut = gzipped(cluster_lines().as_bytes());
    assert!(faults("cluster.jsonl.gz", cut[..cut.len() / 2].to_vec())[0].starts_with("E1107 line "));
    let mut damaged = whole;
    damaged[20] ^= 0xff;
    assert_eq!(faults("cluster.json.gz", damaged).len(), 1);

    let parquet = std::fs::read(example("cluster.parquet")).expect("the example is there");
    assert_eq!(faults("cluster.parquet", parquet[..parquet.len() / 2].to_vec()), ["E1102 row 0"]);
    assert_eq!(faults("cluster.parquet", b"PAR1".to_vec()), ["E1102 row 0"]);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let faults = load(&Inputs::new(example("nowhere.json"))).expect_err("it is not there");
    assert_eq!(faults.0.len(), 1);
    assert!(faults.0[0].to_string().starts_with("E1101 cluster "), "{}", faults.0[0]);
    assert!(faults.0[0].place.ends_with("nowhere.json"));
}
