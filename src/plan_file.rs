//! A plan as `plan.json`.

use std::collections::BTreeMap;
use std::path::Path;

use colocate_files::native::plan::document::{
    Channel as ChannelDocument, Directive, GoalTotal, HostAndRack, LeftOut, PlanInputs, Wave,
};
use colocate_files::{
    Loaded, PlanDocument, Time, Version, canonical_json_hash, problem_hash, write_atomically,
};
use colocate_model::{
    Channel, ChannelKind, HostId, MigrationDirective, Placement, Plan, Problem, Solved, Term, Terms,
    Violation, violation_words,
};
use colocate_solver::{end_of, routing};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::exit::Failure;

/// How a plan came about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'o> {
    pub(crate) method: &'o str,
    pub(crate) seed: u64,
    pub(crate) now: Timestamp,
    pub(crate) loaded: &'o Loaded,
    /// `None` for the threshold rule.
    pub(crate) solved: Option<&'o Solved>,
    /// What the threshold rule would break.
    pub(crate) violations: &'o [Violation],
}

/// Service -> component -> peer -> share of the calls.
type Routes = BTreeMap<String, BTreeMap<String, BTreeMap<String, f64>>>;

/// `plan` in words, with its hash: that of waves, routing and problem.
pub(crate) fn document(problem: &Problem, plan: &Plan, origin: &Origin<'_>) -> PlanDocument {
    let waves: Vec<Wave> = waves(problem, plan);
    let routing = if plan.executable { routes(problem, &end_of(problem, plan)) } else { Routes::new() };
    let problem_hash = problem_hash(problem);
    let hashed = json!({ "waves": waves, "routing": routing, "inputs": { "problem": problem_hash } });
    let hash = canonical_json_hash(&hashed);
    let files = origin.loaded.hashes.iter();
    let goals = |terms: &Terms| goal_totals(problem, terms);
    PlanDocument {
        version: Version,
        kind: "plan".into(),
        id: format!("p-{}", hash.trim_start_matches("blake3:").get(..8).unwrap_or_default()),
        hash,
        made_at: Some(Time(origin.now)),
        valid_until: valid_until(problem, origin).map(Time),
        executable: plan.executable,
        method: origin.method.to_owned(),
        seed: origin.seed,
        inputs: PlanInputs {
            problem: problem_hash,
            files: files.map(|(document, hash)| (document.name().to_owned(), hash.clone())).collect(),
        },
        status: origin.solved.map(|solved| solved.status.name().to_owned()),
        bound: origin.solved.map(|solved| solved.bounds.iter().map(|b| b.map(|b| b.value)).collect()),
        gap: origin.solved.map(Solved::gap),
        before: goals(&plan.before),
        after: goals(&plan.after),
        waves,
        left_out: plan.left_out.iter().map(|left| left_out(problem, left)).collect(),
        routing,
        violations: origin.violations.iter().map(|violation| violation_object(problem, violation)).collect(),
    }
}

/// Writes the file.
pub(crate) fn write(document: &PlanDocument, path: &Path) -> Result<(), Failure> {
    Ok(write_atomically(path, |writer| {
        serde_json::to_writer_pretty(&mut *writer, document)?;
        writer.write_all(b"\n")
    })?)
}

/// The end of the horizon: from where the forecast starts, or from now.
fn valid_until(problem: &Problem, origin: &Origin<'_>) -> Option<Timestamp> {
    let start = origin.loaded.forecast_start.unwrap_or(origin.now);
    let horizon = SignedDuration::from_secs(problem.horizon_s);
    (problem.horizon_s > 0).then(|| start.checked_add(horizon).ok()).flatten()
}

/// One entry a goal: its total and its terms.
fn goal_totals(problem: &Problem, terms: &Terms) -> Vec<GoalTotal> {
    let goals = problem.policy.goals.iter().enumerate();
    let total = |(index, goal): (usize, &colocate_model::Goal)| GoalTotal {
        goal: index as u64,
        total: goal.total(terms),
        terms: goal.terms().map(|term| (term.name().to_owned(), terms.get(term))).collect(),
    };
    goals.map(total).collect()
}

/// Violated rows in words and as they are.
pub(crate) fn violations(problem: &Problem, violations: &[Violation]) -> Value {
    violations.iter().map(|violation| json!(violation_object(problem, violation))).collect()
}

fn violation_object(problem: &Problem, violation: &Violation) -> BTreeMap<String, Value> {
    let Value::Object(mut object) = json!(violation) else { return BTreeMap::new() };
    object.insert("words".to_owned(), json!(violation_words(problem, violation)));
    object.into_iter().collect()
}

fn left_out(problem: &Problem, left: &colocate_model::LeftOut) -> LeftOut {
    LeftOut {
        component_id: problem.component(left.component).name.clone(),
        reason: left.reason.name().to_owned(),
    }
}

fn waves(problem: &Problem, plan: &Plan) -> Vec<Wave> {
    let waves = plan.waves.iter().enumerate().map(|(index, wave)| Wave {
        wave: index as u64 + 1,
        starts_s: wave.starts_s,
        ends_s: wave.ends_s,
        directives: wave.directives.iter().map(|d| directive(problem, d)).collect(),
    });
    waves.collect()
}

fn directive(problem: &Problem, directive: &MigrationDirective) -> Directive {
    let host = |id: HostId| problem.host(id).name.clone();
    Directive {
        component_id: problem.component(directive.component).name.clone(),
        target_rack: directive.target_rack.clone(),
        migration_strategy: directive.strategy.name().to_owned(),
        source: directive.source.map(|id| HostAndRack { host: host(id), rack: rack(problem, id).to_owned() }),
        target_host: directive.target.map(host),
        parking: directive.parking,
        bytes: directive.bytes,
        downtime_ms: directive.downtime_ms,
        gain: changed(&directive.gain).map(|(name, value)| (name.to_owned(), value)).collect(),
        reason: directive.reason.clone(),
        channels: directive.channels.iter().map(|channel| channel_document(problem, channel)).collect(),
    }
}

/// The terms that change.
fn changed(terms: &Terms) -> impl Iterator<Item = (&'static str, i64)> {
    let changed = Term::ALL.into_iter().filter(|&term| terms.get(term) != 0);
    changed.map(|term| (term.name(), terms.get(term)))
}

/// The terms that change, as an object.
pub(crate) fn gain(terms: &Terms) -> Map<String, Value> {
    changed(terms).map(|(name, value)| (name.to_owned(), json!(value))).collect()
}

fn channel_document(problem: &Problem, channel: &Channel) -> ChannelDocument {
    let endpoint = match channel.kind {
        ChannelKind::SameHost => "unix",
        ChannelKind::SameRack => "address",
    };
    ChannelDocument {
        peer: problem.component(channel.peer).name.clone(),
        kind: channel.kind.name().to_owned(),
        endpoint: endpoint.to_owned(),
    }
}

/// The name of the rack of a host; of the domain that latency is given for where there are no racks.
pub(crate) fn rack(problem: &Problem, host: HostId) -> &str {
    let racks = problem.racks();
    &problem.partitions[racks.index()].domains[problem.domain(racks, host).index()].name
}

fn routes(problem: &Problem, placement: &Placement) -> Routes {
    let mut services = Routes::new();
    for route in routing(problem, placement) {
        let (from, to) = (problem.component(route.from), problem.component(route.to));
        let service = problem.service(from.service).name.clone();
        let peers = services.entry(service).or_default().entry(from.name.clone()).or_default();
        *peers.entry(to.name.clone()).or_default() += route.weight;
    }
    services
}
