//! The machine reassignment problem of the ROADEF/EURO Challenge 2012: models, assignments and the policy that makes
//! costs equal to the challenge's.
//!
//! Resources are named `r0..`, machines `m0..`, services `s0..`, processes `p0..`, in the order of the file.

mod assignment;
mod model;
mod tokens;

pub use assignment::{read_assignment, write_assignment};

use std::path::Path;

use colocate_model::{Document, Draft, Faults};

use crate::source;
use tokens::Tokens;

/// Reads a model and the initial assignment.
///
/// # Errors
/// Every fault of the two files, with its line.
pub fn read(model: &Path, assignment: &Path) -> Result<Draft, Faults> {
    let mut faults = Faults::default();
    let model = source::read_all(&model.into(), Document::Cluster, &mut faults);
    let assignment = source::read_all(&assignment.into(), Document::Placement, &mut faults);
    let draft = parse_files(model.as_deref(), assignment.as_deref(), &mut faults);
    faults.into_result(draft.unwrap_or_default())
}

/// Parses a model and the initial assignment from memory.
///
/// # Errors
/// As [`read`].
pub fn parse(model: &[u8], assignment: &[u8]) -> Result<Draft, Faults> {
    let mut faults = Faults::default();
    let draft = parse_files(Some(model), Some(assignment), &mut faults);
    faults.into_result(draft.unwrap_or_default())
}

/// The draft, `None` only where a fault says why.
fn parse_files(model: Option<&[u8]>, assignment: Option<&[u8]>, faults: &mut Faults) -> Option<Draft> {
    let mut draft = model.and_then(|bytes| model::parse(&mut Tokens::new(bytes, Document::Cluster, faults)));
    let sizes = draft.as_ref().map(|draft| (draft.components.len(), draft.hosts.len()));
    let hosts = assignment.map(|bytes| assignment::parse(bytes, sizes, faults)).unwrap_or_default();
    if let Some(draft) = &mut draft {
        for (component, host) in draft.components.iter_mut().zip(hosts) {
            component.host = Some(machine(host));
        }
    }
    draft
}

fn machine(index: usize) -> String {
    format!("m{index}")
}
