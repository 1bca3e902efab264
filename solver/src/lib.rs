//! Solves placement problems: deterministic given a seed and an iteration limit.

mod greedy;
mod state;

pub use greedy::greedy;
pub use state::{Change, SearchState};
