//! C8: how much may move.

use std::collections::BTreeMap;

use colocate_model::{ClassId, DomainId, HostId, PartitionId};
use good_lp::Expression;

use crate::milp::blocks::Count;
use crate::milp::formulation::Formulation;

/// Components of a class that come to a host on balance, and those that leave it.
struct Change {
    class: ClassId,
    host: HostId,
    arrived: Expression,
    left: Expression,
}

/// Moves in all and per service, source and target, and bytes moved in all.
pub(super) fn rows(formulation: &mut Formulation<'_>) {
    let problem = formulation.problem;
    let budgets = problem.policy.budgets.clone();
    let limited = budgets.moves.is_some()
        || budgets.bytes.is_some()
        || budgets.moves_per_service.is_some()
        || !budgets.moves_per_source.is_empty()
        || !budgets.moves_per_target.is_empty();
    if !limited {
        return;
    }
    let changes = changes(formulation);
    let first = |class: ClassId| problem.component(problem.classes[class.index()][0]);
    let mut at_most = |counted: Expression, limit: i64| formulation.require(counted.leq(limit as f64));
    if let Some(limit) = budgets.moves {
        at_most(changes.iter().map(|change| &change.arrived).sum(), limit);
    }
    if let Some(limit) = budgets.bytes {
        let mut bytes = Expression::default();
        changes.iter().for_each(|change| bytes.add_mul(first(change.class).bytes as f64, &change.arrived));
        at_most(bytes, limit);
    }
    if let Some(limit) = budgets.moves_per_service {
        let mut moves: BTreeMap<_, Expression> = BTreeMap::new();
        changes
            .iter()
            .for_each(|change| *moves.entry(first(change.class).service).or_default() += &change.arrived);
        moves.into_values().for_each(|moves| at_most(moves, limit));
    }
    let per_domain = |partition: PartitionId, count: fn(&Change) -> &Expression| {
        let mut sums: BTreeMap<DomainId, Expression> = BTreeMap::new();
        changes.iter().for_each(|change| {
            *sums.entry(problem.domain(partition, change.host)).or_default() += count(change);
        });
        sums.into_values()
    };
    for &(partition, limit) in &budgets.moves_per_source {
        per_domain(partition, |change| &change.left).for_each(|left| at_most(left, limit));
    }
    for &(partition, limit) in &budgets.moves_per_target {
        per_domain(partition, |change| &change.arrived).for_each(|arrived| at_most(arrived, limit));
    }
}

fn changes(formulation: &mut Formulation<'_>) -> Vec<Change> {
    let problem = formulation.problem;
    let mut changes = Vec::new();
    for (index, members) in problem.classes.iter().enumerate() {
        if !problem.component(members[0]).is_settled() {
            continue;
        }
        let class = ClassId::new(index);
        let mut hosts: BTreeMap<HostId, Expression> = BTreeMap::new();
        for block in formulation.blocks_of(members) {
            for &(host, count) in &formulation.blocks[block].counts {
                count.add_to(hosts.entry(host).or_default(), 1.0);
            }
        }
        for &id in members {
            if let Some(host) = problem.component(id).initial {
                Count::Fixed(1).add_to(hosts.entry(host).or_default(), -1.0);
            }
        }
        for (host, net) in hosts {
            let started_here = members.iter().any(|&id| problem.component(id).initial == Some(host));
            // Where none was, none can leave; where all were, none can come.
            let all_here = members.iter().all(|&id| problem.component(id).initial == Some(host));
            let arrived = match (started_here, all_here) {
                (false, _) => net.clone(),
                (true, true) => Expression::default(),
                (true, false) => formulation.at_least([net.clone()]),
            };
            let left = if started_here { arrived.clone() - net } else { Expression::default() };
            changes.push(Change { class, host, arrived, left });
        }
    }
    changes
}
