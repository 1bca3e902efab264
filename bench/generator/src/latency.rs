//! What the network between racks, or hosts, does.

use std::collections::BTreeMap;

use colocate_model::draft::{LatencyDraft, PathDraft};
use rand::RngExt;

use crate::params::GeneratorParams;
use crate::rng::{Rng, Stream, between, decimals, stream};
use crate::topology::{Level, Topology};

/// Round trip on one host, in µs.
const SAME_HOST_US: f64 = 20.0;
/// Median round trips inside a rack, inside a zone and beyond, in µs.
const MEDIANS_US: [f64; 3] = [90.0, 350.0, 1400.0];
/// p95 over p50.
const TAIL: f64 = 1.6;
/// Share of pairs that nobody measured, where there are such.
const UNKNOWN_SHARE: f64 = 0.12;

/// Measured latency.
#[derive(Debug, Clone)]
pub(crate) struct Latencies {
    level: Level,
    size: usize,
    step_s: Option<i64>,
    /// The paths, row by row.
    paths: Vec<Option<PathDraft>>,
}

impl Latencies {
    /// The matrix, where latency is measured at all.
    pub(crate) fn new(params: &GeneratorParams, topology: &Topology, steps: usize) -> Option<Self> {
        let features = &params.features;
        if !features.measures_latency() {
            return None;
        }
        let mut rng = stream(params.seed, Stream::Latency);
        let level = if features.host_latency { Level::Host } else { Level::Rack };
        let size = topology.domains(level);
        let steps = if features.step_latency { steps } else { 1 };
        let mut paths = Vec::with_capacity(size * size);
        for cell in 0..size * size {
            let (from, to) = (cell / size, cell % size);
            let path = path(params, distance(level, topology, from, to), steps, &mut rng);
            let lost = rng.random_bool(UNKNOWN_SHARE) && features.unknown_pairs && from != to;
            // Two components on one host do not take a path.
            paths.push((!lost && (level == Level::Rack || from != to)).then_some(path));
        }
        let step_s = features.step_latency.then_some(params.step_s);
        Some(Self { level, size, step_s, paths })
    }

    /// The ceiling latency between two hosts in µs, where it is known.
    pub(crate) fn ceiling_us(&self, topology: &Topology, from: usize, to: usize) -> Option<f64> {
        if from == to {
            return Some(SAME_HOST_US);
        }
        let (from, to) = (topology.domain(self.level, from), topology.domain(self.level, to));
        self.paths[from * self.size + to].as_ref().map(ceiling)
    }

    /// All known ceilings, the lowest first.
    pub(crate) fn ceilings_us(&self) -> Vec<f64> {
        let mut ceilings = self.paths.iter().flatten().map(ceiling).collect::<Vec<_>>();
        ceilings.sort_by(f64::total_cmp);
        ceilings
    }

    /// The measurements by name.
    pub(crate) fn draft(self, topology: &Topology) -> LatencyDraft {
        let names = (0..self.size).map(|domain| topology.domain_name(self.level, domain)).collect::<Vec<_>>();
        let size = self.size;
        let named =
            self.paths.into_iter().enumerate().filter_map(|(cell, path)| {
                Some((names[cell / size].clone(), names[cell % size].clone(), path?))
            });
        LatencyDraft {
            level: self.level.name().into(),
            same_host_us: SAME_HOST_US,
            default_us: None,
            step_s: self.step_s,
            paths: named.collect(),
        }
    }
}

/// The highest p95 over the steps, at its upper confidence.
fn ceiling(path: &PathDraft) -> f64 {
    path.percentiles["p95"].iter().copied().fold(0.0, f64::max) * (1.0 + path.relative_error)
}

/// 0 inside a rack, 1 inside a zone, 2 beyond.
fn distance(level: Level, topology: &Topology, from: usize, to: usize) -> usize {
    let rack = |domain: usize| if level == Level::Host { topology.rack_of[domain] } else { domain };
    let (from, to) = (rack(from), rack(to));
    match (from == to, topology.zone_of_rack[from] == topology.zone_of_rack[to]) {
        (true, _) => 0,
        (false, true) => 1,
        (false, false) => 2,
    }
}

fn path(params: &GeneratorParams, distance: usize, steps: usize, rng: &mut Rng) -> PathDraft {
    let mut median = MEDIANS_US[distance];
    let mut path = PathDraft::default();
    // Drawn in any case, so that the same pairs are lost whatever the matrix is like.
    let (factor, jitter, loss) = (between(rng, 0.4, 2.5), between(rng, 0.0, 0.3), between(rng, 0.0, 0.001));
    let (estimated, error) = (rng.random_bool(0.15), between(rng, 0.05, 0.3));
    if params.features.asymmetric_latency {
        median *= factor;
        path.jitter_us = vec![decimals(median * jitter, 1)];
        path.loss = vec![decimals(loss, 5)];
        path.relative_error = if estimated { decimals(error, 2) } else { 0.0 };
    }
    let phase = if params.features.asymmetric_latency { factor } else { 0.0 };
    let medians = (0..steps).map(|t| decimals(median * swell(t, steps, phase), 1)).collect::<Vec<_>>();
    let p95 = medians.iter().map(|us| decimals(us * TAIL, 1)).collect();
    path.percentiles = BTreeMap::from([("p50".to_owned(), medians), ("p95".to_owned(), p95)]);
    path
}

/// How latency changes over the horizon: a triangular wave from 1 to 1.5.
fn swell(step: usize, steps: usize, phase: f64) -> f64 {
    let position = (step as f64 / steps as f64 + phase).fract();
    1.0 + (0.5 - (position - 0.5).abs())
}
