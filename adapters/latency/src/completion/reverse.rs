//! What the way back tells of the way there.

use super::contest::Unseen;

/// Shares of the reverse's residual that are tried.
const SHARES: [f64; 5] = [1.0, 0.75, 0.5, 0.25, 0.0];
/// Fewest pairs observed both ways to learn a share from.
const LEAST: usize = 30;

/// How much of the residual of the way back goes into the estimate of the way there.
pub(super) struct Reverse {
    /// The share. Where too few pairs are observed both ways to tell, all of it: a round trip is there and back.
    pub(super) share: f64,
    /// Pairs foretold from the way back; empty where there are too few.
    pub(super) unseen: Vec<Unseen>,
}

impl Reverse {
    /// Learns from the pairs that were foretold both ways.
    pub(super) fn new(domains: usize, unseen: &[Unseen]) -> Self {
        let mut residuals = vec![f64::NAN; domains * domains];
        for one in unseen {
            residuals[one.pair.from * domains + one.pair.to] = one.pair.log - one.log;
        }
        let back = |one: &Unseen| residuals[one.pair.to * domains + one.pair.from];
        let both: Vec<(&Unseen, f64)> =
            unseen.iter().map(|one| (one, back(one))).filter(|(_, back)| !back.is_nan()).collect();
        if both.len() < LEAST {
            return Self { share: 1.0, unseen: Vec::new() };
        }
        let loss = |share: f64| -> f64 {
            both.iter().map(|(one, back)| (one.pair.log - one.log - share * back).abs()).sum()
        };
        let share = SHARES.into_iter().min_by(|&a, &b| loss(a).total_cmp(&loss(b))).unwrap_or(1.0);
        let with = |(one, back): &(&Unseen, f64)| Unseen { log: one.log + share * back, ..**one };
        Self { share, unseen: both.iter().map(with).collect() }
    }
}
