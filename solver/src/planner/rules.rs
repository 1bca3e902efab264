//! Spread (C4), dependency (C5) and latency ceilings (C7) under any subset of a wave.
//!
//! A row that only one unit of a wave touches has two values, and the search state checks both. Where several touch it,
//! it must hold in the worst case: with every departure of the wave and none of its arrivals.

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::{PartitionId, Problem, ServiceId};

use super::Unit;

/// Where services are, and what the wave does to that.
#[derive(Debug)]
pub(super) struct Rules {
    presences: Vec<Presence>,
    presences_of: Vec<Vec<usize>>,
    dependencies: Vec<Dependency>,
    /// The rows of C7 of every service.
    ceilings_of: Vec<Vec<usize>>,
    /// Whether the wave touches a row of C7.
    touched: Vec<bool>,
}

/// Components of a service per domain of a partition.
#[derive(Debug)]
struct Presence {
    service: ServiceId,
    partition: PartitionId,
    /// At the start of the wave.
    count: BTreeMap<u32, u32>,
    leaving: BTreeMap<u32, u32>,
    arriving: BTreeMap<u32, u32>,
    /// Units of the wave that go from one domain to another.
    crossing: u32,
    /// C4: the fewest domains, what was missing at the start already taken off.
    least: usize,
    /// Dependencies it takes part in.
    dependencies: Vec<usize>,
}

/// C5 between two presences.
#[derive(Debug)]
struct Dependency {
    from: usize,
    on: usize,
    /// Domains that lack it at the start.
    lacking: BTreeSet<u32>,
    /// Domains that a unit of the wave touches.
    touched: BTreeSet<u32>,
}

/// What one unit does to a presence: the domains its components leave and enter.
#[derive(Debug, Default)]
struct Crossing {
    leaving: BTreeMap<u32, u32>,
    arriving: BTreeMap<u32, u32>,
}

impl Rules {
    pub(super) fn new(problem: &Problem) -> Self {
        let services = problem.services.len();
        let mut rules = Self {
            presences: Vec::new(),
            presences_of: vec![Vec::new(); services],
            dependencies: Vec::new(),
            ceilings_of: vec![Vec::new(); services],
            touched: Vec::new(),
        };
        for (index, service) in problem.services.iter().enumerate() {
            let id = ServiceId::new(index);
            for &(partition, least) in &service.spread {
                let presence = rules.presence(problem, id, partition);
                let occupied = rules.presences[presence].count.len();
                rules.presences[presence].least = occupied.min(least as usize);
            }
            for dependency in &service.depends_on {
                let from = rules.presence(problem, id, dependency.within);
                let on = rules.presence(problem, dependency.service, dependency.within);
                let has = &rules.presences[on].count;
                let lacking = rules.presences[from].count.keys().filter(|d| !has.contains_key(d)).copied();
                let dependency =
                    Dependency { from, on, lacking: lacking.collect(), touched: BTreeSet::new() };
                rules.presences[from].dependencies.push(rules.dependencies.len());
                rules.presences[on].dependencies.push(rules.dependencies.len());
                rules.dependencies.push(dependency);
            }
            for ceiling in &service.max_latency {
                let row = rules.touched.len();
                rules.touched.push(false);
                rules.ceilings_of[index].push(row);
                rules.ceilings_of[ceiling.to.index()].push(row);
            }
        }
        rules
    }

    /// The presence of a service in a partition, made when it is first asked for.
    fn presence(&mut self, problem: &Problem, service: ServiceId, partition: PartitionId) -> usize {
        let known = self.presences_of[service.index()].iter();
        if let Some(&found) = known.clone().find(|&&p| self.presences[p].partition == partition) {
            return found;
        }
        let mut count = BTreeMap::new();
        for host in problem.service(service).components.iter().filter_map(|&c| problem.component(c).initial) {
            *count.entry(problem.domain(partition, host).0).or_default() += 1;
        }
        let id = self.presences.len();
        self.presences_of[service.index()].push(id);
        self.presences.push(Presence {
            service,
            partition,
            count,
            leaving: BTreeMap::new(),
            arriving: BTreeMap::new(),
            crossing: 0,
            least: 0,
            dependencies: Vec::new(),
        });
        id
    }

    pub(super) fn admits(&self, problem: &Problem, unit: &Unit) -> bool {
        let free =
            |service: ServiceId| self.ceilings_of[service.index()].iter().all(|&row| !self.touched[row]);
        if !unit.hops.iter().all(|hop| free(problem.component(hop.component).service)) {
            return false;
        }
        let crossings = self.crossings(problem, unit);
        crossings.iter().all(|(&id, crossing)| {
            self.spread_holds(id, crossing)
                && self.presences[id]
                    .dependencies
                    .iter()
                    .all(|&d| self.dependency_holds(d, crossing, &crossings))
        })
    }

    /// C4, where another unit of the wave crosses too: enough domains are left with every departure.
    fn spread_holds(&self, id: usize, crossing: &Crossing) -> bool {
        let presence = &self.presences[id];
        if presence.crossing == 0 || presence.least == 0 {
            return true;
        }
        let stays = |entry: &(&u32, &u32)| {
            *entry.1 > at(&presence.leaving, *entry.0) + at(&crossing.leaving, *entry.0)
        };
        presence.count.iter().filter(stays).count() >= presence.least
    }

    /// C5 in the domains that this unit and another one of the wave touch.
    fn dependency_holds(
        &self,
        id: usize,
        crossing: &Crossing,
        crossings: &BTreeMap<usize, Crossing>,
    ) -> bool {
        let dependency = &self.dependencies[id];
        let (from, on) = (&self.presences[dependency.from], &self.presences[dependency.on]);
        let none = Crossing::default();
        let of = |presence: usize| crossings.get(&presence).unwrap_or(&none);
        let shared = crossing.leaving.keys().chain(crossing.arriving.keys());
        shared.filter(|domain| dependency.touched.contains(domain)).all(|&domain| {
            let leaving = at(&on.leaving, domain) + at(&of(dependency.on).leaving, domain);
            let needed = at(&from.count, domain)
                + at(&from.arriving, domain)
                + at(&of(dependency.from).arriving, domain);
            needed == 0 || at(&on.count, domain) > leaving || dependency.lacking.contains(&domain)
        })
    }

    pub(super) fn record(&mut self, problem: &Problem, unit: &Unit) {
        for hop in &unit.hops {
            let service = problem.component(hop.component).service;
            self.ceilings_of[service.index()].iter().for_each(|&row| self.touched[row] = true);
        }
        for (id, crossing) in self.crossings(problem, unit) {
            let presence = &mut self.presences[id];
            presence.crossing += 1;
            for &dependency in &presence.dependencies {
                let domains = crossing.leaving.keys().chain(crossing.arriving.keys());
                self.dependencies[dependency].touched.extend(domains);
            }
            add(&mut presence.leaving, &crossing.leaving);
            add(&mut presence.arriving, &crossing.arriving);
        }
    }

    /// Makes what has left and what has arrived count.
    pub(super) fn close(&mut self) {
        self.touched.fill(false);
        self.dependencies.iter_mut().for_each(|dependency| dependency.touched.clear());
        for presence in self.presences.iter_mut().filter(|presence| presence.crossing > 0) {
            presence.crossing = 0;
            let arriving = std::mem::take(&mut presence.arriving);
            add(&mut presence.count, &arriving);
            for (domain, left) in std::mem::take(&mut presence.leaving) {
                *presence.count.entry(domain).or_default() -= left;
            }
            presence.count.retain(|_, count| *count > 0);
        }
    }

    /// What `unit` does to the presences it touches.
    fn crossings(&self, problem: &Problem, unit: &Unit) -> BTreeMap<usize, Crossing> {
        let mut crossings: BTreeMap<usize, Crossing> = BTreeMap::new();
        for hop in &unit.hops {
            for &id in &self.presences_of[problem.component(hop.component).service.index()] {
                let presence = &self.presences[id];
                debug_assert_eq!(presence.service, problem.component(hop.component).service);
                let domain = |host| problem.domain(presence.partition, host).0;
                let (from, to) = (hop.from.map(domain), domain(hop.to));
                if from == Some(to) {
                    continue;
                }
                let crossing = crossings.entry(id).or_default();
                if let Some(from) = from {
                    *crossing.leaving.entry(from).or_default() += 1;
                }
                *crossing.arriving.entry(to).or_default() += 1;
            }
        }
        crossings
    }
}

fn at(counts: &BTreeMap<u32, u32>, domain: u32) -> u32 {
    counts.get(&domain).copied().unwrap_or(0)
}

fn add(counts: &mut BTreeMap<u32, u32>, more: &BTreeMap<u32, u32>) {
    more.iter().for_each(|(&domain, count)| *counts.entry(domain).or_default() += count);
}
