//! Why a component is not elsewhere: the next best hosts, and what speaks against each.

use std::collections::BTreeMap;

use colocate_model::{
    Checker, ComponentId, Explanation, HostId, Placement, Problem, Row, Score, Terms, Violation, WhyNot,
};

use super::difference;
use crate::state::SearchState;
use crate::stop::{Interrupt, Stop};

/// For each of `components`, the `most` other hosts where the score would be best if it alone went there from
/// `placement`, blocked or not.
///
/// Ties go to the first host. Time O(components x hosts x the change of one move), and a check from scratch for each
/// blocked host that is returned.
///
/// # Panics
/// If the placement is not one of as many components as the problem has.
#[must_use]
pub fn why_not(
    problem: &Problem,
    placement: &Placement,
    components: &[ComponentId],
    most: usize,
) -> Vec<WhyNot> {
    why_not_until(problem, placement, components, most, &Stop::new(None, Interrupt::default()))
}

/// [`why_not`], as far as it comes until `stop`: the components after that are left out.
///
/// # Panics
/// Like [`why_not`].
#[must_use]
pub fn why_not_until(
    problem: &Problem,
    placement: &Placement,
    components: &[ComponentId],
    most: usize,
    stop: &Stop,
) -> Vec<WhyNot> {
    if stop.reason().is_some() {
        return Vec::new();
    }
    let checker = Checker::new(problem);
    let known = broken(&checker, placement);
    let mut state = SearchState::new(problem);
    state.restore(placement);
    let before = *state.terms();
    let mut answers = Vec::with_capacity(components.len());
    for &component in components {
        let host = state.host(component);
        let ranked = next_best(&mut state, component, most);
        let mut alternatives = Vec::with_capacity(ranked.len());
        for (target, terms, feasible) in ranked {
            if stop.reason().is_some() {
                return answers;
            }
            let blocked_by = if feasible {
                Vec::new()
            } else {
                let mut forced = placement.clone();
                forced.set(component, Some(target));
                newly_broken(&checker, &forced, &known)
            };
            alternatives.push(Explanation {
                component,
                target,
                change: difference(&terms, &before),
                blocked_by,
            });
        }
        answers.push(WhyNot { component, host, alternatives });
    }
    answers
}

/// The other hosts with the best scores, their terms, and whether the placement would be feasible.
fn next_best(state: &mut SearchState<'_>, component: ComponentId, most: usize) -> Vec<(HostId, Terms, bool)> {
    let home = state.host(component);
    let mut best: Vec<(Score, HostId, Terms, bool)> = Vec::with_capacity(most + 1);
    for target in state.problem().host_ids().filter(|&host| Some(host) != home) {
        state.set(component, Some(target));
        let score = state.score();
        let position = best.partition_point(|known| known.0 <= score);
        if position < most {
            best.insert(position, (score, target, *state.terms(), state.is_feasible()));
            best.truncate(most);
        }
    }
    state.set(component, home);
    best.into_iter().map(|(_, host, terms, feasible)| (host, terms, feasible)).collect()
}

/// The excess of every row that is worse than allowed.
fn broken(checker: &Checker<'_>, placement: &Placement) -> BTreeMap<Row, i64> {
    checker.check(placement).broken.into_iter().map(|violation| (violation.row, violation.excess)).collect()
}

/// Rows that are worse than allowed and worse than `known`.
fn newly_broken(checker: &Checker<'_>, placement: &Placement, known: &BTreeMap<Row, i64>) -> Vec<Violation> {
    let mut rows = checker.check(placement).broken;
    rows.retain(|violation| known.get(&violation.row).is_none_or(|&excess| excess < violation.excess));
    rows
}
