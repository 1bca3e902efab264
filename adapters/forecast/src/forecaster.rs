//! From histories to forecasts: the pool is judged series by series, the global model learns from all, and what did best
//! lately is combined and calibrated.

use rayon::prelude::*;

use crate::candidate::History;
use crate::combine;
use crate::contest::{Contest, Verdict};
use crate::forecast::{Basis, Demand, Forecast, Input, Method, Settings};
use crate::learned::{Learned, Sample, View};
use crate::model::Model;
use crate::models::MODELS;
use crate::prepared::Prepared;
use crate::reserve::Past;
use crate::track::{Line, Track};
use crate::window_max::maximum;
use crate::{few, siblings};

/// Fewest past origins to judge by.
const LEAST_ORIGINS: usize = 10;
/// Of so many past origins one is kept.
const KEPT: usize = 4;
/// A forecaster whose past loss is more than this many times the best's is left out.
const MOST_LOSS: f64 = 1.05;

/// Forecasts all series. `done` is called once for each, from whichever thread has finished one.
#[must_use]
pub fn forecast(inputs: &[Input], settings: &Settings, done: &(dyn Fn() + Sync)) -> Vec<Forecast> {
    let judge = |input| at_origins(input, settings, |_, contest| contest.judge(settings));
    let verdicts: Vec<Option<Verdict>> = inputs.par_iter().map(judge).collect();
    let learned = learn(inputs, settings, &verdicts);
    let finish = |(input, verdict): (&Input, &Option<Verdict>)| {
        let concluded = verdict.as_ref().and_then(|verdict| {
            let learned = learned.as_ref().map(|learned| (learned, input));
            at_origins(input, settings, |prepared, contest| {
                conclude(prepared, contest, settings, verdict, learned)
            })
        });
        done();
        concluded.unwrap_or_else(|| few::forecast(&Prepared::new(&input.series), settings))
    };
    let mut forecasts: Vec<Forecast> = inputs.par_iter().zip(&verdicts).map(finish).collect();
    siblings::stand_in(inputs, settings, &mut forecasts);
    forecasts
}

/// Calls `work` with the series made ready and its past origins; none where there are too few.
fn at_origins<T>(
    input: &Input,
    settings: &Settings,
    work: impl FnOnce(&Prepared, &Contest<'_>) -> T,
) -> Option<T> {
    let prepared = Prepared::new(&input.series);
    let history = History::new(&prepared.values);
    let contest = Contest::new(&history, &prepared.periods, settings.horizon);
    (contest.origins.at.len() >= LEAST_ORIGINS).then(|| work(&prepared, &contest))
}

/// The global model, where the method has it.
fn learn(inputs: &[Input], settings: &Settings, verdicts: &[Option<Verdict>]) -> Option<Learned> {
    if !settings.method.learns() {
        return None;
    }
    let judged = verdicts.iter().flatten().count();
    let sample = |(input, verdict): (&Input, &Option<Verdict>)| {
        let chosen = &verdict.as_ref()?.chosen;
        at_origins(input, settings, |prepared, contest| {
            let requests = prepared.beside(input.requests.as_ref());
            let mut sample = Sample::default();
            let view = View::new(prepared, contest.history, &requests, input.kin);
            sample.add(&view, &contest.origins, judged, |origin| contest.combined(chosen, origin));
            sample
        })
    };
    let samples: Vec<Sample> = inputs.par_iter().zip(verdicts).filter_map(sample).collect();
    let mut all = Sample::default();
    samples.into_iter().for_each(|sample| all.append(sample));
    all.learn(&settings.quantiles)
}

/// The forecast of a series: the forecasters of the method that did best lately, combined and calibrated.
fn conclude(
    prepared: &Prepared,
    contest: &Contest<'_>,
    settings: &Settings,
    verdict: &Verdict,
    learned: Option<(&Learned, &Input)>,
) -> Forecast {
    let tracks = tracks(prepared, contest, settings, verdict, learned);
    let losses: Vec<f64> = tracks.iter().map(|track| track.point.loss(contest)).collect();
    let best: Vec<&Track> =
        combine::best(&losses, MOST_LOSS).into_iter().map(|index| &tracks[index]).collect();
    let point = Line::median(&best.iter().map(|track| &track.point).collect::<Vec<_>>());
    let errors = point.errors(contest);
    let quantiles: Vec<Line> = (0..settings.quantiles.len())
        .map(|index| {
            let line = Line::median(&best.iter().map(|track| &track.quantiles[index]).collect::<Vec<_>>());
            let errors = line.errors(contest);
            line.shifted(|step| errors.quantile(step, settings.quantiles[index]))
        })
        .collect();
    let mean = point.shifted(|step| errors.mean(step));
    let past = settings.keep_past.map(|demand| match demand {
        Demand::Mean => past(contest, prepared, &mean.past, 1),
        Demand::Quantile(index) => past(contest, prepared, &quantiles[index].past, 1),
        Demand::WindowMax(_) => past(contest, prepared, &verdict.past_window_max, settings.horizon),
    });
    let mut forecast = Forecast {
        start: prepared.time(prepared.values.len()),
        point: point.now,
        mean: mean.now,
        quantiles: quantiles.into_iter().map(|line| line.now).collect(),
        window_max: verdict.window_max.clone(),
        by: best.iter().map(|track| track.name).collect(),
        periods: prepared.periods.clone(),
        basis: Basis::Backtest,
        past,
    };
    forecast.restrain(settings, &prepared.values);
    forecast
}

/// What was forecast at some of the past origins: `each` value of `demand` for so many steps.
fn past(contest: &Contest<'_>, prepared: &Prepared, demand: &[f64], each: usize) -> Past {
    let mut past = Past { times: Vec::new(), actual: Vec::new(), demand: Vec::new() };
    let origins = contest.origins.at.iter().zip(demand.chunks_exact(contest.horizon / each));
    for (&origin, demand) in origins.step_by(KEPT) {
        past.times.push(prepared.time(origin));
        past.actual.extend(
            contest.history.values[origin..origin + contest.horizon].iter().map(|&value| value as f32),
        );
        past.demand.extend(demand.iter().flat_map(|&demand| std::iter::repeat_n(demand as f32, each)));
    }
    past
}

/// The forecasters of the method; the pool where none of them can be fitted.
fn tracks(
    prepared: &Prepared,
    contest: &Contest<'_>,
    settings: &Settings,
    verdict: &Verdict,
    learned: Option<(&Learned, &Input)>,
) -> Vec<Track> {
    let fitted: &[&dyn Model] = match &settings.method {
        Method::Best => MODELS,
        Method::Model(model) => std::slice::from_ref(model),
        _ => &[],
    };
    let fit = |model: &&dyn Model| {
        let line = Line::of_model(*model, contest, &prepared.periods).ok()?;
        let finite = line.past.iter().chain(&line.now).all(|value| value.is_finite());
        finite.then(|| Track::with_errors(model.name(), line, contest, &settings.quantiles))
    };
    let mut tracks: Vec<Track> = fitted.iter().filter_map(fit).collect();
    if matches!(settings.method, Method::Model(_)) && !tracks.is_empty() {
        return tracks;
    }
    let pool = Line::of(contest, |origin| contest.combined(&verdict.chosen, origin));
    if let Some((learned, input)) = learned {
        let requests = prepared.beside(input.requests.as_ref());
        let view = View::new(prepared, contest.history, &requests, input.kin);
        tracks.push(learned.track(&view, contest, &pool));
    }
    if tracks.is_empty() || !matches!(settings.method, Method::Learned) {
        tracks.push(Track::with_errors(Method::Pool.name(), pool, contest, &settings.quantiles));
    }
    tracks
}

impl Forecast {
    /// Keeps what never was negative from being so, quantiles from crossing, and the maximum above every step.
    pub(crate) fn restrain(&mut self, settings: &Settings, values: &[f64]) {
        let least = if values.iter().all(|&value| value >= 0.0) { 0.0 } else { f64::NEG_INFINITY };
        let lists = [&mut self.point, &mut self.mean].into_iter().chain(&mut self.quantiles);
        lists.flatten().chain(&mut self.window_max).for_each(|value| *value = value.max(least));
        let mut order: Vec<usize> = (0..settings.quantiles.len()).collect();
        order.sort_by(|&a, &b| settings.quantiles[a].total_cmp(&settings.quantiles[b]));
        for pair in order.windows(2) {
            for step in 0..settings.horizon {
                self.quantiles[pair[1]][step] =
                    self.quantiles[pair[1]][step].max(self.quantiles[pair[0]][step]);
            }
            self.window_max[pair[1]] = self.window_max[pair[1]].max(self.window_max[pair[0]]);
        }
        for (window_max, quantile) in self.window_max.iter_mut().zip(&self.quantiles) {
            *window_max = window_max.max(maximum(quantile));
        }
    }
}
