//! The points found so far that no other one dominates.

use colocate_model::{Cost, Placement, Terms};

/// A placement and its value on every axis.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub(super) values: Vec<Cost>,
    pub(super) terms: Terms,
    pub(super) placement: Placement,
}

/// Points none of which dominates another, in lexicographic order of their values.
#[derive(Debug, Clone, Default)]
pub(super) struct Archive {
    points: Vec<Found>,
}

/// Whether `a` is nowhere greater than `b`.
pub(super) fn covers(a: &[Cost], b: &[Cost]) -> bool {
    a.iter().zip(b).all(|(a, b)| a <= b)
}

impl Archive {
    /// Keeps `found` unless a point is as good everywhere, and drops what it dominates; whether it was kept.
    pub(super) fn insert(&mut self, found: Found) -> bool {
        if self.points.iter().any(|point| covers(&point.values, &found.values)) {
            return false;
        }
        self.points.retain(|point| !covers(&found.values, &point.values));
        let position = self.points.partition_point(|point| point.values < found.values);
        self.points.insert(position, found);
        true
    }

    /// The point with the least value on `axis` among those within `caps`, an entry an axis.
    pub(super) fn least_within(&self, axis: usize, caps: &[Cost]) -> Option<&Found> {
        let within = self.points.iter().filter(|point| covers(&point.values, caps));
        within.min_by_key(|point| point.values[axis])
    }

    /// All points.
    pub(super) fn points(&self) -> &[Found] {
        &self.points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(values: &[Cost]) -> Found {
        Found { values: values.to_vec(), terms: Terms::ZERO, placement: Placement::new(Vec::new()) }
    }

    #[test]
    fn what_is_dominated_or_known_is_dropped() {
        let mut archive = Archive::default();
        assert!(archive.insert(found(&[5, 1])) && archive.insert(found(&[1, 5])));
        assert!(!archive.insert(found(&[5, 1])) && !archive.insert(found(&[6, 1])));
        assert!(archive.insert(found(&[3, 3])) && archive.insert(found(&[1, 3])));
        let values: Vec<&[Cost]> = archive.points().iter().map(|point| &point.values[..]).collect();
        assert_eq!(values, [[1, 3], [5, 1]]);
        let within = |caps: [Cost; 2]| archive.least_within(0, &caps).map(|point| point.values[0]);
        assert_eq!((within([9, 2]), within([9, 3]), within([9, 0])), (Some(5), Some(1), None));
    }
}
