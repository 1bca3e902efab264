//! Carries a plan out in random orders, and looks at every placement on the way.

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::{
    Checker, HostId, MigrationDirective, Placement, Plan, Problem, Row, ServiceId, UNLIMITED, Wave,
};
use colocate_solver::SearchState;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// Who says that no row is worse than at the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judge {
    /// The naive checker, every placement.
    Checker,
    /// The incremental evaluator; every so many placements the checker confirms it.
    State {
        /// Placements between confirmations.
        every: usize,
    },
}

/// What a replay has seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Seen {
    pub(crate) waves: usize,
    pub(crate) directives: usize,
    pub(crate) parking: usize,
    pub(crate) left_out: usize,
    /// Placements passed through, and those the naive checker has judged.
    pub(crate) placements: usize,
    pub(crate) checked: usize,
}

/// A plan on its way.
struct Replay<'p> {
    problem: &'p Problem,
    checker: Checker<'p>,
    judge: Judge,
    state: SearchState<'p>,
    /// Hosts x dimensions: load, with what is in transit on both its hosts.
    load: Vec<i64>,
    /// The most that may be.
    limit: Vec<i64>,
    seen: Seen,
    name: &'p str,
}

/// Samples `samples` interleavings of every wave of `plan`. A directive is in transit between its start and its end, which come in
/// random order; then it counts on both hosts. Those of a group that moves together start and end together.
///
/// Panics where a placement is worse than the start in some row, or a host cannot hold what is in transit.
pub(crate) fn replay(problem: &Problem, plan: &Plan, judge: Judge, samples: usize, name: &str) -> Seen {
    let checker = Checker::new(problem);
    let state = SearchState::new(problem);
    let load = loads(problem, &problem.initial_placement());
    let capacity = problem.host_ids().flat_map(|host| {
        let at = problem.host(host);
        let rows = at.held.iter().enumerate();
        rows.map(|(dimension, held)| match at.capacity[dimension / problem.steps()] {
            UNLIMITED => UNLIMITED,
            capacity => capacity - held,
        })
    });
    let limit = capacity.zip(&load).map(|(capacity, &load)| capacity.max(load)).collect();
    let seen = Seen {
        waves: plan.waves.len(),
        directives: plan.directives().count(),
        parking: plan.directives().filter(|directive| directive.parking).count(),
        left_out: plan.left_out.len(),
        ..Seen::default()
    };
    let mut replay = Replay { problem, checker, judge, state, load, limit, seen, name };
    let mut rng = Pcg64Mcg::seed_from_u64(1);
    for (number, wave) in plan.waves.iter().enumerate() {
        replay.caps_hold(wave, number);
        replay.motion_is_limited(wave, number);
        replay.wave(wave, number, samples, &mut rng);
    }
    assert_eq!(replay.checker.check(replay.state.placement()).terms, plan.after, "{name}");
    replay.seen
}

impl Replay<'_> {
    /// Every interleaving begins at the placement before the wave, and ends at the one after it.
    fn wave(&mut self, wave: &Wave, number: usize, samples: usize, rng: &mut Pcg64Mcg) {
        let units = units(self.problem, wave);
        // Subsets of the wave that the checker has judged already.
        let mut judged: BTreeSet<Vec<bool>> = BTreeSet::new();
        for sample in 0..samples {
            // The first event of a unit is its start, the second its end.
            let mut events: Vec<usize> = (0..units.len()).chain(0..units.len()).collect();
            // Now and then all start before the first ends.
            let first = if rng.random_bool(0.1) { units.len() } else { 0 };
            events[first..].shuffle(rng);
            let mut started = vec![false; units.len()];
            let mut ended = vec![false; units.len()];
            for unit in events {
                if !started[unit] {
                    started[unit] = true;
                    self.start(&units[unit], number);
                    continue;
                }
                ended[unit] = true;
                self.end(&units[unit]);
                self.seen.placements += 1;
                let due = match self.judge {
                    Judge::Checker => judged.insert(ended.clone()),
                    Judge::State { every } => {
                        assert!(self.state.is_safe(), "{}: wave {number}", self.name);
                        self.seen.placements.is_multiple_of(every)
                    }
                };
                if due {
                    self.check(number);
                }
            }
            if sample + 1 < samples {
                units.iter().for_each(|unit| self.back(unit));
            }
        }
    }

    /// From now on the unit counts on its targets too.
    fn start(&mut self, unit: &[&MigrationDirective], number: usize) {
        for directive in unit {
            let target = directive.target.expect("the planner names hosts");
            assert_eq!(self.state.host(directive.component), directive.source, "{}", self.name);
            self.count(directive, target, 1);
            let rows = self.rows(target);
            for (load, limit) in self.load[rows.clone()].iter().zip(&self.limit[rows]) {
                assert!(load <= limit, "{}: wave {number}: {target:?} holds {load} of {limit}", self.name);
            }
        }
    }

    /// From now on it counts on its targets alone.
    fn end(&mut self, unit: &[&MigrationDirective]) {
        for directive in unit {
            self.state.set(directive.component, directive.target);
            if let Some(source) = directive.source {
                self.count(directive, source, -1);
            }
        }
    }

    /// Undoes a unit that has ended.
    fn back(&mut self, unit: &[&MigrationDirective]) {
        for directive in unit {
            let target = directive.target.expect("the planner names hosts");
            self.state.set(directive.component, directive.source);
            self.count(directive, target, -1);
            if let Some(source) = directive.source {
                self.count(directive, source, 1);
            }
        }
    }

    /// Adds a component to what a host holds, or takes it off. What is transient stays where it was at the start.
    fn count(&mut self, directive: &MigrationDirective, host: HostId, sign: i64) {
        let component = self.problem.component(directive.component);
        let stays = component.is_settled() && component.initial == Some(host);
        let steps = self.problem.steps();
        let rows = self.rows(host);
        let demand = self.problem.demand(directive.component);
        for (dimension, (load, demand)) in self.load[rows].iter_mut().zip(demand).enumerate() {
            if !(stays && self.problem.resources[dimension / steps].transient) {
                *load += sign * demand;
            }
        }
    }

    fn rows(&self, host: HostId) -> std::ops::Range<usize> {
        let dimensions = self.problem.dimensions();
        host.index() * dimensions..(host.index() + 1) * dimensions
    }

    /// The naive checker finds no row worse than at the start, components that wait for a host aside.
    fn check(&mut self, number: usize) {
        self.seen.checked += 1;
        let verdict = self.checker.check(self.state.placement());
        let broken: Vec<_> =
            verdict.broken.into_iter().filter(|v| !matches!(v.row, Row::Unplaced { .. })).collect();
        assert_eq!(broken, [], "{}: wave {number}", self.name);
    }

    /// At most a third of a service, or its `max_in_motion`, moves at a time; a group that moves together goes whole.
    fn motion_is_limited(&self, wave: &Wave, number: usize) {
        let mut motion: BTreeMap<ServiceId, Vec<Option<u32>>> = BTreeMap::new();
        for directive in wave.directives.iter().filter(|directive| directive.source.is_some()) {
            let component = self.problem.component(directive.component);
            motion.entry(component.service).or_default().push(component.move_group);
        }
        for (service, groups) in motion {
            let service = self.problem.service(service);
            let limit = service.max_in_motion.map_or((service.components.len() / 3).max(1), |n| n as usize);
            let whole = groups[0].is_some() && groups.iter().all(|group| *group == groups[0]);
            assert!(whole || groups.len() <= limit, "{}: {} in wave {number}", self.name, service.name);
        }
    }

    /// A wave holds no more than the policy lets it, but for a unit that is over a cap by itself.
    fn caps_hold(&self, wave: &Wave, number: usize) {
        let caps = &self.problem.policy.execution.caps;
        let units = units(self.problem, wave);
        let holds = |counts: &[i64], cap: i64| {
            let counted = counts.iter().filter(|&&count| count > 0).count();
            assert!(counted <= 1 || counts.iter().sum::<i64>() <= cap, "{}: wave {number}", self.name);
        };
        let sum = |of: &dyn Fn(&MigrationDirective) -> i64| -> Vec<i64> {
            units.iter().map(|unit| unit.iter().map(|directive| of(directive)).sum()).collect()
        };
        caps.directives.into_iter().for_each(|cap| holds(&sum(&|_| 1), cap));
        caps.bytes.into_iter().for_each(|cap| holds(&sum(&|directive| directive.bytes), cap));
        for &(partition, cap) in &caps.per_domain {
            for domain in 0..self.problem.partitions[partition.index()].domains.len() {
                let inside = |host: HostId| self.problem.domain(partition, host).index() == domain;
                let touches = |directive: &MigrationDirective| {
                    i64::from(directive.source.is_some_and(inside) || directive.target.is_some_and(inside))
                };
                holds(&sum(&touches), cap);
            }
        }
    }
}

/// Directives of a wave, those of a C11 group together.
fn units<'w>(problem: &Problem, wave: &'w Wave) -> Vec<Vec<&'w MigrationDirective>> {
    let mut groups: BTreeMap<u32, Vec<&MigrationDirective>> = BTreeMap::new();
    let mut units = Vec::new();
    for directive in &wave.directives {
        let component = problem.component(directive.component);
        match component.move_group.filter(|_| component.is_settled()) {
            Some(group) => groups.entry(group).or_default().push(directive),
            None => units.push(vec![directive]),
        }
    }
    units.extend(groups.into_values());
    units
}

/// Load of every host and dimension.
fn loads(problem: &Problem, placement: &Placement) -> Vec<i64> {
    let (dimensions, steps) = (problem.dimensions(), problem.steps());
    let base = problem.hosts.iter().flat_map(|host| host.base.iter().flat_map(|&base| vec![base; steps]));
    let mut loads: Vec<i64> = base.collect();
    for (component, host) in placement.iter() {
        if let Some(host) = host {
            let load = &mut loads[host.index() * dimensions..][..dimensions];
            load.iter_mut().zip(problem.demand(component)).for_each(|(load, demand)| *load += demand);
        }
    }
    loads
}
