//! Accuracy on published series: 13 of CPU and 6 of network, disk, requests and mentions, 20 origins each. Skipped where the
//! data is absent. docs/forecast.md has the table.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read published series where they are"
)]

mod common;

use std::fs;
use std::path::PathBuf;

use colocate_forecast::{Backtest, Input, Method, Score, Series, Settings};
use common::input;

const CPU: [&str; 13] = [
    "nab/ec2_cpu_utilization_24ae8d",
    "nab/ec2_cpu_utilization_53ea38",
    "nab/ec2_cpu_utilization_5f5533",
    "nab/ec2_cpu_utilization_77c1ca",
    "nab/ec2_cpu_utilization_825cc2",
    "nab/ec2_cpu_utilization_ac20cd",
    "nab/ec2_cpu_utilization_c6585a",
    "nab/ec2_cpu_utilization_fe7f93",
    "nab/rds_cpu_utilization_cc0c53",
    "nab/rds_cpu_utilization_e47b3b",
    "nab/cpu_utilization_asg_misconfiguration",
    "nab/ec2_request_latency_system_failure",
    "azure1/azure_v1_avg_cpu",
];
const OTHERS: [&str; 6] = [
    "nab/ec2_network_in_257a54",
    "nab/ec2_network_in_5abac7",
    "nab/ec2_disk_write_bytes_1ef3de",
    "nab/elb_request_count_8c0756",
    "nab/Twitter_volume_AMZN",
    "nab/Twitter_volume_GOOG",
];
/// Two hours, and half an hour, in steps of five minutes.
const HORIZONS: [usize; 2] = [24, 6];

fn data() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let folder = std::env::var_os("COLOCATE_DATA").map_or_else(beside, PathBuf::from).join("series");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no {}", folder.display());
    None
}

/// The newest values of a series, as many as the backtest looks at.
fn read(folder: &std::path::Path, name: &str, most: usize) -> Input {
    let text = fs::read_to_string(folder.join(format!("{name}.csv"))).expect("the series is there");
    let value = |line: &str| line.split(',').nth(1).and_then(|value| value.parse().ok()).expect("a number");
    let values: Vec<f64> = text.lines().skip(1).map(value).collect();
    let from = values.len().saturating_sub(most);
    let Input { series, .. } = input(values[from..].to_vec());
    Input { series: Series { start: 300 * from as i64, ..series }, kin: 0, requests: None }
}

fn scores(names: &[&str], method: Method, folder: &std::path::Path) -> [Score; 2] {
    let settings = Settings { horizon: 24, quantiles: vec![0.5, 0.9, 0.95], method, keep_past: None };
    let backtest = Backtest { origins: 20, span: 2016, most_history: 4032 };
    let inputs: Vec<Input> = names
        .iter()
        .enumerate()
        .map(|(kin, name)| Input { kin: kin as u32, ..read(folder, name, 6048) })
        .collect();
    let trials = backtest.run(&inputs, &settings, &|| ());
    assert_eq!(trials.len(), 20 * names.len());
    HORIZONS.map(|steps| {
        let of = |series: usize| {
            Score::of_series(trials.iter().filter(|trial| trial.series == series), &settings, steps)
        };
        let each: Vec<Score> = (0..names.len()).filter_map(of).collect();
        Score::together(&each).expect("there are series")
    })
}

#[test]
fn cpu_is_forecast_as_well_as_documented() {
    let Some(folder) = data() else { return };
    let [long, short] = scores(&CPU, Method::Auto, &folder);
    assert!(long.mase <= 0.70 && long.pinball[2] <= 0.155, "{long:?}");
    assert!((0.93..=0.97).contains(&long.coverage[2]), "{long:?}");
    assert!(long.window_coverage[2] >= 0.93 && long.window_pinball[2] <= 0.34, "{long:?}");
    assert!(short.mase <= 0.62 && short.pinball[2] <= 0.125, "{short:?}");
}

#[test]
fn everything_else_is_forecast_better_than_by_its_last_value() {
    let Some(folder) = data() else { return };
    let [ours, _] = scores(&OTHERS, Method::Auto, &folder);
    // The last value alone scores 0.456 on these series, that of a day ago 0.677.
    assert!(ours.mase < 0.456, "{ours:?}");
}
