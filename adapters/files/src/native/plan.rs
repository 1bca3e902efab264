//! `plan.json`: reads back what `replan` wrote, for the problem it was made for.

pub mod document;

use std::collections::HashMap;
use std::io::Read;
use std::sync::LazyLock;

use colocate_model::{ComponentId, Document, FaultCode, Faults, HostId, PlanStep, Problem};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::hash::{canonical_json_hash, problem_hash};
use crate::input::Input;
use crate::read::{Format, List, Shapes, read};
use crate::source;
use crate::suggest::closest;
use document::PlanDocument;

/// A plan that was read and fits its problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPlan {
    /// The hash of the plan.
    pub hash: String,
    /// Its directives in order.
    pub steps: Vec<PlanStep>,
}

/// Reads a plan that was made for `problem`.
///
/// # Errors
/// Every fault of the file: among them components and hosts that do not exist, directives that do not start where the
/// ones before them ended, a hash that does not fit the content, and that of another problem.
pub fn read_plan(input: &Input, problem: &Problem) -> Result<ReadPlan, Faults> {
    let mut faults = Faults::default();
    // Looked at twice, and a pipe can be read only once.
    let mut bytes = Vec::new();
    if let Err(error) = input.open().and_then(|mut source| source.read_to_end(&mut bytes)) {
        source::unreadable(input.name(), Document::Plan, &error, &mut faults);
        return Err(faults);
    }
    let raw: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let input = Input::from_bytes(&input.name().to_string_lossy(), bytes);
    let contents = read::<PlanFormat>(&input, &mut faults);
    if !faults.0.is_empty() {
        return Err(faults);
    }
    let header = contents.map(|contents| contents.header).unwrap_or_default();
    judge(header, &raw, problem)
}

/// A plan that did not come from a file, and was made for `problem`.
///
/// # Errors
/// As [`read_plan`], the faults of the format apart.
pub fn judge_plan(plan: PlanDocument, problem: &Problem) -> Result<ReadPlan, Faults> {
    let raw = serde_json::to_value(&plan).unwrap_or_default();
    judge(plan, &raw, problem)
}

/// Holds `header`, which was `raw`, against the problem.
fn judge(header: PlanDocument, raw: &Value, problem: &Problem) -> Result<ReadPlan, Faults> {
    let mut faults = Faults::default();
    check_hashes(&header, raw, problem, &mut faults);
    let mut reader = Steps::new(problem);
    for (index, wave) in header.waves.iter().enumerate() {
        for (position, directive) in wave.directives.iter().enumerate() {
            let place = format!("/waves/{index}/directives/{position}");
            reader.take(index + 1, directive, &place, &mut faults);
        }
    }
    faults.into_result(ReadPlan { hash: header.hash, steps: reader.steps })
}

fn check_hashes(header: &PlanDocument, raw: &Value, problem: &Problem, faults: &mut Faults) {
    let hashed = json!({
        "waves": raw["waves"], "routing": raw["routing"], "inputs": { "problem": header.inputs.problem }
    });
    let mut fault = |place: &str, code, cause: &str, action: &str| {
        faults.add(Document::Plan, place, code, cause, action);
    };
    if canonical_json_hash(&hashed) != header.hash {
        let cause = "the plan is not the one that was hashed";
        fault("/hash", FaultCode::Contradiction, cause, "make the plan again with replan");
    }
    if problem_hash(problem) != header.inputs.problem {
        let cause = "the plan was made for another problem";
        let action = "name the files and options (--max-moves) that it was made with, or make it again";
        fault("/inputs/problem", FaultCode::OtherProblem, cause, action);
    }
    if !header.executable {
        let cause = "the plan names racks, not hosts, and cannot be carried out";
        fault("/executable", FaultCode::Contradiction, cause, "make it with another method");
    }
}

/// Follows the directives from the start.
struct Steps<'p> {
    problem: &'p Problem,
    components: HashMap<&'p str, ComponentId>,
    hosts: HashMap<&'p str, HostId>,
    at: Vec<Option<HostId>>,
    steps: Vec<PlanStep>,
}

impl<'p> Steps<'p> {
    fn new(problem: &'p Problem) -> Self {
        Self {
            problem,
            components: problem.component_ids().map(|id| (&*problem.component(id).name, id)).collect(),
            hosts: problem.host_ids().map(|id| (&*problem.host(id).name, id)).collect(),
            at: problem.components.iter().map(|component| component.initial).collect(),
            steps: Vec::new(),
        }
    }

    fn take(&mut self, wave: usize, directive: &document::Directive, place: &str, faults: &mut Faults) {
        let component = self.components.get(&*directive.component_id).copied();
        if component.is_none() {
            let names = self.problem.components.iter().map(|component| &*component.name);
            let place = format!("{place}/component_id");
            let code = FaultCode::UnknownComponent;
            unknown(Document::Plan, place, code, "component", &directive.component_id, names, faults);
        }
        let host = |name: &str, place: String, faults: &mut Faults| {
            let host = self.hosts.get(name).copied();
            if host.is_none() {
                let names = self.problem.hosts.iter().map(|host| &*host.name);
                unknown(Document::Plan, place, FaultCode::UnknownHost, "host", name, names, faults);
            }
            host
        };
        let source = directive
            .source
            .as_ref()
            .map(|source| host(&source.host, format!("{place}/source/host"), faults));
        let Some(name) = &directive.target_host else { return };
        let target = host(name, format!("{place}/target_host"), faults);
        let (Some(component), Some(target)) = (component, target) else { return };
        let known = self.at[component.index()];
        if source.is_none_or(|source| source.is_some()) && source.flatten() != known {
            let where_it_is = known.map_or("nowhere", |host| &*self.problem.host(host).name);
            let cause = format!("`{}` is on {where_it_is} before this directive", directive.component_id);
            let action = "make the plan again with replan";
            faults.add(Document::Plan, format!("{place}/source"), FaultCode::Contradiction, cause, action);
        }
        self.at[component.index()] = Some(target);
        let (parking, reason) = (directive.parking, directive.reason.clone());
        self.steps.push(PlanStep { wave, component, target, parking, reason });
    }
}

/// Notes that there is no `noun` called `name`, and which one may have been meant.
pub(crate) fn unknown<'a>(
    document: Document,
    place: String,
    code: FaultCode,
    noun: &str,
    name: &str,
    names: impl Iterator<Item = &'a str>,
    faults: &mut Faults,
) {
    let action = closest(name, names)
        .map_or_else(|| format!("name a {noun} of the cluster"), |name| format!("maybe you meant `{name}`"));
    faults.add(document, place, code, format!("there is no {noun} `{name}`"), action);
}

/// The format.
pub(crate) struct PlanFormat;

/// Nothing.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
pub(crate) struct Body {}

impl Format for PlanFormat {
    type Header = PlanDocument;
    type Body = Body;
    const DOCUMENT: Document = Document::Plan;
    const LISTS: &'static [List] = &[];

    fn shapes() -> &'static Shapes {
        static SHAPES: LazyLock<Shapes> = LazyLock::new(Shapes::of::<PlanFormat>);
        &SHAPES
    }

    fn push(_: &mut Body, _: &List, _: &str, _: Value) -> serde_json::Result<bool> {
        Ok(true)
    }
}
