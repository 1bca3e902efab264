//! The front as people read it.

use colocate_model::{Front, Term};

use super::csv::name;
use super::plot;
use super::scale::Scale;
use crate::report;

/// A table of the points, a plot, and the volume.
pub(super) fn report(front: &Front, scales: &[Scale]) -> String {
    let labels: Vec<String> = scales.iter().map(Scale::label).collect();
    let header = labels.iter().map(String::as_str).chain(["known to be", ""]);
    let mut table = report::table(&header.collect::<Vec<_>>());
    for (index, point) in front.points.iter().enumerate() {
        let values = scales.iter().zip(&point.values).map(|(scale, &value)| scale.shown(value));
        let knee = if front.knee == Some(index) { "knee" } else { "" };
        table.add_row(values.chain([name(point.certificate).to_owned(), knee.to_owned()]));
    }
    let values = |values: &[i64]| -> String {
        let shown = scales.iter().zip(values).map(|(s, &value)| format!("{} {}", s.name, s.shown(value)));
        shown.collect::<Vec<_>>().join(", ")
    };
    let exact = front.hypervolume.volume.map_or_else(String::new, |volume| format!(" ({volume})"));
    let mut text = format!("{table}\n{}", plot::plot(front, scales, crate::terminal::Style::of_terminal()));
    for held in &front.held {
        let terms: Vec<&str> = held.goal.terms().map(Term::name).collect();
        text.push_str(&format!("before the axes: {} at most {}\n", terms.join(" + "), held.limit));
    }
    text.push_str(&format!("start: {}\n", values(&front.start)));
    text.push_str(&format!("reference: {}\n", values(&front.reference)));
    text.push_str(&format!("hypervolume {:.6} of the box up to it{exact}\n", front.hypervolume.share));
    text.push_str(&format!(
        "{} points of {} solves, {} proposals\n",
        front.points.len(),
        front.solves,
        front.iterations
    ));
    text
}
