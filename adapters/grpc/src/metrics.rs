//! What is counted. Labels are names of methods, codes and reasons: their number is bounded whatever callers send.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use tonic::Code;

/// Describes every metric; the binary calls it once it has installed an exporter.
pub fn describe_metrics() {
    describe_counter!("colocate_calls_total", "Calls that ended, by method and code.");
    describe_histogram!(
        "colocate_call_duration_seconds",
        Unit::Seconds,
        "From the headers of a call to its end."
    );
    describe_gauge!(SOLVES, "Calls of Solve, SolveStream, Pareto and Explain that are admitted.");
    describe_gauge!(
        EVALUATIONS,
        "Calls of Evaluate, Check, Validate, Forecasts.Get, Latency.Get and Agents.Focus that are admitted."
    );
    describe_gauge!(
        WATCHES,
        "Calls of Forecasts.Watch, Latency.Watch and Agents.Measurements that are admitted."
    );
    describe_gauge!(WORKERS, "Threads that work for a call, those included that nobody waits for any more.");
    describe_gauge!(CONNECTIONS, "Open connections.");
    describe_gauge!(
        "colocate_memory_reserved_bytes",
        Unit::Bytes,
        "Memory reserved for requests and problems."
    );
    describe_counter!("colocate_refused_total", "Calls and connections that a limit refused, by reason.");
    describe_counter!("colocate_cancelled_total", "Calls told to end, by whom: caller, client or drain.");
    describe_counter!("colocate_panics_total", "Calls that a panic ended.");
    describe_counter!(
        "colocate_incumbents_lost_total",
        "Placements that a slow reader of a stream did not get."
    );
    describe_counter!("colocate_handshakes_failed_total", "TLS handshakes that failed or took too long.");
    describe_counter!("colocate_reloads_total", "Changed files read again, by what and outcome.");
}

/// Admitted solves.
pub(crate) const SOLVES: &str = "colocate_solves_running";
/// Admitted evaluations.
pub(crate) const EVALUATIONS: &str = "colocate_evaluations_running";
/// Admitted watches.
pub(crate) const WATCHES: &str = "colocate_watches_running";
/// Worker threads.
pub(crate) const WORKERS: &str = "colocate_workers";
/// Open connections.
pub(crate) const CONNECTIONS: &str = "colocate_connections";

/// One of what a gauge counts, as long as it lives.
pub(crate) struct Counted(&'static str);

impl Counted {
    pub(crate) fn new(name: &'static str) -> Self {
        gauge!(name).increment(1.0);
        Self(name)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        gauge!(self.0).decrement(1.0);
    }
}

pub(crate) fn called(method: &'static str, code: Code, duration: Duration) {
    counter!("colocate_calls_total", "method" => method, "code" => code_name(code)).increment(1);
    histogram!("colocate_call_duration_seconds", "method" => method).record(duration.as_secs_f64());
}

pub(crate) fn refused(reason: &'static str) {
    counter!("colocate_refused_total", "reason" => reason).increment(1);
}

pub(crate) fn cancelled(by: &'static str, count: usize) {
    counter!("colocate_cancelled_total", "by" => by).increment(count as u64);
}

pub(crate) fn panicked() {
    counter!("colocate_panics_total").increment(1);
}

pub(crate) fn incumbent_lost() {
    counter!("colocate_incumbents_lost_total").increment(1);
}

pub(crate) fn handshake_failed() {
    counter!("colocate_handshakes_failed_total").increment(1);
}

pub(crate) fn reloaded(what: &'static str, renewed: bool) {
    let outcome = if renewed { "renewed" } else { "kept" };
    counter!("colocate_reloads_total", "what" => what, "outcome" => outcome).increment(1);
}

pub(crate) fn memory_reserved(bytes: u64) {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    gauge!("colocate_memory_reserved_bytes").set(bytes as f64);
}

/// The name of a code in the specification.
pub(crate) const fn code_name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
