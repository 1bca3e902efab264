//! One edge: its flow as sums of price, in the cheapest form its routing allows.

use colocate_model::{Cost, Edge, GroupId, HostId, Problem, Ratio};

use super::super::counter::Counter;
use super::flow::{self, Flow};
use super::levels::Level;

/// How the flow of an edge is followed.
#[derive(Debug, Clone)]
pub(super) enum Form {
    /// A unit between every pair.
    Uniform,
    /// Local-first on a tree: per level, supply and demand that reach each domain.
    Levels(Vec<LevelState>),
    /// Local-first on anything else: the flow itself.
    Flow,
}

/// What reaches the domains of one level.
#[derive(Debug, Clone)]
pub(super) struct LevelState {
    level: Level,
    supply: Vec<i64>,
    demand: Vec<i64>,
    served: i64,
}

/// The sums of an edge and the costs they come to.
#[derive(Debug, Clone)]
pub(super) struct EdgeState {
    form: Form,
    /// Whether the price of a path depends on the step.
    stepwise: bool,
    /// Units of flow a member of each end stands for.
    supply: i64,
    demand: i64,
    /// Sum over flow of price (x weight x calls of the step, where stepwise).
    call_sum: i128,
    /// Sum over flow of price per GB.
    byte_sum: i128,
    /// Cost of a unit of each sum.
    call_rate: Ratio,
    byte_rate: Ratio,
    /// Weight x calls per step.
    weighted_calls: Vec<i64>,
    latency: Cost,
    network: Cost,
    flow: Option<Flow>,
}

impl Form {
    pub(super) fn levels(problem: &Problem, levels: &[Level]) -> Self {
        let state = |level: &Level| {
            let domains = level.partition.map_or(1, |p| problem.partitions[p.index()].domains.len());
            LevelState { level: level.clone(), supply: vec![0; domains], demand: vec![0; domains], served: 0 }
        };
        Self::Levels(levels.iter().map(state).collect())
    }
}

impl EdgeState {
    pub(super) fn new(problem: &Problem, edge: &Edge, form: Form) -> Self {
        let weigh = |rates: &[i64]| -> Vec<i64> {
            rates.iter().zip(&problem.step_weights).map(|(&rate, &w)| rate * w).collect()
        };
        let stepwise = problem.latency.price.len() > 1;
        let total = |rates: &[i64]| weigh(rates).iter().map(|&r| i128::from(r)).sum::<i128>();
        let times = |rate: Ratio, factor: i128| Ratio::new(rate.numerator * factor, rate.denominator);
        let size = |group: GroupId| problem.traffic.groups[group.index()].members.len() as i64;
        Self {
            form,
            stepwise,
            supply: size(edge.to),
            demand: size(edge.from),
            call_sum: 0,
            byte_sum: 0,
            call_rate: if stepwise { edge.call_rate } else { times(edge.call_rate, total(&edge.calls)) },
            byte_rate: times(edge.byte_rate, total(&edge.bytes)),
            weighted_calls: weigh(&edge.calls),
            latency: 0,
            network: 0,
            flow: None,
        }
    }

    /// Latency and network cost.
    #[inline]
    pub(super) fn figures(&self) -> (Cost, Cost) {
        (self.latency, self.network)
    }

    /// The flow, where it is followed as such.
    pub(super) fn flow(&self) -> Option<&Flow> {
        self.flow.as_ref()
    }

    /// Served units and levels, where the edge follows a tree.
    pub(super) fn levels(&self) -> Option<&[LevelState]> {
        if let Form::Levels(levels) = &self.form { Some(levels) } else { None }
    }

    /// Follows a member of `group` that has come to `host` (`sign` 1) or left it (-1); `groups` are counted after that.
    pub(super) fn change(
        &mut self,
        problem: &Problem,
        edge: &Edge,
        group: GroupId,
        host: HostId,
        sign: i64,
        groups: &[Counter],
    ) {
        let (from, to) = (edge.from == group, edge.to == group);
        if let Form::Levels(levels) = &mut self.form {
            let mut change = (i64::from(from) * sign * self.supply, i64::from(to) * sign * self.demand);
            for state in levels {
                change = state.change(problem, host, change);
            }
            let levels = &self.form;
            let Form::Levels(levels) = levels else { return };
            self.call_sum = levels.iter().map(|l| i128::from(l.served) * self.price(&l.level.price)).sum();
            self.byte_sum = levels.iter().map(|l| i128::from(l.served) * i128::from(l.level.tier)).sum();
        } else if let Form::Flow = self.form {
            let flow = flow::cheapest(problem, edge, &groups[edge.from.index()], &groups[edge.to.index()]);
            self.call_sum =
                flow.iter().map(|&(a, b, units)| i128::from(units) * self.path(problem, a, b)).sum();
            let tier = |a, b| i128::from(problem.network_price(a, b));
            self.byte_sum = flow.iter().map(|&(a, b, units)| i128::from(units) * tier(a, b)).sum();
            self.flow = Some(flow);
        } else {
            if from {
                self.add_pairs(problem, host, sign, &groups[edge.to.index()], true);
            }
            if to {
                self.add_pairs(problem, host, sign, &groups[edge.from.index()], false);
            }
            if from && to {
                // The pair of the member with itself was added from both ends, or, on leaving, from neither.
                self.call_sum -= self.path(problem, host, host);
            }
        }
        self.latency = self.call_rate.times(self.call_sum);
        self.network = self.byte_rate.times(self.byte_sum);
    }

    /// Adds the pairs of one member on `host` with all members of the other end.
    fn add_pairs(&mut self, problem: &Problem, host: HostId, sign: i64, others: &Counter, outgoing: bool) {
        let (mut calls, mut bytes) = (0_i128, 0_i128);
        for (other, count) in others.iter() {
            let other = HostId::new(other);
            let (a, b) = if outgoing { (host, other) } else { (other, host) };
            calls += i128::from(count) * self.path(problem, a, b);
            bytes += i128::from(count) * i128::from(problem.network_price(a, b));
        }
        self.call_sum += i128::from(sign) * calls;
        self.byte_sum += i128::from(sign) * bytes;
    }

    /// Price of a path in the unit of `call_sum`.
    #[inline]
    fn path(&self, problem: &Problem, a: HostId, b: HostId) -> i128 {
        if self.stepwise {
            let steps = self.weighted_calls.iter().enumerate();
            steps.map(|(step, &calls)| i128::from(calls) * i128::from(problem.path_price(step, a, b))).sum()
        } else {
            i128::from(problem.path_price(0, a, b))
        }
    }

    /// Price of a level in the unit of `call_sum`.
    #[inline]
    fn price(&self, price: &[i64]) -> i128 {
        if self.stepwise {
            self.weighted_calls.iter().zip(price).map(|(&c, &p)| i128::from(c) * i128::from(p)).sum()
        } else {
            i128::from(price[0])
        }
    }
}

impl LevelState {
    /// Supply and demand of the domain of `host` change; returns by how much what it passes outward does.
    #[inline]
    fn change(&mut self, problem: &Problem, host: HostId, (supply, demand): (i64, i64)) -> (i64, i64) {
        let domain = self.level.partition.map_or(0, |p| problem.domain(p, host).index());
        let before = self.supply[domain].min(self.demand[domain]);
        self.supply[domain] += supply;
        self.demand[domain] += demand;
        let served = self.supply[domain].min(self.demand[domain]) - before;
        self.served += served;
        (supply - served, demand - served)
    }

    /// What passes the border of `domain` outward, in units.
    pub(super) fn passing(&self, domain: usize) -> i64 {
        (self.supply[domain] - self.demand[domain]).abs()
    }

    pub(super) fn level(&self) -> &Level {
        &self.level
    }
}
