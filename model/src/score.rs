//! Terms, goals and the lexicographic score.

use serde::{Deserialize, Serialize};

use crate::quantity::Cost;

/// A term of the objective.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// Excess over rows that were violated at the start, in parts per million.
    Violation,
    /// Load above the soft limits.
    Overload,
    /// Calls x path latency.
    Latency,
    /// Bytes x price of the path.
    NetworkCost,
    /// Power x price.
    Energy,
    /// What the moves cost, once.
    Migration,
    /// ROADEF's balance triples and the highest utilisation of each resource.
    Balance,
}

impl Term {
    /// Every term.
    pub const ALL: [Self; 7] = [
        Self::Violation,
        Self::Overload,
        Self::Latency,
        Self::NetworkCost,
        Self::Energy,
        Self::Migration,
        Self::Balance,
    ];

    /// The name used in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Violation => "violation",
            Self::Overload => "overload",
            Self::Latency => "latency",
            Self::NetworkCost => "network_cost",
            Self::Energy => "energy",
            Self::Migration => "migration",
            Self::Balance => "balance",
        }
    }

    /// The term of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|term| term.name() == name)
    }

    /// Whether it is an amount per hour, as opposed to one paid once.
    #[must_use]
    pub const fn is_running(self) -> bool {
        !matches!(self, Self::Migration | Self::Violation)
    }
}

/// The value of every term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Terms([Cost; Term::ALL.len()]);

impl Terms {
    /// All zero.
    pub const ZERO: Self = Self([0; Term::ALL.len()]);

    /// The value of `term`.
    #[must_use]
    #[inline]
    pub const fn get(&self, term: Term) -> Cost {
        self.0[term as usize]
    }

    /// Adds to the value of `term`.
    #[inline]
    pub const fn add(&mut self, term: Term, amount: Cost) {
        self.0[term as usize] += amount;
    }
}

/// A goal: the weighted sum of terms that one phase minimises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Goal {
    /// Per term, weight x payback factor: what one unit of the term counts.
    pub factors: Terms,
    /// What later goals may give up of this one.
    pub tolerance: Tolerance,
}

impl Goal {
    /// The total of the goal.
    #[must_use]
    #[inline]
    pub fn total(&self, terms: &Terms) -> Cost {
        self.factors.0.iter().zip(&terms.0).map(|(factor, value)| factor * value).sum()
    }

    /// Whether `term` counts in it.
    #[must_use]
    pub fn has(&self, term: Term) -> bool {
        self.factors.get(term) != 0
    }

    /// The terms that count in it.
    pub fn terms(&self) -> impl Iterator<Item = Term> + '_ {
        Term::ALL.into_iter().filter(|&term| self.has(term))
    }
}

/// What later phases may give up of a goal that has been optimised.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tolerance {
    /// In units of the goal.
    pub absolute: Cost,
    /// In parts per million of the total reached.
    pub relative_ppm: i64,
}

impl Tolerance {
    /// The highest total allowed after `reached`.
    #[must_use]
    pub fn limit(&self, reached: Cost) -> Cost {
        let relative = i128::from(reached.abs()) * i128::from(self.relative_ppm) / i128::from(crate::PPM);
        reached.saturating_add(self.absolute.max(relative as Cost))
    }
}

/// The totals of the goals, the most important first; less is better.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Score {
    /// One total a goal.
    pub totals: Vec<Cost>,
}

impl Score {
    /// The score of `terms` under `goals`.
    #[must_use]
    pub fn new(goals: &[Goal], terms: &Terms) -> Self {
        Self { totals: goals.iter().map(|goal| goal.total(terms)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn earlier_goals_decide() {
        let score = |totals: &[Cost]| Score { totals: totals.to_vec() };
        assert!(score(&[0, 9]) < score(&[1, 0]));
        assert!(score(&[1, 1]) < score(&[1, 2]));
    }

    #[test]
    fn tolerance_takes_the_larger_of_its_two_parts() {
        let tolerance = Tolerance { absolute: 3, relative_ppm: 10_000 };
        assert_eq!(tolerance.limit(100), 103);
        assert_eq!(tolerance.limit(1000), 1010);
    }
}
