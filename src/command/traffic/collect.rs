//! `colocate traffic collect`.

use std::collections::BTreeSet;
use std::time::Duration;

use colocate_files::{Findings, Inputs, TrafficEdge, TrafficFile, load};
use colocate_model::{Document, Faults, Problem};
use colocate_prometheus::Config;
use colocate_traffic::{
    Agreement, Mapping, Merged, Observed, TraceOptions, TracesReport, Unmatched, ask, compare, edges_of_jobs,
    edges_of_traces, leave_out_unmatched, merge, read_declared, read_file, read_table, read_traces,
};
use jiff::Timestamp;
use tokio::runtime::Runtime;

use super::text;
use crate::cli::Collect;
use crate::exit::{Failure, Outcome};
use crate::input::{print, say};

/// The largest file, in bytes, unpacked.
const FILE_BYTES: u64 = 4 << 30;
/// How far metrics are looked back over, unless told.
const WINDOW: Duration = Duration::from_secs(3600);

/// What was found.
pub(super) struct Collected {
    pub(super) edges: Vec<Merged>,
    pub(super) traces: Option<TracesReport>,
    pub(super) unmatched: Vec<Unmatched>,
    pub(super) agreements: Vec<Agreement>,
    pub(super) measured_at: Timestamp,
}

/// Asks and reads all sources, makes one graph of what they say, and writes it.
pub(super) fn run(args: &Collect) -> Result<Outcome, Failure> {
    let mut findings = Findings::new(Document::Traffic);
    let mapping = mapping(args, &mut findings);
    let cluster = cluster(args)?;
    let collected = collect(args, &mapping, cluster.as_ref(), &mut findings)?;
    let (collected, warnings) = findings.finish(collected)?;
    for warning in &warnings {
        say(&format!("warning: {warning}\n"));
    }
    let file = file(&collected);
    if let Some(path) = &args.out {
        file.write(path)?;
    }
    if args.json {
        print(&format!("{:#}\n", text::json(&collected, &file, &warnings)))?;
    } else {
        print(&text::summary(&collected))?;
    }
    Ok(Outcome::Done)
}

fn mapping(args: &Collect, findings: &mut Findings) -> Mapping {
    let read = args.mapping.as_deref().map(|path| Mapping::read(&path.into()));
    match read {
        Some(Err(faults)) => {
            findings.extend(faults);
            Mapping::default()
        }
        Some(Ok(mapping)) => mapping,
        None => Mapping::default(),
    }
}

/// The cluster with its latency.
fn cluster(args: &Collect) -> Result<Option<Problem>, Faults> {
    let Some(path) = &args.cluster else { return Ok(None) };
    let mut inputs = Inputs::new(path.as_path());
    inputs.latency = args.latency.as_deref().map(Into::into);
    load(&inputs)?.build().map(Some)
}

fn collect(
    args: &Collect,
    mapping: &Mapping,
    cluster: Option<&Problem>,
    findings: &mut Findings,
) -> Result<Collected, Failure> {
    let measured_at = args.now.unwrap_or_else(Timestamp::now);
    let (mut edges, traces) = of_files(args, findings);
    // Nobody is asked where files are faulty already.
    if let (Some(url), false) = (&args.prometheus, findings.has_faults()) {
        edges.extend(of_metrics(args, url, measured_at, findings)?);
    }
    if let (Some(address), false) = (&args.nomad, findings.has_faults()) {
        edges.extend(of_nomad(args, address)?);
    }
    let mut edges = mapping.apply(edges);
    let unmatched = cluster.map(|problem| leave_out_unmatched(&mut edges, &names(problem), findings));
    let edges = merge(edges);
    let measured = cluster.filter(|_| args.latency.is_some());
    let agreements = measured.map(|problem| compare(&edges, problem, findings)).unwrap_or_default();
    Ok(Collected { edges, traces, unmatched: unmatched.unwrap_or_default(), agreements, measured_at })
}

fn of_files(args: &Collect, findings: &mut Findings) -> (Vec<Observed>, Option<TracesReport>) {
    let mut edges = Vec::new();
    for path in &args.csv {
        if let Some(bytes) = read_file(path, FILE_BYTES, findings) {
            edges.extend(read_table(&path.display().to_string(), &bytes, findings));
        }
    }
    for path in &args.jobs {
        if let Some(bytes) = read_file(path, FILE_BYTES, findings) {
            edges.extend(read_declared(&path.display().to_string(), &bytes, findings));
        }
    }
    if args.traces.is_empty() {
        return (edges, None);
    }
    let mut spans = Vec::new();
    for path in &args.traces {
        if let Some(bytes) = read_file(path, FILE_BYTES, findings) {
            spans.extend(read_traces(&path.display().to_string(), &bytes, findings));
        }
    }
    let options =
        TraceOptions { sampling: args.sampling, window_s: args.window.map(|window| window.as_secs_f64()) };
    let traced = edges_of_traces(spans, &options, findings);
    edges.extend(traced.edges);
    (edges, Some(traced.report))
}

fn of_metrics(
    args: &Collect,
    url: &str,
    now: Timestamp,
    findings: &mut Findings,
) -> Result<Vec<Observed>, Failure> {
    let runtime = runtime()?;
    let window_s = args.window.unwrap_or(WINDOW).as_secs();
    let presets: BTreeSet<_> = args.preset.iter().copied().collect();
    let mut edges = Vec::new();
    for preset in presets {
        let asked = ask(Config::new(url), preset, window_s, now.as_millisecond(), findings);
        edges.extend(runtime.block_on(asked)?);
    }
    Ok(edges)
}

/// What the jobs that a Nomad has declare.
fn of_nomad(args: &Collect, address: &str) -> Result<Vec<Observed>, Failure> {
    let mut config = colocate_nomad::Config::new(address);
    config.namespace = args.nomad_namespace.clone();
    config.token_file = args.nomad_token_file.clone();
    config.tls.authority = args.nomad_ca.clone();
    let client = colocate_nomad::Client::new(config)?;
    let jobs = runtime()?.block_on(client.specifications())?;
    Ok(edges_of_jobs(&jobs.items))
}

fn runtime() -> Result<Runtime, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|error| Failure::Threads(Box::new(error)))
}

/// The names that edges of a cluster may have.
fn names(problem: &Problem) -> BTreeSet<&str> {
    let services = problem.services.iter().map(|service| service.name.as_str());
    services.chain(problem.components.iter().map(|component| component.name.as_str())).collect()
}

fn file(collected: &Collected) -> TrafficFile {
    let edge = |Merged { edge, .. }: &Merged| TrafficEdge {
        from: edge.from.clone(),
        to: edge.to.clone(),
        calls_per_s: edge.calls_per_s.unwrap_or(0.0),
        bytes_per_s: edge.bytes_per_s.unwrap_or(0.0),
        routing: None,
        source: Some(edge.source.name().to_owned()),
        p95_us: edge.p95_us,
    };
    TrafficFile {
        measured_at: Some(collected.measured_at),
        edges: collected.edges.iter().map(edge).collect(),
    }
}
