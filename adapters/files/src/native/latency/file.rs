//! A matrix with all that its file says of it.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::Path;

use colocate_model::draft::LatencyDraft;
use colocate_model::{Fault, Faults};
use flate2::Compression;
use flate2::write::GzEncoder;
use jiff::Timestamp;

use super::super::rules;
use super::super::write::json;
use super::path::MeasuredPath;
use super::{Body, Header, LatencyFormat};
use crate::atomic::{WriteError, write_atomically};
use crate::input::Input;
use crate::read::{Contents, read};
use crate::values::{Amount, Time};

/// Measured latency (LMSMeasurements) with all that its file says of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LatencyFile {
    /// When it was measured.
    pub measured_at: Option<Timestamp>,
    /// The window the percentiles are over, in s.
    pub window_s: Option<f64>,
    /// The partition whose domains are measured, or `host`.
    pub level: String,
    /// Between two components on one host, in µs.
    pub same_host_us: f64,
    /// For pairs that are not listed, in µs.
    pub default_us: Option<f64>,
    /// When the first step begins, where paths have a value a step.
    pub start: Option<Timestamp>,
    /// The length of a step, where paths have a value a step.
    pub step_s: Option<i64>,
    /// From a domain, to a domain: the path between them. The diagonal is measured too.
    pub paths: BTreeMap<String, BTreeMap<String, MeasuredPath>>,
}

impl LatencyFile {
    /// Reads the file of a matrix, whoever measured it.
    ///
    /// # Errors
    /// Every fault of the file. What it says of domains that a cluster has not is found once both are read together.
    pub fn read(input: &Input) -> Result<Self, Faults> {
        let mut faults = Faults::default();
        let Some(contents) = read::<LatencyFormat>(input, &mut faults) else { return Err(faults) };
        let Contents { header, body, places, complete, .. } = contents;
        let file = Self::of(header, body);
        if complete {
            let own = file.check().err().unwrap_or_default();
            let located = |fault: Fault| Fault { place: places.locate(&fault.place), ..fault };
            faults.0.extend(own.0.into_iter().map(located));
        }
        if faults.0.is_empty() { Ok(file) } else { Err(faults) }
    }

    /// Whether what it says can be, whatever the cluster.
    ///
    /// # Errors
    /// Every fault, at its place.
    pub fn check(&self) -> Result<(), Faults> {
        let mut faults = Faults::default();
        rules::loss_intervals(self, &mut faults);
        self.draft().check(&mut faults);
        faults.into_result(())
    }

    /// What the optimiser needs of it.
    #[must_use]
    pub fn draft(&self) -> LatencyDraft {
        let row = |(from, row): (&String, &BTreeMap<String, MeasuredPath>)| {
            let paths = row.iter().map(|(to, path)| (from.clone(), to.clone(), path.draft()));
            paths.collect::<Vec<_>>()
        };
        LatencyDraft {
            level: self.level.clone(),
            same_host_us: self.same_host_us,
            default_us: self.default_us,
            step_s: self.step_s,
            paths: self.paths.iter().flat_map(row).collect(),
        }
    }

    /// Writes it as JSON, gzipped where the name ends in `.gz`.
    ///
    /// # Errors
    /// [`WriteError::Io`] when the system refuses; nothing is left behind then.
    pub fn write(&self, path: &Path) -> Result<(), WriteError> {
        let gzipped = path.extension().is_some_and(|extension| extension == "gz");
        write_atomically(path, |file| {
            if !gzipped {
                return self.write_to(file);
            }
            let mut packed = GzEncoder::new(file, Compression::default());
            self.write_to(&mut packed)?;
            packed.finish().map(drop)
        })
    }

    /// Writes it as JSON.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_to(&self, writer: &mut dyn Write) -> io::Result<()> {
        let header = Header {
            kind: "latency".into(),
            measured_at: self.measured_at.map(Time),
            window_s: self.window_s,
            level: self.level.clone(),
            same_host_us: self.same_host_us,
            default_us: self.default_us,
            start: self.start.map(Time),
            step_s: self.step_s.map(Amount),
            ..Header::default()
        };
        json(writer, &header, &Paths { lms_measurements: &self.paths })
    }

    pub(crate) fn of(header: Header, body: Body) -> Self {
        let paths = |row: BTreeMap<String, super::path::Path>| {
            row.into_iter().map(|(to, path)| (to, path.into())).collect()
        };
        Self {
            measured_at: header.measured_at.map(|time| time.0),
            window_s: header.window_s,
            level: header.level,
            same_host_us: header.same_host_us,
            default_us: header.default_us,
            start: header.start.map(|time| time.0),
            step_s: header.step_s.map(|amount| amount.0),
            paths: body.lms_measurements.into_iter().map(|(from, row)| (from, paths(row))).collect(),
        }
    }
}

/// The body as it is written.
#[derive(serde::Serialize)]
struct Paths<'f> {
    lms_measurements: &'f BTreeMap<String, BTreeMap<String, MeasuredPath>>,
}

impl From<&LatencyDraft> for LatencyFile {
    fn from(latency: &LatencyDraft) -> Self {
        let mut paths: BTreeMap<String, BTreeMap<String, MeasuredPath>> = BTreeMap::new();
        for (from, to, path) in &latency.paths {
            paths.entry(from.clone()).or_default().insert(to.clone(), path.into());
        }
        Self {
            level: latency.level.clone(),
            same_host_us: latency.same_host_us,
            default_us: latency.default_us,
            step_s: latency.step_s,
            paths,
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"version": "colocate/v1", "kind": "latency", "measured_at": "2026-05-04T09:00:00Z",
        "window_s": 300, "level": "rack", "same_host_us": 20, "default_us": 900, "start": "2026-05-04T09:00:00Z",
        "step_s": 60, "lms_measurements": {"a": {"a": 95, "b": {"p50_us": [700, 720], "p95_us": 900, "jitter_us": 3,
        "loss": 0.01, "loss_low": 0.005, "loss_high": 0.02, "samples": 40, "age_s": 8, "source": "estimated",
        "relative_error": 0.1}}}}"#;

    fn read(text: &str) -> Result<LatencyFile, Faults> {
        LatencyFile::read(&Input::from_bytes("latency.json", text))
    }

    #[test]
    fn what_is_written_is_read_again() {
        let file = read(TEXT).expect("it is sound");
        assert_eq!(file.paths["a"]["b"].loss_high, [0.02]);
        let mut written = Vec::new();
        file.write_to(&mut written).expect("memory takes it");
        assert_eq!(
            LatencyFile::read(&Input::from_bytes("latency.json", written)).expect("it is sound"),
            file
        );
    }

    #[test]
    fn what_cannot_be_is_told_without_a_cluster() {
        let faults = read(
            r#"{"version": "colocate/v1", "kind": "latency", "level": "rack", "lms_measurements": {
                "a": {"a": {"loss": 2}, "b": [1, 2], "c": {"p50_us": 5, "loss": 0.1, "loss_low": 0.2, "loss_high": 0.3},
                    "d": {"p50_us": 5, "loss_high": [0.1, 0.2]}}}}"#,
        );
        let told: Vec<String> = faults
            .expect_err("it is not")
            .0
            .iter()
            .map(|fault| format!("{} {}", fault.code, fault.place))
            .collect();
        assert_eq!(
            told,
            [
                "E1301 /lms_measurements/a/c/loss_low",
                "E1301 /lms_measurements/a/d/loss_high",
                "E1303 /lms_measurements/a/a",
                "E1301 /lms_measurements/a/a",
                "E1303 /lms_measurements/a/b",
            ]
        );
    }
}
