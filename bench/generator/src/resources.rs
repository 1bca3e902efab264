//! The resources of an instance.

use colocate_model::Basis;
use colocate_model::draft::ResourceDraft;

use crate::features::Features;

/// Position of `cpu`.
pub(crate) const CPU: usize = 0;
/// Position of `memory`.
pub(crate) const MEMORY: usize = 1;

/// A resource, and how much of it there is.
#[derive(Debug, Clone)]
pub(crate) struct ResourceSpec {
    pub(crate) draft: ResourceDraft,
    /// Capacity of a host of size 1.
    pub(crate) unit_capacity: i64,
    /// Mean utilisation as a multiple of that of the instance.
    pub(crate) relative_fill: f64,
    /// Whether forecasts hold a series of it.
    pub(crate) varies: bool,
}

/// The resources that `features` ask for; `cpu` and `memory` first.
pub(crate) fn resources(features: &Features) -> Vec<ResourceSpec> {
    let spec = |name, unit, unit_capacity, relative_fill, varies| ResourceSpec {
        draft: ResourceDraft::used(name, unit),
        unit_capacity,
        relative_fill,
        varies,
    };
    let mut specs =
        vec![spec("cpu", "mcpu", 16_000, 1.0, true), spec("memory", "bytes", 64 << 30, 1.0, false)];
    if features.requests {
        let mut request = spec("cpu.request", "mcpu", 16_000, 0.9, false);
        request.draft.basis = Basis::Request;
        specs.push(request);
    }
    if features.network_resource {
        specs.push(spec("network", "bytes/s", 1_250_000_000, 0.6, true));
    }
    if features.transient {
        let mut disk = spec("disk", "bytes", 1 << 40, 0.7, false);
        disk.draft.transient = true;
        specs.push(disk);
    }
    specs
}
