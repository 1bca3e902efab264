//! The heat map as an SVG picture.

use std::io;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::heat_map::{Cell, Cells};
use super::matrix::Matrix;
use super::palette::{self, Scale, shown};

/// Most cells in a row; with more domains several share a cell.
const MOST: usize = 200;
/// What cells have together, at most, in pixels.
const FIELD: i32 = 960;
/// The least and the largest cell, in pixels.
const CELL: (i32, i32) = (4, 32);
/// Room above and below of the field.
const ABOVE: i32 = 48;
/// Room right of the field, for the scale.
const RIGHT: i32 = 150;
/// Pixels of the longest label.
const LABELS: i32 = 130;
/// Pixels that a label needs.
const LABEL: i32 = 13;
/// Steps of the scale.
const STEPS: i32 = 64;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// The picture: what is not known is grey and hatched, what is estimated has a ring.
///
/// # Errors
/// When the library cannot draw it.
pub(super) fn picture(matrix: &Matrix<'_>) -> io::Result<String> {
    let cells = Cells::of(matrix, MOST);
    let count = cells.labels.len() as i32;
    let cell = (FIELD / count.max(1)).clamp(CELL.0, CELL.1);
    let side = (cell * count).max(200);
    let size = (LABELS + side + RIGHT, ABOVE + LABELS + side + 24);
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, (size.0 as u32, size.1 as u32)).into_drawing_area();
        draw(&area, matrix, &cells, cell).map_err(|error| io::Error::other(error.to_string()))?;
        area.present().map_err(io::Error::other)?;
    }
    Ok(text)
}

fn draw<'a>(area: &Area<'a>, matrix: &Matrix<'_>, cells: &Cells, cell: i32) -> Drawn<'a> {
    area.fill(&WHITE)?;
    let scale = cells.scale().unwrap_or(Scale { least: 1.0, most: 1.0 });
    let level = &matrix.file.level;
    let at = matrix.file.measured_at.map(|at| format!(", measured at {at}")).unwrap_or_default();
    let title = format!("{} of round trips between {level}s, from row to column{at}", matrix.quantile);
    area.draw(&Text::new(title, (12, 12), ("sans-serif", 18).into_font()))?;
    let (left, top) = (LABELS, ABOVE + LABELS);
    for (row, values) in cells.rows.iter().enumerate() {
        for (column, value) in values.iter().enumerate() {
            let (x, y) = (left + cell * column as i32, top + cell * row as i32);
            match value {
                Some(value) => known(area, (x, y), cell, value, &scale)?,
                None => unknown(area, (x, y), cell)?,
            }
        }
    }
    labels(area, cells, cell)?;
    legend(area, cells, cell, &scale)
}

fn known<'a>(area: &Area<'a>, (x, y): (i32, i32), cell: i32, value: &Cell, scale: &Scale) -> Drawn<'a> {
    let place = scale.place(value.us);
    area.draw(&Rectangle::new([(x, y), (x + cell, y + cell)], rgb(place).filled()))?;
    if value.estimated {
        let ink = if place > 0.5 { BLACK } else { WHITE };
        let middle = (x + cell / 2, y + cell / 2);
        area.draw(&Circle::new(middle, (cell / 5).max(1), ink.stroke_width(1)))?;
    }
    Ok(())
}

fn unknown<'a>(area: &Area<'a>, (x, y): (i32, i32), cell: i32) -> Drawn<'a> {
    area.draw(&Rectangle::new([(x, y), (x + cell, y + cell)], RGBColor(225, 225, 225).filled()))?;
    let line = RGBColor(160, 160, 160).stroke_width(1);
    let half = cell / 2;
    area.draw(&PathElement::new(vec![(x, y + half), (x + half, y)], line))?;
    area.draw(&PathElement::new(vec![(x, y + cell), (x + cell, y)], line))?;
    area.draw(&PathElement::new(vec![(x + half, y + cell), (x + cell, y + half)], line))
}

fn labels<'a>(area: &Area<'a>, cells: &Cells, cell: i32) -> Drawn<'a> {
    let font = ("sans-serif", LABEL - 1).into_font();
    let every = (LABEL + cell - 1) / cell;
    for (index, label) in cells.labels.iter().enumerate().step_by(every as usize) {
        let middle = cell * index as i32 + cell / 2;
        let short: String = label.chars().take(18).collect();
        let row = font.clone().into_text_style(area).pos(Pos::new(HPos::Right, VPos::Center));
        area.draw(&Text::new(short.clone(), (LABELS - 6, ABOVE + LABELS + middle), row))?;
        let turned = font.clone().transform(FontTransform::Rotate270);
        let column = turned.into_text_style(area).pos(Pos::new(HPos::Left, VPos::Center));
        area.draw(&Text::new(short, (LABELS + middle, ABOVE + LABELS - 6), column))?;
    }
    Ok(())
}

fn legend<'a>(area: &Area<'a>, cells: &Cells, cell: i32, scale: &Scale) -> Drawn<'a> {
    let side = (cell * cells.labels.len() as i32).max(200);
    let (x, top, height) = (LABELS + side + 24, ABOVE + LABELS, side.min(320) - 90);
    for step in 0..STEPS {
        let (from, to) = (top + height * step / STEPS, top + height * (step + 1) / STEPS);
        let place = 1.0 - (f64::from(step) + 0.5) / f64::from(STEPS);
        area.draw(&Rectangle::new([(x, from), (x + 18, to)], rgb(place).filled()))?;
    }
    let style =
        ("sans-serif", LABEL).into_font().into_text_style(area).pos(Pos::new(HPos::Left, VPos::Center));
    for tick in 0..=4 {
        let place = f64::from(tick) / 4.0;
        let y = top + (f64::from(height) * (1.0 - place)) as i32;
        area.draw(&Text::new(shown(scale.value(place)), (x + 24, y), style.clone()))?;
    }
    let below = top + height + 24;
    unknown(area, (x, below), 18)?;
    area.draw(&Text::new("not known".to_owned(), (x + 24, below + 9), style.clone()))?;
    let estimated = Cell { us: scale.value(0.6), estimated: true };
    known(area, (x, below + 24), 18, &estimated, scale)?;
    area.draw(&Text::new("estimated".to_owned(), (x + 24, below + 33), style.clone()))?;
    if cells.each > 1 {
        let text = format!("worst of {} × {}", cells.each, cells.each);
        area.draw(&Text::new(text, (x, below + 57), style))?;
    }
    Ok(())
}

fn rgb(place: f64) -> RGBColor {
    let [red, green, blue] = palette::colour(place);
    RGBColor(red, green, blue)
}
