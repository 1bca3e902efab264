//! Who calls whom: applications of services that mostly call each other.

use std::collections::BTreeSet;

use colocate_model::Routing;
use colocate_model::draft::{EdgeDraft, EdgeForecastDraft};
use rand::RngExt;

use crate::demand::Shape;
use crate::params::GeneratorParams;
use crate::rng::{Rng, Stream, between, decimals, stream};
use crate::services::{Services, skewed};

/// Share of edges that leave their application.
const FOREIGN: f64 = 0.08;
/// Mean calls/s of an edge.
const MEAN_CALLS: f64 = 150.0;
/// Bytes a call.
const BYTES: std::ops::Range<f64> = 300.0..30_000.0;

/// An end of an edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    Service(usize),
    Component(usize),
}

impl End {
    /// The components of the end.
    pub(crate) fn members(self, services: &Services) -> std::ops::Range<usize> {
        match self {
            Self::Service(service) => services.members(service),
            Self::Component(component) => component..component + 1,
        }
    }

    fn name(self, services: &Services) -> String {
        match self {
            Self::Service(service) => services.name(service),
            Self::Component(component) => services.component_name(component),
        }
    }
}

/// An edge.
#[derive(Debug, Clone)]
pub(crate) struct EdgeSpec {
    pub(crate) from: End,
    pub(crate) to: End,
    pub(crate) calls: f64,
    pub(crate) bytes: f64,
    routing: Option<Routing>,
    shape: Shape,
}

/// The edges of an instance.
#[derive(Debug, Clone)]
pub(crate) struct Traffic {
    pub(crate) edges: Vec<EdgeSpec>,
    steps: usize,
    is_forecast: bool,
}

impl Traffic {
    /// Edges inside applications, a few across, and the special ones that are asked for.
    pub(crate) fn new(params: &GeneratorParams, services: &Services, steps: usize) -> Self {
        let mut ends = BTreeSet::new();
        application_edges(params, services, &mut ends);
        extra_edges(params, services, &mut ends);
        let mut rng = stream(params.seed, Stream::Traffic);
        let mut order = ends.into_iter().collect::<Vec<_>>();
        rand::seq::SliceRandom::shuffle(order.as_mut_slice(), &mut rng);
        let count = order.len();
        let shares = skewed(count, params.traffic_skew);
        let mut edges = Vec::with_capacity(count);
        for ((from, to), share) in order.into_iter().zip(shares) {
            let calls = share * count as f64 * MEAN_CALLS * between(&mut rng, 0.5, 1.5);
            let bytes = calls * between(&mut rng, BYTES.start, BYTES.end);
            let shape = Shape::near(rng.random(), &mut rng);
            let (calls, bytes) = (decimals(calls, 2).max(0.01), bytes.round().max(1.0));
            edges.push(EdgeSpec { from, to, calls, bytes, routing: None, shape });
        }
        if params.features.local_first {
            let mut rng = stream(params.seed, Stream::Routing);
            for edge in &mut edges {
                let choices =
                    [None, Some(Routing::LocalFirst), Some(Routing::LocalFirst), Some(Routing::Uniform)];
                edge.routing = choices[rng.random_range(0..choices.len())];
            }
        }
        let is_forecast = params.features.forecast && params.features.edge_forecast;
        Self { edges, steps, is_forecast }
    }

    /// The highest bytes/s of an edge over the horizon.
    pub(crate) fn peak_bytes(&self, edge: &EdgeSpec) -> f64 {
        let steps = if self.is_forecast { self.steps } else { 0 };
        (0..steps).map(|t| edge.bytes * edge.shape.at(t, steps)).fold(edge.bytes, f64::max)
    }

    /// The edges by name.
    pub(crate) fn drafts(&self, services: &Services) -> Vec<EdgeDraft> {
        let draft = |edge: &EdgeSpec| EdgeDraft {
            from: edge.from.name(services),
            to: edge.to.name(services),
            calls_per_s: edge.calls,
            bytes_per_s: edge.bytes,
            routing: edge.routing,
        };
        self.edges.iter().map(draft).collect()
    }

    /// The forecasts of edges by name; of every second edge only calls.
    pub(crate) fn forecasts(&self, services: &Services) -> Vec<EdgeForecastDraft> {
        if !self.is_forecast {
            return Vec::new();
        }
        let forecast = |(index, edge): (usize, &EdgeSpec)| EdgeForecastDraft {
            from: edge.from.name(services),
            to: edge.to.name(services),
            calls_per_s: Some(edge.shape.series(edge.calls, self.steps, 2)),
            bytes_per_s: (index % 2 == 0).then(|| edge.shape.series(edge.bytes, self.steps, 0)),
        };
        self.edges.iter().enumerate().map(forecast).collect()
    }
}

/// Every service is called by an earlier one of its application; further edges are random.
fn application_edges(params: &GeneratorParams, services: &Services, ends: &mut BTreeSet<(End, End)>) {
    let mut rng = stream(params.seed, Stream::Traffic);
    let mut add = |from: usize, to: usize| {
        if from != to {
            ends.insert((End::Service(from), End::Service(to)));
        }
    };
    for service in 0..services.len() {
        let first = services.siblings(service).start;
        if service > first {
            add(rng.random_range(first..service), service);
        }
    }
    let wanted = (params.edges_per_service * services.len() as f64) as usize;
    for _ in services.len()..wanted {
        let from = rng.random_range(0..services.len());
        let (foreign, siblings) = (rng.random_bool(FOREIGN), services.siblings(from));
        let among = if foreign { 0..services.len() } else { siblings };
        add(from, rng.random_range(among));
    }
}

/// Edges of single components and edges from a service to itself.
fn extra_edges(params: &GeneratorParams, services: &Services, ends: &mut BTreeSet<(End, End)>) {
    let mut rng = stream(params.seed, Stream::TrafficExtras);
    let count = 1 + services.len() / 10;
    for _ in 0..count {
        let component = rng.random_range(0..services.components());
        let other = random_end(services, &mut rng);
        let outwards = rng.random_bool(0.5);
        let itself = rng.random_range(0..services.len());
        if params.features.component_edges && other != End::Component(component) {
            let component = End::Component(component);
            ends.insert(if outwards { (component, other) } else { (other, component) });
        }
        if params.features.self_edges {
            ends.insert((End::Service(itself), End::Service(itself)));
        }
    }
}

fn random_end(services: &Services, rng: &mut Rng) -> End {
    if rng.random_bool(0.7) {
        End::Service(rng.random_range(0..services.len()))
    } else {
        End::Component(rng.random_range(0..services.components()))
    }
}
