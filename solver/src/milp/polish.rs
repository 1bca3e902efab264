//! Programmes over a few hosts: those whose pooling promises most exchange their components, all others stay.
//!
//! After J12's matheuristic for machine reassignment (Jaskowski, Szubert and Gawron, "A hybrid MIP-based large
//! neighborhood search heuristic for solving the machine reassignment problem", 2016): a queue of pairs by optimistic
//! gain, a node limit, hosts that grow in number while nothing is found.

use std::collections::BTreeSet;

use colocate_model::{Checker, Cost, Goal, HostId, HostSet, Routing, Term, UNLIMITED};

use super::backend::MilpBackend;
use super::formulation::Formulation;
use super::scope::Scope;
use super::{MilpOutcome, MilpParams, Run};
use crate::state::SearchState;
use crate::stop::{Progress, Stop};

/// Nodes of the search tree a programme.
const NODES: u64 = 200;
/// Components that a programme decides about, at most.
const COMPONENTS: usize = 120;
/// Hosts of a programme, at most.
const HOSTS: usize = 6;
/// Hosts up to which every pair is ranked; beyond, each is ranked with so many others.
const RANKED: usize = 256;

/// Improves the placement of `state` goal by goal until `stop`, or until no neighbourhood of the largest size promises
/// anything; returns the programmes solved. `programmes` limits their number a goal.
///
/// Like the search, it keeps earlier goals within their tolerance, and the first ones within `held`.
pub(crate) fn polish(
    state: &mut SearchState<'_>,
    held: &[Cost],
    params: &MilpParams,
    programmes: Option<u64>,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> u64 {
    let _span = tracing::debug_span!("polish").entered();
    let problem = state.problem();
    let checker = Checker::new(problem);
    // The bound of a neighbourhood is none of the problem.
    let unobserved = stop.unobserved();
    let (mut limits, mut solved) = (held.to_vec(), 0);
    for (index, goal) in problem.policy.goals.iter().enumerate().skip(held.len()) {
        let (mut hosts, mut tried, mut left) = (2, BTreeSet::new(), programmes.unwrap_or(u64::MAX));
        while hosts <= HOSTS && left > 0 && state.total(goal) > 0 && stop.reason().is_none() {
            let Some(chosen) = neighbourhood(state, goal, hosts, &tried) else {
                hosts += 1;
                continue;
            };
            left -= 1;
            solved += 1;
            let set = HostSet::from_fn(problem.hosts.len(), |host| chosen.contains(&host));
            if exchange(state, &checker, &set, (index, &limits), params, backend, &unobserved) {
                let (total, placement) = (state.total(goal), Some(state.placement()));
                stop.report(&Progress { goal: index, total, steps: solved, bound: None, placement });
                // What was found not to help may help now where a host has changed.
                tried.retain(|pair: &Vec<HostId>| !pair.iter().any(|host| chosen.contains(host)));
                hosts = 2;
            } else {
                tried.insert(chosen);
            }
        }
        tracing::debug!(goal = index, total = state.total(goal), steps = solved, "polished");
        limits.push(goal.tolerance.limit(state.total(goal)));
    }
    solved
}

/// Solves the programme over `hosts`; whether that is better.
fn exchange(
    state: &mut SearchState<'_>,
    checker: &Checker<'_>,
    hosts: &HostSet,
    (goal, limits): (usize, &[Cost]),
    params: &MilpParams,
    backend: &dyn MilpBackend,
    stop: &Stop,
) -> bool {
    let problem = state.problem();
    let placement = state.placement().clone();
    let before = state.total(&problem.policy.goals[goal]);
    let scope = Scope::Hosts(&placement, hosts.clone());
    let Some(formulation) = Formulation::new(problem, &scope, stop) else { return false };
    let verdict = checker.check(&placement);
    let outcome = MilpOutcome { limits: limits.to_vec(), ..MilpOutcome::new(problem) };
    let params = MilpParams { nodes: Some(NODES), ..*params };
    let mut run = Run {
        formulation: &formulation,
        checker,
        params: &params,
        backend,
        stop,
        incumbent: Some((placement.clone(), verdict)),
        outcome,
    };
    if let Err(fault) = run.goal(goal)
        && stop.reason().is_none()
    {
        // A crash costs this neighbourhood, not the search.
        tracing::warn!(%fault, "a programme over a few hosts was given up");
    }
    let Some((found, verdict)) = run.incumbent else { return false };
    let better = verdict.score.totals[goal] < before;
    if better {
        state.restore(&found);
    }
    better
}

/// The hosts whose pooling promises most among those not tried, `size` of them.
fn neighbourhood(
    state: &SearchState<'_>,
    goal: &Goal,
    size: usize,
    tried: &BTreeSet<Vec<HostId>>,
) -> Option<Vec<HostId>> {
    let problem = state.problem();
    let hosts = problem.hosts.len();
    let talk = talk(state, goal);
    let gain = |a: HostId, b: HostId| {
        let pooled = pooled_cost(state, goal, &[a]) + pooled_cost(state, goal, &[b])
            - pooled_cost(state, goal, &[a, b]);
        pooled + talk[a.index() * hosts + b.index()] + talk[b.index() * hosts + a.index()]
    };
    let mut pairs: Vec<(f64, HostId, HostId)> = Vec::new();
    for a in problem.host_ids() {
        let reach = if hosts <= RANKED { hosts } else { RANKED };
        let others = (1..reach).map(|offset| HostId::new((a.index() + offset) % hosts));
        pairs.extend(others.filter(|&b| hosts > RANKED || b > a).map(|b| (gain(a, b), a, b)));
    }
    pairs.retain(|pair| pair.0 > 0.0);
    pairs.sort_by(|x, y| y.0.total_cmp(&x.0).then((x.1, x.2).cmp(&(y.1, y.2))));
    let components = |hosts: &[HostId]| hosts.iter().map(|&host| state.members(host).len()).sum::<usize>();
    pairs.iter().find_map(|&(_, a, b)| {
        let mut chosen = vec![a, b];
        let partners = pairs.iter().filter(|pair| [a, b].contains(&pair.1) != [a, b].contains(&pair.2));
        let partners = partners.map(|pair| if [a, b].contains(&pair.1) { pair.2 } else { pair.1 });
        for partner in partners {
            if chosen.len() < size && !chosen.contains(&partner) {
                chosen.push(partner);
            }
        }
        chosen.sort_unstable();
        (chosen.len() == size && components(&chosen) <= COMPONENTS && !tried.contains(&chosen))
            .then_some(chosen)
    })
}

/// The least that overload and balance of these hosts can cost, if they were one: O(dimensions).
fn pooled_cost(state: &SearchState<'_>, goal: &Goal, hosts: &[HostId]) -> f64 {
    let problem = state.problem();
    let (steps, weight) = (problem.steps(), problem.total_step_weight() as f64);
    let sum = |resource: usize, limit: fn(&colocate_model::Host, usize) -> i64, step: usize| {
        let limits = hosts.iter().map(|&host| limit(problem.host(host), resource));
        let loads = hosts.iter().map(|&host| state.load(host)[resource * steps + step]);
        limits
            .clone()
            .all(|limit| limit != UNLIMITED)
            .then(|| limits.sum::<i64>() as f64 - loads.sum::<i64>() as f64)
    };
    let mut cost = 0.0;
    for (step, &step_weight) in problem.step_weights.iter().enumerate() {
        let share = step_weight as f64 / weight;
        for resource in 0..problem.resources.len() {
            let ratio = problem.policy.overload_weight[resource];
            let room = sum(resource, |host, resource| host.soft_limit[resource], step);
            let factor =
                goal.factors.get(Term::Overload) as f64 * ratio.numerator as f64 / ratio.denominator as f64;
            cost += share * factor * room.map_or(0.0, |room| (-room).max(0.0));
        }
        for balance in &problem.balances {
            let free = [balance.first, balance.second]
                .map(|resource| sum(resource.index(), |host, resource| host.capacity[resource], step));
            if let [Some(first), Some(second)] = free {
                let missing = (balance.target as f64 * first - second).max(0.0);
                cost += share * goal.factors.get(Term::Balance) as f64 * balance.weight as f64 * missing;
            }
        }
    }
    cost
}

/// What the traffic between every two hosts costs above what it would on one, shares taken as uniform.
fn talk(state: &SearchState<'_>, goal: &Goal) -> Vec<f64> {
    let problem = state.problem();
    let hosts = problem.hosts.len();
    let mut talk = vec![0.0; hosts * hosts];
    if !goal.has(Term::Latency) && !goal.has(Term::NetworkCost) {
        return talk;
    }
    for edge in &problem.traffic.edges {
        let counts = [edge.from, edge.to].map(|end| {
            let mut counts = std::collections::BTreeMap::new();
            for &id in &problem.traffic.groups[end.index()].members {
                state.host(id).into_iter().for_each(|host| *counts.entry(host).or_insert(0.0) += 1.0);
            }
            counts
        });
        let rate = |ratio: colocate_model::Ratio| ratio.numerator as f64 / ratio.denominator as f64;
        let sum = |volume: &[i64]| {
            problem
                .step_weights
                .iter()
                .zip(volume)
                .map(|(&weight, &volume)| weight as f64 * volume as f64)
                .sum::<f64>()
        };
        let calls = goal.factors.get(Term::Latency) as f64 * rate(edge.call_rate) * sum(&edge.calls);
        let bytes = goal.factors.get(Term::NetworkCost) as f64 * rate(edge.byte_rate) * sum(&edge.bytes);
        // Local-first calls leave a host only for want of an instance there.
        let local = edge.routing == Routing::LocalFirst;
        for (&a, &from) in &counts[0] {
            for (&b, &to) in counts[1].iter().filter(|&(&b, _)| b != a) {
                let served = if local && (counts[1].contains_key(&a) || counts[0].contains_key(&b)) {
                    0.5
                } else {
                    1.0
                };
                let price = problem.path_price(0, a, b) - problem.latency.same_host;
                let cost = calls * price as f64 + bytes * problem.network_price(a, b) as f64;
                talk[a.index() * hosts + b.index()] += served * cost * from * to;
            }
        }
    }
    talk
}
