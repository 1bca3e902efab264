//! From the files named on the command line to a problem, and back to a file in the same format.

use std::io::{ErrorKind, Write};
use std::path::Path;

use colocate_files::{Inputs, load, rasa, roadef};
use colocate_model::{Draft, Faults, Placement, Problem};

use crate::cli::{Format, Input};
use crate::exit::Failure;

/// A problem with the draft it was built from.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) draft: Draft,
    pub(crate) problem: Problem,
}

/// Reads the problem; `adjust` may change the draft before it is validated.
pub(crate) fn read(input: &Input, adjust: impl FnOnce(&mut Draft)) -> Result<Read, Failure> {
    let wanted = if input.format == Format::Roadef { 2 } else { 1 };
    if input.files.len() != wanted {
        return Err(Failure::Usage(format!(
            "this format takes {wanted} file(s), {} given",
            input.files.len()
        )));
    }
    let first = input.files[0].as_path();
    let (draft, problem) = match input.format {
        Format::Roadef => build(roadef::read(first, &input.files[1])?, adjust)?,
        Format::Rasa => build(rasa::read(first)?, adjust)?,
        Format::Native => {
            let mut inputs = Inputs::new(first);
            inputs.utilisation = input.utilisation.as_deref().map(Into::into);
            inputs.latency = input.latency.as_deref().map(Into::into);
            inputs.forecast = input.forecast.as_deref().map(Into::into);
            inputs.traffic = input.traffic.as_deref().map(Into::into);
            inputs.policy = input.policy.as_deref().map(Into::into);
            let mut loaded = load(&inputs)?;
            adjust(&mut loaded.draft);
            let problem = loaded.build()?;
            (loaded.draft, problem)
        }
    };
    Ok(Read { draft, problem })
}

fn build(mut draft: Draft, adjust: impl FnOnce(&mut Draft)) -> Result<(Draft, Problem), Faults> {
    adjust(&mut draft);
    let problem = draft.build()?;
    Ok((draft, problem))
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
