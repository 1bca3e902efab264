//! Column generation: the programme over patterns proposes prices, prices prove bounds and bring patterns.

use std::collections::BTreeSet;

use colocate_model::{Placement, Problem};

use crate::milp::{BackendError, LpColumn, LpRound, MilpBackend};
use crate::stop::Stop;

use super::forest::Forest;
use super::prices::{Pattern, Prices, Pricing, Proof};
use super::sites::{Link, Sites};

/// Rounds of column generation for a forest.
const ROUNDS: usize = 120;
/// Rounds after which it is asked whether they were worth it, and the part of all gains they have to bring.
const LATELY: usize = 15;
const WORTH: f64 = 3e-4;
/// Additions after which a forest is left where there is no time limit: some ten seconds.
const WORK: u64 = 10_000_000_000;
/// Pivots of one solve.
const PIVOTS: i32 = 20_000;
/// Forests, one after the other over the links the ones before leave out.
const FORESTS: usize = 3;
/// Share of the time left that a forest may take, where others follow.
const SHARE: f64 = 0.8;
/// How far prices may go from the best ones, in parts of the first ones: at first, after a better bound and after none.
const RADIUS: f64 = 0.3;
const RADIUS_WITH_MOVES: f64 = 0.5;
const WIDER: f64 = 1.3;
const NARROWER: f64 = 0.8;

/// Where moves are limited: the first price of all moves of the budget, in parts of all gains, and what remains of the
/// first prices of nodes.
const MOVES_PART: f64 = 0.2;
const NODES_PART: f64 = 0.7;

/// The most that any placement gains, in units; proven however far the programmes come.
///
/// The most of a sum is no more than the sum of the most of its parts, one part a forest. What moves cost is in the
/// first part alone.
pub(super) fn most_gained(
    problem: &Problem,
    sites: &Sites,
    incumbent: &Placement,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> i128 {
    let mut links: Vec<Link> = sites.links.clone();
    let mut gained = 0;
    for index in 1..=FORESTS {
        if links.is_empty() || stop.reason().is_some() {
            break;
        }
        let forest = Forest::new(sites, &links);
        links.retain(|link| !forest.links.iter().any(|covered| covered.ends == link.ends));
        let share = if index == FORESTS || links.is_empty() { 1.0 } else { SHARE };
        let mut programme = Programme::new(sites, &forest, index == 1);
        let part = stop.part_of_rest(share);
        // A programme that is given up has proven what it has proven.
        if let Err(fault) = programme.run(problem, incumbent, backend, &part)
            && part.reason().is_none()
        {
            tracing::warn!(%fault, "a programme over patterns was given up");
        }
        gained += programme.best;
    }
    gained + links.iter().map(|link| i128::from(link.gain())).sum::<i128>()
}

/// The relaxation over the patterns of one forest; prices and gains in the programme are parts of all gains.
struct Programme<'a> {
    sites: &'a Sites,
    pricing: Pricing<'a>,
    /// The best bound so far, and the prices that proved it.
    best: i128,
    centre: Prices,
    known: BTreeSet<(usize, Vec<(usize, u32)>)>,
    /// Columns that the programme is to have when it is solved next.
    new: Vec<LpColumn>,
    scale: f64,
}

impl<'a> Programme<'a> {
    fn new(sites: &'a Sites, forest: &'a Forest, pays: bool) -> Self {
        // Half of a link's gain is paid at either end: nobody earns anything.
        let mut worth = vec![0.0; sites.nodes.len()];
        for link in &forest.links {
            link.ends.iter().for_each(|&end| worth[end] += link.gain() as f64 / 2.0);
        }
        let prices =
            worth.iter().zip(&sites.nodes).map(|(worth, node)| (worth / f64::from(node.count)).ceil());
        let best: i128 = forest.links.iter().map(|link| i128::from(link.gain())).sum();
        let centre = match sites.moves {
            None => Prices::limited(sites, prices, 0.0),
            Some(moves) => {
                let per_move = MOVES_PART * best as f64 / moves.max(1) as f64;
                Prices::limited(sites, prices.map(|price| price * NODES_PART), per_move)
            }
        };
        let pricing = Pricing::new(sites, forest, pays);
        let scale = (best as f64).max(1.0);
        Self { sites, pricing, best, centre, known: BTreeSet::new(), new: Vec::new(), scale }
    }

    /// Boxstep (Marsten, Hogan, Blankenship 1975, "The boxstep method for large-scale optimization"): the programme's
    /// prices stay in a box around the best ones, which widens with every better bound.
    fn run(
        &mut self,
        problem: &Problem,
        incumbent: &Placement,
        backend: &dyn MilpBackend,
        stop: &Stop,
    ) -> Result<(), BackendError> {
        let rows = self.rows();
        let mut lp = backend.grow(&rows, stop)?;
        // The walls of the box are the first columns, two a priced row.
        let wall = |row, side| LpColumn { cost: 0.0, entries: vec![(row, side)] };
        self.new.extend(self.priced_rows().into_iter().flat_map(|row| [wall(row, 1.0), wall(row, -1.0)]));
        for placement in [&problem.initial_placement(), incumbent] {
            for pattern in self.patterns_of(problem, placement) {
                self.add(&pattern);
            }
        }
        let widths = self.widths();
        let radius = if self.sites.moves.is_some() { RADIUS_WITH_MOVES } else { RADIUS };
        let (mut radius, mut lately, mut done) = (radius, self.best, 0);
        for round in 1..=ROUNDS {
            if stop.reason().is_some() || !stop.is_timed() && done > WORK {
                break;
            }
            let walls =
                self.prices_of_centre().zip(&widths).enumerate().flat_map(|(index, (centre, width))| {
                    let (low, high) = (centre - radius * width, -centre - radius * width);
                    [(2 * index, low), (2 * index + 1, high)]
                });
            let walls = walls.collect();
            let columns = std::mem::take(&mut self.new);
            let solution = lp.solve(&LpRound { columns, costs: walls, pivots: PIVOTS })?;
            if solution.duals.len() != rows.len() {
                return Err(BackendError::Lost("it answered another question".to_owned()));
            }
            // The first round asks what the first prices bring.
            let prices = if round == 1 { self.centre.clone() } else { self.prices(&solution.duals) };
            let Some(Proof { bound, patterns, work }) = self.pricing.bound(&prices, stop) else { break };
            done += work;
            let better = bound < self.best;
            let (shown, programme) = (bound as f64 / self.scale, solution.objective);
            tracing::trace!(round, bound = shown, programme, radius, done);
            if better {
                (self.best, self.centre) = (bound, prices);
            }
            radius *= if better { WIDER } else { NARROWER };
            for pattern in patterns {
                self.add(&pattern);
            }
            if round % LATELY == 0 {
                if ((lately - self.best) as f64) < WORTH * self.scale {
                    break;
                }
                lately = self.best;
            }
        }
        Ok(())
    }

    /// Every node's components are somewhere, every site has one pattern, and the budget of moves is kept.
    fn rows(&self) -> Vec<(f64, f64)> {
        let nodes = self.sites.nodes.iter().map(|node| (f64::from(node.count), f64::from(node.count)));
        let kinds = self.pricing.kinds.iter().map(|kind| (kind.count as f64, kind.count as f64));
        let moves = self.sites.moves.map(|moves| (f64::NEG_INFINITY, moves as f64));
        nodes.chain(kinds).chain(moves).collect()
    }

    /// The row of the budget of moves, where there is one.
    fn move_row(&self) -> Option<usize> {
        self.sites.moves.map(|_| self.sites.nodes.len() + self.pricing.kinds.len())
    }

    /// The rows whose duals are prices.
    fn priced_rows(&self) -> Vec<usize> {
        (0..self.sites.nodes.len()).chain(self.move_row()).collect()
    }

    /// Per priced row, a step that is neither large nor small.
    fn widths(&self) -> Vec<f64> {
        let moves = self.sites.moves.map(|moves| 1.0 / moves.max(1) as f64);
        self.centre.nodes.iter().map(|&price| price as f64 / self.scale).chain(moves).collect()
    }

    /// The best prices, by priced row.
    fn prices_of_centre(&self) -> impl Iterator<Item = f64> + use<> {
        let moves = self.sites.moves.map(|_| self.centre.per_move);
        let (nodes, scale) = (self.centre.nodes.clone(), self.scale);
        nodes.into_iter().chain(moves).map(move |price| price as f64 / scale)
    }

    fn prices(&self, duals: &[f64]) -> Prices {
        let nodes = duals[..self.sites.nodes.len()].iter().map(|dual| dual * self.scale);
        Prices::limited(self.sites, nodes, self.move_row().map_or(0.0, |row| duals[row] * self.scale))
    }

    /// A column for a pattern that has none yet.
    fn add(&mut self, pattern: &Pattern) {
        if !self.known.insert((pattern.kind, pattern.counts.clone())) {
            return;
        }
        let counts = pattern.counts.iter().map(|&(node, count)| (node, f64::from(count)));
        let site = (self.sites.nodes.len() + pattern.kind, 1.0);
        let moves = self.move_row().map(|row| (row, pattern.moves as f64)).filter(|&(_, moves)| moves > 0.0);
        let entries = counts.chain([site]).chain(moves).collect();
        self.new.push(LpColumn { cost: pattern.value as f64 / self.scale, entries });
    }

    /// The pattern of every site in `placement`.
    fn patterns_of(&self, problem: &Problem, placement: &Placement) -> Vec<Pattern> {
        let counts = self.sites.counts(problem, placement);
        let leaving = self.sites.leaving(problem, placement);
        let sites = counts.iter().zip(leaving).enumerate();
        sites.map(|(site, (counts, leaving))| self.pricing.known(site, counts, leaving)).collect()
    }
}
