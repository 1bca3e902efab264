//! Reads and writes colocate's files: native JSON, JSON Lines, Parquet and TOML, and the formats of published benchmarks.

mod atomic;
mod hash;
pub mod roadef;
mod source;

pub use atomic::{WriteError, write_atomically};
pub use hash::{canonical_json_hash, problem_hash};
