//! Hosts used against overloaded host-minutes as an SVG picture: a point an input, with the range of its seeds.

use std::io;
use std::ops::Range;

use plotters::prelude::*;

use crate::measures::Measures;
use crate::report::{Row, inputs, spread};

/// Size in pixels.
const SIZE: (u32, u32) = (760, 480);
/// Share of the range left free around the points.
const FREE: f64 = 0.12;

/// The picture.
///
/// # Errors
/// When the library cannot draw it.
pub fn chart(rows: &[Row]) -> io::Result<String> {
    let mut text = String::new();
    draw(rows, &mut text).map_err(|error| io::Error::other(error.to_string()))?;
    Ok(text)
}

fn draw(rows: &[Row], text: &mut String) -> Result<(), Box<dyn std::error::Error>> {
    let hosts = |measures: &Measures| measures.hosts_used;
    let minutes = |measures: &Measures| measures.overloaded_host_minutes as f64;
    let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let (across, up) =
        (rows.iter().map(|row| hosts(&row.measures)), rows.iter().map(|row| minutes(&row.measures)));
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(48)
        .y_label_area_size(88)
        .build_cartesian_2d(range(across), range(up))?;
    chart
        .configure_mesh()
        .light_line_style(WHITE)
        .x_desc("hosts used, mean over time")
        .y_desc("overloaded host-minutes")
        .draw()?;
    for (index, input) in inputs(rows).into_iter().enumerate() {
        let colour = Palette99::pick(index);
        let (x, y) = (spread(rows, input, hosts), spread(rows, input, minutes));
        let line = |from, to| PathElement::new(vec![from, to], colour.stroke_width(1));
        chart.draw_series([line((x.1, y.0), (x.2, y.0)), line((x.0, y.1), (x.0, y.2))])?;
        chart.draw_series([Circle::new((x.0, y.0), 5, colour.filled())])?;
        let font = ("sans-serif", 15).into_font().color(&colour);
        chart.draw_series([EmptyElement::at((x.0, y.0)) + Text::new(input, (8, -16), font)])?;
    }
    root.present()?;
    Ok(())
}

/// The least and the largest value with some room around.
fn range(values: impl Iterator<Item = f64>) -> Range<f64> {
    let (least, most) =
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), v| (least.min(v), most.max(v)));
    if least > most {
        return 0.0..1.0;
    }
    let room = if most > least { (most - least) * FREE } else { least.abs().max(1.0) * FREE };
    least - room..most + room
}
