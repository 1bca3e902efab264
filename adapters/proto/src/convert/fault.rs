//! Faults.

use colocate_model::{Document, Fault, FaultCode, Faults};

use crate::v1;

const DOCUMENTS: [Document; 10] = [
    Document::Cluster,
    Document::Placement,
    Document::Latency,
    Document::Traffic,
    Document::Forecast,
    Document::Utilisation,
    Document::Policy,
    Document::Plan,
    Document::Request,
    Document::Answer,
];

/// The message of a fault.
#[must_use]
pub fn fault(fault: &Fault) -> v1::Fault {
    v1::Fault {
        code: fault.code.to_string(),
        document: fault.document.name().to_owned(),
        place: fault.place.clone(),
        cause: fault.cause.clone(),
        action: fault.action.clone(),
    }
}

/// The messages of faults.
#[must_use]
pub fn faults(faults: &Faults) -> Vec<v1::Fault> {
    faults.0.iter().map(fault).collect()
}

/// The fault of a message; `None` where its code or document is of a later version.
#[must_use]
pub fn fault_from_wire(fault: v1::Fault) -> Option<Fault> {
    Some(Fault {
        document: DOCUMENTS.into_iter().find(|document| document.name() == fault.document)?,
        code: FaultCode::ALL.iter().copied().find(|code| code.to_string() == fault.code)?,
        place: fault.place,
        cause: fault.cause,
        action: fault.action,
    })
}

/// The faults of messages, those of later versions left out.
#[must_use]
pub fn faults_from_wire(faults: Vec<v1::Fault>) -> Faults {
    Faults(faults.into_iter().filter_map(fault_from_wire).collect())
}
