//! `colocate replan`.

use std::path::Path;
use std::time::Instant;

use colocate_files::PlanDocument;
use colocate_grpc::{Answer, Backend, Job};
use colocate_model::{
    Aim, Cost, Incumbent, Limits, MethodName, Obstacle, Placement, Plan, Problem, SolveRequest, Solved,
    Status, Violation, check, violation_words,
};
use colocate_solver::{InProcess, MilpBackend, end_of, program, write_mps};
use serde_json::{Value, json};

use crate::cli::{Format, Replan};
use crate::exit::{Failure, Outcome};
use crate::local::Local;
use crate::milp_process::ChildProcess;
use crate::{about, call, explanation, input, plan_file, progress, racks, remote, report};

/// Directives shown to people; files have all of them.
const SHOWN: usize = 40;
/// Racks and resources shown to people: the fullest.
const RACKS: usize = 24;

/// Finds a better placement, plans how to get there, writes both, and says what changes.
pub(crate) fn run(args: &Replan, started: Instant) -> Result<Outcome, Failure> {
    let mut call = call::new(started, args.iterations.is_none().then_some(args.time_limit));
    call.now = args.now.unwrap_or(call.now);
    let job = input::read(&args.input, |draft| {
        input::limit_moves(draft, args.max_moves);
    })?;
    let problem = &job.problem;
    let request = SolveRequest {
        method: args.method,
        limits: Limits {
            time: Some(args.time_limit),
            iterations: args.iterations,
            threads: args.threads.into(),
            seed: args.seed,
        },
        // A benchmark asks for the placement; everybody else for one that a plan can reach.
        aim: if args.input.format == Format::Native { Aim::Reachable } else { Aim::Placement },
    };
    if request.method == MethodName::Threshold && args.solution.is_some() {
        let cause = "the threshold rule names racks, not hosts: there is no placement for --solution";
        return Err(Failure::Usage(cause.to_owned()));
    }
    call.listener = progress::shown(problem);
    let answer = match &args.server.server {
        Some(url) => remote::solve(&args.server, url, &job, &request, &call)?,
        None => Local { milp: backend(args)? }.solve(&job, &request, &call)?,
    };
    for fault in &answer.warnings.0 {
        input::say(&format!("warning: {fault}\n"));
    }
    if let (Some(path), Some(document)) = (&args.plan, &answer.document) {
        plan_file::write(document, path)?;
    }
    let Some(solved) = &answer.solved else { return by_threshold(args, problem, &answer, started) };
    let (Some(incumbent), Some(plan), Some(document)) = (&solved.incumbent, &answer.plan, &answer.document)
    else {
        let text = if args.json {
            json_object(args, &job, solved, None, &answer.obstacles, started)
        } else {
            report::blockers(problem, solved) + &explanation::obstacles_text(problem, &answer.obstacles)
        };
        input::print(&text)?;
        let nothing = solved.status == Status::Infeasible;
        return Ok(if nothing { Outcome::Infeasible } else { Outcome::NothingFound });
    };
    if let Some(path) = &args.write_mps {
        write_programmes(problem, incumbent, path)?;
    }
    if let Some(path) = &args.solution {
        input::write_placement(args.input.format, path, problem, &incumbent.placement)?;
    }
    let text = if args.json {
        json_object(args, &job, solved, Some((plan, document)), &[], started)
    } else {
        about::text(&job.loaded.ranking, problem, plan)
            + &table(problem, plan, &incumbent.placement)
            + &report::bounds(solved)
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

/// The rule as it was first described: directives that name racks, and what they would break.
fn by_threshold(
    args: &Replan,
    problem: &Problem,
    answer: &Answer,
    started: Instant,
) -> Result<Outcome, Failure> {
    let (Some(plan), Some(document)) = (&answer.plan, &answer.document) else {
        return Ok(Outcome::NothingFound);
    };
    let text = if args.json {
        let status = if answer.violations.is_empty() { Status::Feasible } else { Status::Unknown };
        let object = json!({
            "status": status,
            "initial_objective": report::objective(problem, &plan.before),
            "objective": report::objective(problem, &plan.after),
            "executable": false,
            "directives": document.waves,
            "violations": plan_file::violations(problem, &answer.violations),
            "moves": plan.directives().count(),
            "parking": 0,
            "left_out": 0,
            "wall_s": started.elapsed().as_secs_f64(),
            "plan_hash": document.hash,
            "method": args.method.name(),
        });
        format!("{object}\n")
    } else {
        report::waves(problem, plan, SHOWN) + &caused(problem, &answer.violations)
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

fn json_object(
    args: &Replan,
    job: &Job,
    solved: &Solved,
    planned: Option<(&Plan, &PlanDocument)>,
    obstacles: &[Obstacle],
    started: Instant,
) -> String {
    let problem = &job.problem;
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
    if let Some((plan, _)) = planned
        && !job.loaded.ranking.is_empty()
    {
        object["about"] = about::json(&job.loaded.ranking, problem, plan);
    }
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
