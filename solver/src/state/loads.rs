//! Loads of hosts and domains, and everything that follows from the load of one of them alone: capacity (C1, C1b, C2),
//! power, overload, balance triples and energy; and the highest utilisation of each resource.

mod peaks;
mod power;
mod site;

use colocate_model::{ComponentId, Cost, Goal, HostId, PartitionId, Problem, Term, UNLIMITED};

use super::tally::Tally;
use peaks::Peaks;
use power::PowerRows;
use site::{Figures, Pricing};

/// Loads of so many dimensions are added up on the stack.
const SMALL: usize = 64;

/// Room for the loads of a host: on the stack where they are few.
struct Small {
    few: [i64; SMALL],
    many: Vec<i64>,
}

impl Small {
    #[inline]
    fn new(dimensions: usize) -> Self {
        let many = if dimensions > SMALL { vec![0; dimensions] } else { Vec::new() };
        Self { few: [0; SMALL], many }
    }

    #[inline]
    fn get(&mut self, dimensions: usize) -> &mut [i64] {
        if dimensions > SMALL { &mut self.many } else { &mut self.few[..dimensions] }
    }
}

/// Loads per site: the hosts, then the domains that limit something.
#[derive(Debug, Clone)]
pub(super) struct Loads {
    dimensions: usize,
    resources: usize,
    /// Load, sites x dimensions.
    load: Vec<i64>,
    /// What counts against capacity on a host in a transient dimension: its load and what left it. Empty when no
    /// resource is transient, else hosts x dimensions.
    pressed: Vec<i64>,
    transient: Vec<bool>,
    /// Capacity less what is held, sites x dimensions.
    room: Vec<i64>,
    /// The most a row may reach: `room`, or what it was at the start.
    limit: Vec<i64>,
    /// Full capacity of each row, for the parts per million of an excess.
    capacity: Vec<i64>,
    /// Soft limits, sites x resources.
    soft: Vec<i64>,
    /// How many components each host has.
    occupants: Vec<u32>,
    figures: Vec<Figures>,
    /// The sites of the domains of each host.
    domains_of: Vec<Vec<u32>>,
    pricing: Pricing,
    power: PowerRows,
    peaks: Option<Peaks>,
}

impl Loads {
    pub(super) fn new(problem: &Problem) -> Self {
        let (dimensions, steps, hosts) = (problem.dimensions(), problem.steps(), problem.hosts.len());
        let mut loads = Self {
            dimensions,
            resources: problem.resources.len(),
            load: Vec::new(),
            pressed: Vec::new(),
            transient: problem.resources.iter().flat_map(|k| vec![k.transient; steps]).collect(),
            room: Vec::new(),
            limit: Vec::new(),
            capacity: Vec::new(),
            soft: Vec::new(),
            occupants: vec![0; hosts],
            figures: Vec::new(),
            domains_of: vec![Vec::new(); hosts],
            pricing: Pricing::new(problem),
            power: PowerRows::new(problem),
            peaks: Peaks::new(problem),
        };
        let spread = |amounts: &[i64]| amounts.iter().flat_map(|&a| vec![a; steps]).collect::<Vec<i64>>();
        for host in &problem.hosts {
            let capacity = spread(&host.capacity);
            let room =
                capacity.iter().zip(&host.held).map(|(&c, held)| if c == UNLIMITED { c } else { c - held });
            loads.add_site(spread(&host.base), room.collect(), capacity, &host.soft_limit);
        }
        if loads.transient.contains(&true) {
            loads.pressed = loads.load.clone();
            for id in problem.component_ids() {
                if let Some(host) = leaves_behind(problem, id) {
                    let pressed = &mut loads.pressed[host.index() * dimensions..][..dimensions];
                    pressed.iter_mut().zip(problem.demand(id)).for_each(|(load, demand)| *load += demand);
                }
            }
        }
        for (index, partition) in problem.partitions.iter().enumerate().skip(1) {
            for (domain, limits) in partition.domains.iter().enumerate() {
                let finite = |limit: &i64| *limit != UNLIMITED;
                if !limits.capacity.iter().chain(&limits.soft_limit).any(finite) {
                    continue;
                }
                let site = loads.figures.len() as u32;
                let members = problem
                    .host_ids()
                    .filter(|&host| problem.domain(PartitionId::new(index), host).index() == domain);
                let mut base = vec![0; dimensions];
                for host in members {
                    loads.domains_of[host.index()].push(site);
                    base.iter_mut().zip(spread(&problem.host(host).base)).for_each(|(sum, b)| *sum += b);
                }
                let capacity = spread(&limits.capacity);
                loads.add_site(base, capacity.clone(), capacity, &limits.soft_limit);
            }
        }
        loads
    }

    fn add_site(&mut self, load: Vec<i64>, room: Vec<i64>, capacity: Vec<i64>, soft: &[i64]) {
        self.load.extend(load);
        self.limit.extend(&room);
        self.room.extend(room);
        self.capacity.extend(capacity);
        self.soft.extend(soft);
        self.figures.push(Figures::default());
    }

    /// Counts what sites have before any component is placed.
    pub(super) fn open(&mut self, tally: &mut Tally) {
        for site in 0..self.figures.len() {
            self.refresh(site, tally);
        }
        self.power.open(tally);
        if let Some(peaks) = &mut self.peaks {
            peaks.open(&self.load, tally);
        }
    }

    /// Makes what the rows are now their limit, where it is more than the capacity.
    pub(super) fn set_limits(&mut self, tally: &mut Tally) {
        for site in 0..self.figures.len() {
            for dimension in 0..self.dimensions {
                let row = site * self.dimensions + dimension;
                self.limit[row] = self.room[row].max(self.against_capacity(site, dimension));
            }
            self.refresh(site, tally);
        }
        self.power.set_limits(tally);
    }

    /// Power of every limited domain and step, with its limit.
    pub(super) fn power(&self) -> impl Iterator<Item = (i64, i64)> + '_ {
        self.power.rows()
    }

    pub(super) fn load(&self, host: HostId) -> &[i64] {
        &self.load[host.index() * self.dimensions..][..self.dimensions]
    }

    /// Whether the rows of `host` would not be worse than allowed with `component` there.
    #[inline]
    pub(super) fn fits(&self, problem: &Problem, component: ComponentId, host: HostId) -> bool {
        let stays = leaves_behind(problem, component) == Some(host);
        let first = host.index() * self.dimensions;
        let demand = problem.demand(component);
        if self.pressed.is_empty() {
            let rows = self.load[first..].iter().zip(&self.limit[first..]);
            return demand.iter().zip(rows).all(|(demand, (load, limit))| load + demand <= *limit);
        }
        (0..self.dimensions).all(|dimension| {
            let counted = self.transient[dimension] && stays;
            let more = if counted { 0 } else { demand[dimension] };
            self.against_capacity(host.index(), dimension) + more <= self.limit[first + dimension]
        })
    }

    /// [`fits`](Self::fits) as if `gone` were not on `host`.
    #[inline]
    pub(super) fn fits_without(
        &self,
        problem: &Problem,
        id: ComponentId,
        host: HostId,
        gone: ComponentId,
    ) -> bool {
        let initial = |id: ComponentId| leaves_behind(problem, id) == Some(host);
        let (arrives, leaves) = (problem.demand(id), problem.demand(gone));
        let first = host.index() * self.dimensions;
        (0..self.dimensions).all(|dimension| {
            let transient = self.transient[dimension];
            let more = if transient && initial(id) { 0 } else { arrives[dimension] };
            let less = if transient && initial(gone) { 0 } else { leaves[dimension] };
            self.against_capacity(host.index(), dimension) + more - less <= self.limit[first + dimension]
        })
    }

    #[inline]
    pub(super) fn insert(&mut self, problem: &Problem, id: ComponentId, host: HostId, tally: &mut Tally) {
        self.occupants[host.index()] += 1;
        self.change::<1>(problem, id, host, tally);
    }

    #[inline]
    pub(super) fn remove(&mut self, problem: &Problem, id: ComponentId, host: HostId, tally: &mut Tally) {
        self.occupants[host.index()] -= 1;
        self.change::<-1>(problem, id, host, tally);
    }

    fn change<const SIGN: i64>(
        &mut self,
        problem: &Problem,
        id: ComponentId,
        host: HostId,
        tally: &mut Tally,
    ) {
        let demand = problem.demand(id);
        let first = host.index() * self.dimensions;
        let shift = |loads: &mut [i64]| loads.iter_mut().zip(demand).for_each(|(load, d)| *load += SIGN * d);
        shift(&mut self.load[first..][..self.dimensions]);
        if !self.pressed.is_empty() && leaves_behind(problem, id) != Some(host) {
            shift(&mut self.pressed[first..][..self.dimensions]);
        }
        self.refresh(host.index(), tally);
        for index in 0..self.domains_of[host.index()].len() {
            let site = self.domains_of[host.index()][index] as usize;
            shift(&mut self.load[site * self.dimensions..][..self.dimensions]);
            self.refresh(site, tally);
        }
        let load = &self.load[first..][..self.dimensions];
        self.power.update(problem, host, load, self.occupants[host.index()] > 0, tally);
        if let Some(peaks) = &mut self.peaks {
            peaks.update(host, &self.load, tally);
        }
    }

    /// What counts against the capacity of a row.
    #[inline]
    fn against_capacity(&self, site: usize, dimension: usize) -> i64 {
        let row = site * self.dimensions + dimension;
        if self.transient[dimension] && row < self.pressed.len() { self.pressed[row] } else { self.load[row] }
    }

    /// Recomputes the figures of a site and passes the difference on.
    #[inline]
    fn refresh(&mut self, site: usize, tally: &mut Tally) {
        let new = self.figures_of(site);
        let old = std::mem::replace(&mut self.figures[site], new);
        tally.add_broken(new.broken - old.broken);
        tally.add(Term::Violation, new.violation - old.violation);
        tally.add(Term::Overload, new.overload - old.overload);
        tally.add(Term::Balance, new.balance - old.balance);
        tally.add(Term::Energy, new.energy - old.energy);
    }

    fn figures_of(&self, site: usize) -> Figures {
        let load = &self.load[site * self.dimensions..][..self.dimensions];
        let occupied = self.occupants.get(site).is_some_and(|&count| count > 0);
        self.price(site, load, |dimension| self.against_capacity(site, dimension), occupied)
    }

    /// Whether the figures of hosts are all there is: no domain, power row or peak depends on the loads.
    pub(super) fn is_separable(&self) -> bool {
        self.figures.len() == self.occupants.len() && self.power.is_empty() && self.peaks.is_none()
    }

    /// What `host` costs in `goal` by its load.
    pub(super) fn cost(&self, host: HostId, goal: &Goal) -> Cost {
        self.figures[host.index()].weighed(goal)
    }

    /// What the terms of `host` would change by, weighed by `goal`, if each of these components came (1) or left (-1).
    #[inline]
    pub(super) fn cost_of_changes(
        &self,
        problem: &Problem,
        host: HostId,
        changes: impl Iterator<Item = (ComponentId, i64)>,
        goal: &Goal,
    ) -> Cost {
        let site = host.index();
        let first = site * self.dimensions;
        let (mut load, mut pressed) = (Small::new(self.dimensions), Small::new(self.dimensions));
        let (load, pressed) = (load.get(self.dimensions), pressed.get(self.dimensions));
        load.copy_from_slice(&self.load[first..][..self.dimensions]);
        let transient = !self.pressed.is_empty();
        if transient {
            pressed.copy_from_slice(&self.pressed[first..][..self.dimensions]);
        }
        let mut occupants = i64::from(self.occupants[site]);
        for (id, sign) in changes {
            let demand = problem.demand(id);
            load.iter_mut().zip(demand).for_each(|(load, demand)| *load += sign * demand);
            if transient && leaves_behind(problem, id) != Some(host) {
                pressed.iter_mut().zip(demand).for_each(|(load, demand)| *load += sign * demand);
            }
            occupants += sign;
        }
        let load = &*load;
        let against = |dimension: usize| {
            if transient && self.transient[dimension] { pressed[dimension] } else { load[dimension] }
        };
        self.price(site, load, against, occupants > 0).weighed(goal) - self.figures[site].weighed(goal)
    }

    #[inline]
    fn price(
        &self,
        site: usize,
        load: &[i64],
        against_capacity: impl Fn(usize) -> i64,
        occupied: bool,
    ) -> Figures {
        let first = site * self.dimensions;
        let mut figures = Figures::default();
        for dimension in 0..self.dimensions {
            let value = against_capacity(dimension);
            let row = first + dimension;
            if value > self.room[row] {
                figures.violation +=
                    colocate_model::quantity::excess_ppm(value - self.room[row], self.capacity[row]);
                figures.broken += i64::from(value > self.limit[row]);
            }
        }
        figures.overload = self.pricing.overload(load, &self.soft[site * self.resources..][..self.resources]);
        if site < self.occupants.len() {
            figures.balance = self.pricing.balance(site, load);
            figures.energy = self.pricing.energy(site, load, occupied);
        }
        figures
    }
}

/// C2: the host where `component` counts in transient resources wherever it goes.
#[inline]
fn leaves_behind(problem: &Problem, component: ComponentId) -> Option<HostId> {
    let component = problem.component(component);
    component.initial.filter(|_| component.is_settled())
}
