//! The least relaxation that lets a limit hold, or a problem have a placement at all.

mod proof;
mod soften;
mod variants;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use colocate_model::{
    Checker, Cost, Goal, Placement, Problem, Proof, Row, RowRelaxation, Status, Term, Terms, Tolerance,
};

use super::relax::{relax, shared, weight};
use crate::search::SearchParams;
use crate::solve::placed;
use crate::stop::Stop;

/// Rows raised together; more are no advice.
const MOST_ROWS: usize = 8;
/// Relaxations named.
const NAMED: usize = 3;
/// Halvings of the amount of a row.
const HALVINGS: usize = 5;

/// What is to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Every component has a host.
    Placed,
    /// A limit, at all its steps.
    Limit(Row),
}

/// A placement that meets the target, and what has to be raised for it.
#[derive(Debug, Clone)]
struct Candidate {
    placement: Placement,
    rows: Vec<(Row, i64)>,
}

/// Relaxations under which `target` holds, the least first; each is confirmed: in the relaxed problem the checker
/// accepts a placement that meets the target.
///
/// A placement of the least excess over all rows is searched for in several neighbourhoods: the rules as they are,
/// budgets lifted, ties lifted (pins, moves in progress, groups), and every row broken at a price. Then rows are left
/// out and amounts halved as long as the relaxed problem can still be solved. What is not confirmed until `stop` is not
/// named.
pub(super) fn relaxations(
    problem: &Problem,
    base: &Placement,
    target: Target,
    params: &SearchParams,
    stop: &Stop,
) -> Vec<RowRelaxation> {
    let finder = Finder { problem, target, params, stop, checker: Checker::new(problem) };
    if stop.reason().is_some() {
        return Vec::new();
    }
    let mut found: Vec<(Cost, Candidate)> = Vec::new();
    for placement in finder.placements(base) {
        if stop.reason().is_some() {
            break;
        }
        let Some(candidate) = finder.candidate(placement) else { continue };
        let candidate = finder.shrink(candidate);
        if candidate.rows.is_empty() {
            // Nothing is less than nothing.
            return finder.confirm(&candidate).into_iter().collect();
        }
        if found.iter().all(|(_, known)| known.rows != candidate.rows) {
            found.push((finder.weight(&candidate.rows), candidate));
        }
    }
    found.sort_by(|a, b| (a.0, &a.1.rows).cmp(&(b.0, &b.1.rows)));
    found.truncate(NAMED);
    found.into_iter().filter_map(|(_, candidate)| finder.confirm(&candidate)).collect()
}

struct Finder<'a> {
    problem: &'a Problem,
    target: Target,
    params: &'a SearchParams,
    stop: &'a Stop,
    checker: Checker<'a>,
}

impl Finder<'_> {
    /// Placements that meet the target, or break rows at a low price.
    fn placements(&self, base: &Placement) -> Vec<Placement> {
        let mut placements = vec![base.clone()];
        if self.stop.reason().is_some() {
            return placements;
        }
        let variants =
            [Some(self.problem.clone()), variants::unbudgeted(self.problem), variants::untied(self.problem)];
        placements.extend(variants.iter().flatten().filter_map(|variant| self.settle(variant)));
        let soft = self.focused(self.problem);
        let softened = soften::soften(&soft, base, self.target, self.stop);
        if self.target == Target::Placed && self.stop.reason().is_none() {
            placements.extend(soften::refine(&soft, &softened, self.params, self.stop));
        }
        placements.push(softened);
        placements
    }

    /// `problem` with violation as the only goal, in which only the target's rows are violated at the start: other
    /// rows have what they exceed at the start as their limit, which changes nothing in what is feasible.
    fn focused(&self, problem: &Problem) -> Problem {
        let start = Checker::new(problem).check(&problem.initial_placement());
        let others = start.violations.iter().filter(|violation| {
            violation.row.is_elastic() && self.target != Target::Limit(shared(violation.row))
        });
        let others: Vec<(Row, i64)> = others.map(|violation| (violation.row, violation.excess)).collect();
        let mut focused = relax(problem, &others);
        let mut factors = Terms::ZERO;
        factors.add(Term::Violation, 1);
        focused.policy.goals = vec![Goal { factors, tolerance: Tolerance::default() }];
        focused.policy.payback = false;
        focused
    }

    /// A feasible placement of `problem` with as little violation of the target as the search finds.
    fn settle(&self, problem: &Problem) -> Option<Placement> {
        if self.stop.reason().is_some() {
            return None;
        }
        placed(&self.focused(problem), self.params, self.stop)
    }

    /// Whether `placement` is feasible in `problem` and meets the target.
    fn accepts(&self, problem: &Problem, placement: &Placement) -> bool {
        let verdict = Checker::new(problem).check(placement);
        let passed = |row: Row| self.target == Target::Limit(shared(row));
        verdict.is_feasible() && !verdict.violations.iter().any(|violation| passed(violation.row))
    }

    /// What has to be raised so that `placement` is feasible and meets the target; `None` where that is not to be had.
    fn candidate(&self, placement: Placement) -> Option<Candidate> {
        let verdict = self.checker.check(&placement);
        let mut amounts: BTreeMap<Row, (i64, Row)> = BTreeMap::new();
        let passed = verdict.violations.iter().filter(|v| self.target == Target::Limit(shared(v.row)));
        for violation in verdict.broken.iter().chain(passed) {
            if matches!(violation.row, Row::Unplaced { .. }) {
                return None;
            }
            let known = amounts.entry(shared(violation.row)).or_insert((0, violation.row));
            if violation.excess > known.0 {
                *known = (violation.excess, violation.row);
            }
        }
        let mut rows: Vec<(Row, i64)> = amounts.into_values().map(|(amount, row)| (row, amount)).collect();
        if rows.len() > MOST_ROWS {
            return None;
        }
        rows.sort_by_key(|&(row, amount)| (Reverse(weight(self.problem, row, amount)), row));
        Some(Candidate { placement, rows })
    }

    /// A placement that meets the target when `rows` are raised, if the search finds one.
    fn attempt(&self, rows: &[(Row, i64)]) -> Option<Placement> {
        let relaxed = relax(self.problem, rows);
        self.settle(&relaxed).filter(|placement| self.accepts(&relaxed, placement))
    }

    /// Leaves rows out and halves amounts as long as the target can be met, the heaviest row first.
    fn shrink(&self, mut candidate: Candidate) -> Candidate {
        let mut index = 0;
        while index < candidate.rows.len() && self.stop.reason().is_none() {
            let mut rows = candidate.rows.clone();
            rows.remove(index);
            match self.attempt(&rows) {
                Some(placement) => candidate = Candidate { placement, rows },
                None => index += 1,
            }
        }
        for index in 0..candidate.rows.len() {
            if self.stop.reason().is_some() {
                break;
            }
            let (mut enough, mut too_little) = (candidate.rows[index].1, 0);
            for _ in 0..HALVINGS {
                let middle = too_little + (enough - too_little) / 2;
                if middle == too_little {
                    break;
                }
                let mut rows = candidate.rows.clone();
                rows[index].1 = middle;
                match self.attempt(&rows) {
                    Some(placement) => {
                        candidate = Candidate { placement, rows };
                        enough = middle;
                    }
                    None => too_little = middle,
                }
            }
            self.trim(&mut candidate, index);
        }
        candidate
    }

    /// Lowers an amount to what the placement needs.
    fn trim(&self, candidate: &mut Candidate, index: usize) {
        let (row, amount) = candidate.rows[index];
        let verdict = self.checker.check(&candidate.placement);
        let needed =
            verdict.violations.iter().filter(|v| shared(v.row) == shared(row)).map(|v| v.excess).max();
        let Some(needed) = needed.filter(|&needed| needed < amount) else { return };
        let mut rows = candidate.rows.clone();
        rows[index].1 = needed;
        if self.accepts(&relax(self.problem, &rows), &candidate.placement) {
            candidate.rows = rows;
        }
    }

    fn weight(&self, rows: &[(Row, i64)]) -> Cost {
        rows.iter().fold(0, |sum: Cost, &(row, amount)| sum.saturating_add(weight(self.problem, row, amount)))
    }

    /// Solves the relaxed problem; `None` where the checker does not accept the placement there.
    fn confirm(&self, candidate: &Candidate) -> Option<RowRelaxation> {
        let relaxed = relax(self.problem, &candidate.rows);
        if self.stop.reason().is_some() || !self.accepts(&relaxed, &candidate.placement) {
            return None;
        }
        let found = self.settle(&relaxed);
        let reached = found.is_some_and(|placement| self.accepts(&relaxed, &placement));
        let weight = self.weight(&candidate.rows);
        let proven = proof::is_least(self.problem, self.target, &candidate.rows, weight);
        Some(RowRelaxation {
            rows: candidate.rows.clone(),
            weight,
            proof: if proven { Proof::Proven } else { Proof::Found },
            solved: if reached { Status::Feasible } else { Status::Unknown },
        })
    }
}
