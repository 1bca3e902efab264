//! What blocks: the limits a placement passes and the components it leaves without a host, and ways out.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use colocate_model::{
    ComponentId, Cost, Explanation, HostId, Obstacle, PartitionId, Placement, Problem, Row, Term, Violation,
    check,
};

use super::alternatives::why_not_until;
use super::relax::shared;
use super::relaxations::{Target, relaxations};
use crate::search::SearchParams;
use crate::stop::Stop;

/// Obstacles looked into, the largest first.
const MOST: usize = 8;
/// Components asked why they do not go elsewhere.
const ASKED: usize = 16;
/// Hosts asked for each of them.
const HOSTS: usize = 8;
/// Blocked changes named.
const NAMED: usize = 5;

/// What does not hold under `placement`, the largest first: for each limit what blocks it and the least relaxation
/// that was found, confirmed on the relaxed problem. Components without a host are one obstacle together.
///
/// `params` are those of each of the searches. Once `stop` says so the obstacles are named, and of what blocks and helps
/// what is known by then.
///
/// # Panics
/// If the placement is not one of as many components as the problem has.
#[must_use]
pub fn obstacles(
    problem: &Problem,
    placement: &Placement,
    params: &SearchParams,
    stop: &Stop,
) -> Vec<Obstacle> {
    let _span = tracing::debug_span!("obstacles").entered();
    let verdict = check(problem, placement);
    let mut limits: BTreeMap<Option<Row>, Vec<Violation>> = BTreeMap::new();
    for violation in verdict.violations {
        match violation.row {
            Row::Unplaced { .. } => limits.entry(None).or_default().push(violation),
            row if row.is_elastic() => limits.entry(Some(shared(row))).or_default().push(violation),
            _ => {}
        }
    }
    let worst = |violations: &[Violation]| violations.iter().map(|violation| violation.ppm).max();
    let mut limits: Vec<_> = limits.into_iter().collect();
    limits.sort_by_key(|(row, violations)| (row.is_some(), Reverse(worst(violations)), *row));
    limits.truncate(MOST);
    // Progress with other problems is nobody's.
    let stop = &stop.unobserved();
    let obstacles = limits.into_iter().map(|(row, violations)| {
        let target = row.map_or(Target::Placed, Target::Limit);
        Obstacle {
            blocked: blocked(problem, placement, &violations, stop),
            relaxations: relaxations(problem, placement, target, params, stop),
            violations,
        }
    });
    obstacles.collect()
}

/// Changes that would make `violations` smaller but are blocked, the least blocked first.
fn blocked(
    problem: &Problem,
    placement: &Placement,
    violations: &[Violation],
    stop: &Stop,
) -> Vec<Explanation> {
    let mut asked: Vec<ComponentId> = Vec::new();
    for violation in violations {
        for component in involved(problem, placement, violation.row) {
            if !asked.contains(&component) {
                asked.push(component);
            }
        }
    }
    asked.truncate(ASKED);
    let counts = problem.policy.goals.iter().any(|goal| goal.has(Term::Violation));
    let mut blocked: Vec<Explanation> = why_not_until(problem, placement, &asked, HOSTS, stop)
        .into_iter()
        .flat_map(|answer| answer.alternatives)
        .filter(|alternative| !alternative.blocked_by.is_empty())
        .filter(|alternative| !counts || helps(problem, alternative))
        .collect();
    let excess = |alternative: &Explanation| -> Cost {
        let weights = alternative.blocked_by.iter().map(|v| super::weight(problem, v.row, v.excess));
        weights.fold(0, Cost::saturating_add)
    };
    blocked
        .sort_by_cached_key(|alternative| (excess(alternative), alternative.component, alternative.target));
    blocked.truncate(NAMED);
    blocked
}

/// Whether a row other than those that block it would get better.
fn helps(problem: &Problem, alternative: &Explanation) -> bool {
    let blocking: Cost = alternative.blocked_by.iter().map(|violation| violation.ppm).sum();
    let goals = problem.policy.goals.iter();
    goals.clone().any(|goal| goal.has(Term::Violation)) && alternative.change.get(Term::Violation) < blocking
}

/// Components whose going elsewhere could make `row` smaller, the largest first where the row is a capacity.
pub(super) fn involved(problem: &Problem, placement: &Placement, row: Row) -> Vec<ComponentId> {
    let within =
        |partition: PartitionId, domain| move |host: HostId| problem.domain(partition, host) == domain;
    let on = |inside: &dyn Fn(HostId) -> bool| -> Vec<ComponentId> {
        placement.iter().filter(|entry| entry.1.is_some_and(inside)).map(|entry| entry.0).collect()
    };
    let by_demand = |mut components: Vec<ComponentId>, resource: colocate_model::ResourceId, step: u32| {
        let dimension = resource.index() * problem.steps() + step as usize;
        components.retain(|&id| problem.demand(id)[dimension] > 0);
        components.sort_by_key(|&id| (Reverse(problem.demand(id)[dimension]), id));
        components
    };
    let service = |id: colocate_model::ServiceId| problem.service(id).components.clone();
    match row {
        Row::HostCapacity { host, resource, step } => by_demand(on(&|other| other == host), resource, step),
        Row::DomainCapacity { partition, domain, resource, step } => {
            by_demand(on(&within(partition, domain)), resource, step)
        }
        Row::Uplink { partition, domain, .. } | Row::Power { partition, domain, .. } => {
            on(&within(partition, domain))
        }
        Row::Exclusion { exclusion, .. } => problem.exclusions[exclusion as usize].members.clone(),
        Row::Spread { service: id, .. } => service(id),
        Row::Dependency { service: id, on, .. } | Row::LatencyCeiling { service: id, to: on } => {
            service(id).into_iter().chain(service(on)).collect()
        }
        Row::Compatibility { component, .. } | Row::Unplaced { component } => vec![component],
        _ => Vec::new(),
    }
}
