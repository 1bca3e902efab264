//! Tiny neighbourhoods: take some components of a few hosts out and put them back better.

use colocate_model::{ComponentId, Cost, HostId};
use rand::RngExt;
use rand_pcg::Pcg64Mcg;

use super::phase::Phase;
use crate::state::{Change, SearchState};
use crate::stop::Stop;

/// Dead ends a component may cause before the neighbourhood is given up.
const FAILURES_PER_COMPONENT: usize = 1;

/// Most components taken out.
const MOST_COMPONENTS: usize = 40;
/// Most hosts they are taken from.
const MOST_SOURCES: usize = 4;
/// Hosts of which the dearest is the first they are taken from.
const TOURNAMENT: usize = 3;
/// Most hosts they may go to.
const MOST_TARGETS: usize = 100;
/// An insertion that is not possible.
const NOWHERE: Cost = Cost::MAX;

/// Depth-first reinsertion of `removed` into `hosts`.
struct Reinsertion<'s, 'p> {
    state: &'s mut SearchState<'p>,
    phase: &'s Phase,
    hosts: Vec<HostId>,
    removed: Vec<ComponentId>,
    placed: Vec<bool>,
    /// Insertion cost of each component on each host, [`NOWHERE`] where it does not fit; component by component.
    costs: Vec<Cost>,
    rows: Vec<Cheapest>,
    /// Totals below this are good enough.
    target: Cost,
    failures: usize,
    priced: u64,
}

/// The cheapest insertions of a component.
#[derive(Debug, Clone, Copy)]
struct Cheapest {
    first: Cost,
    second: Cost,
}

/// What a reinsertion did.
#[derive(Debug, Default)]
pub(crate) struct Reinserted {
    /// What would undo it; `None` when everything is as it was.
    pub(crate) undo: Option<Vec<Change>>,
    /// Insertions it priced: how much work it was.
    pub(crate) priced: u64,
}

/// Takes components off a few random hosts and reinserts them, keeping the result if its total is below `target`.
///
/// # Source
/// The depth-first reinsertion of constraint-based large neighbourhood search: Shaw (1998), "Using Constraint
/// Programming and Local Search Methods to Solve Vehicle Routing Problems", §2, with cheapest insertions and a limit on
/// failures.
pub(crate) fn step(
    state: &mut SearchState<'_>,
    phase: &Phase,
    target: Cost,
    rng: &mut Pcg64Mcg,
) -> Reinserted {
    let mut hosts = pick_hosts(state, rng);
    // The first source is the dearest of a few: there is most to gain.
    let goal = &state.problem().policy.goals[phase.goal];
    let dearest = (0..TOURNAMENT.min(hosts.len())).max_by_key(|&index| state.load_cost(hosts[index], goal));
    hosts.swap(0, dearest.unwrap_or(0));
    let sources = rng.random_range(1..=MOST_SOURCES.min(hosts.len()));
    let most = rng.random_range(2..=MOST_COMPONENTS);
    let removed = pick_components(state, &hosts[..sources], most, rng);
    if removed.is_empty() {
        return Reinserted { undo: None, priced: 1 };
    }
    reinsert(state, phase, removed, hosts, target)
}

/// Makes room for components without a host; whether all of them were placed.
///
/// Takes out some components of hosts that may run one of them, and reinserts all, for at most `tries` times.
pub(crate) fn rescue(
    state: &mut SearchState<'_>,
    phase: &Phase,
    tries: usize,
    stop: &Stop,
    rng: &mut Pcg64Mcg,
) -> bool {
    let problem = state.problem();
    for _ in 0..tries {
        let homeless: Vec<ComponentId> =
            problem.component_ids().filter(|&id| state.host(id).is_none()).take(MOST_COMPONENTS).collect();
        if homeless.is_empty() {
            return true;
        }
        if stop.reason().is_some() {
            break;
        }
        let mut hosts = pick_hosts(state, rng);
        let asking = homeless[rng.random_range(0..homeless.len())];
        hosts.sort_by_key(|&host| !problem.may_be_on(asking, host));
        let sources = rng.random_range(1..=MOST_SOURCES.min(hosts.len()));
        let most = rng.random_range(1..=MOST_COMPONENTS);
        let mut removed = pick_components(state, &hosts[..sources], most, rng);
        removed.extend(&homeless);
        reinsert(state, phase, removed, hosts, Cost::MAX);
    }
    problem.component_ids().all(|id| state.host(id).is_some())
}

/// Takes `removed` out and puts them on `hosts` with a total below `target`, if there is a way.
fn reinsert(
    state: &mut SearchState<'_>,
    phase: &Phase,
    removed: Vec<ComponentId>,
    hosts: Vec<HostId>,
    target: Cost,
) -> Reinserted {
    let undo: Vec<Change> = removed.iter().map(|&component| state.set(component, None)).collect();
    let count = removed.len();
    let mut search = Reinsertion {
        state,
        phase,
        costs: vec![NOWHERE; count * hosts.len()],
        rows: vec![Cheapest { first: NOWHERE, second: NOWHERE }; count],
        hosts,
        placed: vec![false; count],
        removed,
        target,
        failures: count * FAILURES_PER_COMPONENT,
        priced: 0,
    };
    search.open();
    if search.descend(count) {
        return Reinserted { undo: Some(undo), priced: search.priced };
    }
    for change in undo.iter().rev() {
        search.state.set(change.component, change.to);
    }
    Reinserted { undo: None, priced: search.priced }
}

/// Distinct hosts in random order.
fn pick_hosts(state: &SearchState<'_>, rng: &mut Pcg64Mcg) -> Vec<HostId> {
    let all = state.problem().hosts.len();
    if all <= 4 * MOST_TARGETS {
        let mut hosts: Vec<HostId> = state.problem().host_ids().collect();
        for index in 0..all.min(MOST_TARGETS) {
            hosts.swap(index, rng.random_range(index..all));
        }
        hosts.truncate(MOST_TARGETS);
        return hosts;
    }
    let mut hosts: Vec<HostId> = Vec::with_capacity(MOST_TARGETS);
    while hosts.len() < MOST_TARGETS {
        let host = HostId::new(rng.random_range(0..all));
        if !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// At most `count` random components of `hosts`.
fn pick_components(
    state: &SearchState<'_>,
    hosts: &[HostId],
    count: usize,
    rng: &mut Pcg64Mcg,
) -> Vec<ComponentId> {
    let mut all: Vec<ComponentId> = hosts.iter().flat_map(|&host| state.members(host)).copied().collect();
    let count = count.min(all.len());
    for index in 0..count {
        let other = rng.random_range(index..all.len());
        all.swap(index, other);
    }
    all.truncate(count);
    all
}

impl Reinsertion<'_, '_> {
    fn insertion_cost(&mut self, index: usize, host: usize) -> Cost {
        self.priced += 1;
        let goal = &self.state.problem().policy.goals[self.phase.goal];
        self.state.insertion_cost(self.removed[index], self.hosts[host], goal).unwrap_or(NOWHERE)
    }

    /// Computes all insertion costs.
    fn open(&mut self) {
        for index in 0..self.removed.len() {
            for host in 0..self.hosts.len() {
                self.costs[index * self.hosts.len() + host] = self.insertion_cost(index, host);
            }
            self.rescan(index);
        }
    }

    /// Finds the cheapest insertions of a component.
    fn rescan(&mut self, index: usize) {
        let (mut first, mut second) = (NOWHERE, NOWHERE);
        for &cost in &self.costs[index * self.hosts.len()..][..self.hosts.len()] {
            if cost < first {
                (first, second) = (cost, first);
            } else if cost < second {
                second = cost;
            }
        }
        self.rows[index] = Cheapest { first, second };
    }

    /// Sets one insertion cost and what follows from it.
    fn set_cost(&mut self, index: usize, host: usize, new: Cost) {
        let cell = index * self.hosts.len() + host;
        let old = std::mem::replace(&mut self.costs[cell], new);
        if old != new && (old.min(new) <= self.rows[index].second) {
            self.rescan(index);
        }
    }

    /// The component with the most to lose, those with a single host first; and the sum of the cheapest insertions.
    /// `None` when one fits nowhere.
    fn next(&self) -> Option<(usize, Cost)> {
        let mut best: Option<(Cost, usize)> = None;
        let mut bound = 0;
        for index in (0..self.removed.len()).filter(|&index| !self.placed[index]) {
            let Cheapest { first, second } = self.rows[index];
            if first == NOWHERE {
                return None;
            }
            bound += first;
            let regret = second.saturating_sub(first);
            if best.is_none_or(|(known, _)| regret > known) {
                best = Some((regret, index));
            }
        }
        best.map(|(_, index)| (index, bound))
    }

    /// Places the `left` remaining components; true when the total ends below the target.
    fn descend(&mut self, left: usize) -> bool {
        if left == 0 {
            return self.phase.total(self.state) < self.target && self.phase.admits(self.state)
                || self.fail();
        }
        let Some((index, bound)) = self.next() else { return self.fail() };
        if self.phase.total(self.state).saturating_add(bound) >= self.target {
            return self.fail();
        }
        let row = &self.costs[index * self.hosts.len()..][..self.hosts.len()];
        let mut order: Vec<(Cost, usize)> = row
            .iter()
            .enumerate()
            .filter(|entry| *entry.1 != NOWHERE)
            .map(|(host, &cost)| (cost, host))
            .collect();
        order.sort_unstable();
        self.placed[index] = true;
        for (_, host) in order {
            self.state.set(self.removed[index], Some(self.hosts[host]));
            let before = self.refresh(host);
            if self.descend(left - 1) {
                return true;
            }
            self.state.set(self.removed[index], None);
            for (index, cost) in before {
                self.set_cost(index, host, cost);
            }
            if self.failures == 0 {
                break;
            }
        }
        self.placed[index] = false;
        false
    }

    /// Recomputes the insertion costs on a host and returns what they were.
    fn refresh(&mut self, host: usize) -> Vec<(usize, Cost)> {
        let mut before = Vec::new();
        for index in 0..self.removed.len() {
            let old = self.costs[index * self.hosts.len() + host];
            if !self.placed[index] && old != NOWHERE {
                before.push((index, old));
                let new = self.insertion_cost(index, host);
                self.set_cost(index, host, new);
            }
        }
        before
    }

    fn fail(&mut self) -> bool {
        self.failures = self.failures.saturating_sub(1);
        false
    }
}
