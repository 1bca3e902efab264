//! What the load of one site costs.

use colocate_model::{Balance, Cost, Goal, Problem, Ratio, Term, UNLIMITED};

/// Shares of the tally that one site has.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Figures {
    pub(super) violation: i64,
    pub(super) broken: i64,
    pub(super) overload: Cost,
    pub(super) balance: Cost,
    pub(super) energy: Cost,
}

impl Figures {
    /// What they count in `goal`.
    #[inline]
    pub(super) fn weighed(&self, goal: &Goal) -> Cost {
        goal.factors.get(Term::Violation) * self.violation
            + goal.factors.get(Term::Overload) * self.overload
            + goal.factors.get(Term::Balance) * self.balance
            + goal.factors.get(Term::Energy) * self.energy
    }
}

/// Prices of load, with the weights of the steps and the rounding of the model folded in.
#[derive(Debug, Clone)]
pub(super) struct Pricing {
    steps: usize,
    weights: Vec<i64>,
    /// Per resource: weight of overload over the sum of the step weights.
    overload: Vec<Ratio>,
    /// The same as integers, where there is a single step and they are.
    whole_overload: Option<Vec<Cost>>,
    balances: Vec<Balance>,
    /// 1 over the sum of the step weights.
    mean: Ratio,
    resources: usize,
    /// Capacity of each host and resource.
    capacity: Vec<i64>,
    power: Vec<Option<PowerPrice>>,
}

/// The price of the power of one host.
#[derive(Debug, Clone, Copy)]
struct PowerPrice {
    idle: i128,
    slope: i128,
    /// Dimension of the first step of the resource that raises power, and its base load.
    resource: Option<(usize, i64)>,
    power_managed: bool,
    rate: Ratio,
}

impl Pricing {
    pub(super) fn new(problem: &Problem) -> Self {
        let total = i128::from(problem.total_step_weight());
        let per_step = |ratio: &Ratio| Ratio::new(ratio.numerator, ratio.denominator * total);
        let overload: Vec<Ratio> = problem.policy.overload_weight.iter().map(per_step).collect();
        let whole = |ratio: &Ratio| (ratio.denominator == 1).then_some(Cost::try_from(ratio.numerator).ok()?);
        Self {
            steps: problem.steps(),
            weights: problem.step_weights.clone(),
            whole_overload: overload
                .iter()
                .map(whole)
                .collect::<Option<_>>()
                .filter(|_| problem.steps() == 1),
            overload,
            balances: problem.balances.clone(),
            mean: Ratio::new(1, total),
            resources: problem.resources.len(),
            capacity: problem.hosts.iter().flat_map(|host| host.capacity.clone()).collect(),
            power: problem.host_ids().map(|host| power_price(problem, host)).collect(),
        }
    }

    /// Sum over the steps of weight x `value`.
    #[inline]
    fn weighted(&self, value: impl Fn(usize) -> i64) -> i128 {
        if self.steps == 1 {
            return i128::from(self.weights[0]) * i128::from(value(0));
        }
        self.weights.iter().enumerate().map(|(step, &w)| i128::from(w) * i128::from(value(step))).sum()
    }

    /// Load above the soft limits.
    #[inline]
    pub(super) fn overload(&self, load: &[i64], soft: &[i64]) -> Cost {
        if let Some(weights) = &self.whole_overload {
            // The weight of the only step is 1: weights have no common divisor.
            let rows = load.iter().zip(soft).zip(weights);
            return rows.map(|((load, soft), weight)| weight * load.saturating_sub(*soft).max(0)).sum();
        }
        let mut cost = 0;
        for (resource, &limit) in soft.iter().enumerate() {
            if limit == UNLIMITED {
                continue;
            }
            let over = self.weighted(|step| (load[resource * self.steps + step] - limit).max(0));
            if over > 0 {
                cost += self.overload[resource].times(over);
            }
        }
        cost
    }

    /// Balance triples of a host.
    #[inline]
    pub(super) fn balance(&self, host: usize, load: &[i64]) -> Cost {
        let mut cost = 0;
        for balance in &self.balances {
            let (first, second) = (balance.first.index(), balance.second.index());
            let capacity = |resource: usize| self.capacity[host * self.resources + resource];
            if capacity(first) == UNLIMITED || capacity(second) == UNLIMITED {
                continue;
            }
            let free = |resource: usize, step: usize| capacity(resource) - load[resource * self.steps + step];
            let missing =
                self.weighted(|step| (balance.target * free(first, step) - free(second, step)).max(0));
            if missing > 0 {
                cost += self.mean.times(missing * i128::from(balance.weight));
            }
        }
        cost
    }

    /// Energy of a host.
    #[inline]
    pub(super) fn energy(&self, host: usize, load: &[i64], occupied: bool) -> Cost {
        let Some(power) = &self.power[host] else { return 0 };
        let idle = if occupied || !power.power_managed { power.idle } else { 0 };
        let used = power.resource.map_or(0, |(first, base)| self.weighted(|step| load[first + step] - base));
        power.rate.times(idle + power.slope * used)
    }
}

fn power_price(problem: &Problem, host: colocate_model::HostId) -> Option<PowerPrice> {
    let power = problem.host(host).power?;
    let weight = i128::from(problem.total_step_weight());
    let resource = problem.policy.prices.energy_resource.filter(|k| {
        let capacity = problem.host(host).capacity[k.index()];
        capacity != UNLIMITED && capacity > 0
    });
    let capacity = resource.map_or(1, |k| i128::from(problem.host(host).capacity[k.index()]));
    let rate = problem.policy.prices.energy_rate;
    Some(PowerPrice {
        idle: i128::from(power.idle_mw) * weight * capacity,
        slope: i128::from(power.slope_mw),
        resource: resource.map(|k| (k.index() * problem.steps(), problem.host(host).base[k.index()])),
        power_managed: power.power_managed,
        rate: Ratio::new(rate.numerator, rate.denominator * weight * capacity),
    })
}
