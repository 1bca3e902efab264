//! From a placement to a plan: waves of directives, every prefix of which is safe whatever finishes first.

mod borders;
mod budgets;
mod caps;
mod parking;
mod rooms;
mod rules;
mod wave;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::{
    ComponentId, Cost, HostId, LeftOut, LeftOutReason, MigrationDirective, Placement, Plan, Problem, Score,
    Term, Terms, Wave, check,
};

use crate::state::{Change, SearchState};
use crate::stop::{Interrupt, Stop};
use caps::bytes_of;
use parking::Detours;
use wave::OpenWave;
use words::Words;

/// Trial moves made to order the directives by what they pay; after that the order found last is kept.
const TRIALS: usize = 200_000;
/// Plans made to find out which components should not be parked.
const ATTEMPTS: usize = 12;

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
/// the start, budgets included. Inside these limits moves that pay most go first. What stands in the way of others, in a
/// ring of full hosts or in a place that has to be cleared, makes a detour. What cannot be ordered is left out, and what
/// remains is safe without it. Deterministic.
#[must_use]
pub fn plan(problem: &Problem, placement: &Placement) -> Plan {
    plan_until(problem, placement, &Stop::new(None, Interrupt::default()))
}

/// [`plan`], which neither ranks, nor looks for detours, nor tries once more, once `stop` says so: what would take that
/// is left out, and what is planned is safe.
pub(crate) fn plan_until(problem: &Problem, placement: &Placement, stop: &Stop) -> Plan {
    let _span = tracing::debug_span!("plan").entered();
    let mut barred = BTreeSet::new();
    let mut best: Option<((usize, Score), Plan)> = None;
    for _ in 0..ATTEMPTS {
        let mut planner = Planner::new(problem, placement, &barred, stop);
        planner.run();
        // A component that was parked and cannot go on should not have been.
        let stranded: Vec<ComponentId> = planner.detours.parked.keys().copied().collect();
        let plan = planner.finish(placement);
        let merit = (plan.left_out.len(), Score::new(&problem.policy.goals, &plan.after));
        if best.as_ref().is_none_or(|(known, _)| merit < *known) {
            best = Some((merit, plan));
        }
        if stranded.is_empty() || stop.reason().is_some() {
            break;
        }
        barred.extend(stranded);
    }
    let plan = best.expect("there is at least one attempt").1;
    let (waves, left_out) = (plan.waves.len(), plan.left_out.len());
    tracing::debug!(waves, directives = plan.directives().count(), left_out, "planned");
    plan
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
    detours: Detours,
    /// Waves after which no component is on a detour.
    settled: usize,
    /// Components that make no detours.
    barred: &'a BTreeSet<ComponentId>,
    stop: &'a Stop,
    trials: usize,
    clock: i64,
}

impl<'p, 'a> Planner<'p, 'a> {
    fn new(
        problem: &'p Problem,
        placement: &Placement,
        barred: &'a BTreeSet<ComponentId>,
        stop: &'a Stop,
    ) -> Self {
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
            detours: Detours::default(),
            settled: 0,
            barred,
            stop,
            trials: 0,
            clock: 0,
        }
    }

    /// Opens wave after wave until nothing more can go.
    fn run(&mut self) {
        while !self.pending.is_empty() {
            self.rank();
            let mut wave = Vec::new();
            self.follow_scripts(&mut wave);
            for unit in std::mem::take(&mut self.pending) {
                if let Some(reason) = self.excluded(&unit) {
                    self.leave_out(&unit, reason);
                } else if self.is_reserved(&unit) || !self.send(&unit, &mut wave) {
                    self.pending.push(unit);
                }
            }
            // Moves that run at the start hold back those of their service once, and then are over.
            let waited = self.open.waits();
            if wave.is_empty() && !waited && !self.drop_scripts() && !self.park(&mut wave) {
                break;
            }
            self.close(wave);
        }
    }

    /// Puts the units that pay most first.
    fn rank(&mut self) {
        self.trials += self.pending.len();
        if self.trials > TRIALS || self.stop.reason().is_some() {
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
        let goes_on = |hop: &&Hop| self.detours.parked.contains_key(&hop.component);
        let reserved = (self.detours.parked.len() - unit.moves().filter(goes_on).count()) as i64;
        let moves = unit.moves().count() as i64;
        if moves > 0
            && self.problem.policy.budgets.moves.is_some_and(|limit| self.moves + moves + reserved > limit)
        {
            return Some(LeftOutReason::Budget);
        }
        self.is_late(unit).then_some(LeftOutReason::AfterHorizon)
    }

    /// Whether a unit would end after the horizon.
    fn is_late(&self, unit: &Unit) -> bool {
        let bytes = unit.hops.iter().map(|hop| bytes_of(self.problem, hop)).max().unwrap_or(0);
        self.problem.horizon_s > 0 && self.clock + self.seconds(bytes) > self.problem.horizon_s
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
                self.detours.parked.remove(&hop.component);
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
            bytes: bytes_of(self.problem, hop),
            downtime_ms: if hop.from.is_some() { component.downtime_ms } else { 0 },
            gain,
            reason: self.words.reason(hop, parking, &gain),
            channels: if parking { Vec::new() } else { self.words.channels(hop) },
        }
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
        if self.detours.parked.is_empty() {
            self.settled = self.waves.len();
        }
    }

    /// The plan up to where nothing is left on a detour.
    fn finish(mut self, placement: &Placement) -> Plan {
        self.waves.truncate(self.settled);
        let mut plan = Plan {
            waves: self.waves,
            left_out: Vec::new(),
            executable: true,
            before: check(self.problem, &self.problem.initial_placement()).terms,
            after: Terms::ZERO,
        };
        let end = end_of(self.problem, &plan);
        plan.after = check(self.problem, &end).terms;
        let too_dear = self.detours.too_dear.iter().map(|&component| (component, LeftOutReason::Budget));
        let mut known: BTreeMap<ComponentId, LeftOutReason> = too_dear.collect();
        known.extend(self.left_out.iter().map(|left| (left.component, left.reason)));
        let missing = placement.iter().filter(|&(component, host)| end.host(component) != host);
        plan.left_out.extend(missing.map(|(component, _)| LeftOut {
            component,
            reason: known.get(&component).copied().unwrap_or(LeftOutReason::NoSafeOrder),
        }));
        plan
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
