//! Predictive workload analyser: history in, predicted demand with calibrated quantiles out.
//!
//! Pure: no clock, no files, no network; the same history and settings give the same forecast.

mod backtest;
mod candidate;
mod combine;
mod complete;
mod contest;
mod few;
mod forecast;
mod forecaster;
mod interval;
mod learned;
mod model;
mod prepared;
mod quantile;
mod ranking;
mod reserve;
mod rolling;
mod series;
mod siblings;
mod track;
mod window_max;

pub mod models;
pub mod seasons;

pub use backtest::{Backtest, Score, Trial};
pub use forecast::{Basis, Demand, Forecast, Input, Method, Settings};
pub use forecaster::forecast;
pub use model::{FitError, Fitted, Model};
pub use quantile::pinball;
pub use ranking::{Flow, Overload, Rank, Resident, rank};
pub use reserve::{Past, Tenant, reserve};
pub use series::Series;
