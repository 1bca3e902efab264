//! Predictive workload analyser: history in, predicted demand with calibrated quantiles out.
//!
//! Pure: no clock, no files, no network; the same history and settings give the same forecast.

mod model;
mod series;

pub mod models;

pub use model::{FitError, Fitted, Model};
pub use series::Series;
