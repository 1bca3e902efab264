//! Solves placement problems: deterministic given a seed and an iteration limit.

mod greedy;
mod state;
mod stop;

pub use greedy::greedy;
pub use state::{Change, SearchState};
pub use stop::{Interrupt, Stop};
