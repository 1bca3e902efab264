//! Solves placement problems: deterministic given a seed and an iteration limit.

mod attain;
mod bound;
mod greedy;
mod milp;
mod planner;
mod routing;
mod search;
mod solve;
mod state;
mod stop;
mod threshold;
mod tidy;

pub use attain::attain;
pub use bound::bounds;
pub use greedy::greedy;
pub use milp::highs_version;
pub use planner::{end_of, plan};
pub use routing::{Route, routing};
pub use search::{SearchParams, search};
pub use solve::{Method, SolveError, solve};
pub use state::{Change, SearchState};
pub use stop::{Interrupt, Progress, Stop};
pub use threshold::{Threshold, ThresholdInput, threshold};
