//! The rows of a problem, one file a family; `docs/model.md` numbers them.

mod budget;
mod capacity;
mod compatibility;
mod dependency;
mod exclusion;
mod latency_ceiling;
mod migration_latency;
mod move_group;
mod moving;
mod power;
mod spread;
mod unplaced;
mod uplink;

use crate::check::Tally;
use crate::quantity::{PPM, excess_ppm};
use crate::violation::{Row, Violation};

/// Every family of rows. A new one is a file and an entry here.
const FAMILIES: [fn(&Tally, &mut Violations); 13] = [
    capacity::rows,
    uplink::rows,
    power::rows,
    exclusion::rows,
    spread::rows,
    dependency::rows,
    compatibility::rows,
    latency_ceiling::rows,
    budget::rows,
    moving::rows,
    migration_latency::rows,
    move_group::rows,
    unplaced::rows,
];

/// Every row with an excess, in order of row.
pub(crate) fn violations(tally: &Tally) -> Vec<Violation> {
    let mut violations = Violations(Vec::new());
    FAMILIES.iter().for_each(|rows| rows(tally, &mut violations));
    violations.0.sort_unstable();
    violations.0
}

/// Collects the rows that do not hold.
pub(crate) struct Violations(Vec<Violation>);

impl Violations {
    /// A row whose `value` may be at most `limit`, measured against it.
    fn at_most(&mut self, row: Row, value: i64, limit: i64) {
        self.add(row, value - limit, limit);
    }

    /// A row that counts, so that its capacity is 1.
    fn counted(&mut self, row: Row, excess: i64) {
        self.add(row, excess, 1);
    }

    fn add(&mut self, row: Row, excess: i64, capacity: i64) {
        if excess <= 0 {
            return;
        }
        let ppm = match row {
            Row::Unplaced { .. } => PPM,
            _ if row.is_elastic() => excess_ppm(excess, capacity),
            _ => 0,
        };
        self.0.push(Violation { row, excess, ppm });
    }
}
