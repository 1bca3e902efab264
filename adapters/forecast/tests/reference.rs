//! Agreement with reference implementations on three made-up series: forecasts of 24 steps.
//!
//! Exponential smoothing, MSTL and the choice of ARIMA orders: statsforecast 2.1.1 (`AutoETS(model="AZZ")` with season 24,
//! `AZN` without; `MSTL([m], AutoETS(model="AZN"))`; `AutoARIMA(approximation=False)`). ARIMA of given orders:
//! statsmodels 0.15.0 (`ARIMA(order, seasonal_order).fit()`, forecast and standard error). Prophet: prophet
//! 1.5.0 with weekly and yearly seasonality off, daily on where there is a season, CmdStan's optimiser.

use std::f64::consts::TAU;

use colocate_forecast::models::{Arima, Ets, Mstl, Order, Orders, Prophet};
use colocate_forecast::{Fitted, Model};

/// Uniform noise in [-0.5, 0.5): a linear congruential generator, the same in every language.
fn noise(seed: u64) -> impl Iterator<Item = f64> {
    std::iter::successors(Some(seed), |state| Some((state * 1_103_515_245 + 12345) % (1 << 31)))
        .skip(1)
        .map(|state| state as f64 / f64::from(1_u32 << 31) - 0.5)
}

/// `n` values of an autoregression driven by noise of a width, on top of `level(step)`.
fn series(n: usize, seed: u64, [memory, width]: [f64; 2], level: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut rest = 0.0;
    let value = |(step, noise): (usize, f64)| {
        rest = memory * rest + width * noise;
        level(step as f64) + rest
    };
    noise(seed).take(n).enumerate().map(value).collect()
}

/// 40 days of hours with a trend and a daily season.
fn hourly() -> Vec<f64> {
    let level = |i: f64| 50.0 + 0.01 * i + 10.0 * (TAU * i / 24.0).sin() + 4.0 * (2.0 * TAU * i / 24.0).cos();
    series(960, 1, [0.7, 4.0], level)
}

/// A week of steps of five minutes with a daily season.
fn five_minutes() -> Vec<f64> {
    let level = |i: f64| 30.0 + 8.0 * (TAU * i / 288.0).sin() + 3.0 * (3.0 * TAU * i / 288.0).sin();
    series(2016, 2, [0.9, 2.0], level)
}

/// A level that jumps.
fn shift() -> Vec<f64> {
    series(600, 3, [0.5, 3.0], |i| if i < 350.0 { 20.0 } else { 45.0 })
}

/// Asserts that the mean absolute difference is at most `tolerance` of the mean absolute reference.
fn assert_near(ours: &[f64], reference: &[f64], tolerance: f64) {
    let difference: f64 = ours.iter().zip(reference).map(|(a, b)| (a - b).abs()).sum();
    let size: f64 = reference.iter().map(|value| value.abs()).sum();
    assert!(
        difference <= tolerance * size,
        "{:.3} %: {ours:.3?}, reference {reference:?}",
        100.0 * difference / size
    );
}

fn fit(model: &dyn Model, history: &[f64], seasons: &[usize]) -> Box<dyn Fitted> {
    model.fit(history, seasons).unwrap()
}

fn orders([p, d, q]: [usize; 3], [seasonal_p, seasonal_d, seasonal_q]: [usize; 3]) -> Arima {
    Arima::Fixed(Orders {
        order: Order { p, d, q },
        seasonal: Order { p: seasonal_p, d: seasonal_d, q: seasonal_q },
        drift: false,
    })
}

#[test]
fn exponential_smoothing_agrees_with_statsforecast() {
    assert_near(&fit(&Ets, &hourly(), &[24]).predict(24), &HOURLY_ETS, 0.05);
    assert_near(&fit(&Ets, &five_minutes(), &[]).predict(24), &FIVE_MINUTES_ETS, 0.01);
    assert_near(&fit(&Ets, &shift(), &[]).predict(24), &SHIFT_ETS, 0.01);
}

#[test]
fn mstl_agrees_with_statsforecast() {
    assert_near(&fit(&Mstl { robust: false }, &hourly(), &[24]).predict(24), &HOURLY_MSTL, 0.01);
    assert_near(&fit(&Mstl { robust: false }, &five_minutes(), &[288]).predict(24), &FIVE_MINUTES_MSTL, 0.01);
}

#[test]
fn arima_agrees_with_statsmodels() {
    let hourly = fit(&orders([1, 0, 1], [1, 1, 1]), &hourly(), &[24]);
    assert_near(&hourly.predict(24), &HOURLY_ARIMA, 0.005);
    assert_near(&hourly.spread(24), &HOURLY_ARIMA_SD, 0.05);
    let five_minutes = fit(&orders([2, 0, 1], [0, 0, 0]), &five_minutes(), &[]);
    assert_near(&five_minutes.predict(24), &FIVE_MINUTES_ARIMA, 0.005);
    assert_near(&five_minutes.spread(24), &FIVE_MINUTES_ARIMA_SD, 0.05);
    let shift = fit(&orders([1, 1, 1], [0, 0, 0]), &shift(), &[]);
    assert_near(&shift.predict(24), &SHIFT_ARIMA, 0.005);
    assert_near(&shift.spread(24), &SHIFT_ARIMA_SD, 0.05);
}

/// Parameters from all but the last 100 values, the state from those too: statsmodels' `append(refit=False)`.
#[test]
fn arima_rolled_forward_agrees_with_statsmodels() {
    let cases = [
        (hourly(), vec![24], orders([1, 0, 1], [1, 1, 1]), HOURLY_ARIMA_ROLLED),
        (five_minutes(), vec![], orders([2, 0, 1], [0, 0, 0]), FIVE_MINUTES_ARIMA_ROLLED),
        (shift(), vec![], orders([1, 1, 1], [0, 0, 0]), SHIFT_ARIMA_ROLLED),
    ];
    for (history, seasons, model, reference) in cases {
        let (history, next) = history.split_at(history.len() - 100);
        let mut fitted = fit(&model, history, &seasons);
        fitted.observe(next);
        assert_near(&fitted.predict(24), &reference, 0.005);
    }
}

/// The paths of the two searches differ, their forecasts hardly.
#[test]
fn arima_of_chosen_orders_agrees_with_statsforecast() {
    assert_near(&fit(&Arima::Auto, &hourly(), &[24]).predict(24), &HOURLY_AUTO_ARIMA, 0.05);
    assert_near(&fit(&Arima::Auto, &five_minutes(), &[]).predict(24), &FIVE_MINUTES_AUTO_ARIMA, 0.05);
    assert_near(&fit(&Arima::Auto, &shift(), &[]).predict(24), &SHIFT_AUTO_ARIMA, 0.05);
}

#[test]
fn prophet_agrees_with_prophet() {
    assert_near(&fit(&Prophet::DEFAULT, &hourly(), &[24]).predict(24), &HOURLY_PROPHET, 0.01);
    assert_near(&fit(&Prophet::DEFAULT, &five_minutes(), &[288]).predict(24), &FIVE_MINUTES_PROPHET, 0.01);
    assert_near(&fit(&Prophet::DEFAULT, &shift(), &[]).predict(24), &SHIFT_PROPHET, 0.01);
}

const HOURLY_ETS: [f64; 24] = [
    63.749, 65.286, 65.857, 65.898, 65.657, 65.674, 65.643, 65.783, 66.096, 66.578, 66.703, 65.556, 63.482,
    60.257, 56.361, 52.188, 48.379, 45.768, 45.536, 46.179, 48.720, 52.640, 56.738, 60.753,
];
const HOURLY_MSTL: [f64; 24] = [
    65.058, 66.330, 66.646, 66.505, 66.085, 66.214, 65.946, 65.738, 66.053, 66.690, 66.824, 66.348, 64.011,
    60.683, 56.333, 52.203, 48.612, 45.538, 45.680, 46.305, 48.831, 53.726, 57.688, 62.118,
];
const HOURLY_ARIMA: [f64; 24] = [
    64.885, 66.100, 66.227, 66.069, 65.558, 65.412, 65.272, 65.221, 65.559, 66.008, 66.101, 65.269, 63.082,
    59.674, 55.434, 51.206, 47.628, 44.631, 44.672, 45.214, 47.764, 52.184, 56.147, 60.552,
];
const HOURLY_ARIMA_SD: [f64; 24] = [
    1.225, 1.566, 1.772, 1.907, 1.999, 2.062, 2.107, 2.139, 2.161, 2.177, 2.189, 2.197, 2.203, 2.207, 2.210,
    2.213, 2.214, 2.215, 2.216, 2.217, 2.217, 2.218, 2.218, 2.218,
];
const HOURLY_AUTO_ARIMA: [f64; 24] = [
    64.899, 66.278, 65.509, 65.683, 65.121, 64.861, 64.649, 64.967, 65.630, 65.665, 66.230, 66.715, 64.922,
    60.625, 56.588, 52.204, 49.191, 45.907, 46.396, 46.763, 49.272, 54.409, 57.886, 62.758,
];
const HOURLY_PROPHET: [f64; 24] = [
    63.811, 65.607, 66.355, 66.417, 66.207, 66.036, 66.057, 66.294, 66.662, 66.949, 66.822, 65.888, 63.862,
    60.729, 56.819, 52.737, 49.186, 46.792, 45.976, 46.895, 49.410, 53.076, 57.213, 61.062,
];
const FIVE_MINUTES_ETS: [f64; 24] = [
    29.505, 29.623, 29.735, 29.841, 29.942, 30.038, 30.129, 30.216, 30.298, 30.376, 30.451, 30.521, 30.589,
    30.653, 30.713, 30.771, 30.826, 30.878, 30.928, 30.975, 31.020, 31.062, 31.103, 31.141,
];
const FIVE_MINUTES_MSTL: [f64; 24] = [
    29.514, 30.075, 30.393, 30.617, 30.980, 31.420, 32.207, 32.646, 33.022, 33.290, 33.550, 33.686, 33.745,
    34.303, 34.440, 34.827, 35.123, 35.494, 35.396, 35.912, 36.065, 36.714, 36.892, 37.156,
];
const FIVE_MINUTES_ARIMA: [f64; 24] = [
    29.355, 29.374, 29.364, 29.379, 29.372, 29.385, 29.380, 29.391, 29.388, 29.397, 29.395, 29.404, 29.402,
    29.410, 29.409, 29.416, 29.416, 29.422, 29.423, 29.428, 29.430, 29.435, 29.436, 29.441,
];
const FIVE_MINUTES_ARIMA_SD: [f64; 24] = [
    0.627, 0.890, 1.086, 1.252, 1.395, 1.526, 1.643, 1.752, 1.853, 1.948, 2.038, 2.123, 2.203, 2.281, 2.354,
    2.425, 2.493, 2.559, 2.622, 2.683, 2.742, 2.799, 2.855, 2.909,
];
const FIVE_MINUTES_AUTO_ARIMA: [f64; 24] = [
    29.371, 29.375, 29.378, 29.381, 29.384, 29.387, 29.390, 29.393, 29.396, 29.399, 29.402, 29.405, 29.408,
    29.411, 29.414, 29.417, 29.420, 29.423, 29.426, 29.428, 29.431, 29.434, 29.437, 29.440,
];
const FIVE_MINUTES_PROPHET: [f64; 24] = [
    31.500, 31.890, 32.277, 32.659, 33.037, 33.408, 33.772, 34.128, 34.476, 34.814, 35.141, 35.457, 35.761,
    36.052, 36.330, 36.595, 36.845, 37.080, 37.300, 37.505, 37.693, 37.866, 38.023, 38.163,
];
const SHIFT_ETS: [f64; 24] = [
    45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116,
    45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116, 45.116,
];
const SHIFT_ARIMA: [f64; 24] = [
    45.192, 45.180, 45.172, 45.167, 45.164, 45.162, 45.161, 45.160, 45.159, 45.159, 45.159, 45.159, 45.159,
    45.159, 45.159, 45.159, 45.159, 45.159, 45.159, 45.159, 45.159, 45.159, 45.159, 45.159,
];
const SHIFT_ARIMA_SD: [f64; 24] = [
    1.431, 1.911, 2.238, 2.494, 2.711, 2.902, 3.077, 3.239, 3.392, 3.538, 3.677, 3.810, 3.939, 4.063, 4.184,
    4.301, 4.416, 4.527, 4.635, 4.742, 4.845, 4.947, 5.047, 5.144,
];
const SHIFT_AUTO_ARIMA: [f64; 24] = [
    45.187, 45.172, 45.163, 45.158, 45.155, 45.153, 45.152, 45.152, 45.151, 45.151, 45.151, 45.151, 45.151,
    45.151, 45.151, 45.151, 45.151, 45.151, 45.151, 45.151, 45.151, 45.151, 45.151, 45.151,
];
const SHIFT_PROPHET: [f64; 24] = [
    45.268, 45.270, 45.271, 45.273, 45.275, 45.276, 45.278, 45.280, 45.281, 45.283, 45.285, 45.286, 45.288,
    45.290, 45.291, 45.293, 45.295, 45.296, 45.298, 45.300, 45.301, 45.303, 45.305, 45.306,
];
const FIVE_MINUTES_ARIMA_ROLLED: [f64; 24] = [
    29.353, 29.369, 29.357, 29.370, 29.360, 29.372, 29.364, 29.373, 29.367, 29.375, 29.370, 29.377, 29.373,
    29.379, 29.376, 29.381, 29.378, 29.383, 29.381, 29.385, 29.383, 29.387, 29.386, 29.389,
];
const SHIFT_ARIMA_ROLLED: [f64; 24] = [
    45.198, 45.188, 45.182, 45.177, 45.175, 45.173, 45.172, 45.171, 45.170, 45.170, 45.170, 45.170, 45.170,
    45.169, 45.169, 45.169, 45.169, 45.169, 45.169, 45.169, 45.169, 45.169, 45.169, 45.169,
];
const HOURLY_ARIMA_ROLLED: [f64; 24] = [
    64.900, 66.107, 66.232, 66.100, 65.569, 65.394, 65.265, 65.242, 65.627, 66.083, 66.140, 65.350, 63.187,
    59.714, 55.466, 51.213, 47.740, 44.710, 44.770, 45.295, 47.855, 52.331, 56.275, 60.731,
];
