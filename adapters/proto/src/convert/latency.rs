//! Measured latency.

use std::fmt::Display;

use colocate_files::native::rules;
use colocate_files::{LatencyFile, MeasuredPath};
use colocate_model::{Document, Faults};

use super::checks::{Checks, Segment};
use super::time;
use super::words::Word;
use crate::v1;

/// The matrix with all that its message says of it.
///
/// # Errors
/// Everything that is wrong with it, whatever the cluster.
pub fn file_from_wire(latency: v1::LmsMeasurements) -> Result<LatencyFile, Faults> {
    let mut faults = Faults::default();
    let measured_at = Checks::new(Document::Latency, &mut faults).time(latency.measured_at, "/measured_at");
    let file = LatencyFile { measured_at, ..from_wire(latency, &mut faults) };
    faults.into_result(())?;
    file.check()?;
    Ok(file)
}

/// The matrix; when it was measured is left to the caller.
pub(super) fn from_wire(latency: v1::LmsMeasurements, faults: &mut Faults) -> LatencyFile {
    let mut checks = Checks::new(Document::Latency, faults);
    let start = checks.time(latency.start, "/start");
    let mut file = LatencyFile {
        measured_at: None,
        window_s: latency.window_s.map(|window| checks.positive(window, "/window_s")),
        level: checks.required(latency.level, "/level"),
        same_host_us: checks.positive(latency.same_host_us, "/same_host_us"),
        default_us: latency.default_us.map(|us| checks.positive(us, "/default_us")),
        start,
        step_s: latency.step_s.map(|seconds| checks.amount(seconds, "/step_s")),
        ..LatencyFile::default()
    };
    for (from, row) in latency.lms_measurements {
        let paths = row.to.into_iter().map(|(to, path)| {
            let place = format!("/lms_measurements/{}/{}", Segment(&from), Segment(&to));
            (to, self::path(path, &place, &mut checks))
        });
        let paths = paths.collect();
        file.paths.insert(from, paths);
    }
    rules::loss_intervals(&file, faults);
    file
}

fn path(path: v1::Path, place: &impl Display, checks: &mut Checks<'_>) -> MeasuredPath {
    let mut list = |values: Vec<f64>, field: &str| checks.list(values, format_args!("{place}/{field}"));
    MeasuredPath {
        p50_us: list(path.p50_us, "p50_us"),
        p75_us: list(path.p75_us, "p75_us"),
        p90_us: list(path.p90_us, "p90_us"),
        p95_us: list(path.p95_us, "p95_us"),
        p99_us: list(path.p99_us, "p99_us"),
        p999_us: list(path.p999_us, "p999_us"),
        jitter_us: list(path.jitter_us, "jitter_us"),
        loss: list(path.loss, "loss"),
        loss_low: list(path.loss_low, "loss_low"),
        loss_high: list(path.loss_high, "loss_high"),
        samples: path.samples.map(|samples| checks.amount(samples, format_args!("{place}/samples"))),
        age_s: path.age_s.map(|age| checks.positive(age, format_args!("{place}/age_s"))),
        source: checks.word(path.source, format_args!("{place}/source")),
        relative_error: checks.positive(path.relative_error, format_args!("{place}/relative_error")),
    }
}

/// The message of a matrix with all that its file says of it.
#[must_use]
pub fn file_to_wire(file: &LatencyFile) -> v1::LmsMeasurements {
    let rows = file.paths.iter().map(|(from, row)| {
        let to = row.iter().map(|(to, path)| (to.clone(), to_path(path))).collect();
        (from.clone(), v1::PathRow { to })
    });
    v1::LmsMeasurements {
        measured_at: file.measured_at.map(time::to_wire),
        window_s: file.window_s,
        level: file.level.clone(),
        same_host_us: file.same_host_us,
        default_us: file.default_us,
        start: file.start.map(time::to_wire),
        step_s: file.step_s,
        lms_measurements: rows.collect(),
    }
}

fn to_path(path: &MeasuredPath) -> v1::Path {
    v1::Path {
        p50_us: path.p50_us.clone(),
        p75_us: path.p75_us.clone(),
        p90_us: path.p90_us.clone(),
        p95_us: path.p95_us.clone(),
        p99_us: path.p99_us.clone(),
        p999_us: path.p999_us.clone(),
        jitter_us: path.jitter_us.clone(),
        loss: path.loss.clone(),
        loss_low: path.loss_low.clone(),
        loss_high: path.loss_high.clone(),
        samples: path.samples,
        age_s: path.age_s,
        source: path.source.map_or(0, Word::number),
        relative_error: path.relative_error,
    }
}
