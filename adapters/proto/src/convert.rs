//! Between wire types and the model: what a message means, and all that is wrong with it.
//!
//! A message means exactly what the file with its fields means: what is absent is as usual, and faults have the codes
//! and places that the file's would have. Everything is taken to be hostile: bad input is a fault, never a panic.

mod answer;
mod checks;
mod cluster;
mod explanation;
mod fault;
mod forecast;
mod latency;
mod names;
mod outcome;
mod plan;
mod policy;
mod problem;
mod request;
mod row;
mod time;
mod traffic;
mod utilisation;
mod words;

pub use answer::{Answer, ReceivedAnswer, receive, solve_response};
pub use explanation::{contributions, explained, obstacles, obstacles_from_wire, what_if, why_not};
pub use fault::{fault, fault_from_wire, faults, faults_from_wire};
pub use forecast::file_to_wire as forecast;
pub use latency::{file_from_wire as latency_from_wire, file_to_wire as latency};
pub use names::Names;
pub use outcome::{
    blockers, bounds, check_response, front, gaps, goal_totals, incumbent, placement, placement_to_wire,
    terms,
};
pub use plan::{plan, plan_document, read_plan, to_model};
pub use problem::{loaded, problem, problem_of_draft};
pub use request::{
    RequestedLimits, aim, axes, axis_to_wire, components, limits, limits_to_wire, max_moves, method, moves,
    moves_to_wire,
};
pub use row::{row, row_from_wire, violation, violation_from_wire, violations};
pub use time::{from_wire as time_from_wire, to_wire as time_to_wire};
pub use words::{Word, word};
