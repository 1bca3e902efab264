//! The knee of a front: where giving up a little of one axis stops gaining much on another.

use colocate_model::Cost;

/// Distances below this are rounding.
const FLAT: f64 = 1e-9;

/// The position of the knee: the point furthest below the line (the plane) through the points that are best on one
/// axis each, with every axis scaled to the range of the front. `None` where no point is below it.
///
/// # Source
/// Das (1999), "On characterizing the 'knee' of the Pareto curve based on normal-boundary intersection".
pub(super) fn knee(points: &[&[Cost]]) -> Option<usize> {
    let axes = points.first()?.len();
    let range = |axis: usize| {
        let values = points.iter().map(|values| values[axis]);
        Some((values.clone().min()? as f64, values.max()? as f64))
    };
    let ranges: Vec<(f64, f64)> = (0..axes).filter_map(range).collect();
    let scaled: Vec<Vec<f64>> = points
        .iter()
        .map(|values| {
            let scale = |(&value, &(least, most)): (&Cost, &(f64, f64))| {
                if most > least { (value as f64 - least) / (most - least) } else { 0.0 }
            };
            values.iter().zip(&ranges).map(scale).collect()
        })
        .collect();
    let least = |axis: usize| (0..points.len()).min_by_key(|&index| (points[index][axis], points[index]));
    let anchors: Vec<&Vec<f64>> = (0..axes).filter_map(least).map(|index| &scaled[index]).collect();
    let normal = normal(&anchors);
    let height = |point: &[f64]| -> f64 { point.iter().zip(&normal).map(|(x, n)| x * n).sum() };
    let plane = anchors.iter().map(|anchor| height(anchor)).fold(f64::NEG_INFINITY, f64::max);
    let mut best = None;
    for (index, point) in scaled.iter().enumerate() {
        let distance = plane - height(point);
        if distance > FLAT && best.is_none_or(|(_, known)| distance > known + FLAT) {
            best = Some((index, distance));
        }
    }
    best.map(|(index, _)| index)
}

/// The unit normal of the plane through the anchors that points away from the origin; that of equal weights where they
/// do not span a plane, or one that rises along every axis.
fn normal(anchors: &[&Vec<f64>]) -> Vec<f64> {
    let equal = vec![1.0 / (anchors.len() as f64).sqrt(); anchors.len()];
    let [a, b, c] = anchors else { return equal };
    let (u, v): (Vec<f64>, Vec<f64>) = (0..3).map(|k| (b[k] - a[k], c[k] - a[k])).unzip();
    let cross = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    let length = cross.iter().map(|x| x * x).sum::<f64>().sqrt() * cross[0].signum();
    if length.abs() <= FLAT || cross.iter().any(|x| x / length <= 0.0) {
        return equal;
    }
    cross.iter().map(|x| x / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_point_furthest_below_the_chord() {
        let points: [&[Cost]; 5] = [&[0, 1000], &[10, 500], &[20, 200], &[60, 100], &[100, 0]];
        // Scaled sums 1, 0.6, 0.4, 0.7 and 1.
        assert_eq!(knee(&points), Some(2));
    }

    #[test]
    fn a_straight_or_bulging_front_has_none() {
        assert_eq!(knee(&[&[0, 10], &[5, 5], &[10, 0]]), None);
        assert_eq!(knee(&[&[0, 10], &[8, 9], &[10, 0]]), None);
        assert_eq!(knee(&[&[0, 10], &[10, 0]]), None);
        assert_eq!(knee(&[&[7, 7]]), None);
        assert_eq!(knee(&[]), None);
    }

    #[test]
    fn with_three_axes_the_point_furthest_below_the_plane() {
        let points: [&[Cost]; 5] = [&[0, 10, 10], &[10, 0, 10], &[10, 10, 0], &[4, 4, 6], &[3, 3, 3]];
        assert_eq!(knee(&points), Some(4));
        // The first three lie on the plane 4x + 3y + 2z = 5 of the scaled axes, the others at 3.6 and 3.4.
        let tilted: [&[Cost]; 5] = [&[0, 10, 10], &[10, 0, 5], &[5, 10, 0], &[4, 4, 4], &[1, 6, 6]];
        assert_eq!(knee(&tilted), Some(4));
    }
}
