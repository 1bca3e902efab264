//! The policy decides: goals in their order, weights, tolerances, payback, budgets and caps. Each on the smallest
//! cluster that shows it.

mod execution;
mod files;
mod goals;
mod payback;
