//! Measures colocate: instances by name, and one row of figures for each run.
//!
//! The binary `campaign` runs instances x methods x time limits x seeds and writes JSON Lines; `cargo bench` runs the
//! micro benchmarks. `docs/benchmarks.md` is the protocol.
//!
//! ```
//! use colocate_bench::{Instance, Run, measure};
//! use colocate_solver::Method;
//!
//! let instance: Instance = "generated:100x10".parse().expect("a name");
//! let problem = instance.read("".as_ref())?;
//! let run = Run { method: Method::Greedy, seed: 1, threads: 1, time_limit: None, iterations: None };
//! let row = measure(&instance.to_string(), &problem, &run)?;
//! assert!(row.objective <= Some(row.initial));
//! # Ok::<(), anyhow::Error>(())
//! ```

mod instance;
mod measure;
mod memory;

pub use instance::{Instance, known};
pub use measure::{Row, Run, measure};
