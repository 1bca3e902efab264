//! What it takes to move the components of a service.

use std::collections::BTreeMap;

use colocate_model::MigrationStrategy;
use colocate_model::draft::MoveCostsDraft;
use rand::RngExt;

use crate::params::GeneratorParams;
use crate::rng::{Rng, Stream, between, decimals, stream};
use crate::services::Services;

/// Move data of every component of a service.
#[derive(Debug, Clone)]
pub(crate) struct MoveData {
    pub(crate) bytes: i64,
    pub(crate) fixed_cost: f64,
    pub(crate) strategies: Vec<MigrationStrategy>,
    pub(crate) downtime_ms: BTreeMap<MigrationStrategy, i64>,
    pub(crate) max_in_motion: Option<u32>,
}

impl MoveData {
    /// The move data of every service.
    pub(crate) fn of_services(params: &GeneratorParams, services: &Services) -> Vec<Self> {
        let mut rng = stream(params.seed, Stream::MoveCosts);
        (0..services.len()).map(|_| Self::new(&mut rng)).collect()
    }

    fn new(rng: &mut Rng) -> Self {
        use MigrationStrategy::{DiskMigrate, Live, PreCopy, StartFirst, StopFirst};
        let preferences: [&[MigrationStrategy]; 5] = [
            &[],
            &[StartFirst, StopFirst],
            &[StopFirst],
            &[DiskMigrate, StopFirst],
            &[PreCopy, Live, StopFirst],
        ];
        let strategies = preferences[rng.random_range(0..preferences.len())].to_vec();
        let stop_ms = rng.random_range(1_000..30_000);
        let downtimes = [(StopFirst, stop_ms), (DiskMigrate, 2 * stop_ms), (PreCopy, 400), (Live, 50)];
        // From 1 MiB to 16 GiB, small ones as frequent as large ones.
        let bytes = (1_i64 << rng.random_range(20..34)) + rng.random_range(0..1_000_000);
        Self {
            bytes: if rng.random_bool(0.1) { 0 } else { bytes },
            fixed_cost: decimals(between(rng, 0.0, 3.0), 1),
            strategies,
            downtime_ms: downtimes.into(),
            max_in_motion: rng.random_bool(0.2).then(|| rng.random_range(1..=3)),
        }
    }
}

/// Costs per service and per pair of hosts.
pub(crate) fn move_costs(params: &GeneratorParams, hosts: usize) -> MoveCostsDraft {
    let mut costs = MoveCostsDraft::default();
    if params.features.per_service_max {
        costs.per_service_max = 500_000;
    }
    if params.features.pair_costs {
        let mut rng = stream(params.seed, Stream::MoveCosts);
        costs.pair_weight = 200_000;
        let cost = |cell: usize| if cell / hosts == cell % hosts { 0 } else { rng.random_range(0..10) };
        costs.pairs = (0..hosts * hosts).map(cost).collect();
    }
    costs
}
