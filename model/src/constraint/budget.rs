//! C8: how much may move.

use std::collections::BTreeMap;

use crate::check::Tally;
use crate::ids::{ClassId, DomainId, HostId, PartitionId, ServiceId};
use crate::violation::Row;

use super::Violations;

/// Components of a class that came to a host, negative where they left it.
struct Change {
    class: ClassId,
    host: HostId,
    net: i64,
}

/// Moves in all and per service, source and target, and bytes moved in all. Interchangeable components that
/// change places have not moved.
pub(super) fn rows(tally: &Tally, violations: &mut Violations) {
    let changes = changes(tally);
    let budgets = &tally.problem.policy.budgets;
    let arrived = |change: &Change| change.net.max(0);
    if let Some(limit) = budgets.moves {
        violations.at_most(Row::MoveBudget, changes.iter().map(arrived).sum(), limit);
    }
    if let Some(limit) = budgets.bytes {
        let first = |class: ClassId| tally.problem.component(tally.problem.classes[class.index()][0]);
        let bytes = changes.iter().map(|change| arrived(change) * first(change.class).bytes).sum();
        violations.at_most(Row::ByteBudget, bytes, limit);
    }
    if let Some(limit) = budgets.moves_per_service {
        let mut moves: BTreeMap<ServiceId, i64> = BTreeMap::new();
        for change in &changes {
            let member = tally.problem.classes[change.class.index()][0];
            *moves.entry(tally.problem.component(member).service).or_default() += arrived(change);
        }
        for (service, moves) in moves {
            violations.at_most(Row::ServiceBudget { service }, moves, limit);
        }
    }
    for &(partition, limit) in &budgets.moves_per_source {
        for (domain, moves) in per_domain(tally, partition, &changes, |change| (-change.net).max(0)) {
            violations.at_most(Row::SourceBudget { partition, domain }, moves, limit);
        }
    }
    for &(partition, limit) in &budgets.moves_per_target {
        for (domain, moves) in per_domain(tally, partition, &changes, arrived) {
            violations.at_most(Row::TargetBudget { partition, domain }, moves, limit);
        }
    }
}

/// Net changes per class and host, from the components that are neither pending nor moving.
fn changes(tally: &Tally) -> Vec<Change> {
    let mut nets: BTreeMap<(ClassId, HostId), i64> = BTreeMap::new();
    for (component, source, target) in tally.moves() {
        let class = tally.problem.component(component).class;
        *nets.entry((class, target)).or_default() += 1;
        *nets.entry((class, source)).or_default() -= 1;
    }
    nets.into_iter().map(|((class, host), net)| Change { class, host, net }).collect()
}

/// Sum of `count` per domain of `partition`.
fn per_domain(
    tally: &Tally,
    partition: PartitionId,
    changes: &[Change],
    count: impl Fn(&Change) -> i64,
) -> BTreeMap<DomainId, i64> {
    let mut sums = BTreeMap::new();
    for change in changes {
        *sums.entry(tally.problem.domain(partition, change.host)).or_insert(0) += count(change);
    }
    sums
}

#[cfg(test)]
mod tests {
    use crate::check::fixture::{draft, excesses, serve};
    use crate::draft::Draft;

    use super::*;

    fn two_services() -> Draft {
        let mut draft = draft(4);
        serve(&mut draft, "a", &[Some(0), Some(1)]);
        serve(&mut draft, "b", &[Some(0), Some(1)]);
        draft.components.iter_mut().for_each(|component| component.bytes = 7);
        draft
    }

    #[test]
    fn moves_in_all_and_per_service_are_limited() {
        let mut draft = two_services();
        draft.policy.budgets.moves = Some(2);
        draft.policy.budgets.moves_per_service = Some(1);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[(0, 2), (2, 2)]), []);
        let service = Row::ServiceBudget { service: ServiceId(0) };
        assert_eq!(excesses(&problem, &[(0, 2), (1, 2), (2, 2)]), [(Row::MoveBudget, 1), (service, 1)]);
    }

    #[test]
    fn interchangeable_components_that_change_places_have_not_moved() {
        let mut draft = two_services();
        draft.policy.budgets.moves = Some(0);
        draft.policy.budgets.bytes = Some(0);
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[(0, 1), (1, 0)]), []);
        assert_eq!(excesses(&problem, &[(0, 2)]), [(Row::MoveBudget, 1), (Row::ByteBudget, 7)]);
    }

    #[test]
    fn moves_out_of_and_into_a_domain_are_limited() {
        let mut draft = two_services();
        draft.policy.budgets.moves_per_source = [("rack".to_owned(), 1)].into();
        draft.policy.budgets.moves_per_target = [("host".to_owned(), 1)].into();
        let problem = draft.build().unwrap();
        assert_eq!(excesses(&problem, &[(0, 2)]), []);
        let source = Row::SourceBudget { partition: PartitionId(1), domain: DomainId(0) };
        let target = Row::TargetBudget { partition: PartitionId(0), domain: DomainId(2) };
        assert_eq!(excesses(&problem, &[(0, 2), (2, 2)]), [(source, 1), (target, 1)]);
        assert_eq!(excesses(&problem, &[(0, 2), (2, 3)]), [(source, 1)]);
    }

    #[test]
    fn placing_a_pending_component_is_no_move() {
        let mut draft = draft(2);
        serve(&mut draft, "a", &[None]);
        draft.policy.budgets.moves = Some(0);
        assert_eq!(excesses(&draft.build().unwrap(), &[(0, 1)]), []);
    }
}
