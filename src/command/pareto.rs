//! `colocate pareto`.

mod csv;
mod json;
mod plot;
mod scale;
mod svg;
mod text;

use std::time::Instant;

use colocate_files::write_atomically;
use colocate_model::{Axis, Solved, Status};
use colocate_solver::{Interrupt, ParetoParams, SearchParams, Stop, pareto};

use crate::cli::Pareto;
use crate::exit::{Failure, Outcome};
use crate::{input, progress, report};
use scale::Scale;

/// Some of the time is for the files and the report.
const SOLVING: f64 = 0.95;

/// Finds the front, writes it, and shows it.
pub(crate) fn run(args: &Pareto, started: Instant) -> Result<Outcome, Failure> {
    let interrupt = Interrupt::default();
    let asked = interrupt.clone();
    // Without a handler Ctrl-C ends the process as usual, which loses the front but nothing else.
    let _ = ctrlc::set_handler(move || asked.interrupt());
    let read = input::read(&args.input, |draft| {
        if let Some(moves) = args.max_moves {
            draft.policy.budgets.moves =
                Some(draft.policy.budgets.moves.map_or(moves, |known| known.min(moves)));
        }
    })?;
    let problem = &read.problem;
    let params = ParetoParams {
        axes: args.terms.clone(),
        points: args.points as usize,
        caps: args.at.clone(),
        reference: args.reference.clone(),
        search: SearchParams { seed: args.seed, iterations: args.iterations, threads: args.threads.into() },
    };
    let left = args.time_limit.saturating_sub(started.elapsed()).mul_f64(SOLVING);
    let stop = Stop::new(args.iterations.is_none().then_some(left), interrupt);
    let minimised = args.terms.iter().find(|axis| **axis != Axis::Moves).map_or("", |axis| axis.name());
    let stop = progress::labelled(stop, vec![format!("front of {minimised}")]);
    let front = pareto(problem, &params, &stop)?;
    let scales: Vec<Scale> =
        front.axes.iter().map(|&axis| Scale::of(axis, &read, args.input.format)).collect();
    if let Some(path) = &args.csv {
        write_atomically(path, |file| file.write_all(csv::table(&front, &scales).as_bytes()))?;
    }
    if let Some(path) = &args.svg {
        write_atomically(path, |file| file.write_all(svg::picture(&front, &scales)?.as_bytes()))?;
    }
    let nothing = Solved {
        status: front.status,
        incumbent: None,
        bounds: Vec::new(),
        stop_reason: front.stop_reason,
        iterations: front.iterations,
        blockers: front.blockers.clone(),
    };
    let text = match (args.json, front.points.is_empty()) {
        (true, _) => json::object(problem, &front, &scales, args),
        (false, true) => report::blockers(problem, &nothing),
        (false, false) => text::report(&front, &scales),
    };
    input::print(&text)?;
    Ok(match (front.points.is_empty(), front.status) {
        (false, _) => Outcome::Done,
        (true, Status::Infeasible) => Outcome::Infeasible,
        (true, _) => Outcome::NothingFound,
    })
}
