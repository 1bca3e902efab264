//! The observed pairs of different domains, in logarithms.

use super::{Input, seeded};

/// Relative error of a measurement at which it counts half.
const HALF_WORTH: f64 = 0.3;

/// An observed pair of different domains.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Logarithm of the round trip in µs.
    pub(super) log: f64,
    /// How much it counts, within 0..=1.
    pub(super) weight: f64,
}

impl Pair {
    /// The pair without its direction.
    fn ends(&self) -> (usize, usize) {
        (self.from.min(self.to), self.from.max(self.to))
    }
}

/// The observed pairs of different domains.
pub(super) fn pairs(input: &Input<'_>) -> Vec<Pair> {
    let different = input.observations.iter().filter(|observation| observation.from != observation.to);
    different
        .map(|observation| Pair {
            from: observation.from,
            to: observation.to,
            log: observation.rtt_us.ln(),
            weight: 1.0 / (1.0 + (observation.relative_error / HALF_WORTH).powi(2)),
        })
        .collect()
}

/// The fold of every pair, and how many pairs there are without their direction: a pair and its reverse tell too much
/// of each other to be in different folds.
pub(super) fn folds(pairs: &[Pair], count: usize, seed: u64) -> (Vec<usize>, usize) {
    let mut order: Vec<(u64, (usize, usize))> = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let (low, high) = pair.ends();
        order.push((seeded::number(seed, ((low as u64) << 32) | high as u64), (low, high)));
    }
    let mut distinct = order.clone();
    distinct.sort_unstable();
    distinct.dedup();
    let place = |key| distinct.binary_search(key).unwrap_or(0) % count;
    (order.iter().map(place).collect(), distinct.len())
}

/// The pairs that are in a fold, or all others.
pub(super) fn of_fold(pairs: &[Pair], folds: &[usize], fold: usize, inside: bool) -> Vec<Pair> {
    let chosen = pairs.iter().zip(folds).filter(|(_, of)| (**of == fold) == inside);
    chosen.map(|(pair, _)| *pair).collect()
}

/// Per domain the number of the part of the network that it hangs together with; `None` where nothing is observed of it.
pub(super) fn parts(domains: usize, pairs: &[Pair]) -> Vec<Option<usize>> {
    let mut parent: Vec<usize> = (0..domains).collect();
    fn root(parent: &mut [usize], mut domain: usize) -> usize {
        while parent[domain] != domain {
            parent[domain] = parent[parent[domain]];
            domain = parent[domain];
        }
        domain
    }
    let mut observed = vec![false; domains];
    for pair in pairs {
        let (a, b) = (root(&mut parent, pair.from), root(&mut parent, pair.to));
        parent[a.max(b)] = a.min(b);
        observed[pair.from] = true;
        observed[pair.to] = true;
    }
    (0..domains).map(|domain| observed[domain].then(|| root(&mut parent, domain))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(from: usize, to: usize) -> Pair {
        Pair { from, to, log: 1.0, weight: 1.0 }
    }

    #[test]
    fn a_pair_and_its_reverse_are_in_one_fold() {
        let pairs: Vec<Pair> = (1..40).flat_map(|i| [pair(0, i), pair(i, 0)]).collect();
        let (folds, distinct) = folds(&pairs, 4, 1);
        assert_eq!(distinct, 39);
        assert!(folds.chunks(2).all(|both| both[0] == both[1]));
        assert!((0..4).all(|fold| folds.iter().filter(|&&of| of == fold).count() >= 18));
    }

    #[test]
    fn parts_hang_together() {
        let parts = parts(6, &[pair(0, 1), pair(2, 1), pair(4, 3)]);
        assert_eq!(parts, [Some(0), Some(0), Some(0), Some(3), Some(3), None]);
    }
}
