//! Pairs whose two directions differ by more than noise.

use colocate_files::MeasuredPath;

use super::matrix::{Matrix, first, is_estimated, spread};

/// The rule, as it is told to people.
pub(super) const RULE: &str =
    "medians differ by more than 5 % and by more than three standard errors, from samples and p95 - p50";

/// Share of the smaller median that is never called a difference.
const TOLERANCE: f64 = 0.05;
/// Standard errors that noise hardly ever exceeds.
const ERRORS: f64 = 3.0;
/// The 95th percentile of a normal distribution, in standard deviations.
const P95: f64 = 1.645;
/// The standard error of a median, in standard deviations over the root of the number of samples.
const MEDIAN: f64 = 1.253;

/// Two directions that differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Asymmetric {
    /// The positions of the domains; from the first to the second is the slower.
    pub(super) pair: (usize, usize),
    /// The medians, in µs: the slower direction, and the way back.
    pub(super) medians_us: [f64; 2],
    /// How far apart noise could put them, in µs.
    pub(super) noise_us: f64,
}

/// Every pair that differs, the largest difference first. Paths that nobody measured say nothing.
pub(super) fn pairs(matrix: &Matrix<'_>) -> Vec<Asymmetric> {
    let count = matrix.names.len();
    let mut found = Vec::new();
    for from in 0..count {
        for to in from + 1..count {
            let (Some(there), Some(back)) = (matrix.path(from, to), matrix.path(to, from)) else { continue };
            if is_estimated(there) || is_estimated(back) {
                continue;
            }
            let (Some(a), Some(b)) = (first(&there.p50_us), first(&back.p50_us)) else { continue };
            let noise_us = (ERRORS * error(there).hypot(error(back))).max(TOLERANCE * a.min(b));
            if (a - b).abs() > noise_us {
                let (pair, medians_us) = if a > b { ((from, to), [a, b]) } else { ((to, from), [b, a]) };
                found.push(Asymmetric { pair, medians_us, noise_us });
            }
        }
    }
    let difference = |found: &Asymmetric| found.medians_us[0] - found.medians_us[1];
    found.sort_by(|a, b| difference(b).total_cmp(&difference(a)).then(a.pair.cmp(&b.pair)));
    found
}

/// The standard error of the median, in µs, as if round trips were normal around it; the deviation where nobody says how
/// many samples there are.
fn error(path: &MeasuredPath) -> f64 {
    let deviation = spread(path) / P95;
    match path.samples {
        Some(samples) if samples > 0 => MEDIAN * deviation / (samples as f64).sqrt(),
        _ => deviation,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use colocate_files::LatencyFile;

    fn found(there: (f64, f64, i64), back: (f64, f64, i64)) -> Vec<Asymmetric> {
        let path = |(p50, p95, samples): (f64, f64, i64)| MeasuredPath {
            p50_us: vec![p50],
            p95_us: vec![p95],
            samples: Some(samples),
            ..MeasuredPath::default()
        };
        let names = ["a".to_owned(), "b".to_owned()];
        let mut file = LatencyFile::default();
        file.paths.insert("a".into(), [("b".to_owned(), path(there))].into());
        file.paths.insert("b".into(), [("a".to_owned(), path(back))].into());
        pairs(&Matrix { file: &file, names: &names, quantile: "p50" })
    }

    #[test]
    fn few_samples_and_small_differences_are_noise() {
        assert_eq!(found((1000.0, 1500.0, 10_000), (1040.0, 1500.0, 10_000)), []);
        assert_eq!(found((1000.0, 3000.0, 10), (1500.0, 3000.0, 10)), []);
        let clear = found((1000.0, 3000.0, 10_000), (1500.0, 3000.0, 10_000));
        assert_eq!((clear[0].pair, clear[0].medians_us), ((1, 0), [1500.0, 1000.0]));
    }
}
