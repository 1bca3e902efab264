//! The Pareto front of two or three axes.

use crate::outcome::{Blocker, Status, StopReason};
use crate::placement::Placement;
use crate::quantity::Cost;
use crate::score::{Goal, Term, Terms};

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
    #[must_use]
    pub const fn term(self) -> Option<Term> {
        match self {
            Self::Term(term) => Some(term),
            Self::Moves => None,
        }
    }
}

/// The volume between the points of a front and a reference point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hypervolume {
    /// In products of the units of the axes; `None` where it exceeds 128 bits.
    pub volume: Option<i128>,
    /// The share of the box between zero and the reference point, 0 to 1: larger is better.
    pub share: f64,
}

/// What is known about a point of a front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certificate {
    /// It is proven that no placement dominates it.
    Certified,
    /// It is the best that was found.
    Heuristic,
}

/// A placement on the front.
#[derive(Debug, Clone)]
pub struct FrontPoint {
    /// Its value on every axis.
    pub values: Vec<Cost>,
    /// All its terms.
    pub terms: Terms,
    /// The placement; it has passed the naive checker.
    pub placement: Placement,
    /// What is known about it.
    pub certificate: Certificate,
}

/// A goal that comes before the axes, and the most that points of the front have of it.
#[derive(Debug, Clone)]
pub struct Held {
    /// The goal.
    pub goal: Goal,
    /// Its total may be no more.
    pub limit: Cost,
}

/// Points none of which dominates another.
#[derive(Debug, Clone)]
pub struct Front {
    /// The axes.
    pub axes: Vec<Axis>,
    /// The points, in order of their values.
    pub points: Vec<FrontPoint>,
    /// The position of the knee, where there is one.
    pub knee: Option<usize>,
    /// The values of the start.
    pub start: Vec<Cost>,
    /// The point up to which volume is measured.
    pub reference: Vec<Cost>,
    /// The volume between the front and that point.
    pub hypervolume: Hypervolume,
    /// The goals that come before the axes.
    pub held: Vec<Held>,
    /// Without points: whether it is proven that there are none.
    pub status: Status,
    /// What blocks, when infeasible.
    pub blockers: Vec<Blocker>,
    /// Why it stopped.
    pub stop_reason: StopReason,
    /// Problems solved.
    pub solves: usize,
    /// Steps of all searches.
    pub iterations: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_axes() {
        for axis in Axis::ALL {
            assert_eq!(Axis::from_name(axis.name()), Some(axis));
        }
        assert_eq!(Axis::from_name("locality"), Some(Axis::Term(Term::Latency)));
        assert_eq!(Axis::from_name("Moves"), None);
    }
}
