//! Room for arrivals before anything departs: capacity of hosts and domains (C1, C1b, C2), power, and exclusions (C3).

use std::collections::BTreeMap;

use colocate_model::{Amount, HostId, PartitionId, Problem, UNLIMITED};

use super::{Hop, Unit};

/// What every site and exclusion holds, with all arrivals of the wave and none of its departures.
#[derive(Debug)]
pub(super) struct Rooms {
    dimensions: usize,
    transient: Vec<bool>,
    /// Sites x dimensions: hosts first, then the domains with a capacity.
    load: Vec<Amount>,
    limit: Vec<Amount>,
    /// The limited domains of each host: (partition, site).
    domains_of: Vec<Vec<(PartitionId, usize)>>,
    /// Per exclusion: members per domain.
    members: Vec<BTreeMap<u32, u32>>,
    /// Per exclusion: domains that hold more than one at the start.
    crowded: Vec<BTreeMap<u32, u32>>,
    exclusions_of: Vec<Vec<u32>>,
    /// Hops of the wave.
    departures: Vec<Hop>,
}

impl Rooms {
    pub(super) fn new(problem: &Problem) -> Self {
        let (dimensions, steps) = (problem.dimensions(), problem.steps());
        let mut rooms = Self {
            dimensions,
            transient: problem.resources.iter().flat_map(|k| vec![k.transient; steps]).collect(),
            load: Vec::new(),
            limit: Vec::new(),
            domains_of: vec![Vec::new(); problem.hosts.len()],
            members: vec![BTreeMap::new(); problem.exclusions.len()],
            crowded: Vec::new(),
            exclusions_of: vec![Vec::new(); problem.components.len()],
            departures: Vec::new(),
        };
        let spread = |amounts: &[Amount]| amounts.iter().flat_map(|&a| vec![a; steps]).collect::<Vec<_>>();
        for host in &problem.hosts {
            let room = spread(&host.capacity).into_iter().zip(&host.held);
            rooms.limit.extend(room.map(|(capacity, held)| less(capacity, *held)));
            rooms.load.extend(spread(&host.base));
        }
        for (index, partition) in problem.partitions.iter().enumerate().skip(1) {
            for (number, domain) in partition.domains.iter().enumerate() {
                if domain.capacity.iter().all(|&capacity| capacity == UNLIMITED) {
                    continue;
                }
                let site = rooms.load.len() / dimensions.max(1);
                let mut base = vec![0; dimensions];
                let inside = partition.domain_of.iter().enumerate().filter(|entry| entry.1.index() == number);
                for (host, _) in inside {
                    rooms.domains_of[host].push((PartitionId::new(index), site));
                    let of_host = spread(&problem.hosts[host].base);
                    base.iter_mut().zip(of_host).for_each(|(sum, more)| *sum += more);
                }
                rooms.load.extend(base);
                rooms.limit.extend(spread(&domain.capacity));
            }
        }
        for (index, exclusion) in problem.exclusions.iter().enumerate() {
            exclusion
                .members
                .iter()
                .for_each(|member| rooms.exclusions_of[member.index()].push(index as u32));
        }
        for (component, host) in problem.initial_placement().iter() {
            if let Some(to) = host {
                let hop = Hop { component, from: None, to };
                for site in rooms.sites(problem, &hop).collect::<Vec<_>>() {
                    rooms.count(problem, &hop, site, false, 1);
                }
                rooms.join(problem, &hop);
            }
        }
        // What is over its capacity at the start may stay so.
        for (limit, load) in rooms.limit.iter_mut().zip(&rooms.load) {
            *limit = (*limit).max(*load);
        }
        let over =
            |counts: &BTreeMap<u32, u32>| counts.iter().filter(|e| *e.1 > 1).map(|e| (*e.0, *e.1)).collect();
        rooms.crowded = rooms.members.iter().map(over).collect();
        rooms
    }

    pub(super) fn admits(&self, problem: &Problem, unit: &Unit) -> bool {
        match unit.hops.as_slice() {
            [hop] => {
                let demand = problem.demand(hop.component);
                self.sites(problem, hop).all(|site| self.fits(site, demand, self.is_home(problem, hop, site)))
                    && self.exclusions(problem, hop).all(|(e, domain)| self.is_free(e, domain, 1))
            }
            hops => {
                let mut demands: BTreeMap<usize, Vec<Amount>> = BTreeMap::new();
                let mut members: BTreeMap<(u32, u32), u32> = BTreeMap::new();
                for hop in hops {
                    for site in self.sites(problem, hop) {
                        let sum = demands.entry(site).or_insert_with(|| vec![0; self.dimensions]);
                        sum.iter_mut().zip(problem.demand(hop.component)).for_each(|(sum, d)| *sum += d);
                    }
                    self.exclusions(problem, hop).for_each(|key| *members.entry(key).or_default() += 1);
                }
                demands.iter().all(|(&site, demand)| self.fits(site, demand, false))
                    && members.iter().all(|(&(e, domain), &more)| self.is_free(e, domain, more))
            }
        }
    }

    pub(super) fn record(&mut self, problem: &Problem, unit: &Unit) {
        for hop in &unit.hops {
            self.arrive(problem, hop);
            self.departures.push(*hop);
        }
    }

    /// Takes what has departed off its hosts.
    pub(super) fn close(&mut self, problem: &Problem) {
        for hop in std::mem::take(&mut self.departures) {
            let Some(from) = hop.from else { continue };
            let back = Hop { component: hop.component, from: Some(hop.to), to: from };
            for site in self.sites(problem, &back).collect::<Vec<_>>() {
                let home = self.is_home(problem, &back, site);
                self.count(problem, &back, site, home, -1);
            }
            for (exclusion, domain) in self.exclusions(problem, &back).collect::<Vec<_>>() {
                *self.members[exclusion as usize].entry(domain).or_default() -= 1;
            }
        }
    }

    fn arrive(&mut self, problem: &Problem, hop: &Hop) {
        for site in self.sites(problem, hop).collect::<Vec<_>>() {
            let home = self.is_home(problem, hop, site);
            self.count(problem, hop, site, home, 1);
        }
        self.join(problem, hop);
    }

    /// Adds the demand of a hop to what a site holds, or takes it off; at home, what is transient has never left.
    fn count(&mut self, problem: &Problem, hop: &Hop, site: usize, home: bool, sign: i64) {
        let load = &mut self.load[site * self.dimensions..][..self.dimensions];
        for (dimension, (load, demand)) in load.iter_mut().zip(problem.demand(hop.component)).enumerate() {
            if !(home && self.transient[dimension]) {
                *load += sign * demand;
            }
        }
    }

    /// Adds a component to the exclusions it enters.
    fn join(&mut self, problem: &Problem, hop: &Hop) {
        for (exclusion, domain) in self.exclusions(problem, hop).collect::<Vec<_>>() {
            *self.members[exclusion as usize].entry(domain).or_default() += 1;
        }
    }

    /// C2: whether a hop goes to the host where its component counts in transient resources wherever it is.
    fn is_home(&self, problem: &Problem, hop: &Hop, site: usize) -> bool {
        let component = problem.component(hop.component);
        site == hop.to.index() && component.is_settled() && component.initial == Some(hop.to)
    }

    /// The host a hop enters, and the domains it enters from outside.
    fn sites<'s>(&'s self, problem: &'s Problem, hop: &Hop) -> impl Iterator<Item = usize> + use<'s> {
        let (from, to) = (hop.from, hop.to);
        let outside = move |&&(partition, _): &&(PartitionId, usize)| enters(problem, partition, from, to);
        let domains = self.domains_of[to.index()].iter().filter(outside).map(|entry| entry.1);
        std::iter::once(to.index()).chain(domains)
    }

    /// The domains of exclusions that a hop enters from outside.
    fn exclusions<'s>(
        &'s self,
        problem: &'s Problem,
        hop: &Hop,
    ) -> impl Iterator<Item = (u32, u32)> + use<'s> {
        let (from, to) = (hop.from, hop.to);
        self.exclusions_of[hop.component.index()].iter().filter_map(move |&exclusion| {
            let partition = problem.exclusions[exclusion as usize].partition;
            enters(problem, partition, from, to).then(|| (exclusion, problem.domain(partition, to).0))
        })
    }

    fn fits(&self, site: usize, demand: &[Amount], home: bool) -> bool {
        let rows = self.load[site * self.dimensions..].iter().zip(&self.limit[site * self.dimensions..]);
        demand.iter().zip(&self.transient).zip(rows).all(|((&demand, &transient), (load, limit))| {
            demand == 0 || (home && transient) || load + demand <= *limit
        })
    }

    fn is_free(&self, exclusion: u32, domain: u32, more: u32) -> bool {
        let count = self.members[exclusion as usize].get(&domain).copied().unwrap_or(0);
        let limit = self.crowded[exclusion as usize].get(&domain).copied().unwrap_or(1);
        count + more <= limit
    }
}

/// Whether a hop comes into its target's domain of `partition` from outside.
fn enters(problem: &Problem, partition: PartitionId, from: Option<HostId>, to: HostId) -> bool {
    from.is_none_or(|from| problem.domain(partition, from) != problem.domain(partition, to))
}

fn less(capacity: Amount, held: Amount) -> Amount {
    if capacity == UNLIMITED { capacity } else { capacity - held }
}
