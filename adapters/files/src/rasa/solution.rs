//! Solutions: `{machine: [container, ...]}`.

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::LazyLock;

use colocate_model::{ComponentId, Document, FaultCode, Faults, HostId, Placement, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::atomic::{WriteError, write_atomically};
use crate::input::Input;
use crate::read::{Format, List, Shapes, read};

/// Writes `placement` as a solution; components without a host are left out.
///
/// # Errors
/// [`WriteError::Io`] when the system refuses.
pub fn write_solution(path: &Path, problem: &Problem, placement: &Placement) -> Result<(), WriteError> {
    let mut machines: Vec<Vec<&str>> = vec![Vec::new(); problem.hosts.len()];
    for (component, host) in placement.iter() {
        if let Some(host) = host {
            machines[host.index()].push(&problem.component(component).name);
        }
    }
    let names = problem.hosts.iter().map(|host| &*host.name);
    let solution: BTreeMap<&str, Vec<&str>> = names.zip(machines).collect();
    write_atomically(path, |w| {
        serde_json::to_writer_pretty(&mut *w, &solution).map_err(io::Error::from)?;
        writeln!(w)
    })
}

/// Reads a solution for `problem`; containers that are on no machine have no host.
///
/// # Errors
/// Every fault of the file: machines and containers that do not exist, containers that are there twice.
pub fn read_solution(input: &Input, problem: &Problem) -> Result<Placement, Faults> {
    let mut faults = Faults::default();
    let contents = read::<SolutionFormat>(input, &mut faults);
    let machines = contents.map(|contents| contents.header.0).unwrap_or_default();
    let hosts: HashMap<&str, HostId> =
        problem.host_ids().map(|host| (&*problem.host(host).name, host)).collect();
    let components: HashMap<&str, ComponentId> =
        problem.component_ids().map(|id| (&*problem.component(id).name, id)).collect();
    let mut placement = Placement::new(vec![None; problem.components.len()]);
    for (machine, containers) in &machines {
        let host = hosts.get(&**machine).copied();
        let mut fault = |place: String, code, cause: String, action: &str| {
            faults.add(Document::Placement, place, code, cause, action);
        };
        if host.is_none() {
            let cause = format!("there is no machine `{machine}`");
            fault(format!("/{machine}"), FaultCode::UnknownHost, cause, "name a machine of the cluster");
        }
        for (index, container) in containers.iter().enumerate() {
            let place = format!("/{machine}/{index}");
            match components.get(&**container) {
                None => {
                    let cause = format!("there is no container `{container}`");
                    fault(place, FaultCode::UnknownComponent, cause, "name a container of the cluster");
                }
                Some(&id) if placement.host(id).is_some() => {
                    let cause = format!("`{container}` is on two machines");
                    fault(place, FaultCode::Contradiction, cause, "leave it on one");
                }
                Some(&id) => placement.set(id, host),
            }
        }
    }
    faults.into_result(placement)
}

struct SolutionFormat;

/// Containers by machine.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
struct Machines(BTreeMap<String, Vec<String>>);

/// Nothing.
#[derive(Debug, Default, Deserialize, JsonSchema)]
struct Body {}

impl Format for SolutionFormat {
    type Header = Machines;
    type Body = Body;
    const DOCUMENT: Document = Document::Placement;
    const LISTS: &'static [List] = &[];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<SolutionFormat>);
        &SHAPES
    }

    fn push(_: &mut Body, _: &List, _: &str, _: Value) -> serde_json::Result<bool> {
        Ok(true)
    }
}
