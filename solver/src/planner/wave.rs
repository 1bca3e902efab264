//! The wave that is being filled.

use colocate_model::{Problem, ServiceId};

use super::borders::Borders;
use super::budgets::Budgets;
use super::caps::Caps;
use super::rooms::Rooms;
use super::rules::Rules;
use super::{Hop, Unit};
use crate::state::SearchState;

/// What a wave has taken on so far, and what that leaves.
#[derive(Debug)]
pub(super) struct OpenWave<'p> {
    problem: &'p Problem,
    rooms: Rooms,
    rules: Rules,
    borders: Borders,
    budgets: Budgets,
    caps: Caps,
    in_motion: Vec<u32>,
    /// Whether a move that was running at the start holds others back.
    running: bool,
}

impl<'p> OpenWave<'p> {
    pub(super) fn new(problem: &'p Problem, state: &SearchState<'_>) -> Self {
        let mut in_motion = vec![0; problem.services.len()];
        let moving = problem.components.iter().filter(|component| component.moving_from.is_some());
        moving.for_each(|component| in_motion[component.service.index()] += 1);
        Self {
            problem,
            rooms: Rooms::new(problem),
            rules: Rules::new(problem),
            borders: Borders::new(problem, state),
            budgets: Budgets::new(problem),
            caps: Caps::new(problem),
            running: in_motion.iter().any(|&count| count > 0),
            in_motion,
        }
    }

    /// Whether `unit` can join whatever finishes first, as far as single rows tell.
    pub(super) fn admits(&self, unit: &Unit) -> bool {
        self.motion_allows(unit)
            && self.caps.admits(self.problem, unit)
            && self.rooms.admits(self.problem, unit)
            && self.rules.admits(self.problem, unit)
            && self.borders.admits(self.problem, unit)
            && self.budgets.admits(self.problem, unit)
    }

    /// Whether uplinks hold with any subset of the wave and `unit`, which `state` has applied.
    pub(super) fn borders_hold(&self, unit: &Unit, state: &SearchState<'_>) -> bool {
        self.borders.hold(self.problem, unit, state)
    }

    /// Takes `unit` on; `state` has applied it.
    pub(super) fn record(&mut self, unit: &Unit, state: &SearchState<'_>) {
        unit.moves().for_each(|hop| self.in_motion[service(self.problem, hop).index()] += 1);
        self.rooms.record(self.problem, unit);
        self.rules.record(self.problem, unit);
        self.borders.record(self.problem, unit, state);
        self.budgets.record(self.problem, unit);
        self.caps.record(self.problem, unit);
    }

    /// Begins the next wave: what has left is gone.
    pub(super) fn close(&mut self, state: &SearchState<'_>) {
        self.in_motion.fill(0);
        self.running = false;
        self.rooms.close(self.problem);
        self.rules.close();
        self.borders.close(state);
        self.budgets.close(self.problem);
        self.caps.close();
    }

    /// Whether moves that were running at the start may hold others back.
    pub(super) fn waits(&self) -> bool {
        self.running
    }

    /// At most `max_in_motion` components of a service at a time; a C11 group goes whole, but not beside others.
    fn motion_allows(&self, unit: &Unit) -> bool {
        unit.moves().all(|hop| {
            let id = service(self.problem, hop);
            let of_it = |other: &&Hop| service(self.problem, other) == id;
            let more = unit.moves().filter(of_it).count() as u32;
            let service = self.problem.service(id);
            let limit = service.max_in_motion.unwrap_or((service.components.len() / 3).max(1) as u32);
            let now = self.in_motion[id.index()];
            now + more <= limit || (unit.hops.len() > 1 && now == 0)
        })
    }
}

fn service(problem: &Problem, hop: &Hop) -> ServiceId {
    problem.component(hop.component).service
}
