//! `colocate replan`.

use std::path::Path;
use std::time::Instant;

use colocate_files::PlanDocument;
use colocate_model::{
    Cost, DomainId, Incumbent, Obstacle, Placement, Plan, Problem, ResourceId, Row, Solved, Status,
    Violation, check, violation_words,
};
use colocate_solver::{
    InProcess, Interrupt, Method, MilpBackend, SearchParams, SearchState, Stop, ThresholdInput, attain,
    end_of, greedy, obstacles, plan, program, solve_with, threshold, write_mps,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::cli::{Format, MethodName, Replan};
use crate::exit::{Failure, Outcome};
use crate::input::{self, Read};
use crate::milp_process::ChildProcess;
use crate::plan_file::{self, Origin};
use crate::{explanation, progress, racks, report};

/// Directives shown to people; files have all of them.
const SHOWN: usize = 40;
/// Proposals of each search for the least relaxation.
const RELAXED_ITERATIONS: u64 = 2000;
/// Racks and resources shown to people: the fullest.
const RACKS: usize = 24;

/// Finds a better placement, plans how to get there, writes both, and says what changes.
pub(crate) fn run(args: &Replan, started: Instant) -> Result<Outcome, Failure> {
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    // Without a handler Ctrl-C ends the process as usual, which loses the incumbent but nothing else.
    let _ = ctrlc::set_handler(move || asked.interrupt());
    let read = input::read(&args.input, |draft| {
        input::limit_moves(draft, args.max_moves);
    })?;
    let now = args.now.unwrap_or_else(Timestamp::now);
    warn_of_age(&read, now);
    let method = match args.method {
        MethodName::Threshold => return by_threshold(args, &read, now, started),
        MethodName::Greedy => Method::Greedy,
        MethodName::Auto => Method::Auto,
        MethodName::Search => Method::Search,
        MethodName::Milp => Method::Milp,
    };
    let problem = &read.problem;
    // Some of the time is for the plan, the check, the files and the report.
    let stop = |share: f64| {
        let left = args.time_limit.saturating_sub(started.elapsed()).mul_f64(share);
        progress::shown(Stop::new(args.iterations.is_none().then_some(left), interrupt.clone()), problem)
    };
    let params = SearchParams { seed: args.seed, iterations: args.iterations, threads: args.threads.into() };
    // A benchmark asks for the placement; everybody else for one that a plan can reach.
    let benchmark = args.input.format != Format::Native;
    let backend = backend(args)?;
    // Proofs take all the time they get; plans of problems of that size take none.
    let share = if benchmark || method == Method::Milp { 0.95 } else { 0.8 };
    let solved = solve_with(problem, method, &params, &*backend, &stop(share))?;
    let (solved, plan) = match &solved.incumbent {
        Some(incumbent) if benchmark || method == Method::Greedy => {
            let plan = plan(problem, &incumbent.placement);
            (solved, Some(plan))
        }
        _ => attain(problem, solved, &params, &stop(0.8)),
    };
    let (Some(incumbent), Some(plan)) = (&solved.incumbent, plan) else {
        let obstacles = blocking(problem, args.seed, &stop(1.0));
        let text = if args.json {
            json_object(args, problem, &solved, None, &obstacles, started)
        } else {
            report::blockers(problem, &solved) + &explanation::obstacles_text(problem, &obstacles)
        };
        input::print(&text)?;
        let nothing = solved.status == Status::Infeasible;
        return Ok(if nothing { Outcome::Infeasible } else { Outcome::NothingFound });
    };
    let origin = Origin {
        method: args.method.name(),
        seed: args.seed,
        now,
        loaded: read.loaded(),
        solved: Some(&solved),
        violations: &[],
    };
    let document = plan_file::document(problem, &plan, &origin);
    if let Some(path) = &args.write_mps {
        write_programmes(problem, incumbent, path)?;
    }
    if let Some(path) = &args.solution {
        input::write_placement(args.input.format, path, problem, &incumbent.placement)?;
    }
    if let Some(path) = &args.plan {
        plan_file::write(&document, path)?;
    }
    let text = if args.json {
        json_object(args, problem, &solved, Some((&plan, &document)), &[], started)
    } else {
        table(problem, &plan, &incumbent.placement)
            + &report::bounds(&solved)
            + &format!("{} proposals, plan {}\n", solved.iterations, document.hash)
    };
    input::print(&text)?;
    Ok(Outcome::Done)
}

/// Where HiGHS runs.
fn backend(args: &Replan) -> Result<Box<dyn MilpBackend>, Failure> {
    if !args.milp_process {
        return Ok(Box::new(InProcess));
    }
    Ok(Box::new(ChildProcess::new(args.milp_memory).map_err(Failure::Worker)?))
}

/// Writes the programme of every goal, the earlier ones held at what `incumbent` reaches, within their tolerance.
fn write_programmes(problem: &Problem, incumbent: &Incumbent, path: &Path) -> Result<(), Failure> {
    let goals = problem.policy.goals.iter().zip(&incumbent.score.totals);
    let limits: Vec<Cost> = goals.map(|(goal, &total)| goal.tolerance.limit(total)).collect();
    for goal in 0..limits.len() {
        let mut path = path.to_owned().into_os_string();
        if goal > 0 {
            path.push(format!(".{}", goal + 1));
        }
        let programme = program(problem, goal, &limits[..goal])?;
        // HiGHS tells the format by the extension.
        let beside = Path::new(&path).with_extension("partial.mps");
        write_mps(&programme, &beside)?;
        std::fs::rename(&beside, &path).map_err(Failure::Worker)?;
    }
    Ok(())
}

/// What blocks where no placement was found, and the least relaxation that helps.
fn blocking(problem: &Problem, seed: u64, stop: &Stop) -> Vec<Obstacle> {
    let params = SearchParams { seed, iterations: Some(RELAXED_ITERATIONS), threads: 1 };
    let mut state = SearchState::new(problem);
    greedy(&mut state);
    let mut found = obstacles(problem, state.placement(), &params, stop);
    // What was violated at the start may stay so and is not why.
    found.retain(|obstacle| obstacle.violations.iter().any(|v| matches!(v.row, Row::Unplaced { .. })));
    found
}

/// Says on standard error which inputs are older than the policy allows.
fn warn_of_age(read: &Read, now: Timestamp) {
    let faults = read.loaded().map(|loaded| loaded.too_old(now)).unwrap_or_default();
    for fault in &faults.0 {
        input::say(&format!("warning: {fault}\n"));
    }
}

/// The rule as it was first described: directives that name racks, and what they would break.
fn by_threshold(args: &Replan, read: &Read, now: Timestamp, started: Instant) -> Result<Outcome, Failure> {
    if args.solution.is_some() {
        let cause = "the threshold rule names racks, not hosts: there is no placement for --solution";
        return Err(Failure::Usage(cause.to_owned()));
    }
    let problem = &read.problem;
    let result = threshold(problem, &threshold_input(read));
    let origin = Origin {
        method: args.method.name(),
        seed: args.seed,
        now,
        loaded: read.loaded(),
        solved: None,
        violations: &result.violations,
    };
    let document = plan_file::document(problem, &result.plan, &origin);
    if let Some(path) = &args.plan {
        plan_file::write(&document, path)?;
    }
    let text = if args.json {
        let status = if result.violations.is_empty() { Status::Feasible } else { Status::Unknown };
        let object = json!({
            "status": status,
            "initial_objective": report::objective(problem, &result.plan.before),
            "objective": report::objective(problem, &result.plan.after),
            "executable": false,
            "directives": document.waves,
            "violations": plan_file::violations(problem, &result.violations),
            "moves": result.plan.directives().count(),
            "parking": 0,
            "left_out": 0,
            "wall_s": started.elapsed().as_secs_f64(),
            "plan_hash": document.hash,
            "method": args.method.name(),
        });
        format!("{object}\n")
    } else {
        report::waves(problem, &result.plan, SHOWN) + &caused(problem, &result.violations)
    };
    input::print(&text)?;
    Ok(Outcome::Done)
}

fn caused(problem: &Problem, violations: &[Violation]) -> String {
    let mut text = "not executable: the rule names racks and ignores all other constraints\n".to_owned();
    for violation in violations {
        text.push_str(&format!(
            "would break {}: {}\n",
            violation.row.constraint(),
            violation_words(problem, violation)
        ));
    }
    text
}

/// The forecast's ranking and the measured utilisation of racks, by position.
fn threshold_input(read: &Read) -> ThresholdInput {
    let (Some(loaded), problem) = (read.loaded(), &read.problem) else { return ThresholdInput::default() };
    let component = |name: &str| problem.components.iter().position(|component| component.name == name);
    let ranking = loaded.ranking.iter().filter_map(|ranked| component(&ranked.component));
    let mut input = ThresholdInput {
        ranking: ranking.map(colocate_model::ComponentId::new).collect(),
        ..ThresholdInput::default()
    };
    let racks = &problem.partitions[problem.racks().index()].domains;
    for (rack, values) in loaded.utilisation.iter().flat_map(|utilisation| &utilisation.racks) {
        let Some(rack) = racks.iter().position(|domain| domain.name == *rack) else { continue };
        for (resource, percent) in values {
            if let Some(k) = problem.resources.iter().position(|known| known.name == *resource) {
                let ppm = (percent * 10_000.0).round() as i64;
                input.utilisation.insert((DomainId::new(rack), ResourceId::new(k)), ppm);
            }
        }
    }
    input
}

fn json_object(
    args: &Replan,
    problem: &Problem,
    solved: &Solved,
    planned: Option<(&Plan, &PlanDocument)>,
    obstacles: &[Obstacle],
    started: Instant,
) -> String {
    let start = check(problem, &problem.initial_placement());
    let objective = solved.incumbent.as_ref().map(|incumbent| report::objective(problem, &incumbent.terms));
    let total = |totals: &[i64]| if let [total] = totals { Some(*total) } else { None };
    let count = |of: &dyn Fn(&Plan) -> usize| planned.map(|(plan, _)| of(plan));
    let mut object: Value = json!({
        "status": solved.status,
        "objective": objective,
        "initial_objective": report::objective(problem, &start.terms),
        "objective_total": solved.incumbent.as_ref().and_then(|incumbent| total(&incumbent.score.totals)),
        "initial_objective_total": total(&start.score.totals),
        "bound": solved.bounds.iter().map(|bound| bound.map(|bound| bound.value)).collect::<Vec<_>>(),
        "relaxation": solved.bounds.iter().map(|bound| bound.map(|bound| bound.relaxation)).collect::<Vec<_>>(),
        "gap": solved.gap(),
        "moves": count(&|plan| plan.directives().count()),
        "parking": count(&|plan| plan.directives().filter(|directive| directive.parking).count()),
        "left_out": count(&|plan| plan.left_out.len()),
        "left_out_reasons": planned.map(|(plan, _)| report::left_out(plan)),
        "waves": count(&|plan| plan.waves.len()),
        "wall_s": started.elapsed().as_secs_f64(),
        "iterations": solved.iterations,
        "stop_reason": solved.stop_reason,
        "plan_hash": planned.map(|(_, document)| document.hash.as_str()),
        "method": args.method.name(),
        "threads": args.threads,
        "seed": args.seed,
    });
    if planned.is_none() {
        object["obstacles"] = explanation::obstacles(problem, obstacles);
    }
    format!("{object}\n")
}

/// Terms and racks before and after, then the waves.
fn table(problem: &Problem, plan: &Plan, placement: &Placement) -> String {
    let mut columns = vec![("before", plan.before), ("after", plan.after)];
    let end = end_of(problem, plan);
    if end != *placement {
        columns.push(("with all moves", check(problem, placement).terms));
    }
    let columns: Vec<_> = columns.iter().map(|(name, terms)| (*name, terms)).collect();
    let racks = racks::table(problem, &problem.initial_placement(), &end, RACKS);
    let terms = report::terms_table(problem, &columns);
    let waves = report::waves(problem, plan, SHOWN);
    if racks.is_empty() {
        return terms + &waves;
    }
    format!("{terms}Highest utilisation over the horizon, in % of capacity\n{racks}{waves}")
}
