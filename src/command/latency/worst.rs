//! The slowest pairs.

use super::matrix::Matrix;

/// The positions of the `most` pairs with the largest value, the worst first; equal ones in the order of domains.
pub(super) fn pairs(matrix: &Matrix<'_>, most: usize) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize, f64)> =
        matrix.pairs().map(|(from, to, _, us)| (from, to, us)).collect();
    pairs.sort_by(|a, b| b.2.total_cmp(&a.2).then((a.0, a.1).cmp(&(b.0, b.1))));
    pairs.into_iter().take(most).map(|(from, to, _)| (from, to)).collect()
}
