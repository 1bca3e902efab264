//! Usage in Parquet: read, and made evenly spaced where it can be.
#![no_main]

use std::panic;

use colocate_history::{Options, load_bytes};
use libfuzzer_sys::fuzz_target;

/// The parquet crate panics on some damaged files, which the reader catches: only other panics are findings.
fn tolerate_parquet() {
    let abort = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.location().is_some_and(|location| location.file().contains("/parquet-")) {
            abort(info);
        }
    }));
}

fuzz_target!(
    init: tolerate_parquet(),
    |data: &[u8]| {
        let options = Options { max_values: 100_000, ..Options::default() };
        let _ = load_bytes("usage.parquet", data.to_vec(), &options);
    }
);
