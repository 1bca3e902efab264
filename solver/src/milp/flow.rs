//! The linear forms of a transport, whose cost is that of the cheapest one when it is minimised.
//!
//! *Cut*: where paths get dearer from level to level, the units that a domain cannot serve itself,
//! z[g] >= supply[g] - demand[g], pay the difference to the next level. *Pairs*: otherwise, y[a,b] units from host a to
//! host b with both marginals (the reformulation-linearisation of the product of shares). On a tree both have the same
//! linear relaxation, and the cut a fraction of the columns.

use std::collections::BTreeMap;

use colocate_model::{DomainId, HostId, PartitionId};
use good_lp::Expression;

use super::formulation::Formulation;
use super::rows::is_within;
use super::transport::Transport;
use super::tree::TreeLevel;

/// A transport in linear form.
#[derive(Debug, Clone)]
pub(super) enum Flow {
    /// All units, and those that no domain up to a level serves, level by level from the host outward.
    Cut(i64, Vec<Expression>),
    /// Units from host to host.
    Pairs(Vec<(HostId, HostId, Expression)>),
}

impl Flow {
    /// The form that suits `transport`.
    pub(super) fn new(formulation: &mut Formulation<'_>, transport: &Transport) -> Self {
        if let Some(pairs) = one_sided(formulation, transport) {
            return Self::Pairs(pairs);
        }
        match formulation.levels() {
            Some(levels) if transport.ceiling.is_none() => {
                let partitions: Vec<_> = levels.iter().filter_map(|level| level.partition).collect();
                cut(formulation, transport, &partitions)
            }
            _ => pairs(formulation, transport),
        }
    }

    /// Its cost, with that of a unit from host to host.
    pub(super) fn cost(
        &self,
        levels: Option<&[TreeLevel]>,
        unit: impl Fn(HostId, HostId) -> f64,
    ) -> Expression {
        match self {
            Self::Cut(units, beyond) => {
                let levels = levels.expect("a cut is made where there are levels");
                let price = |level: usize| unit(levels[level].example.0, levels[level].example.1);
                let mut cost = Expression::from(price(0) * *units as f64);
                for (level, beyond) in beyond.iter().enumerate().take(levels.len() - 1) {
                    cost.add_mul(price(level + 1) - price(level), beyond);
                }
                cost
            }
            Self::Pairs(pairs) => {
                let mut cost = Expression::default();
                pairs.iter().for_each(|(a, b, units)| cost.add_mul(unit(*a, *b), units));
                cost
            }
        }
    }
}

/// Where one end has all its units on one host, every unit's path is that of the other end.
fn one_sided(
    formulation: &Formulation<'_>,
    transport: &Transport,
) -> Option<Vec<(HostId, HostId, Expression)>> {
    let [from, to] = [&transport.supply, &transport.demand].map(|side| side.hosts(formulation));
    if to.len() == 1 {
        let units = |&a: &HostId| (a, to[0], transport.supply.on(formulation, |host| host == a));
        return Some(from.iter().map(units).collect());
    }
    let units = |&b: &HostId| (from[0], b, transport.demand.on(formulation, |host| host == b));
    (from.len() == 1).then(|| to.iter().map(units).collect())
}

fn cut(formulation: &mut Formulation<'_>, transport: &Transport, partitions: &[PartitionId]) -> Flow {
    let problem = formulation.problem;
    let mut beyond = Vec::new();
    for &partition in partitions {
        let mut domains: BTreeMap<DomainId, ()> = BTreeMap::new();
        transport.supply.hosts(formulation).iter().for_each(|&host| {
            domains.insert(problem.domain(partition, host), ());
        });
        let mut sum = Expression::default();
        for domain in domains.into_keys() {
            let inside = |host| problem.domain(partition, host) == domain;
            let surplus = transport.supply.on(formulation, inside) - transport.demand.on(formulation, inside);
            sum += formulation.at_least([surplus]);
        }
        beyond.push(sum);
    }
    Flow::Cut(transport.supply.units(formulation), beyond)
}

fn pairs(formulation: &mut Formulation<'_>, transport: &Transport) -> Flow {
    let problem = formulation.problem;
    let (from, to) = (transport.supply.hosts(formulation), transport.demand.hosts(formulation));
    let near = |a, b| transport.ceiling.is_none_or(|ceiling| is_within(problem, a, b, ceiling));
    let units = transport.supply.units(formulation) as f64;
    let mut cells = Vec::new();
    let mut taken = vec![Expression::default(); to.len()];
    for &a in &from {
        let mut sent = Expression::default();
        for (&b, taken) in to.iter().zip(&mut taken) {
            if near(a, b) {
                let cell = formulation.amount(units);
                sent += cell;
                *taken += cell;
                cells.push((a, b, cell.into()));
            }
        }
        let supply = transport.supply.on(formulation, |host| host == a);
        formulation.require(sent.eq(supply));
    }
    for (&b, taken) in to.iter().zip(taken) {
        let demand = transport.demand.on(formulation, |host| host == b);
        formulation.require(taken.eq(demand));
    }
    Flow::Pairs(cells)
}
