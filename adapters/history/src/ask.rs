//! Asks Prometheus.
//!
//! The value of a step is that of the query at the step's last millisecond, looking back over the step: the same samples
//! that a file would put into the bucket.

use std::collections::BTreeSet;

use colocate_model::FaultCode;
use colocate_prometheus::{Client, Labels, Matrix, Range};

use crate::Sample;
use crate::gather::Gathered;
use crate::key::{Key, Named};
use crate::load::Error;
use crate::options::Options;
use crate::query::{Names, Query};
use crate::source::Monitoring;
use colocate_files::Findings;

/// How long history is, unless told, in s: two weeks, so that a week can be told from the one before.
const SPAN_S: u32 = 14 * 86_400;

/// Asks for every query; whole steps only, the last one before `until` (Unix s).
pub(crate) async fn ask(
    monitoring: &Monitoring,
    step_s: u32,
    until: i64,
    options: &Options,
    gathered: &mut Gathered,
    findings: &mut Findings,
) -> Result<(), Error> {
    let client = Client::new(monitoring.server.clone()).map_err(Error::Server)?;
    let step = i64::from(step_s);
    let end = until.div_euclid(step) * step;
    let span = i64::from(options.span_s.unwrap_or(SPAN_S)).max(step);
    let start = (end - span).div_euclid(step) * step;
    for query in &monitoring.queries {
        let text = query.text(step_s, options.aggregate, monitoring.scrape_s);
        let failed = |source| Error::Query { metric: query.metric.clone(), query: text.clone(), source };
        let (matrix, offset_ms) = if query.counter {
            (client.raw(&text, start * 1000, end * 1000).await.map_err(failed)?, 0)
        } else {
            let step_ms = step * 1000;
            let range = Range { start_ms: start * 1000 + step_ms - 1, end_ms: end * 1000 - 1, step_ms };
            (client.range(&text, range).await.map_err(failed)?, step_ms - 1)
        };
        if !take(query, matrix, offset_ms, gathered, findings) {
            break;
        }
    }
    Ok(())
}

/// Takes an answer. False where nothing more is to be read.
fn take(
    query: &Query,
    matrix: Matrix,
    offset_ms: i64,
    gathered: &mut Gathered,
    findings: &mut Findings,
) -> bool {
    let place = format!("query {}", query.metric);
    for warning in matrix.warnings.iter().chain(&matrix.infos) {
        findings.warn(
            &*place,
            FaultCode::Partial,
            format!("the server says: {warning}"),
            "look at the server",
        );
    }
    if matrix.series.is_empty() {
        let action = "try it in Prometheus' own console";
        findings.warn(&*place, FaultCode::Empty, format!("{} matches nothing", query.query), action);
    }
    let mut keys = BTreeSet::new();
    for series in matrix.series {
        let (key, service) = match names(query, &series.labels) {
            Ok(named) => named,
            Err(label) => {
                let cause = format!("a series has no label `{label}`: {}", shown(&series.labels));
                findings.warn(&*place, FaultCode::Missing, cause, "it is left out");
                continue;
            }
        };
        let what = if keys.contains(&key) {
            Some("another series of the query")
        } else {
            gathered.contains(&key).then_some("another query or file")
        };
        if let Some(what) = what {
            let cause = format!("{key} has {what} already: {}", shown(&series.labels));
            findings.fault(&*place, FaultCode::Conflict, cause, "add them up with `sum by ($__by) (...)`");
            if findings.is_full() {
                return false;
            }
            continue;
        }
        keys.insert(key.clone());
        let slot = gathered.slot(key, &service, query.counter, &place, findings);
        if !query.counter {
            gathered.mark_even(slot);
        }
        let mut refused = 0;
        for sample in series.samples {
            let value = sample.value * query.scale;
            if value.is_nan() {
                continue;
            }
            if value < 0.0 || value.is_infinite() {
                refused += 1;
                continue;
            }
            let sample = Sample { time_ms: sample.time_ms - offset_ms, value };
            if !gathered.push(slot, sample, &place, findings) {
                return false;
            }
        }
        if refused > 0 {
            let cause = format!("{refused} value(s) are negative or infinite: {}", shown(&series.labels));
            findings.warn(&*place, FaultCode::OutOfRange, cause, "they are left out");
        }
    }
    true
}

/// Whose history a series is, and its service; or the label that is missing.
fn names(query: &Query, labels: &Labels) -> Result<(Key, String), String> {
    let metric = query.metric.as_str();
    let empty = String::new;
    let (component, from, to, service) = match &query.names {
        Names::Component { component, service } => {
            // A component without a service is better than none.
            let service = service.as_ref().and_then(|service| service.name(labels).ok());
            (component.name(labels)?, empty(), empty(), service.unwrap_or_default())
        }
        Names::Edge { from, to } => (empty(), from.name(labels)?, to.name(labels)?, empty()),
        Names::Service { service } => (empty(), empty(), empty(), service.name(labels)?),
    };
    let named = Named { component: &component, from: &from, to: &to, service: &service, metric };
    let (key, _) = named.key().map_err(|fault| fault.words().0.to_owned())?;
    Ok((key, service))
}

/// Labels on a line, not too many of them.
fn shown(labels: &Labels) -> String {
    let pairs: Vec<String> =
        labels.iter().take(6).map(|(label, value)| format!("{label}={value:?}")).collect();
    format!("{{{}}}", pairs.join(",")).chars().take(300).collect()
}
