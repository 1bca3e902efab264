//! The traffic graph: who talks to whom how much, from metrics, traces, tables and job files.
//!
//! Every source becomes a list of [`Observed`] edges: [`edges_of_traces`], [`ask`], [`read_table`],
//! [`edges_of_jobs`]. A [`Mapping`] gives
//! them the names of the cluster, [`merge`] makes one edge of what several sources say. `docs/traffic.md` explains it.
//!
//! ```
//! use colocate_files::Findings;
//! use colocate_model::Document;
//! use colocate_traffic::{merge, read_table};
//!
//! let mut findings = Findings::new(Document::Traffic);
//! let edges = read_table("edges.csv", b"from,to,calls_per_s\nweb,cart,2.5\n", &mut findings);
//! let merged = merge(edges);
//! assert_eq!(merged[0].edge.calls_per_s, Some(2.5));
//! assert!(findings.finish(()).is_ok());
//! ```

mod attributes;
mod compare;
mod declared;
mod edge;
mod input;
mod jaeger;
mod json;
mod mapping;
mod merge;
mod metrics;
mod otlp;
mod quantile;
mod span;
mod table;
mod trace;

pub use compare::{Agreement, compare};
pub use declared::{edges_of_jobs, read_declared};
pub use edge::{EdgeSource, NetworkSample, Observed};
pub use input::read_file;
pub use mapping::{Mapping, Unmatched, leave_out_unmatched};
pub use merge::{Merged, merge};
pub use metrics::{MetricsError, Preset, ask};
pub use span::{Kind, Link, Span};
pub use table::read_table;
pub use trace::{Skew, TraceOptions, Traced, TracesReport, edges_of_traces, read_traces};
