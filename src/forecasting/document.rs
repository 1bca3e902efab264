//! Forecasts as the file has them.

use colocate_files::ForecastFile;
use colocate_forecast::Forecast;
use colocate_history::{EdgeQuantity, Key};
use colocate_model::draft::{EdgeForecastDraft, ForecastDraft, SeriesDraft};
use jiff::Timestamp;

use super::{Inputs, Order};

/// Digits that are kept of a number; what is forecast is not known to more.
const DIGITS: i32 = 6;

/// The file of these forecasts, one a key.
pub(super) fn file(inputs: &Inputs, forecasts: &[Forecast], order: &Order) -> ForecastFile {
    let mut draft =
        ForecastDraft { step_s: i64::from(inputs.step_s), steps: order.horizon, ..ForecastDraft::default() };
    for (key, forecast) in inputs.keys.iter().zip(forecasts) {
        let series = series(forecast, &order.quantiles);
        match key {
            Key::Resource { component, resource } => {
                draft.components.entry(component.clone()).or_default().insert(resource.clone(), series);
            }
            Key::Edge { from, to, quantity } => {
                let edge = edge(&mut draft.edges, from, to);
                match quantity {
                    EdgeQuantity::CallsPerSecond => edge.calls_per_s = Some(series),
                    EdgeQuantity::BytesPerSecond => edge.bytes_per_s = Some(series),
                }
            }
            Key::Requests(_) => {}
        }
    }
    let time = |seconds: i64| Timestamp::from_second(seconds).ok();
    ForecastFile {
        made_at: Some(order.now),
        start: time(inputs.start),
        model: Some(order.method.name().to_owned()),
        history_until: time(inputs.start - i64::from(inputs.step_s)),
        draft,
        ranking: Vec::new(),
    }
}

/// The edge between two, made if need be. Its two quantities come one after the other.
fn edge<'a>(edges: &'a mut Vec<EdgeForecastDraft>, from: &str, to: &str) -> &'a mut EdgeForecastDraft {
    let same = |edge: &EdgeForecastDraft| edge.from == from && edge.to == to;
    let index = edges.iter().rposition(same).unwrap_or_else(|| {
        edges.push(EdgeForecastDraft {
            from: from.to_owned(),
            to: to.to_owned(),
            ..EdgeForecastDraft::default()
        });
        edges.len() - 1
    });
    &mut edges[index]
}

fn series(forecast: &Forecast, quantiles: &[f64]) -> SeriesDraft {
    let rounded = |values: &[f64]| values.iter().copied().map(rounded).collect();
    SeriesDraft {
        mean: rounded(&forecast.mean),
        quantiles: quantiles
            .iter()
            .zip(&forecast.quantiles)
            .map(|(&q, values)| (q, rounded(values)))
            .collect(),
        window_max: quantiles
            .iter()
            .copied()
            .zip(forecast.window_max.iter().map(|&peak| self::rounded(peak)))
            .collect(),
    }
}

/// The number with so many digits as are kept.
fn rounded(value: f64) -> f64 {
    if value == 0.0 || !value.is_finite() {
        return 0.0;
    }
    let places = DIGITS - 1 - value.abs().log10().floor() as i32;
    // Dividing by a whole power of ten gives the nearest number with few digits, multiplying by its inverse does not.
    if places >= 0 { (value * 10f64.powi(places)).round() / 10f64.powi(places) } else { value.round() }
}
