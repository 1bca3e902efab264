//! The global model: one ensemble of trees a quantile, learned from all series together, that corrects the combined
//! forecast of the pool by what lags, calendar, service and request rates say (Montero-Manso & Hyndman 2021 on why one
//! model for many series).

mod boost;
mod features;
mod tree;

use boost::{Boosting, Ensemble};
pub(crate) use features::View;
use features::WIDTH;
use tree::{Binned, Growth};

use crate::contest::Contest;
use crate::rolling::Origins;
use crate::track::{Line, Track};

/// Its name on the command line.
pub(crate) const NAME: &str = "learned";

/// Most rows that are learned from, all series together.
const MOST_ROWS: usize = 120_000;
/// Most and fewest rows of a series.
const ROWS_OF_SERIES: (usize, usize) = (1_440, 48);
const BOOSTING: Boosting = Boosting { trees: 40, rate: 0.1, growth: Growth { leaves: 8, least_rows: 20 } };
/// The quantile that makes absolute errors small.
const MEDIAN: f64 = 0.5;
/// Fewest rows worth learning from.
const LEAST_ROWS: usize = 200;

/// Rows to learn from: features of past steps, and how far the value was above the forecast.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    rows: Vec<f32>,
    targets: Vec<f32>,
    /// Which half of the origins a row is of; rows of windows that reach into both are of neither.
    halves: Vec<Option<Half>>,
}

/// The newer or the older half of the origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Newer,
    Older,
}

/// The global model.
#[derive(Debug)]
pub(crate) struct Learned {
    /// The median, then whatever else is asked for.
    levels: Vec<Halves>,
    /// Which of the levels each quantile asked for is.
    quantiles: Vec<usize>,
}

/// An ensemble for one quantile, thrice: the past is judged by what was learned from the other half of it.
#[derive(Debug)]
struct Halves {
    all: Ensemble,
    from_newer: Ensemble,
    from_older: Ensemble,
}

impl Sample {
    /// Adds rows of one of `series` series; `forecast` gives the combined forecast from an origin.
    pub(crate) fn add(
        &mut self,
        view: &View<'_>,
        origins: &Origins,
        series: usize,
        mut forecast: impl FnMut(usize) -> Vec<f64>,
    ) {
        let horizon = origins.horizon;
        let (most, fewest) = ROWS_OF_SERIES;
        let wanted = (MOST_ROWS / series.max(1)).clamp(fewest, most);
        let each = (wanted / origins.at.len().max(1)).clamp(1, horizon);
        let skip = (origins.at.len() * each).div_ceil(wanted).max(1);
        for (index, &origin) in origins.at.iter().enumerate().step_by(skip) {
            let combined = forecast(origin);
            // Steps spread evenly over the horizon, others at every origin.
            let steps = (0..each).map(|count| (index + count * horizon / each) % horizon);
            view.rows(origin, &combined, steps.clone(), &mut self.rows);
            for step in steps {
                self.targets.push(view.relative(view.history.values[origin + step], combined[step]));
                self.halves.push(half(origins, index));
            }
        }
    }

    /// Adds the rows of another sample.
    pub(crate) fn append(&mut self, mut other: Self) {
        self.rows.append(&mut other.rows);
        self.targets.append(&mut other.targets);
        self.halves.append(&mut other.halves);
    }

    /// Learns the median and these quantiles; none from too few rows.
    pub(crate) fn learn(&self, quantiles: &[f64]) -> Option<Learned> {
        let count = |half: Half| self.halves.iter().filter(|&&other| other == Some(half)).count();
        if count(Half::Newer).min(count(Half::Older)) < LEAST_ROWS {
            return None;
        }
        let [all, newer, older] = [None, Some(Half::Newer), Some(Half::Older)].map(|half| self.half(half));
        let halves = |q: f64| {
            let [all, from_newer, from_older] =
                [&all, &newer, &older].map(|part| Ensemble::learn(&part.binned, &part.targets, q, BOOSTING));
            Halves { all, from_newer, from_older }
        };
        let others: Vec<f64> = quantiles.iter().copied().filter(|&q| q != MEDIAN).collect();
        let place = |q: f64| others.iter().position(|&other| other == q).map_or(0, |place| place + 1);
        Some(Learned {
            levels: [MEDIAN].iter().chain(&others).map(|&q| halves(q)).collect(),
            quantiles: quantiles.iter().map(|&q| place(q)).collect(),
        })
    }

    /// The rows of a half, or all.
    fn half(&self, half: Option<Half>) -> Part {
        let kept = || (0..self.targets.len()).filter(move |&row| half.is_none() || self.halves[row] == half);
        let rows: Vec<f32> =
            kept().flat_map(|row| &self.rows[row * WIDTH..(row + 1) * WIDTH]).copied().collect();
        Part { binned: Binned::new(&rows, WIDTH), targets: kept().map(|row| self.targets[row]).collect() }
    }
}

/// What one ensemble learns from.
struct Part {
    targets: Vec<f32>,
    binned: Binned,
}

/// Which half the window of an origin lies in.
fn half(origins: &Origins, index: usize) -> Option<Half> {
    let middle = origins.at[origins.at.len() / 2];
    let origin = origins.at[index];
    if origin >= middle {
        Some(Half::Newer)
    } else if origin + origins.horizon <= middle {
        Some(Half::Older)
    } else {
        None
    }
}

impl Learned {
    /// What the model says of a series at past origins, by ensembles that have not seen what came, and now. `combined`
    /// are the forecasts of the pool that it corrects.
    pub(crate) fn track(&self, view: &View<'_>, contest: &Contest<'_>, combined: &Line) -> Track {
        let (origins, horizon) = (&contest.origins, contest.horizon);
        let middle = origins.at[origins.at.len() / 2];
        let mut rows = Vec::new();
        let ends = origins.at.iter().zip(combined.past.chunks_exact(horizon));
        for (&origin, combined) in ends.chain([(&view.history.values.len(), &combined.now[..])]) {
            view.rows(origin, combined, 0..horizon, &mut rows);
        }
        let correct =
            |ensemble: &Ensemble, row: &[f32], combined: f64| view.absolute(ensemble.predict(row), combined);
        let line = |halves: &Halves| {
            let mut rows = rows.chunks_exact(WIDTH);
            let past =
                combined.past.iter().zip(rows.by_ref()).enumerate().map(|(index, (&combined, row))| {
                    let newer = origins.at[index / horizon] >= middle;
                    correct(if newer { &halves.from_older } else { &halves.from_newer }, row, combined)
                });
            let past = past.collect();
            let now =
                combined.now.iter().zip(rows).map(|(&combined, row)| correct(&halves.all, row, combined));
            Line { past, now: now.collect() }
        };
        let levels: Vec<Line> = self.levels.iter().map(line).collect();
        let quantiles = self.quantiles.iter().map(|&level| levels[level].clone()).collect();
        Track { name: NAME, point: levels[0].clone(), quantiles }
    }
}
