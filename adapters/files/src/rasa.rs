//! Clusters of ByteDance's RASA data set: services, containers, machines, and traffic that wants to stay on a machine.
//!
//! Gained affinity is local-first routing over a latency that is 0 on one machine and the same everywhere else, so
//! the preset has one goal: latency, 1 ms between machines, priced at 1 $ a call and ms. The gained affinity is
//! 1 - latency / (3600 $ x total traffic).
//!
//! CPU and memory are fractions. They become integers in units of a power of ten, at most 10^-15, chosen so that all
//! capacity together stays below 2^53; requests are rounded down and capacities up. So whatever fits in fractions fits
//! in integers, and what fits in integers exceeds the fractions by at most one unit a container: about 10^-11 of a
//! machine, where comparisons in floating point allow 10^-6.

mod scale;
mod solution;

pub use solution::{read_solution, write_solution};

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::sync::LazyLock;

use colocate_model::draft::{
    AllowedDraft, ComponentDraft, DemandKind, EdgeDraft, GoalDraft, HostDraft, LatencyDraft, PolicyDraft,
    PricesDraft, ResourceDraft, ServiceDraft,
};
use colocate_model::{Document, Draft, FaultCode, Faults, Routing};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, from_value};

use crate::input::Input;
use crate::read::{Contents, Format, List, Shapes, read as read_file};
use crate::suggest::closest;
use scale::Scale;

const CPU: &str = "cpu";
const MEMORY: &str = "memory";

/// Reads a cluster.
///
/// # Errors
/// Every fault of the file.
pub fn read(path: &Path) -> Result<Draft, Faults> {
    read_input(&path.into())
}

/// Reads a cluster from a file or from memory.
///
/// # Errors
/// Every fault of the input.
pub fn read_input(input: &Input) -> Result<Draft, Faults> {
    let mut faults = Faults::default();
    let contents = read_file::<ClusterFormat>(input, &mut faults);
    let Some(Contents { body, complete: true, .. }) = contents else { return Err(faults) };
    // Positions mean nothing where something was left out.
    if faults.0.is_empty() {
        check(&body, &mut faults);
    }
    faults.into_result(())?;
    Ok(draft(body))
}

struct ClusterFormat;

/// A cluster has nothing beside its lists.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Header {}

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase")]
struct Body {
    service_list: Vec<Service>,
    machine_list: Vec<Machine>,
    traffic_list: Vec<Traffic>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Service {
    service: String,
    #[serde(rename = "RequestCPU")]
    #[schemars(range(min = 0.0))]
    request_cpu: f64,
    #[schemars(range(min = 0.0))]
    request_mem: f64,
    container_list: Vec<String>,
    #[serde(default)]
    compatible_machines: Machines,
}

/// Every machine ("*"), or these.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Machines {
    Every(String),
    These(Vec<String>),
}

impl Default for Machines {
    fn default() -> Self {
        Self::Every("*".into())
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Machine {
    #[serde(rename = "MachineIP")]
    machine_ip: String,
    #[serde(rename = "TotalCPU")]
    #[schemars(range(min = 0.0))]
    total_cpu: f64,
    #[schemars(range(min = 0.0))]
    total_mem: f64,
    #[serde(default)]
    initial_deploying_containers: Vec<String>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Traffic {
    service1: String,
    service2: String,
    #[schemars(range(min = 0.0))]
    traffic: f64,
}

impl Format for ClusterFormat {
    type Header = Header;
    type Body = Body;
    const DOCUMENT: Document = Document::Cluster;
    const LISTS: &'static [List] = &[
        List::sequence("ServiceList", "service"),
        List::sequence("MachineList", "machine"),
        List::sequence("TrafficList", "traffic"),
    ];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<ClusterFormat>);
        &SHAPES
    }

    fn push(body: &mut Body, list: &List, _: &str, element: Value) -> serde_json::Result<bool> {
        match list.record {
            "service" => body.service_list.push(from_value(element)?),
            "machine" => body.machine_list.push(from_value(element)?),
            _ => body.traffic_list.push(from_value(element)?),
        }
        Ok(true)
    }
}

/// Names that are there twice or not at all.
fn check(body: &Body, faults: &mut Faults) {
    let mut fault = |place: String, code, cause: String, action: String| {
        faults.add(Document::Cluster, place, code, cause, action);
    };
    let (mut services, mut containers, mut machines) = (HashSet::new(), HashSet::new(), HashSet::new());
    let twice = || "give each a name of its own".to_owned();
    for (s, service) in body.service_list.iter().enumerate() {
        if !services.insert(&*service.service) {
            let cause = format!("a second service `{}`", service.service);
            fault(format!("/ServiceList/{s}/Service"), FaultCode::Duplicate, cause, twice());
        }
        for (c, container) in service.container_list.iter().enumerate() {
            if !containers.insert(&**container) {
                let place = format!("/ServiceList/{s}/ContainerList/{c}");
                fault(place, FaultCode::Duplicate, format!("a second container `{container}`"), twice());
            }
        }
    }
    let mut deployed = HashSet::new();
    for (m, machine) in body.machine_list.iter().enumerate() {
        if !machines.insert(&*machine.machine_ip) {
            let cause = format!("a second machine `{}`", machine.machine_ip);
            fault(format!("/MachineList/{m}/MachineIP"), FaultCode::Duplicate, cause, twice());
        }
        for (c, container) in machine.initial_deploying_containers.iter().enumerate() {
            let place = format!("/MachineList/{m}/InitialDeployingContainers/{c}");
            if !containers.contains(&**container) {
                let action = suggestion(container, &containers);
                fault(
                    place,
                    FaultCode::UnknownComponent,
                    format!("there is no container `{container}`"),
                    action,
                );
            } else if !deployed.insert(&**container) {
                let action = "leave it on one machine".to_owned();
                fault(place, FaultCode::Contradiction, format!("`{container}` is deployed twice"), action);
            }
        }
    }
    for (s, service) in body.service_list.iter().enumerate() {
        let place = format!("/ServiceList/{s}/CompatibleMachines");
        match &service.compatible_machines {
            Machines::Every(star) if star == "*" => {}
            Machines::Every(word) => {
                fault(place, FaultCode::UnknownWord, format!("\"{word}\""), "use \"*\" or a list".to_owned());
            }
            Machines::These(names) => {
                for (m, name) in names.iter().enumerate().filter(|(_, name)| !machines.contains(&***name)) {
                    let action = suggestion(name, &machines);
                    let cause = format!("there is no machine `{name}`");
                    fault(format!("{place}/{m}"), FaultCode::UnknownHost, cause, action);
                }
            }
        }
    }
    for (t, traffic) in body.traffic_list.iter().enumerate() {
        for (field, name) in [("Service1", &traffic.service1), ("Service2", &traffic.service2)] {
            if !services.contains(&**name) {
                let (place, cause) =
                    (format!("/TrafficList/{t}/{field}"), format!("there is no service `{name}`"));
                fault(place, FaultCode::UnknownService, cause, suggestion(name, &services));
            }
        }
    }
}

fn suggestion(name: &str, names: &HashSet<&str>) -> String {
    closest(name, names.iter().copied())
        .map_or_else(|| "name one of the file".to_owned(), |name| format!("maybe you meant `{name}`"))
}

fn draft(body: Body) -> Draft {
    let capacity = |of: fn(&Machine) -> f64| body.machine_list.iter().map(of).sum::<f64>();
    let demand = |of: fn(&Service) -> f64| {
        body.service_list.iter().map(|service| of(service) * service.container_list.len() as f64).sum::<f64>()
    };
    let cpu =
        Scale::for_total(capacity(|machine| machine.total_cpu).max(demand(|service| service.request_cpu)));
    let memory =
        Scale::for_total(capacity(|machine| machine.total_mem).max(demand(|service| service.request_mem)));
    let mut host_of: HashMap<&str, &str> = HashMap::new();
    let mut hosts = Vec::new();
    for machine in &body.machine_list {
        let containers = machine.initial_deploying_containers.iter();
        host_of.extend(containers.map(|container| (&**container, &*machine.machine_ip)));
        hosts.push(
            HostDraft::new(&machine.machine_ip)
                .with_capacity(CPU, cpu.ceil(machine.total_cpu))
                .with_capacity(MEMORY, memory.ceil(machine.total_mem)),
        );
    }
    let (mut services, mut components) = (Vec::new(), Vec::new());
    let mut populated = HashSet::new();
    for service in &body.service_list {
        services.push(ServiceDraft::new(&service.service));
        let hosts = match &service.compatible_machines {
            Machines::Every(_) => None,
            Machines::These(names) => Some(names.clone()),
        };
        for container in &service.container_list {
            populated.insert(&*service.service);
            let component = ComponentDraft::new(container, &service.service)
                .with_demand(CPU, cpu.floor(service.request_cpu))
                .with_demand(MEMORY, memory.floor(service.request_mem));
            components.push(ComponentDraft {
                host: host_of.get(&**container).map(|host| (*host).to_owned()),
                allowed: AllowedDraft { hosts: hosts.clone(), ..AllowedDraft::default() },
                ..component
            });
        }
    }
    // Services without containers take part in nothing.
    let real =
        |traffic: &&Traffic| populated.contains(&*traffic.service1) && populated.contains(&*traffic.service2);
    let edges = body.traffic_list.iter().filter(real).map(|traffic| EdgeDraft {
        from: traffic.service1.clone(),
        to: traffic.service2.clone(),
        calls_per_s: traffic.traffic,
        ..EdgeDraft::default()
    });
    Draft {
        resources: vec![ResourceDraft::used(CPU, &cpu.unit()), ResourceDraft::used(MEMORY, &memory.unit())],
        edges: edges.collect(),
        latency: Some(LatencyDraft {
            level: "host".into(),
            default_us: Some(1000.0),
            ..LatencyDraft::default()
        }),
        policy: policy(),
        hosts,
        services,
        components,
        ..Draft::default()
    }
}

/// Calls that leave their machine, and nothing else.
fn policy() -> PolicyDraft {
    PolicyDraft {
        demand: DemandKind::Mean,
        max_utilization: BTreeMap::new(),
        payback_s: None,
        routing: Routing::LocalFirst,
        peak_utilisation: false,
        goals: vec![GoalDraft::of(&["latency"])],
        violation_first_if_needed: true,
        prices: PricesDraft {
            latency_usd_per_million_call_ms: 1e6,
            network_usd_per_gb: Some(BTreeMap::new()),
            energy_usd_per_kwh: 0.0,
            usd_per_move: 0.0,
            usd_per_gb: 0.0,
            usd_per_downtime_s: 0.0,
            // The smallest edges of published clusters are 10^-11 of the total.
            digits: Some(12),
            ..PricesDraft::default()
        },
        ..PolicyDraft::default()
    }
}
