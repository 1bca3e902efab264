//! Instances of the usual sizes.

use colocate_model::Draft;
use colocate_model::draft::DemandKind;
use rand::RngExt;

use crate::features::Features;
use crate::generator::Generator;
use crate::params::{GeneratorParams, Goals};
use crate::rng::{Stream, stream};

/// Paybacks that presets choose from, in seconds; fractions of an hour among them.
const PAYBACKS_S: [Option<i64>; 4] = [None, Some(3600), Some(5400), Some(6 * 3600)];
/// Demands that presets choose from.
const DEMANDS: [DemandKind; 4] =
    [DemandKind::Mean, DemandKind::Quantile(0.95), DemandKind::Quantile(0.95), DemandKind::WindowMax(0.95)];

/// Parameters whose features, goals, payback and demand follow from the seed.
#[must_use]
pub fn anything(seed: u64) -> GeneratorParams {
    let mut rng = stream(seed, Stream::Preset);
    let goals = [Goals::Default, Goals::OneGoal, Goals::Tolerance][rng.random_range(0..3)];
    GeneratorParams::default()
        .with_seed(seed)
        .with_features(Features::from_seed(seed))
        .with_goals(goals)
        .with_payback(PAYBACKS_S[rng.random_range(0..PAYBACKS_S.len())])
        .with_demand(DEMANDS[rng.random_range(0..DEMANDS.len())])
        .with_fill([0.3, 0.5, 0.65, 0.8][rng.random_range(0..4)])
        .with_horizon(rng.random_range(1..=4), 300)
}

/// At most six components on at most three hosts, so that all placements can be listed; anything may be on.
#[must_use]
pub fn tiny(seed: u64) -> Draft {
    Generator::new(tiny_params(seed)).draft()
}

/// The parameters of [`tiny`].
#[must_use]
pub fn tiny_params(seed: u64) -> GeneratorParams {
    let params = anything(seed);
    let mut rng = stream(seed ^ 0x7171, Stream::Preset);
    let shapes = [(1, 1, 3), (1, 2, 2), (1, 3, 1), (2, 1, 2), (2, 2, 1), (3, 1, 1)];
    let (zones, racks, hosts) = shapes[rng.random_range(0..shapes.len())];
    let components = rng.random_range(2..=6);
    let services = rng.random_range(1..=components.min(4));
    // Few large components cannot fill hosts as well as many can.
    let fill = 0.7 * params.fill;
    params
        .with_fill(fill)
        .with_topology(zones, racks, hosts)
        .with_max_hosts(rng.random_range(2..=3))
        .with_components(services, components)
}

/// About a hundred components on a dozen hosts; anything may be on.
#[must_use]
pub fn small(seed: u64) -> Draft {
    Generator::new(small_params(seed)).draft()
}

/// The parameters of [`small`].
#[must_use]
pub fn small_params(seed: u64) -> GeneratorParams {
    anything(seed).with_topology(2, 2, 3).with_components(22, 100)
}

/// About a thousand components on sixty hosts; anything may be on.
#[must_use]
pub fn medium(seed: u64) -> Draft {
    Generator::new(medium_params(seed)).draft()
}

/// The parameters of [`medium`].
#[must_use]
pub fn medium_params(seed: u64) -> GeneratorParams {
    anything(seed).with_topology(2, 3, 10).with_components(150, 1_000)
}

/// Single components with three resources on single-host racks in two zones, who talk to four others on average: one
/// goal, latency, under capacities alone. What exact methods are measured with.
#[must_use]
pub fn talkers(components: usize, hosts: usize, seed: u64) -> Draft {
    Generator::new(talkers_params(components, hosts, seed)).draft()
}

/// The parameters of [`talkers`].
#[must_use]
pub fn talkers_params(components: usize, hosts: usize, seed: u64) -> GeneratorParams {
    let features = Features { latency: true, network_resource: true, ..Features::none() };
    let mut params = GeneratorParams::default()
        .with_seed(seed)
        .with_topology(2, hosts.max(1).div_ceil(2), 1)
        .with_max_hosts(hosts.max(1))
        .with_components(components, components)
        .with_fill(0.7)
        .with_horizon(1, 900)
        .with_goals(Goals::OneGoal)
        .with_payback(None)
        .with_features(features);
    params.edges_per_service = 2.0;
    params
}

/// An ordinary cluster of any size, with racks of about 30 hosts and services of about ten components.
#[must_use]
pub fn large(components: usize, hosts: usize, seed: u64) -> Draft {
    Generator::new(large_params(components, hosts, seed)).draft()
}

/// The parameters of [`large`].
#[must_use]
pub fn large_params(components: usize, hosts: usize, seed: u64) -> GeneratorParams {
    let hosts = hosts.max(1);
    // The most even split into racks of at most 30 hosts, three zones from nine racks on.
    let racks = hosts.div_ceil(30);
    let zones = if racks >= 9 { 3 } else { 1 };
    GeneratorParams::default()
        .with_seed(seed)
        .with_topology(zones, racks.div_ceil(zones), hosts.div_ceil(racks))
        .with_max_hosts(hosts)
        .with_components(components.div_ceil(10), components)
        .with_horizon(4, 900)
}
