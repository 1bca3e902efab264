//! Column generation: the programme over patterns proposes prices, prices prove bounds and bring patterns.

use std::collections::BTreeSet;

use colocate_model::{Placement, Problem};

use crate::milp::{Lp, LpFailed};
use crate::stop::Stop;

use super::forest::Forest;
use super::prices::{Pattern, Prices, Pricing};
use super::sites::{Link, Sites};

/// Rounds of column generation.
const ROUNDS: usize = 300;
/// Share of the best prices so far in the next ones.
const SMOOTHING: f64 = 0.7;
/// Pivots of one solve.
const PIVOTS: i32 = 20_000;
/// Part of all gains by which bound and programme may differ in the end.
const CLOSE: f64 = 2e-4;
/// Forests, one after the other over the links the ones before leave out.
const FORESTS: usize = 3;

/// The most that any placement gains, in units; proven however far the programmes come.
pub(super) fn most_gained(problem: &Problem, sites: &Sites, incumbent: &Placement, stop: &Stop) -> i128 {
    let mut links: Vec<Link> = sites.links.clone();
    let mut gained = 0;
    for _ in 0..FORESTS {
        if links.is_empty() {
            break;
        }
        let forest = Forest::new(sites, &links);
        let all: i128 = forest.links.iter().map(|link| i128::from(link.gain())).sum();
        let mut programme = Programme::new(sites, &forest, all);
        // A programme that HiGHS gives up on has proven what it has proven.
        let _ = programme.run(problem, incumbent, stop);
        gained += programme.best;
        links.retain(|link| !forest.links.iter().any(|covered| covered.ends == link.ends));
    }
    gained + links.iter().map(|link| i128::from(link.gain())).sum::<i128>()
}

/// The relaxation over the patterns of one forest.
struct Programme<'a> {
    sites: &'a Sites,
    pricing: Pricing<'a>,
    /// The best bound so far, and the prices that proved it.
    best: i128,
    centre: Prices,
    known: BTreeSet<(usize, Vec<(usize, u32)>)>,
    scale: f64,
}

impl<'a> Programme<'a> {
    fn new(sites: &'a Sites, forest: &'a Forest, all: i128) -> Self {
        // Half of a link's gain is paid at either end: nobody earns anything.
        let mut worth = vec![0.0; sites.nodes.len()];
        for link in &forest.links {
            link.ends.iter().for_each(|&end| worth[end] += link.gain() as f64 / 2.0);
        }
        let prices = worth.iter().zip(&sites.nodes).map(|(worth, node)| (worth / f64::from(node.count)).ceil());
        let centre = Prices::limited(sites, prices, 0.0);
        let pricing = Pricing::new(sites, forest);
        Self { sites, pricing, best: all, centre, known: BTreeSet::new(), scale: (all as f64).max(1.0) }
    }

    fn run(&mut self, problem: &Problem, incumbent: &Placement, stop: &Stop) -> Result<(), LpFailed> {
        let mut lp = Lp::new(&self.rows())?;
        let nodes = self.sites.nodes.len();
        let move_row = nodes + self.pricing.kinds.len();
        let priced: Vec<usize> = (0..nodes).chain(self.sites.moves.map(|_| move_row)).collect();
        let boxes: Vec<[usize; 2]> = priced
            .iter()
            .map(|&row| Ok([lp.add_column(0.0, &[(row, 1.0)])?, lp.add_column(0.0, &[(row, -1.0)])?]))
            .collect::<Result<_, LpFailed>>()?;
        for placement in [&problem.initial_placement(), incumbent] {
            for pattern in self.patterns_of(problem, placement) {
                self.add(&mut lp, &pattern)?;
            }
        }
        let mut widths: Vec<f64> = self.centre.nodes.iter().map(|&price| price as f64 / self.scale).collect();
        let moves = self.sites.moves.unwrap_or(0).max(1) as f64;
        widths.push(1.0 / moves);
        let env = |n: &str, d: f64| std::env::var(n).map_or(d, |v| v.parse::<f64>().unwrap());
        let mut radius = env("RADIUS", 0.3);
        let (grow, shrink) = (env("GROW", 1.3), env("SHRINK", 0.8));
        let t = std::time::Instant::now();
        for round in 0..ROUNDS {
            if stop.reason().is_some() {
                break;
            }
            let centre: Vec<f64> = self.centre.nodes.iter().chain(self.sites.moves.map(|_| &self.centre.per_move))
                .map(|&price| price as f64 / self.scale).collect();
            for ((&[low, high], &centre), &width) in boxes.iter().zip(&centre).zip(&widths) {
                lp.set_cost(low, centre - radius * width)?;
                lp.set_cost(high, -(centre + radius * width))?;
            }
            let t1 = t.elapsed().as_secs_f64();
            let solution = lp.solve(PIVOTS)?;
            let t2 = t.elapsed().as_secs_f64();
            let duals = solution.duals[..nodes].iter().map(|dual| dual * self.scale);
            let move_dual = solution.duals.get(move_row).copied().unwrap_or(0.0) * self.scale;
            let prices = Prices::limited(self.sites, duals, move_dual);
            let (bound, patterns) = self.pricing.bound(&prices);
            #[allow(clippy::print_stderr)]
            if round % 5 == 0 { eprintln!("{round} {:.1}s lp {:.2}s prog {:.5} l {:.5} best {:.5} r {radius:.4}", t.elapsed().as_secs_f64(), t2 - t1, solution.objective, bound as f64 / self.scale, self.best as f64 / self.scale); }
            if bound < self.best {
                (self.best, self.centre) = (bound, prices);
                radius *= grow;
            } else { radius *= shrink; }
            let mut fresh = false;
            for pattern in patterns {
                fresh |= self.add(&mut lp, &pattern)?;
            }
            if !fresh && radius > 10.0 { break; }
            if !fresh { radius *= 2.0; }
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

    fn add(&mut self, lp: &mut Lp, pattern: &Pattern) -> Result<bool, LpFailed> {
        if !self.known.insert((pattern.kind, pattern.counts.clone())) {
            return Ok(false);
        }
        let nodes = self.sites.nodes.len();
        let mut entries: Vec<(usize, f64)> =
            pattern.counts.iter().map(|&(node, count)| (node, f64::from(count))).collect();
        entries.push((nodes + pattern.kind, 1.0));
        if self.sites.moves.is_some() && pattern.moves > 0 {
            entries.push((nodes + self.pricing.kinds.len(), pattern.moves as f64));
        }
        lp.add_column(pattern.value as f64 / self.scale, &entries).map(|_| true)
    }

    /// The pattern of every site in `placement`.
    fn patterns_of(&self, problem: &Problem, placement: &Placement) -> Vec<Pattern> {
        let counts = self.sites.counts(problem, placement);
        let leaving = self.sites.leaving(problem, placement);
        let sites = counts.iter().zip(leaving).enumerate();
        sites.map(|(site, (counts, leaving))| self.pricing.known(site, counts, leaving)).collect()
    }
}
