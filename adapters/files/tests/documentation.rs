//! The guides say what is so.

use std::fs;
use std::path::Path;

use colocate_files::{Input, Inputs, load};
use colocate_model::FaultCode;

fn guide(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(name);
    fs::read_to_string(path).expect("the guide is there")
}

#[test]
fn every_fault_code_is_explained_and_no_other() {
    let guide = guide("errors.md");
    let explained: Vec<&str> = guide.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let codes: Vec<String> = FaultCode::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(explained, codes);
    for section in guide.split("\n### ").skip(1) {
        assert!(section.contains("\nExample: "), "{section}");
    }
}

#[test]
fn the_examples_of_the_format_guide_are_valid_together() {
    let guide = guide("formats.md");
    let block = |language: &str, kind: &str| {
        let fence = format!("```{language}\n");
        let mut blocks = guide.split(&fence).skip(1).filter_map(|rest| rest.split("```").next());
        let text = blocks.find(|block| block.contains(kind)).expect("there is an example");
        Input::from_bytes(&format!("example.{language}"), text)
    };
    let json = |kind: &str| block("json", &format!("\"kind\": \"{kind}\""));
    let inputs = Inputs {
        utilisation: Some(json("utilisation")),
        latency: Some(json("latency")),
        forecast: Some(json("forecast")),
        traffic: Some(json("traffic")),
        policy: Some(block("toml", "version")),
        ..Inputs::new(json("cluster"))
    };

    load(&inputs).and_then(|loaded| loaded.build()).unwrap_or_else(|faults| panic!("{:#?}", faults.0));
}
