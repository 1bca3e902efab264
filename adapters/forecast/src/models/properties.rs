//! What holds for every model and every history.

use proptest::collection::vec;
use proptest::prelude::*;

use super::{Arima, Ets, MODELS, Mstl, Prophet};
use crate::{FitError, Model};

/// Histories of all sorts: ordinary, steps, constant, huge, tiny, of mixed size.
fn histories() -> impl Strategy<Value = Vec<f64>> {
    let size = prop_oneof![Just(1.0), Just(1e-300), Just(1e9), Just(1e300), Just(f64::MAX)];
    let ordinary = (vec(-1.0..1.0_f64, 0..80), size)
        .prop_map(|(values, size)| values.into_iter().map(|v| v * size).collect());
    let steps = vec((0..3_i8).prop_map(f64::from), 0..80);
    let constant =
        (any::<f64>().prop_filter("finite", |v| v.is_finite()), 0..60_usize).prop_map(|(v, n)| vec![v; n]);
    let mixed = vec(any::<f64>().prop_filter("finite", |v| v.is_finite()), 0..40);
    prop_oneof![4 => ordinary, 2 => steps, 1 => constant, 1 => mixed]
}

fn seasons() -> impl Strategy<Value = Vec<usize>> {
    prop::sample::subsequence(vec![0, 1, 2, 7, 12, 30, 288], 0..=3)
}

/// Whole numbers, so that shifts are exact.
fn ordinary() -> impl Strategy<Value = Vec<f64>> {
    vec((0..100_i32).prop_map(f64::from), 30..60)
}

/// Asserts that two forecasts differ by no more than a thousandth of the history's range.
fn assert_same(a: &[f64], b: &[f64], history: &[f64], model: &dyn Model) {
    let range =
        history.iter().copied().fold(0.0, f64::max) - history.iter().copied().fold(f64::MAX, f64::min);
    for (a, b) in a.iter().zip(b) {
        assert!(
            (a - b).abs() <= 1e-3 * range + 1e-9,
            "{}: {a} {b}, range {range}, {history:?}",
            model.name()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn forecasts_are_finite(history in histories(), more in histories(), seasons in seasons()) {
        for model in MODELS {
            match model.fit(&history, &seasons) {
                Ok(mut fitted) => {
                    for _ in 0..2 {
                        let (forecast, spread) = (fitted.predict(40), fitted.spread(40));
                        prop_assert_eq!((forecast.len(), spread.len()), (40, 40));
                        prop_assert!(forecast.iter().all(|v| v.is_finite()), "{}: {:?}", model.name(), forecast);
                        prop_assert!(spread.iter().all(|v| v.is_finite() && *v >= 0.0), "{}: {:?}", model.name(), spread);
                        fitted.observe(&more);
                    }
                }
                Err(FitError::TooShort { needed, found }) => prop_assert!(found < needed),
                Err(error) => prop_assert!(false, "{}: {}", model.name(), error),
            }
        }
    }

    #[test]
    fn a_constant_goes_on(value in -1e6..1e6_f64, n in 10..60_usize, seasons in seasons()) {
        for model in MODELS {
            let forecast = model.fit(&vec![value; n], &seasons).unwrap().predict(20);
            // Prophet's priors pull towards zero.
            let tolerance = if model.name() == "prophet" { 1e-2 } else { 1e-6 };
            prop_assert!(forecast.iter().all(|v| (v - value).abs() <= tolerance * value.abs()), "{}: {forecast:?}", model.name());
        }
    }

    #[test]
    fn a_shifted_history_has_a_shifted_forecast(history in ordinary(), shift in -1000..1000_i32, seasons in seasons()) {
        let shift = f64::from(shift);
        let shifted: Vec<f64> = history.iter().map(|v| v + shift).collect();
        for model in [&Ets as &dyn Model, &Mstl::DEFAULT, &Arima::Auto] {
            let forecast: Vec<f64> = model.fit(&history, &seasons).unwrap().predict(20).iter().map(|v| v + shift).collect();
            assert_same(&forecast, &model.fit(&shifted, &seasons).unwrap().predict(20), &history, model);
        }
    }

    #[test]
    fn a_scaled_history_has_a_scaled_forecast(history in ordinary(), scale in 1e-6..1e6_f64, seasons in seasons()) {
        let scaled: Vec<f64> = history.iter().map(|v| v * scale).collect();
        for model in [&Ets as &dyn Model, &Mstl::DEFAULT, &Arima::Auto, &Prophet::DEFAULT] {
            let (plain, large) = (model.fit(&history, &seasons).unwrap(), model.fit(&scaled, &seasons).unwrap());
            let back = |values: Vec<f64>| values.into_iter().map(|v| v / scale).collect::<Vec<f64>>();
            assert_same(&plain.predict(20), &back(large.predict(20)), &history, model);
            assert_same(&plain.spread(20), &back(large.spread(20)), &history, model);
        }
    }

    /// A forecast that came true changes nothing, a missing value is taken as forecast, and values may come in any pieces.
    #[test]
    fn observing_moves_the_state(history in ordinary(), more in ordinary(), cut in 0..30_usize, seasons in seasons()) {
        for model in MODELS {
            let mut fitted = model.fit(&history, &seasons).unwrap();
            let forecast = fitted.predict(30);
            fitted.observe(&forecast[..10]);
            assert_same(&forecast[10..], &fitted.predict(20), &history, *model);

            let mut blind = model.fit(&history, &seasons).unwrap();
            blind.observe(&[f64::NAN; 10]);
            assert_same(&forecast[10..], &blind.predict(20), &history, *model);

            let mut pieces = model.fit(&history, &seasons).unwrap();
            pieces.observe(&forecast[..10]);
            fitted.observe(&more);
            pieces.observe(&more[..cut]);
            pieces.observe(&more[cut..]);
            prop_assert_eq!(fitted.predict(20), pieces.predict(20));
        }
    }
}
