//! What traces are made of.

use std::sync::Arc;

/// A piece of work of one service, as its tracer recorded it.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The trace that it belongs to.
    pub trace: u128,
    /// Its number in the trace; client and server of a call may share it.
    pub id: u64,
    /// The span that waits for it.
    pub parent: Option<u64>,
    /// Spans that caused it and do not wait.
    pub links: Vec<Link>,
    /// Its part in a call.
    pub kind: Kind,
    /// Who did it.
    pub service: Arc<str>,
    /// Where, as far as the tracer says it.
    pub host: Option<Arc<str>>,
    /// Who is at the other end, as far as the tracer says it.
    pub peer: Option<Arc<str>>,
    /// When it began, in ns since 1970.
    pub start_ns: u64,
    /// How long it took, in ns.
    pub duration_ns: u64,
    /// Whether it failed.
    pub failed: bool,
    /// Bytes of request and response, as far as the tracer says it.
    pub bytes: Option<u64>,
    /// The share of traces that are kept, in (0, 1], as far as the tracer says it.
    pub probability: Option<f64>,
}

/// A span that caused another one and does not wait for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// Its trace.
    pub trace: u128,
    /// Its number.
    pub id: u64,
    /// Whether the one surely follows from the other, which the links of OpenTelemetry alone do not say.
    pub follows: bool,
}

/// The part of a span in a call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It calls and waits.
    Client,
    /// It answers.
    Server,
    /// It sends a message.
    Producer,
    /// It takes a message.
    Consumer,
    /// None, or nobody says.
    #[default]
    Internal,
}

impl Kind {
    /// The kind that OpenTelemetry and OpenTracing call `word`: `client`, `CLIENT`, `SPAN_KIND_CLIENT`.
    pub(crate) fn from_word(word: &str) -> Self {
        let word = word.to_ascii_lowercase();
        match word.strip_prefix("span_kind_").unwrap_or(&word) {
            "client" => Self::Client,
            "server" => Self::Server,
            "producer" => Self::Producer,
            "consumer" => Self::Consumer,
            _ => Self::Internal,
        }
    }

    /// The kind of a number of OpenTelemetry's `SpanKind`.
    pub(crate) const fn from_number(number: i64) -> Self {
        match number {
            2 => Self::Server,
            3 => Self::Client,
            4 => Self::Producer,
            5 => Self::Consumer,
            _ => Self::Internal,
        }
    }
}

/// The service of a span that names none, by OpenTelemetry's rule.
pub(crate) const NAMELESS: &str = "unknown_service";
