//! Solves placement problems: deterministic given a seed and an iteration limit.

mod state;

pub use state::{Change, SearchState};
