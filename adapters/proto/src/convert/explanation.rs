//! Explanations.

use std::fmt::Display;

use colocate_model::{
    Contribution, Document, Explained, Explanation, FaultCode, Faults, Obstacle, PlanStep, Problem, Proof,
    RowRelaxation, Score, Status, Terms, WhatIf, WhyNot, raised_words,
};

use super::names::{At, Names};
use super::outcome::{goal_totals, terms, terms_at};
use super::request::moves_to_wire;
use super::row;
use super::words::Word;
use crate::v1;

fn goals(problem: &Problem, terms: &Terms) -> Vec<i64> {
    Score::new(&problem.policy.goals, terms).totals
}

/// The messages of contributions, with the steps of the plan where there is one.
///
/// # Panics
/// If they are not of `problem`.
#[must_use]
pub fn contributions(problem: &Problem, parts: &[Contribution], steps: &[PlanStep]) -> Vec<v1::Contribution> {
    let contribution = |(index, part): (usize, &Contribution)| {
        let step = steps.get(index);
        v1::Contribution {
            wave: step.map(|step| u32::try_from(step.wave).unwrap_or(u32::MAX)),
            component_id: problem.component(part.component).name.clone(),
            source_host: part.source.map(|host| problem.host(host).name.clone()),
            target_host: problem.host(part.target).name.clone(),
            parking: step.is_some_and(|step| step.parking),
            reason: step.map(|step| step.reason.clone()),
            gain: terms(&part.gain),
            goals: goals(problem, &part.gain),
        }
    };
    parts.iter().enumerate().map(contribution).collect()
}

fn alternative(problem: &Problem, change: &Explanation) -> v1::Alternative {
    v1::Alternative {
        component_id: problem.component(change.component).name.clone(),
        target_host: problem.host(change.target).name.clone(),
        verdict: change.effect(&problem.policy.goals).number(),
        change: terms(&change.change),
        goals: goals(problem, &change.change),
        blocked_by: row::violations(problem, &change.blocked_by),
    }
}

/// The message of why a component is not elsewhere.
///
/// # Panics
/// If it is not of `problem`.
#[must_use]
pub fn why_not(problem: &Problem, answer: &WhyNot) -> v1::WhyNot {
    v1::WhyNot {
        component_id: problem.component(answer.component).name.clone(),
        host: answer.host.map(|host| problem.host(host).name.clone()),
        alternatives: answer.alternatives.iter().map(|change| alternative(problem, change)).collect(),
    }
}

/// The message of what changes would do.
///
/// # Panics
/// If it is not of `problem`.
#[must_use]
pub fn what_if(problem: &Problem, answer: &WhatIf) -> v1::WhatIf {
    let change = |change: &colocate_model::RowChange| v1::RowChange {
        row: Some(row(problem, change.row)),
        before: change.before,
        after: change.after,
        broken: change.broken,
    };
    v1::WhatIf {
        moves: moves_to_wire(&answer.changes, problem),
        before: goal_totals(problem, &answer.before),
        after: goal_totals(problem, &answer.after),
        blocked: answer.is_blocked(),
        rows: answer.rows.iter().map(change).collect(),
    }
}

/// The messages of obstacles.
///
/// # Panics
/// If they are not of `problem`.
#[must_use]
pub fn obstacles(problem: &Problem, obstacles: &[Obstacle]) -> Vec<v1::Obstacle> {
    let raised = |&(row, amount): &(colocate_model::Row, i64)| v1::RaisedRow {
        row: Some(v1::Row { words: raised_words(problem, row, amount), ..row::row(problem, row) }),
        amount,
    };
    let relaxation = |relaxation: &RowRelaxation| v1::RowRelaxation {
        rows: relaxation.rows.iter().map(raised).collect(),
        weight_ppm: relaxation.weight,
        proof: relaxation.proof.number(),
        solved: relaxation.solved.number(),
    };
    let obstacle = |obstacle: &Obstacle| v1::Obstacle {
        violations: row::violations(problem, &obstacle.violations),
        blocked: obstacle.blocked.iter().map(|change| alternative(problem, change)).collect(),
        relaxations: obstacle.relaxations.iter().map(relaxation).collect(),
    };
    obstacles.iter().map(obstacle).collect()
}

/// The answer that an explanation is.
///
/// # Panics
/// If it is not of `problem`.
#[must_use]
pub fn explained(problem: &Problem, explained: &Explained, solve_id: String) -> v1::ExplainResponse {
    v1::ExplainResponse {
        solve_id,
        plan_hash: explained.plan_hash.clone(),
        initial_objective: goal_totals(problem, &explained.before),
        objective: goal_totals(problem, &explained.after),
        directives: contributions(problem, &explained.contributions, &explained.steps),
        why_not: explained.why_not.iter().map(|answer| why_not(problem, answer)).collect(),
        not_asked: explained.not_asked as u64,
        what_if: explained.what_if.as_ref().map(|answer| what_if(problem, answer)),
        obstacles: obstacles(problem, &explained.obstacles),
    }
}

/// The obstacles of messages of a server.
///
/// # Errors
/// Names, words and numbers that there are not.
pub fn obstacles_from_wire(messages: &[v1::Obstacle], problem: &Problem) -> Result<Vec<Obstacle>, Faults> {
    let mut faults = Faults::default();
    let names = Names::new(problem);
    let found = obstacles_at(messages, &names, &mut At::new(Document::Answer, &mut faults), "/obstacles");
    faults.into_result(found)
}

pub(super) fn obstacles_at(
    messages: &[v1::Obstacle],
    names: &Names<'_>,
    at: &mut At<'_>,
    place: &str,
) -> Vec<Obstacle> {
    let mut found = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        let place = format!("{place}/{index}");
        let violations =
            row::violations_at(&message.violations, names, at, format_args!("{place}/violations"));
        let mut blocked = Vec::with_capacity(message.blocked.len());
        for (order, change) in message.blocked.iter().enumerate() {
            blocked.extend(explanation_at(change, names, at, format_args!("{place}/blocked/{order}")));
        }
        let mut relaxations = Vec::with_capacity(message.relaxations.len());
        for (order, relaxation) in message.relaxations.iter().enumerate() {
            let place = format!("{place}/relaxations/{order}");
            relaxations.extend(relaxation_at(relaxation, names, at, &place));
        }
        found.push(Obstacle { violations, blocked, relaxations });
    }
    found
}

fn explanation_at(
    change: &v1::Alternative,
    names: &Names<'_>,
    at: &mut At<'_>,
    place: impl Display,
) -> Option<Explanation> {
    let component = names.component(&change.component_id, at, format_args!("{place}/component_id"));
    let target = names.host(&change.target_host, at, format_args!("{place}/target_host"));
    let terms = terms_at(&change.change, at, format_args!("{place}/change"));
    let blocked_by = row::violations_at(&change.blocked_by, names, at, format_args!("{place}/blocked_by"));
    Some(Explanation { component: component?, target: target?, change: terms, blocked_by })
}

fn relaxation_at(
    relaxation: &v1::RowRelaxation,
    names: &Names<'_>,
    at: &mut At<'_>,
    place: &str,
) -> Option<RowRelaxation> {
    let mut rows = Vec::with_capacity(relaxation.rows.len());
    for (index, raised) in relaxation.rows.iter().enumerate() {
        match &raised.row {
            None => {
                let place = format_args!("{place}/rows/{index}/row").to_string();
                at.add(place, FaultCode::MissingField, "`row` is missing", "add the field `row`");
            }
            Some(message) => {
                let row = row::from_wire(message, names, at, format_args!("{place}/rows/{index}/row"));
                rows.extend(row.map(|row| (row, raised.amount)));
            }
        }
    }
    let document = at.document;
    let proof = super::word(relaxation.proof, document, format_args!("{place}/proof"), at.faults);
    let solved = super::word(relaxation.solved, document, format_args!("{place}/solved"), at.faults);
    // What a server does not say of its proof is not proven.
    let (proof, solved) = (proof.unwrap_or(Proof::Found), solved.unwrap_or(Status::Unknown));
    Some(RowRelaxation { rows, weight: relaxation.weight_ppm, proof, solved })
}
