//! Where components may be together: anti-affinity and ports (C3), spread (C4), dependency (C5), compatibility (C6).

use std::collections::BTreeSet;

use colocate_model::{ComponentId, HostId, PPM, PartitionId, Problem, ServiceId, Term};

use super::counter::Counter;
use super::tally::Tally;

/// Counters of components by domain.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    exclusions: Vec<ExclusionState>,
    /// The exclusions of each component.
    exclusions_of: Vec<Vec<u32>>,
    presences: Vec<Presence>,
    /// The presences of each service.
    presences_of: Vec<Vec<u32>>,
    dependencies: Vec<DependencyState>,
}

/// C3: members per domain.
#[derive(Debug, Clone)]
struct ExclusionState {
    partition: PartitionId,
    count: Counter,
    /// Domains that hold more than one at the start, and how many.
    start: Vec<(usize, u32)>,
}

/// Components of a service per domain of a partition, with C4 and the dependencies that look at them.
#[derive(Debug, Clone)]
struct Presence {
    partition: PartitionId,
    count: Counter,
    occupied: i64,
    /// C4: least number of domains, and how many may be missing.
    spread: Option<(i64, i64)>,
    /// Dependencies in which this service needs another.
    needs: Vec<u32>,
    /// Dependencies in which it is needed.
    needed: Vec<u32>,
}

/// C5: a presence that needs another.
#[derive(Debug, Clone)]
struct DependencyState {
    from: u32,
    on: u32,
    /// Domains that lack it at the start.
    start: BTreeSet<usize>,
}

impl ExclusionState {
    #[inline]
    fn limit(&self, domain: usize) -> u32 {
        self.start.iter().find(|entry| entry.0 == domain).map_or(1, |entry| entry.1)
    }
}

impl Rules {
    pub(super) fn new(problem: &Problem) -> Self {
        let mut exclusions_of = vec![Vec::new(); problem.components.len()];
        let exclusions = problem.exclusions.iter().enumerate().map(|(index, exclusion)| {
            exclusion.members.iter().for_each(|member| exclusions_of[member.index()].push(index as u32));
            let domains = problem.partitions[exclusion.partition.index()].domains.len();
            let count = Counter::new(domains, exclusion.members.len());
            ExclusionState { partition: exclusion.partition, count, start: Vec::new() }
        });
        let exclusions = exclusions.collect();
        let mut rules = Self {
            exclusions,
            exclusions_of,
            presences: Vec::new(),
            presences_of: vec![Vec::new(); problem.services.len()],
            dependencies: Vec::new(),
        };
        for (index, service) in problem.services.iter().enumerate() {
            for &(partition, least) in &service.spread {
                let presence = rules.presence(problem, ServiceId::new(index), partition);
                rules.presences[presence as usize].spread = Some((least.into(), i64::MAX));
            }
            for dependency in &service.depends_on {
                let from = rules.presence(problem, ServiceId::new(index), dependency.within);
                let on = rules.presence(problem, dependency.service, dependency.within);
                let id = rules.dependencies.len() as u32;
                rules.presences[from as usize].needs.push(id);
                rules.presences[on as usize].needed.push(id);
                rules.dependencies.push(DependencyState { from, on, start: BTreeSet::new() });
            }
        }
        rules
    }

    /// The presence of a service in a partition, made when it is first asked for.
    fn presence(&mut self, problem: &Problem, service: ServiceId, partition: PartitionId) -> u32 {
        let known = &self.presences_of[service.index()];
        if let Some(&found) = known.iter().find(|&&p| self.presences[p as usize].partition == partition) {
            return found;
        }
        let domains = problem.partitions[partition.index()].domains.len();
        let count = Counter::new(domains, problem.service(service).components.len());
        let id = self.presences.len() as u32;
        let (needs, needed) = (Vec::new(), Vec::new());
        self.presences.push(Presence { partition, count, occupied: 0, spread: None, needs, needed });
        self.presences_of[service.index()].push(id);
        id
    }

    /// Counts C4 before any component is placed.
    pub(super) fn open(&self, tally: &mut Tally) {
        let missing = self.presences.iter().filter_map(|presence| presence.spread).map(|spread| spread.0);
        tally.add(Term::Violation, missing.sum::<i64>() * PPM);
    }

    /// What is violated now may stay so.
    pub(super) fn set_limits(&mut self, tally: &mut Tally) {
        // Nothing was broken while limits were open, except what is counted from now on.
        for exclusion in &mut self.exclusions {
            let over: Vec<(usize, u32)> = exclusion.count.iter().filter(|entry| entry.1 > 1).collect();
            let excess: i64 = over.iter().map(|entry| i64::from(entry.1) - 1).sum();
            tally.add_broken(-excess);
            exclusion.start = over;
        }
        for presence in &mut self.presences {
            if let Some((least, allowed)) = &mut presence.spread {
                *allowed = (*least - presence.occupied).max(0);
            }
        }
        for index in 0..self.dependencies.len() {
            let DependencyState { from, on, .. } = self.dependencies[index];
            let on = &self.presences[on as usize];
            let occupied = self.presences[from as usize].count.iter().map(|entry| entry.0);
            let start: BTreeSet<usize> = occupied.filter(|&domain| on.count.get(domain) == 0).collect();
            tally.add_broken(-(start.len() as i64));
            self.dependencies[index].start = start;
        }
    }

    /// C3 at `host`.
    #[inline]
    pub(super) fn fits(&self, problem: &Problem, component: ComponentId, host: HostId) -> bool {
        self.exclusions_of[component.index()].iter().all(|&index| {
            let exclusion = &self.exclusions[index as usize];
            let domain = problem.domain(exclusion.partition, host).index();
            exclusion.count.get(domain) < exclusion.limit(domain)
        })
    }

    /// [`fits`](Self::fits) as if `gone` were not on `host`.
    pub(super) fn fits_without(
        &self,
        problem: &Problem,
        id: ComponentId,
        host: HostId,
        gone: ComponentId,
    ) -> bool {
        self.exclusions_of[id.index()].iter().all(|index| {
            let exclusion = &self.exclusions[*index as usize];
            let domain = problem.domain(exclusion.partition, host).index();
            let less = u32::from(self.exclusions_of[gone.index()].contains(index));
            exclusion.count.get(domain) - less < exclusion.limit(domain)
        })
    }

    #[inline]
    pub(super) fn insert(&mut self, problem: &Problem, id: ComponentId, host: HostId, tally: &mut Tally) {
        self.compatibility(problem, id, host, 1, tally);
        for &index in &self.exclusions_of[id.index()] {
            let exclusion = &mut self.exclusions[index as usize];
            let domain = problem.domain(exclusion.partition, host).index();
            let count = exclusion.count.increment(domain);
            if count > 1 {
                tally.add(Term::Violation, PPM);
                tally.add_broken(i64::from(count > exclusion.limit(domain)));
            }
        }
        for index in 0..self.presences_of[problem.component(id).service.index()].len() {
            let p = self.presences_of[problem.component(id).service.index()][index] as usize;
            let domain = problem.domain(self.presences[p].partition, host).index();
            if self.presences[p].count.increment(domain) == 1 {
                self.change_presence(p, domain, 1, tally);
            }
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, problem: &Problem, id: ComponentId, host: HostId, tally: &mut Tally) {
        self.compatibility(problem, id, host, -1, tally);
        for &index in &self.exclusions_of[id.index()] {
            let exclusion = &mut self.exclusions[index as usize];
            let domain = problem.domain(exclusion.partition, host).index();
            let count = exclusion.count.decrement(domain) + 1;
            if count > 1 {
                tally.add(Term::Violation, -PPM);
                tally.add_broken(-i64::from(count > exclusion.limit(domain)));
            }
        }
        for index in 0..self.presences_of[problem.component(id).service.index()].len() {
            let p = self.presences_of[problem.component(id).service.index()][index] as usize;
            let domain = problem.domain(self.presences[p].partition, host).index();
            if self.presences[p].count.decrement(domain) == 0 {
                self.change_presence(p, domain, -1, tally);
            }
        }
    }

    #[inline]
    fn compatibility(&self, problem: &Problem, id: ComponentId, host: HostId, sign: i64, tally: &mut Tally) {
        if problem.is_misplaced(id, host) {
            tally.add(Term::Violation, sign * PPM);
            tally.add_broken(sign * i64::from(problem.component(id).initial != Some(host)));
        }
    }

    /// A service comes into a domain, or leaves it.
    fn change_presence(&mut self, p: usize, domain: usize, sign: i64, tally: &mut Tally) {
        let presence = &mut self.presences[p];
        let before = presence.occupied;
        presence.occupied += sign;
        if let Some((least, allowed)) = presence.spread {
            let missing = |occupied: i64| (least - occupied).max(0);
            let (old, new) = (missing(before), missing(presence.occupied));
            tally.add(Term::Violation, (new - old) * PPM);
            tally.add_broken(i64::from(new > allowed) - i64::from(old > allowed));
        }
        let presence = &self.presences[p];
        let mut count = |dependency: &DependencyState, sign: i64| {
            tally.add(Term::Violation, sign * PPM);
            tally.add_broken(sign * i64::from(!dependency.start.contains(&domain)));
        };
        for &index in &presence.needs {
            let dependency = &self.dependencies[index as usize];
            if self.presences[dependency.on as usize].count.get(domain) == 0 {
                count(dependency, sign);
            }
        }
        for &index in &presence.needed {
            let dependency = &self.dependencies[index as usize];
            if self.presences[dependency.from as usize].count.get(domain) > 0 {
                count(dependency, -sign);
            }
        }
    }
}
