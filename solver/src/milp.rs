//! What is solved by mathematical programming.

mod highs;

pub use highs::highs_version;
pub(crate) use highs::lp::{Lp, LpFailed};
