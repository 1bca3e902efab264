//! What has changed between two matrices, pair by pair, beyond noise.

use std::collections::BTreeMap;

use colocate_files::{LatencyFile, MeasuredPath};

use super::matrix::{first, spread};

/// The rule, as it is told to people.
pub(super) const RULE: &str = "a route has changed where the median is 1.25 times what it was, or what it was is 1.25 times \
    the median, and the two are further apart than p50 and p95 are in either matrix; loss has changed where the intervals do \
    not meet";

/// The least ratio of medians that may be another route.
const RATIO: f64 = 1.25;

/// What has changed of a pair.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Change {
    /// From which domain.
    pub(super) from: String,
    /// To which domain.
    pub(super) to: String,
    /// What.
    pub(super) what: What,
}

/// What has changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum What {
    /// The pair is new.
    New,
    /// The pair is no longer there.
    Vanished,
    /// Medians in µs: before and now.
    Route {
        /// Before.
        before_us: f64,
        /// Now.
        now_us: f64,
    },
    /// Shares of packets lost: before and now.
    Loss {
        /// Before.
        before: f64,
        /// Now.
        now: f64,
    },
}

/// Every change, in the order of names.
pub(super) fn between(before: &LatencyFile, now: &LatencyFile) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut add = |(from, to): (&str, &str), what| {
        changes.push(Change { from: from.to_owned(), to: to.to_owned(), what });
    };
    let (before, now) = (pairs(before), pairs(now));
    for (&pair, path) in &now {
        match before.get(&pair) {
            None => add(pair, What::New),
            Some(earlier) => {
                route(earlier, path).into_iter().for_each(|what| add(pair, what));
                loss(earlier, path).into_iter().for_each(|what| add(pair, what));
            }
        }
    }
    for &pair in before.keys().filter(|pair| !now.contains_key(*pair)) {
        add(pair, What::Vanished);
    }
    changes.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    changes
}

fn pairs(file: &LatencyFile) -> BTreeMap<(&str, &str), &MeasuredPath> {
    let rows = file.paths.iter();
    rows.flat_map(|(from, row)| row.iter().map(move |(to, path)| ((from.as_str(), to.as_str()), path)))
        .collect()
}

fn route(before: &MeasuredPath, now: &MeasuredPath) -> Option<What> {
    let (before_us, now_us) = (first(&before.p50_us)?, first(&now.p50_us)?);
    let ratio = now_us.max(before_us) >= RATIO * now_us.min(before_us);
    let apart = (now_us - before_us).abs() > spread(before).max(spread(now));
    (ratio && apart).then_some(What::Route { before_us, now_us })
}

fn loss(earlier: &MeasuredPath, path: &MeasuredPath) -> Option<What> {
    let interval =
        |path: &MeasuredPath| Some((first(&path.loss)?, first(&path.loss_low)?, first(&path.loss_high)?));
    let (before, before_low, before_high) = interval(earlier)?;
    let (now, now_low, now_high) = interval(path)?;
    (before_high < now_low || now_high < before_low).then_some(What::Loss { before, now })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(paths: &[(&str, f64, f64, [f64; 3])]) -> LatencyFile {
        let path = |p50, p95, [low, loss, high]: [f64; 3]| MeasuredPath {
            p50_us: vec![p50],
            p95_us: vec![p95],
            loss: vec![loss],
            loss_low: vec![low],
            loss_high: vec![high],
            ..MeasuredPath::default()
        };
        let row = paths.iter().map(|&(to, p50, p95, loss)| (to.to_owned(), path(p50, p95, loss)));
        LatencyFile { paths: [("a".to_owned(), row.collect())].into(), ..LatencyFile::default() }
    }

    fn told(before: &LatencyFile, now: &LatencyFile) -> Vec<(String, What)> {
        between(before, now).into_iter().map(|change| (change.to, change.what)).collect()
    }

    const QUIET: [f64; 3] = [0.0, 0.001, 0.01];

    #[test]
    fn a_change_of_route_is_told_from_noise() {
        let before =
            file(&[("b", 500.0, 600.0, QUIET), ("c", 500.0, 900.0, QUIET), ("d", 500.0, 510.0, QUIET)]);
        let now =
            file(&[("b", 800.0, 900.0, QUIET), ("c", 800.0, 1200.0, QUIET), ("d", 550.0, 560.0, QUIET)]);
        let route = What::Route { before_us: 500.0, now_us: 800.0 };
        // Of c p50 moved within its spread, and of d by less than a quarter.
        assert_eq!(told(&before, &now), [("b".to_owned(), route)]);
        let back = What::Route { before_us: 800.0, now_us: 500.0 };
        assert_eq!(told(&now, &before), [("b".to_owned(), back)]);
    }

    #[test]
    fn pairs_come_and_go_and_loss_needs_intervals_that_do_not_meet() {
        let before = file(&[("b", 5.0, 6.0, QUIET), ("c", 5.0, 6.0, QUIET), ("d", 5.0, 6.0, QUIET)]);
        let now = file(&[
            ("b", 5.0, 6.0, [0.02, 0.03, 0.04]),
            ("c", 5.0, 6.0, [0.005, 0.02, 0.04]),
            ("e", 5.0, 6.0, QUIET),
        ]);
        let loss = What::Loss { before: 0.001, now: 0.03 };
        let wanted =
            [("b", loss), ("d", What::Vanished), ("e", What::New)].map(|(to, what)| (to.to_owned(), what));
        assert_eq!(told(&before, &now), wanted);
    }
}
