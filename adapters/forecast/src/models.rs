//! The models, one a file.

mod arima;
mod ets;
mod least_squares;
mod mstl;
mod optimise;
#[cfg(test)]
mod properties;
mod prophet;
mod scale;
mod seasonal_naive;

pub use arima::{Arima, Order, Orders};
pub use ets::Ets;
pub use mstl::Mstl;
pub use prophet::Prophet;
pub use seasonal_naive::SeasonalNaive;

use crate::Model;

/// All models, in the order in which they are listed.
pub const MODELS: &[&dyn Model] = &[&SeasonalNaive, &Ets, &Mstl::DEFAULT, &Arima::Auto, &Prophet::DEFAULT];
