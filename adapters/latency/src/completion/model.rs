//! Space, neighbours and low rank together, as they were chosen.

use rayon::join;

use super::low_rank::{LowRank, Rank};
use super::neighbours::Neighbours;
use super::pairs::Pair;
use super::space::{Shape, Space};
use crate::Coordinate;

/// What was chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recipe {
    pub(super) shape: Shape,
    /// How far neighbours reach, over the median round trip; `None` without them.
    pub(super) reach: Option<f64>,
    pub(super) rank: Rank,
    /// Share of the space in the blend of logarithms; the rest is of low rank.
    pub(super) space_share: f64,
}

/// All that is fitted.
pub(super) struct Model {
    space: Space,
    neighbours: Option<Neighbours>,
    low_rank: Option<LowRank>,
    space_share: f64,
}

impl Model {
    pub(super) fn fit(
        domains: usize,
        pairs: &[Pair],
        prior: &[Option<Coordinate>],
        recipe: Recipe,
        seed: u64,
    ) -> Self {
        let space = || Space::fit(domains, pairs, prior, recipe.shape, seed);
        let low_rank = || (recipe.space_share < 1.0).then(|| LowRank::fit(domains, pairs, recipe.rank, seed));
        let (space, low_rank) = join(space, low_rank);
        let neighbours = recipe.reach.map(|reach| Neighbours::new(domains, pairs, &space, reach));
        Self { space, neighbours, low_rank, space_share: recipe.space_share }
    }

    /// Logarithm of the round trip in µs.
    pub(super) fn log(&self, from: usize, to: usize) -> f64 {
        let near = self.neighbours.as_ref().map_or(0.0, |near| near.correction(from, to));
        let space = self.space.log(from, to) + near;
        match &self.low_rank {
            Some(low_rank) => self.space_share * space + (1.0 - self.space_share) * low_rank.log(from, to),
            None => space,
        }
    }
}
