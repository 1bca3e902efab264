//! Clusters with 85 to 95 % of every resource in use, and placements that can only be reached by swaps.

use colocate_model::draft::{
    ComponentDraft, EdgeDraft, HostDraft, LatencyDraft, PathDraft, ResourceDraft, ServiceDraft,
};
use colocate_model::{ComponentId, Draft, Placement, Problem};
use colocate_solver::SearchState;
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64Mcg;

const RESOURCES: [&str; 3] = ["cpu", "memory", "disk"];
/// Swaps tried; those that fit are made.
const SWAPS: usize = 400;

/// Five to seven hosts with 30 to 60 components, each service in two or three instances that may not share a host.
pub(crate) fn cluster(seed: u64) -> Problem {
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let (hosts, components) = (rng.random_range(5..=7), rng.random_range(30..=60));
    let mut draft = Draft {
        resources: RESOURCES.map(|name| ResourceDraft::used(name, "units")).into(),
        ..Draft::default()
    };
    let mut load = vec![[0; 3]; hosts];
    for index in 0..components {
        let (service, host) = (format!("s{}", index / 3), index % hosts);
        if index % 3 == 0 {
            let mut drafted = ServiceDraft::new(&service);
            drafted.anti_affinity = (index % 2 == 0).then(|| "host".to_owned());
            draft.services.push(drafted);
        }
        let mut component = ComponentDraft::new(&format!("c{index}"), &service).on(&format!("h{host}"));
        let size = [60, 100, 160][rng.random_range(0..3)];
        for (k, resource) in RESOURCES.iter().enumerate() {
            let demand = size + rng.random_range(0..size / 10);
            load[host][k] += demand;
            component = component.with_demand(resource, demand);
        }
        component.bytes = rng.random_range(1..1000) << 20;
        draft.components.push(component);
    }
    for (host, load) in load.iter().enumerate() {
        let mut drafted = HostDraft::new(&format!("h{host}"));
        for (resource, load) in RESOURCES.iter().zip(load) {
            drafted = drafted.with_capacity(resource, load * 100 / rng.random_range(85..=95));
        }
        draft.hosts.push(drafted);
    }
    traffic(&mut draft, &mut rng);
    draft.build().expect("it is valid")
}

/// Services call the next two; hosts are 100 µs apart.
fn traffic(draft: &mut Draft, rng: &mut Pcg64Mcg) {
    let services = draft.services.len();
    for from in 0..services {
        for to in [(from + 1) % services, (from + 2) % services] {
            let calls_per_s = f64::from(rng.random_range(1..1000_u16));
            let (from, to) = (draft.services[from].name.clone(), draft.services[to].name.clone());
            draft.edges.push(EdgeDraft { from, to, calls_per_s, bytes_per_s: 1000.0, routing: None });
        }
    }
    let mut paths = Vec::new();
    for from in &draft.hosts {
        for to in &draft.hosts {
            let us = if from.name == to.name { 1.0 } else { 100.0 };
            let path =
                PathDraft { percentiles: [("p50".to_owned(), vec![us])].into(), ..PathDraft::default() };
            paths.push((from.name.clone(), to.name.clone(), path));
        }
    }
    draft.latency =
        Some(LatencyDraft { level: "host".into(), same_host_us: 1.0, paths, ..LatencyDraft::default() });
}

/// Where random swaps lead.
pub(crate) fn swapped(problem: &Problem, seed: u64) -> Placement {
    let mut state = SearchState::new(problem);
    let mut rng = Pcg64Mcg::seed_from_u64(seed);
    let component = |rng: &mut Pcg64Mcg| ComponentId::new(rng.random_range(0..problem.components.len()));
    for _ in 0..SWAPS {
        let (a, b) = (component(&mut rng), component(&mut rng));
        let (at_a, at_b) = (state.host(a), state.host(b));
        state.set(a, at_b);
        state.set(b, at_a);
        if !state.is_feasible() {
            state.set(b, at_b);
            state.set(a, at_a);
        }
    }
    state.placement().clone()
}
