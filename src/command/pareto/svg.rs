//! The front as an SVG picture: with two axes its points and steps, with three its projections on each pair.

use std::io;

use colocate_model::{Certificate, Front};
use plotters::prelude::*;

use super::scale::{Scale, across_and_up};

/// Size of a panel in pixels.
const PANEL: (u32, u32) = (640, 480);
/// Share of the range left free around the points.
const FREE: f64 = 0.05;

/// The picture.
///
/// # Errors
/// When the library cannot draw it.
pub(super) fn picture(front: &Front, scales: &[Scale]) -> io::Result<String> {
    let (across, up) = across_and_up(scales);
    let pairs = match scales.len() {
        3 => vec![(across, up), (across, 2), (up, 2)],
        _ => vec![(across, up)],
    };
    let mut text = String::new();
    {
        let size = (PANEL.0 * pairs.len() as u32, PANEL.1);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(io::Error::other)?;
        for (area, &(across, up)) in root.split_evenly((1, pairs.len())).iter().zip(&pairs) {
            panel(area, front, scales, across, up).map_err(|error| io::Error::other(error.to_string()))?;
        }
        root.present().map_err(io::Error::other)?;
    }
    Ok(text)
}

/// One pair of axes; hollow points are heuristic, the knee is red.
fn panel<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    front: &Front,
    scales: &[Scale],
    across: usize,
    up: usize,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let point = |index: usize| {
        let values = &front.points[index].values;
        (scales[across].value(values[across]), scales[up].value(values[up]))
    };
    let points: Vec<(f64, f64)> = (0..front.points.len()).map(point).collect();
    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(88)
        .build_cartesian_2d(range(points.iter().map(|p| p.0)), range(points.iter().map(|p| p.1)))?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc(scales[across].label())
        .y_desc(scales[up].label())
        .draw()?;
    if scales.len() == 2 {
        chart.draw_series(LineSeries::new(steps(points.clone()), BLUE.mix(0.4)))?;
    }
    for (index, &at) in points.iter().enumerate() {
        let colour = if front.knee == Some(index) { RED } else { BLUE };
        let filled = front.points[index].certificate == Certificate::Certified;
        let style = if filled { colour.filled() } else { colour.stroke_width(2) };
        chart.draw_series([Circle::new(at, 5, style)])?;
        if front.knee == Some(index) {
            let font = ("sans-serif", 15).into_font().color(&RED);
            chart.draw_series([EmptyElement::at(at) + Text::new("knee", (8, -16), font)])?;
        }
    }
    Ok(())
}

/// The least and the largest value with some room around.
fn range(values: impl Iterator<Item = f64>) -> std::ops::Range<f64> {
    let (least, most) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| (least.min(v), most.max(v)));
    if least > most {
        return 0.0..1.0;
    }
    let room = if most > least { (most - least) * FREE } else { least.abs().max(1.0) * FREE };
    least - room..most + room
}

/// The line that goes along until the next point, and then down to it.
fn steps(mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
    let mut line: Vec<(f64, f64)> = Vec::new();
    for point in points {
        if let Some(last) = line.last() {
            line.push((point.0, last.1));
        }
        line.push(point);
    }
    line
}
