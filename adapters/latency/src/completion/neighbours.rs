//! What a space gets wrong, neighbours get wrong alike: domains close to each other share their routes.

use super::pairs::Pair;
use super::space::Space;

/// Neighbours looked at, at most.
const MOST: usize = 24;
/// Residuals beyond this, in logarithms, count as this.
const CLIP: f64 = 0.3;
/// Weight of no correction at all.
const DOUBT: f64 = 1.0;

/// Residuals of the observed pairs, and who is near whom.
pub(super) struct Neighbours {
    domains: usize,
    /// From row to column; NaN where neither the pair nor its reverse is observed.
    residuals: Vec<f64>,
    /// Per domain its neighbours, the closest first, with weights.
    near: Vec<Vec<(usize, f64)>>,
}

impl Neighbours {
    /// The residuals of `pairs` in `space`; weights fall with the square of the distance over `reach` median round trips.
    pub(super) fn new(domains: usize, pairs: &[Pair], space: &Space, reach: f64) -> Self {
        let mut residuals = vec![f64::NAN; domains * domains];
        for pair in pairs {
            let residual = pair.log - space.log(pair.from, pair.to);
            residuals[pair.from * domains + pair.to] = CLIP * (residual / CLIP).tanh();
        }
        for pair in pairs {
            let mirror = pair.to * domains + pair.from;
            if residuals[mirror].is_nan() {
                residuals[mirror] = residuals[pair.from * domains + pair.to];
            }
        }
        let near = |a| {
            let others = (0..domains).filter(|&b| b != a);
            let weight = |b| (-0.5 * (space.distance(a, b) / reach).powi(2)).exp();
            let mut near: Vec<(usize, f64)> =
                others.map(|b| (b, weight(b))).filter(|near| near.1 > 1e-3).collect();
            near.sort_by(|a, b| b.1.total_cmp(&a.1));
            near.truncate(MOST);
            near
        };
        Self { domains, residuals, near: (0..domains).map(near).collect() }
    }

    /// What to add to the logarithm of the space: the mean residual from the sender's neighbours and to the receiver's.
    pub(super) fn correction(&self, from: usize, to: usize) -> f64 {
        let senders = self.near[from].iter().map(|&(near, weight)| (near * self.domains + to, weight));
        let receivers = self.near[to].iter().map(|&(near, weight)| (from * self.domains + near, weight));
        let (mut sum, mut weights) = (0.0, DOUBT);
        for (at, weight) in senders.chain(receivers) {
            if !self.residuals[at].is_nan() {
                sum += weight * self.residuals[at];
                weights += weight;
            }
        }
        sum / weights
    }
}
