//! What calls pay at least, and what they gain where their ends meet.

use colocate_model::{
    ComponentId, Cost, DomainId, Goal, HostState, Matrix, PartitionId, Problem, Ratio, Term,
};

/// What edges gain when their ends are in one domain of a partition.
pub(super) struct Level {
    pub(super) partition: PartitionId,
    /// Per edge, a cost as numerator and denominator.
    pub(super) gains: Vec<(i128, i128)>,
    /// At least the sum of the gains.
    pub(super) all: i128,
}

/// Latency, network cost and migration of a goal.
pub(super) struct Costs<'a> {
    problem: &'a Problem,
    goal: &'a Goal,
    /// At most what all calls pay when no two ends are in one domain of any level.
    pub(super) apart: i128,
    pub(super) levels: Vec<Level>,
}

/// The least price of a unit of flow of an edge: per latency matrix, and of bytes.
struct Least {
    latency: Vec<i128>,
    bytes: i128,
}

impl<'a> Costs<'a> {
    /// `None` where no traffic counts in `goal`.
    pub(super) fn new(problem: &'a Problem, goal: &'a Goal) -> Option<Self> {
        let traffic = [Term::Latency, Term::NetworkCost].into_iter().any(|term| goal.factors.get(term) > 0);
        if !traffic || problem.traffic.edges.is_empty() {
            return None;
        }
        let mut partitions = vec![PartitionId::new(0)];
        if problem.latency.level != partitions[0] {
            partitions.push(problem.latency.level);
        }
        // Prices rise from one host to all of them; the last entry is beyond the outermost level.
        let mut prices = vec![Least {
            latency: vec![problem.latency.same_host.into(); problem.latency.price.len()],
            bytes: 0,
        }];
        prices.extend(partitions.iter().map(|&partition| between(problem, partition)));
        for inner in (0..prices.len() - 1).rev() {
            let (before, after) = prices.split_at_mut(inner + 1);
            let (inner, outer) = (&mut before[inner], &after[0]);
            inner.latency.iter_mut().zip(&outer.latency).for_each(|(a, b)| *a = (*a).min(*b));
            inner.bytes = inner.bytes.min(outer.bytes);
        }
        let mut costs = Self { problem, goal, apart: 0, levels: Vec::new() };
        let outermost = &prices[prices.len() - 1];
        for edge in 0..problem.traffic.edges.len() {
            costs.apart += costs.sum(edge, |step| outermost.latency[step], outermost.bytes)?.0;
        }
        for (index, &partition) in partitions.iter().enumerate() {
            let (inner, outer) = (&prices[index], &prices[index + 1]);
            let mut level = Level { partition, gains: Vec::new(), all: 0 };
            for edge in 0..problem.traffic.edges.len() {
                let rise = |step: usize| outer.latency[step] - inner.latency[step];
                let (_, gain) = costs.sum(edge, rise, outer.bytes - inner.bytes)?;
                level.all += gain.0 / gain.1 + 1;
                level.gains.push(gain);
            }
            if level.gains.iter().any(|gain| gain.0 > 0) {
                costs.levels.push(level);
            }
        }
        Some(costs)
    }

    /// What all units of `edge` cost in the goal at these prices: at least so much, rounding of the terms included, and
    /// exactly or a little more as a fraction.
    fn sum(&self, edge: usize, latency: impl Fn(usize) -> i128, bytes: i128) -> Option<(i128, (i128, i128))> {
        let problem = self.problem;
        let edge = &problem.traffic.edges[edge];
        let members = |group: colocate_model::GroupId| problem.traffic.groups[group.index()].members.len();
        let units = members(edge.from) as i128 * members(edge.to) as i128;
        let last = problem.latency.price.len() - 1;
        let steps = problem.step_weights.iter().enumerate();
        let (mut calls, mut volume) = (0_i128, 0_i128);
        for (step, &weight) in steps {
            calls += i128::from(weight) * i128::from(edge.calls[step]) * latency(step.min(last));
            volume += i128::from(weight) * i128::from(edge.bytes[step]) * bytes;
        }
        let parts = [
            (Term::Latency, edge.call_rate, calls.checked_mul(units)?),
            (Term::NetworkCost, edge.byte_rate, volume.checked_mul(units)?),
        ];
        let (mut least, mut most, mut fraction) = (0, 0, None);
        for (term, rate, sum) in parts {
            let factor = i128::from(self.goal.factors.get(term));
            if factor == 0 || sum == 0 {
                continue;
            }
            let numerator = rate.numerator.checked_mul(sum)?.checked_mul(factor)?;
            least += numerator / rate.denominator - lost(rate, factor);
            fraction = Some((numerator, rate.denominator)).filter(|_| most == 0);
            most += numerator / rate.denominator + 1;
        }
        // Two terms are added as whole costs, rounded up.
        Some((least, fraction.unwrap_or((most, 1))))
    }

    /// What moving `component` costs at least in the goal, wherever it goes.
    pub(super) fn per_move(&self, component: ComponentId) -> Cost {
        let factor = self.goal.factors.get(Term::Migration);
        let (problem, c) = (self.problem, self.problem.component(component));
        let Some(source) = c.initial.filter(|_| factor > 0) else { return 0 };
        let prices = &problem.policy.prices;
        let tiers = prices.network_tiers.iter().map(|&(_, price)| price);
        let path = tiers.chain([prices.network_beyond]).min().unwrap_or(0);
        let bytes = if problem.host(source).state == HostState::Down { 0 } else { c.bytes };
        let dollars = i128::from(c.fixed_ppm) * i128::from(prices.per_move) * 1_000
            + i128::from(bytes) * i128::from(prices.per_gb_moved + path)
            + i128::from(c.downtime_ms) * i128::from(prices.per_downtime_s) * 1_000_000;
        let cost = Ratio::new(10_i128.pow(prices.digits), 10_i128.pow(18)).times(dollars);
        factor.saturating_mul(cost)
    }
}

/// What rounding half up can take from one value.
fn lost(rate: Ratio, factor: i128) -> i128 {
    if rate.denominator == 1 { 0 } else { (factor + 1) / 2 }
}

/// The least prices between two hosts in different domains of `partition`; on one host where there are no such hosts.
fn between(problem: &Problem, partition: PartitionId) -> Least {
    let latency = &problem.latency;
    let domains = &problem.partitions[latency.level.index()];
    let mut hosts = vec![0_usize; domains.domains.len()];
    domains.domain_of.iter().for_each(|domain| hosts[domain.index()] += 1);
    let least = |matrix: &Matrix| -> i128 {
        if matrix.is_flat() {
            return matrix.values()[0].into();
        }
        let mut least = None;
        for a in (0..hosts.len()).filter(|&a| hosts[a] > 0) {
            for b in (0..hosts.len()).filter(|&b| hosts[b] > 0) {
                // Two hosts of one domain of the matrix are apart only where hosts are the domains.
                let apart = a != b || partition == PartitionId::new(0) && hosts[a] > 1;
                if apart {
                    let price = matrix.get(DomainId::new(a), DomainId::new(b));
                    least = Some(least.map_or(price, |least: i64| least.min(price)));
                }
            }
        }
        least.unwrap_or(latency.same_host).into()
    };
    let prices = &problem.policy.prices;
    let tiers = prices.network_tiers.iter().filter(|&&(tier, _)| tier != partition).map(|&(_, price)| price);
    let alone = problem.hosts.len() < 2;
    Least {
        latency: latency.price.iter().map(least).collect(),
        bytes: if alone { 0 } else { tiers.chain([prices.network_beyond]).min().unwrap_or(0).into() },
    }
}
