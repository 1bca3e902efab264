//! The ranking of a cluster's components under a forecast.

use std::collections::BTreeMap;

use colocate_files::{ForecastOverload, Ranked};
use colocate_forecast::{Flow, Resident, rank};
use colocate_model::draft::{Draft, ForecastDraft};
use colocate_model::{Amount, HostId, Problem, UNLIMITED};

use super::Inputs;

/// Nanoseconds a millisecond.
const NS_PER_MS: f64 = 1e6;

/// The components by what they would cost if they stayed where they are, the worst first.
pub(super) fn ranking(
    problem: &Problem,
    draft: &Draft,
    inputs: &Inputs,
    forecast: &ForecastDraft,
) -> Vec<Ranked> {
    let racks = problem.racks();
    let domains = &problem.partitions[racks.index()].domains;
    let start = problem.initial_placement();
    let steps = problem.steps();
    let residents: Vec<Resident> = start
        .iter()
        .map(|(component, host)| Resident {
            rack: host.map(|host| problem.domain(racks, host).index()),
            demand: problem
                .demand(component)
                .chunks(steps)
                .map(|steps| steps.iter().map(|&amount| amount as f64).collect())
                .collect(),
        })
        .collect();
    // A host of every rack stands for it: latency is between racks, or finer.
    let mut hosts: Vec<Option<HostId>> = vec![None; domains.len()];
    let mut limits: Vec<Vec<Amount>> = vec![vec![0; problem.resources.len()]; domains.len()];
    for host in problem.host_ids() {
        let rack = problem.domain(racks, host).index();
        hosts[rack].get_or_insert(host);
        for (limit, soft) in limits[rack].iter_mut().zip(&problem.host(host).soft_limit) {
            *limit = limit.saturating_add(*soft);
        }
    }
    let limits: Vec<Vec<Option<f64>>> = limits
        .into_iter()
        .map(|limits| limits.into_iter().map(|limit| (limit < UNLIMITED).then_some(limit as f64)).collect())
        .collect();
    let latency_ms =
        |a: usize, b: usize| Some(problem.path_price(0, hosts[a]?, hosts[b]?) as f64 / NS_PER_MS);
    let names: Vec<&str> = problem.component_ids().map(|id| &*problem.component(id).name).collect();
    let bucket = forecast.steps.div_ceil(steps).max(1);
    let ranked = |rank: colocate_forecast::Rank| Ranked {
        component: names[rank.component].to_owned(),
        latency_impact: (rank.latency_impact * 1e3).round() / 1e3,
        overload: rank.overload.map(|overload| ForecastOverload {
            rack: domains[overload.rack].name.clone(),
            resource: problem.resources[overload.resource].name.clone(),
            step: (overload.step * bucket) as u32,
            by: (overload.by * 1e4).round() / 1e4,
        }),
    };
    rank(&residents, &limits, &flows(problem, draft, inputs, forecast), latency_ms)
        .into_iter()
        .map(ranked)
        .collect()
}

/// By how much the calls of every edge grow.
fn flows(problem: &Problem, draft: &Draft, inputs: &Inputs, forecast: &ForecastDraft) -> Vec<Flow> {
    let mut members: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (position, id) in problem.component_ids().enumerate() {
        let component = problem.component(id);
        members.entry(&*component.name).or_default().push(position);
        let service = &*problem.service(component.service).name;
        if service != &*component.name {
            members.entry(service).or_default().push(position);
        }
    }
    let ends = |name: &str| members.get(name).cloned().unwrap_or_default();
    let flow = |edge: &colocate_model::draft::EdgeForecastDraft| {
        let mean = &edge.calls_per_s.as_ref()?.mean;
        let measured = draft.edges.iter().find(|known| known.from == edge.from && known.to == edge.to);
        let now =
            measured.map(|known| known.calls_per_s).or_else(|| inputs.last_calls(&edge.from, &edge.to))?;
        let growth = mean.iter().sum::<f64>() / mean.len().max(1) as f64 - now;
        Some(Flow { from: ends(&edge.from), to: ends(&edge.to), growth })
    };
    forecast.edges.iter().filter_map(flow).collect()
}
