//! Why a call has no answer.

use std::time::Duration;

use colocate_proto::v1;
use prost::Message;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CallError {
    /// The request is faulty.
    #[error("{message}")]
    Faults {
        /// What is wrong; a server leaves out what headers have no room for, and `Validate` lists all.
        faults: Vec<v1::Fault>,
        /// In one line.
        message: String,
    },
    /// Something of the server is used up.
    #[error("the server is busy: {message}")]
    Exhausted {
        /// What, such as SOLVES or MEMORY; empty where the server does not say.
        reason: String,
        /// When to come back, where the server says so.
        retry_after: Option<Duration>,
        /// In one line.
        message: String,
    },
    /// The server does not know the token or the certificate.
    #[error("the server does not let us in: {message}")]
    Unauthenticated {
        /// In one line.
        message: String,
    },
    /// Anything else.
    #[error("{}: {}", .0.code(), .0.message())]
    Status(#[source] Box<Status>),
    /// More than is taken.
    #[error("the server sends more than {limit} bytes")]
    TooMuch {
        /// What is taken, in bytes.
        limit: u64,
    },
    /// An answer that is none.
    #[error("the server ended the stream without an answer")]
    NoAnswer,
}

impl From<Status> for CallError {
    fn from(status: Status) -> Self {
        let message = status.message().to_owned();
        match status.code() {
            Code::InvalidArgument => Self::Faults { faults: faults(&status), message },
            Code::ResourceExhausted => {
                let details = status.get_error_details();
                Self::Exhausted {
                    reason: details.error_info().map(|info| info.reason.clone()).unwrap_or_default(),
                    retry_after: details.retry_info().and_then(|info| info.retry_delay),
                    message,
                }
            }
            Code::Unauthenticated => Self::Unauthenticated { message },
            _ => Self::Status(Box::new(status)),
        }
    }
}

/// The faults among the details.
fn faults(status: &Status) -> Vec<v1::Fault> {
    let details = tonic_types::Status::decode(status.details()).map(|status| status.details);
    let faults = details.into_iter().flatten().filter(|any| any.type_url.ends_with("/colocate.v1.Fault"));
    faults.filter_map(|any| v1::Fault::decode(&*any.value).ok()).collect()
}
