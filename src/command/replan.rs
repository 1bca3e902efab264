//! `colocate replan`.

use std::time::Instant;

use colocate_model::{ComponentId, Problem, Solved, Status, check};
use colocate_solver::{Interrupt, Method, SearchParams, Stop, solve};
use serde_json::json;

use crate::cli::{MethodName, Replan};
use crate::exit::{Failure, Outcome};
use crate::input;
use crate::report;

/// Finds a better placement, writes it, and says what changed.
pub(crate) fn run(args: &Replan, started: Instant) -> Result<Outcome, Failure> {
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    // Without a handler Ctrl-C ends the process as usual, which loses the incumbent but nothing else.
    let _ = ctrlc::set_handler(move || asked.interrupt());
    let read = input::read(&args.input, |draft| {
        if let Some(moves) = args.max_moves {
            draft.policy.budgets.moves =
                Some(draft.policy.budgets.moves.map_or(moves, |known| known.min(moves)));
        }
    })?;
    let problem = &read.problem;
    // Some of the time is for the check, the files and the report.
    let left = args.time_limit.saturating_sub(started.elapsed()).mul_f64(0.97);
    let stop = Stop::new(args.iterations.is_none().then_some(left), interrupt);
    let params = SearchParams { seed: args.seed, iterations: args.iterations };
    let method = match args.method {
        MethodName::Greedy => Method::Greedy,
        MethodName::Search => Method::Search,
    };
    let solved = solve(problem, method, &params, &stop)?;
    if let (Some(path), Some(incumbent)) = (&args.solution, &solved.incumbent) {
        input::write_placement(args.input.format, path, problem, &incumbent.placement)?;
    }
    let text = if args.json { json_object(args, problem, &solved, started) } else { table(problem, &solved) };
    input::print(&text)?;
    Ok(match solved.status {
        Status::Optimal | Status::Feasible => Outcome::Done,
        Status::Infeasible => Outcome::Infeasible,
        Status::Unknown => Outcome::NothingFound,
    })
}

/// Components that are not where they were.
fn moved<'p>(problem: &'p Problem, solved: &'p Solved) -> impl Iterator<Item = ComponentId> + 'p {
    let placements = solved.incumbent.iter().flat_map(|incumbent| incumbent.placement.iter());
    placements
        .filter(|&(id, host)| problem.component(id).is_settled() && problem.component(id).initial != host)
        .map(|entry| entry.0)
}

fn json_object(args: &Replan, problem: &Problem, solved: &Solved, started: Instant) -> String {
    let start = check(problem, &problem.initial_placement());
    let objective = solved.incumbent.as_ref().map(|incumbent| report::objective(problem, &incumbent.terms));
    let total = |totals: &[i64]| if let [total] = totals { Some(*total) } else { None };
    let object = json!({
        "status": solved.status,
        "objective": objective,
        "initial_objective": report::objective(problem, &start.terms),
        "objective_total": solved.incumbent.as_ref().and_then(|incumbent| total(&incumbent.score.totals)),
        "initial_objective_total": total(&start.score.totals),
        "bound": solved.bounds.iter().map(|bound| bound.map(|bound| bound.value)).collect::<Vec<_>>(),
        "gap": solved.gap(),
        "moves": moved(problem, solved).count(),
        "wall_s": started.elapsed().as_secs_f64(),
        "iterations": solved.iterations,
        "stop_reason": solved.stop_reason,
        "method": args.method.name(),
        "seed": args.seed,
    });
    format!("{object}\n")
}

fn table(problem: &Problem, solved: &Solved) -> String {
    let start = check(problem, &problem.initial_placement());
    let Some(incumbent) = &solved.incumbent else {
        return report::blockers(problem, solved);
    };
    let mut text = report::terms_table(problem, &[("before", &start.terms), ("after", &incumbent.terms)]);
    text.push_str(&format!(
        "{} component(s) move, {} proposals\n",
        moved(problem, solved).count(),
        solved.iterations
    ));
    text
}
