//! Detours: what stands in the way of a move that nothing else lets through steps aside and goes on later.
//!
//! Full hosts may wait for each other in a ring, or for something that is to stay where it is. A *script* is a list of
//! detours after which one unit can go. The shortest is looked for first, and scripts that touch different hosts run
//! side by side; what they make room on is kept free for them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use colocate_model::{ComponentId, HostId, MigrationDirective};

use super::{Hop, Planner, Unit, changes};

/// Units that wait, considered for detours each time nothing can move.
const CANDIDATES: usize = 256;
/// Detours that one unit may need.
const DETOURS: usize = 3;
/// Detours of one component.
const DETOURS_EACH: u8 = 2;
/// Places tried for one detour.
const PLACES: usize = 3;
/// Trial moves of one plan in search of detours.
const TRIALS: usize = 30_000;

/// Detours still to be made for a unit, and the hosts that are kept free for it.
#[derive(Debug)]
struct Script {
    detours: VecDeque<Unit>,
    /// The first component of the unit that waits.
    waiting: ComponentId,
    hosts: BTreeSet<HostId>,
    components: BTreeSet<ComponentId>,
}

/// What has stepped aside, and what is to.
#[derive(Debug, Default)]
pub(super) struct Detours {
    scripts: Vec<Script>,
    /// Components on a detour that still have to go on, and where to.
    pub(super) parked: BTreeMap<ComponentId, HostId>,
    made: BTreeMap<ComponentId, u8>,
    /// Components for whose detours the budget of moves has no room.
    pub(super) too_dear: BTreeSet<ComponentId>,
    trials: usize,
    /// Positions of the components that wait, in the list of pending units.
    waiting: BTreeMap<ComponentId, usize>,
    /// Hosts, those that nobody waits for first.
    places: Vec<HostId>,
}

impl Planner<'_, '_> {
    /// Sends the detours that are due.
    pub(super) fn follow_scripts(&mut self, wave: &mut Vec<MigrationDirective>) {
        let here = |unit: &Unit| unit.hops[0].component;
        let waiting: BTreeSet<ComponentId> = self.pending.iter().map(here).collect();
        let mut scripts = std::mem::take(&mut self.detours.scripts);
        scripts.retain(|script| waiting.contains(&script.waiting));
        for script in &mut scripts {
            while let Some(detour) = script.detours.front() {
                if !self.step_aside(&detour.clone(), wave) {
                    break;
                }
                script.detours.pop_front();
            }
        }
        self.detours.scripts = scripts;
    }

    /// Whether a host that `unit` goes to is kept free for another.
    pub(super) fn is_reserved(&self, unit: &Unit) -> bool {
        self.detours.scripts.iter().any(|script| {
            let its_turn = script.detours.is_empty() && script.waiting == unit.hops[0].component;
            !its_turn && unit.hops.iter().any(|hop| script.hosts.contains(&hop.to))
        })
    }

    /// Gives up the scripts that are left, none of which can go on; whether there were any.
    pub(super) fn drop_scripts(&mut self) -> bool {
        !std::mem::take(&mut self.detours.scripts).is_empty()
    }

    /// Moves components out of the way of others; whether there were any.
    pub(super) fn park(&mut self, wave: &mut Vec<MigrationDirective>) -> bool {
        self.index();
        for detours in 1..=DETOURS {
            let stuck: Vec<Unit> = self.pending.iter().take(CANDIDATES).cloned().collect();
            for unit in stuck {
                if self.is_reserved(&unit) || self.is_on_script(&unit) {
                    continue;
                }
                let busy = unit.hops.iter().map(|hop| hop.component).collect();
                if let Some(script) = self.script(&unit, detours, &busy).filter(|s| !s.is_empty()) {
                    self.start(&unit, script, wave);
                }
            }
            if !wave.is_empty() {
                return true;
            }
        }
        false
    }

    /// Who waits where, from the pending units.
    fn index(&mut self) {
        let units = self.pending.iter().enumerate();
        let waiting = units.flat_map(|(index, unit)| unit.hops.iter().map(move |hop| (hop.component, index)));
        self.detours.waiting = waiting.collect();
        let wanted: BTreeSet<HostId> =
            self.pending.iter().flat_map(|unit| unit.hops.iter().map(|hop| hop.to)).collect();
        self.detours.places = self.problem.host_ids().collect();
        self.detours.places.sort_by_key(|host| (wanted.contains(host), *host));
    }

    fn is_on_script(&self, unit: &Unit) -> bool {
        let on = |script: &Script| unit.hops.iter().any(|hop| script.components.contains(&hop.component));
        self.detours.scripts.iter().any(on)
    }

    /// Begins `script`, after which `unit` can go.
    fn start(&mut self, unit: &Unit, script: Vec<Unit>, wave: &mut Vec<MigrationDirective>) {
        let all = || script.iter().chain([unit]).flat_map(|unit| &unit.hops);
        let taken = script.iter().any(|detour| self.is_reserved(detour) || self.is_on_script(detour));
        if taken {
            return;
        }
        if !self.affords(&script, unit.moves().count()) {
            self.detours.too_dear.extend(unit.hops.iter().map(|hop| hop.component));
            return;
        }
        if !self.step_aside(&script[0], wave) {
            return;
        }
        self.detours.scripts.push(Script {
            waiting: unit.hops[0].component,
            hosts: all().map(|hop| hop.to).collect(),
            components: all().map(|hop| hop.component).collect(),
            detours: script.into_iter().skip(1).collect(),
        });
        self.index();
    }

    /// Whether the budget of moves has room for the detours, for going on, and for so many moves that wait.
    fn affords(&self, script: &[Unit], waiting: usize) -> bool {
        let hops = || script.iter().flat_map(|detour| &detour.hops);
        let new = hops().filter(|hop| !self.detours.parked.contains_key(&hop.component)).count();
        let moves = (self.detours.parked.len() + hops().count() + new + waiting) as i64;
        self.problem.policy.budgets.moves.is_none_or(|limit| self.moves + moves <= limit)
    }

    /// Sends a detour, whose components have to go on from there; whether it is safe.
    fn step_aside(&mut self, detour: &Unit, wave: &mut Vec<MigrationDirective>) -> bool {
        if self.is_late(detour) || !self.affords(std::slice::from_ref(detour), 0) || !self.send(detour, wave)
        {
            return false;
        }
        let components: Vec<ComponentId> = detour.hops.iter().map(|hop| hop.component).collect();
        let unit = self.pending.iter_mut().find(|unit| unit.hops[0].component == components[0]);
        let onward = match unit {
            Some(unit) => unit,
            None => {
                // What was to stay goes back to where it is.
                let back =
                    |hop: &Hop| Hop { component: hop.component, from: None, to: hop.from.unwrap_or(hop.to) };
                self.pending.push(Unit { hops: detour.hops.iter().map(back).collect(), parking: false });
                self.pending.last_mut().expect("it has just been put there")
            }
        };
        for (hop, aside) in onward.hops.iter_mut().zip(&detour.hops) {
            hop.from = Some(aside.to);
            self.detours.parked.insert(hop.component, hop.to);
            *self.detours.made.entry(hop.component).or_default() += 1;
        }
        true
    }

    /// The detours after which `unit` can go; `None` where so many do not help. Leaves the state as it was.
    fn script(&mut self, unit: &Unit, detours: usize, busy: &BTreeSet<ComponentId>) -> Option<Vec<Unit>> {
        if self.can_go(unit) {
            return Some(Vec::new());
        }
        // Where there is room, something else is in the way.
        let [hop] = unit.hops.as_slice() else { return self.script_of(unit, detours, busy) };
        if self.state.fits(hop.component, hop.to) { None } else { self.script_of(unit, detours, busy) }
    }

    fn script_of(&mut self, unit: &Unit, detours: usize, busy: &BTreeSet<ComponentId>) -> Option<Vec<Unit>> {
        if detours == 0 || self.detours.trials >= TRIALS || self.stop.reason().is_some() {
            return None;
        }
        for blocker in self.blockers(unit, detours, busy) {
            let mut busy = busy.clone();
            busy.extend(blocker.hops.iter().map(|hop| hop.component));
            for (detour, mut script) in self.ways(&blocker, unit, detours, &busy) {
                busy.extend(script.iter().flat_map(|unit| &unit.hops).map(|hop| hop.component));
                script.push(detour);
                let mut undoing: Vec<_> = script.iter().flat_map(changes).collect();
                self.state.apply(&mut undoing);
                let rest = self.script(unit, detours - script.len(), &busy);
                self.state.undo(&undoing);
                if let Some(rest) = rest {
                    script.extend(rest);
                    return Some(script);
                }
            }
        }
        None
    }

    /// Whether `unit` can go in a wave by itself.
    fn can_go(&mut self, unit: &Unit) -> bool {
        self.detours.trials += 1;
        let mut undoing = changes(unit);
        self.state.apply(&mut undoing);
        let safe = self.state.is_safe();
        self.state.undo(&undoing);
        safe
    }

    /// What might step aside on the hosts that `unit` goes to: first what leaves anyway, and has little to copy.
    fn blockers(&self, unit: &Unit, detours: usize, busy: &BTreeSet<ComponentId>) -> Vec<Unit> {
        let mut found: BTreeMap<(bool, i64, ComponentId), Unit> = BTreeMap::new();
        for hop in &unit.hops {
            for &member in self.state.members(hop.to) {
                // One detour has to make all the room there is need for.
                let helps = detours > 1
                    || unit.hops.len() > 1
                    || self.state.fits_without(hop.component, hop.to, member);
                if let Some(blocker) = helps.then(|| self.blocker(member)).flatten()
                    && !blocker.hops.iter().any(|hop| busy.contains(&hop.component))
                {
                    let bytes = blocker.hops.iter().map(|hop| self.problem.component(hop.component).bytes);
                    let stays = !self.detours.waiting.contains_key(&member);
                    found.insert((stays, bytes.sum(), blocker.hops[0].component), blocker);
                }
            }
        }
        found.into_values().collect()
    }

    /// The unit that goes when `component` steps aside: from where it is to where it is to end.
    fn blocker(&self, component: ComponentId) -> Option<Unit> {
        let c = self.problem.component(component);
        let mut unit = match self.detours.waiting.get(&component) {
            Some(&index) => self.pending[index].clone(),
            None if c.move_group.is_some() => return None,
            None => Unit {
                hops: vec![Hop { component, from: None, to: self.state.host(component)? }],
                parking: false,
            },
        };
        let may = |hop: &Hop| {
            let c = self.problem.component(hop.component);
            let made = self.detours.made.get(&hop.component).copied().unwrap_or(0);
            c.is_settled() && !c.pinned && made < DETOURS_EACH && !self.barred.contains(&hop.component)
        };
        unit.hops.iter_mut().for_each(|hop| hop.from = self.state.host(hop.component));
        unit.hops.iter().all(may).then_some(unit)
    }

    /// Places for `blocker` out of the way of `unit`, each with the detours that open it.
    fn ways(
        &mut self,
        blocker: &Unit,
        unit: &Unit,
        detours: usize,
        busy: &BTreeSet<ComponentId>,
    ) -> Vec<(Unit, Vec<Unit>)> {
        let mut ways = Vec::new();
        let mut closed = Vec::new();
        for index in 0..self.detours.places.len() {
            let host = self.detours.places[index];
            let Some(detour) = self.aside(blocker, unit, host) else { continue };
            let fits = detour.hops.iter().all(|hop| self.state.fits(hop.component, host));
            if fits && self.can_go(&detour) {
                ways.push((detour, Vec::new()));
            } else if detours > 1 && !fits && closed.len() < PLACES {
                closed.push(detour);
            }
            if ways.len() == PLACES {
                return ways;
            }
        }
        for detour in closed {
            if let Some(script) = self.script(&detour, detours - 1, busy).filter(|s| !s.is_empty()) {
                ways.push((detour, script));
            }
        }
        ways
    }

    /// `blocker` on its way to `host`, if that may be and is out of the way.
    fn aside(&self, blocker: &Unit, unit: &Unit, host: HostId) -> Option<Unit> {
        let free = !unit.hops.iter().any(|hop| hop.to == host);
        let may = |hop: &Hop| {
            host != hop.to
                && Some(host) != hop.from
                && self.problem.component(hop.component).initial != Some(host)
                && self.problem.may_be_on(hop.component, host)
                && self.problem.may_migrate(host, hop.to)
        };
        let aside = |hop: &Hop| Hop { to: host, ..*hop };
        (free && blocker.hops.iter().all(may))
            .then(|| Unit { hops: blocker.hops.iter().map(aside).collect(), parking: true })
    }
}
