//! The horizon, and demand per component and dimension.

use std::ops::Range;

use crate::fault::{Document, FaultCode, Faults};
use crate::quantity::Amount;

use super::names::Registry;
use super::{DemandKind, Draft, SeriesDraft};

/// Most steps a problem has; longer forecasts are put into buckets.
const MOST_STEPS: usize = 12;

/// The steps of the problem as ranges of the steps of the forecast.
#[derive(Debug)]
pub(super) struct Horizon {
    /// How many steps of the forecast each bucket covers.
    pub(super) weights: Vec<i64>,
    /// Steps of the forecast per bucket, the last one apart.
    bucket: usize,
    /// Length of a step of the forecast.
    step_s: i64,
    pub(super) length_s: i64,
}

impl Horizon {
    /// The horizon of the forecast, else of stepwise latency, else a single step.
    pub(super) fn new(draft: &Draft, faults: &mut Faults) -> Self {
        let forecast = draft.forecast.as_ref();
        let latency = draft.latency.as_ref().and_then(|latency| {
            let lists = latency.paths.iter().flat_map(|(_, _, path)| path.lists());
            Some((latency.step_s?, lists.map(Vec::len).max()?))
        });
        let (step_s, steps) = forecast.map(|f| (f.step_s, f.steps)).or(latency).unwrap_or((0, 1));
        if forecast.is_some() && !(step_s > 0 && (1..=100_000).contains(&steps)) {
            let cause = format!("{steps} steps of {step_s} s");
            let action = "give at least one step, of at least a second";
            faults.add(Document::Forecast, "/steps", FaultCode::OutOfRange, cause, action);
        }
        let steps = steps.clamp(1, 100_000);
        let single = matches!(draft.policy.demand, DemandKind::WindowMax(_));
        let bucket = if single { steps } else { steps.div_ceil(MOST_STEPS) };
        let mut weights: Vec<i64> =
            (0..steps).step_by(bucket).map(|first| bucket.min(steps - first) as i64).collect();
        // Only the proportions matter, and smaller numbers keep products small.
        let divisor = weights.iter().fold(0, |a, &w| crate::quantity::gcd(a, i128::from(w))) as i64;
        weights.iter_mut().for_each(|w| *w /= divisor.max(1));
        Self { weights, bucket, step_s, length_s: step_s.saturating_mul(steps as i64).max(0) }
    }

    pub(super) fn steps(&self) -> usize {
        self.weights.len()
    }

    /// When `step` lasts, in s from the start of the horizon.
    pub(super) fn seconds(&self, step: usize) -> Range<i64> {
        let begins = |step: usize| ((step * self.bucket) as i64).saturating_mul(self.step_s.max(0));
        begins(step)..begins(step + 1).min(self.length_s)
    }

    /// The values of each bucket.
    fn buckets<'v>(&self, values: &'v [f64]) -> impl Iterator<Item = &'v [f64]> {
        values.chunks(self.bucket)
    }

    /// Maximum per bucket: for capacity.
    fn maxima(&self, values: &[f64]) -> Vec<f64> {
        self.buckets(values).map(|bucket| bucket.iter().copied().fold(0.0, f64::max)).collect()
    }

    /// Mean per bucket: for rates.
    pub(super) fn means(&self, values: &[f64]) -> Vec<f64> {
        self.buckets(values).map(|bucket| bucket.iter().sum::<f64>() / bucket.len() as f64).collect()
    }
}

/// Demand of every component and dimension.
pub(super) fn demands(
    draft: &Draft,
    registry: &Registry<'_>,
    horizon: &Horizon,
    faults: &mut Faults,
) -> Vec<Amount> {
    let (resources, steps) = (draft.resources.len(), horizon.steps());
    let mut demands = vec![0; draft.components.len() * resources * steps];
    for (index, component) in draft.components.iter().enumerate() {
        let place = || format!("/components/{index}/demand");
        let now = super::topology::amounts(&component.demand, 0, registry, &place, faults);
        for (k, amount) in now.into_iter().enumerate() {
            demands[(index * resources + k) * steps..][..steps].fill(amount);
        }
    }
    let Some(forecast) = &draft.forecast else { return demands };
    for (name, by_resource) in &forecast.components {
        let at = || format!("/components/{name}");
        let Some(component) = registry.components.find(name, Document::Forecast, at, faults) else {
            continue;
        };
        for (resource, series) in by_resource {
            let place = format!("/components/{name}/{resource}");
            let find = || place.clone();
            let Some(k) = registry.resources.find(resource, Document::Forecast, find, faults) else {
                continue;
            };
            if let Some(values) = chosen(series, draft.policy.demand, horizon, forecast.steps, &place, faults)
            {
                let row = &mut demands[(component * resources + k) * steps..][..steps];
                row.iter_mut().zip(values).for_each(|(demand, value)| *demand = value.round() as Amount);
            }
        }
    }
    demands
}

/// The values of a series that the policy asks for, one a step of the problem.
fn chosen(
    series: &SeriesDraft,
    kind: DemandKind,
    horizon: &Horizon,
    steps: usize,
    place: &str,
    faults: &mut Faults,
) -> Option<Vec<f64>> {
    let mut missing = |what: String| {
        let action = "forecast it, or change `demand` in the policy";
        faults.add(Document::Forecast, place, FaultCode::Missing, what, action);
    };
    match kind {
        DemandKind::Mean if series.mean.is_empty() => missing("no mean".into()),
        DemandKind::Mean => return checked(&series.mean, steps, place, faults).map(|v| horizon.maxima(v)),
        DemandKind::Quantile(q) => match at_least(&series.quantiles, q) {
            None => missing(format!("no quantile {q} or higher")),
            Some(values) => return checked(values, steps, place, faults).map(|v| horizon.maxima(v)),
        },
        DemandKind::WindowMax(q) => match at_least(&series.window_max, q) {
            None => missing(format!("no window_max {q} or higher")),
            Some(&value) => {
                return checked(&[value], 1, place, faults).map(<[f64]>::to_vec);
            }
        },
    }
    None
}

/// The entry of the smallest quantile that is at least `q`.
fn at_least<T>(entries: &[(f64, T)], q: f64) -> Option<&T> {
    let at_least = entries.iter().filter(|(quantile, _)| *quantile >= q - 1e-9);
    at_least.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, value)| value)
}

/// `values` if there are `steps` of them, none negative or absurd.
pub(super) fn checked<'v>(
    values: &'v [f64],
    steps: usize,
    place: &str,
    faults: &mut Faults,
) -> Option<&'v [f64]> {
    if values.len() != steps {
        let cause = format!("{} values for {steps} steps", values.len());
        faults.add(Document::Forecast, place, FaultCode::WrongLength, cause, "give one value a step");
        return None;
    }
    let largest = super::topology::LARGEST_AMOUNT as f64;
    if let Some(bad) = values.iter().find(|value| !(0.0..=largest).contains(*value)) {
        let cause = format!("{bad} is out of range");
        faults.add(Document::Forecast, place, FaultCode::OutOfRange, cause, "use 0 to 2^53");
        return None;
    }
    Some(values)
}
