//! What components take, now and over the horizon.

use std::collections::BTreeMap;

use colocate_model::UNLIMITED;
use colocate_model::draft::{DemandKind, SeriesDraft};
use rand::RngExt;

use crate::params::GeneratorParams;
use crate::resources::{CPU, MEMORY, ResourceSpec};
use crate::rng::{Rng, Stream, between, stream};
use crate::services::Services;
use crate::topology::Topology;

/// No component takes more of a resource than this share of the smallest host.
const LARGEST_SHARE: f64 = 0.55;
/// Quantiles that forecasts give, and how far above the mean they lie at a noise of 1.
const QUANTILES: [(f64, f64); 3] = [(0.5, 0.0), (0.95, 1.0), (0.99, 1.4)];

/// Demand of every component.
#[derive(Debug, Clone)]
pub(crate) struct Demand {
    /// Amount now per resource, component by component.
    now: Vec<i64>,
    /// Shape of the series of every component.
    shapes: Vec<Shape>,
    resources: usize,
    /// The demand that counts, per resource and step, component by component.
    counted: Vec<i64>,
    /// Steps of `counted`.
    pub(crate) steps: usize,
    varies: Vec<bool>,
}

/// How demand changes over the horizon: a triangular wave around 1.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shape {
    phase: f64,
    swing: f64,
    noise: f64,
}

impl Shape {
    /// A shape near `phase`, a fraction of the horizon.
    pub(crate) fn near(phase: f64, rng: &mut Rng) -> Self {
        let phase = phase + between(rng, -0.1, 0.1);
        Self { phase, swing: between(rng, 0.05, 0.35), noise: between(rng, 0.02, 0.15) }
    }

    /// The multiple of the demand at `step`.
    pub(crate) fn at(&self, step: usize, steps: usize) -> f64 {
        let position = (step as f64 / steps as f64 + self.phase).rem_euclid(1.0);
        1.0 + self.swing * (1.0 - 4.0 * (position - 0.5).abs())
    }

    /// The series of an amount. Values have few decimals, as measurements do.
    pub(crate) fn series(&self, amount: f64, steps: usize, decimals: i32) -> SeriesDraft {
        let scale = 10_f64.powi(decimals);
        let round = |value: f64| (value * scale).round() / scale;
        let lifted = |lift: f64| -> Vec<f64> {
            (0..steps).map(|t| round(amount * self.at(t, steps) * (1.0 + lift * self.noise))).collect()
        };
        let quantiles = QUANTILES.map(|(q, lift)| (q, lifted(lift))).to_vec();
        let window_max = quantiles.iter().map(|(q, values)| (*q, round(1.05 * highest(values)))).collect();
        SeriesDraft { mean: lifted(0.0), quantiles, window_max }
    }
}

fn highest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

impl Demand {
    /// Demands that fill the hosts of `topology` to the mean that is asked for.
    pub(crate) fn new(
        params: &GeneratorParams,
        resources: &[ResourceSpec],
        topology: &Topology,
        services: &Services,
    ) -> Self {
        let mut rng = stream(params.seed, Stream::Demand);
        let weights = weights(services, resources.len(), &mut rng);
        let now = scale(params, resources, topology, &weights);
        let shapes = shapes(services, &mut rng);
        let varies = resources.iter().map(|r| r.varies && params.features.forecast).collect();
        let steps = if params.features.forecast { params.steps.max(1) } else { 1 };
        let mut demand = Self { now, shapes, resources: resources.len(), counted: Vec::new(), steps, varies };
        demand.counted = demand.count(params.demand);
        demand
    }

    fn count(&self, kind: DemandKind) -> Vec<i64> {
        let mut counted = Vec::with_capacity(self.now.len() * self.steps);
        for (component, amounts) in self.now.chunks(self.resources).enumerate() {
            for (resource, &amount) in amounts.iter().enumerate() {
                let values = match self.series(component, resource) {
                    None => vec![amount as f64; self.steps],
                    Some(series) => match kind {
                        DemandKind::Mean => series.mean,
                        DemandKind::Quantile(_) => series.quantiles[1].1.clone(),
                        DemandKind::WindowMax(_) => vec![series.window_max[1].1; self.steps],
                    },
                };
                counted.extend(values.into_iter().map(|value| value.ceil() as i64));
            }
        }
        counted
    }

    /// Amount of a component now.
    pub(crate) fn now(&self, component: usize, resource: usize) -> i64 {
        self.now[component * self.resources + resource]
    }

    /// The demand that counts of a component, per resource and step.
    pub(crate) fn counted(&self, component: usize) -> &[i64] {
        let dimensions = self.resources * self.steps;
        &self.counted[component * dimensions..][..dimensions]
    }

    /// The forecast of a component, where the resource has one.
    pub(crate) fn series(&self, component: usize, resource: usize) -> Option<SeriesDraft> {
        let amount = self.now(component, resource) as f64;
        self.varies[resource].then(|| self.shapes[component].series(amount, self.steps, 0))
    }

    /// The forecasts of all components by name.
    pub(crate) fn forecasts(
        &self,
        resources: &[ResourceSpec],
        services: &Services,
    ) -> BTreeMap<String, BTreeMap<String, SeriesDraft>> {
        if !self.varies.contains(&true) {
            return BTreeMap::new();
        }
        let of = |component: usize| {
            let named = resources.iter().enumerate();
            named.filter_map(|(k, r)| Some((r.draft.name.clone(), self.series(component, k)?))).collect()
        };
        (0..services.components()).map(|i| (services.component_name(i), of(i))).collect()
    }
}

/// Relative demands per resource, component by component. In two services of three all components are alike.
fn weights(services: &Services, resources: usize, rng: &mut Rng) -> Vec<f64> {
    let mut weights = Vec::with_capacity(services.components() * resources);
    for service in 0..services.len() {
        let size = between(rng, 0.3, 1.7);
        let base = (0..resources).map(|_| size * between(rng, 0.5, 1.5)).collect::<Vec<_>>();
        let alike = !rng.random_bool(1.0 / 3.0);
        for _ in services.members(service) {
            weights.extend(base.iter().map(|&w| if alike { w } else { w * between(rng, 0.6, 1.4) }));
        }
    }
    weights
}

/// Amounts whose sums are the wanted share of the capacities.
fn scale(
    params: &GeneratorParams,
    resources: &[ResourceSpec],
    topology: &Topology,
    weights: &[f64],
) -> Vec<i64> {
    let mut amounts = vec![0; weights.len()];
    for (k, resource) in resources.iter().enumerate() {
        // Hosts without a limit count as hosts of size 2.
        let capacity = |host: usize| match topology.capacity(host, k) {
            UNLIMITED => 2.0 * resource.unit_capacity as f64,
            capacity => capacity as f64,
        };
        let total = (0..topology.hosts()).map(capacity).sum::<f64>();
        let smallest = (0..topology.hosts()).map(capacity).fold(f64::INFINITY, f64::min);
        let of_resource = || weights.iter().skip(k).step_by(resources.len());
        let factor = params.fill * resource.relative_fill * total / of_resource().sum::<f64>();
        for (index, weight) in of_resource().enumerate() {
            let amount = (factor * weight).min(LARGEST_SHARE * smallest).max(1.0);
            amounts[index * resources.len() + k] = granular(k, amount);
        }
    }
    amounts
}

/// Amounts as people write them: 10 mCPU, MiB.
fn granular(resource: usize, amount: f64) -> i64 {
    let grain = match resource {
        CPU => 10.0,
        MEMORY => 1_048_576.0,
        _ => 1.0,
    };
    ((amount / grain).round() * grain).max(1.0) as i64
}

/// One phase an application, one shape a service, so that alike components stay alike.
fn shapes(services: &Services, rng: &mut Rng) -> Vec<Shape> {
    let applications = services.application(services.len() - 1) + 1;
    let phases = (0..applications).map(|_| rng.random::<f64>()).collect::<Vec<_>>();
    let mut shapes = Vec::with_capacity(services.components());
    for service in 0..services.len() {
        let shape = Shape::near(phases[services.application(service)], rng);
        shapes.extend(services.members(service).map(|_| shape));
    }
    shapes
}
