//! The front on a terminal.

use colocate_model::Front;

use super::scale::{Scale, across_and_up};
use crate::terminal::Style;

/// The narrowest picture.
const NARROWEST: usize = 24;
/// Lines of a picture.
const HEIGHT: usize = 16;
/// Columns left of it for the values.
const MARGIN: usize = 14;

/// The points, those of three axes with the last as a digit: 0 the least, 9 the most.
pub(super) fn plot(front: &Front, scales: &[Scale], style: Style) -> String {
    let (across, up) = across_and_up(scales);
    let third = (0..scales.len()).find(|axis| ![across, up].contains(axis));
    let columns = style.width.saturating_sub(MARGIN + 2).max(NARROWEST);
    let ends = |axis: usize| {
        let values = front.points.iter().map(|point| point.values[axis]);
        (values.clone().min().unwrap_or(0), values.max().unwrap_or(0))
    };
    let place = |axis: usize, value: i64, cells: usize| -> usize {
        let (least, most) = ends(axis);
        let range = (most.saturating_sub(least) as f64).max(1.0);
        (value.saturating_sub(least) as f64 / range * (cells - 1) as f64).round() as usize
    };
    let mut cells = vec![vec![' '; columns]; HEIGHT];
    let marks = if style.unicode { ['●', '◆', '·'] } else { ['o', 'K', '.'] };
    let spot =
        |values: &[i64]| (HEIGHT - 1 - place(up, values[up], HEIGHT), place(across, values[across], columns));
    let mut spots: Vec<(usize, usize)> = front.points.iter().map(|point| spot(&point.values)).collect();
    if third.is_none() {
        // What a value across buys up to the next point.
        spots.sort_by_key(|&(row, column)| (column, row));
        for pair in spots.windows(2) {
            cells[pair[0].0][pair[0].1..pair[1].1].fill(marks[2]);
        }
    }
    for point in &front.points {
        let (row, column) = spot(&point.values);
        cells[row][column] = third.map_or(marks[0], |axis| {
            char::from_digit(place(axis, point.values[axis], 10) as u32, 10).unwrap_or(marks[0])
        });
    }
    let knee = front.knee.map(|index| spot(&front.points[index].values));
    if let (Some((row, column)), None) = (knee, third) {
        cells[row][column] = marks[1];
    }
    let (bar, corner, rule) = if style.unicode { ('│', '└', '─') } else { ('|', '+', '-') };
    let mut text = format!("{}\n", scales[up].label());
    for (row, line) in cells.iter().enumerate() {
        let (least, most) = ends(up);
        let value = match row {
            0 => scales[up].shown(most),
            _ if row == HEIGHT - 1 => scales[up].shown(least),
            _ => String::new(),
        };
        let mut drawn = String::new();
        for (column, cell) in line.iter().enumerate() {
            if style.colour && knee == Some((row, column)) {
                drawn.push_str(&format!("\u{1b}[31m{cell}\u{1b}[0m"));
            } else {
                drawn.push(*cell);
            }
        }
        text.push_str(&format!("{value:>MARGIN$} {bar}{}\n", drawn.trim_end()));
    }
    let (least, most) = ends(across);
    text.push_str(&format!("{:MARGIN$} {corner}{}\n", "", String::from(rule).repeat(columns)));
    let (least, most) = (scales[across].shown(least), scales[across].shown(most));
    let gap = columns.saturating_sub(least.len());
    text.push_str(&format!("{:MARGIN$}  {least}{most:>gap$}\n", ""));
    text.push_str(&format!("{:MARGIN$}  {}", "", scales[across].label()));
    if let Some(third) = third {
        let (least, most) = ends(third);
        let scale = &scales[third];
        let (least, most) = (scale.shown(least), scale.shown(most));
        text.push_str(&format!("; digits: {}, 0 is {least} and 9 is {most}", scale.label()));
    } else if front.knee.is_some() {
        text.push_str(&format!("; {} is the knee", marks[1]));
    }
    text + "\n"
}
