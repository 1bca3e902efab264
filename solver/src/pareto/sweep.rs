//! The sweep: one problem after the other with caps on all axes but the first, each started from a neighbour.

use colocate_model::{Axis, Checker, Cost, Goal, Held, Placement, Problem, Solved, Term, Terms, Tolerance};

use super::archive::{Archive, Found, covers};
use super::axis;
use super::proof::{Proof, is_proven, proofs};
use super::zones::Zones;
use crate::milp::MilpBackend;
use crate::search::SearchParams;
use crate::solve::{Method, SolveError, improve, solve_with};
use crate::state::SearchState;
use crate::stop::{Progress, Stop};

/// Solves problems with caps and keeps what they find.
///
/// Caps have an entry an axis, [`Cost::MAX`] where the axis is free; that of the first axis is.
pub(super) struct Sweep<'a> {
    problem: &'a Problem,
    checker: Checker<'a>,
    /// The first is a term; where moves are among the others, they come first of them.
    axes: Vec<Axis>,
    /// The goals that come before the axes, and the most each may reach.
    leading: Vec<Goal>,
    limits: Vec<Cost>,
    /// Whether these limits are proven to be the least.
    limits_proven: bool,
    search: SearchParams,
    backend: &'a dyn MilpBackend,
    stop: &'a Stop,
    archive: Archive,
    /// Caps that were looked at, with the values of the best point within them.
    explored: Vec<(Vec<Cost>, Option<Vec<Cost>>)>,
    proofs: Vec<Proof>,
    /// Solves that are left, and those made.
    left: usize,
    solves: usize,
    iterations: u64,
}

/// What a sweep found.
#[derive(Debug)]
pub(super) struct Swept {
    /// The points, each with whether it is proven that none dominates it.
    pub(super) points: Vec<(Found, bool)>,
    pub(super) solves: usize,
    pub(super) iterations: u64,
}

/// The goals of `problem` before the first that counts one of `axes`; all of them where none does.
fn leading(problem: &Problem, axes: &[Axis]) -> Vec<Goal> {
    let counts = |goal: &Goal| axes.iter().filter_map(|axis| axis.term()).any(|term| goal.has(term));
    problem.policy.goals.iter().take_while(|&goal| !counts(goal)).cloned().collect()
}

/// A goal of one term.
fn goal(term: Term) -> Goal {
    let mut factors = Terms::ZERO;
    factors.add(term, 1);
    Goal { factors, tolerance: Tolerance::default() }
}

impl<'a> Sweep<'a> {
    /// At most `solves` of them; nothing is solved yet.
    pub(super) fn new(
        problem: &'a Problem,
        axes: Vec<Axis>,
        search: SearchParams,
        solves: usize,
        backend: &'a dyn MilpBackend,
        stop: &'a Stop,
    ) -> Self {
        Self {
            problem,
            checker: Checker::new(problem),
            leading: leading(problem, &axes),
            axes,
            limits: Vec::new(),
            limits_proven: true,
            search,
            backend,
            stop,
            archive: Archive::default(),
            explored: Vec::new(),
            proofs: Vec::new(),
            left: solves,
            solves: 0,
            iterations: 0,
        }
    }

    /// Finds the best point of the first axis, and the limits of the leading goals; what the solver says about it.
    pub(super) fn anchor(&mut self) -> Result<Solved, SolveError> {
        let (free, order) = (self.free(), self.order(0));
        let (problem, _) = self.capped(&free, &order);
        let stop = self.next_slice();
        let solved = solve_with(&problem, Method::Auto, &self.params(), self.backend, &stop)?;
        if let Some(incumbent) = &solved.incumbent {
            for (index, goal) in self.leading.iter().enumerate() {
                let total = incumbent.score.totals[index];
                self.limits.push(goal.tolerance.limit(total));
                self.limits_proven &= solved.bounds[index].is_some_and(|bound| bound.value == total);
            }
            self.learn(&solved, self.leading.len(), &order, &free);
            self.explore(&free);
            self.keep(&self.problem.initial_placement());
        }
        Ok(solved)
    }

    /// Finds the ends of the front: the least of every capped axis.
    pub(super) fn ends(&mut self) -> Result<(), SolveError> {
        for axis in 1..self.axes.len() {
            let free = self.free();
            let Some(least) = self.archive.least_within(axis, &free) else { return Ok(()) };
            if self.is_over() || least.values[axis] == 0 {
                continue;
            }
            let start = least.placement.clone();
            match self.axes[axis] {
                Axis::Term(_) => {
                    let stop = self.next_slice();
                    self.improve(&start, &free, &self.order(axis), &stop)?;
                }
                // The leading goals may take some moves; the search makes no others for them.
                Axis::Moves if !self.leading.is_empty() => {
                    let (problem, _) = self.capped(&free, &[]);
                    let stop = self.next_slice();
                    let solved = solve_with(&problem, Method::Auto, &self.params(), self.backend, &stop)?;
                    self.learn(&solved, self.leading.len(), &[], &free);
                }
                Axis::Moves => {}
            }
        }
        Ok(())
    }

    /// Looks everywhere, again and again with other seeds, until nothing new is found, or solves or time run out.
    pub(super) fn fill(&mut self) -> Result<(), SolveError> {
        while !self.is_over() && self.look_around()? {
            self.explored.clear();
        }
        Ok(())
    }

    /// Looks where the first axis changes most, until there is no place left to look; whether it found a new point.
    fn look_around(&mut self) -> Result<bool, SolveError> {
        let (mut low, mut high) = (Vec::new(), Vec::new());
        for axis in 0..self.axes.len() {
            let values = self.archive.points().iter().map(|found| found.values[axis]);
            let (Some(least), Some(most)) = (values.clone().min(), values.max()) else {
                return Ok(false);
            };
            low.push(if self.axes[axis] == Axis::Moves { 0 } else { least });
            high.push(most);
        }
        let mut zones = Zones::new(low, high);
        self.archive.points().iter().for_each(|found| zones.insert(&found.values));
        let mut found = false;
        while !self.is_over() {
            let best =
                |caps: &[Cost]| self.archive.least_within(0, &Self::full(caps)).map(|found| found.values[0]);
            let Some(target) = zones.next(best) else { break };
            if self.look(&target.caps)? {
                found = true;
                self.archive.points().iter().for_each(|found| zones.insert(&found.values));
            }
            zones.looked_at(&target);
        }
        Ok(found)
    }

    /// Minimises the first axis with `caps` on the others, unless that is known; whether it found a new point.
    pub(super) fn look(&mut self, caps: &[Cost]) -> Result<bool, SolveError> {
        let caps = Self::full(caps);
        let known = |(wider, best): &(Vec<Cost>, Option<Vec<Cost>>)| {
            covers(&caps, wider) && best.as_ref().is_none_or(|best| covers(best, &caps))
        };
        // No value is negative.
        if self.is_over() || caps.iter().any(|&cap| cap < 0) || self.explored.iter().any(known) {
            return Ok(false);
        }
        let stop = self.next_slice();
        let mut found = false;
        if self.archive.least_within(0, &caps).is_none() {
            found |= self.reach(&caps, &stop.slice(0.5))?;
        }
        if let Some(start) = self.archive.least_within(0, &caps) {
            let start = start.placement.clone();
            found |= self.improve(&start, &caps, &self.order(0), &stop)?;
        }
        self.explore(&caps);
        Ok(found)
    }

    /// Looks for a point within `caps` where none is known; whether it found a new one, within them or not.
    fn reach(&mut self, caps: &[Cost], stop: &Stop) -> Result<bool, SolveError> {
        let last = caps.len() - 1;
        let mut open = caps.to_vec();
        open[last] = Cost::MAX;
        // From what is within all caps but the last, towards that.
        if self.axes[last] != Axis::Moves
            && let Some(near) = self.archive.least_within(last, &open)
        {
            let start = near.placement.clone();
            return self.improve(&start, &open, &self.order(last), stop);
        }
        // Within fewer moves than any known point makes: from the start, as far as they take it.
        let order = self.order(if last > 1 { last } else { 0 });
        let (problem, _) = self.capped(if self.axes[1] == Axis::Moves { &caps[..2] } else { &[] }, &order);
        let solved = solve_with(&problem, Method::Auto, &self.params(), self.backend, stop)?;
        Ok(self.learn(&solved, self.leading.len(), &[], caps))
    }

    /// Minimises the axes of `order` one after the other within `caps`, from a placement within them; whether it found
    /// a new point.
    fn improve(
        &mut self,
        start: &Placement,
        caps: &[Cost],
        order: &[usize],
        stop: &Stop,
    ) -> Result<bool, SolveError> {
        let (problem, held) = self.capped(caps, order);
        let mut state = SearchState::new(&problem);
        state.restore(start);
        let params = self.params();
        let solved = improve(state, &held, Method::Auto, &params, self.backend, stop)?;
        Ok(self.learn(&solved, held.len(), order, caps))
    }

    /// The problem with the leading goals, the capped terms and the terms of `order` as goals, and the totals at which
    /// the first two are held. Moves are capped by the budget.
    fn capped(&self, caps: &[Cost], order: &[usize]) -> (Problem, Vec<Cost>) {
        let mut problem = self.problem.clone();
        let policy = &mut problem.policy;
        policy.payback = false;
        let (mut goals, mut held) = (self.leading.clone(), self.limits.clone());
        for (&axis, &cap) in self.axes.iter().zip(caps).filter(|(_, cap)| **cap != Cost::MAX) {
            match axis {
                Axis::Term(term) => {
                    goals.push(goal(term));
                    held.push(cap);
                }
                Axis::Moves => policy.budgets.moves = Some(policy.budgets.moves.map_or(cap, |m| m.min(cap))),
            }
        }
        goals.extend(order.iter().filter_map(|&axis| self.axes[axis].term()).map(goal));
        policy.goals = goals;
        (problem, held)
    }

    /// The terms among the axes, `first` before the others.
    fn order(&self, first: usize) -> Vec<usize> {
        let others = (0..self.axes.len()).filter(|&axis| axis != first && self.axes[axis] != Axis::Moves);
        std::iter::once(first).chain(others).collect()
    }

    /// Keeps what a solver found and proved; whether it is a new point.
    fn learn(&mut self, solved: &Solved, held: usize, order: &[usize], caps: &[Cost]) -> bool {
        self.solves += 1;
        self.iterations += solved.iterations;
        if self.limits_proven {
            self.proofs.extend(proofs(solved, held, order, caps));
        }
        let kept = solved.incumbent.as_ref().is_some_and(|incumbent| self.keep(&incumbent.placement));
        if let Some(best) = self.archive.least_within(0, &self.free()) {
            let (total, steps, placement) = (best.values[0], self.iterations, Some(&best.placement));
            self.stop.report(&Progress { goal: 0, total, steps, bound: None, placement });
        }
        kept
    }

    /// Keeps a placement that the checker accepts and that holds the leading goals, if no known one is as good;
    /// whether it did.
    fn keep(&mut self, placement: &Placement) -> bool {
        let verdict = self.checker.check(placement);
        let mut leading = self.leading.iter().zip(&self.limits);
        if !verdict.is_feasible() || leading.any(|(goal, &limit)| goal.total(&verdict.terms) > limit) {
            return false;
        }
        let values = self.axes.iter().map(|&axis| axis::value(axis, self.problem, placement, &verdict.terms));
        let values = values.collect();
        self.archive.insert(Found { values, terms: verdict.terms, placement: placement.clone() })
    }

    fn explore(&mut self, caps: &[Cost]) {
        let best = self.archive.least_within(0, caps).map(|found| found.values.clone());
        self.explored.push((caps.to_vec(), best));
    }

    /// Caps on no axis.
    fn free(&self) -> Vec<Cost> {
        vec![Cost::MAX; self.axes.len()]
    }

    /// Caps on all axes from those on all but the first.
    fn full(caps: &[Cost]) -> Vec<Cost> {
        std::iter::once(Cost::MAX).chain(caps.iter().copied()).collect()
    }

    /// Whether solves or time have run out.
    fn is_over(&self) -> bool {
        self.left == 0 || self.stop.reason().is_some()
    }

    /// The limits of the next search: another seed each time, so that a second look is not the first one again.
    fn params(&self) -> SearchParams {
        let seed = self.search.seed.wrapping_add((self.solves as u64) << 40);
        SearchParams { seed, ..self.search.clone() }
    }

    /// An equal part of the time that is left for one solve of those that are left.
    fn next_slice(&mut self) -> Stop {
        let slice = self.stop.slice(1.0 / self.left.max(1) as f64);
        self.left = self.left.saturating_sub(1);
        slice
    }

    /// The goals that are held, and all that was found.
    pub(super) fn finish(self) -> (Vec<Held>, Swept) {
        let proven = |found: &Found| self.limits_proven && is_proven(&found.values, &self.proofs);
        let points = self.archive.points().iter().map(|found| (found.clone(), proven(found))).collect();
        let held =
            self.leading.into_iter().zip(self.limits).map(|(goal, limit)| Held { goal, limit }).collect();
        (held, Swept { points, solves: self.solves, iterations: self.iterations })
    }
}
