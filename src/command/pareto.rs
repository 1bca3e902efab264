//! `colocate pareto`.

mod csv;
mod json;
mod plot;
mod scale;
mod svg;
mod text;

use std::time::Instant;

use colocate_files::write_atomically;
use colocate_grpc::Backend;
use colocate_model::{Axis, Limits, ParetoRequest, Solved, Status};
use colocate_solver::InProcess;

use crate::cli::Pareto;
use crate::exit::{Failure, Outcome};
use crate::local::Local;
use crate::{call, input, progress, report};
use scale::Scale;

/// Finds the front, writes it, and shows it.
pub(crate) fn run(args: &Pareto, started: Instant) -> Result<Outcome, Failure> {
    let mut call = call::new(started, args.iterations.is_none().then_some(args.time_limit));
    let job = input::read(&args.input, |draft| {
        input::limit_moves(draft, args.max_moves);
    })?;
    let problem = &job.problem;
    let request = ParetoRequest {
        axes: args.terms.clone(),
        points: args.points as usize,
        caps: args.at.clone(),
        reference: args.reference.clone(),
        limits: Limits {
            time: Some(args.time_limit),
            iterations: args.iterations,
            threads: args.threads.into(),
            seed: args.seed,
        },
    };
    let minimised = args.terms.iter().find(|axis| **axis != Axis::Moves).map_or("", |axis| axis.name());
    call.listener = progress::labelled(vec![format!("front of {minimised}")]);
    let front = Local { milp: Box::new(InProcess) }.pareto(&job, &request, &call)?;
    let scales: Vec<Scale> =
        front.axes.iter().map(|&axis| Scale::of(axis, &job, args.input.format)).collect();
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
