//! Reads and writes colocate's files: native JSON, JSON Lines, Parquet and TOML, and the formats of published benchmarks.

mod atomic;
mod hash;
mod input;
mod load;
pub mod native;
mod place;
pub mod rasa;
mod read;
pub mod roadef;
pub mod schema;
mod shape;
mod source;
mod suggest;
mod values;

pub use atomic::{WriteError, write_atomically};
pub use hash::{canonical_json_hash, problem_hash};
pub use input::Input;
pub use load::{Inputs, Loaded, Utilisation, load};
pub use native::forecast::{ForecastOverload, Ranked};
