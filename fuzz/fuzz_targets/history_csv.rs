//! Usage in CSV: read, and made evenly spaced where it can be.
#![no_main]

use colocate_history::{Options, load_bytes};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let options = Options { max_values: 100_000, ..Options::default() };
    if let Ok(loaded) = load_bytes("usage.csv", data.to_vec(), &options) {
        for named in &loaded.history.series {
            let values = &named.series.values;
            assert!(values.iter().all(|value| value.is_nan() || *value >= 0.0), "{}", named.key);
            assert!(
                values
                    .first()
                    .zip(values.last())
                    .is_some_and(|(first, last)| !first.is_nan() && !last.is_nan())
            );
        }
    }
});
