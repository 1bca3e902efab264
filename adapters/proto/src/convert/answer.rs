//! The answer of a solve: made by a server, received by a client.

use colocate_files::PlanDocument;
use colocate_model::{
    Bound, Document, FaultCode, Faults, Incumbent, Obstacle, Plan, Problem, Relaxation, Solved, Status,
    StopReason, Terms, Violation,
};

use super::names::{At, Names};
use super::outcome::{self, blockers_at, in_range, placement_at, totals_at};
use super::words::Word;
use super::{explanation, fault, plan, row, word};
use crate::v1;

/// The parts of an answer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The name of the call.
    pub solve_id: String,
    /// What was solved.
    pub problem: &'a Problem,
    /// Terms at the start.
    pub start: &'a Terms,
    /// What was found; `None` for the threshold rule.
    pub solved: Option<&'a Solved>,
    /// The plan that carries it out.
    pub plan: Option<&'a PlanDocument>,
    /// What the threshold rule would break.
    pub violations: &'a [Violation],
    /// What blocks where no placement was found.
    pub obstacles: &'a [Obstacle],
    /// Inputs that are too old.
    pub warnings: &'a Faults,
    /// Time from the arrival of the request.
    pub wall_s: f64,
}

/// The message of an answer.
///
/// # Panics
/// If a part is not of the problem.
#[must_use]
pub fn solve_response(answer: Answer<'_>) -> v1::SolveResponse {
    let Answer { problem, solved, .. } = answer;
    let incumbent = solved.and_then(|solved| solved.incumbent.as_ref());
    let bounds = solved.map_or(&[][..], |solved| &solved.bounds);
    v1::SolveResponse {
        solve_id: answer.solve_id,
        status: solved.map_or(0, |solved| solved.status.number()),
        stop_reason: solved.map_or(0, |solved| solved.stop_reason.number()),
        objective: incumbent.map(|found| outcome::goal_totals(problem, &found.terms)).unwrap_or_default(),
        initial_objective: outcome::goal_totals(problem, answer.start),
        bound: outcome::bounds(bounds),
        gap: solved.map(outcome::gaps).unwrap_or_default(),
        iterations: solved.map_or(0, |solved| solved.iterations),
        placement: incumbent.map(|found| outcome::placement_to_wire(&found.placement, problem)),
        plan: answer.plan.map(|document| plan(document, problem, bounds, answer.violations)),
        blockers: solved.map(|solved| outcome::blockers(problem, &solved.blockers)).unwrap_or_default(),
        obstacles: explanation::obstacles(problem, answer.obstacles),
        warnings: fault::faults(answer.warnings),
        wall_s: answer.wall_s,
    }
}

/// An answer as it was received.
///
/// Names and words are those of the problem, and a placement is complete. Numbers are the server's: whoever acts on
/// them checks the placement and adds them up again.
#[derive(Debug, Clone)]
pub struct ReceivedAnswer {
    /// The name of the call.
    pub solve_id: String,
    /// What was found; `None` for the threshold rule.
    pub solved: Option<Solved>,
    /// Terms at the start.
    pub start: Terms,
    /// The plan.
    pub plan: Option<Plan>,
    /// The plan as it is written.
    pub document: Option<PlanDocument>,
    /// What a plan that is not executable would break.
    pub violations: Vec<Violation>,
    /// What blocks where no placement was found.
    pub obstacles: Vec<Obstacle>,
    /// Inputs that are too old.
    pub warnings: Faults,
    /// Time that the server took.
    pub wall_s: f64,
}

/// What an answer says about `problem`.
///
/// # Errors
/// Names, words and numbers that there are not, and a placement that is not complete.
pub fn receive(response: v1::SolveResponse, problem: &Problem) -> Result<ReceivedAnswer, Faults> {
    let mut faults = Faults::default();
    let names = Names::new(problem);
    let status = word::<Status>(response.status, Document::Answer, "/status", &mut faults);
    let stop_reason = word::<StopReason>(response.stop_reason, Document::Answer, "/stop_reason", &mut faults);
    let bounds = bounds(&response.bound, &mut faults);
    let mut at = At::new(Document::Answer, &mut faults);
    let (start, _) = totals_at(&response.initial_objective, problem, &mut at, "/initial_objective");
    let incumbent = response.placement.as_ref().map(|placement| {
        let (terms, score) = totals_at(&response.objective, problem, &mut at, "/objective");
        Incumbent { placement: placement_at(placement, &names, &mut at, "/placement/hosts"), terms, score }
    });
    agree(status, incumbent.as_ref(), problem, &mut at);
    let obstacles = explanation::obstacles_at(&response.obstacles, &names, &mut at, "/obstacles");
    let blockers = blockers_at(&response.blockers, &names, &mut at, "/blockers");
    let (mut document, mut violations) = (None, Vec::new());
    if let Some(plan) = response.plan {
        violations = row::violations_at(&plan.violations, &names, &mut at, "/plan/violations");
        match plan::plan_document(plan, problem) {
            Ok(plan) => document = Some(plan),
            Err(more) => faults.0.extend(more.0),
        }
    }
    let mut at = At::new(Document::Plan, &mut faults);
    let plan = document.as_ref().map(|document| plan::to_model_at(document, &names, &mut at));
    let solved = status.map(|status| Solved {
        status,
        incumbent,
        bounds,
        // A server of a later version may have other reasons.
        stop_reason: stop_reason.unwrap_or(StopReason::Finished),
        iterations: response.iterations,
        blockers,
    });
    let wall_s = if response.wall_s.is_finite() { response.wall_s.max(0.0) } else { 0.0 };
    faults.into_result(ReceivedAnswer {
        solve_id: response.solve_id,
        solved,
        start,
        plan,
        document,
        violations,
        obstacles,
        warnings: fault::faults_from_wire(response.warnings),
        wall_s,
    })
}

fn bounds(messages: &[v1::GoalBound], faults: &mut Faults) -> Vec<Option<Bound>> {
    let mut bounds = Vec::with_capacity(messages.len());
    for (index, message) in messages.iter().enumerate() {
        let place = format_args!("/bound/{index}/relaxation").to_string();
        let relaxation = word::<Relaxation>(message.relaxation, Document::Answer, place, faults);
        let mut at = At::new(Document::Answer, faults);
        let value = message.value.map(|value| in_range(value, &mut at, format_args!("/bound/{index}/value")));
        if value.is_some() && message.relaxation == 0 {
            let place = format_args!("/bound/{index}/relaxation").to_string();
            at.add(place, FaultCode::MissingField, "a bound without what proved it", "add `relaxation`");
        }
        bounds.push(value.zip(relaxation).map(|(value, relaxation)| Bound { value, relaxation }));
    }
    bounds
}

/// Notes a status that does not fit the placement, and a placement with components that have no host.
fn agree(status: Option<Status>, incumbent: Option<&Incumbent>, problem: &Problem, at: &mut At<'_>) {
    let found = matches!(status, Some(Status::Optimal | Status::Feasible));
    match (found, incumbent) {
        (true, None) => {
            at.add("/placement", FaultCode::MissingField, "a status with a placement, but none", "ask again");
        }
        (false, Some(_)) => {
            at.add(
                "/placement",
                FaultCode::Contradiction,
                "a placement, and a status without one",
                "ask again",
            );
        }
        (true, Some(incumbent)) if at.faults.0.is_empty() => {
            let homeless = incumbent.placement.iter().find(|(_, host)| host.is_none());
            if let Some((component, _)) = homeless {
                let cause = format!("`{}` has no host", problem.component(component).name);
                at.add("/placement/hosts", FaultCode::Missing, cause, "ask again");
            }
        }
        _ => {}
    }
}
