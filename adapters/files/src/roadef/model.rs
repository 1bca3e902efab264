//! Models, in the order of the challenge's subject, section 3.

use std::collections::{BTreeMap, BTreeSet};

use colocate_model::Draft;
use colocate_model::draft::{
    BalanceDraft, ComponentDraft, DemandKind, DomainDraft, GoalDraft, HostDraft, MoveCostsDraft, PolicyDraft,
    PricesDraft, ResourceDraft, ServiceDraft,
};

use super::machine;
use super::tokens::Tokens;

const NEIGHBOURHOOD: &str = "neighbourhood";
const LOCATION: &str = "location";

/// Amounts and weights: large enough for every instance, small enough that sums of them do not overflow.
const MAX_AMOUNT: i64 = 1 << 53;

/// Parses a model; `None` where it cannot be read to its end.
pub(super) fn parse(tokens: &mut Tokens<'_>) -> Option<Draft> {
    let mut draft = Draft { partitions: vec![NEIGHBOURHOOD.into(), LOCATION.into()], ..Draft::default() };
    let mut overload_weights = BTreeMap::new();
    for r in 0..tokens.count("the number of resources")? {
        let transient = tokens.integer(&format!("whether resource {r} is transient"), 0..=1)? == 1;
        let weight = tokens.integer(&format!("the load cost weight of resource {r}"), 0..=MAX_AMOUNT)?;
        overload_weights.insert(resource(r), weight as f64);
        draft.resources.push(ResourceDraft { transient, ..ResourceDraft::used(&resource(r), "units") });
    }
    machines(tokens, &mut draft)?;
    services(tokens, &mut draft)?;
    processes(tokens, &mut draft)?;
    balances(tokens, &mut draft)?;
    let process_move = tokens.integer("the weight of process moves", 0..=MAX_AMOUNT)?;
    draft.move_costs.per_service_max = tokens.integer("the weight of service moves", 0..=MAX_AMOUNT)?;
    draft.move_costs.pair_weight = tokens.integer("the weight of machine moves", 0..=MAX_AMOUNT)?;
    tokens.finish();
    draft.policy = policy(overload_weights, process_move as f64);
    Some(draft)
}

fn machines(tokens: &mut Tokens<'_>, draft: &mut Draft) -> Option<()> {
    let count = tokens.count("the number of machines")?;
    let resources = draft.resources.len();
    let mut domains = BTreeSet::new();
    let mut pairs = Vec::new();
    for m in 0..count {
        let mut host = HostDraft::new(&machine(m));
        for (partition, letter) in [(NEIGHBOURHOOD, 'n'), (LOCATION, 'l')] {
            let index =
                tokens.integer(&format!("the {partition} of machine {m}"), 0..=i64::from(u32::MAX))?;
            domains.insert((partition, index, letter));
            host.within.insert(partition.into(), format!("{letter}{index}"));
        }
        for r in 0..resources {
            let capacity = tokens.integer(&format!("capacity {r} of machine {m}"), 0..=MAX_AMOUNT)?;
            host.capacity.insert(resource(r), capacity);
        }
        for r in 0..resources {
            let safety = tokens.integer(&format!("safety capacity {r} of machine {m}"), 0..=MAX_AMOUNT)?;
            host.soft_limit.insert(resource(r), safety);
        }
        for to in 0..count {
            let cost = tokens
                .integer(&format!("the cost of a move from machine {m} to {to}"), 0..=u32::MAX.into())?;
            pairs.push(cost as u32);
        }
        draft.hosts.push(host);
    }
    draft.domains = domains
        .into_iter()
        .map(|(partition, index, letter)| DomainDraft {
            partition: partition.into(),
            name: format!("{letter}{index}"),
            ..DomainDraft::default()
        })
        .collect();
    draft.move_costs = MoveCostsDraft { pairs, ..MoveCostsDraft::default() };
    Some(())
}

fn services(tokens: &mut Tokens<'_>, draft: &mut Draft) -> Option<()> {
    let count = tokens.count("the number of services")?;
    for s in 0..count {
        let mut service =
            ServiceDraft { anti_affinity: Some("host".into()), ..ServiceDraft::new(&service(s)) };
        let spread = tokens.integer(&format!("the spread of service {s}"), 0..=u32::MAX.into())? as u32;
        if spread > 0 {
            service.spread.insert(LOCATION.into(), spread);
        }
        for _ in 0..tokens.count(&format!("the number of dependencies of service {s}"))? {
            let on = tokens.integer(&format!("a dependency of service {s}"), 0..=count as i64 - 1)?;
            service.depends_on.push((self::service(on as usize), NEIGHBOURHOOD.into()));
        }
        draft.services.push(service);
    }
    Some(())
}

fn processes(tokens: &mut Tokens<'_>, draft: &mut Draft) -> Option<()> {
    let last_service = draft.services.len() as i64 - 1;
    for p in 0..tokens.count("the number of processes")? {
        let of = tokens.integer(&format!("the service of process {p}"), 0..=last_service)? as usize;
        let mut component = ComponentDraft::new(&format!("p{p}"), &service(of));
        for r in 0..draft.resources.len() {
            let requirement = tokens.integer(&format!("requirement {r} of process {p}"), 0..=MAX_AMOUNT)?;
            component.demand.insert(resource(r), requirement);
        }
        // Counted in millionths inside, hence the limit.
        let cost = tokens.integer(&format!("the move cost of process {p}"), 0..=i64::MAX / 1_000_000)?;
        component.fixed_cost = cost as f64;
        draft.components.push(component);
    }
    Some(())
}

fn balances(tokens: &mut Tokens<'_>, draft: &mut Draft) -> Option<()> {
    let last_resource = draft.resources.len() as i64 - 1;
    for b in 0..tokens.count("the number of balance costs")? {
        let first = tokens.integer(&format!("the first resource of balance {b}"), 0..=last_resource)?;
        let second = tokens.integer(&format!("the second resource of balance {b}"), 0..=last_resource)?;
        let target = tokens.integer(&format!("the target of balance {b}"), 0..=MAX_AMOUNT)?;
        let weight = tokens.integer(&format!("the weight of balance {b}"), 0..=MAX_AMOUNT)?;
        let (first, second) = (resource(first as usize), resource(second as usize));
        draft.balances.push(BalanceDraft { first, second, target, weight });
    }
    Some(())
}

/// One goal with the challenge's weights: nothing has to pay back, nothing else counts.
fn policy(overload_weights: BTreeMap<String, f64>, process_move: f64) -> PolicyDraft {
    PolicyDraft {
        demand: DemandKind::Mean,
        max_utilization: BTreeMap::new(),
        payback_s: None,
        overload_weights,
        peak_utilisation: false,
        goals: vec![GoalDraft::of(&["overload", "balance", "migration"])],
        violation_first_if_needed: true,
        prices: PricesDraft {
            latency_usd_per_million_call_ms: 0.0,
            network_usd_per_gb: Some(BTreeMap::new()),
            energy_usd_per_kwh: 0.0,
            usd_per_move: process_move,
            usd_per_gb: 0.0,
            usd_per_downtime_s: 0.0,
            digits: Some(0),
            ..PricesDraft::default()
        },
        ..PolicyDraft::default()
    }
}

fn resource(index: usize) -> String {
    format!("r{index}")
}

fn service(index: usize) -> String {
    format!("s{index}")
}
