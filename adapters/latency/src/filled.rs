//! A matrix with what is missing from it.

use std::collections::BTreeMap;

use colocate_files::{LatencyFile, MeasuredPath, PathSource};

use crate::completion::{Basis, Completed, CompletionError, Input, Observation, complete, uncertain};
use crate::coordinate::Coordinate;

/// What completing a matrix came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Filled {
    /// Pairs that were added.
    pub added: usize,
    /// What their estimates rest on.
    pub basis: Basis,
    /// The pairs whose measurement would tell most, the first most of all.
    pub uncertain: Vec<(String, String)>,
}

/// Adds an estimate for every pair of the file's domains, and of those that have a prior coordinate, that was not measured;
/// lists at most `limit` pairs to measure next. The same input gives the same file. Estimates have a median alone: what a
/// path's tail is, nobody knows who has not measured it.
///
/// # Errors
/// [`CompletionError`] with all that cannot be completed, such as a round trip of 0; the file is as it was then.
pub fn fill(
    file: &mut LatencyFile,
    prior: &BTreeMap<String, Coordinate>,
    limit: usize,
    seed: u64,
) -> Result<Filled, CompletionError> {
    let mut names: Vec<String> =
        file.paths.keys().chain(file.paths.values().flat_map(BTreeMap::keys)).cloned().collect();
    names.extend(prior.keys().cloned());
    names.sort_unstable();
    names.dedup();
    let place: BTreeMap<&str, usize> =
        names.iter().enumerate().map(|(place, name)| (name.as_str(), place)).collect();
    let mut observations = Vec::new();
    for (from, row) in &file.paths {
        for (to, path) in row {
            if let Some(rtt_us) = path.p50_us.first().copied().filter(|rtt_us| *rtt_us > 0.0) {
                let (from, to) = (place[from.as_str()], place[to.as_str()]);
                observations.push(Observation { from, to, rtt_us, relative_error: path.relative_error });
            }
        }
    }
    let prior: Vec<Option<Coordinate>> = names.iter().map(|name| prior.get(name).cloned()).collect();
    let completed =
        complete(&Input { domains: names.len(), observations: &observations, prior: &prior, seed })?;
    let added = add(file, &names, &completed);
    let name = |(from, to): (usize, usize)| (names[from].clone(), names[to].clone());
    let uncertain = uncertain(&completed, limit).into_iter().map(name).collect();
    Ok(Filled { added, basis: completed.basis, uncertain })
}

fn add(file: &mut LatencyFile, names: &[String], completed: &Completed) -> usize {
    let mut added = 0;
    for (from, name) in names.iter().enumerate() {
        for (to, other) in names.iter().enumerate() {
            let known = file.paths.get(name).is_some_and(|row| row.contains_key(other));
            let Some(estimate) = completed.get(from, to).filter(|estimate| !known && !estimate.measured)
            else {
                continue;
            };
            let path = MeasuredPath {
                p50_us: vec![(estimate.rtt_us * 100.0).round() / 100.0],
                source: Some(PathSource::Estimated),
                relative_error: (estimate.relative_error * 1e4).round() / 1e4,
                ..MeasuredPath::default()
            };
            file.paths.entry(name.clone()).or_default().insert(other.clone(), path);
            added += 1;
        }
    }
    added
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Racks on a line, 100 µs apart, of which some pairs were measured.
    fn file(racks: usize, measured: impl Fn(usize, usize) -> bool) -> LatencyFile {
        let mut file = LatencyFile { level: "rack".into(), ..LatencyFile::default() };
        for (from, to) in (0..racks).flat_map(|from| (0..racks).map(move |to| (from, to))) {
            if measured(from, to) {
                let us = 50.0 + 100.0 * from.abs_diff(to) as f64;
                let path = MeasuredPath::of_medians(vec![us]);
                file.paths.entry(format!("r{from:02}")).or_default().insert(format!("r{to:02}"), path);
            }
        }
        file
    }

    #[test]
    fn what_is_missing_is_added_and_what_was_measured_stays() {
        let mut completed = file(16, |from, to| (from * 7 + to * 3) % 4 != 0);
        let before = completed.clone();
        let filled = fill(&mut completed, &BTreeMap::new(), 5, 1).unwrap();
        completed.check().unwrap();
        assert_eq!(completed.paths.values().map(BTreeMap::len).sum::<usize>(), 256);
        let measured: usize = before.paths.values().map(BTreeMap::len).sum();
        assert_eq!((filled.added, filled.uncertain.len()), (256 - measured, 5));
        for (from, row) in &before.paths {
            assert!(row.iter().all(|(to, path)| completed.paths[from][to] == *path));
        }
        let estimate = &completed.paths["r00"]["r12"];
        assert_eq!(estimate.source, Some(PathSource::Estimated));
        let truth = 1_250.0;
        let off = (estimate.p50_us[0] - truth).abs() / truth;
        assert!(off < 0.2 && estimate.relative_error > 0.0, "{estimate:?}");
    }
}
