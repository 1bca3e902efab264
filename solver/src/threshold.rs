//! The threshold rule as it was first described, quirks included: a baseline to compare with, not to carry out.

use std::collections::BTreeMap;

use colocate_model::{
    Amount, ComponentId, DomainId, HostId, MigrationDirective, PPM, PartitionId, Placement, Plan, Problem,
    ResourceId, Row, Terms, UNKNOWN, UNLIMITED, Violation, Wave, check,
};

/// What the rule looks at beside the problem.
#[derive(Debug, Clone, Default)]
pub struct ThresholdInput {
    /// Components in the order the forecast ranks them; the others follow in theirs.
    pub ranking: Vec<ComponentId>,
    /// Measured utilisation in parts per million of the capacity of a rack; the load of the start where it is absent.
    pub utilisation: BTreeMap<(DomainId, ResourceId), i64>,
}

/// What the rule orders, and what would come of it.
#[derive(Debug, Clone)]
pub struct Threshold {
    /// One wave of directives that name racks only; not executable.
    pub plan: Plan,
    /// Rows that would get worse than they are, with every component on the emptiest host of its target rack.
    pub violations: Vec<Violation>,
}

/// For each component, in order: where its rack's utilisation and its predicted demand together pass the limit, it is
/// sent to the nearest rack in which they would not.
///
/// Demand and utilisation count as parts of the capacity of the rack compared, at their peak over the horizon. A rack
/// is over when any resource is (`>`); a target fits when all do (`<`); ties go to the first rack; a rack of unknown
/// latency is no candidate. Utilisation is never updated on the way, and pins and all other constraints are ignored.
#[must_use]
pub fn threshold(problem: &Problem, input: &ThresholdInput) -> Threshold {
    let rule = Rule::new(problem, input);
    let mut listed = vec![false; problem.components.len()];
    let order = input.ranking.iter().copied().chain(problem.component_ids());
    let order = order.filter(|id| !std::mem::replace(&mut listed[id.index()], true));
    let mut placement = problem.initial_placement();
    let mut free = Hosts::new(problem);
    let mut directives = Vec::new();
    for component in order {
        let Some(source) = problem.component(component).initial else { continue };
        let rack = problem.domain(rule.racks, source);
        let Some(over) = rule.over(component, rack) else { continue };
        let Some(target) = rule.target(component, rack) else { continue };
        directives.push(rule.directive(component, source, target, over));
        let host = free.take(component, rule.racks, target);
        placement.set(component, Some(host));
    }
    let start = check(problem, &problem.initial_placement());
    let verdict = check(problem, &placement);
    let seconds = problem.policy.execution.start_s;
    let waves = if directives.is_empty() {
        Vec::new()
    } else {
        vec![Wave { starts_s: 0, ends_s: seconds, directives }]
    };
    let plan =
        Plan { waves, left_out: Vec::new(), executable: false, before: start.terms, after: verdict.terms };
    let violations = verdict.broken.into_iter().filter(|v| !matches!(v.row, Row::Unplaced { .. }));
    Threshold { plan, violations: violations.collect() }
}

/// Racks as the rule sees them.
struct Rule<'p> {
    problem: &'p Problem,
    racks: PartitionId,
    /// Capacity per rack and resource.
    capacity: Vec<Vec<Amount>>,
    /// Utilisation per rack and resource, times the capacity, in parts per million.
    used: Vec<Vec<i128>>,
    /// A host of each rack, to look latency up by.
    host_of: Vec<Option<HostId>>,
}

impl<'p> Rule<'p> {
    fn new(problem: &'p Problem, input: &ThresholdInput) -> Self {
        let racks = problem.racks();
        let partition = &problem.partitions[racks.index()];
        let (count, resources) = (partition.domains.len(), problem.resources.len());
        let (steps, dimensions) = (problem.steps(), problem.dimensions());
        let mut capacity = vec![vec![0; resources]; count];
        let mut load = vec![vec![0_i64; dimensions]; count];
        let mut host_of = vec![None; count];
        for host in problem.host_ids() {
            let rack = problem.domain(racks, host).index();
            host_of[rack].get_or_insert(host);
            for (k, sum) in capacity[rack].iter_mut().enumerate() {
                *sum = add(*sum, problem.host(host).capacity[k]);
                let base = problem.host(host).base[k];
                load[rack][k * steps..][..steps].iter_mut().for_each(|load| *load += base);
            }
        }
        for (component, host) in problem.initial_placement().iter() {
            if let Some(host) = host {
                let load = &mut load[problem.domain(racks, host).index()];
                load.iter_mut().zip(problem.demand(component)).for_each(|(load, d)| *load += d);
            }
        }
        let used = |rack: usize, k: usize| {
            let key = (DomainId::new(rack), ResourceId::new(k));
            let peak = load[rack][k * steps..][..steps].iter().max().copied().unwrap_or(0);
            match input.utilisation.get(&key) {
                Some(&ppm) => i128::from(ppm) * i128::from(capacity[rack][k]),
                None => i128::from(peak) * i128::from(PPM),
            }
        };
        let used = (0..count).map(|rack| (0..resources).map(|k| used(rack, k)).collect()).collect();
        Self { problem, racks, capacity, used, host_of }
    }

    /// Utilisation of `rack` with the demand of `component` on top, and the most it may be; both times the capacity.
    fn sums(&self, component: ComponentId, rack: DomainId) -> impl Iterator<Item = (usize, i128, i128)> + '_ {
        let steps = self.problem.steps();
        let demand = self.problem.demand(component);
        self.problem.policy.max_utilisation_ppm.iter().enumerate().filter_map(move |(k, limit)| {
            let capacity = self.capacity[rack.index()][k];
            let limit = i128::from((*limit)?) * i128::from(capacity);
            let peak = demand[k * steps..][..steps].iter().max().copied().unwrap_or(0);
            let sum = self.used[rack.index()][k] + i128::from(peak) * i128::from(PPM);
            (capacity != UNLIMITED).then_some((k, sum, limit))
        })
    }

    /// The first resource in which `rack` is over its limit with the demand of `component`, and the percentage.
    fn over(&self, component: ComponentId, rack: DomainId) -> Option<(usize, i128)> {
        let (k, sum, _) = self.sums(component, rack).find(|(_, sum, limit)| sum > limit)?;
        Some((k, sum / (i128::from(self.capacity[rack.index()][k].max(1)) * 10_000)))
    }

    /// The nearest other rack in which everything fits.
    fn target(&self, component: ComponentId, from: DomainId) -> Option<DomainId> {
        let racks = (0..self.used.len()).map(DomainId::new);
        let fits =
            |rack: &DomainId| *rack != from && self.sums(component, *rack).all(|(_, sum, limit)| sum < limit);
        let near = racks.filter(fits).filter_map(|rack| Some((self.latency(from, rack)?, rack)));
        near.min().map(|(_, rack)| rack)
    }

    /// Median latency between two racks, where it is known.
    fn latency(&self, from: DomainId, to: DomainId) -> Option<i64> {
        let level = self.problem.latency.level;
        let domain = |rack: DomainId| Some(self.problem.domain(level, self.host_of[rack.index()]?));
        let latency = self.problem.latency.median.get(domain(from)?, domain(to)?);
        (latency != UNKNOWN).then_some(latency)
    }

    fn directive(
        &self,
        component: ComponentId,
        source: HostId,
        target: DomainId,
        (resource, percent): (usize, i128),
    ) -> MigrationDirective {
        let domains = &self.problem.partitions[self.racks.index()].domains;
        let rack = self.problem.domain(self.racks, source);
        let c = self.problem.component(component);
        let (name, resource) = (&domains[rack.index()].name, &self.problem.resources[resource].name);
        MigrationDirective {
            component,
            source: Some(source),
            target: None,
            target_rack: domains[target.index()].name.clone(),
            strategy: c.strategy,
            parking: false,
            bytes: c.bytes,
            downtime_ms: c.downtime_ms,
            gain: Terms::ZERO,
            reason: format!("{name} {resource} at {percent} % with its demand on top"),
            channels: Vec::new(),
        }
    }
}

/// Sum of two capacities.
fn add(a: Amount, b: Amount) -> Amount {
    if a == UNLIMITED || b == UNLIMITED { UNLIMITED } else { a + b }
}

/// Which host a component sent to a rack would get: the one with the lowest highest utilisation.
struct Hosts<'p> {
    problem: &'p Problem,
    load: Vec<Vec<Amount>>,
}

impl<'p> Hosts<'p> {
    fn new(problem: &'p Problem) -> Self {
        let mut load = vec![vec![0; problem.dimensions()]; problem.hosts.len()];
        let start: Placement = problem.initial_placement();
        for (component, host) in start.iter() {
            if let Some(host) = host {
                load[host.index()].iter_mut().zip(problem.demand(component)).for_each(|(l, d)| *l += d);
            }
        }
        Self { problem, load }
    }

    fn take(&mut self, component: ComponentId, racks: PartitionId, rack: DomainId) -> HostId {
        let steps = self.problem.steps();
        let fullest = |host: HostId| {
            let sums = self.load[host.index()].iter().zip(self.problem.demand(component)).enumerate();
            sums.filter_map(|(i, (l, d))| {
                self.problem.utilisation_ppm(host, ResourceId::new(i / steps), l + d)
            })
            .max()
        };
        let inside = self.problem.host_ids().filter(|&host| self.problem.domain(racks, host) == rack);
        let host = inside.min_by_key(|&host| (fullest(host), host)).expect("a rack that fits has hosts");
        let demand = self.problem.demand(component);
        self.load[host.index()].iter_mut().zip(demand).for_each(|(l, d)| *l += d);
        host
    }
}

#[cfg(test)]
mod tests {
    use colocate_model::Draft;
    use colocate_model::draft::{
        ComponentDraft, DomainDraft, HostDraft, LatencyDraft, PathDraft, ResourceDraft, ServiceDraft,
    };

    use super::*;

    /// Three racks of one host with 100 cpu each, limit 85 %; r0 runs `loads[0]`, and so on. From r0, r2 is nearer.
    fn draft(loads: [&[i64]; 3]) -> Draft {
        let mut draft = Draft {
            resources: vec![ResourceDraft::used("cpu", "mcpu")],
            partitions: vec!["rack".into()],
            services: vec![ServiceDraft::new("web")],
            ..Draft::default()
        };
        draft.policy.max_utilization = [("cpu".to_owned(), 0.85)].into();
        for (rack, loads) in loads.iter().enumerate() {
            let name = format!("r{rack}");
            draft.domains.push(DomainDraft {
                partition: "rack".into(),
                name: name.clone(),
                ..Default::default()
            });
            let host = HostDraft::new(&format!("h{rack}"));
            draft.hosts.push(host.with_capacity("cpu", 100).in_domain("rack", &name));
            for load in *loads {
                let name = format!("web.{}", draft.components.len());
                let component = ComponentDraft::new(&name, "web").with_demand("cpu", *load);
                draft.components.push(component.on(&format!("h{rack}")));
            }
        }
        let path = |us: f64| PathDraft {
            percentiles: [("p50".to_owned(), vec![us])].into(),
            ..PathDraft::default()
        };
        let paths = [("r0", "r1", 300.0), ("r0", "r2", 200.0), ("r1", "r0", 300.0), ("r2", "r0", 200.0)];
        let paths = paths.map(|(from, to, us)| (from.to_owned(), to.to_owned(), path(us)));
        draft.latency =
            Some(LatencyDraft { level: "rack".into(), paths: paths.into(), ..LatencyDraft::default() });
        draft
    }

    fn directives(draft: &Draft, input: &ThresholdInput) -> Vec<(u32, String)> {
        let problem = draft.build().expect("the draft is valid");
        let result = threshold(&problem, input);
        assert!(!result.plan.executable);
        result.plan.directives().map(|d| (d.component.0, d.target_rack.clone())).collect()
    }

    #[test]
    fn a_component_goes_to_the_nearest_rack_that_stays_below_the_limit() {
        // r0 holds 70: with 30 on top it is over 85. r2 would reach 60 + 30, r1 40 + 30.
        let d = draft([&[30, 40], &[40], &[60]]);
        // The second one passes the limit too (70 + 40), because nothing is updated, and fits r1 (40 + 40).
        assert_eq!(directives(&d, &ThresholdInput::default()), [(0, "r1".into()), (1, "r1".into())]);
        let roomy = draft([&[30, 40], &[40], &[30]]);
        assert_eq!(directives(&roomy, &ThresholdInput::default()), [(0, "r2".into()), (1, "r2".into())]);
    }

    #[test]
    fn over_is_more_than_the_limit_and_fits_is_less() {
        // 70 + 15 is 85: not over. 71 + 15 is.
        assert_eq!(directives(&draft([&[15, 55], &[], &[]]), &ThresholdInput::default()), [(1, "r2".into())]);
        // 70 + 15 in r2 is exactly the limit and does not fit.
        let d = draft([&[15, 56], &[], &[70]]);
        assert_eq!(directives(&d, &ThresholdInput::default()), [(0, "r1".into()), (1, "r1".into())]);
    }

    #[test]
    fn an_unknown_latency_is_no_candidate_and_ties_go_to_the_first_rack() {
        let mut d = draft([&[30, 60], &[], &[]]);
        d.latency.as_mut().expect("there is one").paths.retain(|path| path.1 != "r2");
        let to_r1 = [(0, "r1".to_owned()), (1, "r1".to_owned())];
        assert_eq!(directives(&d, &ThresholdInput::default()), to_r1);
        let mut d = draft([&[30, 60], &[], &[]]);
        for path in &mut d.latency.as_mut().expect("there is one").paths {
            path.2.percentiles.insert("p50".into(), vec![100.0]);
        }
        assert_eq!(directives(&d, &ThresholdInput::default()), to_r1);
    }

    #[test]
    fn the_ranking_and_measured_utilisation_come_first() {
        let d = draft([&[30, 40], &[40], &[30]]);
        let ranking = vec![ComponentId(1)];
        let ranked = ThresholdInput { ranking, ..ThresholdInput::default() };
        assert_eq!(directives(&d, &ranked), [(1, "r2".into()), (0, "r2".into())]);
        let utilisation = [((DomainId(0), ResourceId(0)), 500_000)].into();
        let measured = ThresholdInput { utilisation, ..ThresholdInput::default() };
        // 50 + 40 is over, 50 + 30 is not.
        assert_eq!(directives(&d, &measured), [(1, "r2".into())]);
    }

    #[test]
    fn pins_are_ignored_and_what_that_breaks_is_said() {
        let mut d = draft([&[30, 60], &[], &[]]);
        d.components[0].pinned = true;
        let result = threshold(&d.build().expect("the draft is valid"), &ThresholdInput::default());
        assert_eq!(result.plan.directives().count(), 2);
        assert!(result.violations.iter().any(|v| v.row.constraint() == "C6 compatibility"));
    }
}
