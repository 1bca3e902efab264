//! The published trace, and the command that replays it.

use std::path::{Path, PathBuf};
use std::process::Command;

use colocate_replay::{DAY, Machine, Trace};

/// The data folder; without the trace, one line says that `test` is skipped.
fn data(test: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("COLOCATE_DATA").map_or_else(beside, PathBuf::from);
    if Trace::files(&folder).iter().all(|file| file.is_file()) {
        return Some(folder);
    }
    #[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
    {
        eprintln!("{test} is skipped: there is no trace in {}", folder.display());
    }
    None
}

#[test]
fn the_published_trace_has_fifty_machines_for_thirty_days() {
    let Some(data) = data("the_published_trace_has_fifty_machines_for_thirty_days") else { return };
    let trace = Trace::read(&data).expect("it can be read");
    assert_eq!((trace.machines.len(), trace.steps()), (50, 30 * DAY));
    let named = |name: &str| trace.machines.iter().find(|m| m.name == name).expect("it is there");
    // 32 GiB, 8 cores of 2.6 GHz.
    let busy = named("272");
    assert_eq!(busy.memory, 32 << 30);
    assert!((busy.cpu.iter().copied().fold(0.0, f64::max) - 21_938.8).abs() < 0.1);
    // It began on the 23rd day.
    let late = named("308");
    assert!(late.cpu[..22 * DAY].iter().all(|&cpu| cpu == 0.0) && late.cpu.iter().any(|&cpu| cpu > 0.0));
    assert!(trace.machines.iter().all(|machine| machine.cpu.len() == 30 * DAY));
}

#[test]
fn copies_are_the_same_machines_some_days_later() {
    let cpu: Vec<f64> = (0..3 * DAY).map(|step| step as f64).collect();
    let trace = Trace { machines: vec![Machine { name: "a".into(), memory: 1, cpu: cpu.clone() }] };
    let copies = trace.shifted(&[0, 1]);
    assert_eq!(copies.machines[0].cpu, cpu);
    assert_eq!(copies.machines[1].name, "a.1");
    assert_eq!(copies.machines[1].cpu[DAY..], cpu[..2 * DAY]);
    assert_eq!(copies.machines[1].cpu[..DAY], cpu[2 * DAY..]);
}

#[test]
fn a_damaged_file_is_an_error() {
    let folder = std::env::temp_dir().join(format!("colocate-replay-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("vms")).expect("a folder");
    for file in Trace::files(&folder) {
        std::fs::write(file, "PAR1 but not really").expect("a file");
    }
    let error = Trace::read(&folder).expect_err("it is no Parquet file");
    std::fs::remove_dir_all(&folder).expect("it was there");
    assert!(error.to_string().ends_with("cannot be read"), "{error}");
}

#[test]
fn without_the_trace_one_line_says_so() {
    let replay = Command::new(env!("CARGO_BIN_EXE_replay")).args(["--data", "/nowhere"]).output();
    let output = replay.expect("it runs");
    let said = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success());
    assert_eq!(said.lines().count(), 1);
    assert!(said.starts_with("nothing is replayed: there is no /nowhere"), "{said}");
}
