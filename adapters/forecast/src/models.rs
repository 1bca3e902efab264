//! The models, one a file.

use crate::Model;

/// All models, in the order in which they are listed.
pub const MODELS: &[&dyn Model] = &[];
