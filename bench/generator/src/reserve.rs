//! The reserve that is added to the load of every host.

use std::collections::BTreeMap;

use crate::params::GeneratorParams;
use crate::resources::{CPU, MEMORY};

/// Reserve of CPU, a fraction of capacity.
const CPU_RESERVE: f64 = 0.04;
/// Reserve of memory, below zero.
const MEMORY_RESERVE: f64 = -0.03;

fn fraction(params: &GeneratorParams, resource: usize) -> f64 {
    match resource {
        CPU if params.features.reserve => CPU_RESERVE,
        MEMORY if params.features.negative_reserve => MEMORY_RESERVE,
        _ => 0.0,
    }
}

/// The reserve of a host with that capacity.
pub(crate) fn reserve(params: &GeneratorParams, resource: usize, capacity: i64) -> i64 {
    (fraction(params, resource) * capacity as f64).round() as i64
}

/// The reserves by name.
pub(crate) fn reserves(params: &GeneratorParams) -> BTreeMap<String, f64> {
    let named = [("cpu", CPU), ("memory", MEMORY)];
    let fractions = named.map(|(name, resource)| (name.to_owned(), fraction(params, resource)));
    fractions.into_iter().filter(|&(_, fraction)| fraction != 0.0).collect()
}
