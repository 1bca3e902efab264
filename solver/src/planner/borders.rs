//! Uplinks and power of domains (C1b) under any subset of a wave.

use colocate_model::{EdgeId, Problem, Ratio, UNLIMITED};

use super::{Hop, Unit};
use crate::state::SearchState;

/// The rows at the start of the wave, and the most that the wave can add to them.
#[derive(Debug)]
pub(super) struct Borders {
    steps: usize,
    /// Bytes/s and limit of every limited border and step, before the wave.
    uplinks: Vec<(i64, i64)>,
    /// What the units so far add at most, if none shares an edge with another.
    added: Vec<i64>,
    /// The same after the last unit.
    latest: Vec<i64>,
    /// All bytes of the edges touched, per step: what they add at most whatever happens.
    edge_bytes: Vec<i64>,
    touched: Vec<bool>,
    shared: bool,
    /// mW and limit of every limited domain and step, before the wave.
    power: Vec<(i64, i64)>,
    drawn: Vec<i64>,
    units: Vec<u32>,
    /// The domains with a limit on power of each host.
    powered: Vec<Vec<usize>>,
}

impl Borders {
    pub(super) fn new(problem: &Problem, state: &SearchState<'_>) -> Self {
        let mut powered = vec![Vec::new(); problem.hosts.len()];
        let mut rows = 0;
        for partition in &problem.partitions {
            for (domain, limits) in partition.domains.iter().enumerate() {
                if limits.power_mw.is_none() {
                    continue;
                }
                let inside = partition.domain_of.iter().enumerate();
                inside.filter(|e| e.1.index() == domain).for_each(|(host, _)| powered[host].push(rows));
                rows += 1;
            }
        }
        let mut borders = Self {
            steps: problem.steps(),
            uplinks: Vec::new(),
            added: Vec::new(),
            latest: Vec::new(),
            edge_bytes: Vec::new(),
            touched: vec![false; problem.traffic.edges.len()],
            shared: false,
            power: Vec::new(),
            drawn: Vec::new(),
            units: vec![0; rows],
            powered,
        };
        borders.close(state);
        borders
    }

    /// Power: the worst case is every arrival of the wave and no departure; one unit alone is checked by the state.
    pub(super) fn admits(&self, problem: &Problem, unit: &Unit) -> bool {
        if self.power.is_empty() {
            return true;
        }
        let mut drawn = self.drawn.clone();
        self.draw(problem, unit, &mut drawn);
        self.domains(unit).into_iter().all(|domain| {
            let rows = domain * self.steps..(domain + 1) * self.steps;
            self.units[domain] == 0 || rows.into_iter().all(|row| drawn[row] <= self.power[row].1)
        })
    }

    /// Uplinks: either no two units share an edge, so that what they add is a sum, or all bytes of their edges fit.
    pub(super) fn hold(&self, problem: &Problem, unit: &Unit, state: &SearchState<'_>) -> bool {
        if self.uplinks.is_empty() {
            return true;
        }
        let edges = self.edges(problem, unit);
        let shares = self.shared || edges.iter().any(|edge| self.touched[edge.index()]);
        let fits = |(row, now): (usize, (i64, i64))| {
            let (before, limit) = self.uplinks[row];
            before + self.added[row] + (now.0 - self.latest[row]).max(0) <= limit
        };
        if !shares && state.uplinks().enumerate().all(fits) {
            return true;
        }
        let first = self.touched.iter().all(|&touched| !touched);
        let mut bytes = self.edge_bytes.clone();
        self.count_bytes(problem, &edges, &mut bytes);
        first
            || self
                .uplinks
                .iter()
                .enumerate()
                .all(|(row, &(before, limit))| before + bytes[row % self.steps] <= limit)
    }

    pub(super) fn record(&mut self, problem: &Problem, unit: &Unit, state: &SearchState<'_>) {
        if !self.power.is_empty() {
            let mut drawn = std::mem::take(&mut self.drawn);
            self.draw(problem, unit, &mut drawn);
            self.drawn = drawn;
            self.domains(unit).into_iter().for_each(|domain| self.units[domain] += 1);
        }
        if self.uplinks.is_empty() {
            return;
        }
        for (row, (now, _)) in state.uplinks().enumerate() {
            self.added[row] += (now - self.latest[row]).max(0);
            self.latest[row] = now;
        }
        let edges = self.edges(problem, unit);
        let mut bytes = std::mem::take(&mut self.edge_bytes);
        self.count_bytes(problem, &edges, &mut bytes);
        self.edge_bytes = bytes;
        self.shared |= edges.iter().any(|edge| self.touched[edge.index()]);
        edges.iter().for_each(|edge| self.touched[edge.index()] = true);
    }

    pub(super) fn close(&mut self, state: &SearchState<'_>) {
        self.uplinks = state.uplinks().collect();
        self.latest = self.uplinks.iter().map(|row| row.0).collect();
        self.added = vec![0; self.uplinks.len()];
        self.edge_bytes = vec![0; self.steps];
        if !self.uplinks.is_empty() {
            self.touched.fill(false);
        }
        self.shared = false;
        self.power = state.power().collect();
        self.drawn = self.power.iter().map(|row| row.0).collect();
        self.units.fill(0);
    }

    /// The edges whose flow `unit` can change.
    fn edges(&self, problem: &Problem, unit: &Unit) -> Vec<EdgeId> {
        let groups = unit.hops.iter().flat_map(|hop| &problem.component(hop.component).groups);
        let mut edges: Vec<EdgeId> =
            groups.flat_map(|group| &problem.traffic.groups[group.index()].edges).copied().collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// Adds all bytes of the edges that are not counted yet.
    fn count_bytes(&self, problem: &Problem, edges: &[EdgeId], bytes: &mut [i64]) {
        for edge in edges.iter().filter(|edge| !self.touched[edge.index()]) {
            let edge = &problem.traffic.edges[edge.index()];
            let ends = [edge.from, edge.to].map(|end| problem.traffic.groups[end.index()].members.len());
            let units = (ends[0] * ends[1]) as i128;
            let all = edge.bytes.iter().map(|&b| edge.byte_share.times(i128::from(b) * units));
            bytes.iter_mut().zip(all).for_each(|(sum, more)| *sum += more);
        }
    }

    /// The domains with a limit on power that `unit` touches.
    fn domains(&self, unit: &Unit) -> Vec<usize> {
        let hosts = unit.hops.iter().flat_map(|hop| hop.from.into_iter().chain([hop.to]));
        let mut domains: Vec<usize> = hosts.flat_map(|host| self.powered[host.index()].clone()).collect();
        domains.sort_unstable();
        domains.dedup();
        domains
    }

    /// Adds the most power that the arrivals of `unit` can draw: what they use, and an idle host switched on for each.
    fn draw(&self, problem: &Problem, unit: &Unit, drawn: &mut [i64]) {
        for hop in &unit.hops {
            for step in 0..self.steps {
                let more = power_of(problem, hop, step);
                for domain in &self.powered[hop.to.index()] {
                    drawn[domain * self.steps + step] += more;
                }
            }
        }
    }
}

fn power_of(problem: &Problem, hop: &Hop, step: usize) -> i64 {
    let host = problem.host(hop.to);
    let Some(power) = host.power else { return 0 };
    let idle = if power.power_managed { power.idle_mw } else { 0 };
    let used = problem.policy.prices.energy_resource.map_or(0, |k| {
        let capacity = host.capacity[k.index()];
        if capacity == UNLIMITED || capacity == 0 {
            return 0;
        }
        let demand = problem.demand(hop.component)[k.index() * problem.steps() + step];
        // Rounding can add one.
        Ratio::new(power.slope_mw.into(), capacity.into()).times(demand.into()) + 1
    });
    idle + used
}
