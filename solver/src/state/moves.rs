//! What the moves cost, and the budgets, groups and latencies that bound them (C8, C9, C10, C11).

use colocate_model::{ComponentId, Cost, HostId, Problem, ServiceId, Term};

use super::counter::Counter;
use super::tally::Tally;

/// Moves so far.
#[derive(Debug, Clone)]
pub(super) struct Moves {
    /// Cost of moving a component over each tier of network price, the part per pair of hosts apart; components x
    /// (tiers + 1).
    costs: Vec<Cost>,
    tiers: usize,
    per_service: Option<PerService>,
    budgets: Option<BudgetState>,
    /// Components moved per C11 group.
    groups: Vec<u32>,
}

/// The largest number of components moved of any one service.
#[derive(Debug, Clone)]
struct PerService {
    moved: Vec<u32>,
    /// How many services have moved so many components.
    services_with: Vec<u32>,
    most: usize,
}

/// Moves as C8 counts them: by class and host, whichever member it is.
#[derive(Debug, Clone)]
struct BudgetState {
    now: Vec<Counter>,
    start: Vec<Counter>,
    moves: Meter,
    bytes: Meter,
    services: Vec<Meter>,
    /// (partition, meter per domain).
    sources: Vec<(usize, Vec<Meter>)>,
    targets: Vec<(usize, Vec<Meter>)>,
}

/// A count with a limit.
#[derive(Debug, Clone, Copy)]
struct Meter {
    count: i64,
    limit: i64,
}

impl Meter {
    fn new(limit: Option<i64>) -> Self {
        Self { count: 0, limit: limit.unwrap_or(i64::MAX) }
    }

    #[inline]
    fn add(&mut self, amount: i64, tally: &mut Tally) {
        let before = self.count > self.limit;
        self.count += amount;
        tally.add_broken(i64::from(self.count > self.limit) - i64::from(before));
    }
}

impl Moves {
    pub(super) fn new(problem: &Problem) -> Self {
        let tiers = problem.policy.prices.network_tiers.len() + 1;
        let costs =
            problem.component_ids().flat_map(|id| (0..tiers).map(move |tier| tier_cost(problem, id, tier)));
        let per_service = (problem.move_costs.per_service_max > 0).then(|| PerService {
            moved: vec![0; problem.services.len()],
            services_with: {
                let largest =
                    problem.services.iter().map(|service| service.components.len()).max().unwrap_or(0);
                let mut services_with = vec![0; largest + 1];
                services_with[0] = problem.services.len() as u32;
                services_with
            },
            most: 0,
        });
        Self {
            costs: costs.collect(),
            tiers,
            per_service,
            budgets: BudgetState::new(problem),
            groups: vec![0; problem.move_groups.len()],
        }
    }

    /// Counts departures from here: placing the components at their start has counted each as one less.
    pub(super) fn set_limits(&mut self) {
        let sources = self.budgets.iter_mut().flat_map(|budgets| &mut budgets.sources);
        sources.flat_map(|(_, meters)| meters).for_each(|meter| meter.count = 0);
    }

    pub(super) fn insert(&mut self, problem: &Problem, id: ComponentId, host: HostId, tally: &mut Tally) {
        let component = problem.component(id);
        if component.initial != Some(host) {
            self.count_move(problem, id, host, 1, tally);
        }
        if let (Some(budgets), true) = (&mut self.budgets, component.is_settled()) {
            budgets.change(problem, id, host, 1, tally);
        }
    }

    pub(super) fn remove(&mut self, problem: &Problem, id: ComponentId, host: HostId, tally: &mut Tally) {
        let component = problem.component(id);
        if component.initial != Some(host) {
            self.count_move(problem, id, host, -1, tally);
        }
        if let (Some(budgets), true) = (&mut self.budgets, component.is_settled()) {
            budgets.change(problem, id, host, -1, tally);
        }
    }

    /// A component arrives at, or leaves, a host that is not its first one.
    fn count_move(&mut self, problem: &Problem, id: ComponentId, host: HostId, sign: i64, tally: &mut Tally) {
        let component = problem.component(id);
        let Some(source) = component.initial else { return };
        if component.moving_from.is_some() {
            tally.add_broken(sign);
            return;
        }
        if !problem.may_migrate(source, host) {
            tally.add_broken(sign);
        }
        tally.add(Term::Migration, sign * self.cost(problem, id, source, host));
        if let Some(per_service) = &mut self.per_service {
            let more = per_service.change(component.service, sign);
            tally.add(Term::Migration, more * problem.move_costs.per_service_max);
        }
        if let Some(group) = component.move_group {
            let size = problem.move_groups[group as usize].len() as u32;
            let moved = &mut self.groups[group as usize];
            let torn = |moved: u32| i64::from(moved > 0 && moved < size);
            let before = torn(*moved);
            *moved = moved.wrapping_add_signed(sign as i32);
            tally.add_broken(torn(*moved) - before);
        }
    }

    /// What `component` on `host` adds to the cost of moves, the part per service apart.
    #[inline]
    pub(super) fn insertion_cost(&self, problem: &Problem, id: ComponentId, host: HostId) -> Cost {
        match problem.component(id).initial {
            Some(source) if source != host => self.cost(problem, id, source, host),
            _ => 0,
        }
    }

    /// What moving a component costs, the part per service apart.
    #[inline]
    fn cost(&self, problem: &Problem, id: ComponentId, source: HostId, host: HostId) -> Cost {
        self.costs[id.index() * self.tiers + tier(problem, source, host)] + problem.pair_cost(source, host)
    }
}

/// What moving a component from where it is at the start to `host` costs, the part per service apart.
pub(crate) fn move_cost(problem: &Problem, id: ComponentId, host: HostId) -> Cost {
    match problem.component(id).initial {
        Some(source) if source != host => {
            tier_cost(problem, id, tier(problem, source, host)) + problem.pair_cost(source, host)
        }
        _ => 0,
    }
}

/// Position of the price of the network between two hosts.
#[inline]
fn tier(problem: &Problem, source: HostId, host: HostId) -> usize {
    let tiers = &problem.policy.prices.network_tiers;
    let same =
        |&(p, _): &(colocate_model::PartitionId, _)| problem.domain(p, source) == problem.domain(p, host);
    tiers.iter().position(same).unwrap_or(tiers.len())
}

/// The cost of moving a component over `tier`, rounded as the model says.
fn tier_cost(problem: &Problem, id: ComponentId, tier: usize) -> Cost {
    let component = problem.component(id);
    let prices = &problem.policy.prices;
    let Some(source) = component.initial else { return 0 };
    let path = prices.network_tiers.get(tier).map_or(prices.network_beyond, |tier| tier.1);
    let copied = match problem.host(source).state {
        colocate_model::HostState::Down => 0,
        _ => component.bytes,
    };
    let moved = i128::from(component.fixed_ppm) * i128::from(prices.per_move) * 1_000;
    let copy = i128::from(copied) * i128::from(prices.per_gb_moved + path);
    let pause = i128::from(component.downtime_ms) * i128::from(prices.per_downtime_s) * 1_000_000;
    let (numerator, denominator) = (10_i128.pow(prices.digits), 10_i128.pow(18));
    ((2 * (moved + copy + pause) * numerator + denominator) / (2 * denominator)) as Cost
}

impl PerService {
    /// Counts a move of `service` and returns by how much the largest count changes.
    #[inline]
    fn change(&mut self, service: ServiceId, sign: i64) -> i64 {
        let moved = &mut self.moved[service.index()];
        self.services_with[*moved as usize] -= 1;
        *moved = moved.wrapping_add_signed(sign as i32);
        self.services_with[*moved as usize] += 1;
        let before = self.most;
        if *moved as usize > self.most {
            self.most = *moved as usize;
        } else if self.services_with[self.most] == 0 {
            self.most -= 1;
        }
        self.most as i64 - before as i64
    }
}

impl BudgetState {
    fn new(problem: &Problem) -> Option<Self> {
        let budgets = &problem.policy.budgets;
        let any = budgets.moves.is_some()
            || budgets.bytes.is_some()
            || budgets.moves_per_service.is_some()
            || !budgets.moves_per_source.is_empty()
            || !budgets.moves_per_target.is_empty();
        if !any {
            return None;
        }
        let counters = || problem.classes.iter().map(|class| Counter::new(problem.hosts.len(), class.len()));
        let mut start: Vec<Counter> = counters().collect();
        for component in problem.components.iter().filter(|component| component.is_settled()) {
            if let Some(host) = component.initial {
                start[component.class.index()].increment(host.index());
            }
        }
        let per_domain = |list: &[(colocate_model::PartitionId, i64)]| {
            let meters = list.iter().map(|&(partition, limit)| {
                let domains = problem.partitions[partition.index()].domains.len();
                (partition.index(), vec![Meter::new(Some(limit)); domains])
            });
            meters.collect()
        };
        Some(Self {
            now: counters().collect(),
            start,
            moves: Meter::new(budgets.moves),
            bytes: Meter::new(budgets.bytes),
            services: vec![Meter::new(budgets.moves_per_service); problem.services.len()],
            sources: per_domain(&budgets.moves_per_source),
            targets: per_domain(&budgets.moves_per_target),
        })
    }

    fn change(&mut self, problem: &Problem, id: ComponentId, host: HostId, sign: i64, tally: &mut Tally) {
        let component = problem.component(id);
        let class = component.class.index();
        let start = self.start[class].get(host.index());
        let counter = &mut self.now[class];
        // The larger of the two counts this change goes between.
        let upper =
            if sign > 0 { counter.increment(host.index()) } else { counter.decrement(host.index()) + 1 };
        if upper > start {
            self.moves.add(sign, tally);
            self.bytes.add(sign * component.bytes, tally);
            self.services[component.service.index()].add(sign, tally);
            for (partition, meters) in &mut self.targets {
                meters[problem.partitions[*partition].domain_of[host.index()].index()].add(sign, tally);
            }
        } else {
            for (partition, meters) in &mut self.sources {
                meters[problem.partitions[*partition].domain_of[host.index()].index()].add(-sign, tally);
            }
        }
    }
}
