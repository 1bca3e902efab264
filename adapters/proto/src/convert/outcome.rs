//! Placements, totals, bounds, fronts and verdicts.

use std::collections::BTreeMap;
use std::fmt::Display;

use colocate_model::{
    Blocker, Bound, Document, FaultCode, Faults, Front, Placement, Problem, Score, Solved, Term, Terms,
    Verdict,
};

use super::checks::Segment;
use super::names::{At, Names};
use super::row;
use super::words::Word;
use crate::v1;

/// No total of a valid problem is larger, and differences of two stay in range.
const LARGEST_TOTAL: i64 = 2_000_000_000_000_000_000;

/// The placement of a message; components that it leaves out have no host.
///
/// # Errors
/// Components and hosts that there are not.
pub fn placement(placement: &v1::Placement, problem: &Problem) -> Result<Placement, Faults> {
    let mut faults = Faults::default();
    let names = Names::new(problem);
    let placement = placement_at(placement, &names, &mut At::new(Document::Placement, &mut faults), "/hosts");
    faults.into_result(placement)
}

pub(super) fn placement_at(
    placement: &v1::Placement,
    names: &Names<'_>,
    at: &mut At<'_>,
    place: impl Display,
) -> Placement {
    let mut hosts = vec![None; names.problem.components.len()];
    for (component, host) in &placement.hosts {
        let place = format_args!("{place}/{}", Segment(component)).to_string();
        let id = names.component(component, at, &place);
        let host = names.host(host, at, &place);
        if let (Some(id), Some(host)) = (id, host) {
            hosts[id.index()] = Some(host);
        }
    }
    Placement::new(hosts)
}

/// The message of a placement.
///
/// # Panics
/// If the placement is not one of `problem`.
#[must_use]
pub fn placement_to_wire(placement: &Placement, problem: &Problem) -> v1::Placement {
    let placed = placement.iter().filter_map(|(component, host)| {
        Some((problem.component(component).name.clone(), problem.host(host?).name.clone()))
    });
    v1::Placement { hosts: placed.collect() }
}

/// The terms that are not 0.
#[must_use]
pub fn terms(terms: &Terms) -> BTreeMap<String, i64> {
    let changed = Term::ALL.into_iter().filter(|&term| terms.get(term) != 0);
    changed.map(|term| (term.name().to_owned(), terms.get(term))).collect()
}

/// The terms of a message at `place`.
pub(super) fn terms_at(terms: &BTreeMap<String, i64>, at: &mut At<'_>, place: impl Display) -> Terms {
    let mut found = Terms::ZERO;
    for (name, &value) in terms {
        let place = format_args!("{place}/{}", Segment(name)).to_string();
        match Term::from_name(name) {
            Some(term) => found.add(term, in_range(value, at, place)),
            None => {
                let action = "maybe it is of a later version of the protocol";
                at.add(place, FaultCode::UnknownWord, format!("there is no term `{name}`"), action);
            }
        }
    }
    found
}

pub(super) fn in_range(value: i64, at: &mut At<'_>, place: impl Display) -> i64 {
    if (-LARGEST_TOTAL..=LARGEST_TOTAL).contains(&value) {
        return value;
    }
    at.add(place, FaultCode::OutOfRange, format!("{value} is out of range"), "use -2e18 to 2e18");
    0
}

/// One entry a goal: its total and its terms.
#[must_use]
pub fn goal_totals(problem: &Problem, terms: &Terms) -> Vec<v1::GoalTotal> {
    let goals = problem.policy.goals.iter().enumerate();
    let total = |(index, goal): (usize, &colocate_model::Goal)| v1::GoalTotal {
        goal: u32::try_from(index).unwrap_or(u32::MAX),
        total: goal.total(terms),
        terms: goal.terms().map(|term| (term.name().to_owned(), terms.get(term))).collect(),
    };
    goals.map(total).collect()
}

/// Terms and totals of messages at `place`/0, `place`/1, ..., which need not fit each other.
pub(super) fn totals_at(
    totals: &[v1::GoalTotal],
    problem: &Problem,
    at: &mut At<'_>,
    place: &str,
) -> (Terms, Score) {
    let mut all = BTreeMap::new();
    let mut score = Score { totals: Vec::with_capacity(totals.len()) };
    if totals.len() != problem.policy.goals.len() {
        let cause = format!("{} entries for {} goals", totals.len(), problem.policy.goals.len());
        at.add(place, FaultCode::WrongLength, cause, "give one a goal");
    }
    for (index, total) in totals.iter().enumerate() {
        score.totals.push(in_range(total.total, at, format_args!("{place}/{index}/total")));
        // A term may count in several goals, with the same value.
        all.extend(total.terms.iter().map(|(name, &value)| (name.clone(), value)));
    }
    (terms_at(&all, at, format_args!("{place}/terms")), score)
}

/// One entry a goal: what is proven, where anything is.
#[must_use]
pub fn bounds(bounds: &[Option<Bound>]) -> Vec<v1::GoalBound> {
    let bound = |bound: &Option<Bound>| v1::GoalBound {
        value: bound.map(|bound| bound.value),
        relaxation: bound.map_or(0, |bound| bound.relaxation.number()),
    };
    bounds.iter().map(bound).collect()
}

/// One entry a goal: the gap, where there is a bound.
#[must_use]
pub fn gaps(solved: &Solved) -> Vec<v1::GoalGap> {
    solved.gap().into_iter().map(|value| v1::GoalGap { value }).collect()
}

/// The messages of blockers.
///
/// # Panics
/// If they are not of `problem`.
#[must_use]
pub fn blockers(problem: &Problem, blockers: &[Blocker]) -> Vec<v1::Blocker> {
    let lack =
        |&(host, resource, amount): &(colocate_model::HostId, colocate_model::ResourceId, i64)| v1::Lack {
            host: problem.host(host).name.clone(),
            resource: problem.resources[resource.index()].name.clone(),
            amount,
        };
    let blocker = |blocker: &Blocker| v1::Blocker {
        component: problem.component(blocker.component).name.clone(),
        lacking: blocker.lacking.iter().map(lack).collect(),
    };
    blockers.iter().map(blocker).collect()
}

/// The blockers of messages at `place`.
pub(super) fn blockers_at(
    blockers: &[v1::Blocker],
    names: &Names<'_>,
    at: &mut At<'_>,
    place: &str,
) -> Vec<Blocker> {
    let mut found = Vec::with_capacity(blockers.len());
    for (index, blocker) in blockers.iter().enumerate() {
        let component = names.component(&blocker.component, at, format_args!("{place}/{index}/component"));
        let mut lacking = Vec::with_capacity(blocker.lacking.len());
        for (order, lack) in blocker.lacking.iter().enumerate() {
            let host = names.host(&lack.host, at, format_args!("{place}/{index}/lacking/{order}/host"));
            let resource =
                names.resource(&lack.resource, at, format_args!("{place}/{index}/lacking/{order}/resource"));
            lacking.extend(host.zip(resource).map(|(host, resource)| (host, resource, lack.amount)));
        }
        found.extend(component.map(|component| Blocker { component, lacking }));
    }
    found
}

/// A better placement of a search, `placement` where it was asked for.
#[must_use]
pub fn incumbent(
    goal: usize,
    total: i64,
    bound: Option<i64>,
    steps: u64,
    elapsed_s: f64,
    placement: Option<v1::Placement>,
) -> v1::Incumbent {
    v1::Incumbent { goal: u32::try_from(goal).unwrap_or(u32::MAX), total, bound, steps, elapsed_s, placement }
}

/// The answer that a front is.
///
/// # Panics
/// If it is not one of `problem`.
#[must_use]
pub fn front(problem: &Problem, front: &Front, solve_id: String) -> v1::ParetoResponse {
    let points = front.points.iter().enumerate().map(|(index, point)| v1::FrontPoint {
        values: point.values.clone(),
        objective: goal_totals(problem, &point.terms),
        placement: Some(placement_to_wire(&point.placement, problem)),
        certificate: point.certificate.number(),
        knee: front.knee == Some(index),
    });
    let held = front.held.iter().enumerate().map(|(index, held)| v1::HeldGoal {
        goal: u32::try_from(index).unwrap_or(u32::MAX),
        limit: held.limit,
    });
    v1::ParetoResponse {
        solve_id,
        axes: front.axes.iter().map(|axis| axis.number()).collect(),
        points: points.collect(),
        start: front.start.clone(),
        reference: front.reference.clone(),
        hypervolume: front.hypervolume.share,
        held: held.collect(),
        status: front.status.number(),
        stop_reason: front.stop_reason.number(),
        solves: u32::try_from(front.solves).unwrap_or(u32::MAX),
        iterations: front.iterations,
        blockers: blockers(problem, &front.blockers),
    }
}

/// The answer that a verdict is.
///
/// # Panics
/// If it is not one of `problem`.
#[must_use]
pub fn check_response(problem: &Problem, verdict: &Verdict) -> v1::CheckResponse {
    v1::CheckResponse {
        feasible: verdict.is_feasible(),
        objective: goal_totals(problem, &verdict.terms),
        violations: row::violations(problem, &verdict.violations),
        broken: row::violations(problem, &verdict.broken),
    }
}
