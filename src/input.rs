//! From the files named on the command line to a problem, and back to a file in the same format.

use std::io::{ErrorKind, Write};
use std::path::Path;

use colocate_files::{Inputs, Loaded, load, rasa, roadef};
use colocate_grpc::Job;
use colocate_model::{Draft, Faults, Placement, Problem};

use crate::cli::{Format, Input};
use crate::exit::Failure;

/// Reads the problem; `adjust` may change the draft before it is validated.
pub(crate) fn read(input: &Input, adjust: impl FnOnce(&mut Draft)) -> Result<Job, Failure> {
    let wanted = if input.format == Format::Roadef { 2 } else { 1 };
    if input.files.len() != wanted {
        return Err(Failure::Usage(format!(
            "this format takes {wanted} file(s), {} given",
            input.files.len()
        )));
    }
    let first = input.files[0].as_path();
    let mut loaded = match input.format {
        Format::Roadef => roadef::read(first, &input.files[1])?.into(),
        Format::Rasa => rasa::read(first)?.into(),
        Format::Native => {
            let mut inputs = Inputs::new(first);
            inputs.utilisation = input.utilisation.as_deref().map(Into::into);
            inputs.latency = input.latency.as_deref().map(Into::into);
            inputs.forecast = input.forecast.as_deref().map(Into::into);
            inputs.traffic = input.traffic.as_deref().map(Into::into);
            inputs.policy = input.policy.as_deref().map(Into::into);
            load(&inputs)?
        }
    };
    adjust(&mut loaded.draft);
    Ok(job(loaded)?)
}

/// What to do with what was read.
pub(crate) fn job(loaded: Loaded) -> Result<Job, Faults> {
    let problem = loaded.build()?;
    Ok(Job { loaded, problem })
}

/// Lowers the budget of moves to `most`.
pub(crate) fn limit_moves(draft: &mut Draft, most: Option<i64>) {
    let budget = &mut draft.policy.budgets.moves;
    *budget = [*budget, most].into_iter().flatten().min();
}

/// Reads a placement in the format of the input.
pub(crate) fn read_placement(format: Format, path: &Path, problem: &Problem) -> Result<Placement, Failure> {
    Ok(match format {
        Format::Roadef => roadef::read_assignment(path, problem)?,
        Format::Rasa | Format::Native => rasa::read_solution(&path.into(), problem)?,
    })
}

/// Writes a placement: the challenge's format, or {host: [component, ...]}.
pub(crate) fn write_placement(
    format: Format,
    path: &Path,
    problem: &Problem,
    placement: &Placement,
) -> Result<(), Failure> {
    match format {
        Format::Roadef => roadef::write_assignment(path, placement)?,
        Format::Rasa | Format::Native => rasa::write_solution(path, problem, placement)?,
    }
    Ok(())
}

/// Writes text to standard output; a closed pipe is no failure.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Print(error)),
        _ => Ok(()),
    }
}

/// Writes text to standard error; where that is closed, nobody listens.
pub(crate) fn say(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
