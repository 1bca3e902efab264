//! Assignments: the machine of every process, in order.

use std::path::Path;

use colocate_model::{Document, Faults, HostId, Placement, Problem};

use super::tokens::Tokens;
use crate::atomic::{WriteError, write_atomically};
use crate::source;

/// Parses an assignment of `sizes` = (processes, machines); where these are not known, only its form is checked.
pub(super) fn parse(bytes: &[u8], sizes: Option<(usize, usize)>, faults: &mut Faults) -> Vec<usize> {
    let mut tokens = Tokens::new(bytes, Document::Placement, faults);
    let mut hosts = Vec::new();
    let Some((processes, machines)) = sizes else { return hosts };
    for process in 0..processes {
        match tokens.integer(&format!("the machine of process {process}"), 0..=machines as i64 - 1) {
            Some(host) => hosts.push(host as usize),
            None => return hosts,
        }
    }
    tokens.finish();
    hosts
}

/// Reads a placement of `problem` in the challenge's format.
///
/// # Errors
/// Every fault of the file, with its line.
pub fn read_assignment(path: &Path, problem: &Problem) -> Result<Placement, Faults> {
    let mut faults = Faults::default();
    let bytes = source::read_all(&path.into(), Document::Placement, &mut faults).unwrap_or_default();
    faults = faults.into_result(Faults::default())?;
    let hosts = parse(&bytes, Some((problem.components.len(), problem.hosts.len())), &mut faults);
    faults.into_result(Placement::new(hosts.into_iter().map(|host| Some(HostId::new(host))).collect()))
}

/// Writes `placement` in the challenge's format.
///
/// # Errors
/// [`WriteError::Unplaced`] when a component has no host, [`WriteError::Io`] when the system refuses.
pub fn write_assignment(path: &Path, placement: &Placement) -> Result<(), WriteError> {
    if let Some((component, _)) = placement.iter().find(|(_, host)| host.is_none()) {
        return Err(WriteError::Unplaced { component: format!("p{}", component.index()) });
    }
    write_atomically(path, |w| {
        let mut separator = "";
        for (_, host) in placement.iter() {
            write!(w, "{separator}{}", host.map_or(0, HostId::index))?;
            separator = " ";
        }
        writeln!(w)
    })
}
