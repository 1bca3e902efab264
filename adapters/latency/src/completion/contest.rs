//! Cross-validation: who foretells pairs best that it has not seen.

use rayon::prelude::*;

use super::low_rank::{LowRank, Rank};
use super::model::Recipe;
use super::neighbours::Neighbours;
use super::pairs::{Pair, folds, of_fold, parts};
use super::space::{Shape, Space};
use crate::Coordinate;

/// Folds.
const FOLDS: usize = 4;
/// With more pairs than these, shapes and ranks are chosen by the first fold alone.
const MOST_PAIRS: usize = 4_000;
/// Errors of logarithms beyond this count as this.
const CLIP: f64 = 0.5;
/// How far neighbours may reach, over the median round trip.
const REACHES: [f64; 3] = [0.03, 0.08, 0.2];
/// Shares of the space in the blend.
const SHARES: [f64; 5] = [1.0, 0.75, 0.5, 0.25, 0.0];
/// Factors that are tried, with what regularises them.
const RANKS: [Rank; 4] = [
    Rank { factors: 1, ridge: 0.1, mirrored: false },
    Rank { factors: 3, ridge: 1.0, mirrored: false },
    Rank { factors: 3, ridge: 2.0, mirrored: true },
    Rank { factors: 6, ridge: 3.0, mirrored: true },
];

/// A pair foretold without having been seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Unseen {
    pub(super) pair: Pair,
    /// The logarithm foretold.
    pub(super) log: f64,
}

/// The winner and what it foretold.
pub(super) struct Verdict {
    pub(super) recipe: Recipe,
    /// Every pair whose domains the other folds observed.
    pub(super) unseen: Vec<Unseen>,
}

struct Contest<'p> {
    domains: usize,
    pairs: &'p [Pair],
    prior: &'p [Option<Coordinate>],
    seed: u64,
    folds: Vec<usize>,
}

/// A candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Candidate {
    Space(Shape),
    LowRank(Rank),
}

/// What a candidate foretells of the pairs of a fold: once alone, and for a space once a reach of its neighbours.
type Answers = Vec<Vec<f64>>;

/// Chooses by cross-validation.
pub(super) fn contest(domains: usize, pairs: &[Pair], prior: &[Option<Coordinate>], seed: u64) -> Verdict {
    let folds = folds(pairs, FOLDS, seed).0;
    let contest = Contest { domains, pairs, prior, seed, folds };
    let first: Vec<usize> = if pairs.len() > MOST_PAIRS { vec![0] } else { (0..FOLDS).collect() };
    let spaces: Vec<Candidate> = shapes(prior).into_iter().map(Candidate::Space).collect();
    let ranks: Vec<Candidate> = RANKS.into_iter().map(Candidate::LowRank).collect();
    let candidates: Vec<Candidate> = spaces.iter().chain(&ranks).copied().collect();
    let heats: Vec<(Candidate, usize)> =
        candidates.iter().flat_map(|&candidate| first.iter().map(move |&fold| (candidate, fold))).collect();
    let answers: Vec<Answers> =
        heats.par_iter().map(|&(candidate, fold)| contest.answer(candidate, fold)).collect();
    let loss = |of: Candidate| -> f64 {
        let heats = heats.iter().zip(&answers).filter(|((candidate, _), _)| *candidate == of);
        heats.map(|((_, fold), answers)| contest.loss(*fold, &answers[0])).sum()
    };
    let best = |of: &[Candidate]| of.iter().copied().min_by(|&a, &b| loss(a).total_cmp(&loss(b)));
    let (space, rank) = (best(&spaces).unwrap_or(spaces[0]), best(&ranks).unwrap_or(ranks[0]));
    let finals: Vec<(Candidate, usize)> = [space, rank]
        .into_iter()
        .flat_map(|candidate| (0..FOLDS).map(move |fold| (candidate, fold)))
        .collect();
    let final_answer = |&(candidate, fold): &(Candidate, usize)| {
        let known = heats.iter().position(|heat| *heat == (candidate, fold));
        known.map_or_else(|| contest.answer(candidate, fold), |known| answers[known].clone())
    };
    let finals: Vec<Answers> = finals.par_iter().map(final_answer).collect();
    contest.conclude(space, rank, &finals)
}

/// Spaces that are tried; a prior has its own dimensions.
fn shapes(prior: &[Option<Coordinate>]) -> Vec<Shape> {
    let given = prior.iter().flatten().map(|coordinate| coordinate.vector.len()).max();
    match given {
        Some(given) => [0.1, 10.0].map(|pull| Shape { dimensions: given.max(2), pull }).to_vec(),
        None => [2, 5, 8].map(|dimensions| Shape { dimensions, pull: 0.1 }).to_vec(),
    }
}

impl Contest<'_> {
    fn answer(&self, candidate: Candidate, fold: usize) -> Answers {
        let seen = of_fold(self.pairs, &self.folds, fold, false);
        let asked = of_fold(self.pairs, &self.folds, fold, true);
        let ask =
            |log: &dyn Fn(usize, usize) -> f64| asked.iter().map(|pair| log(pair.from, pair.to)).collect();
        match candidate {
            Candidate::Space(shape) => {
                let space = Space::fit(self.domains, &seen, self.prior, shape, self.seed);
                let mut answers: Answers = vec![ask(&|from, to| space.log(from, to))];
                for reach in REACHES {
                    let near = Neighbours::new(self.domains, &seen, &space, reach);
                    answers.push(ask(&|from, to| space.log(from, to) + near.correction(from, to)));
                }
                answers
            }
            Candidate::LowRank(rank) => {
                let low_rank = LowRank::fit(self.domains, &seen, rank, self.seed);
                vec![ask(&|from, to| low_rank.log(from, to))]
            }
        }
    }

    /// Sum of the errors of a fold.
    fn loss(&self, fold: usize, logs: &[f64]) -> f64 {
        let asked = self.pairs.iter().zip(&self.folds).filter(|(_, of)| **of == fold);
        asked.zip(logs).map(|((pair, _), log)| pair.weight * (pair.log - log).abs().min(CLIP)).sum()
    }

    /// Chooses the reach and the blend.
    fn conclude(&self, space: Candidate, rank: Candidate, finals: &[Answers]) -> Verdict {
        let (spaces, ranks) = finals.split_at(FOLDS);
        let blend = |reach: usize, share: f64, fold: usize| -> Vec<f64> {
            let both = spaces[fold][reach].iter().zip(&ranks[fold][0]);
            both.map(|(space, low_rank)| share * space + (1.0 - share) * low_rank).collect()
        };
        let loss = |&(reach, share): &(usize, f64)| -> f64 {
            (0..FOLDS).map(|fold| self.loss(fold, &blend(reach, share, fold))).sum()
        };
        let blends = (0..=REACHES.len()).flat_map(|reach| SHARES.map(|share| (reach, share)));
        let best = blends.min_by(|a, b| loss(a).total_cmp(&loss(b)));
        let (reach, space_share) = best.unwrap_or((0, 1.0));
        let mut unseen = Vec::with_capacity(self.pairs.len());
        for fold in 0..FOLDS {
            let part = parts(self.domains, &of_fold(self.pairs, &self.folds, fold, false));
            let asked = of_fold(self.pairs, &self.folds, fold, true);
            let foretold = asked.into_iter().zip(blend(reach, space_share, fold));
            // Of a domain that no other fold observes nothing will be claimed either.
            let known =
                foretold.filter(|(pair, _)| part[pair.from].is_some() && part[pair.from] == part[pair.to]);
            unseen.extend(known.map(|(pair, log)| Unseen { pair, log }));
        }
        let (Candidate::Space(shape), Candidate::LowRank(rank)) = (space, rank) else {
            unreachable!("candidates are chosen among their like")
        };
        let reach = reach.checked_sub(1).map(|reach| REACHES[reach]);
        Verdict { recipe: Recipe { shape, reach, rank, space_share }, unseen }
    }
}
