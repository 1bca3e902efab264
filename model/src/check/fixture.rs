//! Small problems for tests.

use std::collections::BTreeMap;

use crate::draft::{
    ComponentDraft, DomainDraft, Draft, HostDraft, LatencyDraft, PathDraft, PolicyDraft, PricesDraft,
    ResourceDraft, ServiceDraft,
};
use crate::ids::{ComponentId, HostId};
use crate::placement::Placement;
use crate::problem::Problem;
use crate::score::{Term, Terms};
use crate::violation::Row;

use super::check;

/// Hosts h0, h1, ... with 100 cpu; two hosts a rack: h0 and h1 in r0, h2 and h3 in r1. Paths take 0 on a host,
/// 10 µs in a rack, 100 µs elsewhere; money counts in 1e-9 $; no soft limits.
pub(crate) fn draft(hosts: usize) -> Draft {
    let rack = |host: usize| format!("r{}", host / 2);
    let racks = hosts.div_ceil(2);
    let host =
        |h: usize| HostDraft::new(&format!("h{h}")).with_capacity("cpu", 100).in_domain("rack", &rack(h));
    let domain =
        |r: usize| DomainDraft { partition: "rack".into(), name: rack(2 * r), ..DomainDraft::default() };
    let near = (0..racks).map(|r| (rack(2 * r), rack(2 * r), path(10.0)));
    Draft {
        resources: vec![ResourceDraft::used("cpu", "mcpu")],
        partitions: vec!["rack".into()],
        domains: (0..racks).map(domain).collect(),
        hosts: (0..hosts).map(host).collect(),
        latency: Some(LatencyDraft {
            level: "rack".into(),
            default_us: Some(100.0),
            paths: near.collect(),
            ..LatencyDraft::default()
        }),
        policy: PolicyDraft {
            max_utilization: BTreeMap::new(),
            peak_utilisation: false,
            prices: PricesDraft { digits: Some(9), ..PricesDraft::default() },
            ..PolicyDraft::default()
        },
        ..Draft::default()
    }
}

/// A path of that latency.
pub(crate) fn path(us: f64) -> PathDraft {
    PathDraft { percentiles: [("p50".to_owned(), vec![us])].into(), ..PathDraft::default() }
}

/// Adds a service with components `name`.0, ... of 10 cpu on these hosts.
pub(crate) fn serve<'a>(draft: &'a mut Draft, name: &str, hosts: &[Option<usize>]) -> &'a mut ServiceDraft {
    for (index, host) in hosts.iter().enumerate() {
        let component = ComponentDraft::new(&format!("{name}.{index}"), name).with_demand("cpu", 10);
        draft.components.push(match host {
            Some(host) => component.on(&format!("h{host}")),
            None => component,
        });
    }
    draft.services.push(ServiceDraft::new(name));
    draft.services.last_mut().expect("one was just added")
}

/// The start with these components on these hosts.
pub(crate) fn moved(problem: &Problem, moves: &[(u32, u32)]) -> Placement {
    let mut placement = problem.initial_placement();
    for &(component, host) in moves {
        placement.set(ComponentId(component), Some(HostId(host)));
    }
    placement
}

/// The rows with an excess after these moves.
pub(crate) fn excesses(problem: &Problem, moves: &[(u32, u32)]) -> Vec<(Row, i64)> {
    let verdict = check(problem, &moved(problem, moves));
    verdict.violations.iter().map(|violation| (violation.row, violation.excess)).collect()
}

/// The terms after these moves.
pub(crate) fn terms(problem: &Problem, moves: &[(u32, u32)]) -> Terms {
    check(problem, &moved(problem, moves)).terms
}

/// The value of `term` after these moves.
pub(crate) fn value(problem: &Problem, term: Term, moves: &[(u32, u32)]) -> i64 {
    terms(problem, moves).get(term)
}
