//! `colocate explain`.

use std::time::Instant;

use colocate_files::{closest, read_plan};
use colocate_grpc::{Backend, Subject};
use colocate_model::{ComponentId, Document, ExplainRequest, FaultCode, Faults, HostId, Limits, Problem};
use colocate_solver::InProcess;

use crate::cli::Explain;
use crate::exit::{Failure, Outcome};
use crate::local::Local;
use crate::{call, explanation, input};

/// Explains a plan, a placement, or the input as it stands.
pub(crate) fn run(args: &Explain) -> Result<Outcome, Failure> {
    let job = input::read(&args.input, |draft| {
        input::limit_moves(draft, args.max_moves);
    })?;
    let problem = &job.problem;
    let asked = asked(problem, args)?;
    let subject = match (&args.plan, &args.solution) {
        (Some(path), _) => {
            let plan = read_plan(&path.clone().into(), problem)?;
            Subject::Plan { hash: plan.hash, steps: plan.steps }
        }
        (None, Some(path)) => Subject::Placement(input::read_placement(args.input.format, path, problem)?),
        (None, None) => Subject::Start,
    };
    let request = ExplainRequest {
        components: asked.components,
        moves: asked.moves,
        limits: Limits {
            time: Some(args.time_limit),
            iterations: Some(args.iterations),
            threads: 1,
            seed: args.seed,
        },
    };
    let call = call::new(Instant::now(), request.limits.time);
    let explained = Local { milp: Box::new(InProcess) }.explain(&job, &subject, &request, &call)?;
    let text = if args.json {
        format!("{}\n", explanation::object(problem, &explained))
    } else {
        explanation::text(problem, &explained)
    };
    input::print(&text)?;
    Ok(Outcome::Done)
}

/// What the command line names.
#[derive(Debug, Default)]
struct Asked {
    components: Vec<ComponentId>,
    moves: Vec<(ComponentId, HostId)>,
}

fn asked(problem: &Problem, args: &Explain) -> Result<Asked, Failure> {
    let (mut asked, mut faults) = (Asked::default(), Faults::default());
    for name in &args.component {
        asked.components.extend(component(problem, name, &format!("--component {name}"), &mut faults));
    }
    for text in &args.moves {
        let place = format!("--move {text}");
        // Names may have colons: the first split that names both counts.
        let splits = || text.match_indices(':').map(|(at, _)| (&text[..at], &text[at + 1..]));
        let known =
            splits().find(|&(c, h)| find_component(problem, c).is_some() && find_host(problem, h).is_some());
        let Some((name, target)) = known.or_else(|| splits().next_back()) else {
            let action = "write COMPONENT:HOST";
            faults.add(Document::Request, place, FaultCode::Syntax, "there is no colon", action);
            continue;
        };
        let component = component(problem, name, &place, &mut faults);
        let host = find_host(problem, target);
        if host.is_none() {
            let names = problem.hosts.iter().map(|host| &*host.name);
            unknown(&mut faults, &place, FaultCode::UnknownHost, "host", target, closest(target, names));
        }
        asked.moves.extend(component.zip(host));
    }
    Ok(faults.into_result(asked)?)
}

fn find_component(problem: &Problem, name: &str) -> Option<ComponentId> {
    problem.components.iter().position(|component| component.name == name).map(ComponentId::new)
}

fn find_host(problem: &Problem, name: &str) -> Option<HostId> {
    problem.hosts.iter().position(|host| host.name == name).map(HostId::new)
}

fn component(problem: &Problem, name: &str, place: &str, faults: &mut Faults) -> Option<ComponentId> {
    let component = find_component(problem, name);
    if component.is_none() {
        let names = problem.components.iter().map(|component| &*component.name);
        unknown(faults, place, FaultCode::UnknownComponent, "component", name, closest(name, names));
    }
    component
}

fn unknown(faults: &mut Faults, place: &str, code: FaultCode, noun: &str, name: &str, meant: Option<&str>) {
    let action =
        meant.map_or_else(|| format!("name a {noun} of the cluster"), |m| format!("maybe you meant `{m}`"));
    faults.add(Document::Request, place, code, format!("there is no {noun} `{name}`"), action);
}
