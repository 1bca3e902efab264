//! Time and memory from the bytes of a request to its problem: `measure demo | generated COMPONENTS HOSTS |
//! rasa FILE | roadef MODEL ASSIGNMENT | cluster FILE`. Peak memory is that of a second process that only decodes.
#![expect(clippy::print_stdout, reason = "it measures and tells")]

use std::path::Path;
use std::time::Instant;

use colocate_files::{Inputs, load, rasa, roadef};
use colocate_generator::{demo, large};
use colocate_proto::{convert, v1};
use prost::Message;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let draft = match words[..] {
        ["decode", path] => return decode(path),
        ["demo"] => demo(),
        ["generated", components, hosts] => {
            large(components.parse().expect("a number"), hosts.parse().expect("a number"), 1)
        }
        ["rasa", file] => rasa::read(Path::new(file)).expect("it is sound"),
        ["roadef", model, assignment] => {
            roadef::read(Path::new(model), Path::new(assignment)).expect("it is sound")
        }
        ["cluster", file] => load(&Inputs::new(Path::new(file))).expect("it is sound").draft,
        _ => panic!("see the documentation of this example"),
    };
    let file = std::env::temp_dir().join(format!("colocate-measure-{}", std::process::id()));
    std::fs::write(&file, convert::problem_of_draft(&draft).encode_to_vec()).expect("it is written");
    drop(draft);
    let program = std::env::current_exe().expect("it runs");
    let status = std::process::Command::new(program).arg("decode").arg(&file).status().expect("it runs");
    std::fs::remove_file(file).expect("it was written");
    assert!(status.success());
}

fn decode(path: &str) {
    let bytes = std::fs::read(path).expect("it was written");
    let size = bytes.len();
    let before = peak_kib();
    let start = Instant::now();
    let message = v1::Problem::decode(&*bytes).expect("it was encoded");
    let decoded = start.elapsed();
    let loaded = convert::loaded(message).expect("it is sound");
    let converted = start.elapsed();
    let problem = loaded.build().expect("it is valid");
    let built = start.elapsed();
    let peak = peak_kib();
    println!(
        "{size} bytes, {} components, {} hosts, {} resources, {} steps: decoded after {:.3} s, converted {:.3} s, \
         built {:.3} s; peak {} MiB, of which {} before; {:.1} bytes a byte",
        problem.components.len(),
        problem.hosts.len(),
        problem.resources.len(),
        problem.steps(),
        decoded.as_secs_f64(),
        converted.as_secs_f64(),
        built.as_secs_f64(),
        peak / 1024,
        before / 1024,
        (peak * 1024) as f64 / size as f64
    );
}

/// The most memory this process had.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
