//! Seeded random numbers, one independent stream per part of an instance.

use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

/// The generator of random numbers.
pub(crate) type Rng = Pcg64Mcg;

/// The parts of an instance. Each draws from its own stream, so that a switch changes only what it is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stream {
    Features,
    Preset,
    Topology,
    Services,
    Demand,
    Compatibility,
    Placement,
    Scatter,
    Overfull,
    States,
    Moving,
    Pending,
    Pins,
    Groups,
    Spread,
    Dependency,
    Ceilings,
    DomainCapacity,
    DomainSoftLimits,
    Uplink,
    PowerLimit,
    SoftLimits,
    Traffic,
    TrafficExtras,
    Routing,
    Latency,
    Policy,
    Budgets,
    MoveCosts,
    WaveCaps,
}

/// The stream of `part` under `seed`.
pub(crate) fn stream(seed: u64, part: Stream) -> Rng {
    Rng::seed_from_u64(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(part as u64))
}

/// A float in `low..high`.
pub(crate) fn between(rng: &mut Rng, low: f64, high: f64) -> f64 {
    low + (high - low) * rng.random::<f64>()
}

/// `value` rounded to `digits` decimals, so that it prints short.
pub(crate) fn decimals(value: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    (value * scale).round() / scale
}
