//! Low rank: the matrix of logarithms as a mean, what every row and column adds, and a product of few factors.

use nalgebra::{DMatrix, DVector};

use super::pairs::Pair;
use super::seeded;
use crate::coordinate::median;

/// Rounds of alternation.
const ROUNDS: usize = 8;
/// Regularisation of rows' and columns' biases.
const BIAS_RIDGE: f64 = 1.0;

/// How to fit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rank {
    /// Factors.
    pub(super) factors: usize,
    /// Their regularisation.
    pub(super) ridge: f64,
    /// Whether a pair stands for its reverse where that is not observed.
    pub(super) mirrored: bool,
}

/// A fitted matrix of low rank.
pub(super) struct LowRank {
    mean: f64,
    /// Per domain as a sender: bias and factors.
    senders: Vec<DVector<f64>>,
    /// Per domain as a receiver.
    receivers: Vec<DVector<f64>>,
}

/// An observation as one side sees it: the other side, the logarithm, the weight.
type Seen = (usize, f64, f64);

impl LowRank {
    /// Alternating least squares.
    ///
    /// # Source
    /// Zhou et al. (2008), "Large-Scale Parallel Collaborative Filtering for the Netflix Prize", §3.1, with biases and
    /// without the weighting of the regularisation by counts.
    pub(super) fn fit(domains: usize, pairs: &[Pair], rank: Rank, seed: u64) -> Self {
        let mean = median(pairs.iter().map(|pair| pair.log).collect());
        let mut observed = vec![false; domains * domains];
        pairs.iter().for_each(|pair| observed[pair.from * domains + pair.to] = true);
        let mut rows: Vec<Vec<Seen>> = vec![Vec::new(); domains];
        let mut columns = rows.clone();
        for pair in pairs {
            rows[pair.from].push((pair.to, pair.log - mean, pair.weight));
            columns[pair.to].push((pair.from, pair.log - mean, pair.weight));
            if rank.mirrored && !observed[pair.to * domains + pair.from] {
                rows[pair.to].push((pair.from, pair.log - mean, pair.weight));
                columns[pair.from].push((pair.to, pair.log - mean, pair.weight));
            }
        }
        let start = |side: u64| {
            let of = |domain: usize| {
                DVector::from_fn(rank.factors + 1, |k, _| match k {
                    0 => 0.0,
                    _ => 0.2 * seeded::centred(seed ^ side, (domain * (rank.factors + 1) + k) as u64),
                })
            };
            (0..domains).map(of).collect::<Vec<_>>()
        };
        let mut fitted = Self { mean, senders: start(1), receivers: start(2) };
        for _ in 0..ROUNDS {
            fitted.senders = rows.iter().map(|seen| solve(seen, &fitted.receivers, rank)).collect();
            fitted.receivers = columns.iter().map(|seen| solve(seen, &fitted.senders, rank)).collect();
        }
        fitted
    }

    /// Logarithm of the round trip in µs.
    pub(super) fn log(&self, from: usize, to: usize) -> f64 {
        let (sender, receiver) = (self.senders[from].as_slice(), self.receivers[to].as_slice());
        let product: f64 = sender[1..].iter().zip(&receiver[1..]).map(|(x, y)| x * y).sum();
        self.mean + sender[0] + receiver[0] + product
    }
}

/// The bias and factors of one domain that suit the others' best; all 0 where nothing is seen.
fn solve(seen: &[Seen], others: &[DVector<f64>], rank: Rank) -> DVector<f64> {
    let size = rank.factors + 1;
    let mut normal = DMatrix::<f64>::zeros(size, size);
    let mut right = DVector::<f64>::zeros(size);
    let mut features = vec![1.0; size];
    for &(other, log, weight) in seen {
        let other = others[other].as_slice();
        features[1..].copy_from_slice(&other[1..]);
        let rest = log - other[0];
        for column in 0..size {
            right[column] += weight * features[column] * rest;
            for row in column..size {
                normal[(row, column)] += weight * features[column] * features[row];
            }
        }
    }
    normal[(0, 0)] += BIAS_RIDGE;
    (1..size).for_each(|k| normal[(k, k)] += rank.ridge);
    // Cholesky reads the lower triangle alone, and the ridge makes it positive.
    normal.cholesky().map_or_else(|| DVector::zeros(size), |factor| factor.solve(&right))
}
