//! Traffic: edges by name, and the integer scales that keep the smallest edge visible.

use std::collections::{BTreeMap, HashMap};

use crate::component::Component;
use crate::fault::{Document, FaultCode, Faults};
use crate::ids::{ComponentId, EdgeId, GroupId, ServiceId};
use crate::latency::Latency;
use crate::policy::Policy;
use crate::problem::Problem;
use crate::quantity::{PPM, Ratio, UNLIMITED};
use crate::score::Term;
use crate::service::Service;
use crate::traffic::{Edge, Endpoint, Group, Routing, Traffic};

use super::demand::{Horizon, checked};
use super::names::Registry;
use super::{Draft, SeriesDraft};

/// The smallest rate should count at least so many units.
const SMALLEST_RATE: f64 = 1e4;
/// The largest rate may count at most so many units.
const LARGEST_RATE: f64 = 1e15;
/// The smallest edge over the dearest path should cost at least so many units, where digits are free.
const SMALLEST_EDGE: f64 = 1e3;
/// The dearest placement may cost at most so many units in any goal, where digits are free.
const LARGEST_LATENCY: f64 = 1e17;

/// An edge with its ends found.
pub(super) struct FoundEdge {
    from: Endpoint,
    to: Endpoint,
    routing: Option<Routing>,
    /// Calls/s a step.
    calls: Vec<f64>,
    /// Bytes/s a step.
    bytes: Vec<f64>,
}

/// The edges with their ends found and their rates per step; edges of services without components are dropped.
pub(super) fn edges(
    draft: &Draft,
    registry: &Registry<'_>,
    services: &[Service],
    horizon: &Horizon,
    faults: &mut Faults,
) -> Vec<FoundEdge> {
    let mut edges = Vec::new();
    let mut seen = HashMap::new();
    for (index, edge) in draft.edges.iter().enumerate() {
        let place = |field: &str| format!("/edges/{index}/{field}");
        for (field, rate) in [("calls_per_s", edge.calls_per_s), ("bytes_per_s", edge.bytes_per_s)] {
            if !(0.0..=1e15).contains(&rate) {
                let cause = format!("{rate} is out of range");
                faults.add(Document::Traffic, place(field), FaultCode::OutOfRange, cause, "use 0 to 10^15");
            }
        }
        let from = endpoint(&edge.from, registry, Document::Traffic, || place("from"), faults);
        let to = endpoint(&edge.to, registry, Document::Traffic, || place("to"), faults);
        let (Some(from), Some(to)) = (from, to) else { continue };
        if seen.insert((from, to), edges.len()).is_some() {
            let cause = format!("a second edge from `{}` to `{}`", edge.from, edge.to);
            faults.add(
                Document::Traffic,
                format!("/edges/{index}"),
                FaultCode::Duplicate,
                cause,
                "add them up",
            );
        }
        let steps = horizon.steps();
        edges.push(FoundEdge {
            from,
            to,
            routing: edge.routing,
            calls: vec![edge.calls_per_s; steps],
            bytes: vec![edge.bytes_per_s; steps],
        });
    }
    for (index, forecast) in draft.forecast.iter().flat_map(|forecast| forecast.edges.iter().enumerate()) {
        let place = |field: &str| format!("/edges/{index}/{field}");
        let from = endpoint(&forecast.from, registry, Document::Forecast, || place("from"), faults);
        let to = endpoint(&forecast.to, registry, Document::Forecast, || place("to"), faults);
        let (Some(from), Some(to)) = (from, to) else { continue };
        let mut rates = |series: &Option<SeriesDraft>, field: &str| {
            let steps = draft.forecast.as_ref().map_or(0, |forecast| forecast.steps);
            let mean = checked(&series.as_ref()?.mean, steps, &place(field), faults)?;
            Some(horizon.means(mean))
        };
        let calls = rates(&forecast.calls_per_s, "calls_per_s/mean");
        let bytes = rates(&forecast.bytes_per_s, "bytes_per_s/mean");
        let zero = || vec![0.0; horizon.steps()];
        let position = *seen.entry((from, to)).or_insert_with(|| {
            edges.push(FoundEdge { from, to, routing: None, calls: zero(), bytes: zero() });
            edges.len() - 1
        });
        let edge = &mut edges[position];
        edge.calls = calls.unwrap_or_else(|| std::mem::take(&mut edge.calls));
        edge.bytes = bytes.unwrap_or_else(|| std::mem::take(&mut edge.bytes));
    }
    let peopled = |end: Endpoint| match end {
        Endpoint::Service(service) => services.get(service.index()).is_some_and(|s| !s.components.is_empty()),
        Endpoint::Component(_) => true,
    };
    edges.retain(|edge| peopled(edge.from) && peopled(edge.to));
    edges
}

/// A service of that name, else a component.
fn endpoint(
    name: &str,
    registry: &Registry<'_>,
    document: Document,
    place: impl FnOnce() -> String,
    faults: &mut Faults,
) -> Option<Endpoint> {
    if let Some(service) = registry.services.get(name) {
        return Some(Endpoint::Service(ServiceId::new(service)));
    }
    if let Some(component) = registry.components.get(name) {
        return Some(Endpoint::Component(ComponentId::new(component)));
    }
    let cause = format!("there is no service or component `{name}`");
    faults.add(document, place(), FaultCode::UnknownService, cause, "name one of the cluster");
    None
}

/// Groups, integer rates and the cost of a unit of flow; may raise the digits of money.
///
/// # Errors
/// A description of the number that would overflow.
pub(super) fn assemble(
    draft: &Draft,
    found: Vec<FoundEdge>,
    services: &[Service],
    horizon: &Horizon,
    latency: &Latency,
    policy: &mut Policy,
    components: &mut [Component],
) -> Result<Traffic, String> {
    let call_digits = scale(found.iter().flat_map(|edge| edge.calls.iter().copied()));
    let byte_digits = scale(found.iter().flat_map(|edge| edge.bytes.iter().copied()));
    let price = draft.policy.prices.latency_usd_per_million_call_ms;
    let dearest =
        latency.price.iter().flat_map(|m| m.values()).copied().max().unwrap_or(0).max(latency.same_host);
    if draft.policy.prices.digits.is_none() {
        let factor =
            policy.goals.iter().map(|goal| goal.factors.get(Term::Latency)).max().unwrap_or(1).max(1);
        policy.prices.digits += spare_digits(&found, policy.prices.digits, price * factor as f64, dearest);
    }
    let digits = 10_i128.pow(policy.prices.digits);
    policy.prices.energy_rate = policy
        .prices
        .energy_rate
        .checked_mul(Ratio::new(digits, 10_i128.pow(draft.policy.prices.digits.unwrap_or(9).min(18))))
        .ok_or("the price of energy")?;

    let mut groups: Vec<Group> = Vec::new();
    let mut by_end: BTreeMap<Endpoint, GroupId> = BTreeMap::new();
    let mut edges = Vec::new();
    for (index, edge) in found.into_iter().enumerate() {
        let mut group = |endpoint: Endpoint| {
            let id = *by_end.entry(endpoint).or_insert_with(|| {
                let members = match endpoint {
                    Endpoint::Service(service) => services[service.index()].components.clone(),
                    Endpoint::Component(component) => vec![component],
                };
                let id = GroupId::new(groups.len());
                members.iter().for_each(|member| components[member.index()].groups.push(id));
                groups.push(Group { endpoint, members, edges: Vec::new() });
                id
            });
            let edges = &mut groups[id.index()].edges;
            if edges.last() != Some(&EdgeId::new(index)) {
                edges.push(EdgeId::new(index));
            }
            (id, groups[id.index()].members.len() as i128)
        };
        let ((from, n), (to, m)) = (group(edge.from), group(edge.to));
        let weight: i64 = horizon.weights.iter().sum();
        let unit = Ratio::new(1, n * m);
        let hour =
            unit.checked_mul(Ratio::new(3600 * digits, i128::from(weight))).ok_or("the digits of money")?;
        let per_call = Ratio::new((price * 1e9).round() as i128, 10_i128.pow(21 + call_digits));
        let per_byte = Ratio::new(1, 10_i128.pow(18 + byte_digits));
        let integers = |rates: &[f64], digits: u32| -> Vec<i64> {
            rates.iter().map(|rate| (rate * 10_f64.powi(digits as i32)).round() as i64).collect()
        };
        let ceiling = match (edge.from, edge.to) {
            (Endpoint::Service(from), Endpoint::Service(to)) => {
                let ceilings = &services[from.index()].max_latency;
                ceilings.iter().find(|ceiling| ceiling.to == to).map(|ceiling| ceiling.ceiling)
            }
            _ => None,
        };
        edges.push(Edge {
            from,
            to,
            routing: edge.routing.unwrap_or(policy.routing),
            ceiling,
            calls: integers(&edge.calls, call_digits),
            bytes: integers(&edge.bytes, byte_digits),
            call_rate: per_call.checked_mul(hour).ok_or("the price of latency")?,
            byte_rate: per_byte.checked_mul(hour).ok_or("the price of traffic")?,
            byte_share: unit
                .checked_mul(Ratio::new(1, 10_i128.pow(byte_digits)))
                .ok_or("the scale of bytes")?,
        });
        let edge = &edges[index];
        let largest = |rates: &[i64], per: i64| rates.iter().copied().max().unwrap_or(0) as f64 * per as f64;
        let flow = 2.0 * weight as f64 * (n * m) as f64;
        let dearest_gb =
            policy.prices.network_tiers.iter().map(|t| t.1).fold(policy.prices.network_beyond, i64::max);
        let products = [
            edge.call_rate.numerator as f64 * largest(&edge.calls, dearest) * flow,
            edge.byte_rate.numerator as f64 * largest(&edge.bytes, dearest_gb) * flow,
        ];
        if products.iter().any(|&product| product > 1e37) {
            return Err(format!("edge {index}: the price of its traffic"));
        }
    }
    Ok(Traffic { groups, edges, call_digits, byte_digits })
}

/// Digits that make every rate an integer or, failing that, the smallest one `SMALLEST_RATE` units.
fn scale(rates: impl Iterator<Item = f64> + Clone) -> u32 {
    let positive = rates.filter(|&rate| rate > 0.0);
    let largest = positive.clone().fold(0.0, f64::max);
    let smallest = positive.clone().fold(f64::INFINITY, f64::min);
    let power = |digits: u32| 10_f64.powi(digits as i32);
    let fits = |digits: &u32| largest * power(*digits) <= LARGEST_RATE;
    let enough = |digits: u32| {
        let whole = |rate: f64| (rate * power(digits)).fract() == 0.0;
        smallest * power(digits) >= SMALLEST_RATE || positive.clone().all(whole)
    };
    (0..=18).take_while(fits).find(|&digits| enough(digits)).or((0..=18).take_while(fits).last()).unwrap_or(0)
}

/// How many more digits of money keep the smallest edge visible without making the total large.
fn spare_digits(edges: &[FoundEdge], digits: u32, price: f64, dearest: i64) -> u32 {
    let cost = |edge: &FoundEdge| {
        let mean = edge.calls.iter().sum::<f64>() / edge.calls.len() as f64;
        mean * 3600.0 * dearest as f64 * price / 1e12 * 10_f64.powi(digits as i32)
    };
    let costs = edges.iter().map(cost).filter(|&cost| cost > 0.0);
    let (smallest, total) = (costs.clone().fold(f64::INFINITY, f64::min), costs.sum::<f64>());
    let power = |more: u32| 10_f64.powi(more as i32);
    let wanted = (0..=18 - digits).find(|&more| smallest * power(more) >= SMALLEST_EDGE).unwrap_or(0);
    (0..=wanted).rev().find(|&more| total * power(more) <= LARGEST_LATENCY).unwrap_or(0)
}

/// No placement has more of `term` than this.
pub(super) fn upper_bound(problem: &Problem, term: Term) -> f64 {
    let (steps, weight) = (problem.steps(), problem.total_step_weight() as f64);
    let demand = |k: usize| -> f64 {
        let placed = problem.component_ids().map(|id| problem.demand(id)[k * steps..][..steps].iter().max());
        let base: f64 = problem.hosts.iter().map(|host| host.base[k].max(0) as f64).sum();
        placed.flatten().map(|&amount| amount as f64).sum::<f64>() + base
    };
    let ratio = |ratio: Ratio| ratio.numerator as f64 / ratio.denominator as f64;
    let resources = 0..problem.resources.len();
    let edges = problem.traffic.edges.iter();
    let ends = |edge: &Edge| {
        let size = |group: GroupId| problem.traffic.groups[group.index()].members.len() as f64;
        size(edge.from) * size(edge.to) * weight
    };
    let most = |rates: &[i64]| rates.iter().copied().max().unwrap_or(0) as f64;
    match term {
        Term::Violation => {
            let least = problem.hosts.iter().flat_map(|host| &host.capacity).chain(
                problem.partitions.iter().flat_map(|p| &p.domains).flat_map(|domain| &domain.capacity),
            );
            let tightest = least.copied().filter(|&c| c != UNLIMITED).min().unwrap_or(1).max(1) as f64;
            let loads: f64 = resources.map(demand).sum::<f64>() * steps as f64 * 2.0;
            (loads / tightest).min(1e9) * PPM as f64 + problem.components.len() as f64 * 1e7
        }
        Term::Overload => {
            let partitions = problem.partitions.len() as f64;
            resources.map(|k| ratio(problem.policy.overload_weight[k]) * demand(k)).sum::<f64>() * partitions
        }
        Term::Latency => {
            let prices = problem.latency.price.iter().flat_map(crate::Matrix::values);
            let dearest = prices.copied().max().unwrap_or(0).max(problem.latency.same_host) as f64;
            edges.map(|edge| ratio(edge.call_rate) * most(&edge.calls) * dearest * ends(edge)).sum()
        }
        Term::NetworkCost => {
            let prices = &problem.policy.prices;
            let dearest =
                prices.network_tiers.iter().map(|tier| tier.1).fold(prices.network_beyond, i64::max);
            edges.map(|edge| ratio(edge.byte_rate) * most(&edge.bytes) * dearest as f64 * ends(edge)).sum()
        }
        Term::Energy => {
            let watts = problem.hosts.iter().filter_map(|host| host.power);
            let full: f64 = watts.map(|power| (power.idle_mw + 10 * power.slope_mw) as f64).sum();
            full * ratio(problem.policy.prices.energy_rate)
        }
        Term::Migration => {
            let prices = &problem.policy.prices;
            let dearest =
                prices.network_tiers.iter().map(|tier| tier.1).fold(prices.network_beyond, i64::max);
            let pair = problem.move_costs.pairs.iter().max().map_or(0.0, |&most| f64::from(most))
                * problem.move_costs.pair_weight as f64;
            let unit = 10_f64.powi(problem.policy.prices.digits as i32) / 1e9;
            let each = |c: &Component| {
                let fixed = c.fixed_ppm as f64 / PPM as f64 * prices.per_move as f64;
                let copied = c.bytes as f64 / 1e9 * (prices.per_gb_moved + dearest) as f64;
                (fixed + copied + c.downtime_ms as f64 / 1e3 * prices.per_downtime_s as f64) * unit
                    + pair
                    + problem.move_costs.per_service_max as f64
            };
            problem.components.iter().map(each).sum()
        }
        Term::Balance => {
            let triples = problem.balances.iter().map(|balance| {
                let capacity = |k: usize| -> f64 {
                    let finite =
                        problem.hosts.iter().map(|host| host.capacity[k]).filter(|&c| c != UNLIMITED);
                    finite.map(|c| c as f64).sum::<f64>() + demand(k)
                };
                let (first, second) = (capacity(balance.first.index()), capacity(balance.second.index()));
                balance.weight as f64 * (balance.target as f64 * first + second)
            });
            triples.sum::<f64>() + resources.len() as f64 * 1e3 * PPM as f64
        }
    }
}
