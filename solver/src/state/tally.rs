//! What the trackers add up: the terms and the rows worse than allowed.

use colocate_model::{Cost, PPM, Problem, Term, Terms};

/// Terms and broken rows.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    terms: Terms,
    /// Rows worse than at the start, and rows that must hold and do not.
    broken: i64,
    unplaced: i64,
    active: [bool; Term::ALL.len()],
}

impl Tally {
    /// Nothing yet; only terms that some goal counts are kept.
    pub(super) fn new(problem: &Problem) -> Self {
        let goals = &problem.policy.goals;
        let active = Term::ALL.map(|term| goals.iter().any(|goal| goal.has(term)));
        Self { terms: Terms::ZERO, broken: 0, unplaced: 0, active }
    }

    pub(super) fn terms(&self) -> &Terms {
        &self.terms
    }

    #[inline]
    pub(super) fn add(&mut self, term: Term, amount: Cost) {
        if self.active[term as usize] {
            self.terms.add(term, amount);
        }
    }

    #[inline]
    pub(super) fn add_broken(&mut self, rows: i64) {
        self.broken += rows;
    }

    #[inline]
    pub(super) fn unplaced(&mut self, more: i64) {
        self.unplaced += more;
        self.add(Term::Violation, more * PPM);
    }

    #[inline]
    pub(super) fn breaks_nothing(&self) -> bool {
        self.broken == 0
    }

    #[inline]
    pub(super) fn is_sound(&self) -> bool {
        self.broken == 0 && self.unplaced == 0
    }

    #[inline]
    pub(super) fn is_safe(&self) -> bool {
        self.broken == 0
    }

    /// Whether `terms` agrees in everything that is kept.
    pub(super) fn matches(&self, terms: &Terms) -> bool {
        Term::ALL
            .into_iter()
            .all(|term| !self.active[term as usize] || self.terms.get(term) == terms.get(term))
    }
}
