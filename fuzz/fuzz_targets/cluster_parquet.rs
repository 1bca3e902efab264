//! A cluster in Parquet: read, and built where it can be.
#![no_main]

use std::panic;

use colocate_files::{Input, Inputs, load};
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
        if let Ok(loaded) = load(&Inputs::new(Input::from_bytes("cluster.parquet", data))) {
            let _ = loaded.build();
        }
    }
);
