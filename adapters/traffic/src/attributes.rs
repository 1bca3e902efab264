//! What attributes (tags, in Jaeger's words) say of a span.

use std::net::IpAddr;
use std::sync::Arc;

use crate::span::Kind;

/// The value of an attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    Number(f64),
    Flag(bool),
}

/// Who is at the other end of a caller, the best word first.
///
/// # Source
/// OpenTelemetry semantic conventions 1.20 and later (`server.address`) and before (`net.peer.name`); OpenTracing's
/// `peer.service` and `peer.hostname`; databases and queues without an address are called by their system.
const CALLEE: [&str; 10] = [
    "peer.service",
    "server.address",
    "net.peer.name",
    "peer.hostname",
    "messaging.destination.name",
    "messaging.destination",
    "db.system.name",
    "db.system",
    "messaging.system",
    "rpc.service",
];
/// Who is at the other end of one that is called. Its own `server.address` is not among them.
const CALLER: [&str; 3] = ["peer.service", "client.address", "net.peer.name"];
/// Where a process runs, the best word first.
const HOST: [&str; 5] = ["nomad.node.name", "nomad.node", "k8s.node.name", "host.name", "hostname"];
/// Sizes that add up to what goes over the network; old and new names never come together.
const BYTES: [&str; 8] = [
    "http.request.body.size",
    "http.response.body.size",
    "http.request_content_length",
    "http.response_content_length",
    "http.request.size",
    "http.response.size",
    "messaging.message.body.size",
    "messaging.message.payload_size_bytes",
];

/// What has been said so far.
#[derive(Debug, Default)]
pub(crate) struct Attributes {
    callee: Option<(usize, Arc<str>)>,
    caller: Option<(usize, Arc<str>)>,
    host: Option<(usize, Arc<str>)>,
    pub(crate) kind: Option<Kind>,
    pub(crate) failed: bool,
    pub(crate) bytes: Option<u64>,
    pub(crate) probability: Option<f64>,
    probabilistic: Option<bool>,
    parameter: Option<f64>,
}

impl Attributes {
    /// Takes one; what nobody needs is passed over.
    pub(crate) fn take(&mut self, key: &str, value: Value<'_>) {
        match (key, value) {
            ("span.kind", Value::Text(word)) => self.kind = Some(Kind::from_word(word)),
            ("error", Value::Flag(failed)) => self.failed |= failed,
            ("error", Value::Text(text)) => self.failed |= text.eq_ignore_ascii_case("true"),
            ("otel.status_code", Value::Text(text)) => self.failed |= text == "ERROR",
            ("sampler.type", Value::Text(text)) => self.probabilistic = Some(text == "probabilistic"),
            ("sampler.param", Value::Number(parameter)) => self.parameter = Some(parameter),
            ("sampler.param", Value::Text(text)) => self.parameter = text.parse().ok(),
            ("sampling.probability", Value::Number(number)) => self.probability = sound(number),
            ("w3c.tracestate", Value::Text(text)) => self.probability = tracestate(text).or(self.probability),
            (_, Value::Number(number)) if BYTES.contains(&key) => self.add_bytes(number),
            (_, Value::Text(text)) if BYTES.contains(&key) => {
                if let Ok(number) = text.parse() {
                    self.add_bytes(number);
                }
            }
            (_, Value::Text(text)) if !text.is_empty() => {
                better(&mut self.callee, &CALLEE, key, text);
                better(&mut self.host, &HOST, key, text);
                // An address of a caller is as a rule that of a balancer or of somebody at home.
                if text.parse::<IpAddr>().is_err() {
                    better(&mut self.caller, &CALLER, key, text);
                }
            }
            _ => {}
        }
    }

    fn add_bytes(&mut self, number: f64) {
        // A size beyond an exabyte is none.
        if (0.0..1e18).contains(&number) {
            self.bytes = Some(self.bytes.unwrap_or(0).saturating_add(number as u64));
        }
    }

    /// Who is at the other end of a span of this kind.
    pub(crate) fn peer(&self, kind: Kind) -> Option<Arc<str>> {
        let of = |found: &Option<(usize, Arc<str>)>| found.as_ref().map(|(_, name)| name.clone());
        match kind {
            Kind::Server | Kind::Consumer => of(&self.caller),
            Kind::Client | Kind::Producer => of(&self.callee),
            Kind::Internal => None,
        }
    }

    /// Where it runs.
    pub(crate) fn host(&self) -> Option<Arc<str>> {
        self.host.as_ref().map(|(_, name)| name.clone())
    }

    /// The share of traces that are kept; of Jaeger's samplers only the probabilistic one says it.
    pub(crate) fn probability(&self) -> Option<f64> {
        let jaeger = || self.parameter.filter(|_| self.probabilistic == Some(true)).and_then(sound);
        self.probability.or_else(jaeger)
    }
}

/// Takes `text` where `key` is a better word than the one so far.
fn better(found: &mut Option<(usize, Arc<str>)>, keys: &[&str], key: &str, text: &str) {
    let Some(rank) = keys.iter().position(|&known| known == key) else { return };
    if found.as_ref().is_none_or(|(known, _)| rank < *known) {
        *found = Some((rank, text.into()));
    }
}

/// A probability that can be divided by; fewer than one of a billion is no sample.
fn sound(number: f64) -> Option<f64> {
    (1e-9..=1.0).contains(&number).then_some(number)
}

/// The share of traces that are kept, as OpenTelemetry's part of a W3C `tracestate` says it: `ot=th:c` or, before, `ot=p:3`.
///
/// `th` is the threshold below which traces are dropped, of 56 bits, in hexadecimal without trailing zeros.
///
/// # Source
/// OpenTelemetry, "TraceState: Probability Sampling", <https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/>.
pub(crate) fn tracestate(text: &str) -> Option<f64> {
    const DIGITS: usize = 14;
    let ours = text.split(',').find_map(|entry| entry.trim().strip_prefix("ot="))?;
    ours.split(';').find_map(|field| match field.split_once(':')? {
        ("th", digits) if (1..=DIGITS).contains(&digits.len()) => {
            let threshold = u64::from_str_radix(&format!("{digits:0<DIGITS$}"), 16).ok()?;
            let all = 1_u64 << 56;
            sound(all.saturating_sub(threshold) as f64 / all as f64)
        }
        ("p", exponent) => {
            exponent.parse::<i32>().ok().filter(|p| (0..63).contains(p)).map(|p| 0.5_f64.powi(p))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_word_for_the_other_end_is_taken() {
        let mut attributes = Attributes::default();
        attributes.take("db.system", Value::Text("postgresql"));
        attributes.take("server.address", Value::Text("db-1"));
        attributes.take("net.peer.name", Value::Text("old"));
        attributes.take("client.address", Value::Text("10.0.0.1"));
        assert_eq!(attributes.peer(Kind::Client).as_deref(), Some("db-1"));
        assert_eq!(attributes.peer(Kind::Server).as_deref(), Some("old"));
        assert_eq!(attributes.peer(Kind::Internal), None);
    }

    #[test]
    fn sampling_is_read_from_both_worlds() {
        assert_eq!(tracestate("ot=th:c"), Some(0.25));
        assert_eq!(tracestate("vendor=x, ot=rv:1;th:0"), Some(1.0));
        assert_eq!(tracestate("ot=p:3"), Some(0.125));
        for odd in ["", "ot=", "ot=th:", "ot=th:xyz", "ot=th:123456789012345", "ot=p:63", "ot=th:é"] {
            assert_eq!(tracestate(odd), None, "{odd}");
        }
        let mut attributes = Attributes::default();
        attributes.take("sampler.type", Value::Text("probabilistic"));
        attributes.take("sampler.param", Value::Number(0.1));
        assert_eq!(attributes.probability(), Some(0.1));
        attributes.take("sampler.type", Value::Text("ratelimiting"));
        assert_eq!(attributes.probability(), None);
    }

    #[test]
    fn sizes_add_up_and_impossible_ones_do_not_count() {
        let mut attributes = Attributes::default();
        attributes.take("http.request.body.size", Value::Number(100.0));
        attributes.take("http.response.body.size", Value::Text("23"));
        attributes.take("http.response.size", Value::Number(f64::NAN));
        attributes.take("http.request.size", Value::Number(-1.0));
        assert_eq!(attributes.bytes, Some(123));
    }
}
