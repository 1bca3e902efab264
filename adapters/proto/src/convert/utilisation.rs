//! Measured utilisation.

use std::collections::BTreeMap;

use colocate_files::Utilisation;

use crate::v1;

/// Utilisation; its time and what the cluster knows of it are left to the caller.
pub(super) fn from_wire(utilisation: v1::CurrentUtilization) -> Utilisation {
    let rows = |rows: BTreeMap<String, v1::Utilization>| {
        rows.into_iter().map(|(name, row)| (name, row.resources)).collect()
    };
    Utilisation { racks: rows(utilisation.racks), hosts: rows(utilisation.hosts) }
}

pub(super) fn to_wire(utilisation: &Utilisation) -> v1::CurrentUtilization {
    let rows = |rows: &BTreeMap<String, BTreeMap<String, f64>>| {
        rows.iter().map(|(name, row)| (name.clone(), v1::Utilization { resources: row.clone() })).collect()
    };
    v1::CurrentUtilization {
        sampled_at: None,
        racks: rows(&utilisation.racks),
        hosts: rows(&utilisation.hosts),
    }
}
