//! From samples to evenly spaced series.

use colocate_forecast::Series;
use colocate_model::FaultCode;

use crate::counter;
use crate::gather::{Gathered, Gathering};
use crate::grid::{buckets, lower_median, median_spacing_ms, onto_grid};
use crate::history::{History, NamedSeries};
use crate::options::Options;
use crate::{time, units};
use colocate_files::Findings;

/// A gap or lag worth a word, in s: a day.
const LONG_S: i64 = 86_400;
/// Values that a series has before it is called constant.
const MANY: usize = 12;
/// How many usual spacings of a counter are bridged.
const BRIDGED: i64 = 4;

/// Every series on one grid of `step_s`, or of the usual spacing where that is `None`.
pub(crate) fn regularise(
    mut gathered: Gathered,
    step_s: Option<u32>,
    options: &Options,
    findings: &mut Findings,
) -> History {
    gathered.series.iter_mut().for_each(|series| series.sort(findings));
    if findings.has_faults() {
        // What else seems wrong may follow from that.
        return History::default();
    }
    let mut spacings: Vec<i64> =
        gathered.series.iter().filter_map(|series| median_spacing_ms(&series.samples)).collect();
    let usual = lower_median(&mut spacings).map(|spacing_ms| ((spacing_ms + 500) / 1000).max(1));
    let step_s = step_s.or(usual.and_then(|usual| u32::try_from(usual).ok()));
    let Some(step_s) = step_s.filter(|&step_s| step_s > 0) else {
        for series in &gathered.series {
            let cause = format!("{} value(s): the time between them cannot be told", series.samples.len());
            let action = "give more history, or a step";
            findings.fault(series.key.to_string(), FaultCode::TooFew, cause, action);
        }
        return History::default();
    };
    let mut history = History::default();
    let mut room = options.max_values;
    gathered.series.sort_by(|one, other| one.key.cmp(&other.key));
    for gathering in gathered.series {
        let length = buckets(&gathering.samples, step_s);
        let Some(left) = room.checked_sub(length) else {
            let cause =
                format!("with a step of {step_s} s there are more than {} values", options.max_values);
            let action = "use a longer step or a shorter time, or raise the limit";
            findings.fault(gathering.key.to_string(), FaultCode::TooMany, cause, action);
            return history;
        };
        room = left;
        let series = trimmed(even(&gathering, step_s, options));
        if series.values.is_empty() {
            let cause = format!("{} value(s) give no series", gathering.samples.len());
            findings.warn(gathering.key.to_string(), FaultCode::TooFew, cause, "it is left out");
            continue;
        }
        history.series.push(NamedSeries { key: gathering.key, service: gathering.service, series });
    }
    look(&history, findings);
    units::check(&history, options, findings);
    history
}

fn even(gathering: &Gathering, step_s: u32, options: &Options) -> Series {
    let step_ms = i64::from(step_s) * 1000;
    let spacing_ms = median_spacing_ms(&gathering.samples).unwrap_or(step_ms);
    let stale_ms = options.staleness_s.map(|staleness_s| i64::from(staleness_s) * 1000);
    if gathering.is_counter {
        let longest_ms = stale_ms.unwrap_or(spacing_ms.saturating_mul(BRIDGED));
        return counter::rates(&gathering.samples, step_s, longest_ms);
    }
    // A series with fewer values than steps holds each until the next is due; of another, times may waver.
    let is_sparse = spacing_ms > step_ms + step_ms / 2;
    let own_ms = match gathering.is_even {
        true => 0,
        false if is_sparse => spacing_ms,
        false => spacing_ms.min(step_ms) / 2,
    };
    onto_grid(&gathering.samples, step_s, options.aggregate, stale_ms.unwrap_or(own_ms))
}

/// Without missing values at its ends.
fn trimmed(mut series: Series) -> Series {
    let known = |value: &f64| !value.is_nan();
    let end = series.values.iter().rposition(known).map_or(0, |last| last + 1);
    series.values.truncate(end);
    let start = series.values.iter().position(known).unwrap_or(0);
    series.values.drain(..start);
    series.start += start as i64 * i64::from(series.step_s);
    series
}

/// Warns of constants, long gaps and series that ended.
fn look(history: &History, findings: &mut Findings) {
    let newest = history.series.iter().map(|named| named.series.end()).max().unwrap_or(0);
    for NamedSeries { key, series, .. } in &history.series {
        let place = key.to_string();
        let known = series.values.iter().filter(|value| !value.is_nan());
        if let [first, others @ ..] = &known.copied().collect::<Vec<_>>()[..]
            && others.len() >= MANY
            && others.iter().all(|value| value == first)
        {
            let cause = format!("the value is always {first}");
            findings.warn(&*place, FaultCode::Constant, cause, "check that its exporter is alive");
        }
        if let Some((from, length)) = longest_gap(&series.values) {
            let seconds = |steps: usize| i64::from(series.step_s) * steps as i64;
            let start = series.start + seconds(from);
            if seconds(length) >= LONG_S {
                let until = start + seconds(length);
                let text = |seconds: i64| time::text(seconds * 1000);
                let cause = format!("no values from {} to {}", text(start), text(until));
                findings.warn(&*place, FaultCode::Gap, cause, "nothing is filled in");
            }
        }
        if newest - series.end() >= LONG_S {
            let cause = format!("it ends at {}, long before the others", time::text(series.end() * 1000));
            findings.warn(place, FaultCode::Stale, cause, "check whether it still exists");
        }
    }
}

/// The longest run of missing values: where it begins, and its length.
fn longest_gap(values: &[f64]) -> Option<(usize, usize)> {
    let (mut longest, mut run) = (None, 0);
    for (index, value) in values.iter().enumerate() {
        run = if value.is_nan() { run + 1 } else { 0 };
        if run > longest.map_or(0, |(_, length)| length) {
            longest = Some((index + 1 - run, run));
        }
    }
    longest
}
