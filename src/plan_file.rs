//! A plan as `plan.json`.

use std::collections::BTreeMap;
use std::path::Path;

use colocate_files::{Loaded, canonical_json_hash, problem_hash, write_atomically};
use colocate_model::{
    Channel, ChannelKind, HostId, MigrationDirective, Placement, Plan, Problem, Solved, Term, Terms,
    Violation,
};
use colocate_solver::{end_of, routing};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use crate::exit::Failure;
use crate::report;

/// A plan with what is said about it in files.
#[derive(Debug)]
pub(crate) struct PlanFile<'p> {
    problem: &'p Problem,
    plan: &'p Plan,
    waves: Value,
    routing: Value,
    problem_hash: String,
    /// The hash of waves, routing and problem.
    pub(crate) hash: String,
}

/// How a plan came about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Origin<'o> {
    pub(crate) method: &'o str,
    pub(crate) seed: u64,
    pub(crate) now: Timestamp,
    pub(crate) loaded: Option<&'o Loaded>,
    /// `None` for the threshold rule.
    pub(crate) solved: Option<&'o Solved>,
    /// What the threshold rule would break.
    pub(crate) violations: &'o [Violation],
}

impl<'p> PlanFile<'p> {
    /// Puts `plan` into words and hashes it.
    pub(crate) fn new(problem: &'p Problem, plan: &'p Plan) -> Self {
        let waves = waves(problem, plan);
        let routing = if plan.executable { routes(problem, &end_of(problem, plan)) } else { json!({}) };
        let problem_hash = problem_hash(problem);
        let hashed = json!({ "waves": waves, "routing": routing, "inputs": { "problem": problem_hash } });
        let hash = canonical_json_hash(&hashed);
        Self { problem, plan, waves, routing, problem_hash, hash }
    }

    /// The whole file.
    pub(crate) fn object(&self, origin: &Origin<'_>) -> Value {
        let (problem, plan) = (self.problem, self.plan);
        let name = |id: colocate_model::ComponentId| &problem.component(id).name;
        let left_out = plan
            .left_out
            .iter()
            .map(|left| json!({ "component_id": name(left.component), "reason": left.reason }));
        let files: BTreeMap<&str, &String> = origin
            .loaded
            .iter()
            .flat_map(|loaded| &loaded.hashes)
            .map(|(d, hash)| (d.name(), hash))
            .collect();
        let bound = origin.solved.map(|s| s.bounds.iter().map(|b| b.map(|b| b.value)).collect::<Vec<_>>());
        let mut object = json!({
            "version": "colocate/v1",
            "kind": "plan",
            "id": format!("p-{}", self.hash.trim_start_matches("blake3:").get(..8).unwrap_or_default()),
            "hash": self.hash,
            "made_at": origin.now.to_string(),
            "valid_until": self.valid_until(origin).map(|time| time.to_string()),
            "executable": plan.executable,
            "method": origin.method,
            "seed": origin.seed,
            "inputs": { "problem": self.problem_hash, "files": files },
            "status": origin.solved.map(|solved| solved.status),
            "bound": bound,
            "gap": origin.solved.map(Solved::gap),
            "before": report::objective(problem, &plan.before),
            "after": report::objective(problem, &plan.after),
            "waves": self.waves,
            "left_out": left_out.collect::<Value>(),
            "routing": self.routing,
        });
        if !plan.executable {
            object["violations"] = violations(problem, origin.violations);
        }
        object
    }

    /// Writes the file.
    pub(crate) fn write(&self, path: &Path, origin: &Origin<'_>) -> Result<(), Failure> {
        let object = self.object(origin);
        Ok(write_atomically(path, |writer| {
            serde_json::to_writer_pretty(&mut *writer, &object)?;
            writer.write_all(b"\n")
        })?)
    }

    /// The end of the horizon: from where the forecast starts, or from now.
    fn valid_until(&self, origin: &Origin<'_>) -> Option<Timestamp> {
        let start = origin.loaded.and_then(|loaded| loaded.forecast_start).unwrap_or(origin.now);
        let horizon = SignedDuration::from_secs(self.problem.horizon_s);
        (self.problem.horizon_s > 0).then(|| start.checked_add(horizon).ok()).flatten()
    }
}

/// Violated rows in words and as they are.
pub(crate) fn violations(problem: &Problem, violations: &[Violation]) -> Value {
    let entry = |violation: &Violation| {
        let mut value = json!(violation);
        value["words"] = json!(report::row(problem, violation));
        value
    };
    violations.iter().map(entry).collect()
}

fn waves(problem: &Problem, plan: &Plan) -> Value {
    let waves = plan.waves.iter().enumerate().map(|(index, wave)| {
        let directives: Value = wave.directives.iter().map(|d| directive(problem, d)).collect();
        let (starts_s, ends_s) = (wave.starts_s, wave.ends_s);
        json!({ "wave": index + 1, "starts_s": starts_s, "ends_s": ends_s, "directives": directives })
    });
    waves.collect()
}

fn directive(problem: &Problem, directive: &MigrationDirective) -> Value {
    let host = |id: HostId| &problem.host(id).name;
    json!({
        "component_id": problem.component(directive.component).name,
        "target_rack": directive.target_rack,
        "migration_strategy": directive.strategy,
        "source": directive.source.map(|id| json!({ "host": host(id), "rack": rack(problem, id) })),
        "target_host": directive.target.map(host),
        "parking": directive.parking,
        "bytes": directive.bytes,
        "downtime_ms": directive.downtime_ms,
        "gain": gain(&directive.gain),
        "reason": directive.reason,
        "channels": directive.channels.iter().map(|channel| channel_object(problem, channel)).collect::<Value>(),
    })
}

/// The terms that change.
pub(crate) fn gain(terms: &Terms) -> Map<String, Value> {
    let changed = Term::ALL.into_iter().filter(|&term| terms.get(term) != 0);
    changed.map(|term| (term.name().to_owned(), json!(terms.get(term)))).collect()
}

fn channel_object(problem: &Problem, channel: &Channel) -> Value {
    let endpoint = match channel.kind {
        ChannelKind::SameHost => "unix",
        ChannelKind::SameRack => "address",
    };
    json!({ "peer": problem.component(channel.peer).name, "kind": channel.kind, "endpoint": endpoint })
}

/// The name of the rack of a host; of the domain that latency is given for where there are no racks.
pub(crate) fn rack(problem: &Problem, host: HostId) -> &str {
    let racks = problem.racks();
    &problem.partitions[racks.index()].domains[problem.domain(racks, host).index()].name
}

/// Service -> component -> peer -> share of the calls.
fn routes(problem: &Problem, placement: &Placement) -> Value {
    let mut services: BTreeMap<&str, BTreeMap<&str, BTreeMap<&str, f64>>> = BTreeMap::new();
    for route in routing(problem, placement) {
        let (from, to) = (problem.component(route.from), problem.component(route.to));
        let peers =
            services.entry(&problem.service(from.service).name).or_default().entry(&from.name).or_default();
        *peers.entry(&to.name).or_default() += route.weight;
    }
    json!(services)
}
