//! Rows of constraints in words.

use crate::ids::{ComponentId, DomainId, HostId, PartitionId, ResourceId, ServiceId};
use crate::problem::Problem;
use crate::service::ExclusionReason;
use crate::violation::{Row, Violation};

/// What a row limits, such as `cpu on h1 at step 2`.
#[must_use]
pub fn row_words(problem: &Problem, row: Row) -> String {
    let host = |id: HostId| &*problem.host(id).name;
    let component = |id: ComponentId| &*problem.component(id).name;
    let service = |id: ServiceId| &*problem.service(id).name;
    let resource = |id: ResourceId| &*problem.resources[id.index()].name;
    let partition = |id: PartitionId| &*problem.partitions[id.index()].name;
    let domain = |p: PartitionId, id: DomainId| &*problem.partitions[p.index()].domains[id.index()].name;
    match row {
        Row::HostCapacity { host: h, resource: k, step } => {
            format!("{} on {} at step {step}", resource(k), host(h))
        }
        Row::DomainCapacity { partition: p, domain: d, resource: k, step } => {
            format!("{} in {} {} at step {step}", resource(k), partition(p), domain(p, d))
        }
        Row::Uplink { partition: p, domain: d, step } => {
            format!("the uplink of {} {} at step {step}", partition(p), domain(p, d))
        }
        Row::Power { partition: p, domain: d, step } => {
            format!("the power of {} {} at step {step}", partition(p), domain(p, d))
        }
        Row::Exclusion { exclusion, domain: d } => {
            let rule = &problem.exclusions[exclusion as usize];
            let what = match rule.reason {
                ExclusionReason::AntiAffinity(id) => format!("components of {} apart", service(id)),
                ExclusionReason::Port(port) => format!("one component with port {port}"),
            };
            format!("{what} in {} {}", partition(rule.partition), domain(rule.partition, d))
        }
        Row::Spread { service: s, partition: p } => {
            format!("the spread of {} over {} domains", service(s), partition(p))
        }
        Row::Dependency { service: s, on, partition: p, domain: d } => {
            format!("{} beside {} in {} {}", service(on), service(s), partition(p), domain(p, d))
        }
        Row::Compatibility { component: c, host: h } => format!("{} on {}", component(c), host(h)),
        Row::LatencyCeiling { service: s, to } => {
            format!("the latency from {} to {}", service(s), service(to))
        }
        Row::MoveBudget => "the budget of moves".to_owned(),
        Row::ByteBudget => "the budget of bytes moved".to_owned(),
        Row::ServiceBudget { service: s } => format!("the budget of moves of {}", service(s)),
        Row::SourceBudget { partition: p, domain: d } => {
            format!("the budget of moves out of {} {}", partition(p), domain(p, d))
        }
        Row::TargetBudget { partition: p, domain: d } => {
            format!("the budget of moves into {} {}", partition(p), domain(p, d))
        }
        Row::Moving { component: c } => format!("the move of {} that is in progress", component(c)),
        Row::MigrationLatency { component: c } => {
            format!("the latency that {} is moved over", component(c))
        }
        Row::MoveGroup { group } => {
            let members = &problem.move_groups[group as usize];
            let first = members.first().map_or("nothing", |&id| component(id));
            format!("the {} components that only move together with {first}", members.len())
        }
        Row::Unplaced { component: c } => format!("{} has no host", component(c)),
    }
}

/// A violated row in words, such as `cpu on h1 at step 2 by 300`.
#[must_use]
pub fn violation_words(problem: &Problem, violation: &Violation) -> String {
    let words = row_words(problem, violation.row);
    if matches!(violation.row, Row::Unplaced { .. }) {
        words
    } else {
        format!("{words} by {}", violation.excess)
    }
}

/// What raising a row by `amount` means.
#[must_use]
pub fn raised_words(problem: &Problem, row: Row, amount: i64) -> String {
    let limit = |unit: &str| {
        let whole = row_words(problem, row);
        let name = whole.split(" at step ").next().unwrap_or(&whole);
        format!("raise {name} by {amount}{unit}")
    };
    match row {
        Row::HostCapacity { resource, .. } | Row::DomainCapacity { resource, .. } => {
            limit(&format!(" {}", problem.resources[resource.index()].unit))
        }
        Row::Uplink { .. } => limit(" bytes/s"),
        Row::Power { .. } => limit(" mW"),
        Row::Compatibility { component, .. } if problem.component(component).pinned => {
            format!("unpin it: allow {}", row_words(problem, row))
        }
        Row::Compatibility { .. } => format!("allow {}", row_words(problem, row)),
        Row::Spread { .. } => format!("ask {amount} less of {}", row_words(problem, row)),
        Row::Exclusion { .. } | Row::Dependency { .. } | Row::LatencyCeiling { .. } => {
            format!("do without {}", row_words(problem, row))
        }
        Row::Moving { .. } | Row::MigrationLatency { .. } | Row::MoveGroup { .. } => {
            format!("do without {}", row_words(problem, row))
        }
        _ => limit(""),
    }
}
