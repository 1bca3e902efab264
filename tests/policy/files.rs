//! Small native files, and what `replan` makes of them.

use std::fmt::Write as _;

use assert_cmd::Command;
use serde_json::Value;

/// Steps of the search; the instances have fewer placements than that.
const ITERATIONS: &str = "2000";

/// A cluster of hosts in one rack each, 1 ms apart, that a test adds components and traffic to.
#[derive(Debug, Default, Clone)]
pub(crate) struct Cluster {
    hosts: Vec<String>,
    services: Vec<String>,
    components: Vec<String>,
    edges: Vec<String>,
}

impl Cluster {
    /// A host with `cpu` mCPU, the first 1,000 of which are below its soft limit.
    pub(crate) fn host(mut self, id: &str, cpu: u32) -> Self {
        self.hosts.push(format!(
            r#"{{"id": "{id}", "in": {{"rack": "rack-{id}"}}, "capacity": {{"cpu": {cpu}}}, "soft_limit": {{"cpu": {}}}}}"#,
            cpu.min(1000)
        ));
        self
    }

    /// A component of `service` that may be on any host.
    pub(crate) fn component(self, service: &str, id: &str, host: &str, cpu: u32) -> Self {
        self.add(service, id, host, cpu, "")
    }

    /// One that stays where it is, and takes nothing.
    pub(crate) fn pinned(self, id: &str, host: &str) -> Self {
        self.add(id, id, host, 0, r#", "pinned": true"#)
    }

    /// One that may be on these hosts only, a list in JSON.
    pub(crate) fn allowed(self, id: &str, host: &str, cpu: u32, hosts: &str) -> Self {
        self.add(id, id, host, cpu, &format!(r#", "allowed": {{"hosts": {hosts}}}"#))
    }

    fn add(mut self, service: &str, id: &str, host: &str, cpu: u32, more: &str) -> Self {
        let declared = format!(r#"{{"id": "{service}"}}"#);
        if !self.services.contains(&declared) {
            self.services.push(declared);
        }
        self.components.push(format!(
            r#"{{"id": "{id}", "service": "{service}", "host": "{host}", "demand": {{"cpu": {cpu}}}{more}}}"#
        ));
        self
    }

    /// Traffic: 1,000 calls/s cost 0.036 $ an hour between hosts, 1,000,000 bytes/s cost 3.60 $.
    pub(crate) fn calls(mut self, from: &str, to: &str, calls: f64, bytes: u64) -> Self {
        self.edges.push(format!(
            r#"{{"from": "{from}", "to": "{to}", "calls_per_s": {calls}, "bytes_per_s": {bytes}}}"#
        ));
        self
    }

    /// What `replan` answers under `policy`.
    pub(crate) fn replan(&self, policy: &str) -> Answer {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("it is written");
            path
        };
        let mut cluster = r#"{"version": "colocate/v1", "kind": "cluster", "partitions": ["rack"],
            "resources": [{"name": "cpu", "unit": "mcpu"}]"#
            .to_owned();
        let racks = self.hosts.iter().map(|host| {
            let rack = host.split("\"rack\": ").nth(1).and_then(|rest| rest.split('}').next());
            format!(r#"{{"partition": "rack", "id": {}}}"#, rack.expect("every host has a rack"))
        });
        let lists = [
            ("domains", racks.collect()),
            ("hosts", self.hosts.clone()),
            ("services", self.services.clone()),
            ("components", self.components.clone()),
        ];
        for (name, list) in lists {
            let _ = write!(cluster, ", \"{name}\": [{}]", list.join(", "));
        }
        let edges = self.edges.join(", ");
        let mut command = Command::cargo_bin("colocate").expect("the binary is built");
        command.arg("replan").arg(write("cluster.json", &format!("{cluster}}}")));
        command.arg("--latency").arg(write(
            "latency.json",
            r#"{"version": "colocate/v1", "kind": "latency", "level": "host", "same_host_us": 0,
                "default_us": 1000, "lms_measurements": {}}"#,
        ));
        command.arg("--traffic").arg(write(
            "traffic.json",
            &format!(r#"{{"version": "colocate/v1", "kind": "traffic", "edges": [{edges}]}}"#),
        ));
        command.arg("--policy").arg(write("policy.toml", &format!("{POLICY}{policy}")));
        let plan = folder.path().join("plan.json");
        command.args(["--iterations", ITERATIONS, "--now", "2026-03-01T12:00:00Z", "--json"]);
        let output = command.arg("--plan").arg(&plan).assert().success().get_output().stdout.clone();
        let read = |bytes: &[u8]| serde_json::from_slice(bytes).expect("it is JSON");
        Answer { answer: read(&output), plan: read(&std::fs::read(plan).expect("it is written")) }
    }
}

/// What all policies here begin with.
const POLICY: &str = r#"version = "colocate/v1"
max_utilization = {}
max_age = { cluster = "none", latency = "none", traffic = "none" }
prices = { network_usd_per_gb = { same_rack = 0, other_rack = 1 }, migration = { usd_per_move = 0.252 }, digits = 9 }
"#;

/// What `replan` says, and the plan it writes.
#[derive(Debug)]
pub(crate) struct Answer {
    answer: Value,
    plan: Value,
}

impl Answer {
    /// `component -> host` of every directive that is no detour, in order of component.
    pub(crate) fn moves(&self) -> Vec<String> {
        let waves = self.plan["waves"].as_array().expect("waves");
        let directives = waves.iter().flat_map(|wave| wave["directives"].as_array().expect("directives"));
        let mut moves: Vec<String> = directives
            .filter(|directive| directive["parking"] != true)
            .map(|directive| {
                let text = |key: &str| directive[key].as_str().expect("a name");
                format!("{} -> {}", text("component_id"), text("target_host"))
            })
            .collect();
        moves.sort();
        moves
    }

    /// The total of a goal.
    pub(crate) fn total(&self, goal: usize) -> i64 {
        self.answer["objective"][goal]["total"].as_i64().expect("a total")
    }

    /// A term of a goal.
    pub(crate) fn term(&self, goal: usize, term: &str) -> i64 {
        self.answer["objective"][goal]["terms"][term].as_i64().expect("a term")
    }

    /// How many directives each wave has.
    pub(crate) fn waves(&self) -> Vec<usize> {
        let waves = self.plan["waves"].as_array().expect("waves").iter();
        waves.map(|wave| wave["directives"].as_array().expect("directives").len()).collect()
    }

    /// Who is left out, and why, in the plan and in the answer.
    pub(crate) fn left_out(&self) -> (Value, Value) {
        (self.plan["left_out"].clone(), self.answer["left_out_reasons"].clone())
    }

    /// How many moves are detours.
    pub(crate) fn parking(&self) -> i64 {
        self.answer["parking"].as_i64().expect("a number")
    }
}
