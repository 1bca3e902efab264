//! The naive checker: judges any placement from scratch, row by row and term by term of `docs/model.md`.
//!
//! It keeps no state between placements and shares no code with the solver's incremental evaluation, which it
//! is there to catch out.

#[cfg(test)]
pub(crate) mod fixture;
mod tally;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::constraint;
use crate::objective;
use crate::placement::Placement;
use crate::problem::Problem;
use crate::routing::Router;
use crate::score::{Score, Term, Terms};
use crate::violation::{Row, Violation};

pub(crate) use tally::Tally;

/// What the checker says about a placement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The value of every term.
    pub terms: Terms,
    /// The totals of the goals.
    pub score: Score,
    /// Every row with an excess, in order of row.
    pub violations: Vec<Violation>,
    /// Those that exceed more than they may: an elastic row more than at the start, any other at all.
    pub broken: Vec<Violation>,
}

impl Verdict {
    /// Whether no row exceeds more than it may.
    #[must_use]
    pub fn is_feasible(&self) -> bool {
        self.broken.is_empty()
    }
}

/// Judges `placement` once; [`Checker`] is for many placements of one problem.
///
/// Time O(components x dimensions + the flows of the edges).
///
/// # Panics
/// If the placement is not one of as many components as the problem has.
#[must_use]
pub fn check(problem: &Problem, placement: &Placement) -> Verdict {
    Checker::new(problem).check(placement)
}

/// A checker that knows the excess every row has at the start.
#[derive(Debug)]
pub struct Checker<'a> {
    problem: &'a Problem,
    router: Router,
    at_start: BTreeMap<Row, i64>,
}

impl<'a> Checker<'a> {
    /// A checker of placements of `problem`.
    #[must_use]
    pub fn new(problem: &'a Problem) -> Self {
        let router = Router::new(problem);
        let start = problem.initial_placement();
        let violations = constraint::violations(&Tally::new(problem, &start, &router));
        let at_start = violations.iter().map(|violation| (violation.row, violation.excess)).collect();
        Self { problem, router, at_start }
    }

    /// Judges `placement`.
    ///
    /// # Panics
    /// If the placement is not one of as many components as the problem has.
    #[must_use]
    pub fn check(&self, placement: &Placement) -> Verdict {
        assert_eq!(
            placement.len(),
            self.problem.components.len(),
            "a placement has as many components as its problem"
        );
        let tally = Tally::new(self.problem, placement, &self.router);
        let violations = constraint::violations(&tally);
        let mut terms = objective::terms(&tally);
        terms.add(Term::Violation, violations.iter().map(|violation| violation.ppm).sum());
        let broken = violations.iter().filter(|violation| self.is_worse(violation)).copied().collect();
        Verdict { terms, score: Score::new(&self.problem.policy.goals, &terms), violations, broken }
    }

    /// Whether the row exceeds more than it may.
    fn is_worse(&self, violation: &Violation) -> bool {
        let allowed = match self.at_start.get(&violation.row) {
            Some(&excess) if violation.row.is_elastic() => excess,
            _ => 0,
        };
        violation.excess > allowed
    }
}

#[cfg(test)]
mod tests {
    use super::fixture::{draft, moved, serve};
    use super::*;

    #[test]
    fn an_elastic_row_may_stay_as_bad_as_it_was_but_not_get_worse() {
        let mut draft = draft(2);
        draft.hosts[0].capacity.insert("cpu".into(), 15);
        serve(&mut draft, "web", &[Some(0), Some(0), Some(1)]);
        let problem = draft.build().unwrap();
        let checker = Checker::new(&problem);
        let start = checker.check(&problem.initial_placement());
        assert!(start.is_feasible());
        // 5 of 15, in ppm, rounded up.
        assert_eq!((start.violations.len(), start.terms.get(Term::Violation)), (1, 333_334));
        assert!(checker.check(&moved(&problem, &[(0, 1)])).violations.is_empty());
        let worse = checker.check(&moved(&problem, &[(2, 0)]));
        assert_eq!(worse.broken, worse.violations);
        assert!(!worse.is_feasible() && worse.score > start.score);
    }

    #[test]
    fn violations_come_in_order_of_row() {
        let mut draft = draft(2);
        draft.hosts.iter_mut().for_each(|host| _ = host.capacity.insert("cpu".into(), 5));
        serve(&mut draft, "web", &[Some(1), Some(0), Some(0)]).anti_affinity = Some("host".into());
        let problem = draft.build().unwrap();
        let violations = check(&problem, &problem.initial_placement()).violations;
        assert_eq!(violations.len(), 3);
        assert!(violations.is_sorted_by_key(|violation| violation.row));
    }
}
