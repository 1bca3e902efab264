//! Reads what components used in the past: CSV, Parquet and Prometheus become a [`History`] of evenly spaced series.
//!
//! [`load`] reads any [`Source`], [`load_files`] files alone and without a runtime. All report every fault of all inputs
//! at once, and warn of what looks odd. `docs/history.md` explains the sources to operators.
//!
//! Values fall into buckets `[k x step, (k + 1) x step)` that all series share ([`grid`]); counters become rates
//! ([`counter`]). Resources are in the units of colocate's files: mCPU, bytes, bytes/s.
//!
//! ```
//! use colocate_history::{Key, Options, load_files};
//!
//! let folder = tempfile::tempdir()?;
//! let file = folder.path().join("web.csv");
//! std::fs::write(&file, "time,component,metric,value\n0,web.0,cpu,250\n60,web.0,cpu,310\n120,web.0,cpu,270\n")?;
//! let loaded = load_files(&[file], &Options::default()).expect("the file is sound");
//! let found = &loaded.history.series[0];
//! assert_eq!(found.key, Key::resource("web.0", "cpu"));
//! assert_eq!((found.series.step_s, &found.series.values[..]), (60, &[250.0, 310.0, 270.0][..]));
//! # Ok::<(), std::io::Error>(())
//! ```

mod ask;
mod columns;
pub mod counter;
mod csv;
mod files;
mod gather;
pub mod grid;
mod history;
mod key;
mod load;
mod options;
mod parquet;
pub mod preset;
mod query;
mod regular;
mod settings;
mod source;
mod template;
mod time;
mod units;

pub use colocate_prometheus::Sample;
pub use grid::Aggregate;
pub use history::{History, NamedSeries};
pub use key::{EdgeQuantity, Key, Subject};
pub use load::{Error, Loaded, load, load_bytes, load_files};
pub use options::{Kind, Options};
pub use preset::Preset;
pub use query::{Names, PLACEHOLDERS, Query};
pub use settings::read_settings;
pub use source::{Monitoring, Source};
pub use template::{Template, TemplateError};
