//! A whole problem.

use std::collections::BTreeMap;

use colocate_files::{Loaded, native::rules};
use colocate_model::{Document, Draft, Fault, FaultCode, Faults};

use super::checks::Checks;
use super::{cluster, forecast, latency, policy, time, traffic, utilisation};
use crate::v1;

/// The inputs that a message stands for: what [`colocate_files::load`] would read from files that say the same.
/// Building the problem is left to the caller.
///
/// # Errors
/// Everything that is wrong, with what the draft says of the rest.
pub fn loaded(problem: v1::Problem) -> Result<Loaded, Faults> {
    let mut faults = Faults::default();
    let mut loaded = Loaded::new(Draft::default());
    let mut times = BTreeMap::new();
    let mut time = |document: Document, field: &str, time, faults: &mut Faults| {
        times.extend(Checks::new(document, faults).time(time, field).map(|time| (document, time)));
    };
    match problem.cluster {
        None => Checks::new(Document::Cluster, &mut faults).missing("/", "cluster"),
        Some(cluster) => {
            time(Document::Cluster, "/taken_at", cluster.taken_at, &mut faults);
            cluster::fill(cluster, &mut loaded.draft, &mut faults);
        }
    }
    if let Some(message) = problem.utilisation {
        time(Document::Utilisation, "/sampled_at", message.sampled_at, &mut faults);
        let utilisation = utilisation::from_wire(message);
        rules::utilisation(&utilisation, &loaded.draft, &mut faults);
        loaded.utilisation = Some(utilisation);
    }
    if let Some(message) = problem.latency {
        time(Document::Latency, "/measured_at", message.measured_at, &mut faults);
        loaded.draft.latency = Some(latency::from_wire(message, &mut faults).draft());
    }
    if let Some(message) = problem.traffic {
        time(Document::Traffic, "/measured_at", message.measured_at, &mut faults);
        loaded.draft.edges = traffic::from_wire(message, &mut faults);
    }
    if let Some(message) = problem.forecast {
        time(Document::Forecast, "/made_at", message.made_at, &mut faults);
        loaded.forecast_start = Checks::new(Document::Forecast, &mut faults).time(message.start, "/start");
        let (draft, ranking) = forecast::from_wire(message, &mut faults);
        loaded.draft.forecast = Some(draft);
        loaded.ranking = ranking;
    }
    if let Some(message) = problem.policy {
        (loaded.draft.policy, loaded.max_age_s) = policy::from_wire(message, &mut faults);
    }
    loaded.times = times;
    if faults.0.is_empty() {
        return Ok(loaded);
    }
    if let Err(more) = loaded.build() {
        let others = more.0.into_iter().filter(|other| !faults.0.iter().any(|known| follows(other, known)));
        let others: Vec<Fault> = others.collect();
        faults.0.extend(others);
    }
    faults.0.sort_by_key(|fault| fault.document);
    Err(faults)
}

/// Whether `fault` is merely there because of `known`: it is about the same value, or about what holds it.
fn follows(fault: &Fault, known: &Fault) -> bool {
    let within = |inner: &str, outer: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.is_empty() || outer == "/" || rest.starts_with(['/', '.', '[']))
    };
    let whole = known.code == FaultCode::MissingField && known.place == "/";
    fault.document == known.document
        && (whole || within(&known.place, &fault.place) || within(&fault.place, &known.place))
}

/// The message of inputs; hashes of files are left out.
#[must_use]
pub fn problem(loaded: &Loaded) -> v1::Problem {
    let draft = &loaded.draft;
    let time = |document: Document| loaded.times.get(&document).copied().map(time::to_wire);
    let traffic = !draft.edges.is_empty() || loaded.times.contains_key(&Document::Traffic);
    v1::Problem {
        cluster: Some(v1::Cluster { taken_at: time(Document::Cluster), ..cluster::to_wire(draft) }),
        utilisation: loaded.utilisation.as_ref().map(|utilisation| v1::CurrentUtilization {
            sampled_at: time(Document::Utilisation),
            ..utilisation::to_wire(utilisation)
        }),
        latency: draft.latency.as_ref().map(|latency| v1::LmsMeasurements {
            measured_at: time(Document::Latency),
            ..latency::file_to_wire(&latency.into())
        }),
        forecast: draft.forecast.as_ref().map(|forecast| v1::Forecast {
            made_at: time(Document::Forecast),
            start: loaded.forecast_start.map(time::to_wire),
            ..forecast::to_wire(forecast, &loaded.ranking)
        }),
        traffic: traffic
            .then(|| v1::Traffic { measured_at: time(Document::Traffic), ..traffic::to_wire(&draft.edges) }),
        policy: Some(policy::to_wire(&draft.policy, Some(&loaded.max_age_s))),
    }
}

/// The message of a problem of which there is only a draft; ages are limited as usual.
#[must_use]
pub fn problem_of_draft(draft: &Draft) -> v1::Problem {
    v1::Problem {
        cluster: Some(cluster::to_wire(draft)),
        utilisation: None,
        latency: draft.latency.as_ref().map(|latency| latency::file_to_wire(&latency.into())),
        forecast: draft.forecast.as_ref().map(|forecast| forecast::to_wire(forecast, &[])),
        traffic: (!draft.edges.is_empty()).then(|| traffic::to_wire(&draft.edges)),
        policy: Some(policy::to_wire(&draft.policy, None)),
    }
}
