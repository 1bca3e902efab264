//! `colocate demo`: a made-up web shop, from what is predicted to the plan.

use std::path::Path;
use std::time::Instant;

use colocate_files::{Input, Inputs, load};
use colocate_grpc::{Answer, Backend, Job};
use colocate_model::{
    Aim, EdgeId, Endpoint, GroupId, Limits, MethodName, Placement, Problem, ResourceId, Routing,
    SolveRequest, local_first_flow,
};
use colocate_solver::{InProcess, end_of};

use crate::cli::Demo;
use crate::exit::{Failure, Outcome};
use crate::input;
use crate::local::Local;
use crate::{call, plan_file, racks, report};

/// Where the plan is written, in the current directory.
const PLAN: &str = "plan.json";
/// The time in the demo: shortly before the evening peak.
const NOW: &str = "2026-03-01T17:40:00Z";
/// Proposals a goal: the same answer every time.
const ITERATIONS: u64 = 60_000;
/// Edges shown.
const DEAREST: usize = 6;
/// Racks and resources shown.
const RACKS: usize = 8;
/// Directives shown.
const SHOWN: usize = 16;

/// The files of the demo, by name.
const FILES: [(&str, &str); 5] = [
    ("cluster.json", include_str!("../demo/cluster.json")),
    ("latency.json", include_str!("../demo/latency.json")),
    ("traffic.json", include_str!("../demo/traffic.json")),
    ("forecast.json", include_str!("../demo/forecast.json")),
    ("policy.toml", include_str!("../demo/policy.toml")),
];

/// Reads the embedded problem, solves it, and says what is found and what to do.
pub(crate) fn run(args: &Demo) -> Result<Outcome, Failure> {
    let read = read()?;
    let problem = &read.problem;
    let answer = solve(&read, args.seed)?;
    let (Some(plan), Some(document)) = (&answer.plan, &answer.document) else {
        return Ok(Outcome::NothingFound);
    };
    let (start, end) = (problem.initial_placement(), end_of(problem, plan));
    plan_file::write(document, Path::new(PLAN))?;
    let mut text = format!(
        "A web shop: {} services, {} components, {} hosts, {} traffic edges.\n\n",
        problem.services.len(),
        problem.components.len(),
        problem.hosts.len(),
        problem.traffic.edges.len(),
    );
    text.push_str("What is predicted\n");
    text.push_str(&predicted(problem, &start));
    text.push_str("\nWhat is slow: the edges that cost most, calls x latency\n");
    text.push_str(&dearest(problem, &start, &end));
    text.push_str("\nThe plan: directives of a wave may finish in any order\n");
    text.push_str(&report::waves(problem, plan, SHOWN));
    text.push_str("\nWhat it gains\n");
    text.push_str(&report::money_table(problem, plan));
    text.push_str("\nHow full racks get in the next half hour, in % of capacity\n");
    text.push_str(&racks::table(problem, &start, &end, RACKS));
    text.push_str(&format!("\n{PLAN} written, {}\n", document.hash));
    input::print(&text)?;
    Ok(Outcome::Done)
}

/// The same answer every time.
fn solve(job: &Job, seed: u64) -> Result<Answer, Failure> {
    let limits = Limits { time: None, iterations: Some(ITERATIONS), threads: 2, seed };
    let request = SolveRequest { method: MethodName::Search, limits, aim: Aim::Reachable };
    let mut call = call::new(Instant::now(), None);
    call.now = NOW.parse().expect("the time of the demo is one");
    Ok(Local { milp: Box::new(InProcess) }.solve(job, &request, &call)?)
}

fn read() -> Result<Job, Failure> {
    let [cluster, latency, traffic, forecast, policy] =
        FILES.map(|(name, text)| Input::from_bytes(name, text));
    let mut inputs = Inputs::new(cluster);
    inputs.latency = Some(latency);
    inputs.traffic = Some(traffic);
    inputs.forecast = Some(forecast);
    inputs.policy = Some(policy);
    Ok(input::job(load(&inputs)?)?)
}

/// Racks and hosts that pass a limit, and when; hosts that drain.
fn predicted(problem: &Problem, start: &Placement) -> String {
    let racks = &problem.partitions[problem.racks().index()];
    let loads = racks::loads(problem, start, ResourceId::new(0));
    let step_s = problem.horizon_s / problem.steps() as i64;
    let mut text = String::new();
    for (rack, load) in racks.domains.iter().zip(loads) {
        let limit = rack.soft_limit[0];
        let Some(first) = load.iter().position(|&load| load > limit) else { continue };
        let peak = load.iter().max().copied().unwrap_or(0);
        text.push_str(&format!(
            "  {} passes its CPU limit of {:.1} cores in {} min, by {:.0} % at the peak\n",
            rack.name,
            limit as f64 / 1000.0,
            first as i64 * step_s / 60,
            (peak - limit) as f64 * 100.0 / limit as f64,
        ));
    }
    for host in problem.hosts.iter().filter(|host| host.state != colocate_model::HostState::Ready) {
        text.push_str(&format!("  {} is draining: what runs on it has to leave\n", host.name));
    }
    text
}

/// Mean latency of the calls of an edge at the first step, in µs.
fn mean_latency(problem: &Problem, edge: usize, placement: &Placement) -> f64 {
    let ends = &problem.traffic.edges[edge];
    let cells = if ends.routing == Routing::LocalFirst {
        local_first_flow(problem, EdgeId::new(edge), placement)
    } else {
        let hosts = |end: GroupId| {
            let members = &problem.traffic.groups[end.index()].members;
            members.iter().filter_map(|&member| placement.host(member)).collect::<Vec<_>>()
        };
        let to = hosts(ends.to);
        hosts(ends.from).into_iter().flat_map(|a| to.iter().map(move |&b| (a, b, 1))).collect()
    };
    let units: i64 = cells.iter().map(|cell| cell.2).sum();
    let sum: f64 = cells.iter().map(|&(a, b, n)| n as f64 * problem.path_price(0, a, b) as f64).sum();
    sum / (units.max(1) as f64 * 1000.0)
}

/// The edges whose calls wait longest together, now and after the plan.
fn dearest(problem: &Problem, start: &Placement, end: &Placement) -> String {
    let edges = &problem.traffic.edges;
    let calls = |edge: usize| {
        let sum: i64 = edges[edge].calls.iter().sum();
        sum as f64 / (problem.steps() as f64 * 10_f64.powi(problem.traffic.call_digits as i32))
    };
    let mut costs: Vec<(usize, f64)> =
        (0..edges.len()).map(|edge| (edge, calls(edge) * mean_latency(problem, edge, start))).collect();
    costs.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let total: f64 = costs.iter().map(|cost| cost.1).sum();
    let name = |group: GroupId| match problem.traffic.groups[group.index()].endpoint {
        Endpoint::Service(service) => problem.service(service).name.clone(),
        Endpoint::Component(component) => problem.component(component).name.clone(),
    };
    let mut table = report::table(&["from", "to", "calls/s", "mean µs now", "after", "share of all waiting"]);
    for &(edge, cost) in costs.iter().take(DEAREST) {
        table.add_row([
            name(edges[edge].from),
            name(edges[edge].to),
            format!("{:.0}", calls(edge)),
            format!("{:.0}", mean_latency(problem, edge, start)),
            format!("{:.0}", mean_latency(problem, edge, end)),
            format!("{:.0} %", cost * 100.0 / total),
        ]);
    }
    format!("{table}\n")
}

#[cfg(test)]
mod tests {
    use colocate_model::Term;

    use super::*;

    #[test]
    fn the_embedded_files_are_those_of_the_generator() {
        let folder = tempfile::tempdir().expect("a folder");
        colocate_files::native::write(&colocate_generator::demo(), folder.path()).expect("they are written");
        for (name, text) in FILES {
            let generated = std::fs::read_to_string(folder.path().join(name)).expect("it is there");
            assert_eq!(generated, text, "{name}: run the ignored test `write_the_embedded_files`");
        }
    }

    #[test]
    #[ignore = "writes src/demo"]
    fn write_the_embedded_files() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo");
        colocate_files::native::write(&colocate_generator::demo(), &folder).expect("they are written");
    }

    #[test]
    fn the_demo_relieves_the_rack_and_brings_the_busiest_pair_together() {
        let read = read().expect("the files are valid");
        let plan = solve(&read, 1).expect("it is solved").plan.expect("the start is feasible");
        assert!(plan.after.get(Term::Overload) < plan.before.get(Term::Overload));
        assert!(plan.after.get(Term::Violation) < plan.before.get(Term::Violation));
        assert!(plan.after.get(Term::Latency) < plan.before.get(Term::Latency));
    }
}
