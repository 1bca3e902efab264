//! Why a call fails, and what its caller is told: one function, one table.

use std::collections::HashMap;
use std::time::Duration;

use colocate_model::{Fault, Faults};
use colocate_proto::v1;
use prost::Message;
use prost_types::Any;
use tonic::{Code, Status};
use tonic_types::pb;

use crate::metrics;
use crate::services::Service;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refusal {
    /// The request is faulty.
    #[error("{}", summary(.0))]
    Faults(Faults),
    /// `grpc-timeout` is none.
    #[error("grpc-timeout is up to eight digits and one of H, M, S, m, u and n")]
    Timeout,
    /// A compressed message that cannot be read.
    #[error("the message is damaged: its gzip stream cannot be read")]
    Damaged,
    /// A second message where one is due.
    #[error("the method takes one message")]
    Messages,
    /// No token, or one that is not valid.
    #[error("a valid token is needed: authorization: Bearer TOKEN")]
    Unauthenticated,
    /// Something is used up.
    #[error("{}: {used} used, {limit} allowed", .reason.words())]
    Exhausted {
        /// What.
        reason: Reason,
        /// How much there is.
        limit: u64,
        /// How much is used, or would be.
        used: u64,
    },
    /// The caller has a running solve of that name.
    #[error("a solve of this name is running")]
    Exists,
    /// The caller has no running solve of that name.
    #[error("no solve of this name is running")]
    NotFound,
    /// The deadline is over, or leaves no time to answer.
    #[error("the deadline leaves no time to answer")]
    Late,
    /// The request did not arrive in time.
    #[error("the request took too long to arrive")]
    Upload,
    /// The server does not offer the service.
    #[error("{}", .0.not_offered())]
    NotConfigured(Service),
    /// There is nothing to hand out yet.
    #[error(
        "no {} has been {} yet; the log of the server says why if it takes longer than usual",
        .0.product().0,
        .0.product().1
    )]
    NoneYet(Service),
    /// The newest is too old for the caller.
    #[error(
        "the newest {} was {} {age_s} s ago, {max_age_s} s are allowed",
        .service.product().0,
        .service.product().1
    )]
    TooOld {
        /// Who hands it out.
        service: Service,
        /// When it was made, in s before now.
        age_s: u64,
        /// How long ago it may have been, in s.
        max_age_s: u64,
    },
    /// The server shuts down.
    #[error("the server is shutting down")]
    Draining,
    /// A bug, or a system that is out of order; the log has more under this name.
    #[error("the server failed; its log has more under call {0}")]
    Failed(String),
}

/// What can be used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reason {
    Solves,
    TokenSolves,
    Evaluations,
    Watches,
    Memory,
    MessageSize,
    Workers,
}

impl Reason {
    /// The reason in `google.rpc.ErrorInfo`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Solves => "SOLVES",
            Self::TokenSolves => "TOKEN_SOLVES",
            Self::Evaluations => "EVALUATIONS",
            Self::Watches => "WATCHES",
            Self::Memory => "MEMORY",
            Self::MessageSize => "MESSAGE_SIZE",
            Self::Workers => "WORKERS",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Solves => "solves at a time",
            Self::TokenSolves => "solves at a time for one token",
            Self::Evaluations => "evaluations at a time",
            Self::Watches => "watches at a time",
            Self::Memory => "bytes of memory for requests and problems",
            Self::MessageSize => "bytes of a message",
            Self::Workers => "worker threads",
        }
    }

    /// When to come back; never with the same message where it is the message that is too large.
    const fn retry(self) -> Option<Duration> {
        match self {
            Self::MessageSize => None,
            _ => Some(RETRY),
        }
    }
}

/// When a refused caller may come back: about as long as the shortest solves take.
const RETRY: Duration = Duration::from_secs(1);
/// The domain of `google.rpc.ErrorInfo`.
const DOMAIN: &str = "colocate";
/// Bytes of details, at most. They travel as base64 in a trailer, and clients take 8 KiB of trailers by default.
const DETAILS: usize = 4096;
/// Bytes of one text of a fault in the details, at most: Validate has all of it.
const TEXT: usize = 256;
/// Bytes of the message, at most: it may grow threefold, for it is percent-encoded.
const MESSAGE: usize = 384;

impl Refusal {
    /// The code of a refusal.
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::Faults(_) | Self::Timeout | Self::Damaged => Code::InvalidArgument,
            Self::Messages | Self::NotConfigured(_) => Code::Unimplemented,
            Self::Unauthenticated => Code::Unauthenticated,
            Self::Exhausted { .. } => Code::ResourceExhausted,
            Self::Exists => Code::AlreadyExists,
            Self::NotFound => Code::NotFound,
            Self::Late | Self::Upload => Code::DeadlineExceeded,
            Self::TooOld { .. } => Code::FailedPrecondition,
            Self::NoneYet(_) | Self::Draining => Code::Unavailable,
            Self::Failed(_) => Code::Internal,
        }
    }

    /// What the caller is told.
    pub(crate) fn status(&self) -> Status {
        let message = cut(&self.to_string(), MESSAGE);
        let details = match self {
            Self::Faults(faults) => fault_details(faults),
            Self::Exhausted { reason, limit, used } => {
                metrics::refused(reason.name());
                let metadata = [("limit", *limit), ("used", *used)];
                let mut details = vec![info(reason.name(), &metadata)];
                details.extend(reason.retry().map(retry));
                details
            }
            Self::Draining => vec![info("DRAINING", &[]), retry(RETRY)],
            Self::NotConfigured(service) => vec![info(service.not_configured(), &[])],
            Self::NoneYet(service) => vec![info(service.none_yet(), &[]), retry(RETRY)],
            Self::TooOld { service, age_s, max_age_s } => {
                vec![info(service.too_old(), &[("age_s", *age_s), ("max_age_s", *max_age_s)])]
            }
            _ => Vec::new(),
        };
        if details.is_empty() {
            return Status::new(self.code(), message);
        }
        let status = pb::Status { code: self.code() as i32, message: message.clone(), details };
        Status::with_details(self.code(), message, status.encode_to_vec().into())
    }
}

impl From<Refusal> for Status {
    fn from(refusal: Refusal) -> Self {
        refusal.status()
    }
}

impl From<Faults> for Refusal {
    fn from(faults: Faults) -> Self {
        Self::Faults(faults)
    }
}

/// How many faults there are, and the first.
fn summary(faults: &Faults) -> String {
    match faults.0.as_slice() {
        [] => "the request is faulty".into(),
        [fault] => fault.to_string(),
        [fault, ..] => format!("{} faults, the first: {fault}", faults.0.len()),
    }
}

/// As many faults as fit: each as a violation of `google.rpc.BadRequest` and as [`v1::Fault`].
fn fault_details(faults: &Faults) -> Vec<Any> {
    let total = faults.0.len() as u64;
    let (mut violations, mut ours) = (Vec::new(), Vec::new());
    // Room for the frames of the messages around the faults.
    let mut room = DETAILS - 512;
    for fault in &faults.0 {
        let fault = v1_fault(fault, TEXT);
        let violation = pb::bad_request::FieldViolation {
            field: format!("{} {}", fault.document, fault.place),
            description: format!("{}; {}", fault.cause, fault.action),
            reason: fault.code.clone(),
            localized_message: None,
        };
        let size = violation.encoded_len() + fault.encoded_len() + ANY;
        if size > room {
            break;
        }
        room -= size;
        violations.push(violation);
        ours.push(any("type.googleapis.com/colocate.v1.Fault", &fault));
    }
    let shown = violations.len() as u64;
    let mut details = vec![
        info("FAULTS", &[("total", total), ("shown", shown)]),
        any("type.googleapis.com/google.rpc.BadRequest", &pb::BadRequest { field_violations: violations }),
    ];
    details.append(&mut ours);
    details
}

/// Bytes around a message in the details, at most: its type, tags and lengths.
const ANY: usize = 64;

/// A fault on the wire, each of its texts cut to `text` bytes.
pub(crate) fn v1_fault(fault: &Fault, text: usize) -> v1::Fault {
    v1::Fault {
        code: fault.code.to_string(),
        document: fault.document.name().to_owned(),
        place: cut(&fault.place, text),
        cause: cut(&fault.cause, text),
        action: cut(&fault.action, text),
    }
}

fn info(reason: &str, metadata: &[(&str, u64)]) -> Any {
    let metadata: HashMap<String, String> =
        metadata.iter().map(|(name, value)| ((*name).to_owned(), value.to_string())).collect();
    let info = pb::ErrorInfo { reason: reason.to_owned(), domain: DOMAIN.to_owned(), metadata };
    any("type.googleapis.com/google.rpc.ErrorInfo", &info)
}

fn retry(after: Duration) -> Any {
    let retry_delay = prost_types::Duration::try_from(after).ok();
    any("type.googleapis.com/google.rpc.RetryInfo", &pb::RetryInfo { retry_delay })
}

fn any(type_url: &str, message: &impl Message) -> Any {
    Any { type_url: type_url.to_owned(), value: message.encode_to_vec() }
}

/// At most `bytes` of `text`, ending at a character.
fn cut(text: &str, bytes: usize) -> String {
    if text.len() <= bytes {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes - '…'.len_utf8());
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use colocate_model::{Document, FaultCode};
    use tonic_types::StatusExt;

    use super::*;

    fn exhausted(reason: Reason) -> Refusal {
        Refusal::Exhausted { reason, limit: 2, used: 3 }
    }

    #[test]
    fn every_refusal_has_its_code() {
        for (refusal, code) in [
            (Refusal::Faults(Faults::default()), Code::InvalidArgument),
            (Refusal::Timeout, Code::InvalidArgument),
            (Refusal::Damaged, Code::InvalidArgument),
            (Refusal::Messages, Code::Unimplemented),
            (Refusal::Unauthenticated, Code::Unauthenticated),
            (exhausted(Reason::Solves), Code::ResourceExhausted),
            (Refusal::Exists, Code::AlreadyExists),
            (Refusal::NotFound, Code::NotFound),
            (Refusal::Late, Code::DeadlineExceeded),
            (Refusal::Upload, Code::DeadlineExceeded),
            (Refusal::NotConfigured(Service::Solver), Code::Unimplemented),
            (Refusal::NoneYet(Service::Forecasts), Code::Unavailable),
            (Refusal::TooOld { service: Service::Latency, age_s: 2, max_age_s: 1 }, Code::FailedPrecondition),
            (Refusal::Draining, Code::Unavailable),
            (Refusal::Failed("1".into()), Code::Internal),
        ] {
            assert_eq!(refusal.status().code(), code, "{refusal}");
        }
    }

    #[test]
    fn what_is_used_up_says_how_much_and_when_to_come_back() {
        let status = exhausted(Reason::TokenSolves).status();
        let info = status.get_details_error_info().unwrap();
        assert_eq!((info.reason.as_str(), info.domain.as_str()), ("TOKEN_SOLVES", "colocate"));
        assert_eq!((info.metadata["limit"].as_str(), info.metadata["used"].as_str()), ("2", "3"));
        assert!(status.get_details_retry_info().unwrap().retry_delay.is_some());
        let status = exhausted(Reason::MessageSize).status();
        assert!(status.get_details_retry_info().is_none());
    }

    #[test]
    fn faults_are_cut_to_what_a_client_takes_and_say_so() {
        let mut faults = Faults::default();
        for index in 0..1000 {
            let place = format!("/hosts/{index}");
            faults.add(Document::Cluster, place, FaultCode::UnknownHost, "ä".repeat(1000), "name one");
        }
        let status = Refusal::Faults(faults).status();
        assert!(status.details().len() <= DETAILS, "{}", status.details().len());
        assert!(status.message().len() <= MESSAGE);
        let info = status.get_details_error_info().unwrap();
        let shown: usize = info.metadata["shown"].parse().unwrap();
        assert_eq!(info.metadata["total"], "1000");
        let bad = status.get_details_bad_request().unwrap();
        assert_eq!(bad.field_violations.len(), shown);
        assert!(shown >= 2);
        assert_eq!(bad.field_violations[0].field, "cluster /hosts/0");
        let raw = pb::Status::decode(status.details()).unwrap();
        assert_eq!(raw.details.len(), shown + 2);
        let fault = v1::Fault::decode(raw.details[2].value.as_slice()).unwrap();
        assert_eq!((fault.code.as_str(), fault.place.as_str()), ("E1205", "/hosts/0"));
    }
}
