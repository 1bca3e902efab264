//! Between `cluster.json` and a draft.

use colocate_model::draft::{
    AllowedDraft, BalanceDraft, ComponentDraft, DomainDraft, HostDraft, MoveCostsDraft, MovingDraft,
    PowerDraft, ResourceDraft, ServiceDraft,
};
use colocate_model::{Draft, Faults};

use super::{
    Allowed, Balance, Body, Component, Dependency, Domain, DomainCapacity, Header, Host, LatencyCeiling,
    Move, MoveCosts, Moving, PairCost, PairCosts, Power, Resource, Service,
};
use crate::native::{from_amounts, rules, to_amounts};
use crate::values::{Amount, Version};

/// Puts a cluster into `draft`.
pub(crate) fn fill(header: Header, body: Body, draft: &mut Draft, faults: &mut Faults) {
    draft.move_costs =
        header.move_costs.map(|costs| move_costs(costs, &body.hosts, faults)).unwrap_or_default();
    draft.partitions = header.partitions;
    draft.resources = body.resources.into_iter().map(resource).collect();
    draft.domains = body.domains.into_iter().map(domain).collect();
    draft.hosts = body.hosts.into_iter().map(host).collect();
    draft.services = body.services.into_iter().map(service).collect();
    draft.components = body.components.into_iter().map(component).collect();
    draft.moving =
        body.moving.into_iter().map(|Moving { component, to }| MovingDraft { component, to }).collect();
    draft.balances = body.balances.into_iter().map(balance).collect();
}

fn resource(resource: Resource) -> ResourceDraft {
    let Resource { name, unit, basis, transient } = resource;
    ResourceDraft { name, unit, basis: basis.into(), transient }
}

fn domain(domain: Domain) -> DomainDraft {
    DomainDraft {
        partition: domain.partition,
        name: domain.id,
        parent: domain.parent,
        capacity: from_amounts(domain.capacity.resources),
        soft_limit: from_amounts(domain.soft_limit),
        uplink: domain.capacity.uplink.map(|amount| amount.0),
        power_w: domain.capacity.power_w,
    }
}

fn host(host: Host) -> HostDraft {
    HostDraft {
        name: host.id,
        within: host.within,
        capacity: from_amounts(host.capacity),
        soft_limit: from_amounts(host.soft_limit),
        state: host.state.into(),
        power: host.power.map(|Power { idle_w, max_w, power_managed }| PowerDraft {
            idle_w,
            max_w,
            power_managed,
        }),
        labels: host.labels,
        ports: host.ports,
        volumes: host.volumes,
    }
}

fn service(service: Service) -> ServiceDraft {
    ServiceDraft {
        name: service.id,
        anti_affinity: service.anti_affinity,
        spread: service.spread,
        depends_on: service.depends_on.into_iter().map(|on| (on.service, on.within)).collect(),
        max_latency: service.max_latency.into_iter().map(|ceiling| (ceiling.to, ceiling.us)).collect(),
        strategies: service.strategies.into_iter().map(Into::into).collect(),
        max_in_motion: service.max_in_motion,
    }
}

fn component(component: Component) -> ComponentDraft {
    let Allowed { labels, hosts, volumes, ports } = component.allowed;
    let downtime = component.movement.downtime_ms.into_iter();
    ComponentDraft {
        name: component.id,
        service: component.service,
        host: component.host,
        demand: from_amounts(component.demand),
        allowed: AllowedDraft { hosts, labels, volumes, ports },
        pinned: component.pinned,
        bytes: component.movement.bytes.0,
        fixed_cost: component.movement.fixed_cost,
        downtime_ms: downtime.map(|(strategy, ms)| (strategy.into(), ms.0)).collect(),
        moves_with: component.moves_with,
    }
}

fn balance(balance: Balance) -> BalanceDraft {
    let Balance { k1, k2, target, weight } = balance;
    BalanceDraft { first: k1, second: k2, target: target.0, weight: weight.0 }
}

fn move_costs(costs: MoveCosts, hosts: &[Host], faults: &mut Faults) -> MoveCostsDraft {
    let mut draft = MoveCostsDraft { per_service_max: costs.per_service_max.0, ..MoveCostsDraft::default() };
    let Some(pairs) = costs.pairs else { return draft };
    draft.pair_weight = pairs.weight.0;
    let names: Vec<&str> = hosts.iter().map(|host| &*host.id).collect();
    let entries: Vec<(&str, &str, u32)> =
        pairs.entries.iter().map(|PairCost { from, to, cost }| (&**from, &**to, *cost)).collect();
    draft.pairs = rules::pair_costs(pairs.matrix, &entries, &names, faults);
    draft
}

/// The cluster of `draft`.
pub(crate) fn from_draft(draft: &Draft) -> (Header, Body) {
    let header = Header {
        version: Version,
        kind: "cluster".into(),
        taken_at: None,
        partitions: draft.partitions.clone(),
        move_costs: to_move_costs(&draft.move_costs, draft.hosts.len()),
    };
    let body = Body {
        resources: draft.resources.iter().map(to_resource).collect(),
        domains: draft.domains.iter().map(to_domain).collect(),
        hosts: draft.hosts.iter().map(to_host).collect(),
        services: draft.services.iter().map(to_service).collect(),
        components: draft.components.iter().map(to_component).collect(),
        moving: draft
            .moving
            .iter()
            .cloned()
            .map(|MovingDraft { component, to }| Moving { component, to })
            .collect(),
        balances: draft.balances.iter().map(to_balance).collect(),
    };
    (header, body)
}

fn to_resource(resource: &ResourceDraft) -> Resource {
    Resource {
        name: resource.name.clone(),
        unit: resource.unit.clone(),
        basis: resource.basis.into(),
        transient: resource.transient,
    }
}

fn to_domain(domain: &DomainDraft) -> Domain {
    Domain {
        partition: domain.partition.clone(),
        id: domain.name.clone(),
        parent: domain.parent.clone(),
        capacity: DomainCapacity {
            uplink: domain.uplink.map(Amount),
            power_w: domain.power_w,
            resources: to_amounts(&domain.capacity),
        },
        soft_limit: to_amounts(&domain.soft_limit),
    }
}

fn to_host(host: &HostDraft) -> Host {
    Host {
        id: host.name.clone(),
        within: host.within.clone(),
        capacity: to_amounts(&host.capacity),
        soft_limit: to_amounts(&host.soft_limit),
        state: host.state.into(),
        power: host.power.map(|PowerDraft { idle_w, max_w, power_managed }| Power {
            idle_w,
            max_w,
            power_managed,
        }),
        labels: host.labels.clone(),
        ports: host.ports.clone(),
        volumes: host.volumes.clone(),
    }
}

fn to_service(service: &ServiceDraft) -> Service {
    let depends_on = service.depends_on.iter().cloned();
    let max_latency = service.max_latency.iter().cloned();
    Service {
        id: service.name.clone(),
        anti_affinity: service.anti_affinity.clone(),
        spread: service.spread.clone(),
        depends_on: depends_on.map(|(service, within)| Dependency { service, within }).collect(),
        max_latency: max_latency.map(|(to, us)| LatencyCeiling { to, us }).collect(),
        strategies: service.strategies.iter().copied().map(Into::into).collect(),
        max_in_motion: service.max_in_motion,
    }
}

fn to_component(component: &ComponentDraft) -> Component {
    let AllowedDraft { hosts, labels, volumes, ports } = component.allowed.clone();
    let downtime = component.downtime_ms.iter();
    Component {
        id: component.name.clone(),
        service: component.service.clone(),
        host: component.host.clone(),
        demand: to_amounts(&component.demand),
        allowed: Allowed { labels, hosts, volumes, ports },
        pinned: component.pinned,
        movement: Move {
            bytes: Amount(component.bytes),
            fixed_cost: component.fixed_cost,
            downtime_ms: downtime.map(|(&strategy, &ms)| (strategy.into(), Amount(ms))).collect(),
        },
        moves_with: component.moves_with.clone(),
    }
}

fn to_balance(balance: &BalanceDraft) -> Balance {
    Balance {
        k1: balance.first.clone(),
        k2: balance.second.clone(),
        target: Amount(balance.target),
        weight: Amount(balance.weight),
    }
}

fn to_move_costs(costs: &MoveCostsDraft, hosts: usize) -> Option<MoveCosts> {
    let rows = || costs.pairs.chunks(hosts.max(1)).map(<[u32]>::to_vec).collect();
    let pairs = (!costs.pairs.is_empty()).then(|| PairCosts {
        weight: Amount(costs.pair_weight),
        matrix: Some(rows()),
        entries: Vec::new(),
    });
    let per_service_max = Amount(costs.per_service_max);
    (pairs.is_some() || costs.per_service_max != 0).then_some(MoveCosts { per_service_max, pairs })
}
