//! Solves placement problems: deterministic given a seed and an iteration limit.

mod greedy;
mod search;
mod solve;
mod state;
mod stop;

pub use greedy::greedy;
pub use search::{SearchParams, search};
pub use solve::{Method, SolveError, solve};
pub use state::{Change, SearchState};
pub use stop::{Interrupt, Stop};
