//! `colocate convert`.

use std::path::Path;

use colocate_files::write_atomically;
use colocate_proto::{Message, convert};

use crate::cli::Input;
use crate::exit::{Failure, Outcome};
use crate::input;

/// Writes a problem as native files into `folder`, and as a message into `proto`.
pub(crate) fn run(input: &Input, folder: Option<&Path>, proto: Option<&Path>) -> Result<Outcome, Failure> {
    let job = input::read(input, |_| {})?;
    if let Some(folder) = folder {
        colocate_files::native::write(&job.loaded.draft, folder)?;
    }
    if let Some(path) = proto {
        let bytes = convert::problem(&job.loaded).encode_to_vec();
        write_atomically(path, |file| file.write_all(&bytes))?;
    }
    Ok(Outcome::Done)
}
