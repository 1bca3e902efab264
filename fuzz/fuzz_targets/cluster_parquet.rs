//! A cluster in Parquet: read, and built where it can be.
#![no_main]

use colocate_files::{Input, Inputs, load};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    if let Ok(loaded) = load(&Inputs::new(Input::from_bytes("cluster.parquet", data))) {
        let _ = loaded.build();
    }
});
