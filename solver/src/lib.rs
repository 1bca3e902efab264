//! Solves placement problems: deterministic given a seed and an iteration limit.

mod attain;
mod bound;
mod explain;
mod greedy;
mod milp;
mod pareto;
mod planner;
mod routing;
mod search;
mod solve;
mod state;
mod stop;
mod threshold;
mod tidy;

pub use attain::attain;
pub use bound::{bounds, bounds_with};
pub use explain::{contributions, obstacles, relax, weight, what_if, why_not, why_not_until};
pub use greedy::greedy;
pub use milp::{
    BackendError, Column, GrowingLp, HighsError, InProcess, LpColumn, LpRound, LpSolution, MilpBackend,
    MilpEnd, MilpEvent, MilpFault, MilpLimits, MilpOutcome, MilpParams, MilpStatus, Program, Relaxed,
    highs_version, milp, program, write_mps,
};
pub use pareto::{ParetoError, ParetoParams, pareto, pareto_with};
pub use planner::{end_of, plan};
pub use routing::{Route, routing};
pub use search::{SearchParams, search};
pub use solve::{Method, SolveError, solve, solve_with};
pub use state::{Change, SearchState};
pub use stop::{Interrupt, Progress, Stop};
pub use threshold::{Threshold, ThresholdInput, threshold};
