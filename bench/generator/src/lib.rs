//! Seeded instances of placement problems: the same parameters and seed always give the same instance.
//!
//! Every constraint and every term has a switch in [`Features`]; [`tiny`], [`small`], [`medium`] and [`large`] are
//! instances of the usual sizes, [`demo`] is the cluster of the demonstration, and [`brute_force`] solves tiny ones by
//! trying every placement.
//!
//! ```
//! let problem = colocate_generator::tiny(1).build().expect("generated drafts are valid");
//! assert!(problem.components.len() <= 6 && problem.hosts.len() <= 3);
//! ```

mod brute_force;
mod compatibility;
mod demand;
mod demo;
mod features;
mod generator;
mod latency;
mod limits;
mod moves;
mod packing;
mod params;
mod policy;
mod presets;
mod reserve;
mod resources;
mod rng;
mod rules;
mod services;
mod start;
mod topology;
mod traffic;

pub use brute_force::{brute_force, every_placement};
pub use demo::demo;
pub use features::Features;
pub use generator::Generator;
pub use params::{GeneratorParams, Goals};
pub use presets::{
    anything, large, large_params, medium, medium_params, small, small_params, talkers, talkers_params, tiny,
    tiny_params,
};
