//! What a set of moves would do together.

use std::collections::BTreeMap;

use colocate_model::{Checker, ComponentId, HostId, Placement, Problem, Row, RowChange, WhatIf};

/// Judges `placement` before and after `changes`, from scratch. Where a component is named twice the last one counts.
///
/// # Panics
/// If the placement is not one of as many components as the problem has.
#[must_use]
pub fn what_if(problem: &Problem, placement: &Placement, changes: &[(ComponentId, HostId)]) -> WhatIf {
    let checker = Checker::new(problem);
    let mut forced = placement.clone();
    changes.iter().for_each(|&(component, host)| forced.set(component, Some(host)));
    let (before, after) = (checker.check(placement), checker.check(&forced));
    let mut excesses: BTreeMap<Row, (i64, i64)> = BTreeMap::new();
    for violation in &before.violations {
        excesses.entry(violation.row).or_default().0 = violation.excess;
    }
    for violation in &after.violations {
        excesses.entry(violation.row).or_default().1 = violation.excess;
    }
    let changed = excesses.into_iter().filter(|(_, (before, after))| before != after);
    let rows = changed.map(|(row, (before, excess))| {
        let broken = after.broken.iter().any(|violation| violation.row == row);
        RowChange { row, before, after: excess, broken }
    });
    WhatIf { changes: changes.to_vec(), before: before.terms, after: after.terms, rows: rows.collect() }
}
