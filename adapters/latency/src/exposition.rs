//! What an agent shows to Prometheus, and what is read back from it.
//!
//! Round trips are cumulative histograms with the buckets of [`Histogram`] that hold anything, so a matrix made of them is
//! the one that the agents' own slots make. Labels are the domains of a path and its method; hosts that are probed are no
//! labels, so a page has at most [`DOMAINS`](crate::DOMAINS) paths however large the cluster is.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use colocate_prometheus::{Labels, TimeSeries};

use crate::agent::Agent;
use crate::collector::Collector;
use crate::histogram::Histogram;
use crate::probe::Refusal;
use crate::samples::PathSamples;
use crate::slot::Method;

const PREFIX: &str = "colocate_agent";
/// What all series of paths begin with.
const PATH: &str = "colocate_agent_path_";

/// A sum over a path: its name after [`PATH`], what it means, and where it is.
type Sum = (&'static str, &'static str, fn(&mut PathSamples) -> &mut u64);

/// The sums over a path.
const SUMS: [Sum; 7] = [
    ("packets_total", "Probes whose fate is known.", |samples| &mut samples.sent),
    ("lost_total", "Probes that were lost.", |samples| &mut samples.lost),
    ("duplicated_total", "Echoes that came more than once.", |samples| &mut samples.duplicated),
    ("reordered_total", "Echoes that came after a later one.", |samples| &mut samples.reordered),
    ("discarded_total", "Probes that say nothing.", |samples| &mut samples.discarded),
    ("jitter_ns_total", "Sum of the differences of transit times, in ns.", |samples| {
        &mut samples.jitter_sum_ns
    }),
    ("jitter_samples_total", "Differences of transit times.", |samples| &mut samples.jitter_count),
];

/// The page of an agent in the text format of Prometheus.
#[must_use]
pub fn page(agent: &Agent) -> String {
    let here = agent.here();
    let from = here.as_ref().and_then(|here| here.domain(agent.level())).unwrap_or_default();
    let mut page = String::new();
    let totals = agent.totals();
    let mut sums: Vec<(String, PathSamples)> = Vec::new();
    family(&mut page, &format!("{PATH}round_trip_seconds"), "histogram", "Round-trip times.");
    for (to, method, samples) in totals {
        let (host, from, to) = (escaped(agent.host()), escaped(from), escaped(&to));
        let labels = format!("host=\"{host}\",from=\"{from}\",to=\"{to}\",method=\"{}\"", method.name());
        let mut below = 0;
        for (bucket, count) in samples.round_trips.buckets() {
            below += count;
            let upper = seconds(Histogram::upper_ns(*bucket));
            line(&mut page, "round_trip_seconds_bucket", &format!("{labels},le=\"{upper}\""), below);
        }
        line(&mut page, "round_trip_seconds_bucket", &format!("{labels},le=\"+Inf\""), below);
        line(&mut page, "round_trip_seconds_count", &labels, below);
        let sum = samples.round_trips.mean().unwrap_or(0.0) * below as f64 / 1e9;
        line(&mut page, "round_trip_seconds_sum", &labels, sum);
        sums.push((labels, samples));
    }
    for (name, help, field) in SUMS {
        family(&mut page, &format!("{PATH}{name}"), "counter", help);
        for (labels, samples) in &mut sums {
            line(&mut page, name, labels, *field(samples));
        }
    }
    family(&mut page, &format!("{PATH}newest_ms"), "gauge", "When the newest echo came, in ms since 1970.");
    for (labels, samples) in &sums {
        line(&mut page, "newest_ms", labels, samples.newest_ms);
    }
    own(&mut page, agent);
    page
}

/// What is of the agent itself.
fn own(page: &mut String, agent: &Agent) {
    let mut one = |name: &str, kind, help, value: u64| {
        family(page, &format!("{PREFIX}_{name}"), kind, help);
        let _ = writeln!(page, "{PREFIX}_{name} {value}");
    };
    for (name, help, value) in agent.counters().sums() {
        one(name, if name.ends_with("_total") { "counter" } else { "gauge" }, help, value);
    }
    let round = agent.round();
    one("peers", "gauge", "Hosts that are probed in this round.", round.peers.len() as u64);
    one("pair_rounds", "gauge", "Rounds within which every pair of domains is measured.", round.pair_rounds);
    one("changes_total", "counter", "Changes of paths that were told of.", agent.changes());
    one("reliable", "gauge", "Whether the last round is believed.", u64::from(agent.is_reliable()));
    family(page, &format!("{PREFIX}_refused_total"), "counter", "Datagrams that got no answer, by reason.");
    for refusal in Refusal::ALL {
        let (reason, count) = (refusal.name(), agent.counters().refused(refusal));
        let _ = writeln!(page, "{PREFIX}_refused_total{{reason=\"{reason}\"}} {count}");
    }
}

fn family(page: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(page, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn line(page: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = writeln!(page, "{PATH}{name}{{{labels}}} {value}");
}

/// Exact, as all bounds are whole ns.
fn seconds(ns: u64) -> String {
    format!("{}.{:09}", ns / 1_000_000_000, ns % 1_000_000_000)
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// What is asked of Prometheus at both ends of a window.
#[must_use]
pub fn query() -> String {
    format!("{{__name__=~\"{PATH}.*\"}}")
}

/// Adds to `collector` what the agents measured between two moments: the answers to [`query`] at both. Returns how many
/// series were not understood.
pub fn collect(collector: &mut Collector, begin: &[TimeSeries], end: &[TimeSeries]) -> usize {
    let mut foreign = 0;
    let (before, after) = (read(begin, &mut foreign), read(end, &mut foreign));
    let mut merged: BTreeMap<(String, String, Method), PathSamples> = BTreeMap::new();
    for (path, mut total) in after {
        let mut since = PathSamples { newest_ms: total.newest_ms, ..PathSamples::default() };
        // An agent that started again counts from 0.
        let mut earlier =
            before.get(&path).filter(|before| before.sent <= total.sent).cloned().unwrap_or_default();
        for (_, _, field) in SUMS {
            *field(&mut since) = field(&mut total).saturating_sub(*field(&mut earlier));
        }
        let held: BTreeMap<u16, u64> = earlier.round_trips.buckets().iter().copied().collect();
        for (bucket, count) in total.round_trips.buckets() {
            since.round_trips.add(*bucket, count.saturating_sub(held.get(bucket).copied().unwrap_or(0)));
        }
        if !since.is_empty() {
            merged.entry((path.from, path.to, path.method)).or_default().merge(&since);
        }
    }
    for ((from, to, method), samples) in merged {
        collector.add(&from, &to, method, samples);
    }
    foreign
}

/// A path as labels name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Path {
    instance: String,
    host: String,
    from: String,
    to: String,
    method: Method,
}

/// The samples of every path, from the last value of every series.
fn read(series: &[TimeSeries], foreign: &mut usize) -> BTreeMap<Path, PathSamples> {
    let mut paths: BTreeMap<Path, PathSamples> = BTreeMap::new();
    let mut bounds: BTreeMap<Path, BTreeMap<u64, u64>> = BTreeMap::new();
    for one in series {
        let (Some(path), Some(sample)) = (path(&one.labels), one.samples.last()) else {
            *foreign += 1;
            continue;
        };
        let name = one.labels.get("__name__").and_then(|name| name.strip_prefix(PATH)).unwrap_or_default();
        let value = if sample.value.is_finite() { sample.value.max(0.0) as u64 } else { 0 };
        let samples = paths.entry(path.clone()).or_default();
        match (name, SUMS.iter().find(|(sum, ..)| *sum == name)) {
            (_, Some((_, _, field))) => *field(samples) = value,
            ("newest_ms", _) => samples.newest_ms = i64::try_from(value).unwrap_or(0),
            ("round_trip_seconds_bucket", _) => {
                let upper =
                    one.labels.get("le").and_then(|le| le.parse::<f64>().ok()).filter(|le| le.is_finite());
                if let Some(upper) = upper {
                    bounds.entry(path).or_default().insert((upper * 1e9).round() as u64, value);
                }
            }
            ("round_trip_seconds_count" | "round_trip_seconds_sum", _) => {}
            _ => *foreign += 1,
        }
    }
    for (path, uppers) in bounds {
        let samples = paths.entry(path).or_default();
        let mut below = 0;
        for (upper, cumulated) in uppers {
            match Histogram::bucket_below(upper) {
                Some(bucket) => samples.round_trips.add(bucket, cumulated.saturating_sub(below)),
                None => *foreign += 1,
            }
            below = below.max(cumulated);
        }
    }
    paths
}

fn path(labels: &Labels) -> Option<Path> {
    let label = |name: &str| labels.get(name).cloned();
    let name = label("method")?;
    let method = Method::ALL.into_iter().find(|method| method.name() == name)?;
    let instance = label("instance").unwrap_or_default();
    Some(Path { instance, host: label("host")?, from: label("from")?, to: label("to")?, method })
}

#[cfg(test)]
mod tests {
    use colocate_prometheus::Sample;
    use proptest::prelude::*;

    use super::*;

    fn series(name: &str, host: &str, le: Option<f64>, value: f64) -> TimeSeries {
        let pairs = [("__name__", format!("{PATH}{name}")), ("host", host.into()), ("from", "r1".into())];
        let more = [("to", "r2".into()), ("method", "udp".into())];
        let mut labels: Labels =
            pairs.into_iter().chain(more).map(|(key, value)| (key.to_owned(), value)).collect();
        labels.extend(le.map(|le| ("le".to_owned(), le.to_string())));
        TimeSeries { labels, samples: vec![Sample { time_ms: 0, value }] }
    }

    fn collected(begin: &[TimeSeries], end: &[TimeSeries]) -> PathSamples {
        let mut collector = Collector::new("rack", 1_000, 1_000);
        collect(&mut collector, begin, end);
        collector.matrix(0).pairs.into_values().next().unwrap_or_default()
    }

    #[test]
    fn what_was_counted_in_between_is_what_is_collected_and_a_new_start_counts_from_nothing() {
        let (low, high) = (Histogram::upper_ns(300) as f64 / 1e9, Histogram::upper_ns(320) as f64 / 1e9);
        let at = |host, sent, first, second| {
            vec![
                series("packets_total", host, None, sent),
                series("round_trip_seconds_bucket", host, Some(low), first),
                series("round_trip_seconds_bucket", host, Some(high), first + second),
                series("round_trip_seconds_bucket", host, Some(f64::INFINITY), first + second),
            ]
        };
        let samples = collected(&at("a", 10.0, 4.0, 6.0), &at("a", 15.0, 5.0, 10.0));
        assert_eq!((samples.sent, samples.round_trips.buckets()), (5, &[(300, 1), (320, 4)][..]));
        let restarted = collected(&at("a", 10.0, 4.0, 6.0), &at("a", 3.0, 1.0, 2.0));
        assert_eq!((restarted.sent, restarted.round_trips.buckets()), (3, &[(300, 1), (320, 2)][..]));
        // Two hosts of a rack merge; one that was not there at the beginning counts whole.
        let both = [at("a", 15.0, 5.0, 10.0), at("b", 2.0, 2.0, 0.0)].concat();
        assert_eq!(collected(&at("a", 10.0, 4.0, 6.0), &both).sent, 7);
    }

    proptest! {
        #[test]
        fn whatever_prometheus_says_is_read(
            names in prop::collection::vec("[a-z_]{0,12}|round_trip_seconds_bucket|packets_total", 0..20),
            value in prop::num::f64::ANY,
            le in prop::option::of(prop::num::f64::ANY),
        ) {
            let all: Vec<_> = names.iter().map(|name| series(name, "a", le, value)).collect();
            collected(&[], &all);
        }
    }
}
