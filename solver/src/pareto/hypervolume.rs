//! The volume that a front dominates, exact in two and three dimensions.

use colocate_model::{Cost, Hypervolume};

/// The volume of what some point of `points` dominates and `reference` bounds; points beyond it add nothing there.
/// Two or three axes.
///
/// # Source
/// Zitzler and Thiele (1998), "Multiobjective Optimization Using Evolutionary Algorithms", the size of the space
/// covered; in three dimensions slice by slice along the last axis. Time O(n^2 log n) for n points.
pub(super) fn hypervolume(points: &[&[Cost]], reference: &[Cost]) -> Hypervolume {
    let inside: Vec<&[Cost]> = points
        .iter()
        .copied()
        .filter(|values| values.iter().zip(reference).all(|(value, end)| value < end))
        .collect();
    let mut slices = Vec::new();
    match reference {
        [x, y] => slices.push((area(inside, *x, *y), 1)),
        [x, y, z] => {
            let mut levels: Vec<Cost> = inside.iter().map(|values| values[2]).collect();
            levels.sort_unstable();
            levels.dedup();
            for (index, &level) in levels.iter().enumerate() {
                let below = inside.iter().copied().filter(|values| values[2] <= level).collect();
                let next = levels.get(index + 1).unwrap_or(z);
                slices.push((area(below, *x, *y), next - level));
            }
        }
        _ => {}
    }
    let exact = |sum: Option<i128>, &(area, depth): &(i128, Cost)| {
        area.checked_mul(i128::from(depth)).and_then(|slice| sum?.checked_add(slice))
    };
    let whole: f64 = reference.iter().map(|&end| end as f64).product();
    // The sum of nothing is -0.
    let covered = slices.iter().map(|&(area, depth)| area as f64 * depth as f64).sum::<f64>() + 0.0;
    Hypervolume {
        volume: slices.iter().fold(Some(0), exact),
        share: if whole > 0.0 { (covered / whole).min(1.0) } else { 0.0 },
    }
}

/// The area that points dominate in their first two coordinates, up to (x, y).
fn area(mut points: Vec<&[Cost]>, x: Cost, y: Cost) -> i128 {
    points.sort_unstable();
    let (mut sum, mut top) = (0, y);
    for point in points {
        if point[1] < top {
            sum += i128::from(x - point[0]) * i128::from(top - point[1]);
            top = point[1];
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    /// Unit cells of the box that a point dominates, one by one.
    fn count(points: &[&[Cost]], reference: &[Cost]) -> i128 {
        let depth = reference.get(2).copied().unwrap_or(1);
        let mut cells = 0;
        for x in 0..reference[0] {
            for y in 0..reference[1] {
                for z in 0..depth {
                    let cell = [x, y, z];
                    cells += i128::from(points.iter().any(|p| p.iter().zip(&cell).all(|(p, c)| p <= c)));
                }
            }
        }
        cells
    }

    #[test]
    fn as_many_as_there_are_unit_cells() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        for round in 0..200 {
            let axes = 2 + round % 2;
            let reference: Vec<Cost> = (0..axes).map(|_| rng.random_range(0..9)).collect();
            let points: Vec<Vec<Cost>> = (0..rng.random_range(0..7))
                .map(|_| (0..axes).map(|_| rng.random_range(0..10)).collect())
                .collect();
            let points: Vec<&[Cost]> = points.iter().map(Vec::as_slice).collect();
            let counted = count(&points, &reference);
            let found = hypervolume(&points, &reference);
            assert_eq!(found.volume, Some(counted), "{points:?} up to {reference:?}");
            let whole: Cost = reference.iter().product();
            let share = if whole > 0 { counted as f64 / whole as f64 } else { 0.0 };
            assert!((found.share - share).abs() < 1e-12, "{points:?} up to {reference:?}");
            assert!(found.share.is_sign_positive(), "{points:?} up to {reference:?}");
        }
    }

    #[test]
    fn what_exceeds_128_bits_has_a_share_alone() {
        let origin: &[Cost] = &[0, 0, 0];
        let found = hypervolume(&[origin], &[Cost::MAX; 3]);
        assert_eq!((found.volume, found.share), (None, 1.0));
    }
}
