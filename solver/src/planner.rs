//! From a placement to a plan: waves of directives, every prefix of which is safe whatever finishes first.

mod borders;
mod rooms;
mod rules;
mod wave;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::{
    ComponentId, Cost, HostId, HostState, LeftOut, LeftOutReason, MigrationDirective, Placement, Plan,
    Problem, Term, Terms, Wave, check,
};

use crate::state::{Change, SearchState};
use wave::OpenWave;
use words::Words;

/// Trial moves made to order the directives by what they pay; after that the order found last is kept.
const TRIALS: usize = 200_000;
/// Components considered for parking each time nothing else can move.
const PARKING_CANDIDATES: usize = 256;

/// What goes at once: one component, or a C11 group.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Unit {
    hops: Vec<Hop>,
    parking: bool,
}

/// A component, where it is and where it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Hop {
    component: ComponentId,
    from: Option<HostId>,
    to: HostId,
}

impl Unit {
    /// Hops that leave a host: what budgets and limits on motion count.
    fn moves(&self) -> impl Iterator<Item = &Hop> {
        self.hops.iter().filter(|hop| hop.from.is_some())
    }
}

/// Orders the moves that lead from the start of `problem` to `placement`.
///
/// Directives of one wave may finish in any order: what a host or domain holds before the wave and all that arrives in
/// it fit together, departures count from the next wave on, and no subset of the wave makes a row worse than it was at
/// the start. Inside these limits moves that pay most go first. Components in a ring of full hosts are parked once.
/// What cannot be ordered is left out, and what remains is safe without it. Deterministic.
#[must_use]
pub fn plan(problem: &Problem, placement: &Placement) -> Plan {
    let mut barred = BTreeSet::new();
    loop {
        let mut planner = Planner::new(problem, placement, &barred);
        planner.run();
        // A component that was parked and cannot go on should not have been.
        let stranded: Vec<ComponentId> = planner.parked.keys().copied().collect();
        if stranded.is_empty() {
            return planner.finish(placement);
        }
        barred.extend(stranded);
    }
}

/// A plan in the making.
struct Planner<'p, 'a> {
    problem: &'p Problem,
    state: SearchState<'p>,
    pending: Vec<Unit>,
    open: OpenWave<'p>,
    waves: Vec<Wave>,
    left_out: Vec<LeftOut>,
    words: Words<'p>,
    /// Directives with a source so far.
    moves: i64,
    /// Parked components that still have to go on, and where to.
    parked: BTreeMap<ComponentId, HostId>,
    been_parked: BTreeSet<ComponentId>,
    barred: &'a BTreeSet<ComponentId>,
    trials: usize,
    clock: i64,
}

impl<'p, 'a> Planner<'p, 'a> {
    fn new(problem: &'p Problem, placement: &Placement, barred: &'a BTreeSet<ComponentId>) -> Self {
        let state = SearchState::new(problem);
        Self {
            problem,
            pending: units(problem, placement),
            open: OpenWave::new(problem, &state),
            state,
            waves: Vec::new(),
            left_out: Vec::new(),
            words: Words::new(problem, placement),
            moves: 0,
            parked: BTreeMap::new(),
            been_parked: BTreeSet::new(),
            barred,
            trials: 0,
            clock: 0,
        }
    }

    /// Opens wave after wave until nothing more can go.
    fn run(&mut self) {
        while !self.pending.is_empty() {
            self.rank();
            let mut wave = Vec::new();
            for unit in std::mem::take(&mut self.pending) {
                if let Some(reason) = self.excluded(&unit) {
                    self.leave_out(&unit, reason);
                } else if !self.send(&unit, &mut wave) {
                    self.pending.push(unit);
                }
            }
            // Moves that run at the start hold back those of their service once, and then are over.
            let waited = self.open.waits();
            if wave.is_empty() && !waited && !self.park(&mut wave) {
                break;
            }
            self.close(wave);
        }
    }

    /// Puts the units that pay most first.
    fn rank(&mut self) {
        self.trials += self.pending.len();
        if self.trials > TRIALS {
            return;
        }
        let state = &mut self.state;
        let mut try_out = |unit: &Unit| {
            let mut changes = changes(unit);
            state.apply(&mut changes);
            let totals: Vec<Cost> = state.score().totals;
            state.undo(&changes);
            (totals, unit.hops[0].component)
        };
        let mut ranked: Vec<_> =
            std::mem::take(&mut self.pending).into_iter().map(|unit| (try_out(&unit), unit)).collect();
        ranked.sort_by(|a, b| a.0.cmp(&b.0));
        self.pending = ranked.into_iter().map(|entry| entry.1).collect();
    }

    /// Why a unit can go neither now nor later, if so.
    fn excluded(&self, unit: &Unit) -> Option<LeftOutReason> {
        let goes_on = |hop: &&Hop| self.parked.contains_key(&hop.component);
        let reserved = (self.parked.len() - unit.moves().filter(goes_on).count()) as i64;
        let moves = unit.moves().count() as i64;
        if moves > 0
            && self.problem.policy.budgets.moves.is_some_and(|limit| self.moves + moves + reserved > limit)
        {
            return Some(LeftOutReason::Budget);
        }
        let late = self.problem.horizon_s > 0 && self.clock + self.duration(unit) > self.problem.horizon_s;
        late.then_some(LeftOutReason::AfterHorizon)
    }

    fn leave_out(&mut self, unit: &Unit, reason: LeftOutReason) {
        self.left_out.extend(unit.hops.iter().map(|hop| LeftOut { component: hop.component, reason }));
    }

    /// Adds `unit` to the wave if every order of its directives stays safe; whether it does.
    fn send(&mut self, unit: &Unit, wave: &mut Vec<MigrationDirective>) -> bool {
        if !self.open.admits(unit) {
            return false;
        }
        let before = *self.state.terms();
        let mut undoing = changes(unit);
        self.state.apply(&mut undoing);
        if !self.state.is_safe() || !self.open.borders_hold(unit, &self.state) {
            self.state.undo(&undoing);
            return false;
        }
        self.open.record(unit, &self.state);
        // The gain of each directive of a group is that of its own step.
        self.state.undo(&undoing);
        debug_assert_eq!(before, *self.state.terms());
        for hop in &unit.hops {
            let before = *self.state.terms();
            self.state.set(hop.component, Some(hop.to));
            let gain = difference(&before, self.state.terms());
            wave.push(self.directive(hop, unit.parking, gain));
            if !unit.parking {
                self.parked.remove(&hop.component);
            }
        }
        self.moves += unit.moves().count() as i64;
        true
    }

    fn directive(&self, hop: &Hop, parking: bool, gain: Terms) -> MigrationDirective {
        let component = self.problem.component(hop.component);
        MigrationDirective {
            component: hop.component,
            source: hop.from,
            target: Some(hop.to),
            target_rack: self.words.rack(hop.to).to_owned(),
            strategy: component.strategy,
            parking,
            bytes: self.bytes(hop),
            downtime_ms: if hop.from.is_some() { component.downtime_ms } else { 0 },
            gain,
            reason: self.words.reason(hop, parking, &gain),
            channels: if parking { Vec::new() } else { self.words.channels(hop) },
        }
    }

    /// Bytes to copy: none where there is nothing to copy from.
    fn bytes(&self, hop: &Hop) -> i64 {
        let alive = hop.from.is_some_and(|from| self.problem.host(from).state != HostState::Down);
        if alive { self.problem.component(hop.component).bytes } else { 0 }
    }

    fn duration(&self, unit: &Unit) -> i64 {
        let bytes = unit.hops.iter().map(|hop| self.bytes(hop)).max().unwrap_or(0);
        self.seconds(bytes)
    }

    /// How long a directive that copies so many bytes takes, rounded up.
    fn seconds(&self, bytes: i64) -> i64 {
        let execution = &self.problem.policy.execution;
        let rate = execution.copy_bytes_per_s.max(1);
        execution.start_s + bytes / rate + i64::from(bytes % rate > 0)
    }

    /// Ends the wave; what left its host is gone from now on.
    fn close(&mut self, directives: Vec<MigrationDirective>) {
        self.open.close(&self.state);
        if directives.is_empty() {
            return;
        }
        let bytes = directives.iter().map(|directive| directive.bytes).max().unwrap_or(0);
        let ends_s = self.clock + self.seconds(bytes);
        self.waves.push(Wave { starts_s: self.clock, ends_s, directives });
        self.clock = ends_s;
    }

    /// Moves one component out of the way of another; whether there was one.
    fn park(&mut self, wave: &mut Vec<MigrationDirective>) -> bool {
        let single = |unit: &&Unit| unit.hops.len() == 1;
        let mut wanted: BTreeMap<HostId, Vec<ComponentId>> = BTreeMap::new();
        for hop in self.pending.iter().filter(single).map(|unit| unit.hops[0]) {
            wanted.entry(hop.to).or_default().push(hop.component);
        }
        let may_park = |hop: &Hop| {
            let once = !self.been_parked.contains(&hop.component) && !self.barred.contains(&hop.component);
            let opens = |&other: &ComponentId| {
                hop.from.is_some_and(|from| self.state.fits_without(other, from, hop.component))
            };
            once && hop.from.and_then(|from| wanted.get(&from)).is_some_and(|others| others.iter().any(opens))
        };
        let stuck = self.pending.iter().filter(single).map(|unit| unit.hops[0]);
        let mut candidates: Vec<Hop> = stuck.filter(may_park).collect();
        candidates.sort_by_key(|hop| (self.problem.component(hop.component).bytes, hop.component));
        candidates.truncate(PARKING_CANDIDATES);
        // Hosts that nobody waits for, first.
        let mut hosts: Vec<HostId> = self.problem.host_ids().collect();
        hosts.sort_by_key(|host| (wanted.contains_key(host), *host));
        for hop in candidates {
            for &host in &hosts {
                let detour = host != hop.to
                    && Some(host) != hop.from
                    && self.problem.may_be_on(hop.component, host)
                    && self.problem.may_migrate(host, hop.to);
                let unit = Unit { hops: vec![Hop { to: host, ..hop }], parking: true };
                if !detour || self.no_budget_for_parking() || self.excluded(&unit).is_some() {
                    continue;
                }
                if self.send(&unit, wave) {
                    self.parked.insert(hop.component, hop.to);
                    self.been_parked.insert(hop.component);
                    for unit in self.pending.iter_mut().filter(|u| u.hops[0].component == hop.component) {
                        unit.hops[0].from = Some(host);
                    }
                    return true;
                }
            }
        }
        false
    }

    /// Whether the budget has no room for a detour and its end.
    fn no_budget_for_parking(&self) -> bool {
        let limit = self.problem.policy.budgets.moves;
        limit.is_some_and(|limit| self.moves + self.parked.len() as i64 + 2 > limit)
    }

    fn finish(mut self, placement: &Placement) -> Plan {
        for unit in std::mem::take(&mut self.pending) {
            self.leave_out(&unit, LeftOutReason::NoSafeOrder);
        }
        self.left_out.sort_by_key(|left| left.component);
        debug_assert!(!self.left_out.is_empty() || self.state.placement() == placement);
        Plan {
            waves: self.waves,
            left_out: self.left_out,
            executable: true,
            before: check(self.problem, &self.problem.initial_placement()).terms,
            after: check(self.problem, self.state.placement()).terms,
        }
    }
}

/// Where a plan leaves every component.
#[must_use]
pub fn end_of(problem: &Problem, plan: &Plan) -> Placement {
    let mut placement = problem.initial_placement();
    for directive in plan.directives() {
        if directive.target.is_some() {
            placement.set(directive.component, directive.target);
        }
    }
    placement
}

/// What differs between the start and `placement`, C11 groups together.
fn units(problem: &Problem, placement: &Placement) -> Vec<Unit> {
    let mut groups: BTreeMap<u32, Vec<Hop>> = BTreeMap::new();
    let mut units = Vec::new();
    for (component, to) in placement.iter() {
        let c = problem.component(component);
        let Some(to) = to.filter(|_| c.initial != to) else { continue };
        let hop = Hop { component, from: c.initial, to };
        match c.move_group.filter(|_| c.is_settled()) {
            Some(group) => groups.entry(group).or_default().push(hop),
            None => units.push(Unit { hops: vec![hop], parking: false }),
        }
    }
    units.extend(groups.into_values().map(|hops| Unit { hops, parking: false }));
    units
}

fn changes(unit: &Unit) -> Vec<Change> {
    unit.hops.iter().map(|hop| Change { component: hop.component, to: Some(hop.to) }).collect()
}

/// `before` less `after`.
fn difference(before: &Terms, after: &Terms) -> Terms {
    let mut gain = Terms::ZERO;
    Term::ALL.into_iter().for_each(|term| gain.add(term, before.get(term) - after.get(term)));
    gain
}
