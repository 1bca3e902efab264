//! The whole cluster as one machine: what no placement can avoid, resource by resource.
//!
//! Every term is bounded by itself and the bounds are added, weighted as in the goal. A sum over hosts of max(0, x) is
//! at least max(0, sum of x), and a sum of loads is known whatever the placement. Each host rounds half up and so loses
//! at most 1/2; where the quotient is whole nothing is lost.
//!
//! # Source
//! The lower bound of the ROADEF/EURO challenge 2012, here with steps, domains, hosts without limits and every term.

mod balance;
mod energy;
mod overload;
mod violation;

use colocate_model::{ComponentId, Cost, Goal, HostId, Problem, Ratio, Term, UNLIMITED};

/// So many tests of where a component may be are made at most.
const MOST_TESTS: usize = 50_000_000;

type TermBound = (Term, fn(&Totals<'_>) -> i128);

/// Every term that is bounded by itself; no other one is ever negative.
const TERMS: [TermBound; 4] = [
    (Term::Violation, violation::least),
    (Term::Overload, overload::least),
    (Term::Energy, energy::least),
    (Term::Balance, balance::least),
];

/// A lower bound of `goal`, or of those of its terms that `counted` picks.
pub(super) fn bound(problem: &Problem, goal: &Goal, counted: impl Fn(Term) -> bool) -> Cost {
    let terms = TERMS.iter().filter(|(term, _)| goal.has(*term) && counted(*term));
    let mut totals = None;
    let sum: i128 = terms
        .map(|&(term, least)| {
            let totals = totals.get_or_insert_with(|| Totals::new(problem));
            i128::from(goal.factors.get(term)) * least(totals)
        })
        .sum();
    Cost::try_from(sum).unwrap_or(0)
}

/// Demand that does not depend on the placement, per dimension.
struct Totals<'p> {
    problem: &'p Problem,
    /// Of all components.
    demand: Vec<i128>,
    /// Host by host, of the components that may be nowhere else.
    forced: Vec<i128>,
    /// Whether some component may be nowhere but on this host.
    occupied: Vec<bool>,
}

impl<'p> Totals<'p> {
    fn new(problem: &'p Problem) -> Self {
        let dimensions = problem.dimensions();
        let mut totals = Self {
            problem,
            demand: vec![0; dimensions],
            forced: vec![0; dimensions * problem.hosts.len()],
            occupied: vec![false; problem.hosts.len()],
        };
        let start = start_demand(problem);
        for component in problem.component_ids() {
            add(&mut totals.demand, problem.demand(component));
            if let Some(host) = only_host(problem, &start, component) {
                totals.occupied[host.index()] = true;
                add(&mut totals.forced[host.index() * dimensions..][..dimensions], problem.demand(component));
            }
        }
        totals
    }

    /// Demand of all components in `resource` at `step`.
    fn demand(&self, resource: usize, step: usize) -> i128 {
        self.demand[resource * self.problem.steps() + step]
    }

    /// Demand in `resource` at `step` that is on `host` in every placement.
    fn forced(&self, host: HostId, resource: usize, step: usize) -> i128 {
        let dimension = resource * self.problem.steps() + step;
        self.forced[host.index() * self.problem.dimensions() + dimension]
    }

    /// Sum over the steps of weight x `value(step)`.
    fn weighted(&self, value: impl Fn(usize) -> i128) -> i128 {
        let steps = self.problem.step_weights.iter().enumerate();
        steps.map(|(step, &weight)| i128::from(weight) * value(step)).sum()
    }
}

/// The host of a component that may be nowhere else.
fn only_host(problem: &Problem, start: &[i64], component: ComponentId) -> Option<HostId> {
    let c = problem.component(component);
    if c.pinned || c.moving_from.is_some() {
        return c.initial;
    }
    if problem.components.len() * problem.hosts.len() > MOST_TESTS {
        return None;
    }
    let fits = |&host: &HostId| {
        c.initial == Some(host)
            || problem.may_be_on(component, host) && may_arrive(problem, start, component, host)
    };
    let mut hosts = problem.host_ids().filter(fits);
    let only = hosts.next()?;
    hosts.next().is_none().then_some(only)
}

/// Whether `component` fits beside what is on `host` in every placement: of transient resources all that was there at
/// the start, whether it stays or leaves (C2).
fn may_arrive(problem: &Problem, start: &[i64], component: ComponentId, host: HostId) -> bool {
    let (at, steps) = (problem.host(host), problem.steps());
    let start = &start[host.index() * problem.dimensions()..][..problem.dimensions()];
    problem.demand(component).iter().enumerate().all(|(dimension, &demand)| {
        let resource = dimension / steps;
        let empty = i128::from(at.base[resource]) + i128::from(at.held[dimension]);
        let begun = empty + i128::from(start[dimension]);
        let present = if problem.resources[resource].transient { begun } else { empty };
        let limit = begun.max(at.capacity[resource].into());
        at.capacity[resource] == UNLIMITED || demand == 0 || present + i128::from(demand) <= limit
    })
}

/// The most demand in `resource` at `step` that a placement can put on `host`: what its capacity leaves, or what the
/// start has if that is more; `None` where there is no limit.
pub(super) fn room(
    problem: &Problem,
    start: &[i64],
    host: HostId,
    resource: usize,
    step: usize,
) -> Option<i128> {
    let at = problem.host(host);
    if at.capacity[resource] == UNLIMITED {
        return None;
    }
    let dimension = resource * problem.steps() + step;
    let free =
        i128::from(at.capacity[resource]) - i128::from(at.base[resource]) - i128::from(at.held[dimension]);
    Some(free.max(start[host.index() * problem.dimensions() + dimension].into()))
}

/// Demand on every host at the start, host by host, per dimension.
pub(super) fn start_demand(problem: &Problem) -> Vec<i64> {
    let dimensions = problem.dimensions();
    let mut start = vec![0; dimensions * problem.hosts.len()];
    for component in problem.component_ids() {
        if let Some(host) = problem.component(component).initial {
            let row = &mut start[host.index() * dimensions..][..dimensions];
            row.iter_mut().zip(problem.demand(component)).for_each(|(sum, amount)| *sum += amount);
        }
    }
    start
}

/// At least `factor` x `sum`, where `parts` summands were each rounded half up, whole multiples of `factor`.
fn rounded(factor: Ratio, sum: i128, parts: usize) -> i128 {
    let lost = if factor.denominator == 1 { 0 } else { parts };
    rounded_by(factor, sum, lost)
}

/// At least `factor` x `sum`, where rounding half up took at most 1/2 from each of `parts` summands.
fn rounded_by(factor: Ratio, sum: i128, parts: usize) -> i128 {
    let lost = parts as i128 * factor.denominator;
    let twice = 2 * factor.numerator * sum - lost;
    (twice.div_euclid(2 * factor.denominator) + i128::from(twice.rem_euclid(2 * factor.denominator) > 0))
        .max(0)
}

/// Adds `amounts` to `totals`.
fn add(totals: &mut [i128], amounts: &[i64]) {
    totals.iter_mut().zip(amounts).for_each(|(total, &amount)| *total += i128::from(amount));
}
