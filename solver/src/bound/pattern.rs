//! Patterns: what a host, or a domain as a whole, can gain by holding both ends of edges.
//!
//! A call pays at least the price of the cheapest path between two hosts, unless both its ends are on one host. How
//! many ends can be, no placement can say of all hosts at once, but every host for itself: it holds a *pattern*, so
//! many components of every group, that fits. The bound is the Dantzig-Wolfe relaxation over these patterns, with hosts
//! that are alike priced together, and its pricing relaxed to a knapsack of one resource over a forest of the edges.
//!
//! Column generation only proposes prices. Each of them proves a bound by itself, in integers (`Pricing::bound`), and
//! the best one counts: however the programme ends, what is returned is proven.
//!
//! # Source
//! Dantzig, Wolfe (1960), "Decomposition principle for linear programs"; smoothing of prices: Wentges (1997),
//! "Weighted Dantzig-Wolfe decomposition for linear mixed-integer programming".

mod costs;
mod forest;
mod knapsack;
mod prices;
mod programme;
mod scale;
mod sites;

use colocate_model::{Cost, Goal, Placement, Problem, Term};

use crate::milp::MilpBackend;
use crate::stop::Stop;
use costs::Costs;
use sites::Sites;

/// The terms this family bounds together.
pub(super) const TERMS: [Term; 3] = [Term::Latency, Term::NetworkCost, Term::Migration];

/// A lower bound of latency, network cost and migration in `goal`; `None` where there is no traffic in it.
pub(super) fn bound(
    problem: &Problem,
    goal: &Goal,
    incumbent: &Placement,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> Option<Cost> {
    let costs = Costs::new(problem, goal)?;
    // A move may bring gains on several levels and is paid once: where there is most to gain.
    let paying = (0..costs.levels.len()).max_by_key(|&index| costs.levels[index].all);
    let gained = costs.levels.iter().enumerate().map(|(index, level)| {
        let per_move = |component| if Some(index) == paying { costs.per_move(component) } else { 0 };
        let stop = stop.part_of_rest(1.0 / (costs.levels.len() - index) as f64);
        // What is not looked at gains all it can.
        if stop.reason().is_some() {
            return level.all;
        }
        let sites = Sites::new(problem, level.partition, &level.gains, &per_move);
        let most =
            sites.map(|sites| sites.cost(programme::most_gained(problem, &sites, incumbent, backend, &stop)));
        most.map_or(level.all, |most| most.min(level.all))
    });
    Cost::try_from((costs.apart - gained.sum::<i128>()).max(0)).ok()
}
