//! Network coordinates: domains as points whose distances are round trips.

use super::minimise::{Smooth, minimise};
use super::pairs::Pair;
use super::seeded;
use crate::Coordinate;
use crate::coordinate::median;

/// Residual, in logarithms, beyond which a pair counts less and less: routes that make a detour fit no space.
const OUTLIER: f64 = 0.1;
/// Logarithm of a usual height over the median round trip.
const USUAL_HEIGHT: f64 = -2.0;
/// Smallest round trip over the median one.
const SMALLEST: f64 = 1e-4;
/// Keeps distances smooth where points meet.
const SMOOTH: f64 = 1e-6;
/// Steps of the optimiser.
const ITERATIONS: u64 = 150;
/// A prior of less error than this counts no more.
const SURE: f64 = 0.1;

/// How to fit a space.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Shape {
    /// Its dimensions.
    pub(super) dimensions: usize,
    /// How strongly points are drawn to where they start, in squared outliers.
    pub(super) pull: f64,
}

/// Domains as points.
pub(super) struct Space {
    dimensions: usize,
    /// Per domain its vector and the logarithm of its height, over the median round trip.
    points: Vec<f64>,
    /// Logarithm of the median round trip, in µs.
    unit: f64,
}

struct Stress<'p> {
    pairs: &'p [Pair],
    unit: f64,
    dimensions: usize,
    /// Where points are drawn to, and how strongly.
    start: &'p [f64],
    pull: &'p [f64],
}

impl Smooth for Stress<'_> {
    /// Cauchy's loss of the residuals of logarithms, and the pull.
    fn evaluate(&self, points: &[f64], gradient: &mut [f64]) -> f64 {
        let stride = self.dimensions + 1;
        let mut sum = 0.0;
        for ((x, start), (slope, pull)) in points
            .chunks_exact(stride)
            .zip(self.start.chunks_exact(stride))
            .zip(gradient.chunks_exact_mut(stride).zip(self.pull))
        {
            for ((x, start), slope) in x.iter().zip(start).zip(slope) {
                sum += pull * (x - start).powi(2);
                *slope = 2.0 * pull * (x - start);
            }
        }
        // A height far below the smallest round trip is as good as none.
        let heights: Vec<f64> =
            points.iter().skip(self.dimensions).step_by(stride).map(|h| h.exp()).collect();
        for pair in self.pairs {
            let (a, b) = (pair.from * stride, pair.to * stride);
            let (x, y) = (&points[a..a + self.dimensions], &points[b..b + self.dimensions]);
            let squares: f64 = x.iter().zip(y).map(|(x, y)| (x - y) * (x - y)).sum();
            let distance = (squares + SMOOTH).sqrt();
            let (up, down) = (heights[pair.from], heights[pair.to]);
            let total = distance + up + down + SMALLEST;
            let residual = (total.ln() + self.unit - pair.log) / OUTLIER;
            let spread = 1.0 + residual * residual;
            sum += pair.weight * 0.5 * spread.ln();
            let slope = pair.weight * residual / (spread * OUTLIER * total);
            gradient[a + self.dimensions] += slope * up;
            gradient[b + self.dimensions] += slope * down;
            let along = slope / distance;
            for k in 0..self.dimensions {
                let part = along * (points[a + k] - points[b + k]);
                gradient[a + k] += part;
                gradient[b + k] -= part;
            }
        }
        sum
    }
}

impl Space {
    /// The space that fits the pairs best, from the prior coordinates where there are any, else from points at random.
    pub(super) fn fit(
        domains: usize,
        pairs: &[Pair],
        prior: &[Option<Coordinate>],
        shape: Shape,
        seed: u64,
    ) -> Self {
        let unit = median(pairs.iter().map(|pair| pair.log).collect());
        let mut start = Vec::with_capacity(domains * (shape.dimensions + 1));
        let mut pull = Vec::with_capacity(domains);
        for domain in 0..domains {
            match prior.get(domain).and_then(Option::as_ref) {
                Some(coordinate) => {
                    let us = 1e6 / unit.exp();
                    let axis = |k: usize| coordinate.vector.get(k).copied().unwrap_or(0.0) * us;
                    start.extend((0..shape.dimensions).map(axis));
                    start.push(((coordinate.height + coordinate.adjustment) * us).max(SMALLEST).ln());
                    pull.push(shape.pull / coordinate.error.max(SURE).powi(2));
                }
                None => {
                    start.extend((0..shape.dimensions).map(|_| 0.0));
                    start.push(USUAL_HEIGHT);
                    pull.push(shape.pull);
                }
            }
        }
        let from: Vec<f64> = start
            .iter()
            .enumerate()
            .map(|(i, x)| {
                let (domain, axis) = (i / (shape.dimensions + 1), i % (shape.dimensions + 1));
                let is_free = axis < shape.dimensions && prior.get(domain).is_none_or(Option::is_none);
                if is_free { seeded::centred(seed, i as u64) } else { *x }
            })
            .collect();
        let dimensions = shape.dimensions;
        let stress = Stress { pairs, unit, dimensions, start: &start, pull: &pull };
        Self { dimensions, points: minimise(&stress, &from, ITERATIONS), unit }
    }

    fn vector(&self, domain: usize) -> &[f64] {
        &self.points[domain * (self.dimensions + 1)..][..self.dimensions]
    }

    fn height(&self, domain: usize) -> f64 {
        self.points[domain * (self.dimensions + 1) + self.dimensions].exp()
    }

    /// The distance without heights, over the median round trip.
    pub(super) fn distance(&self, a: usize, b: usize) -> f64 {
        let squares = self.vector(a).iter().zip(self.vector(b)).map(|(x, y)| (x - y) * (x - y));
        (squares.sum::<f64>() + SMOOTH).sqrt()
    }

    /// Logarithm of the round trip in µs.
    pub(super) fn log(&self, from: usize, to: usize) -> f64 {
        (self.distance(from, to) + self.height(from) + self.height(to) + SMALLEST).ln() + self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gradient_is_that_of_the_stress() {
        let pair = |from, to, log| Pair { from, to, log, weight: 0.7 };
        let pairs = [pair(0, 1, 0.3), pair(1, 2, -0.2), pair(2, 0, 0.9)];
        let (start, pull) = ([0.1; 9], [0.2, 0.3, 0.4]);
        let stress = Stress { pairs: &pairs, unit: 0.1, dimensions: 2, start: &start, pull: &pull };
        let at: Vec<f64> = (0..9).map(|i| seeded::centred(3, i)).collect();
        let mut gradient = vec![0.0; 9];
        let here = stress.evaluate(&at, &mut gradient);
        for i in 0..9 {
            let mut there = at.clone();
            there[i] += 1e-6;
            let slope = (stress.evaluate(&there, &mut [0.0; 9]) - here) / 1e-6;
            assert!((slope - gradient[i]).abs() < 1e-3, "{i}: {slope} {}", gradient[i]);
        }
    }
}
