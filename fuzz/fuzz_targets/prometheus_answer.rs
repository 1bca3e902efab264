//! What a Prometheus may answer.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(matrix) = colocate_prometheus::parse(data) {
        assert!(
            matrix
                .series
                .iter()
                .flat_map(|series| &series.samples)
                .all(|sample| sample.time_ms.abs() <= 1_000_000_000_000_000)
        );
    }
});
