//! Rows of constraints, by name.

use std::fmt::Display;

use colocate_model::{
    DomainId, ExclusionReason, FaultCode, PartitionId, Problem, Row, Violation, row_words, violation_words,
};

use super::names::{At, Names};
use crate::v1;

/// The kind of a row, as files have it.
const fn kind(row: &Row) -> &'static str {
    match row {
        Row::HostCapacity { .. } => "host_capacity",
        Row::DomainCapacity { .. } => "domain_capacity",
        Row::Uplink { .. } => "uplink",
        Row::Power { .. } => "power",
        Row::Exclusion { .. } => "exclusion",
        Row::Spread { .. } => "spread",
        Row::Dependency { .. } => "dependency",
        Row::Compatibility { .. } => "compatibility",
        Row::LatencyCeiling { .. } => "latency_ceiling",
        Row::MoveBudget => "move_budget",
        Row::ByteBudget => "byte_budget",
        Row::ServiceBudget { .. } => "service_budget",
        Row::SourceBudget { .. } => "source_budget",
        Row::TargetBudget { .. } => "target_budget",
        Row::Moving { .. } => "moving",
        Row::MigrationLatency { .. } => "migration_latency",
        Row::MoveGroup { .. } => "move_group",
        Row::Unplaced { .. } => "unplaced",
    }
}

/// The message of a row.
///
/// # Panics
/// If the row is not one of `problem`.
#[must_use]
pub fn row(problem: &Problem, row: Row) -> v1::Row {
    let host = |id: colocate_model::HostId| Some(problem.host(id).name.clone());
    let component = |id: colocate_model::ComponentId| Some(problem.component(id).name.clone());
    let service = |id: colocate_model::ServiceId| Some(problem.service(id).name.clone());
    let resource = |id: colocate_model::ResourceId| Some(problem.resources[id.index()].name.clone());
    let within = |partition: PartitionId, domain: DomainId| {
        let partition = &problem.partitions[partition.index()];
        v1::Row {
            partition: Some(partition.name.clone()),
            domain: Some(partition.domains[domain.index()].name.clone()),
            ..v1::Row::default()
        }
    };
    let bare = v1::Row::default();
    let message = match row {
        Row::HostCapacity { host: h, resource: k, step } => {
            v1::Row { host: host(h), resource: resource(k), step: Some(step), ..bare }
        }
        Row::DomainCapacity { partition, domain, resource: k, step } => {
            v1::Row { resource: resource(k), step: Some(step), ..within(partition, domain) }
        }
        Row::Uplink { partition, domain, step } | Row::Power { partition, domain, step } => {
            v1::Row { step: Some(step), ..within(partition, domain) }
        }
        Row::Exclusion { exclusion, domain } => {
            let rule = &problem.exclusions[exclusion as usize];
            let of = match rule.reason {
                ExclusionReason::AntiAffinity(id) => service(id),
                ExclusionReason::Port(_) => None,
            };
            v1::Row { position: Some(exclusion), service: of, ..within(rule.partition, domain) }
        }
        Row::Spread { service: s, partition } => {
            let partition = Some(problem.partitions[partition.index()].name.clone());
            v1::Row { service: service(s), partition, ..bare }
        }
        Row::Dependency { service: s, on, partition, domain } => {
            v1::Row { service: service(s), other_service: service(on), ..within(partition, domain) }
        }
        Row::Compatibility { component: c, host: h } => {
            v1::Row { component: component(c), host: host(h), ..bare }
        }
        Row::LatencyCeiling { service: s, to } => {
            v1::Row { service: service(s), other_service: service(to), ..bare }
        }
        Row::MoveBudget | Row::ByteBudget => bare,
        Row::ServiceBudget { service: s } => v1::Row { service: service(s), ..bare },
        Row::SourceBudget { partition, domain } | Row::TargetBudget { partition, domain } => {
            within(partition, domain)
        }
        Row::Moving { component: c }
        | Row::MigrationLatency { component: c }
        | Row::Unplaced { component: c } => v1::Row { component: component(c), ..bare },
        Row::MoveGroup { group } => v1::Row { position: Some(group), ..bare },
    };
    v1::Row { constraint: kind(&row).to_owned(), words: row_words(problem, row), ..message }
}

/// Reads the fields of a row; one that is missing or unknown is noted.
struct Fields<'r, 'n, 'p, 'a, 'f, P> {
    row: &'r v1::Row,
    names: &'n Names<'p>,
    at: &'a mut At<'f>,
    place: P,
}

impl<P: Display> Fields<'_, '_, '_, '_, '_, P> {
    fn text<'t>(&mut self, value: &'t Option<String>, field: &str) -> Option<&'t str> {
        if value.is_none() {
            self.missing(field);
        }
        value.as_deref()
    }

    fn missing(&mut self, field: &str) {
        let (cause, action) = (format!("`{field}` is missing"), format!("add the field `{field}`"));
        self.at.add(format_args!("{}/{field}", self.place), FaultCode::MissingField, cause, &action);
    }

    fn host(&mut self) -> Option<colocate_model::HostId> {
        let name = self.text(&self.row.host, "host")?;
        self.names.host(name, self.at, format_args!("{}/host", self.place))
    }

    fn component(&mut self) -> Option<colocate_model::ComponentId> {
        let name = self.text(&self.row.component, "component")?;
        self.names.component(name, self.at, format_args!("{}/component", self.place))
    }

    fn resource(&mut self) -> Option<colocate_model::ResourceId> {
        let name = self.text(&self.row.resource, "resource")?;
        self.names.resource(name, self.at, format_args!("{}/resource", self.place))
    }

    fn service(&mut self) -> Option<colocate_model::ServiceId> {
        let name = self.text(&self.row.service, "service")?;
        self.names.service(name, self.at, format_args!("{}/service", self.place))
    }

    fn other_service(&mut self) -> Option<colocate_model::ServiceId> {
        let name = self.text(&self.row.other_service, "other_service")?;
        self.names.service(name, self.at, format_args!("{}/other_service", self.place))
    }

    fn partition(&mut self) -> Option<PartitionId> {
        let name = self.text(&self.row.partition, "partition")?;
        self.names.partition(name, self.at, format_args!("{}/partition", self.place))
    }

    fn domain_of(&mut self, partition: PartitionId) -> Option<DomainId> {
        let name = self.text(&self.row.domain, "domain")?;
        self.names.domain(partition, name, self.at, format_args!("{}/domain", self.place))
    }

    fn domain(&mut self) -> Option<(PartitionId, DomainId)> {
        let partition = self.partition()?;
        Some((partition, self.domain_of(partition)?))
    }

    fn step(&mut self) -> Option<u32> {
        if self.row.step.is_none() {
            self.missing("step");
        }
        self.row.step
    }

    fn position(&mut self, count: usize) -> Option<u32> {
        let Some(position) = self.row.position else {
            self.missing("position");
            return None;
        };
        if position as usize >= count {
            let cause = format!("{position} is out of range");
            self.at.add(
                format_args!("{}/position", self.place),
                FaultCode::OutOfRange,
                cause,
                "use a position of the problem",
            );
            return None;
        }
        Some(position)
    }
}

/// The row of a message at `place`; `None` where something is wrong with it, which is noted.
pub(super) fn from_wire(
    row: &v1::Row,
    names: &Names<'_>,
    at: &mut At<'_>,
    place: impl Display,
) -> Option<Row> {
    let problem = names.problem;
    let mut fields = Fields { row, names, at, place };
    Some(match &*row.constraint {
        "host_capacity" => {
            Row::HostCapacity { host: fields.host()?, resource: fields.resource()?, step: fields.step()? }
        }
        "domain_capacity" => {
            let (partition, domain) = fields.domain()?;
            Row::DomainCapacity { partition, domain, resource: fields.resource()?, step: fields.step()? }
        }
        "uplink" => {
            let (partition, domain) = fields.domain()?;
            Row::Uplink { partition, domain, step: fields.step()? }
        }
        "power" => {
            let (partition, domain) = fields.domain()?;
            Row::Power { partition, domain, step: fields.step()? }
        }
        "exclusion" => {
            let exclusion = fields.position(problem.exclusions.len())?;
            let partition = problem.exclusions[exclusion as usize].partition;
            Row::Exclusion { exclusion, domain: fields.domain_of(partition)? }
        }
        "spread" => Row::Spread { service: fields.service()?, partition: fields.partition()? },
        "dependency" => {
            let (partition, domain) = fields.domain()?;
            Row::Dependency { service: fields.service()?, on: fields.other_service()?, partition, domain }
        }
        "compatibility" => Row::Compatibility { component: fields.component()?, host: fields.host()? },
        "latency_ceiling" => Row::LatencyCeiling { service: fields.service()?, to: fields.other_service()? },
        "move_budget" => Row::MoveBudget,
        "byte_budget" => Row::ByteBudget,
        "service_budget" => Row::ServiceBudget { service: fields.service()? },
        "source_budget" => {
            let (partition, domain) = fields.domain()?;
            Row::SourceBudget { partition, domain }
        }
        "target_budget" => {
            let (partition, domain) = fields.domain()?;
            Row::TargetBudget { partition, domain }
        }
        "moving" => Row::Moving { component: fields.component()? },
        "migration_latency" => Row::MigrationLatency { component: fields.component()? },
        "move_group" => Row::MoveGroup { group: fields.position(problem.move_groups.len())? },
        "unplaced" => Row::Unplaced { component: fields.component()? },
        other => {
            let cause = format!("\"{other}\" is no kind of row");
            let Fields { at, place, .. } = fields;
            let action = "maybe it is of a later version of the protocol";
            at.add(format_args!("{place}/constraint"), FaultCode::UnknownWord, cause, action);
            return None;
        }
    })
}

/// The row of a message of a server.
///
/// # Errors
/// Names and kinds of rows that there are not.
pub fn row_from_wire(row: &v1::Row, problem: &Problem) -> Result<Row, colocate_model::Faults> {
    let mut faults = colocate_model::Faults::default();
    let found = from_wire(
        row,
        &Names::new(problem),
        &mut At::new(colocate_model::Document::Answer, &mut faults),
        "/row",
    );
    found.ok_or(faults)
}

/// The message of a violated row.
///
/// # Panics
/// If the row is not one of `problem`.
#[must_use]
pub fn violation(problem: &Problem, violation: &Violation) -> v1::Violation {
    let words = violation_words(problem, violation);
    let row = v1::Row { words, ..row(problem, violation.row) };
    v1::Violation { row: Some(row), excess: violation.excess, ppm: violation.ppm }
}

/// The messages of violated rows.
///
/// # Panics
/// If a row is not one of `problem`.
#[must_use]
pub fn violations(problem: &Problem, violations: &[Violation]) -> Vec<v1::Violation> {
    violations.iter().map(|one| violation(problem, one)).collect()
}

/// The violation of a message of a server.
///
/// # Errors
/// Names and kinds of rows that there are not.
pub fn violation_from_wire(
    violation: &v1::Violation,
    problem: &Problem,
) -> Result<Violation, colocate_model::Faults> {
    let mut faults = colocate_model::Faults::default();
    let mut at = At::new(colocate_model::Document::Answer, &mut faults);
    violation_at(violation, &Names::new(problem), &mut at, "").ok_or(faults)
}

/// The violation of a message at `place`.
pub(super) fn violation_at(
    violation: &v1::Violation,
    names: &Names<'_>,
    at: &mut At<'_>,
    place: impl Display,
) -> Option<Violation> {
    let Some(row) = &violation.row else {
        at.add(
            format_args!("{place}/row"),
            FaultCode::MissingField,
            "`row` is missing",
            "add the field `row`",
        );
        return None;
    };
    let row = from_wire(row, names, at, format_args!("{place}/row"))?;
    Some(Violation { row, excess: violation.excess, ppm: violation.ppm })
}

/// The violations of messages at `place`/0, `place`/1, ...; faulty ones are noted and left out.
pub(super) fn violations_at(
    violations: &[v1::Violation],
    names: &Names<'_>,
    at: &mut At<'_>,
    place: impl Display,
) -> Vec<Violation> {
    let each = violations.iter().enumerate();
    each.filter_map(|(index, one)| violation_at(one, names, at, format_args!("{place}/{index}"))).collect()
}

/// Whether every position in `row` is one of `problem`.
pub(super) fn is_of(problem: &Problem, row: &Row) -> bool {
    let host = |id: colocate_model::HostId| id.index() < problem.hosts.len();
    let component = |id: colocate_model::ComponentId| id.index() < problem.components.len();
    let service = |id: colocate_model::ServiceId| id.index() < problem.services.len();
    let resource = |id: colocate_model::ResourceId| id.index() < problem.resources.len();
    let within = |p: PartitionId, d: DomainId| {
        problem.partitions.get(p.index()).is_some_and(|partition| d.index() < partition.domains.len())
    };
    match *row {
        Row::HostCapacity { host: h, resource: k, .. } => host(h) && resource(k),
        Row::DomainCapacity { partition, domain, resource: k, .. } => {
            within(partition, domain) && resource(k)
        }
        Row::Uplink { partition, domain, .. }
        | Row::Power { partition, domain, .. }
        | Row::SourceBudget { partition, domain }
        | Row::TargetBudget { partition, domain } => within(partition, domain),
        Row::Exclusion { exclusion, domain } => {
            problem.exclusions.get(exclusion as usize).is_some_and(|rule| within(rule.partition, domain))
        }
        Row::Spread { service: s, partition } => service(s) && partition.index() < problem.partitions.len(),
        Row::Dependency { service: s, on, partition, domain } => {
            service(s) && service(on) && within(partition, domain)
        }
        Row::Compatibility { component: c, host: h } => component(c) && host(h),
        Row::LatencyCeiling { service: s, to } => service(s) && service(to),
        Row::MoveBudget | Row::ByteBudget => true,
        Row::ServiceBudget { service: s } => service(s),
        Row::Moving { component: c }
        | Row::MigrationLatency { component: c }
        | Row::Unplaced { component: c } => component(c),
        Row::MoveGroup { group } => (group as usize) < problem.move_groups.len(),
    }
}
