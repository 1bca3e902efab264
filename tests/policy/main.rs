//! The policy decides: goals in their order, weights, tolerances, payback. Each on the smallest cluster that shows it.

mod files;
mod goals;
mod payback;
