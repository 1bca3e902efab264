//! Counts the calls between services.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use colocate_files::Findings;
use colocate_model::FaultCode;

use super::forest::{Forest, Parent};
use super::skew::Skew;
use crate::edge::{EdgeSource, NetworkSample, Observed};
use crate::quantile::weighted_quantile;
use crate::span::{Kind, Span};

/// What traces say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Traced {
    /// The edges, in order of names.
    pub edges: Vec<Observed>,
    /// How it was found.
    pub report: TracesReport,
}

/// How edges were found in traces.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TracesReport {
    /// Spans, each once.
    pub spans: usize,
    /// Traces.
    pub traces: usize,
    /// The time that they are of, in s.
    pub window_s: f64,
    /// Spans that were there twice.
    pub duplicates: usize,
    /// Spans whose parent is not among them.
    pub missing_parents: usize,
    /// Those of them that answer somebody who is not named either.
    pub unknown_callers: usize,
    /// Calls to somebody who has no span and is not named.
    pub unknown_callees: usize,
    /// Links to spans that are not among them.
    pub missing_links: usize,
    /// Clocks that were put right.
    pub skew: Skew,
}

impl TracesReport {
    /// Warns of what is odd.
    pub(super) fn warn(&self, findings: &mut Findings) {
        let mut warn = |number: usize, code, cause: String, action: &str| {
            if number > 0 {
                findings.warn("traces", code, cause, action);
            }
        };
        let cause = format!("{} span(s) are there twice", self.duplicates);
        warn(self.duplicates, FaultCode::Duplicate, cause, "the longer of the two counts");
        let cause = format!(
            "{} of {} span(s) have a parent that is not among them; {} of these answer a caller whom nobody names",
            self.missing_parents, self.spans, self.unknown_callers
        );
        warn(
            self.missing_parents,
            FaultCode::Partial,
            cause,
            "give whole traces, or sample at their beginning",
        );
        let cause =
            format!("{} call(s) go to somebody who has no span and is not named", self.unknown_callees);
        let action = "set peer.service or server.address where they are made";
        warn(self.unknown_callees, FaultCode::Partial, cause, action);
        let cause = format!("{} link(s) lead to spans that are not among them", self.missing_links);
        warn(self.missing_links, FaultCode::Partial, cause, "give the traces of those who send messages too");
        let cause = format!(
            "{} span(s) lie outside the call that waits for them, by {:.3} ms at most",
            self.skew.spans,
            self.skew.largest_ns as f64 / 1e6
        );
        warn(self.skew.spans, FaultCode::Skew, cause, "synchronise the clocks; times were shifted");
    }
}

/// What is counted of an edge.
#[derive(Default)]
struct Tally {
    calls: f64,
    messages: f64,
    errors: f64,
    bytes: f64,
    /// How many of the calls say their bytes.
    sized: f64,
    durations: Vec<(u64, f64)>,
    network: Vec<NetworkSample>,
}

/// The calls of all traces.
#[derive(Default)]
pub(super) struct Calls {
    tallies: BTreeMap<(Arc<str>, Arc<str>), Tally>,
    report: TracesReport,
}

impl Calls {
    /// Counts them; `sampling` is the share of traces that are kept.
    pub(super) fn count(forest: &Forest, sampling: Option<f64>) -> Self {
        let weights = weights(&forest.spans, sampling);
        let mut calls = Self::default();
        let mut answered = calls.linked(forest, &weights);
        for (index, children) in forest.children().into_iter().enumerate() {
            calls.of_caller(forest, index, &children, weights.as_slice(), &mut answered);
        }
        for (index, span) in forest.spans.iter().enumerate() {
            if forest.parents[index] != Parent::Missing {
                continue;
            }
            calls.report.missing_parents += 1;
            let is_linked = span.kind == Kind::Consumer && !span.links.is_empty();
            match (&span.peer, span.kind) {
                (Some(caller), Kind::Server) if *caller != span.service => {
                    let ends = (caller, &span.service);
                    calls
                        .call(ends, weights[index], span.failed, span.bytes)
                        .add_duration(span.duration_ns, weights[index]);
                }
                (_, Kind::Server | Kind::Consumer) if !is_linked => calls.report.unknown_callers += 1,
                _ => {}
            }
        }
        calls
    }

    /// Messages that are taken by whom a link leads to; gives back which spans have been answered that way.
    fn linked(&mut self, forest: &Forest, weights: &[f64]) -> Vec<bool> {
        let mut answered = vec![false; forest.spans.len()];
        for (index, span) in forest.spans.iter().enumerate() {
            let mut senders = BTreeSet::new();
            for link in &span.links {
                match forest.find(link.trace, link.id, None) {
                    Some(sender) => {
                        let is_message = link.follows
                            || span.kind == Kind::Consumer
                            || forest.spans[sender].kind == Kind::Producer;
                        // What the parent says is counted with the parent's children.
                        if is_message && forest.parents[index] != Parent::Span(sender) {
                            senders.insert(sender);
                        }
                    }
                    None => self.report.missing_links += 1,
                }
            }
            for sender in senders {
                let from = &forest.spans[sender];
                if from.service != span.service {
                    answered[sender] = true;
                    self.message(from, span, weights[sender]);
                }
            }
        }
        answered
    }

    /// The calls that a span makes of those below it.
    fn of_caller(
        &mut self,
        forest: &Forest,
        index: usize,
        children: &[usize],
        weights: &[f64],
        answered: &mut [bool],
    ) {
        let caller = &forest.spans[index];
        let spans = || children.iter().map(|&child| (&forest.spans[child], weights[child]));
        let is_message = |callee: &Span| callee.kind == Kind::Consumer || caller.kind == Kind::Producer;
        let others = || spans().filter(|(span, _)| span.service != caller.service);
        for (callee, _) in others().filter(|(span, _)| is_message(span)) {
            answered[index] = true;
            self.message(caller, callee, weights[index]);
        }
        let callees: Vec<(&Span, f64)> = others().filter(|(span, _)| !is_message(span)).collect();
        if caller.kind != Kind::Client {
            for (callee, weight) in &callees {
                let ends = (&caller.service, &callee.service);
                let tally = self.call(ends, *weight, callee.failed, callee.bytes);
                tally.add_duration(callee.duration_ns, *weight);
            }
        } else if !callees.is_empty() {
            answered[index] = true;
            self.of_client(caller, &callees);
        }
        let goes_on = spans().any(|(span, _)| {
            span.service == caller.service && !matches!(span.kind, Kind::Internal | Kind::Consumer)
        });
        let asks = matches!(caller.kind, Kind::Client | Kind::Producer);
        if asks && !answered[index] && !goes_on {
            self.of_unanswered(caller, weights[index]);
        }
    }

    /// The calls of a client: one for every server below it; of a service that has no server there, but other spans, one.
    fn of_client(&mut self, client: &Span, callees: &[(&Span, f64)]) {
        let servers = callees.iter().filter(|(callee, _)| callee.kind == Kind::Server).count();
        let mut seen = BTreeSet::new();
        for &(callee, weight) in callees {
            let is_server = callee.kind == Kind::Server;
            let has_server = || {
                callees.iter().any(|(other, _)| other.service == callee.service && other.kind == Kind::Server)
            };
            if !is_server && (has_server() || !seen.insert(&callee.service)) {
                continue;
            }
            let ends = (&client.service, &callee.service);
            let tally =
                self.call(ends, weight, client.failed || callee.failed, client.bytes.or(callee.bytes));
            tally.add_duration(client.duration_ns, weight);
            // Where one client span has several answers, no one of them explains its time.
            let network =
                client.duration_ns.checked_sub(callee.duration_ns).filter(|_| is_server && servers == 1);
            tally.network.extend(network.map(|ns| NetworkSample {
                from_host: client.host.clone(),
                to_host: callee.host.clone(),
                ns,
                weight,
            }));
        }
    }

    /// A call or message to somebody who has no span.
    fn of_unanswered(&mut self, caller: &Span, weight: f64) {
        match &caller.peer {
            Some(peer) if *peer == caller.service => {}
            Some(peer) => {
                let tally = self.call((&caller.service, peer), weight, caller.failed, caller.bytes);
                if caller.kind == Kind::Client {
                    tally.add_duration(caller.duration_ns, weight);
                } else {
                    tally.messages += weight;
                }
            }
            None => self.report.unknown_callees += 1,
        }
    }

    fn message(&mut self, from: &Span, to: &Span, weight: f64) {
        let bytes = from.bytes.or(to.bytes);
        self.call((&from.service, &to.service), weight, from.failed || to.failed, bytes).messages += weight;
    }

    fn call(
        &mut self,
        (from, to): (&Arc<str>, &Arc<str>),
        weight: f64,
        failed: bool,
        bytes: Option<u64>,
    ) -> &mut Tally {
        let tally = self.tallies.entry((from.clone(), to.clone())).or_default();
        tally.calls += weight;
        tally.errors += if failed { weight } else { 0.0 };
        if let Some(bytes) = bytes {
            tally.bytes += weight * bytes as f64;
            tally.sized += weight;
        }
        tally
    }

    /// Rates over `window_s`. Calls that do not say their bytes have as many as those that do.
    pub(super) fn finish(self, forest: &Forest, skew: Skew, window_s: f64) -> Traced {
        let edge = |((from, to), mut tally): ((Arc<str>, Arc<str>), Tally)| {
            let mut quantile = |q| weighted_quantile(&mut tally.durations, q).map(|ns| ns as f64 / 1e3);
            let (p50_us, p95_us) = (quantile(0.5), quantile(0.95));
            let bytes = (tally.sized > 0.0).then(|| tally.bytes / tally.sized * tally.calls);
            Observed {
                calls_per_s: Some(tally.calls / window_s),
                messages_per_s: tally.messages / window_s,
                errors_per_s: Some(tally.errors / window_s),
                bytes_per_s: bytes.map(|bytes| bytes / window_s),
                p50_us,
                p95_us,
                network: tally.network,
                ..Observed::new(&*from, &*to, EdgeSource::Traces)
            }
        };
        let report = TracesReport {
            spans: forest.spans.len(),
            traces: forest.spans.chunk_by(|a, b| a.trace == b.trace).count(),
            window_s,
            duplicates: forest.duplicates,
            skew,
            ..self.report
        };
        Traced { edges: self.tallies.into_iter().map(edge).collect(), report }
    }
}

impl Tally {
    fn add_duration(&mut self, ns: u64, weight: f64) {
        self.durations.push((ns, weight));
    }
}

/// How many calls every span stands for. Where spans say it, a span that does not goes with the rarest of its trace:
/// Jaeger says it at the root alone.
fn weights(spans: &[Span], sampling: Option<f64>) -> Vec<f64> {
    if let Some(sampling) = sampling {
        return vec![1.0 / sampling; spans.len()];
    }
    let of_trace = |spans: &[Span]| {
        let rarest = spans.iter().filter_map(|span| span.probability).min_by(f64::total_cmp).unwrap_or(1.0);
        spans.iter().map(|span| 1.0 / span.probability.unwrap_or(rarest)).collect::<Vec<f64>>()
    };
    spans.chunk_by(|a, b| a.trace == b.trace).flat_map(of_trace).collect()
}
