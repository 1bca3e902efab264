//! Reads and writes colocate's files: native JSON, JSON Lines, Parquet and TOML, and the formats of published benchmarks.
//!
//! Every format is translated into a [`Draft`](colocate_model::Draft). [`load`] reads all native inputs of a run and
//! reports every fault of all of them; [`roadef`] and [`rasa`] read published instances; [`native::write`] writes any
//! draft as native files. `docs/formats.md` explains the formats, [`schema`] prints them.
//!
//! ```
//! use colocate_files::{Input, Inputs, load};
//!
//! let cluster = r#"{
//!     "version": "colocate/v1", "kind": "cluster",
//!     "resources": [{"name": "cpu", "unit": "mcpu"}],
//!     "hosts": [{"id": "h1", "capcity": {"cpu": 1000}}],
//!     "services": [{"id": "web"}],
//!     "components": [{"id": "web.0", "service": "web", "host": "h2", "demand": {"cpu": 400}}]
//! }"#;
//! let faults = load(&Inputs::new(Input::from_bytes("cluster.json", cluster))).expect_err("two things are wrong");
//! let lines: Vec<String> = faults.0.iter().map(ToString::to_string).collect();
//! assert_eq!(lines, [
//!     "E1103 cluster /hosts/0/capcity: there is no field `capcity`; maybe you meant `capacity`",
//!     "E1205 cluster /components/0/host: there is no host `h2`; name a host of the cluster",
//! ]);
//! ```

mod atomic;
pub mod damaged_parquet;
mod findings;
mod hash;
mod input;
mod load;
pub mod native;
mod place;
pub mod rasa;
mod read;
pub mod roadef;
pub mod schema;
mod shape;
mod source;
mod suggest;
mod values;

pub use atomic::{WriteError, write_atomically};
pub use findings::Findings;
pub use hash::{canonical_json_hash, problem_hash};
pub use input::Input;
pub use load::{Inputs, Loaded, Utilisation, load};
pub use native::forecast::{ForecastFile, ForecastOverload, Ranked};
pub use native::latency::file::LatencyFile;
pub use native::latency::path::{MeasuredPath, PathSource};
pub use native::plan::document::PlanDocument;
pub use native::plan::{ReadPlan, judge_plan, read_plan};
pub use native::traffic::{TrafficEdge, TrafficFile};
pub use read::settings::{Settings, read_toml};
pub use suggest::closest;
pub use values::{Time, Version};
