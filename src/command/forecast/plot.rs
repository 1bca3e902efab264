//! Fan charts as an SVG picture: the last of the history, the median, and bands between quantiles.

use std::io;
use std::ops::Range;

use colocate_forecast::{Forecast, Series};
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::exit::Failure;
use crate::forecasting::Made;

/// Size of a panel in pixels.
const PANEL: (u32, u32) = (720, 260);
/// Most panels where nothing is named.
const MOST: usize = 6;
/// Steps of history for each step of forecast.
const PAST: usize = 8;
/// Fewest steps of history.
const LEAST_PAST: usize = 48;

/// The picture of the series that are named, else of the first of the ranking, else of the first.
pub(super) fn picture(made: &Made, named: &[String], quantiles: &[f64]) -> Result<String, Failure> {
    let names: Vec<String> = made.inputs.keys.iter().map(ToString::to_string).collect();
    let shown: Vec<usize> = if named.is_empty() {
        usual(made)
    } else {
        let find = |name: &String| {
            let unknown = || {
                let closest = colocate_files::closest(name, names.iter().map(String::as_str));
                let hint = closest.map(|known| format!("; maybe you meant `{known}`")).unwrap_or_default();
                Failure::Usage(format!("there is no series `{name}`{hint}"))
            };
            names.iter().position(|known| known == name).ok_or_else(unknown)
        };
        named.iter().map(find).collect::<Result<_, _>>()?
    };
    let mut text = String::new();
    let drawn = draw(&mut text, &shown, |index, area| {
        let (series, forecast) = (&made.inputs.series[index].series, &made.forecasts[index]);
        panel(area, &names[index], series, forecast, quantiles)
    });
    drawn.map_err(Failure::Print)?;
    Ok(text)
}

/// The components of the ranking with what is over its limit, then whatever comes first.
fn usual(made: &Made) -> Vec<usize> {
    let place = |name: String| made.inputs.keys.iter().position(|key| key.to_string() == name);
    let ranked = made.file.ranking.iter().filter_map(|ranked| {
        let resource = ranked.overload.as_ref().map_or("cpu", |overload| &*overload.resource);
        place(format!("{} {resource}", ranked.component))
    });
    let mut shown: Vec<usize> = ranked.take(MOST).collect();
    for index in 0..made.inputs.keys.len() {
        if shown.len() < MOST && !shown.contains(&index) {
            shown.push(index);
        }
    }
    shown
}

type Area<'a, 'b> = DrawingArea<SVGBackend<'a>, Shift>;

fn draw(
    text: &mut String,
    shown: &[usize],
    panel: impl Fn(usize, &Area<'_, '_>) -> Result<(), Box<dyn std::error::Error>>,
) -> io::Result<()> {
    let size = (PANEL.0, PANEL.1 * shown.len().max(1) as u32);
    let root = SVGBackend::with_string(text, size).into_drawing_area();
    root.fill(&WHITE).map_err(io::Error::other)?;
    for (area, &index) in root.split_evenly((shown.len().max(1), 1)).iter().zip(shown) {
        panel(index, area).map_err(|error| io::Error::other(error.to_string()))?;
    }
    root.present().map_err(io::Error::other)
}

/// One series. Time is in hours from the first step that is forecast.
fn panel(
    area: &Area<'_, '_>,
    name: &str,
    series: &Series,
    forecast: &Forecast,
    quantiles: &[f64],
) -> Result<(), Box<dyn std::error::Error>> {
    let horizon = forecast.point.len();
    let past = (PAST * horizon).max(LEAST_PAST).min(series.values.len());
    let hours = |steps: f64| steps * f64::from(series.step_s) / 3600.0;
    let history = series.values[series.values.len() - past..].iter().enumerate();
    let history: Vec<(f64, f64)> = history
        .filter(|(_, value)| value.is_finite())
        .map(|(index, &value)| (hours(index as f64 - past as f64), value))
        .collect();
    let ahead = |values: &[f64]| -> Vec<(f64, f64)> {
        values.iter().enumerate().map(|(step, &value)| (hours(step as f64), value)).collect()
    };
    let lists = forecast.quantiles.iter().chain([&forecast.point]).flatten().chain(&forecast.window_max);
    let values = history.iter().map(|point| point.1).chain(lists.copied());
    let mut chart = ChartBuilder::on(area)
        .caption(name, ("sans-serif", 16))
        .margin(8)
        .x_label_area_size(28)
        .y_label_area_size(84)
        .build_cartesian_2d(hours(-(past as f64))..hours(horizon as f64), range(values))?;
    chart.configure_mesh().light_line_style(WHITE).x_desc("hours").draw()?;
    // Bands between quantiles that are as far from the middle, the widest first.
    for (low, high) in (0..quantiles.len() / 2).map(|index| (index, quantiles.len() - 1 - index)) {
        let edge = ahead(&forecast.quantiles[high]);
        let mut outline = ahead(&forecast.quantiles[low]);
        outline.extend(edge.into_iter().rev());
        chart.draw_series([Polygon::new(outline, BLUE.mix(0.2))])?;
    }
    chart.draw_series(LineSeries::new(history, BLACK.mix(0.7)))?;
    chart.draw_series(LineSeries::new(ahead(&forecast.point), BLUE.stroke_width(2)))?;
    if let Some(&peak) = forecast.window_max.last() {
        chart.draw_series(LineSeries::new(ahead(&vec![peak; horizon]), RED.mix(0.7)))?;
    }
    Ok(())
}

/// From the least to the largest value, with some room.
fn range(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (least, most) = values
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), value| (least.min(value), most.max(value)));
    let room = ((most - least) * 0.05).max(most.abs() * 1e-3).max(1e-9);
    if least.is_finite() { least - room..most + room } else { 0.0..1.0 }
}
