//! What is solved by mathematical programming.

mod highs;

pub use highs::highs_version;
