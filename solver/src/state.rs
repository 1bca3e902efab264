//! The mutable working copy of a placement, with its score kept exact from move to move.
//!
//! A tracker follows one aspect of the placement and keeps its share of the [`Tally`] up to date; adding one is a file
//! in `state/` and a field here. All of them are functions of the placement alone, whatever moves led to it, so that
//! applying a change and undoing it is the identity.

mod counter;
mod loads;
mod moves;
mod rules;
mod tally;
mod traffic;

use colocate_model::{Checker, ComponentId, Cost, Goal, HostId, Placement, Problem, Score, Term, Terms};

pub(crate) use moves::move_cost;
pub(crate) use traffic::{Level, levels};

use loads::Loads;
use moves::Moves;
use rules::Rules;
use tally::Tally;
use traffic::TrafficState;

/// A component and the host it goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What moves.
    pub component: ComponentId,
    /// Where it goes; `None` takes it out.
    pub to: Option<HostId>,
}

/// The working copy: a placement, its terms, and how many rows it breaks.
#[derive(Debug, Clone)]
pub struct SearchState<'p> {
    problem: &'p Problem,
    placement: Placement,
    members: Vec<Vec<ComponentId>>,
    /// Position of each component in the member list of its host.
    slot: Vec<u32>,
    tally: Tally,
    loads: Loads,
    rules: Rules,
    traffic: TrafficState,
    moves: Moves,
    /// Whether what a component adds to a host depends on that host alone.
    separable: bool,
}

impl<'p> SearchState<'p> {
    /// The start of `problem`.
    #[must_use]
    pub fn new(problem: &'p Problem) -> Self {
        let mut state = Self {
            problem,
            placement: Placement::new(vec![None; problem.components.len()]),
            members: vec![Vec::new(); problem.hosts.len()],
            slot: vec![0; problem.components.len()],
            tally: Tally::new(problem),
            loads: Loads::new(problem),
            rules: Rules::new(problem),
            traffic: TrafficState::new(problem),
            moves: Moves::new(problem),
            separable: false,
        };
        state.separable = problem.traffic.edges.is_empty() && state.loads.is_separable();
        state.loads.open(&mut state.tally);
        state.rules.open(&mut state.tally);
        state.traffic.open(problem, &mut state.tally);
        for (component, host) in problem.initial_placement().iter() {
            match host {
                Some(host) => state.insert(component, host),
                None => state.tally.unplaced(1),
            }
        }
        // What the start violates may stay as it is, and its excess is the limit from now on.
        state.loads.set_limits(&mut state.tally);
        state.rules.set_limits(&mut state.tally);
        state.traffic.set_limits(&mut state.tally);
        state.moves.set_limits();
        state
    }

    /// The problem it works on.
    #[must_use]
    pub fn problem(&self) -> &'p Problem {
        self.problem
    }

    /// The placement.
    #[must_use]
    pub fn placement(&self) -> &Placement {
        &self.placement
    }

    /// The host of `component`.
    #[must_use]
    #[inline]
    pub fn host(&self, component: ComponentId) -> Option<HostId> {
        self.placement.host(component)
    }

    /// The components on `host`, in no particular order.
    #[must_use]
    #[inline]
    pub fn members(&self, host: HostId) -> &[ComponentId] {
        &self.members[host.index()]
    }

    /// The terms that count in some goal; the others are 0.
    #[must_use]
    #[inline]
    pub fn terms(&self) -> &Terms {
        self.tally.terms()
    }

    /// The total of a goal.
    #[must_use]
    #[inline]
    pub fn total(&self, goal: &Goal) -> Cost {
        goal.total(self.tally.terms())
    }

    /// The score.
    #[must_use]
    pub fn score(&self) -> Score {
        Score::new(&self.problem.policy.goals, self.tally.terms())
    }

    /// Whether every component has a host and no row is worse than allowed.
    #[must_use]
    #[inline]
    pub fn is_feasible(&self) -> bool {
        self.tally.is_sound()
    }

    /// Whether no row is worse than allowed, components that still wait for a host aside.
    #[must_use]
    #[inline]
    pub fn is_safe(&self) -> bool {
        self.tally.is_safe()
    }

    /// Bytes/s across every limited border and step, and the most they may be.
    pub(crate) fn uplinks(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.traffic.uplinks()
    }

    /// Power of every limited domain and step, and the most it may be.
    pub(crate) fn power(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.loads.power()
    }

    /// Whether no row is worse than allowed; components may be without a host.
    #[must_use]
    #[inline]
    pub fn breaks_nothing(&self) -> bool {
        self.tally.breaks_nothing()
    }

    /// Load of `host` per dimension.
    #[must_use]
    pub fn load(&self, host: HostId) -> &[i64] {
        self.loads.load(host)
    }

    /// What `host` costs in `goal` by its load alone.
    #[must_use]
    pub fn load_cost(&self, host: HostId, goal: &Goal) -> Cost {
        self.loads.cost(host, goal)
    }

    /// A quick test that `component`, taken out or on another host, may be put on `host`: C1, C2, C3, C6, C9 and C10
    /// at that host. What it lets pass can still break a row elsewhere.
    #[must_use]
    #[inline]
    pub fn fits(&self, component: ComponentId, host: HostId) -> bool {
        self.problem.may_be_on(component, host)
            && self.rules.fits(self.problem, component, host)
            && self.loads.fits(self.problem, component, host)
    }

    /// [`fits`](Self::fits) as if `gone` were not on `host`.
    #[must_use]
    #[inline]
    pub fn fits_without(&self, component: ComponentId, host: HostId, gone: ComponentId) -> bool {
        self.problem.may_be_on(component, host)
            && self.rules.fits_without(self.problem, component, host, gone)
            && self.loads.fits_without(self.problem, component, host, gone)
    }

    /// What putting `component`, which has no host, on `host` adds to `goal`; `None` where it does not fit. Exact but
    /// for the largest number of moves of a service, and where components have no traffic.
    pub fn insertion_cost(&mut self, component: ComponentId, host: HostId, goal: &Goal) -> Option<Cost> {
        if !self.fits(component, host) {
            return None;
        }
        if self.separable {
            let moved =
                goal.factors.get(Term::Migration) * self.moves.insertion_cost(self.problem, component, host);
            let arrival = std::iter::once((component, 1));
            return Some(self.loads.cost_of_changes(self.problem, host, arrival, goal) + moved);
        }
        let before = self.total(goal);
        self.set(component, Some(host));
        let cost = self.total(goal) - before;
        self.set(component, None);
        Some(cost)
    }

    /// What `changes` would add to `goal`, without making them; `None` where that takes making them. Exact but for the
    /// largest number of moves of a service. No component may be named twice.
    #[must_use]
    pub fn evaluate(&self, changes: &[Change], goal: &Goal) -> Option<Cost> {
        if !self.separable {
            return None;
        }
        let (mut cost, mut moved) = (0, 0);
        for (index, change) in changes.iter().enumerate() {
            let ends = [self.host(change.component), change.to];
            for (end, sign) in ends.into_iter().zip([-1, 1]) {
                let Some(host) = end else { continue };
                moved += sign * self.moves.insertion_cost(self.problem, change.component, host);
                // Each host is priced once, with all that comes and leaves.
                let earlier = changes[..index].iter().any(|c| self.host(c.component) == end || c.to == end);
                if !(earlier || sign > 0 && ends[0] == end) {
                    let comes = changes.iter().filter(|c| c.to == end).map(|c| (c.component, 1));
                    let leaves = changes.iter().filter(|c| self.host(c.component) == end);
                    let all = comes.chain(leaves.map(|c| (c.component, -1)));
                    cost += self.loads.cost_of_changes(self.problem, host, all, goal);
                }
            }
        }
        Some(cost + goal.factors.get(Term::Migration) * moved)
    }

    /// Puts `component`, which has no host, on `host`.
    fn insert(&mut self, component: ComponentId, host: HostId) {
        self.placement.set(component, Some(host));
        let members = &mut self.members[host.index()];
        self.slot[component.index()] = members.len() as u32;
        members.push(component);
        self.loads.insert(self.problem, component, host, &mut self.tally);
        self.rules.insert(self.problem, component, host, &mut self.tally);
        self.traffic.insert(self.problem, component, host, &mut self.tally);
        self.moves.insert(self.problem, component, host, &mut self.tally);
    }

    /// Takes `component` off `host`, where it is.
    fn remove(&mut self, component: ComponentId, host: HostId) {
        self.placement.set(component, None);
        let members = &mut self.members[host.index()];
        let slot = self.slot[component.index()] as usize;
        members.swap_remove(slot);
        if let Some(moved) = members.get(slot) {
            self.slot[moved.index()] = slot as u32;
        }
        self.loads.remove(self.problem, component, host, &mut self.tally);
        self.rules.remove(self.problem, component, host, &mut self.tally);
        self.traffic.remove(self.problem, component, host, &mut self.tally);
        self.moves.remove(self.problem, component, host, &mut self.tally);
    }

    /// Puts `component` on `to` and returns the change that undoes it.
    pub fn set(&mut self, component: ComponentId, to: Option<HostId>) -> Change {
        let from = self.placement.host(component);
        if from != to {
            match from {
                Some(host) => self.remove(component, host),
                None => self.tally.unplaced(-1),
            }
            match to {
                Some(host) => self.insert(component, host),
                None => self.tally.unplaced(1),
            }
        }
        Change { component, to: from }
    }

    /// Makes all of `changes` in order, and turns them into what undoes them.
    pub fn apply(&mut self, changes: &mut [Change]) {
        for change in changes {
            *change = self.set(change.component, change.to);
        }
    }

    /// Undoes what [`apply`](Self::apply) left in `changes`.
    pub fn undo(&mut self, changes: &[Change]) {
        for change in changes.iter().rev() {
            self.set(change.component, change.to);
        }
    }

    /// Goes to `placement`, touching only what differs.
    pub fn restore(&mut self, placement: &Placement) {
        for (component, host) in placement.iter() {
            if self.placement.host(component) != host {
                self.set(component, host);
            }
        }
        debug_assert!(self.terms_match_checker(&Checker::new(self.problem)));
    }

    /// Whether the naive checker finds the same terms and the same feasibility.
    #[must_use]
    pub fn terms_match_checker(&self, checker: &Checker<'_>) -> bool {
        let verdict = checker.check(&self.placement);
        self.tally.matches(&verdict.terms) && verdict.is_feasible() == self.is_feasible()
    }
}
