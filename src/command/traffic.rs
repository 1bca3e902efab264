//! `colocate traffic`.

mod collect;
mod text;

use crate::cli::{Traffic, TrafficCommand};
use crate::exit::{Failure, Outcome};

/// Does what was asked for.
pub(crate) fn run(args: &Traffic) -> Result<Outcome, Failure> {
    match &args.command {
        TrafficCommand::Collect(args) => collect::run(args),
    }
}
