//! Latency: percentiles, jitter, loss and confidence folded into one price a path.

use std::collections::HashMap;
use std::ops::Range;

use crate::fault::{Document, FaultCode, Faults};
use crate::ids::{DomainId, PartitionId};
use crate::latency::{Latency, Matrix, UNKNOWN};
use crate::quantity::Nanos;
use crate::topology::Partition;

use super::demand::Horizon;
use super::names::Registry;
use super::{Draft, LatencyDraft, PathDraft};

/// Largest latency in µs: 1,000 s.
const LARGEST_US: f64 = 1e9;

/// The matrices; `None` when a fault makes them meaningless.
pub(super) fn latency(
    draft: &Draft,
    registry: &Registry<'_>,
    partitions: &[Partition],
    horizon: &Horizon,
    faults: &mut Faults,
) -> Option<Latency> {
    let Some(measured) = &draft.latency else {
        if draft.policy.max_migration_latency_us.is_some() {
            let place = "max_migration_latency_us";
            let cause = "a limit on the latency of moves, but no latency";
            faults.add(Document::Policy, place, FaultCode::Missing, cause, "give measured latency");
        }
        return Some(Latency {
            level: PartitionId(0),
            same_host: 0,
            price: vec![Matrix::flat(0)],
            ceiling: Matrix::flat(UNKNOWN),
            median: Matrix::flat(UNKNOWN),
        });
    };
    let level = registry.partition(&measured.level, Document::Latency, || "/level".into(), faults)?;
    for (field, value) in [("same_host_us", Some(measured.same_host_us)), ("default_us", measured.default_us)]
    {
        if value.is_some_and(|us| !(0.0..=LARGEST_US).contains(&us)) {
            let place = format!("/{field}");
            faults.add(Document::Latency, place, FaultCode::OutOfRange, "out of range", "use 0 to 10^9 µs");
        }
    }
    let paths = paths(measured, level, registry, horizon, faults);
    let size = partitions[level.index()].domains.len();
    let default = measured.default_us.map_or(UNKNOWN, nanos);
    let read = |value: &dyn Fn(&PathDraft) -> Nanos| {
        if paths.is_empty() {
            return Matrix::flat(default);
        }
        Matrix::from_fn(size, |a, b| paths.get(&(a, b)).map_or(default, |path| value(path)))
    };
    let policy = &draft.policy;
    let changes = measured.paths.iter().any(|(_, _, path)| path.lists().any(|list| list.len() > 1));
    let steps = if changes { horizon.steps() } else { 1 };
    let step_s = measured.step_s.unwrap_or(1).max(1);
    let price = (0..steps).map(|step| {
        let during = |list: &[f64]| mean(list, horizon.seconds(step), step_s);
        let matrix = read(&|path| {
            let rtt = during(percentile(path, &policy.rtt_quantile)) * (1.0 + path.relative_error);
            let jitter = policy.prices.jitter_weight * during(&path.jitter_us);
            nanos(rtt + jitter + during(&path.loss) * policy.prices.retransmit_timeout_us)
        });
        // An unknown path costs as much as the dearest known one.
        let known = matrix.values().iter().copied().filter(|&v| v != UNKNOWN);
        let dearest = known.max().unwrap_or(0);
        if matrix.is_flat() {
            return Matrix::flat(dearest);
        }
        Matrix::from_fn(size, |a, b| match matrix.get(DomainId::new(a), DomainId::new(b)) {
            UNKNOWN => dearest,
            known => known,
        })
    });
    // What comes after the horizon is no reason to refuse a path.
    let within = usize::try_from((horizon.length_s - 1) / step_s).map_or(1, |last| last + 1);
    let ceiling = read(&|path| {
        let list = percentile(path, &policy.ceiling_quantile);
        nanos(list.iter().take(within).copied().fold(0.0, f64::max) * (1.0 + path.relative_error))
    });
    let median = read(&|path| nanos(at(percentile(path, "p50"), 0)));
    Some(Latency { level, same_host: nanos(measured.same_host_us), price: price.collect(), ceiling, median })
}

/// The paths by position, every number checked.
fn paths<'a>(
    measured: &'a LatencyDraft,
    level: PartitionId,
    registry: &Registry<'_>,
    horizon: &Horizon,
    faults: &mut Faults,
) -> HashMap<(usize, usize), &'a PathDraft> {
    let names = &registry.domains[level.index()];
    let mut paths = HashMap::new();
    for (from, to, path) in &measured.paths {
        let place = || format!("/lms_measurements/{from}/{to}");
        let a = names.find(from, Document::Latency, || format!("/lms_measurements/{from}"), faults);
        let b = names.find(to, Document::Latency, place, faults);
        let mut fault = |code, cause: String, action: &str| {
            faults.add(Document::Latency, place(), code, cause, action);
        };
        if path.percentiles.is_empty() {
            fault(FaultCode::Missing, "no percentile".into(), "give p50_us");
        }
        let within = |list: &[f64], largest: f64| list.iter().all(|value| (0.0..=largest).contains(value));
        let times = path.percentiles.values().chain([&path.jitter_us]);
        let in_range = times.into_iter().all(|list| within(list, LARGEST_US))
            && within(&path.loss, 1.0)
            && (0.0..=100.0).contains(&path.relative_error);
        if !in_range {
            fault(FaultCode::OutOfRange, "a number out of range".into(), "use 0 to 10^9 µs, loss 0 to 1");
        }
        let longest = path.lists().map(Vec::len).max().unwrap_or(0);
        if longest > 1 && measured.step_s.is_none() {
            fault(FaultCode::Missing, "values per step without `step_s`".into(), "give `step_s`");
        }
        if longest > 100_000.max(horizon.steps()) {
            fault(FaultCode::WrongLength, format!("{longest} steps"), "give at most 100,000");
        }
        if let (Some(a), Some(b)) = (a, b) {
            paths.insert((a, b), path);
        }
    }
    paths
}

/// The list of a percentile; p50 where the path lacks it, else any.
fn percentile<'p>(path: &'p PathDraft, name: &str) -> &'p [f64] {
    let found = path.percentiles.get(name).or_else(|| path.percentiles.get("p50"));
    found.or_else(|| path.percentiles.values().next()).map_or(&[], Vec::as_slice)
}

/// The mean over these seconds of a list of steps of `step_s`.
fn mean(list: &[f64], seconds: Range<i64>, step_s: i64) -> f64 {
    let first = usize::try_from(seconds.start / step_s).unwrap_or(0);
    let last = usize::try_from((seconds.end - 1) / step_s).unwrap_or(0);
    if first >= last || list.len() <= first + 1 {
        return at(list, first);
    }
    // After its end a list goes on as it ended.
    let end = last.min(list.len() - 1);
    let starts = |step: usize| if step == first { seconds.start } else { step as i64 * step_s };
    let ends = |step: usize| if step == end { seconds.end } else { (step as i64 + 1) * step_s };
    let sum: f64 = (first..=end).map(|step| list[step] * (ends(step) - starts(step)) as f64).sum();
    sum / (seconds.end - seconds.start) as f64
}

/// The value at a step; the last one where the list is shorter, 0 where it is empty.
fn at(list: &[f64], step: usize) -> f64 {
    list.get(step).or(list.last()).copied().unwrap_or(0.0)
}

fn nanos(us: f64) -> Nanos {
    (us * 1e3).round() as Nanos
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::fixture;
    use crate::draft::{DemandKind, ForecastDraft};
    use crate::problem::Problem;

    /// What the path within r0 costs, whose median is `us` in steps of `step_s`, in each step of a forecast.
    fn priced(us: &[f64], step_s: i64, forecast: (i64, usize), demand: DemandKind) -> (Vec<Nanos>, Nanos) {
        let mut draft = fixture::draft(2);
        let latency = draft.latency.as_mut().unwrap();
        latency.step_s = Some(step_s);
        latency.paths[0].2.percentiles.insert("p50".into(), us.to_vec());
        draft.forecast =
            Some(ForecastDraft { step_s: forecast.0, steps: forecast.1, ..ForecastDraft::default() });
        draft.policy.demand = demand;
        let Problem { latency, .. } = draft.build().unwrap();
        let inside = |matrix: &Matrix| matrix.get(DomainId::new(0), DomainId::new(0));
        (latency.price.iter().map(inside).collect(), inside(&latency.ceiling))
    }

    #[test]
    fn a_step_costs_what_its_seconds_cost() {
        let mean = DemandKind::Mean;
        assert_eq!(priced(&[1.0, 2.0, 3.0], 300, (300, 3), mean), (vec![1000, 2000, 3000], 3000));
        // Finer and coarser than the forecast; what a list lacks is as its end.
        assert_eq!(priced(&[1.0, 3.0, 5.0, 7.0], 150, (300, 2), mean).0, [2000, 6000]);
        assert_eq!(priced(&[1.0, 4.0], 450, (300, 3), mean).0, [1000, 2500, 4000]);
        assert_eq!(priced(&[1.0, 3.0], 150, (300, 2), mean).0, [2000, 3000]);
    }

    #[test]
    fn a_horizon_of_one_step_costs_its_mean() {
        let most = DemandKind::WindowMax(0.95);
        assert_eq!(priced(&[1.0, 2.0, 6.0], 300, (300, 3), most), (vec![3000], 6000));
        assert_eq!(priced(&[1.0, 4.0], 300, (300, 3), most).0, [3000]);
    }

    #[test]
    fn what_comes_after_the_horizon_is_no_ceiling() {
        assert_eq!(priced(&[1.0, 2.0, 3.0, 9.0], 300, (300, 3), DemandKind::Mean).1, 3000);
    }
}
