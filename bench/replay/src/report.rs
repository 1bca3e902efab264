//! Rows and their summary.

use std::fmt::Write;

use serde::Serialize;

use crate::measures::Measures;
use crate::settings::Settings;

/// One replay: a line of the results.
#[derive(Debug, Clone, Serialize)]
pub struct Row {
    /// The demand input.
    pub input: &'static str,
    /// Seed of the first placement and of the solver.
    pub seed: u64,
    /// Hosts there are.
    pub hosts: usize,
    /// Machines.
    pub machines: usize,
    /// The knobs.
    #[serde(flatten)]
    pub settings: Settings,
    /// What happened.
    #[serde(flatten)]
    pub measures: Measures,
}

/// What an input is compared with.
pub(crate) const BASELINE: &str = "reactive";
/// What should be better.
const CANDIDATE: &str = "window maximum";
/// The share of the baseline's overloaded minutes that the candidate may have.
const SHARE: f64 = 0.25;

/// The inputs of `rows` in order of appearance.
pub(crate) fn inputs(rows: &[Row]) -> Vec<&'static str> {
    let mut inputs = Vec::new();
    for row in rows {
        if !inputs.contains(&row.input) {
            inputs.push(row.input);
        }
    }
    inputs
}

/// Mean, least and most of a measure over the seeds of an input.
pub(crate) fn spread(rows: &[Row], input: &str, of: impl Fn(&Measures) -> f64) -> (f64, f64, f64) {
    let values: Vec<f64> =
        rows.iter().filter(|row| row.input == input).map(|row| of(&row.measures)).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let least = values.iter().copied().fold(f64::INFINITY, f64::min);
    (mean, least, values.iter().copied().fold(f64::NEG_INFINITY, f64::max))
}

fn overloaded(measures: &Measures) -> f64 {
    measures.overloaded_host_minutes as f64
}

/// A table in Markdown: an input a row, means over the seeds, least and most in brackets.
#[must_use]
pub fn summary(rows: &[Row]) -> String {
    let mut table = String::from(
        "| input | overloaded host-minutes | of reactive | saturated host-minutes | excess, GHz h | hosts used | moves | coverage | wall, s |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    let base = spread(rows, BASELINE, overloaded).0;
    for input in inputs(rows) {
        let cell = |of: fn(&Measures) -> f64, digits: usize| {
            let (mean, least, most) = spread(rows, input, of);
            format!("{mean:.digits$} ({least:.digits$}-{most:.digits$})")
        };
        let ratio = match base {
            base if base > 0.0 => format!("{:.0} %", 100.0 * spread(rows, input, overloaded).0 / base),
            _ => "-".to_owned(),
        };
        let cells = [
            cell(overloaded, 0),
            ratio,
            cell(|m| m.saturated_host_minutes as f64, 0),
            cell(|m| m.excess_ghz_h, 0),
            cell(|m| m.hosts_used, 2),
            cell(|m| m.moves as f64, 0),
            cell(|m| m.coverage, 3),
            format!("{:.1}", spread(rows, input, |m| m.wall_s).0),
        ];
        // Writing to a string does not fail.
        let _ = writeln!(table, "| {input} | {} |", cells.join(" | "));
    }
    table
}

/// Whether the window maximum is worth it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bar {
    /// Its overloaded host-minutes as a share of those of the reactive input, means over the seeds.
    pub overloaded: f64,
    /// Its hosts used less those of the reactive input.
    pub hosts: f64,
}

impl Bar {
    /// At most a quarter of the overloaded host-minutes, at no more hosts.
    #[must_use]
    pub fn is_reached(&self) -> bool {
        self.overloaded <= SHARE && self.hosts <= 0.0
    }
}

/// The bar; `None` where one of the two inputs did not run, or nothing was overloaded.
#[must_use]
pub fn bar(rows: &[Row]) -> Option<Bar> {
    let mean = |input: &str, of: fn(&Measures) -> f64| {
        rows.iter().any(|row| row.input == input).then(|| spread(rows, input, of).0)
    };
    let base = mean(BASELINE, overloaded).filter(|&base| base > 0.0)?;
    let hosts = mean(CANDIDATE, |m| m.hosts_used)? - mean(BASELINE, |m| m.hosts_used)?;
    Some(Bar { overloaded: mean(CANDIDATE, overloaded)? / base, hosts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(input: &'static str, seed: u64, overloaded_host_minutes: u64, hosts_used: f64) -> Row {
        let measures = Measures {
            overloaded_host_minutes,
            saturated_host_minutes: 0,
            excess_ghz_h: 0.0,
            moves: 1,
            hosts_used,
            coverage: 1.0,
            wall_s: 0.0,
            host_of: Vec::new(),
        };
        Row { input, seed, hosts: 3, machines: 4, settings: Settings::default(), measures }
    }

    #[test]
    fn the_bar_compares_means_over_the_seeds() {
        let rows = [
            row("reactive", 1, 100, 2.0),
            row("reactive", 2, 300, 3.0),
            row("window maximum", 1, 0, 2.5),
            row("window maximum", 2, 100, 2.5),
        ];
        let reached = bar(&rows).expect("both ran");
        assert_eq!(reached, Bar { overloaded: 0.25, hosts: 0.0 });
        assert!(reached.is_reached());
        assert!(summary(&rows).contains("| window maximum | 50 (0-100) | 25 % |"));
        assert_eq!(bar(&rows[..2]), None);
    }

    #[test]
    fn more_hosts_do_not_reach_it() {
        let rows = [row("reactive", 1, 100, 2.0), row("window maximum", 1, 0, 2.1)];
        assert!(!bar(&rows).expect("both ran").is_reached());
    }

    #[test]
    fn the_picture_names_every_input() {
        let rows = [row("reactive", 1, 100, 2.0), row("window maximum", 1, 0, 2.1)];
        let picture = crate::chart::chart(&rows).expect("it can be drawn");
        assert!(picture.contains("reactive") && picture.contains("window maximum"));
    }
}
