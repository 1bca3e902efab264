//! Outlook: what latency will be, path by path, by the models that forecast demand.

use colocate_forecast::{Forecast, Input, Method, Settings, forecast};
use rayon::prelude::*;

use crate::history::{History, Quantity};

/// Paths forecast at a time: bounds what is held of their forecasts.
const BATCH: usize = 4_096;
/// Upper end of a 90 % interval.
const UPPER: f64 = 0.95;
/// Largest relative error that is told apart.
const LARGEST_ERROR: f64 = 100.0;

/// A path over the horizon; lists have a value a step.
#[derive(Debug, Clone, PartialEq)]
pub struct PathOutlook {
    /// From, by position.
    pub from: usize,
    /// To.
    pub to: usize,
    /// Median round trip, in µs.
    pub p50_us: Vec<f64>,
    /// 95th percentile, in µs, at least the median.
    pub p95_us: Vec<f64>,
    /// Jitter, in µs.
    pub jitter_us: Vec<f64>,
    /// Share of packets lost, 0 to 1.
    pub loss: Vec<f64>,
    /// By how much the upper end of the 90 % interval is above the forecast, relative: the mean over the steps, of the
    /// median or the 95th percentile, whichever is less certain.
    pub relative_error: f64,
}

/// A forecast matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Outlook {
    /// Unix time at which the first step begins, in s: where the history ends.
    pub start: i64,
    /// Length of a step, in s.
    pub step_s: u32,
    /// The paths asked for that have a history.
    pub paths: Vec<PathOutlook>,
}

/// Forecasts these paths of a history over `horizon` steps, at least 1; those without a history are left out. `done` is
/// called once for each path and quantity, from whichever thread has finished one. A path with few steps goes on as it
/// was lately; a quantity without any is left empty, but a median stands for a 95th percentile and the other way round.
#[must_use]
pub fn outlook(
    history: &History,
    paths: &[(usize, usize)],
    horizon: usize,
    method: Method,
    done: &(dyn Fn() + Sync),
) -> Outlook {
    let settings = Settings { horizon: horizon.max(1), quantiles: vec![UPPER], method, keep_past: None };
    let batches = paths.chunks(BATCH).map(|paths| batch(history, paths, &settings, done));
    Outlook { start: history.end(), step_s: history.shape().step_s, paths: batches.flatten().collect() }
}

fn batch(
    history: &History,
    paths: &[(usize, usize)],
    settings: &Settings,
    done: &(dyn Fn() + Sync),
) -> Vec<PathOutlook> {
    let asked = |&(from, to): &(usize, usize)| {
        Quantity::ALL.into_iter().filter_map(move |quantity| {
            let series = history.series(from, to, quantity)?;
            Some(((from, to, quantity), Input { series, kin: quantity as u32, requests: None }))
        })
    };
    let (keys, inputs): (Vec<_>, Vec<Input>) = paths.iter().flat_map(asked).unzip();
    // What never changes needs no model; packet loss is nearly always 0.
    let changes: Vec<bool> = inputs.par_iter().map(|input| !is_constant(&input.series.values)).collect();
    let varying: Vec<Input> = inputs
        .iter()
        .zip(&changes)
        .filter(|(_, changes)| **changes)
        .map(|(input, _)| input.clone())
        .collect();
    let mut forecasts = forecast(&varying, settings, done).into_iter();
    let mut outlooks: Vec<PathOutlook> = Vec::new();
    for (((from, to, quantity), input), changes) in keys.into_iter().zip(&inputs).zip(changes) {
        let (values, error) = match changes.then(|| forecasts.next()).flatten() {
            Some(forecast) => (values(&forecast, quantity), relative_error(&forecast, quantity)),
            None => {
                done();
                let value = input.series.values.iter().copied().find(|value| !value.is_nan()).unwrap_or(0.0);
                (vec![value; settings.horizon], 0.0)
            }
        };
        if outlooks.last().is_none_or(|last| (last.from, last.to) != (from, to)) {
            outlooks.push(PathOutlook::new(from, to));
        }
        if let Some(last) = outlooks.last_mut() {
            *last.of(quantity) = values;
            last.relative_error = last.relative_error.max(error);
        }
    }
    outlooks.iter_mut().for_each(PathOutlook::settle);
    outlooks
}

fn is_constant(values: &[f64]) -> bool {
    let mut known = values.iter().filter(|value| !value.is_nan());
    let first = known.next();
    known.all(|value| Some(value) == first)
}

/// The values of the forecast within what the quantity can be.
fn values(forecast: &Forecast, quantity: Quantity) -> Vec<f64> {
    let most = if quantity == Quantity::Loss { 1.0 } else { f64::INFINITY };
    // Loss is rare: its median is nothing, its mean is what calls pay for.
    let list = if quantity == Quantity::Loss { &forecast.mean } else { &forecast.point };
    list.iter().map(|value| if value.is_finite() { value.clamp(0.0, most) } else { 0.0 }).collect()
}

/// How far the upper end is above the forecast, for round trips.
fn relative_error(forecast: &Forecast, quantity: Quantity) -> f64 {
    let sum = |list: &[f64]| list.iter().sum::<f64>();
    let (point, upper) = (sum(&forecast.point), forecast.quantiles.first().map_or(0.0, |upper| sum(upper)));
    let counts = matches!(quantity, Quantity::P50 | Quantity::P95) && point > 0.0 && upper > point;
    if counts { (upper / point - 1.0).min(LARGEST_ERROR) } else { 0.0 }
}

impl PathOutlook {
    fn new(from: usize, to: usize) -> Self {
        let none = Vec::new;
        let (p50_us, p95_us, jitter_us, loss) = (none(), none(), none(), none());
        Self { from, to, p50_us, p95_us, jitter_us, loss, relative_error: 0.0 }
    }

    fn of(&mut self, quantity: Quantity) -> &mut Vec<f64> {
        match quantity {
            Quantity::P50 => &mut self.p50_us,
            Quantity::P95 => &mut self.p95_us,
            Quantity::Jitter => &mut self.jitter_us,
            Quantity::Loss => &mut self.loss,
        }
    }

    /// Makes percentiles go together.
    fn settle(&mut self) {
        match (self.p50_us.is_empty(), self.p95_us.is_empty()) {
            (true, false) => self.p50_us.clone_from(&self.p95_us),
            (false, true) => self.p95_us.clone_from(&self.p50_us),
            _ => {}
        }
        // The median is surer: it rests on more probes.
        for (high, median) in self.p95_us.iter_mut().zip(&self.p50_us) {
            *high = high.max(*median);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::{Reading, Shape};

    const ALL: [(usize, usize); 4] = [(0, 0), (0, 1), (1, 0), (1, 1)];
    const HOUR: i64 = 3600;

    /// Readings of the path from 0 to 1, hour by hour.
    fn history(hours: i64, reading: impl Fn(i64) -> Reading) -> History {
        let mut history = History::new(Shape { domains: 2, step_s: 3600, steps: 1000 }).unwrap();
        (0..hours)
            .for_each(|hour| history.push(hour * HOUR, &[None, Some(reading(hour)), None, None]).unwrap());
        history
    }

    #[test]
    fn the_rush_hour_is_seen_coming() {
        let busy = |hour: i64| (8..12).contains(&(hour % 24));
        // A little unrest, so that no two days are the same.
        let us = |hour: i64| if busy(hour) { 900.0 } else { 100.0 } + (hour * 7 % 11) as f64;
        let reading = |hour| Reading { p50_us: us(hour), p95_us: 2.0 * us(hour), jitter_us: 5.0, loss: 0.0 };
        let history = history(24 * 20, reading);
        let outlook = outlook(&history, &ALL, 24, Method::Auto, &|| ());
        assert_eq!((outlook.start, outlook.step_s, outlook.paths.len()), (24 * 20 * HOUR, 3600, 1));
        let path = &outlook.paths[0];
        assert_eq!((path.from, path.to), (0, 1));
        assert!(path.p50_us[3] < 200.0 && path.p50_us[9] > 700.0, "{:?}", path.p50_us);
        assert!(path.p95_us[9] > 1400.0 && path.p95_us[20] < 400.0, "{:?}", path.p95_us);
        assert_eq!((&path.jitter_us, &path.loss), (&vec![5.0; 24], &vec![0.0; 24]));
    }

    #[test]
    fn a_short_history_goes_on_as_it_was() {
        let reading =
            |hour| Reading { p50_us: 100.0 + hour as f64, p95_us: 150.0, jitter_us: 0.0, loss: 0.0 };
        let outlook = outlook(&history(3, reading), &ALL, 4, Method::Auto, &|| ());
        let path = &outlook.paths[0];
        assert!(path.p50_us.iter().all(|us| (100.0..=102.0).contains(us)), "{path:?}");
        assert_eq!(path.p95_us, [150.0; 4]);
    }

    #[test]
    fn nothing_is_below_0_and_the_median_is_no_higher() {
        // A fall that would go on below 0, and a 95th percentile below the median, which cannot be.
        let reading = |hour: i64| Reading {
            p50_us: (400 - hour).max(1) as f64 + (hour % 5) as f64,
            p95_us: (390 - hour).max(1) as f64,
            jitter_us: (50 - hour).max(0) as f64,
            loss: if hour % 9 == 0 { 1.0 } else { 0.0 },
        };
        let outlook = outlook(&history(400, reading), &ALL, 48, Method::Auto, &|| ());
        let path = &outlook.paths[0];
        assert!(path.p50_us.iter().zip(&path.p95_us).all(|(median, high)| (0.0..=*high).contains(median)));
        assert!(path.jitter_us.iter().all(|us| *us >= 0.0));
        assert!(path.loss.iter().all(|loss| (0.0..=1.0).contains(loss)));
    }

    #[test]
    fn a_missing_percentile_is_that_of_the_other() {
        let reading = |_| Reading { p50_us: 70.0, p95_us: f64::NAN, jitter_us: f64::NAN, loss: f64::NAN };
        let outlook = outlook(&history(30, reading), &ALL, 2, Method::Auto, &|| ());
        assert_eq!((&outlook.paths[0].p95_us, outlook.paths[0].jitter_us.len()), (&vec![70.0; 2], 0));
    }
}
