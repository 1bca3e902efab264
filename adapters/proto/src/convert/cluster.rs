//! The cluster.

use std::collections::BTreeMap;

use colocate_files::native::rules;
use colocate_model::draft::{
    AllowedDraft, BalanceDraft, ComponentDraft, DomainDraft, HostDraft, MoveCostsDraft, MovingDraft,
    PowerDraft, ResourceDraft, ServiceDraft,
};
use colocate_model::{Basis, Document, Draft, FaultCode, Faults, HostState, MigrationStrategy};

use super::checks::{Checks, Segment};
use super::words::Word;
use crate::v1;

/// Puts a cluster into `draft`; its time is left to the caller.
pub(super) fn fill(cluster: v1::Cluster, draft: &mut Draft, faults: &mut Faults) {
    let mut checks = Checks::new(Document::Cluster, faults);
    draft.partitions = cluster.partitions;
    let resources = cluster.resources.into_iter().enumerate();
    draft.resources = resources.map(|(index, value)| resource(value, index, &mut checks)).collect();
    let domains = cluster.domains.into_iter().enumerate();
    draft.domains = domains.map(|(index, value)| domain(value, index, &mut checks)).collect();
    let hosts = cluster.hosts.into_iter().enumerate();
    draft.hosts = hosts.map(|(index, value)| host(value, index, &mut checks)).collect();
    let services = cluster.services.into_iter().enumerate();
    draft.services = services.map(|(index, value)| service(value, index, &mut checks)).collect();
    let components = cluster.components.into_iter().enumerate();
    draft.components = components.map(|(index, value)| component(value, index, &mut checks)).collect();
    for (index, v1::Moving { component, to }) in cluster.moving.into_iter().enumerate() {
        let component = checks.required(component, format_args!("/moving/{index}/component"));
        let to = checks.required(to, format_args!("/moving/{index}/to"));
        draft.moving.push(MovingDraft { component, to });
    }
    for (index, balance) in cluster.balances.into_iter().enumerate() {
        draft.balances.push(BalanceDraft {
            first: checks.required(balance.k1, format_args!("/balances/{index}/k1")),
            second: checks.required(balance.k2, format_args!("/balances/{index}/k2")),
            target: checks.amount(balance.target, format_args!("/balances/{index}/target")),
            weight: checks.amount(balance.weight, format_args!("/balances/{index}/weight")),
        });
    }
    if let Some(costs) = cluster.move_costs {
        draft.move_costs = move_costs(costs, &draft.hosts, &mut checks);
    }
}

fn resource(resource: v1::Resource, index: usize, checks: &mut Checks<'_>) -> ResourceDraft {
    ResourceDraft {
        name: checks.required(resource.name, format_args!("/resources/{index}/name")),
        unit: resource.unit,
        basis: checks.word(resource.basis, format_args!("/resources/{index}/basis")).unwrap_or(Basis::Use),
        transient: resource.transient,
    }
}

fn domain(domain: v1::Domain, index: usize, checks: &mut Checks<'_>) -> DomainDraft {
    let capacity = domain.capacity.unwrap_or_default();
    DomainDraft {
        partition: checks.required(domain.partition, format_args!("/domains/{index}/partition")),
        name: checks.required(domain.id, format_args!("/domains/{index}/id")),
        parent: domain.parent,
        capacity: checks.amounts(capacity.resources, format_args!("/domains/{index}/capacity")),
        soft_limit: checks.amounts(domain.soft_limit, format_args!("/domains/{index}/soft_limit")),
        uplink: capacity
            .uplink
            .map(|uplink| checks.amount(uplink, format_args!("/domains/{index}/capacity/uplink"))),
        power_w: capacity
            .power_w
            .map(|watts| checks.positive(watts, format_args!("/domains/{index}/capacity/power_w"))),
    }
}

fn host(host: v1::Host, index: usize, checks: &mut Checks<'_>) -> HostDraft {
    HostDraft {
        name: checks.required(host.id, format_args!("/hosts/{index}/id")),
        within: host.within,
        capacity: checks.amounts(host.capacity, format_args!("/hosts/{index}/capacity")),
        soft_limit: checks.amounts(host.soft_limit, format_args!("/hosts/{index}/soft_limit")),
        state: checks.word(host.state, format_args!("/hosts/{index}/state")).unwrap_or(HostState::Ready),
        power: host.power.map(|power| PowerDraft {
            idle_w: checks.positive(power.idle_w, format_args!("/hosts/{index}/power/idle_w")),
            max_w: checks.positive(power.max_w, format_args!("/hosts/{index}/power/max_w")),
            power_managed: power.power_managed,
        }),
        labels: host.labels,
        ports: checks.ports(host.ports, format_args!("/hosts/{index}/ports")),
        volumes: host.volumes,
    }
}

fn service(service: v1::Service, index: usize, checks: &mut Checks<'_>) -> ServiceDraft {
    let place = format_args!("/services/{index}").to_string();
    let mut depends_on = Vec::with_capacity(service.depends_on.len());
    for (order, on) in service.depends_on.into_iter().enumerate() {
        let name = checks.required(on.service, format_args!("{place}/depends_on/{order}/service"));
        let within = checks.required(on.within, format_args!("{place}/depends_on/{order}/within"));
        depends_on.push((name, within));
    }
    let mut max_latency = Vec::with_capacity(service.max_latency.len());
    for (order, ceiling) in service.max_latency.into_iter().enumerate() {
        let to = checks.required(ceiling.to, format_args!("{place}/max_latency/{order}/to"));
        let us = checks.positive(ceiling.us, format_args!("{place}/max_latency/{order}/us"));
        max_latency.push((to, us));
    }
    let mut strategies = Vec::with_capacity(service.strategies.len());
    for (order, number) in service.strategies.into_iter().enumerate() {
        let at = format_args!("{place}/strategies/{order}").to_string();
        if number == v1::MigrationStrategy::Unspecified as i32 {
            let cause = "a strategy that is not specified";
            checks.add(&at, FaultCode::UnknownWord, cause, "leave it out, or name one");
        }
        strategies.extend(checks.word::<MigrationStrategy>(number, at));
    }
    ServiceDraft {
        name: checks.required(service.id, format_args!("{place}/id")),
        anti_affinity: service.anti_affinity,
        spread: service.spread,
        depends_on,
        max_latency,
        strategies,
        max_in_motion: service.max_in_motion,
    }
}

fn component(component: v1::Component, index: usize, checks: &mut Checks<'_>) -> ComponentDraft {
    let allowed = component.allowed.unwrap_or_default();
    let movement = component.r#move.unwrap_or_default();
    ComponentDraft {
        name: checks.required(component.id, format_args!("/components/{index}/id")),
        service: checks.required(component.service, format_args!("/components/{index}/service")),
        host: component.host,
        demand: checks.amounts(component.demand, format_args!("/components/{index}/demand")),
        allowed: AllowedDraft {
            hosts: allowed.hosts.map(|list| list.hosts),
            labels: allowed.labels,
            volumes: allowed.volumes,
            ports: checks.ports(allowed.ports, format_args!("/components/{index}/allowed/ports")),
        },
        pinned: component.pinned,
        bytes: checks.amount(movement.bytes, format_args!("/components/{index}/move/bytes")),
        fixed_cost: movement
            .fixed_cost
            .map_or(1.0, |cost| checks.positive(cost, format_args!("/components/{index}/move/fixed_cost"))),
        downtime_ms: downtime(movement.downtime_ms, index, checks),
        moves_with: component.moves_with,
    }
}

fn downtime(
    by_name: BTreeMap<String, i64>,
    component: usize,
    checks: &mut Checks<'_>,
) -> BTreeMap<MigrationStrategy, i64> {
    let mut downtime = BTreeMap::new();
    for (name, ms) in by_name {
        let place = format_args!("/components/{component}/move/downtime_ms/{}", Segment(&name)).to_string();
        let ms = checks.amount(ms, &place);
        match MigrationStrategy::ALL.into_iter().find(|strategy| strategy.name() == name) {
            Some(strategy) => _ = downtime.insert(strategy, ms),
            None => {
                let action =
                    format!("use one of {}", MigrationStrategy::ALL.map(MigrationStrategy::name).join(", "));
                let cause = format!("\"{name}\" is none of the words allowed");
                checks.add(place, FaultCode::UnknownWord, cause, &action);
            }
        }
    }
    downtime
}

fn move_costs(costs: v1::MoveCosts, hosts: &[HostDraft], checks: &mut Checks<'_>) -> MoveCostsDraft {
    let per_service_max = checks.amount(costs.per_service_max, "/move_costs/per_service_max");
    let Some(pairs) = costs.pairs else {
        return MoveCostsDraft { per_service_max, ..MoveCostsDraft::default() };
    };
    let names: Vec<&str> = hosts.iter().map(|host| &*host.name).collect();
    let entries = pairs.entries.iter().map(|pair| (&*pair.source, &*pair.target, pair.cost));
    let entries: Vec<(&str, &str, u32)> = entries.collect();
    let matrix = (!pairs.matrix.is_empty()).then(|| pairs.matrix.into_iter().map(|row| row.costs).collect());
    MoveCostsDraft {
        per_service_max,
        pair_weight: checks.amount(pairs.weight, "/move_costs/pairs/weight"),
        pairs: rules::pair_costs(matrix, &entries, &names, checks.faults),
    }
}

/// The cluster of `draft`.
pub(super) fn to_wire(draft: &Draft) -> v1::Cluster {
    v1::Cluster {
        taken_at: None,
        partitions: draft.partitions.clone(),
        move_costs: to_move_costs(&draft.move_costs, draft.hosts.len()),
        resources: draft.resources.iter().map(to_resource).collect(),
        domains: draft.domains.iter().map(to_domain).collect(),
        hosts: draft.hosts.iter().map(to_host).collect(),
        services: draft.services.iter().map(to_service).collect(),
        components: draft.components.iter().map(to_component).collect(),
        moving: draft
            .moving
            .iter()
            .map(|moving| v1::Moving { component: moving.component.clone(), to: moving.to.clone() })
            .collect(),
        balances: draft.balances.iter().map(to_balance).collect(),
    }
}

fn to_resource(resource: &ResourceDraft) -> v1::Resource {
    v1::Resource {
        name: resource.name.clone(),
        unit: resource.unit.clone(),
        basis: resource.basis.number(),
        transient: resource.transient,
    }
}

fn to_domain(domain: &DomainDraft) -> v1::Domain {
    v1::Domain {
        partition: domain.partition.clone(),
        id: domain.name.clone(),
        parent: domain.parent.clone(),
        capacity: Some(v1::DomainCapacity {
            uplink: domain.uplink,
            power_w: domain.power_w,
            resources: domain.capacity.clone(),
        }),
        soft_limit: domain.soft_limit.clone(),
    }
}

fn to_host(host: &HostDraft) -> v1::Host {
    v1::Host {
        id: host.name.clone(),
        within: host.within.clone(),
        capacity: host.capacity.clone(),
        soft_limit: host.soft_limit.clone(),
        state: host.state.number(),
        power: host.power.map(|power| v1::Power {
            idle_w: power.idle_w,
            max_w: power.max_w,
            power_managed: power.power_managed,
        }),
        labels: host.labels.clone(),
        ports: host.ports.iter().copied().map(u32::from).collect(),
        volumes: host.volumes.clone(),
    }
}

fn to_service(service: &ServiceDraft) -> v1::Service {
    let depends_on = service.depends_on.iter().cloned();
    let max_latency = service.max_latency.iter().cloned();
    v1::Service {
        id: service.name.clone(),
        anti_affinity: service.anti_affinity.clone(),
        spread: service.spread.clone(),
        depends_on: depends_on.map(|(service, within)| v1::Dependency { service, within }).collect(),
        max_latency: max_latency.map(|(to, us)| v1::LatencyCeiling { to, us }).collect(),
        strategies: service.strategies.iter().map(|strategy| strategy.number()).collect(),
        max_in_motion: service.max_in_motion,
    }
}

fn to_component(component: &ComponentDraft) -> v1::Component {
    let AllowedDraft { hosts, labels, volumes, ports } = &component.allowed;
    let downtime = component.downtime_ms.iter();
    let allowed = v1::Allowed {
        labels: labels.clone(),
        hosts: hosts.clone().map(|hosts| v1::HostList { hosts }),
        volumes: volumes.clone(),
        ports: ports.iter().copied().map(u32::from).collect(),
    };
    let movement = v1::Move {
        bytes: component.bytes,
        fixed_cost: (component.fixed_cost != 1.0).then_some(component.fixed_cost),
        downtime_ms: downtime.map(|(strategy, &ms)| (strategy.name().to_owned(), ms)).collect(),
    };
    v1::Component {
        id: component.name.clone(),
        service: component.service.clone(),
        host: component.host.clone(),
        demand: component.demand.clone(),
        allowed: (allowed != v1::Allowed::default()).then_some(allowed),
        pinned: component.pinned,
        r#move: (movement != v1::Move::default()).then_some(movement),
        moves_with: component.moves_with.clone(),
    }
}

fn to_balance(balance: &BalanceDraft) -> v1::Balance {
    v1::Balance {
        k1: balance.first.clone(),
        k2: balance.second.clone(),
        target: balance.target,
        weight: balance.weight,
    }
}

fn to_move_costs(costs: &MoveCostsDraft, hosts: usize) -> Option<v1::MoveCosts> {
    let rows = costs.pairs.chunks(hosts.max(1));
    let pairs = (!costs.pairs.is_empty()).then(|| v1::PairCosts {
        weight: costs.pair_weight,
        matrix: rows.map(|row| v1::PairCostRow { costs: row.to_vec() }).collect(),
        entries: Vec::new(),
    });
    let per_service_max = costs.per_service_max;
    (pairs.is_some() || per_service_max != 0).then_some(v1::MoveCosts { per_service_max, pairs })
}
