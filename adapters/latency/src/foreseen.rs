//! Past matrices, and the one that they let expect.

use std::collections::{BTreeMap, BTreeSet};

use colocate_files::{LatencyFile, MeasuredPath, PathSource};
use colocate_forecast::Method;
use jiff::Timestamp;

use crate::history::{History, HistoryError, Reading, Shape};
use crate::outlook::{PathOutlook, outlook};

/// What of past matrices makes no forecast.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PastError {
    /// There are none.
    #[error("no past matrices; give two or more")]
    None,
    /// A matrix without a time.
    #[error("a matrix does not say when it was measured; give measured_at")]
    NoTime,
    /// Matrices of different partitions.
    #[error("one matrix is of {0} and another of {1}; give matrices of one partition")]
    Levels(String, String),
    /// They do not go together.
    #[error("the matrices do not go together")]
    History(#[from] HistoryError),
}

/// Forecasts a matrix from past ones, in any order, over `horizon` steps of `step_s`: medians, 95th percentiles, jitter and
/// loss of all pairs that the newest has measured, a value a step. Pairs that it has not measured stay as the newest has
/// them.
///
/// # Errors
/// [`PastError`].
pub fn foresee(
    mut past: Vec<LatencyFile>,
    step_s: u32,
    horizon: usize,
    method: Method,
) -> Result<LatencyFile, PastError> {
    let time = |file: &LatencyFile| file.measured_at.map(Timestamp::as_second);
    if past.iter().any(|file| file.measured_at.is_none()) {
        return Err(PastError::NoTime);
    }
    past.sort_by_key(time);
    let (Some(newest), Some(first)) = (past.last().cloned(), past.first()) else {
        return Err(PastError::None);
    };
    if let Some(other) = past.iter().find(|file| file.level != newest.level) {
        return Err(PastError::Levels(newest.level.clone(), other.level.clone()));
    }
    let names: BTreeSet<&String> =
        newest.paths.keys().chain(newest.paths.values().flat_map(BTreeMap::keys)).collect();
    let names: Vec<&String> = names.into_iter().collect();
    let step = i64::from(step_s.max(1));
    let steps = (time(&newest).unwrap_or(0) - time(first).unwrap_or(0)) / step + 1;
    let steps = usize::try_from(steps).unwrap_or(1).clamp(1, MOST_STEPS);
    let mut history = History::new(Shape { domains: names.len(), step_s, steps })?;
    for file in &past {
        let readings: Vec<Option<Reading>> = names
            .iter()
            .flat_map(|from| names.iter().map(|to| file.paths.get(*from)?.get(*to).and_then(reading)))
            .collect();
        history.push(time(file).unwrap_or(0), &readings)?;
    }
    let measured = |from: usize, to: usize| {
        newest.paths.get(names[from]).and_then(|row| row.get(names[to])).and_then(reading).is_some()
    };
    let size = names.len();
    let paths: Vec<(usize, usize)> = (0..size)
        .flat_map(|from| (0..size).map(move |to| (from, to)))
        .filter(|(from, to)| measured(*from, *to))
        .collect();
    let seen = outlook(&history, &paths, horizon, method, &|| {});
    let mut file = newest.clone();
    file.start = Timestamp::from_second(seen.start).ok();
    file.step_s = Some(i64::from(seen.step_s));
    for path in seen.paths {
        let (from, to) = (names[path.from], names[path.to]);
        let known = newest.paths.get(from).and_then(|row| row.get(to));
        file.paths.entry(from.clone()).or_default().insert(to.clone(), forecast(path, known));
    }
    Ok(file)
}

/// Steps of history that are looked at, at most: four weeks of minutes.
const MOST_STEPS: usize = 40_320;

/// What was measured of a path; estimates are no history.
fn reading(path: &MeasuredPath) -> Option<Reading> {
    let first = |values: &[f64]| values.first().copied();
    let estimated = matches!(path.source, Some(PathSource::Estimated | PathSource::Forecast));
    let p50_us = first(&path.p50_us).filter(|_| !estimated)?;
    Some(Reading {
        p50_us,
        p95_us: first(&path.p95_us).unwrap_or(p50_us),
        jitter_us: first(&path.jitter_us).unwrap_or(f64::NAN),
        loss: first(&path.loss).unwrap_or(f64::NAN),
    })
}

fn forecast(path: PathOutlook, known: Option<&MeasuredPath>) -> MeasuredPath {
    let rounded =
        |values: Vec<f64>, unit: f64| values.into_iter().map(|value| (value * unit).round() / unit).collect();
    MeasuredPath {
        p50_us: rounded(path.p50_us, 1e2),
        p95_us: rounded(path.p95_us, 1e2),
        jitter_us: rounded(path.jitter_us, 1e2),
        loss: rounded(path.loss, 1e6),
        samples: known.and_then(|known| known.samples),
        age_s: known.and_then(|known| known.age_s),
        source: Some(PathSource::Forecast),
        relative_error: (path.relative_error * 1e4).round() / 1e4,
        ..MeasuredPath::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(at_s: i64, us: f64) -> LatencyFile {
        let path = |us: f64| MeasuredPath {
            p95_us: vec![2.0 * us],
            source: Some(PathSource::Measured),
            ..MeasuredPath::of_medians(vec![us])
        };
        let estimated =
            MeasuredPath { source: Some(PathSource::Estimated), ..MeasuredPath::of_medians(vec![7.0]) };
        let row = BTreeMap::from([("r2".to_owned(), path(us)), ("r3".to_owned(), estimated)]);
        LatencyFile {
            measured_at: Timestamp::from_second(at_s).ok(),
            level: "rack".into(),
            paths: BTreeMap::from([("r1".to_owned(), row)]),
            ..LatencyFile::default()
        }
    }

    #[test]
    fn a_path_that_repeats_every_day_is_expected_to_go_on_so() {
        // Hours: slow from 8 to 12, for ten days, up to 6 in the morning.
        let us = |hour: i64| if (8..12).contains(&(hour % 24)) { 900.0 } else { 300.0 };
        let past: Vec<LatencyFile> = (0..=246).rev().map(|hour| matrix(hour * 3_600, us(hour))).collect();
        let file = foresee(past, 3_600, 6, Method::Auto).unwrap();
        file.check().unwrap();
        let path = &file.paths["r1"]["r2"];
        assert_eq!(
            (path.p50_us.len(), path.source, file.step_s),
            (6, Some(PathSource::Forecast), Some(3_600))
        );
        let slow: Vec<bool> = path.p95_us.iter().map(|us| *us > 1_200.0).collect();
        assert_eq!(slow, [false, true, true, true, true, false], "{:?}", path.p95_us);
        assert_eq!(file.paths["r1"]["r3"].p50_us, [7.0], "what nobody measured stays");
    }

    #[test]
    fn what_does_not_go_together_is_told() {
        let untimed = LatencyFile { measured_at: None, ..matrix(0, 1.0) };
        let zones = LatencyFile { level: "zone".into(), ..matrix(0, 1.0) };
        let forecast = |past| foresee(past, 60, 3, Method::Auto);
        assert!(matches!(forecast(Vec::new()), Err(PastError::None)));
        assert!(matches!(forecast(vec![untimed]), Err(PastError::NoTime)));
        assert!(matches!(forecast(vec![zones, matrix(60, 1.0)]), Err(PastError::Levels(..))));
    }
}
