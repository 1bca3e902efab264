//! Budgets (C8) under any subset of a wave.
//!
//! Budgets count, per class and host, by how much the number of components differs from the start. Any subset of a wave
//! is reached hop by hop, and in whatever order, a hop adds to a count at most:
//! - where it arrives: 1 if the host can hold as many of the class as at the start by then;
//! - where it leaves: -1 if the host holds more of the class than at the start even when the others have left.
//!
//! The counts before the wave and all that its hops add at most have to be within the limits.

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::{ClassId, HostId, Problem};

use super::{Hop, Unit};

/// A class of interchangeable components on a host.
type Cell = (ClassId, HostId);

/// The counts before the wave, and what the wave adds at most.
#[derive(Debug)]
pub(super) struct Budgets {
    limits: Vec<i64>,
    counts: Vec<i64>,
    most: Vec<i64>,
    cells: BTreeMap<Cell, Change>,
    units: Vec<Member>,
}

/// A cell: components beyond those of the start, and what the wave does.
#[derive(Debug, Default)]
struct Change {
    net: i64,
    arriving: i64,
    leaving: i64,
    units: BTreeSet<usize>,
}

/// A unit of the wave, and what it adds at most to each count.
#[derive(Debug)]
struct Member {
    hops: Vec<Hop>,
    adds: BTreeMap<usize, i64>,
}

impl Budgets {
    pub(super) fn new(problem: &Problem) -> Self {
        let limits = limits(problem);
        let zeros = vec![0; limits.len()];
        Self { limits, counts: zeros.clone(), most: zeros, cells: BTreeMap::new(), units: Vec::new() }
    }

    /// Whether every subset of the wave and `unit` is within the budgets; one unit alone is checked by the state.
    pub(super) fn admits(&self, problem: &Problem, unit: &Unit) -> bool {
        let hops = counted(problem, unit);
        if self.limits.is_empty() || self.units.is_empty() || hops.is_empty() {
            return true;
        }
        let cells = arrivals_and_departures(problem, &hops);
        let mut more = self.adds(problem, &hops, &cells);
        for index in self.beside(&cells) {
            let other = &self.units[index];
            self.adds(problem, &other.hops, &cells)
                .iter()
                .for_each(|(m, a)| *more.entry(*m).or_default() += a);
            other.adds.iter().for_each(|(meter, add)| *more.entry(*meter).or_default() -= add);
        }
        more.iter().all(|(&m, add)| *add <= 0 || self.counts[m] + self.most[m] + add <= self.limits[m])
    }

    pub(super) fn record(&mut self, problem: &Problem, unit: &Unit) {
        let hops = counted(problem, unit);
        if self.limits.is_empty() || hops.is_empty() {
            return;
        }
        let cells = arrivals_and_departures(problem, &hops);
        let mut affected = self.beside(&cells);
        affected.insert(self.units.len());
        self.units.push(Member { hops, adds: BTreeMap::new() });
        for (&cell, &(arriving, leaving)) in &cells {
            let change = self.cells.entry(cell).or_default();
            change.arriving += arriving;
            change.leaving += leaving;
            change.units.insert(self.units.len() - 1);
        }
        for index in affected {
            let adds = self.adds(problem, &self.units[index].hops, &BTreeMap::new());
            let before = std::mem::replace(&mut self.units[index].adds, adds);
            before.iter().for_each(|(&meter, add)| self.most[meter] -= add);
            self.units[index].adds.iter().for_each(|(&meter, add)| self.most[meter] += add);
        }
    }

    /// Makes the wave count as it ended.
    pub(super) fn close(&mut self, problem: &Problem) {
        for change in self.cells.values_mut() {
            (change.arriving, change.leaving) = (0, 0);
            change.units.clear();
        }
        for unit in std::mem::take(&mut self.units) {
            for hop in &unit.hops {
                // With nothing else on the way, what a hop adds at most is what it adds.
                let mut adds = BTreeMap::new();
                self.add(problem, hop, &arrivals_and_departures(problem, &[*hop]), &mut adds);
                adds.iter().for_each(|(&meter, add)| self.counts[meter] += add);
                self.cells.entry(cell(problem, hop, hop.to)).or_default().net += 1;
                let from = hop.from.expect("only hops from a host count");
                self.cells.entry(cell(problem, hop, from)).or_default().net -= 1;
            }
        }
        self.cells.retain(|_, change| change.net != 0);
        self.most.fill(0);
    }

    /// The units of the wave that share a cell with these.
    fn beside(&self, cells: &BTreeMap<Cell, (i64, i64)>) -> BTreeSet<usize> {
        let known = cells.keys().filter_map(|cell| self.cells.get(cell));
        known.flat_map(|change| change.units.iter().copied()).collect()
    }

    /// What hops that go together add at most, never less than nothing.
    fn adds(
        &self,
        problem: &Problem,
        hops: &[Hop],
        beside: &BTreeMap<Cell, (i64, i64)>,
    ) -> BTreeMap<usize, i64> {
        let mut adds = BTreeMap::new();
        hops.iter().for_each(|hop| self.add(problem, hop, beside, &mut adds));
        adds.retain(|_, add| *add > 0);
        adds
    }

    /// Adds what `hop` adds at most. `beside`: (arriving, leaving) beyond what the cells know; the hop is in one of both.
    fn add(
        &self,
        problem: &Problem,
        hop: &Hop,
        beside: &BTreeMap<Cell, (i64, i64)>,
        adds: &mut BTreeMap<usize, i64>,
    ) {
        let of = |host: HostId| {
            let key = cell(problem, hop, host);
            let known = self.cells.get(&key).map_or((0, 0, 0), |c| (c.net, c.arriving, c.leaving));
            let more = beside.get(&key).copied().unwrap_or_default();
            (known.0, known.1 + more.0, known.2 + more.1)
        };
        let mut count = |host: HostId, new: bool, sign: i64| {
            meters(problem, hop, host, new, |meter, amount| *adds.entry(meter).or_default() += sign * amount);
        };
        let from = hop.from.expect("only hops from a host count");
        let ((arrived, arriving, _), (left, _, leaving)) = (of(hop.to), of(from));
        if arrived + arriving > 0 {
            count(hop.to, true, 1);
        } else {
            count(hop.to, false, -1);
        }
        if left - leaving >= 0 {
            count(from, true, -1);
        } else {
            count(from, false, 1);
        }
    }
}

/// The hops of `unit` that budgets count.
fn counted(problem: &Problem, unit: &Unit) -> Vec<Hop> {
    unit.moves().filter(|hop| problem.component(hop.component).is_settled()).copied().collect()
}

fn cell(problem: &Problem, hop: &Hop, host: HostId) -> Cell {
    (problem.component(hop.component).class, host)
}

fn arrivals_and_departures(problem: &Problem, hops: &[Hop]) -> BTreeMap<Cell, (i64, i64)> {
    let mut cells: BTreeMap<Cell, (i64, i64)> = BTreeMap::new();
    for hop in hops {
        cells.entry(cell(problem, hop, hop.to)).or_default().0 += 1;
        if let Some(from) = hop.from {
            cells.entry(cell(problem, hop, from)).or_default().1 += 1;
        }
    }
    cells
}

/// Moves, bytes, moves per service, per source domain, per target domain; none where nothing is limited.
fn limits(problem: &Problem) -> Vec<i64> {
    let budgets = &problem.policy.budgets;
    let or_none = |limit: Option<i64>| limit.unwrap_or(i64::MAX / 2);
    let mut limits = vec![or_none(budgets.moves), or_none(budgets.bytes)];
    limits.extend(vec![or_none(budgets.moves_per_service); problem.services.len()]);
    for &(partition, limit) in budgets.moves_per_source.iter().chain(&budgets.moves_per_target) {
        limits.extend(vec![limit; problem.partitions[partition.index()].domains.len()]);
    }
    let limited = limits.iter().any(|&limit| limit != i64::MAX / 2);
    if limited { limits } else { Vec::new() }
}

/// The positions in [`limits`] of what a component that is `new` on `host`, or missing there, counts in, and how much.
fn meters(problem: &Problem, hop: &Hop, host: HostId, new: bool, mut count: impl FnMut(usize, i64)) {
    let (budgets, component) = (&problem.policy.budgets, problem.component(hop.component));
    if new {
        count(0, 1);
        count(1, component.bytes);
        count(2 + component.service.index(), 1);
    }
    let mut first = 2 + problem.services.len();
    for (targets, list) in [(false, &budgets.moves_per_source), (true, &budgets.moves_per_target)] {
        for &(partition, _) in list {
            if targets == new {
                count(first + problem.domain(partition, host).index(), 1);
            }
            first += problem.partitions[partition.index()].domains.len();
        }
    }
}
