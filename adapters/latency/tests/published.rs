//! Completion of published matrices of which a fifth is seen. Skipped where the data is absent. docs/latency.md has the
//! table.

#![allow(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "tests read published matrices where they are"
)]

use std::fs;
use std::path::PathBuf;

use colocate_latency::completion::{Basis, Input, Observation, complete};

/// Of so many pairs one is seen.
const SEEN: u64 = 5;

fn data() -> Option<PathBuf> {
    let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data"));
    let folder = std::env::var_os("COLOCATE_DATA").map_or_else(beside, PathBuf::from).join("latency");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no {}", folder.display());
    None
}

/// A matrix in µs; what is no round trip is 0.
fn read(folder: &std::path::Path, name: &str, us: f64) -> Vec<Vec<f64>> {
    let text = fs::read_to_string(folder.join(name)).expect("the matrix is there");
    let number = |cell: &str| cell.trim().parse::<f64>().ok().filter(|x| x.is_finite()).unwrap_or(0.0) * us;
    text.lines().map(|line| line.split(',').map(number).collect()).collect()
}

/// A number that follows from a seed and a pair.
fn draw(seed: u64, from: usize, to: usize) -> u64 {
    let mut x = (seed << 48) ^ ((from as u64) << 24) ^ to as u64 ^ 0x517c_c1b7_2722_0a95;
    for _ in 0..3 {
        x = (x ^ (x >> 31)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    x >> 33
}

/// How well unseen pairs are estimated.
#[derive(Debug)]
#[expect(dead_code, reason = "figures to print")]
struct Report {
    median: f64,
    ninth_decile: f64,
    covered: f64,
    below_upper: f64,
    width: f64,
    basis: Basis,
}

fn report(matrix: &[Vec<f64>], symmetric: bool, seed: u64) -> Report {
    let size = matrix.len();
    let all = (0..size).flat_map(|from| (0..size).map(move |to| (from, to)));
    let pairs = all.filter(|&(from, to)| if symmetric { from < to } else { from != to });
    let there: Vec<(usize, usize)> = pairs.filter(|&(from, to)| matrix[from][to] > 0.0).collect();
    let (seen, unseen): (Vec<_>, Vec<_>) =
        there.into_iter().partition(|&(from, to)| draw(seed, from, to).is_multiple_of(SEEN));
    let observation = |&(from, to): &(usize, usize)| Observation {
        from,
        to,
        rtt_us: matrix[from][to],
        relative_error: 0.0,
    };
    let observations: Vec<Observation> = seen.iter().map(observation).collect();
    let input = Input { domains: size, observations: &observations, prior: &[], seed };
    let completed = complete(&input).expect("the input is sound");
    let mut errors = Vec::new();
    let (mut covered, mut below, mut width) = (0, 0, Vec::new());
    for &(from, to) in &unseen {
        let estimate = completed.get(from, to).expect("every domain is seen");
        let truth = matrix[from][to];
        errors.push((estimate.rtt_us - truth).abs() / truth);
        covered += usize::from((truth / estimate.rtt_us - 1.0).abs() <= estimate.relative_error);
        below += usize::from(truth <= estimate.rtt_us * (1.0 + estimate.relative_error));
        width.push(estimate.relative_error);
    }
    errors.sort_by(f64::total_cmp);
    width.sort_by(f64::total_cmp);
    let share = |count: usize| count as f64 / unseen.len() as f64;
    Report {
        median: errors[errors.len() / 2],
        ninth_decile: errors[errors.len() * 9 / 10],
        covered: share(covered),
        below_upper: share(below),
        width: width[width.len() / 2],
        basis: completed.basis,
    }
}

#[test]
fn planetlab_is_completed_as_well_as_documented() {
    let Some(folder) = data() else { return };
    let matrix = read(&folder, "planetlab490_t01.csv", 1e3);
    for seed in 0..5 {
        let report = report(&matrix, true, seed);
        eprintln!("planetlab {seed}: {report:?}");
        assert!(report.median <= 0.05, "{report:?}");
        assert!((0.85..=0.95).contains(&report.covered), "{report:?}");
    }
}

#[test]
fn seattle_is_completed_as_well_as_documented() {
    let Some(folder) = data() else { return };
    let matrix = read(&folder, "seattle99_median.csv", 1e6);
    for seed in 0..5 {
        let report = report(&matrix, false, seed);
        eprintln!("seattle {seed}: {report:?}");
        assert!(report.median <= 0.12, "{report:?}");
        assert!((0.85..=0.95).contains(&report.covered), "{report:?}");
    }
}
