//! Services, components and what follows from them: classes, exclusions, groups that move together.

use std::collections::{BTreeMap, HashMap};

use crate::component::Component;
use crate::fault::{Document, FaultCode, Faults};
use crate::host::{Host, HostState};
use crate::ids::{ClassId, ComponentId, HostId, ServiceId};
use crate::problem::Problem;
use crate::quantity::{Amount, PPM};
use crate::service::{Dependency, Exclusion, ExclusionReason, LatencyCeiling, MigrationStrategy, Service};
use crate::topology::HostSet;

use super::names::Registry;
use super::{AllowedDraft, ComponentDraft, Draft, ServiceDraft};

/// Components and the tables they point into.
pub(super) struct Parts {
    pub(super) components: Vec<Component>,
    pub(super) host_sets: Vec<HostSet>,
    pub(super) move_groups: Vec<Vec<ComponentId>>,
}

/// The services, without their components.
pub(super) fn services(draft: &Draft, registry: &Registry<'_>, faults: &mut Faults) -> Vec<Service> {
    let services = draft.services.iter().enumerate();
    services.map(|(index, service)| self::service(service, index, registry, faults)).collect()
}

fn service(draft: &ServiceDraft, index: usize, registry: &Registry<'_>, faults: &mut Faults) -> Service {
    let cluster = Document::Cluster;
    if let Some(partition) = &draft.anti_affinity {
        registry.partition(partition, cluster, || format!("/services/{index}/anti_affinity"), faults);
    }
    let mut spread = Vec::new();
    for (partition, &least) in &draft.spread {
        let place = || format!("/services/{index}/spread/{partition}");
        spread.extend(registry.partition(partition, cluster, place, faults).map(|p| (p, least)));
    }
    let mut depends_on: Vec<Dependency> = Vec::new();
    for (order, (on, within)) in draft.depends_on.iter().enumerate() {
        let place = |field: &str| format!("/services/{index}/depends_on/{order}/{field}");
        let on = registry.services.find(on, cluster, || place("service"), faults).map(ServiceId::new);
        let within = registry.partition(within, cluster, || place("within"), faults);
        if on == Some(ServiceId::new(index)) {
            let cause = format!("`{}` depends on itself", draft.name);
            faults.add(cluster, place("service"), FaultCode::Contradiction, cause, "leave it out");
        }
        let Some((service, within)) = on.zip(within) else { continue };
        let known = |other: &Dependency| other.service == service && other.within == within;
        if depends_on.iter().any(known) {
            let cause = "a second dependency on the same service within the same partition";
            faults.add(cluster, place("service"), FaultCode::Duplicate, cause, "give it once");
        }
        depends_on.push(Dependency { service, within });
    }
    let mut max_latency: Vec<LatencyCeiling> = Vec::new();
    for (order, (to, us)) in draft.max_latency.iter().enumerate() {
        let place = |field: &str| format!("/services/{index}/max_latency/{order}/{field}");
        if !(0.0..=1e12).contains(us) {
            let cause = format!("{us} µs is out of range");
            faults.add(cluster, place("us"), FaultCode::OutOfRange, cause, "use 0 to 10^12");
        }
        let Some(to) = registry.services.find(to, cluster, || place("to"), faults).map(ServiceId::new) else {
            continue;
        };
        if max_latency.iter().any(|ceiling| ceiling.to == to) {
            let cause = "a second ceiling to the same service";
            faults.add(cluster, place("to"), FaultCode::Duplicate, cause, "give one");
        }
        max_latency.push(LatencyCeiling { to, ceiling: (us * 1e3).round() as i64 });
    }
    if draft.max_in_motion == Some(0) {
        let place = format!("/services/{index}/max_in_motion");
        let action = "use 1 or more; pin components that must not move";
        faults.add(cluster, place, FaultCode::OutOfRange, "0 in motion", action);
    }
    let strategies = match draft.strategies.as_slice() {
        [] => vec![MigrationStrategy::StartFirst],
        given => given.to_vec(),
    };
    Service {
        name: draft.name.clone(),
        components: Vec::new(),
        spread,
        depends_on,
        max_latency,
        strategies,
        max_in_motion: draft.max_in_motion,
    }
}

/// The components, without classes and groups of traffic.
pub(super) fn components(
    draft: &Draft,
    registry: &Registry<'_>,
    services: &[Service],
    hosts: &[Host],
    faults: &mut Faults,
) -> Parts {
    let mut sets: BTreeMap<&AllowedDraft, u32> = BTreeMap::new();
    let mut parts = Parts { components: Vec::new(), host_sets: Vec::new(), move_groups: Vec::new() };
    let mut groups: HashMap<&str, u32> = HashMap::new();
    let moving = moving(draft, registry, faults);
    for (index, component) in draft.components.iter().enumerate() {
        let place = |field: &str| format!("/components/{index}/{field}");
        let host_set = *sets.entry(&component.allowed).or_insert_with(|| {
            parts.host_sets.push(host_set(&component.allowed, index, draft, registry, faults));
            (parts.host_sets.len() - 1) as u32
        });
        let find = |name: &String| registry.hosts.find(name, Document::Cluster, || place("host"), faults);
        let host = component.host.as_ref().and_then(find).map(HostId::new);
        let service =
            registry.services.find(&component.service, Document::Cluster, || place("service"), faults);
        let service = ServiceId::new(service.unwrap_or(0));
        ranges(component, index, faults);
        let target = moving.get(&index).copied();
        let mut contradiction = |field: &str, cause: &str, action: &str| {
            faults.add(Document::Cluster, place(field), FaultCode::Contradiction, cause, action);
        };
        if component.pinned && component.host.is_none() {
            contradiction("pinned", "a pending component is pinned", "give its host, or allow just one host");
        }
        if target.is_some() && (component.host.is_none() || target == host) {
            contradiction("host", "it is moving, but not from another host", "give the host it comes from");
        }
        let move_group = component.moves_with.as_deref().map(|name| {
            let group = *groups.entry(name).or_insert_with(|| {
                parts.move_groups.push(Vec::new());
                (parts.move_groups.len() - 1) as u32
            });
            parts.move_groups[group as usize].push(ComponentId::new(index));
            group
        });
        let state = host.map_or(HostState::Ready, |host| hosts[host.index()].state);
        let strategy = services.get(service.index()).map(|service| Problem::strategy(service, state));
        let strategy = strategy.unwrap_or(MigrationStrategy::StartFirst);
        parts.components.push(Component {
            name: component.name.clone(),
            service,
            class: ClassId(0),
            initial: target.or(host),
            moving_from: target.and(host),
            host_set,
            pinned: component.pinned,
            bytes: component.bytes,
            fixed_ppm: (component.fixed_cost * PPM as f64).round() as i64,
            strategy,
            downtime_ms: component.downtime_ms.get(&strategy).copied().unwrap_or(0),
            move_group,
            groups: Vec::new(),
        });
    }
    parts
}

fn ranges(component: &ComponentDraft, index: usize, faults: &mut Faults) {
    let mut check = |field: &str, value: f64, largest: f64| {
        if !(0.0..=largest).contains(&value) {
            let place = format!("/components/{index}/{field}");
            let action = format!("use 0 to {largest:e}");
            faults.add(
                Document::Cluster,
                place,
                FaultCode::OutOfRange,
                format!("{value} is out of range"),
                action,
            );
        }
    };
    check("move/bytes", component.bytes as f64, super::topology::LARGEST_AMOUNT as f64);
    check("move/fixed_cost", component.fixed_cost, 1e9);
    for (strategy, &ms) in &component.downtime_ms {
        check(&format!("move/downtime_ms/{}", strategy.name()), ms as f64, 1e12);
    }
}

/// Component -> target of the moves in progress.
fn moving(draft: &Draft, registry: &Registry<'_>, faults: &mut Faults) -> HashMap<usize, HostId> {
    let mut moving = HashMap::new();
    for (index, entry) in draft.moving.iter().enumerate() {
        let place = |field: &str| format!("/moving/{index}/{field}");
        let find = || place("component");
        let component = registry.components.find(&entry.component, Document::Cluster, find, faults);
        let target = registry.hosts.find(&entry.to, Document::Cluster, || place("to"), faults);
        let (Some(component), Some(target)) = (component, target) else { continue };
        if moving.insert(component, HostId::new(target)).is_some() {
            let cause = format!("`{}` is moving twice", entry.component);
            faults.add(Document::Cluster, place("component"), FaultCode::Duplicate, cause, "give one target");
        }
    }
    moving
}

fn host_set(
    allowed: &AllowedDraft,
    component: usize,
    draft: &Draft,
    registry: &Registry<'_>,
    faults: &mut Faults,
) -> HostSet {
    let named = allowed.hosts.as_ref().map(|names| {
        let mut find = |(order, name): (usize, &String)| {
            let place = || format!("/components/{component}/allowed/hosts/{order}");
            registry.hosts.find(name, Document::Cluster, place, faults)
        };
        names.iter().enumerate().filter_map(&mut find).collect::<std::collections::HashSet<_>>()
    });
    HostSet::from_fn(draft.hosts.len(), |id| {
        let host = &draft.hosts[id.index()];
        host.state == HostState::Ready
            && named.as_ref().is_none_or(|named| named.contains(&id.index()))
            && allowed.labels.iter().all(|(key, value)| host.labels.get(key) == Some(value))
            && allowed.volumes.iter().all(|volume| host.volumes.contains(volume))
            && !allowed.ports.iter().any(|port| host.ports.contains(port))
    })
}

/// C3: anti-affine services, and components that need the same port.
pub(super) fn exclusions(draft: &Draft, registry: &Registry<'_>, services: &[Service]) -> Vec<Exclusion> {
    let mut exclusions = Vec::new();
    for (index, service) in draft.services.iter().enumerate() {
        let partition = service.anti_affinity.as_ref().and_then(|name| registry.partitions.get(name));
        let members = &services[index].components;
        if let (Some(partition), true) = (partition, members.len() > 1) {
            exclusions.push(Exclusion {
                reason: ExclusionReason::AntiAffinity(ServiceId::new(index)),
                partition: crate::PartitionId::new(partition),
                members: members.clone(),
            });
        }
    }
    let mut by_port: BTreeMap<u16, Vec<ComponentId>> = BTreeMap::new();
    for (index, component) in draft.components.iter().enumerate() {
        for &port in &component.allowed.ports {
            by_port.entry(port).or_default().push(ComponentId::new(index));
        }
    }
    for (port, mut members) in by_port {
        members.dedup();
        if members.len() > 1 {
            let partition = crate::PartitionId(0);
            exclusions.push(Exclusion { reason: ExclusionReason::Port(port), partition, members });
        }
    }
    exclusions
}

/// C9: the demand of a moving component is held on the host it comes from.
pub(super) fn hold_moving(components: &[Component], demands: &[Amount], steps: usize, hosts: &mut [Host]) {
    let dimensions = hosts.first().map_or(0, |host| host.capacity.len()) * steps;
    for (index, component) in components.iter().enumerate() {
        let Some(source) = component.moving_from else { continue };
        let demand = &demands[index * dimensions..][..dimensions];
        hosts[source.index()].held.iter_mut().zip(demand).for_each(|(held, amount)| *held += amount);
    }
}

/// Sorts the components into classes of interchangeable ones.
pub(super) fn classify(problem: &mut Problem) {
    let mut classes: HashMap<_, ClassId> = HashMap::new();
    let mut members: Vec<Vec<ComponentId>> = Vec::new();
    let mut found = Vec::with_capacity(problem.components.len());
    for id in problem.component_ids() {
        let c = problem.component(id);
        // A pinned, moving or pending component, or one with edges of its own, differs from its siblings.
        let own = (c.pinned || !c.is_settled() || c.groups.len() > 1).then_some(id);
        let move_data = (c.bytes, c.fixed_ppm, c.strategy, c.downtime_ms, c.move_group);
        let key = (c.service, c.host_set, move_data, own, problem.demand(id));
        let class = *classes.entry(key).or_insert_with(|| {
            members.push(Vec::new());
            ClassId::new(members.len() - 1)
        });
        members[class.index()].push(id);
        found.push(class);
    }
    problem.components.iter_mut().zip(found).for_each(|(component, class)| component.class = class);
    problem.classes = members;
}
