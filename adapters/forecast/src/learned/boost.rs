//! Gradient boosting for a quantile (Friedman 2001, §4.5 for the median): trees follow the sign of the error, and every
//! leaf answers the quantile of the errors in it.

use super::tree::{ABOVE, BELOW, Binned, Growth, Side, Tree};

/// How an ensemble is learned.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Boosting {
    /// How many trees.
    pub(crate) trees: usize,
    /// The share of its answer that a tree adds.
    pub(crate) rate: f32,
    pub(crate) growth: Growth,
}

/// Trees whose answers add up to a quantile.
#[derive(Debug)]
pub(crate) struct Ensemble {
    start: f32,
    trees: Vec<Tree>,
}

impl Ensemble {
    /// Learns the quantile `q` of `targets` given `data`; at least one row.
    pub(crate) fn learn(data: &Binned, rows: &[f32], targets: &[f32], q: f64, boosting: Boosting) -> Self {
        let width = rows.len() / targets.len();
        let start = quantile(&mut targets.to_vec(), q);
        let mut errors: Vec<f32> = targets.iter().map(|target| target - start).collect();
        let mut leaf = Vec::new();
        let trees = (0..boosting.trees)
            .map(|_| {
                let sides: Vec<Side> =
                    errors.iter().map(|&error| if error > 0.0 { ABOVE } else { BELOW }).collect();
                let mut tree = Tree::grow(data, &sides, q, boosting.growth, |rows| {
                    leaf.clear();
                    leaf.extend(rows.iter().map(|&row| errors[row as usize]));
                    quantile(&mut leaf, q)
                });
                tree.shrink(boosting.rate);
                for (error, row) in errors.iter_mut().zip(rows.chunks_exact(width)) {
                    *error -= tree.predict(row);
                }
                tree
            })
            .collect();
        Self { start, trees }
    }

    /// The quantile for a row.
    pub(crate) fn predict(&self, row: &[f32]) -> f32 {
        self.trees.iter().fold(self.start, |sum, tree| sum + tree.predict(row))
    }
}

/// The quantile `q` of at least one value, interpolated; the order of the values is lost.
fn quantile(values: &mut [f32], q: f64) -> f32 {
    let place = q * (values.len() - 1) as f64;
    let (_, &mut lower, above) = values.select_nth_unstable_by(place as usize, f32::total_cmp);
    let upper = above.iter().copied().min_by(f32::total_cmp).unwrap_or(lower);
    lower + (place.fract() as f32) * (upper - lower)
}
