//! The rows of `docs/model.md` as constraints, one file a family. C9 and C10 are in the hosts that a component may be on.

mod budget;
mod capacity;
mod compatibility;
mod dependency;
mod exclusion;
mod latency_ceiling;
mod move_group;
mod placed;
mod power;
mod spread;
mod uplink;

use super::formulation::Formulation;

pub(super) use latency_ceiling::{ceilings, is_within};

/// Every family of rows. A new one is a file and an entry here.
pub(super) const FAMILIES: [fn(&mut Formulation<'_>); 11] = [
    placed::rows,
    capacity::rows,
    uplink::rows,
    power::rows,
    exclusion::rows,
    spread::rows,
    dependency::rows,
    compatibility::rows,
    latency_ceiling::rows,
    budget::rows,
    move_group::rows,
];
