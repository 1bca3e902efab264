//! The commands: each one file.

pub(crate) mod agent;
pub(crate) mod check;
pub(crate) mod convert;
pub(crate) mod demo;
pub(crate) mod explain;
pub(crate) mod forecast;
pub(crate) mod latency;
pub(crate) mod pareto;
pub(crate) mod replan;
pub(crate) mod serve;
pub(crate) mod traffic;
