//! Partitions, domains and hosts.

use std::collections::BTreeMap;

use crate::fault::{Document, FaultCode, Faults};
use crate::host::{Host, Power};
use crate::ids::{DomainId, PartitionId};
use crate::quantity::{Amount, UNLIMITED};
use crate::topology::{Domain, Partition};

use super::names::Registry;
use super::{Draft, PowerDraft};

/// Largest amount of a resource: sums over millions of hosts stay in range.
pub(super) const LARGEST_AMOUNT: Amount = 1 << 53;

/// Amounts by resource, `absent` where the map has none.
pub(super) fn amounts(
    map: &BTreeMap<String, i64>,
    absent: Amount,
    registry: &Registry<'_>,
    place: &dyn Fn() -> String,
    faults: &mut Faults,
) -> Vec<Amount> {
    let mut amounts = vec![absent; registry.resources.count()];
    for (name, &amount) in map {
        let at = || format!("{}/{name}", place());
        if !(0..=LARGEST_AMOUNT).contains(&amount) {
            let cause = format!("{amount} is out of range");
            faults.add(Document::Cluster, at(), FaultCode::OutOfRange, cause, "use 0 to 2^53");
        }
        if let Some(resource) = registry.resources.find(name, Document::Cluster, at, faults) {
            amounts[resource] = amount;
        }
    }
    amounts
}

/// The partitions, the one into hosts first.
pub(super) fn partitions(draft: &Draft, registry: &Registry<'_>, faults: &mut Faults) -> Vec<Partition> {
    let resources = draft.resources.len();
    let single = |name: &str| Domain {
        name: name.into(),
        parent: None,
        capacity: vec![UNLIMITED; resources],
        soft_limit: vec![UNLIMITED; resources],
        uplink: None,
        power_mw: None,
    };
    let mut partitions = vec![Partition {
        name: "host".into(),
        domains: draft.hosts.iter().map(|host| single(&host.name)).collect(),
        domain_of: (0..draft.hosts.len()).map(DomainId::new).collect(),
    }];
    partitions.extend(draft.partitions.iter().map(|name| Partition {
        name: name.clone(),
        domains: Vec::new(),
        domain_of: vec![DomainId(0); draft.hosts.len()],
    }));
    for (index, domain) in draft.domains.iter().enumerate() {
        let place = || format!("/domains/{index}/partition");
        let Some(partition) = registry.partition(&domain.partition, Document::Cluster, place, faults) else {
            continue;
        };
        if partition.index() == 0 {
            let cause = "`host` is the partition into single hosts";
            let action = "give a host's limits with the host";
            faults.add(Document::Cluster, place(), FaultCode::Contradiction, cause, action);
            continue;
        }
        let parent = domain.parent.as_ref().and_then(|parent| {
            let found = outer_domain(registry, partition, parent);
            if found.is_none() {
                let cause = format!("no outer partition has a domain `{parent}`");
                let action = "declare it, in a partition listed after this one";
                let place = format!("/domains/{index}/in");
                faults.add(Document::Cluster, place, FaultCode::UnknownDomain, cause, action);
            }
            found
        });
        if domain.uplink.is_some_and(|uplink| !(0..=LARGEST_AMOUNT).contains(&uplink)) {
            let place = format!("/domains/{index}/capacity/uplink");
            faults.add(Document::Cluster, place, FaultCode::OutOfRange, "out of range", "use 0 to 2^53");
        }
        let power_mw = domain
            .power_w
            .and_then(|watts| milliwatts(watts, &format!("/domains/{index}/capacity/power_w"), faults));
        let capacity = || format!("/domains/{index}/capacity");
        let soft_limit = || format!("/domains/{index}/soft_limit");
        partitions[partition.index()].domains.push(Domain {
            name: domain.name.clone(),
            parent,
            capacity: amounts(&domain.capacity, UNLIMITED, registry, &capacity, faults),
            soft_limit: amounts(&domain.soft_limit, UNLIMITED, registry, &soft_limit, faults),
            uplink: domain.uplink,
            power_mw,
        });
    }
    place_hosts(draft, registry, &mut partitions, faults);
    partitions
}

/// The domain of that name in the nearest partition outside `partition`.
fn outer_domain(
    registry: &Registry<'_>,
    partition: PartitionId,
    name: &str,
) -> Option<(PartitionId, DomainId)> {
    (partition.index() + 1..registry.domains.len()).find_map(|outer| {
        let domain = registry.domains[outer].get(name)?;
        Some((PartitionId::new(outer), DomainId::new(domain)))
    })
}

/// Fills the domain of every host: what the host says, and what follows from the parents of its domains.
fn place_hosts(draft: &Draft, registry: &Registry<'_>, partitions: &mut [Partition], faults: &mut Faults) {
    for (index, host) in draft.hosts.iter().enumerate() {
        let mut found: Vec<Option<DomainId>> = vec![None; partitions.len()];
        for (partition, domain) in &host.within {
            let place = || format!("/hosts/{index}/in/{partition}");
            let Some(p) = registry.partition(partition, Document::Cluster, place, faults) else { continue };
            let names = &registry.domains[p.index()];
            found[p.index()] = names.find(domain, Document::Cluster, place, faults).map(DomainId::new);
        }
        for p in 1..partitions.len() {
            let Some(domain) = found[p] else {
                if host.within.contains_key(&partitions[p].name) {
                    continue;
                }
                let cause = format!("host `{}` is in no domain of `{}`", host.name, partitions[p].name);
                let action = "give its domain, or the parent of its inner domain";
                faults.add(
                    Document::Cluster,
                    format!("/hosts/{index}/in"),
                    FaultCode::Missing,
                    cause,
                    action,
                );
                continue;
            };
            partitions[p].domain_of[index] = domain;
            let Some((outer, parent)) = partitions[p].domains.get(domain.index()).and_then(|d| d.parent)
            else {
                continue;
            };
            match found[outer.index()] {
                None => found[outer.index()] = Some(parent),
                Some(said) if said == parent => {}
                Some(_) => {
                    let cause = format!("`{}` lies in another domain than its inner domain does", host.name);
                    let place = format!("/hosts/{index}/in/{}", partitions[outer.index()].name);
                    faults.add(
                        Document::Cluster,
                        place,
                        FaultCode::Contradiction,
                        cause,
                        "leave the outer one out",
                    );
                }
            }
        }
    }
}

/// The hosts; soft limits and reserves as the cluster gives them.
pub(super) fn hosts(draft: &Draft, registry: &Registry<'_>, steps: usize, faults: &mut Faults) -> Vec<Host> {
    let resources = draft.resources.len();
    let mut hosts = Vec::with_capacity(draft.hosts.len());
    for (index, host) in draft.hosts.iter().enumerate() {
        let capacity = || format!("/hosts/{index}/capacity");
        let soft_limit = || format!("/hosts/{index}/soft_limit");
        hosts.push(Host {
            name: host.name.clone(),
            capacity: amounts(&host.capacity, UNLIMITED, registry, &capacity, faults),
            soft_limit: amounts(&host.soft_limit, UNLIMITED, registry, &soft_limit, faults),
            base: vec![0; resources],
            held: vec![0; resources * steps],
            state: host.state,
            power: host.power.and_then(|power| self::power(power, index, faults)),
        });
    }
    for (name, &reserve) in draft.forecast.iter().flat_map(|forecast| &forecast.reserve) {
        let place = || format!("/reserve/{name}");
        if !(-1.0..=1.0).contains(&reserve) {
            let cause = format!("{reserve} is no fraction of capacity");
            faults.add(Document::Forecast, place(), FaultCode::OutOfRange, cause, "use -1 to 1");
            continue;
        }
        let Some(k) = registry.resources.find(name, Document::Forecast, place, faults) else { continue };
        for host in hosts.iter_mut().filter(|host| host.capacity[k] != UNLIMITED) {
            host.base[k] = (reserve * host.capacity[k] as f64).round() as Amount;
        }
    }
    hosts
}

fn power(draft: PowerDraft, host: usize, faults: &mut Faults) -> Option<Power> {
    let idle = milliwatts(draft.idle_w, &format!("/hosts/{host}/power/idle_w"), faults)?;
    let max = milliwatts(draft.max_w, &format!("/hosts/{host}/power/max_w"), faults)?;
    if max < idle {
        let place = format!("/hosts/{host}/power/max_w");
        let cause = "less than idle_w";
        faults.add(Document::Cluster, place, FaultCode::Contradiction, cause, "use idle_w or more");
        return None;
    }
    Some(Power { idle_mw: idle, slope_mw: max - idle, power_managed: draft.power_managed })
}

fn milliwatts(watts: f64, place: &str, faults: &mut Faults) -> Option<i64> {
    if (0.0..=1e9).contains(&watts) {
        return Some((watts * 1e3).round() as i64);
    }
    let cause = format!("{watts} W is out of range");
    faults.add(Document::Cluster, place, FaultCode::OutOfRange, cause, "use 0 to 10^9 W");
    None
}
