//! Where to look next: the zones in which a point would be dominated by no known one.

use colocate_model::Cost;

use super::archive::covers;

/// What lies below `upper` on every axis: no known point does.
#[derive(Debug, Clone)]
struct Zone {
    upper: Vec<Cost>,
    /// The values, the first axis apart, of the point whose first value is that of `upper`.
    base: Vec<Cost>,
    /// Whether the half of it was looked at in vain: all of it is next.
    halved: bool,
}

/// The zones, and the ends of the front.
#[derive(Debug, Clone)]
pub(super) struct Zones {
    zones: Vec<Zone>,
    /// Least and largest value of every axis: what sizes are compared by.
    low: Vec<Cost>,
    high: Vec<Cost>,
}

/// Caps to look at, and the zone they are for.
#[derive(Debug, Clone)]
pub(super) struct Target {
    upper: Vec<Cost>,
    /// The caps on all axes but the first.
    pub(super) caps: Vec<Cost>,
    whole: bool,
}

impl Zones {
    /// One zone: the box between the ends, as yet without points.
    pub(super) fn new(low: Vec<Cost>, high: Vec<Cost>) -> Self {
        let mut upper: Vec<Cost> = high.iter().map(|value| value.saturating_add(1)).collect();
        upper[0] = Cost::MAX;
        let zones = vec![Zone { upper, base: low[1..].to_vec(), halved: false }];
        Self { zones, low, high }
    }

    /// Splits the zones that a new point lies in.
    ///
    /// # Source
    /// Klamroth, Lacour and Vanderpooten (2015), "On the representation of the search region in multi-objective
    /// optimization", algorithm 2: the local upper bounds, redundant ones filtered.
    pub(super) fn insert(&mut self, point: &[Cost]) {
        let inside = |zone: &Zone| point.iter().zip(&zone.upper).all(|(value, upper)| value < upper);
        let (split, mut kept): (Vec<Zone>, Vec<Zone>) = self.zones.drain(..).partition(inside);
        let mut parts: Vec<Zone> = Vec::new();
        for axis in 0..point.len() {
            for zone in &split {
                let mut part = zone.clone();
                part.halved = false;
                part.upper[axis] = point[axis];
                if axis == 0 {
                    part.base = point[1..].to_vec();
                }
                let empty = part.upper.iter().zip(&self.low).any(|(upper, low)| upper <= low);
                let known = |other: &Zone| covers(&part.upper, &other.upper);
                if !empty && !kept.iter().any(known) && !parts.iter().any(known) {
                    parts.retain(|other| !covers(&other.upper, &part.upper));
                    parts.push(part);
                }
            }
        }
        kept.append(&mut parts);
        self.zones = kept;
    }

    /// The caps that promise most; `best` is the least known first value within caps. `None` when nothing is left.
    ///
    /// A zone promises what the first axis may gain in it times its size. First comes the half of it next to the
    /// point that is best there, and where that holds nothing all of it.
    ///
    /// # Source
    /// The largest box first and its half are from Hamacher, Pedersen and Ruzika (2007), "Finding representative
    /// systems for discrete bicriterion optimization problems".
    pub(super) fn next(&self, best: impl Fn(&[Cost]) -> Option<Cost>) -> Option<Target> {
        let promise = |zone: &Zone| -> f64 {
            let first = zone.upper[0].min(self.high[0].saturating_add(1));
            let least = best(&zone.upper[1..]).unwrap_or(self.low[0]);
            let sizes = zone.upper[1..].iter().zip(&zone.base).map(|(u, b)| u.saturating_sub(*b));
            let gains = std::iter::once(first.saturating_sub(least)).chain(sizes);
            let scaled = gains.enumerate().map(|(axis, gain)| {
                let range = self.high[axis].saturating_sub(self.low[axis]).max(1);
                gain.max(1) as f64 / range as f64
            });
            scaled.product()
        };
        let zone = self.zones.iter().max_by(|a, b| promise(a).total_cmp(&promise(b)))?;
        let whole: Vec<Cost> = zone.upper[1..].iter().map(|upper| upper - 1).collect();
        let half = whole.iter().zip(&zone.base).map(|(&upper, &base)| {
            let base = base.min(upper);
            base + upper.saturating_sub(base) / 2
        });
        let half: Vec<Cost> = if zone.halved { whole.clone() } else { half.collect() };
        Some(Target { upper: zone.upper.clone(), whole: half == whole, caps: half })
    }

    /// Says that a target was looked at: if its zone is as it was, nothing was there.
    pub(super) fn looked_at(&mut self, target: &Target) {
        self.zones.retain(|zone| !target.whole || zone.upper != target.upper);
        self.zones.iter_mut().filter(|zone| zone.upper == target.upper).for_each(|zone| zone.halved = true);
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_pcg::Pcg64Mcg;

    use super::*;

    fn dominated(truth: &[Vec<Cost>], point: &[Cost]) -> bool {
        truth.iter().any(|other| other != point && covers(other, point))
    }

    /// The points that a perfect oracle finds in the zones, and how often it is asked.
    fn explore(truth: &[Vec<Cost>]) -> (Vec<Vec<Cost>>, usize) {
        let within = |points: &[Vec<Cost>], caps: &[Cost]| {
            points.iter().filter(|point| covers(&point[1..], caps)).min().cloned()
        };
        let axes = truth[0].len();
        let end = |least: bool, axis: usize| {
            let values = truth.iter().map(|point| point[axis]);
            if least { values.min().unwrap() } else { values.max().unwrap() }
        };
        let mut zones =
            Zones::new((0..axes).map(|a| end(true, a)).collect(), (0..axes).map(|a| end(false, a)).collect());
        let (mut archive, mut asked): (Vec<Vec<Cost>>, usize) = (Vec::new(), 0);
        while let Some(target) = zones.next(|caps| within(&archive, caps).map(|point| point[0])) {
            asked += 1;
            if let Some(point) = within(truth, &target.caps).filter(|point| !archive.contains(point)) {
                zones.insert(&point);
                archive.push(point);
            }
            zones.looked_at(&target);
        }
        archive.sort_unstable();
        (archive, asked)
    }

    #[test]
    fn a_perfect_oracle_finds_every_point_in_few_questions() {
        let mut rng = Pcg64Mcg::seed_from_u64(1);
        for round in 0..200 {
            let (axes, range) = (2 + round % 2, [10, 1_000_000_000_000][round / 2 % 2]);
            let points: Vec<Vec<Cost>> = (0..rng.random_range(1..14))
                .map(|_| (0..axes).map(|_| rng.random_range(0..range)).collect())
                .collect();
            let mut truth: Vec<Vec<Cost>> =
                points.iter().filter(|point| !dominated(&points, point)).cloned().collect();
            truth.sort_unstable();
            truth.dedup();
            let (found, asked) = explore(&truth);
            assert_eq!(found, truth);
            assert!(asked <= 6 * axes * truth.len(), "{asked} for {}", truth.len());
        }
    }

    #[test]
    fn the_largest_box_comes_first_and_is_halved() {
        let mut zones = Zones::new(vec![0, 0], vec![100, 100]);
        for point in [[100, 0], [90, 10], [0, 100]] {
            zones.insert(&point);
        }
        let known = [[100, 0], [90, 10], [0, 100]];
        let best = |caps: &[Cost]| known.iter().filter(|p| p[1] <= caps[0]).map(|p| p[0]).min();
        let target = zones.next(best).expect("there are gaps");
        assert_eq!(target.caps, [54]);
        zones.looked_at(&target);
        assert_eq!(zones.next(best).expect("there are gaps").caps, [99]);
    }
}
