//! Completion: round trips that nobody measured, from those that somebody did.

mod calibration;
mod contest;
mod fault;
mod low_rank;
mod medians;
mod minimise;
mod model;
mod neighbours;
mod pairs;
mod reverse;
mod seeded;
mod space;
mod uncertain;

use rayon::prelude::*;

use crate::Coordinate;
use calibration::Calibration;
use contest::{Unseen, Verdict, contest};
use model::Model;
use pairs::{Pair, folds, pairs, parts};
use reverse::Reverse;

pub use fault::{CompletionError, InputFault};
pub use uncertain::uncertain;

/// Most domains a matrix is completed for.
pub const MOST_DOMAINS: usize = 2_000;
/// Fewest pairs, either way, for a model.
const LEAST_PAIRS: usize = 24;
/// Fewest diagonal entries to tell how they differ.
const LEAST_DIAGONAL: usize = 10;
/// Relative error of a guess.
const GUESS_ERROR: f64 = 3.0;
/// Largest relative error that is told apart.
const LARGEST_ERROR: f64 = 100.0;

/// A measured round trip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Observation {
    /// The domain that probes, from 0.
    pub from: usize,
    /// The domain that answers; the same one for the way inside it.
    pub to: usize,
    /// The round trip, in µs, above 0.
    pub rtt_us: f64,
    /// Relative half-width of its own 90 % interval; 0 where it is exact. The wider, the less it counts.
    pub relative_error: f64,
}

/// What is known.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// How many domains there are.
    pub domains: usize,
    /// What was measured, each pair at most once each way, in any order.
    pub observations: &'a [Observation],
    /// A coordinate a domain; empty where there are none.
    pub prior: &'a [Option<Coordinate>],
    /// What begins at random begins from here.
    pub seed: u64,
}

/// The way from one domain to another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The round trip, in µs: as measured, else estimated.
    pub rtt_us: f64,
    /// Relative half-width of the 90 % interval: the truth is within `rtt_us` x (1 ± `relative_error`), 0 to 100.
    pub relative_error: f64,
    /// Whether it was measured.
    pub measured: bool,
}

/// What estimates rest on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Basis {
    /// A model that cross-validation chose.
    Model {
        /// Dimensions of the space.
        dimensions: usize,
        /// How far neighbours correct it, over the median round trip; `None` without that.
        reach: Option<f64>,
        /// Factors of low rank.
        factors: usize,
        /// Share of the space in the blend, 0 to 1; the rest is of low rank.
        space_share: f64,
        /// Share of the residual of the way back, 0 to 1.
        reverse_share: f64,
        /// Median of |estimate - truth| / truth of unseen pairs, over all folds.
        median_error: f64,
    },
    /// Prior coordinates, and medians where there are none: too little is measured for a model.
    Guess,
}

/// A completed matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Completed {
    /// How many domains there are.
    pub domains: usize,
    /// From row to column; `None` where nothing is known of either.
    pub estimates: Vec<Option<Estimate>>,
    /// What they rest on.
    pub basis: Basis,
}

impl Completed {
    /// The way from one domain to another; `None` where nothing is known of it.
    #[must_use]
    pub fn get(&self, from: usize, to: usize) -> Option<Estimate> {
        let within = from < self.domains && to < self.domains;
        within.then(|| self.estimates[from * self.domains + to])?
    }
}

/// Completes a matrix. The same input gives the same matrix, on however many threads.
///
/// # Errors
/// [`CompletionError`] lists every fault of the input.
pub fn complete(input: &Input<'_>) -> Result<Completed, CompletionError> {
    let faults = fault::faults(input);
    if !faults.is_empty() {
        return Err(CompletionError { faults });
    }
    let pairs = pairs(input);
    let completion = Completion::new(input, &pairs);
    let size = input.domains;
    let row = |from: usize| (0..size).map(|to| completion.estimate(from, to)).collect::<Vec<_>>();
    let rows: Vec<Vec<Option<Estimate>>> = (0..size).into_par_iter().map(row).collect();
    Ok(Completed { domains: size, estimates: rows.concat(), basis: completion.basis() })
}

/// A model with its intervals.
struct Fitted {
    model: Model,
    verdict: Verdict,
    calibration: Calibration,
    reverse: Reverse,
    /// Intervals of what the way back told; `None` where they are those of the others.
    reverse_calibration: Option<Calibration>,
}

struct Completion<'a> {
    input: &'a Input<'a>,
    measured: Vec<Option<Estimate>>,
    parts: Vec<Option<usize>>,
    /// Whether a part of the network has a prior coordinate.
    anchored: Vec<bool>,
    medians: Vec<Option<f64>>,
    /// The usual way inside a domain.
    inside: Option<Estimate>,
    fitted: Option<Fitted>,
}

impl<'a> Completion<'a> {
    fn new(input: &'a Input<'a>, pairs: &[Pair]) -> Self {
        let size = input.domains;
        let mut measured = vec![None; size * size];
        for observation in input.observations {
            let Observation { from, to, rtt_us, relative_error } = *observation;
            measured[from * size + to] = Some(Estimate { rtt_us, relative_error, measured: true });
        }
        let parts = parts(size, pairs);
        let mut anchored = vec![false; size];
        for (part, prior) in parts.iter().zip(input.prior) {
            if let (Some(part), Some(_)) = (part, prior) {
                anchored[*part] = true;
            }
        }
        let enough = folds(pairs, 1, input.seed).1 >= LEAST_PAIRS;
        Self {
            input,
            inside: inside(input.observations),
            measured,
            parts,
            anchored,
            medians: medians::medians(size, pairs),
            fitted: enough.then(|| Fitted::new(input, pairs)),
        }
    }

    fn basis(&self) -> Basis {
        let Some(Fitted { verdict: Verdict { recipe, unseen }, reverse, .. }) = &self.fitted else {
            return Basis::Guess;
        };
        let error = |one: &Unseen| ((one.log - one.pair.log).exp() - 1.0).abs();
        Basis::Model {
            dimensions: recipe.shape.dimensions,
            reach: recipe.reach,
            factors: recipe.rank.factors,
            space_share: recipe.space_share,
            reverse_share: reverse.share,
            median_error: crate::coordinate::median(unseen.iter().map(error).collect()),
        }
    }

    fn prior(&self, domain: usize) -> Option<&Coordinate> {
        self.input.prior.get(domain).and_then(Option::as_ref)
    }

    fn estimate(&self, from: usize, to: usize) -> Option<Estimate> {
        let size = self.input.domains;
        if let Some(measured) = self.measured[from * size + to] {
            return Some(measured);
        }
        if from == to {
            return self.inside;
        }
        let back = self.measured[to * size + from];
        let together = self.parts[from].is_some() && self.parts[from] == self.parts[to];
        match &self.fitted {
            Some(fitted) if together => Some(fitted.estimate(from, to, back)),
            Some(fitted) if self.is_placed(from) && self.is_placed(to) => {
                let log = fitted.model.log(from, to);
                let error = fitted.calibration.relative_error(from, to, log);
                estimate(log, error.max(self.prior_error(from)).max(self.prior_error(to)))
            }
            _ => self.guess(from, to, back),
        }
    }

    /// Whether prior coordinates tell where it is: its own, or those of the part of the network it hangs together with.
    fn is_placed(&self, domain: usize) -> bool {
        self.prior(domain).is_some() || self.parts[domain].is_some_and(|part| self.anchored[part])
    }

    /// Without a model: the way back, else prior coordinates, else medians.
    fn guess(&self, from: usize, to: usize, back: Option<Estimate>) -> Option<Estimate> {
        if let Some(back) = back {
            return Some(Estimate { measured: false, relative_error: GUESS_ERROR, ..back });
        }
        if let (Some(a), Some(b)) = (self.prior(from), self.prior(to)) {
            let log = (a.distance(b) * 1e6).ln();
            let error = self.prior_error(from).max(self.prior_error(to));
            return log.is_finite().then(|| estimate(log, error))?;
        }
        estimate(f64::midpoint(self.medians[from]?, self.medians[to]?), GUESS_ERROR)
    }

    /// Twice Vivaldi's own mean error, about a 90 % interval; that of a guess where there is no prior.
    fn prior_error(&self, domain: usize) -> f64 {
        self.prior(domain).map_or(GUESS_ERROR, |prior| (2.0 * prior.error).clamp(0.5, GUESS_ERROR))
    }
}

impl Fitted {
    fn new(input: &Input<'_>, pairs: &[Pair]) -> Self {
        let verdict = contest(input.domains, pairs, input.prior, input.seed);
        let model = Model::fit(input.domains, pairs, input.prior, verdict.recipe, input.seed);
        let calibration = Calibration::new(input.domains, &verdict.unseen);
        let reverse = Reverse::new(input.domains, &verdict.unseen);
        let known = !reverse.unseen.is_empty();
        let reverse_calibration = known.then(|| Calibration::new(input.domains, &reverse.unseen));
        Self { model, verdict, calibration, reverse, reverse_calibration }
    }

    fn estimate(&self, from: usize, to: usize, back: Option<Estimate>) -> Estimate {
        let log = self.model.log(from, to);
        let Some(back) = back else {
            return Estimate {
                rtt_us: log.exp(),
                relative_error: self.calibration.relative_error(from, to, log),
                measured: false,
            };
        };
        let log = log + self.reverse.share * (back.rtt_us.ln() - self.model.log(to, from));
        let calibration = self.reverse_calibration.as_ref().unwrap_or(&self.calibration);
        let relative_error = calibration.relative_error(from, to, log).max(back.relative_error);
        Estimate { rtt_us: log.exp(), relative_error, measured: false }
    }
}

fn estimate(log: f64, relative_error: f64) -> Option<Estimate> {
    Some(Estimate { rtt_us: log.exp(), relative_error, measured: false })
}

/// The usual way inside a domain: the median, and how far most differ from it.
fn inside(observations: &[Observation]) -> Option<Estimate> {
    let own = observations.iter().filter(|observation| observation.from == observation.to);
    let own: Vec<f64> = own.map(|observation| observation.rtt_us).collect();
    let rtt_us = crate::coordinate::median(own.clone());
    let mut errors: Vec<f64> = own.iter().map(|us| (us / rtt_us - 1.0).abs()).collect();
    errors.sort_by(f64::total_cmp);
    let rank = ((errors.len() + 1) as f64 * calibration::COVERAGE).ceil() as usize;
    let known = if own.len() < LEAST_DIAGONAL { None } else { errors.get(rank - 1) };
    let relative_error = known.map_or(GUESS_ERROR, |error| error.min(LARGEST_ERROR));
    (!own.is_empty()).then_some(Estimate { rtt_us, relative_error, measured: false })
}
