//! How wrong an estimate may be: conformal intervals, wider where unseen pairs alike were foretold worse.

use super::LARGEST_ERROR;
use super::contest::Unseen;

/// Share of pairs within their interval.
pub(super) const COVERAGE: f64 = 0.9;
/// Classes of the estimate, by size.
const CLASSES: usize = 5;
/// Fewest pairs of a class.
const LEAST: usize = 60;
/// As many average pairs are mixed into what is known of a domain.
const SHRINK: f64 = 5.0;
/// Errors beyond this make a domain no more difficult.
const CLIP: f64 = 1.0;
/// Least difficulty.
const EASY: f64 = 1e-9;

/// Half-widths of intervals.
pub(super) struct Calibration {
    /// Per domain the sum and number of the errors of its pairs.
    difficulty: Vec<(f64, f64)>,
    mean: f64,
    /// Per class the largest estimate in it and how many difficulties wide its interval is.
    classes: Vec<(f64, f64)>,
}

/// By how much the truth is off the estimate, over the estimate.
fn error(unseen: &Unseen) -> f64 {
    ((unseen.pair.log - unseen.log).exp() - 1.0).abs()
}

impl Calibration {
    /// From pairs foretold without having been seen.
    ///
    /// # Source
    /// Lei et al. (2018), "Distribution-Free Predictive Inference for Regression", §5.2 (locally weighted), with residuals
    /// of cross-validation in place of a split.
    pub(super) fn new(domains: usize, unseen: &[Unseen]) -> Self {
        let mut difficulty = vec![(0.0, 0.0); domains];
        let mut sum = 0.0;
        for one in unseen {
            let error = error(one).min(CLIP);
            sum += error;
            for domain in [one.pair.from, one.pair.to] {
                difficulty[domain].0 += error;
                difficulty[domain].1 += 1.0;
            }
        }
        let mean = sum / (unseen.len() as f64).max(1.0);
        let mut calibration = Self { difficulty, mean, classes: Vec::new() };
        let mut scores: Vec<(f64, f64)> = unseen
            .iter()
            .map(|one| {
                let own = error(one);
                let scale = calibration.scale(one.pair.from, one.pair.to, Some(own.min(CLIP)));
                (one.log, own / scale)
            })
            .collect();
        scores.sort_by(|a, b| a.0.total_cmp(&b.0));
        let count = (scores.len() / LEAST).clamp(1, CLASSES);
        for class in 0..count {
            let range = scores.len() * class / count..scores.len() * (class + 1) / count;
            let mut within: Vec<f64> = scores[range.clone()].iter().map(|score| score.1).collect();
            within.sort_by(f64::total_cmp);
            // The conformal quantile: one more pair is taken to be there, beyond all.
            let rank = ((within.len() + 1) as f64 * COVERAGE).ceil() as usize;
            let width = within.get(rank.saturating_sub(1)).copied().unwrap_or(f64::INFINITY);
            let largest = if class + 1 == count { f64::INFINITY } else { scores[range.end - 1].0 };
            calibration.classes.push((largest, width));
        }
        calibration
    }

    /// How difficult a pair is, without what it adds itself.
    fn scale(&self, from: usize, to: usize, own: Option<f64>) -> f64 {
        let of = |domain: usize| {
            let (sum, count) = self.difficulty[domain];
            let (less, fewer) = own.map_or((0.0, 0.0), |own| (own, 1.0));
            (sum - less + SHRINK * self.mean) / (count - fewer + SHRINK)
        };
        (of(from).max(0.0) * of(to).max(0.0)).sqrt() + EASY
    }

    /// The relative half-width of the interval of an estimate.
    pub(super) fn relative_error(&self, from: usize, to: usize, log: f64) -> f64 {
        let class = self.classes.iter().find(|(largest, _)| log <= *largest);
        let width = class.map_or(f64::INFINITY, |class| class.1);
        (width * self.scale(from, to, None)).min(LARGEST_ERROR)
    }
}
