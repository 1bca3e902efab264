//! What holds for any history.

mod common;

use colocate_forecast::{Input, Method, Settings, forecast};
use common::{input, settings, steps};
use proptest::prelude::*;

/// Values as they come: with holes, of any size, with a wave or without.
fn history() -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![
        8 => -1e3..1e3,
        1 => Just(f64::NAN),
        1 => prop_oneof![Just(0.0), Just(1e300), Just(-1e300), Just(1e-300)],
    ];
    let tame = prop::collection::vec(0.0..100.0, 0..700);
    prop_oneof![prop::collection::vec(value, 0..400), tame]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn forecasts_are_finite_and_in_order(values in history(), horizon in 1usize..40) {
        for method in [Method::Auto, Method::Pool, Method::Learned] {
            let settings = Settings { horizon, ..settings(method) };
            let found = forecast(&[input(values.clone())], &settings, &|| ()).remove(0);
            prop_assert!(steps(&found).all(f64::is_finite), "{found:?}");
            prop_assert_eq!(found.point.len(), horizon);
            for step in 0..horizon {
                prop_assert!(found.quantiles[0][step] <= found.quantiles[1][step]);
                prop_assert!(found.quantiles[1][step] <= found.window_max[1]);
            }
            prop_assert!(found.window_max[0] <= found.window_max[1]);
        }
    }

    #[test]
    fn threads_and_company_of_the_pool_change_nothing(values in history(), other in history()) {
        let settings = settings(Method::Pool);
        let alone = forecast(&[input(values.clone())], &settings, &|| ()).remove(0);
        // Of another kin: siblings may stand in for each other.
        let company = Input { kin: 1, ..input(other) };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("there are threads");
        let both = pool.install(|| forecast(&[company, input(values)], &settings, &|| ())).remove(1);
        prop_assert_eq!(alone, both);
    }

    #[test]
    fn twice_the_history_is_twice_the_forecast(values in prop::collection::vec(1.0..100.0, 200..500)) {
        // A power of two, so that even rounding is the same.
        let doubled: Vec<f64> = values.iter().map(|value| 4.0 * value).collect();
        let settings = settings(Method::Auto);
        let (single, double) = (forecast(&[input(values)], &settings, &|| ()), forecast(&[input(doubled)], &settings, &|| ()));
        for (one, two) in steps(&single[0]).zip(steps(&double[0])) {
            prop_assert!((4.0 * one - two).abs() <= 1e-6 * two.abs(), "{one} and {two}");
        }
    }
}
