//! Measured latency.

use std::collections::BTreeMap;
use std::fmt::Display;

use colocate_model::draft::{LatencyDraft, PathDraft};
use colocate_model::{Document, FaultCode, Faults};

use super::checks::{Checks, Segment};
use crate::v1;

/// The latency; its time is left to the caller.
pub(super) fn from_wire(latency: v1::LmsMeasurements, faults: &mut Faults) -> LatencyDraft {
    let mut checks = Checks::new(Document::Latency, faults);
    if let Some(window) = latency.window_s {
        checks.positive(window, "/window_s");
    }
    checks.time(latency.start, "/start");
    let mut paths = Vec::new();
    for (from, row) in latency.lms_measurements {
        for (to, path) in row.to {
            let place = format_args!("/lms_measurements/{}/{}", Segment(&from), Segment(&to)).to_string();
            let path = self::path(path, &place, &mut checks);
            paths.push((from.clone(), to, path));
        }
    }
    LatencyDraft {
        level: checks.required(latency.level, "/level"),
        same_host_us: checks.positive(latency.same_host_us, "/same_host_us"),
        default_us: latency.default_us.map(|us| checks.positive(us, "/default_us")),
        step_s: latency.step_s.map(|seconds| checks.amount(seconds, "/step_s")),
        paths,
    }
}

fn path(path: v1::Path, place: &impl Display, checks: &mut Checks<'_>) -> PathDraft {
    if let Some(samples) = path.samples {
        checks.amount(samples, format_args!("{place}/samples"));
    }
    if let Some(age) = path.age_s {
        checks.positive(age, format_args!("{place}/age_s"));
    }
    if v1::PathSource::try_from(path.source).is_err() {
        let cause = format!("{} stands for none of the words allowed", path.source);
        let action = "use a value of this version of the protocol";
        checks.add(format_args!("{place}/source"), FaultCode::UnknownWord, cause, action);
    }
    let named = [
        ("p50", path.p50_us),
        ("p75", path.p75_us),
        ("p90", path.p90_us),
        ("p95", path.p95_us),
        ("p99", path.p99_us),
        ("p999", path.p999_us),
    ];
    let mut percentiles = BTreeMap::new();
    for (name, values) in named.into_iter().filter(|(_, values)| !values.is_empty()) {
        percentiles.insert(name.to_owned(), checks.list(values, format_args!("{place}/{name}_us")));
    }
    PathDraft {
        percentiles,
        jitter_us: checks.list(path.jitter_us, format_args!("{place}/jitter_us")),
        loss: checks.list(path.loss, format_args!("{place}/loss")),
        relative_error: checks.positive(path.relative_error, format_args!("{place}/relative_error")),
    }
}

pub(super) fn to_wire(latency: &LatencyDraft) -> v1::LmsMeasurements {
    let mut rows: BTreeMap<String, v1::PathRow> = BTreeMap::new();
    for (from, to, path) in &latency.paths {
        rows.entry(from.clone()).or_default().to.insert(to.clone(), to_path(path));
    }
    v1::LmsMeasurements {
        measured_at: None,
        window_s: None,
        level: latency.level.clone(),
        same_host_us: latency.same_host_us,
        default_us: latency.default_us,
        start: None,
        step_s: latency.step_s,
        lms_measurements: rows,
    }
}

fn to_path(path: &PathDraft) -> v1::Path {
    let percentile = |name: &str| path.percentiles.get(name).cloned().unwrap_or_default();
    v1::Path {
        p50_us: percentile("p50"),
        p75_us: percentile("p75"),
        p90_us: percentile("p90"),
        p95_us: percentile("p95"),
        p99_us: percentile("p99"),
        p999_us: percentile("p999"),
        jitter_us: path.jitter_us.clone(),
        loss: path.loss.clone(),
        samples: None,
        age_s: None,
        source: 0,
        relative_error: path.relative_error,
    }
}
