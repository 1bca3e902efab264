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
    pub(crate) fn learn(data: &Binned, targets: &[f32], q: f64, boosting: Boosting) -> Self {
        let start = quantile(&mut targets.to_vec(), q);
        let mut errors: Vec<f32> = targets.iter().map(|target| target - start).collect();
        let mut leaf = Vec::new();
        let trees = (0..boosting.trees)
            .map(|_| {
                let sides: Vec<Side> =
                    errors.iter().map(|&error| if error > 0.0 { ABOVE } else { BELOW }).collect();
                Tree::grow(data, &sides, q, boosting.growth, |rows| {
                    leaf.clear();
                    leaf.extend(rows.iter().map(|&row| errors[row as usize]));
                    let answer = boosting.rate * quantile(&mut leaf, q);
                    rows.iter().for_each(|&row| errors[row as usize] -= answer);
                    answer
                })
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

#[cfg(test)]
mod tests {
    use super::*;

    const LAGS: [usize; 7] = [1, 2, 3, 4, 5, 6, 24];
    const LENGTH: usize = 1100;
    const HELD_BACK: usize = 24;

    /// A season with noise; with quiet weekends and spikes; with a level shift.
    fn series(kind: u64) -> Vec<f64> {
        let mut state = 12_345 + kind;
        let mut uniform = || {
            state = (1_103_515_245 * state + 12_345) % (1 << 31);
            state as f64 / f64::from(1u32 << 31)
        };
        let value = |time: usize| {
            let (u, v) = (uniform(), uniform());
            let season = (std::f64::consts::TAU * time as f64 / 24.0).sin();
            match kind {
                0 => 100.0 + 30.0 * season + 10.0 * (u - 0.5),
                1 => {
                    let weight = if time / 24 % 7 < 5 { 1.0 } else { 0.3 };
                    let spike = if v > 0.95 { 15.0 * u } else { 0.0 };
                    50.0 + 20.0 * season * weight + spike + 5.0 * (u - 0.5)
                }
                _ => 200.0 + if time >= 600 { 40.0 } else { 0.0 } + 10.0 * season + 20.0 * (u + v - 1.0),
            }
        };
        (0..LENGTH).map(value).collect()
    }

    /// Forecasts of the last 24 values by LightGBM 4.7.0 in Python: objective quantile, num_leaves 8, min_data_in_leaf 20,
    /// learning_rate 0.1, 40 rounds, max_bin 63, min_data_in_bin 1, min_sum_hessian_in_leaf 0.
    #[rustfmt::skip]
    const REFERENCE: [(u64, f64, [f64; HELD_BACK]); 6] = [
        (0, 0.5, [78.64, 79.74, 80.20, 89.96, 98.81, 105.79, 114.10, 122.55, 124.70, 127.57, 128.19, 128.09, 126.77, 117.21, 114.47, 105.29, 99.27, 91.21, 84.06, 75.95, 72.94, 72.89, 72.66, 71.95]),
        (0, 0.95, [101.86, 101.86, 101.86, 101.86, 104.18, 108.50, 118.39, 126.04, 128.82, 133.24, 132.91, 131.39, 130.53, 124.18, 118.60, 110.95, 104.10, 101.86, 101.86, 101.86, 101.86, 101.86, 101.86, 101.86]),
        (1, 0.5, [33.50, 35.39, 39.65, 42.62, 50.59, 54.88, 57.99, 63.74, 67.81, 68.76, 68.79, 68.62, 66.43, 62.28, 57.40, 56.87, 51.78, 43.92, 40.69, 37.02, 33.03, 31.05, 31.14, 32.15]),
        (1, 0.95, [49.52, 49.52, 49.52, 49.69, 54.43, 59.77, 61.04, 68.68, 69.52, 70.53, 71.52, 70.99, 68.98, 67.93, 66.81, 65.82, 58.06, 50.68, 50.31, 49.69, 49.69, 49.69, 49.69, 49.52]),
        (2, 0.5, [234.58, 232.86, 233.21, 230.33, 234.09, 233.69, 233.93, 241.08, 246.08, 245.79, 251.59, 248.21, 247.26, 249.48, 248.61, 245.51, 241.44, 239.57, 237.04, 239.01, 238.79, 226.77, 216.34, 227.86]),
        (2, 0.95, [244.05, 245.68, 242.10, 248.81, 245.75, 241.74, 254.23, 250.69, 257.78, 256.81, 259.69, 262.70, 259.66, 258.24, 260.21, 255.41, 251.70, 253.87, 249.43, 252.31, 248.20, 240.06, 234.68, 237.28]),
    ];

    #[test]
    fn lightgbm_agrees_within_five_per_cent() {
        let boosting = Boosting { trees: 40, rate: 0.1, growth: Growth { leaves: 8, least_rows: 20 } };
        for (kind, q, reference) in REFERENCE {
            let values = series(kind);
            let row = |time: usize| LAGS.map(|lag| values[time - lag] as f32);
            let (known, held_back) = (24..LENGTH - HELD_BACK, LENGTH - HELD_BACK..LENGTH);
            let rows: Vec<f32> = known.clone().flat_map(row).collect();
            let targets: Vec<f32> = values[known].iter().map(|&value| value as f32).collect();
            let ensemble = Ensemble::learn(&Binned::new(&rows, LAGS.len()), &targets, q, boosting);
            let errors = held_back.map(|time| f64::from(ensemble.predict(&row(time)))).zip(reference);
            let error: f64 = errors.map(|(ours, theirs)| (ours - theirs).abs()).sum();
            let share = error / reference.iter().sum::<f64>();
            assert!(share <= 0.05, "series {kind}, quantile {q}: {share:.4} apart");
        }
    }
}
