//! ROADEF's balance triples and the highest utilisation of each resource.

use colocate_model::{Balance, HostId, PPM, Ratio, Term, UNLIMITED};

use crate::milp::formulation::Formulation;

use super::step_factor;

/// Sum of round(weight x mean of max(0, target x free k1 - free k2)), and the mean of the highest utilisation.
pub(super) fn add(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    for balance in &problem.balances {
        problem.host_ids().for_each(|host| add_triple(formulation, balance, host));
    }
    if problem.policy.peak_utilisation {
        (0..problem.resources.len()).for_each(|resource| add_peak(formulation, resource));
    }
}

fn add_triple(formulation: &mut Formulation<'_>, balance: &Balance, host: HostId) {
    let problem = formulation.problem;
    let [first, second] =
        [balance.first, balance.second].map(|resource| problem.host(host).capacity[resource.index()]);
    if first == UNLIMITED || second == UNLIMITED {
        return;
    }
    let mut is_whole = true;
    for step in 0..problem.steps() {
        let load = |resource: colocate_model::ResourceId| {
            formulation.load(host, resource.index() * problem.steps() + step)
        };
        let free = [first as f64 - load(balance.first), second as f64 - load(balance.second)];
        let [first, second] = free;
        let missing = formulation.at_least([first * balance.target as f64 - second]);
        let (factor, whole) = step_factor(problem, Ratio::new(balance.weight.into(), 1), step);
        formulation.term(Term::Balance).add(factor, missing);
        is_whole &= whole;
    }
    formulation.term(Term::Balance).rounded(is_whole);
}

fn add_peak(formulation: &mut Formulation<'_>, resource: usize) {
    let problem = formulation.problem;
    let limited = |host: &HostId| {
        let capacity = problem.host(*host).capacity[resource];
        capacity != UNLIMITED && capacity > 0
    };
    let hosts: Vec<HostId> = problem.host_ids().filter(limited).collect();
    let mut is_whole = true;
    for step in 0..problem.steps() {
        let utilisation = |host: &HostId| {
            let scale = PPM as f64 / problem.host(*host).capacity[resource] as f64;
            formulation.load(*host, resource * problem.steps() + step) * scale
        };
        let all: Vec<_> = hosts.iter().map(utilisation).collect();
        let peak = formulation.at_least(all);
        let (factor, whole) = step_factor(problem, Ratio::ONE, step);
        formulation.term(Term::Balance).add(factor, peak);
        is_whole &= whole;
    }
    let term = formulation.term(Term::Balance);
    // Utilisation is rounded down before the mean is rounded.
    term.below += 1.0;
    term.rounded(is_whole);
}
