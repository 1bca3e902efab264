//! A network coordinate: where a domain lies in a space whose distances are round trips.

/// A coordinate as Vivaldi keeps it: a vector, and a height above it for the way every packet takes, to and fro.
///
/// # Source
/// Dabek et al. (2004), "Vivaldi: A Decentralized Network Coordinate System", §5.4.
#[derive(Debug, Clone, PartialEq)]
pub struct Coordinate {
    /// The vector, in s.
    pub vector: Vec<f64>,
    /// The height, in s, at least 0.
    pub height: f64,
    /// What is added to every distance, in s; may be negative.
    pub adjustment: f64,
    /// How wrong its distances are, relative: 0 is certain, above 1 is worthless.
    pub error: f64,
}

impl Coordinate {
    /// The round trip between two coordinates, in s: distance and heights, and the adjustments where the sum stays
    /// above 0 with them. A shorter vector has zeros after its end.
    ///
    /// # Source
    /// Consul's documentation, "Network coordinates", "Working with coordinates".
    #[must_use]
    pub fn distance(&self, other: &Self) -> f64 {
        let length = self.vector.len().max(other.vector.len());
        let axis = |of: &Self, k: usize| of.vector.get(k).copied().unwrap_or(0.0);
        let squares = (0..length).map(|k| (axis(self, k) - axis(other, k)).powi(2));
        let distance = squares.sum::<f64>().sqrt() + self.height + other.height;
        let adjusted = distance + self.adjustment + other.adjustment;
        if adjusted > 0.0 { adjusted } else { distance }
    }

    /// The coordinate of a domain of several hosts: the median of every number, which a single host gone astray does
    /// not move. None where there are no hosts.
    #[must_use]
    pub fn of_domain(hosts: &[Self]) -> Option<Self> {
        let length = hosts.iter().map(|host| host.vector.len()).max()?;
        let middle = |of: &dyn Fn(&Self) -> f64| median(hosts.iter().map(of).collect());
        Some(Self {
            vector: (0..length).map(|k| middle(&|host| host.vector.get(k).copied().unwrap_or(0.0))).collect(),
            height: middle(&|host| host.height),
            adjustment: middle(&|host| host.adjustment),
            error: middle(&|host| host.error),
        })
    }

    /// Whether every number is one, and none is out of the question.
    pub(crate) fn is_sound(&self) -> bool {
        let rest = [self.height, self.adjustment, self.error];
        let mut all = self.vector.iter().chain(&rest);
        let within = all.all(|value| value.abs() <= LARGEST_S);
        within && self.height >= 0.0 && self.error >= 0.0 && self.vector.len() <= MOST_DIMENSIONS
    }
}

/// Largest number in a coordinate, in s.
const LARGEST_S: f64 = 1e3;
/// Most dimensions: twice those of Consul.
const MOST_DIMENSIONS: usize = 16;

/// The median, between the middle two; 0 where there is nothing.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let half = values.len() / 2;
    match values.len() {
        0 => 0.0,
        length if length % 2 == 1 => values[half],
        _ => f64::midpoint(values[half - 1], values[half]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coordinate(x: f64, height: f64, adjustment: f64) -> Coordinate {
        Coordinate { vector: vec![x, 0.0], height, adjustment, error: 0.1 }
    }

    #[test]
    fn heights_and_adjustments_are_added() {
        let (a, b) = (coordinate(0.0, 0.001, 0.0005), coordinate(0.003, 0.002, -0.001));
        assert!((a.distance(&b) - 0.0055).abs() < 1e-12);
    }

    #[test]
    fn adjustments_below_nothing_are_left_out() {
        let (a, b) = (coordinate(0.0, 0.001, -0.1), coordinate(0.003, 0.002, 0.0));
        assert!((a.distance(&b) - 0.006).abs() < 1e-12);
    }

    #[test]
    fn one_host_gone_astray_does_not_move_its_rack() {
        let hosts = [coordinate(0.001, 0.001, 0.0), coordinate(0.001, 0.001, 0.0), coordinate(9.0, 7.0, 1.0)];
        assert_eq!(Coordinate::of_domain(&hosts), Some(hosts[0].clone()));
        assert_eq!(Coordinate::of_domain(&[]), None);
    }
}
