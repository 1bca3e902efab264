//! Least squares with few unknowns.

/// Solves `matrix` x = `right` for a symmetric positive definite matrix, given by the rows of its lower triangle, by
/// Cholesky's factors. A pivot that
/// rounding has eaten counts as the smallest one that has a meaning, so the answer is always finite.
pub(super) fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<f64>) -> Vec<f64> {
    let n = right.len();
    let floor = 1e-13 * (0..n).map(|i| matrix[i][i]).fold(0.0, f64::max) + f64::MIN_POSITIVE;
    for i in 0..n {
        let (done, rest) = matrix.split_at_mut(i);
        let row = &mut rest[0];
        for j in 0..i {
            let inner: f64 = row[..j].iter().zip(&done[j][..j]).map(|(a, b)| a * b).sum();
            row[j] = (row[j] - inner) / done[j][j];
        }
        let pivot = row[i] - row[..i].iter().map(|a| a * a).sum::<f64>();
        row[i] = pivot.max(floor).sqrt();
        let inner: f64 = row[..i].iter().zip(&right[..i]).map(|(a, b)| a * b).sum();
        right[i] = (right[i] - inner) / row[i];
    }
    for i in (0..n).rev() {
        let inner: f64 = (i + 1..n).map(|j| matrix[j][i] * right[j]).sum();
        right[i] = (right[i] - inner) / matrix[i][i];
    }
    right
}

/// Inner product.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
