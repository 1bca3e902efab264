//! `colocate explain`.

use colocate_files::{closest, read_plan};
use colocate_model::{Checker, ComponentId, Document, FaultCode, Faults, HostId, Problem};
use colocate_solver::{Interrupt, SearchParams, Stop, contributions, obstacles, what_if, why_not};

use crate::cli::Explain;
use crate::exit::{Failure, Outcome};
use crate::explanation::{Explained, moves};
use crate::input;

/// Hosts named for each component.
const HOSTS: usize = 5;
/// Components times hosts tried at most, so that an answer about a large plan comes soon.
const TRIALS: usize = 2_000_000;

/// Explains a plan, a placement, or the input as it stands.
pub(crate) fn run(args: &Explain) -> Result<Outcome, Failure> {
    let read = input::read(&args.input, |draft| {
        input::limit_moves(draft, args.max_moves);
    })?;
    let problem = &read.problem;
    let asked = asked(problem, args)?;
    let mut placement = problem.initial_placement();
    let (mut plan_hash, mut steps) = (None, Vec::new());
    if let Some(path) = &args.plan {
        let plan = read_plan(&path.clone().into(), problem)?;
        plan.steps.iter().for_each(|step| placement.set(step.component, Some(step.target)));
        (plan_hash, steps) = (Some(plan.hash), plan.steps);
    } else if let Some(path) = &args.solution {
        placement = input::read_placement(args.input.format, path, problem)?;
    }
    let directives: Vec<(ComponentId, HostId)> = match &args.plan {
        Some(_) => steps.iter().map(|step| (step.component, step.target)).collect(),
        None => moves(problem, &placement),
    };
    let checker = Checker::new(problem);
    let (components, not_asked) = components(problem, &directives, &asked.components);
    let stop = Stop::new(Some(args.time_limit), Interrupt::default());
    let params = SearchParams { seed: args.seed, iterations: Some(args.iterations), threads: 1 };
    let mut explained = Explained {
        problem,
        plan_hash,
        contributions: contributions(problem, &directives),
        steps,
        before: checker.check(&problem.initial_placement()).terms,
        after: checker.check(&placement).terms,
        why_not: why_not(problem, &placement, &components, HOSTS),
        not_asked,
        what_if: (!asked.moves.is_empty()).then(|| what_if(problem, &placement, &asked.moves)),
        obstacles: obstacles(problem, &placement, &params, &stop),
    };
    if !asked.components.is_empty() {
        // The whole plan was followed; only the parts asked for are shown.
        let wanted: Vec<bool> =
            explained.contributions.iter().map(|part| asked.components.contains(&part.component)).collect();
        let keep = |index: usize| wanted[index];
        explained.steps = only(explained.steps, keep);
        explained.contributions = only(explained.contributions, keep);
    }
    let text = if args.json { format!("{}\n", explained.object()) } else { explained.text() };
    input::print(&text)?;
    Ok(Outcome::Done)
}

fn only<T>(items: Vec<T>, keep: impl Fn(usize) -> bool) -> Vec<T> {
    items.into_iter().enumerate().filter(|(index, _)| keep(*index)).map(|entry| entry.1).collect()
}

/// The components to ask: those named, or else those that move; and how many are too many.
fn components(
    problem: &Problem,
    directives: &[(ComponentId, HostId)],
    named: &[ComponentId],
) -> (Vec<ComponentId>, usize) {
    if !named.is_empty() {
        return (named.to_vec(), 0);
    }
    let mut seen = vec![false; problem.components.len()];
    let mut components: Vec<ComponentId> = directives.iter().map(|directive| directive.0).collect();
    components.retain(|component| !std::mem::replace(&mut seen[component.index()], true));
    let most = (TRIALS / problem.hosts.len().max(1)).max(1);
    let not_asked = components.len().saturating_sub(most);
    components.truncate(most);
    (components, not_asked)
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
