//! Forecasts on histories whose future is known.

mod common;

use colocate_forecast::{Basis, Demand, Forecast, Input, Method, Series, Settings, forecast};
use common::{DAY, Noise, input, settings, steps};

fn one(values: Vec<f64>, settings: &Settings) -> Forecast {
    forecast(&[input(values)], settings, &|| ()).remove(0)
}

/// A day's wave around 100, with noise.
fn wave(length: usize, seed: u64) -> Vec<f64> {
    let mut noise = Noise::new(seed);
    let season = |time: usize| (std::f64::consts::TAU * time as f64 / DAY as f64).sin();
    (0..length).map(|time| 100.0 + 40.0 * season(time) + 5.0 * noise.next()).collect()
}

#[test]
fn a_season_goes_on() {
    let forecast = one(wave(7 * DAY, 1), &settings(Method::Auto));
    let coming = &wave(7 * DAY + 24, 1)[7 * DAY..];
    let error =
        forecast.point.iter().zip(coming).map(|(point, value)| (point - value).abs()).sum::<f64>() / 24.0;
    assert!(error < 5.0, "the noise alone is 2.5 on average, the forecast is {error:.2} off");
    assert_eq!(forecast.basis, Basis::Backtest);
    assert!(forecast.periods.contains(&DAY), "{:?}", forecast.periods);
}

#[test]
fn quantiles_cover_what_they_promise() {
    let settings = settings(Method::Auto);
    let (mut covered, mut windows) = (0.0, 0.0);
    let rounds = 40;
    for seed in 0..rounds {
        let values = wave(6 * DAY, seed);
        let (history, coming) = values.split_at(6 * DAY - 24);
        let forecast = one(history.to_vec(), &settings);
        let high = &forecast.quantiles[1];
        covered += coming.iter().zip(high).filter(|(value, high)| value <= high).count() as f64 / 24.0;
        windows += f64::from(u8::from(coming.iter().all(|&value| value <= forecast.window_max[1])));
    }
    let (covered, windows) = (covered / rounds as f64, windows / rounds as f64);
    assert!((0.92..=0.98).contains(&covered), "95 % cover {covered}");
    assert!(windows >= 0.9, "95 % of window maxima cover {windows}");
}

#[test]
fn an_anomaly_is_not_repeated_a_day_later() {
    let mut values = wave(10 * DAY, 3);
    // An hour at ten times the usual, as long ago as the forecast is ahead of a day.
    values[9 * DAY + 6..9 * DAY + 18].iter_mut().for_each(|value| *value *= 10.0);
    let forecast = one(values, &settings(Method::Auto));
    let most = forecast.point.iter().copied().fold(0.0, f64::max);
    assert!(most < 200.0, "yesterday's anomaly comes back as {most:.0}");
}

#[test]
fn a_level_shift_is_followed_within_hours() {
    let mut values = wave(10 * DAY, 4);
    values[10 * DAY - 36..].iter_mut().for_each(|value| *value += 200.0);
    let forecast = one(values, &settings(Method::Auto));
    let least = forecast.point.iter().copied().fold(f64::INFINITY, f64::min);
    assert!(least > 250.0, "three hours on the new level, and {least:.0} is forecast");
}

#[test]
fn gaps_do_not_matter_much() {
    let whole = one(wave(7 * DAY, 5), &settings(Method::Auto));
    let mut values = wave(7 * DAY, 5);
    values[2 * DAY..4 * DAY].iter_mut().for_each(|value| *value = f64::NAN);
    values.iter_mut().skip(7).step_by(50).for_each(|value| *value = f64::NAN);
    let gaps = one(values, &settings(Method::Auto));
    for (with, without) in gaps.point.iter().zip(&whole.point) {
        assert!((with - without).abs() < 10.0, "{with} with gaps of two days, {without} without");
    }
}

#[test]
fn request_rates_foretell_what_they_cause() {
    let mut noise = Noise::new(6);
    // Load follows requests half an hour later, and requests are noise that no history foretells.
    let level: Vec<f64> = (0..8 * DAY / 12 + 1).map(|_| 50.0 + 100.0 * noise.next().abs()).collect();
    let requests: Vec<f64> = (0..8 * DAY).map(|time| level[time / 12]).collect();
    let load: Vec<f64> = (0..8 * DAY).map(|time| requests[time.saturating_sub(6)] + noise.next()).collect();
    let origin = 7 * DAY + 8;
    let series = |values: &[f64]| Series { start: 0, step_s: 300, values: values.to_vec() };
    let settings = Settings { horizon: 6, ..settings(Method::Learned) };
    let error = |requests: Option<Series>| {
        let mut sum = 0.0;
        for ahead in 0..20 {
            let until = origin + ahead * 12;
            let input = Input {
                series: series(&load[..until]),
                kin: 0,
                requests: requests.clone().map(|all| all.before(300 * until as i64)),
            };
            let forecast = forecast(&[input], &settings, &|| ()).remove(0);
            sum += forecast
                .point
                .iter()
                .zip(&load[until..])
                .map(|(point, value)| (point - value).abs())
                .sum::<f64>();
        }
        sum
    };
    let (with, without) = (error(Some(series(&requests))), error(None));
    assert!(with < 0.9 * without, "{with:.0} with request rates, {without:.0} without");
}

#[test]
fn little_history_borrows_from_siblings_at_its_own_level() {
    let old = wave(7 * DAY, 7);
    let young: Vec<f64> = wave(7 * DAY, 8)[7 * DAY - 20..].iter().map(|value| 2.0 * value).collect();
    let start = 300 * (7 * DAY - 20) as i64;
    let young = Input { series: Series { start, step_s: 300, values: young }, ..input(Vec::new()) };
    let unborn = Input {
        series: Series { start: 300 * 7 * DAY as i64, step_s: 300, values: Vec::new() },
        ..input(Vec::new())
    };
    let forecasts = forecast(&[input(old), young, unborn], &settings(Method::Auto), &|| ());
    assert_eq!(forecasts[1].basis, Basis::Siblings);
    for step in 0..24 {
        let (sibling, own) = (forecasts[0].point[step], forecasts[1].point[step]);
        assert!((own / sibling - 2.0).abs() < 0.2, "{own} is not about twice {sibling}");
        assert_eq!(forecasts[2].point[step], sibling, "without any value it is forecast as its sibling");
    }
}

#[test]
fn few_values_and_none_give_something_finite() {
    for values in
        [vec![], vec![5.0], vec![f64::NAN], vec![5.0, 7.0], vec![3.0; 20], vec![-4.0, f64::NAN, -2.0]]
    {
        let forecast = one(values.clone(), &settings(Method::Best));
        assert!(steps(&forecast).all(f64::is_finite), "{values:?}");
        assert_ne!(forecast.basis, Basis::Backtest, "{values:?}");
    }
}

#[test]
fn a_constant_is_forecast_as_itself() {
    for level in [0.0, 42.0, -7.0] {
        for method in Method::all() {
            let forecast = one(vec![level; 3 * DAY], &settings(method));
            assert!(
                steps(&forecast).all(|value| (value - level).abs() < 1e-6),
                "{method:?} at {level}: {forecast:?}"
            );
        }
    }
}

#[test]
fn past_forecasts_are_kept_for_the_demand_that_is_asked_for() {
    let settings = |demand| Settings { keep_past: Some(demand), ..settings(Method::Auto) };
    for demand in [Demand::Mean, Demand::Quantile(1), Demand::WindowMax(1)] {
        let past = one(wave(5 * DAY, 9), &settings(demand)).past.expect("there is a past");
        assert_eq!((past.actual.len(), past.demand.len()), (24 * past.times.len(), 24 * past.times.len()));
        assert!(past.times.iter().all(|time| time % 300 == 0 && *time < 300 * (5 * DAY) as i64));
        let above = past.actual.iter().zip(&past.demand).filter(|(actual, demand)| actual > demand).count();
        let share = above as f64 / past.actual.len() as f64;
        assert!(if demand == Demand::Mean { share > 0.3 } else { share < 0.1 }, "{demand:?}: {share} above");
    }
}
