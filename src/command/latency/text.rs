//! What people read of a matrix.

use std::collections::BTreeMap;

use colocate_files::{MeasuredPath, PathSource};

use super::asymmetry::{self, Asymmetric};
use super::changes::{self, Change, What};
use super::heat_map;
use super::matrix::{Matrix, first};
use super::palette::shown;
use super::show::Shown;
use crate::report;
use crate::terminal::Style;

/// The heat map, the worst pairs, those that are asymmetric, and what has changed.
pub(super) fn summary(matrix: &Matrix<'_>, shown: &Shown, most: usize, style: Style) -> String {
    let file = matrix.file;
    let pairs: usize = file.paths.values().map(BTreeMap::len).sum();
    let all = matrix.names.len().pow(2);
    let at = file.measured_at.map(|at| format!(", measured at {at}")).unwrap_or_default();
    let window = file.window_s.map(|window| format!(" over {window} s")).unwrap_or_default();
    let mut text = format!("{} {}s, {pairs} of {all} pairs{at}{window}\n\n", matrix.names.len(), file.level);
    text += &heat_map::drawn(matrix, style);
    if !shown.worst.is_empty() {
        text += &format!("\nworst pairs\n{}", worst(matrix, &shown.worst));
    }
    if !shown.asymmetric.is_empty() {
        text += &format!("\nasymmetric pairs: {}\n", asymmetry::RULE);
        text += &asymmetric(matrix, &shown.asymmetric[..shown.asymmetric.len().min(most)]);
        text += &more(shown.asymmetric.len(), most);
    }
    match &shown.changes {
        None => {}
        Some(changes) if changes.is_empty() => text += "\nnothing has changed beyond noise\n",
        Some(changes) => {
            text += &format!("\nwhat has changed: {}\n", changes::RULE);
            text += &changed(&changes[..changes.len().min(most)]);
            text += &more(changes.len(), most);
        }
    }
    text
}

fn more(all: usize, most: usize) -> String {
    if all > most { format!("and {} more\n", all - most) } else { String::new() }
}

fn worst(matrix: &Matrix<'_>, pairs: &[(usize, usize)]) -> String {
    let header = ["from", "to", matrix.quantile, "jitter", "loss", "samples", "age", "source"];
    let mut table = report::table(&header);
    for &(from, to) in pairs {
        let Some(path) = matrix.path(from, to) else { continue };
        table.add_row([
            matrix.names[from].clone(),
            matrix.names[to].clone(),
            matrix.value(path).map(shown).unwrap_or_default(),
            first(&path.jitter_us).map(shown).unwrap_or_default(),
            loss(path),
            path.samples.map(|samples| samples.to_string()).unwrap_or_default(),
            path.age_s.map(|age| format!("{age:.0} s")).unwrap_or_default(),
            source(path),
        ]);
    }
    format!("{table}\n")
}

/// The loss in percent, with its interval.
fn loss(path: &MeasuredPath) -> String {
    let percent = |share: f64| format!("{:.3}", share * 100.0);
    let Some(loss) = first(&path.loss) else { return String::new() };
    match (first(&path.loss_low), first(&path.loss_high)) {
        (Some(low), Some(high)) => format!("{} % ({} to {})", percent(loss), percent(low), percent(high)),
        _ => format!("{} %", percent(loss)),
    }
}

/// Where the numbers come from, with how far off an estimate may be.
fn source(path: &MeasuredPath) -> String {
    let word = path.source.map_or("", PathSource::word);
    if path.relative_error > 0.0 {
        format!("{word} ±{:.0} %", path.relative_error * 100.0)
    } else {
        word.to_owned()
    }
}

fn asymmetric(matrix: &Matrix<'_>, pairs: &[Asymmetric]) -> String {
    let mut table = report::table(&["from", "to", "p50", "p50 back", "noise"]);
    for found in pairs {
        let [there, back] = found.medians_us;
        let names = [found.pair.0, found.pair.1].map(|index| matrix.names[index].clone());
        table.add_row(names.into_iter().chain([shown(there), shown(back), shown(found.noise_us)]));
    }
    format!("{table}\n")
}

fn changed(changes: &[Change]) -> String {
    let mut table = report::table(&["from", "to", "what", "before", "now"]);
    for change in changes {
        let percent = |share: f64| format!("{:.3} %", share * 100.0);
        let (what, before, now) = match change.what {
            What::New => ("new", String::new(), String::new()),
            What::Vanished => ("vanished", String::new(), String::new()),
            What::Route { before_us, now_us } => ("route", shown(before_us), shown(now_us)),
            What::Loss { before, now } => ("loss", percent(before), percent(now)),
        };
        table.add_row([change.from.clone(), change.to.clone(), what.to_owned(), before, now]);
    }
    format!("{table}\n")
}
