//! `colocate latency`.

mod asymmetry;
mod changes;
pub(crate) mod collect;
pub(crate) mod forecast;
mod heat_map;
mod json;
mod level;
mod matrix;
mod order;
mod palette;
pub(crate) mod show;
mod svg;
mod text;
mod worst;
