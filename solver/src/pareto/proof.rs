//! Which points of a front are proven to be on the true one.

use colocate_model::{Cost, Solved};

use super::archive::covers;

/// A proven bound: placements whose values are within `caps` have at least `bound` on the axis.
#[derive(Debug, Clone)]
pub(super) struct Proof {
    axis: usize,
    caps: Vec<Cost>,
    bound: Cost,
}

/// What the bounds of a solved problem prove: its goals after the first `held` minimise the axes `minimised` one after
/// the other, within `caps`.
pub(super) fn proofs(solved: &Solved, held: usize, minimised: &[usize], caps: &[Cost]) -> Vec<Proof> {
    let Some(incumbent) = &solved.incumbent else { return Vec::new() };
    let (mut caps, mut proofs) = (caps.to_vec(), Vec::new());
    for (goal, &axis) in minimised.iter().enumerate().map(|(index, axis)| (held + index, axis)) {
        if let Some(bound) = solved.bounds[goal] {
            proofs.push(Proof { axis, caps: caps.clone(), bound: bound.value });
        }
        // Later goals are bounded over the placements that are no worse in this one.
        caps[axis] = caps[axis].min(incumbent.score.totals[goal]);
    }
    proofs
}

/// Whether `proofs` show that no placement dominates one with these values.
///
/// Whoever dominates it is less on some axis and nowhere greater: within the corner that is one less there. The corner
/// is empty where it is negative, or where a bound that covers it is above it.
pub(super) fn is_proven(values: &[Cost], proofs: &[Proof]) -> bool {
    (0..values.len()).all(|axis| {
        let mut corner = values.to_vec();
        corner[axis] -= 1;
        let excluded = |proof: &Proof| covers(&corner, &proof.caps) && proof.bound > corner[proof.axis];
        corner[axis] < 0 || proofs.iter().any(excluded)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proof(axis: usize, caps: &[Cost], bound: Cost) -> Proof {
        Proof { axis, caps: caps.to_vec(), bound }
    }

    #[test]
    fn a_point_is_proven_when_nothing_can_be_less_on_any_axis() {
        let same = proof(0, &[Cost::MAX, 3], 7);
        let fewer = proof(0, &[Cost::MAX, 2], 8);
        assert!(is_proven(&[7, 3], &[same.clone(), fewer.clone()]));
        // 7 may be reached with 2.
        assert!(!is_proven(&[7, 3], std::slice::from_ref(&same)));
        assert!(!is_proven(&[7, 3], &[same.clone(), proof(0, &[Cost::MAX, 2], 7)]));
        // 6 may be reached with 3.
        assert!(!is_proven(&[7, 3], &[fewer, proof(0, &[Cost::MAX, 3], 6)]));
        assert!(is_proven(&[7, 3], &[same, proof(1, &[7, Cost::MAX], 3)]));
    }

    #[test]
    fn nothing_is_less_than_zero() {
        assert!(is_proven(&[0, 0], &[]));
        assert!(!is_proven(&[0, 1], &[]));
    }
}
