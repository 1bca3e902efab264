//! What `colocate agent` is made of.

pub(crate) mod peers;
pub(crate) mod service;
