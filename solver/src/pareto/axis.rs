//! The axes of a front: terms of the objective, and the number of moves.

use std::collections::BTreeMap;

use colocate_model::{ClassId, Cost, HostId, Placement, Problem, Term, Terms};

/// What is traded against something else; less is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Axis {
    /// A term of the objective, unweighted.
    Term(Term),
    /// Directives: the sum over classes of interchangeable components and hosts of max(0, new - old).
    Moves,
}

impl Axis {
    /// Every axis.
    pub const ALL: [Self; Term::ALL.len() + 1] = {
        let mut all = [Self::Moves; Term::ALL.len() + 1];
        let mut index = 0;
        while index < Term::ALL.len() {
            all[index] = Self::Term(Term::ALL[index]);
            index += 1;
        }
        all
    };

    /// The name: that of the term, or `moves`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Term(term) => term.name(),
            Self::Moves => "moves",
        }
    }

    /// The axis of that name; `locality` is another word for latency.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        if name == "locality" {
            return Some(Self::Term(Term::Latency));
        }
        Self::ALL.into_iter().find(|axis| axis.name() == name)
    }

    /// The term, where it is one.
    pub(super) const fn term(self) -> Option<Term> {
        match self {
            Self::Term(term) => Some(term),
            Self::Moves => None,
        }
    }

    /// The value of a placement with these terms.
    pub(super) fn value(self, problem: &Problem, placement: &Placement, terms: &Terms) -> Cost {
        match self {
            Self::Term(term) => terms.get(term),
            Self::Moves => moves(problem, placement),
        }
    }

    /// Where the volume that the front dominates ends: the value of the start, which has these terms; of moves, the
    /// number of components that may move.
    pub(super) fn reference(self, problem: &Problem, start: &Terms) -> Cost {
        match self {
            Self::Term(term) => start.get(term),
            Self::Moves => problem.components.iter().filter(|c| c.is_settled() && !c.pinned).count() as Cost,
        }
    }
}

/// Moves as the budgets count them (C8).
fn moves(problem: &Problem, placement: &Placement) -> Cost {
    let mut nets: BTreeMap<(ClassId, HostId), Cost> = BTreeMap::new();
    for (id, host) in placement.iter() {
        let component = problem.component(id);
        if !component.is_settled() || host == component.initial {
            continue;
        }
        for (end, sign) in [(host, 1), (component.initial, -1)] {
            if let Some(end) = end {
                *nets.entry((component.class, end)).or_default() += sign;
            }
        }
    }
    nets.into_values().map(|net| net.max(0)).sum()
}

#[cfg(test)]
mod tests {
    use colocate_generator::{every_placement, tiny};
    use colocate_model::{Row, check};

    use super::*;

    #[test]
    fn names_lead_back_to_their_axes() {
        for axis in Axis::ALL {
            assert_eq!(Axis::from_name(axis.name()), Some(axis));
        }
        assert_eq!(Axis::from_name("locality"), Some(Axis::Term(Term::Latency)));
        assert_eq!(Axis::from_name("Moves"), None);
    }

    #[test]
    fn moves_are_what_a_budget_just_allows() {
        let mut moved = 0;
        for seed in 0..100 {
            let mut problem = tiny(seed).build().expect("generated drafts are valid");
            for placement in every_placement(&problem).step_by(29).take(8).collect::<Vec<_>>() {
                let count = moves(&problem, &placement);
                let over = |problem: &Problem| {
                    let broken = check(problem, &placement).broken;
                    broken.iter().find(|v| v.row == Row::MoveBudget).map(|v| v.excess)
                };
                problem.policy.budgets.moves = Some(count);
                assert_eq!(over(&problem), None, "seed {seed}");
                if count > 0 {
                    problem.policy.budgets.moves = Some(count - 1);
                    assert_eq!(over(&problem), Some(1), "seed {seed}");
                    moved += 1;
                }
            }
        }
        assert!(moved > 40, "{moved}");
    }
}
