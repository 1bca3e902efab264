//! Asks Prometheus, and whatever speaks its HTTP API, for series: one thin client for everybody who needs PromQL.
//!
//! [`Client`] sends a query by POST, waits and asks again where that may help, takes no answer larger than its limits, and
//! pages through long ranges. [`Error`] says what happened and what to do. Nothing keeps a secret in memory: [`Auth`]
//! names files.
//!
//! ```no_run
//! use colocate_prometheus::{Client, Config, Range};
//!
//! # async fn example() -> Result<(), colocate_prometheus::Error> {
//! let client = Client::new(Config::new("https://metrics.example/prometheus"))?;
//! let day = Range { start_ms: 1_767_225_600_000, end_ms: 1_767_312_000_000, step_ms: 60_000 };
//! let matrix = client.range("sum by (job) (rate(http_requests_total[5m]))", day).await?;
//! for series in &matrix.series {
//!     println!("{:?}: {} samples", series.labels.get("job"), series.samples.len());
//! }
//! # Ok(())
//! # }
//! ```

mod answer;
mod client;
mod config;
mod error;
mod page;

pub use answer::{Labels, Matrix, Sample, TimeSeries, parse};
pub use client::Client;
pub use colocate_http::{Auth, Retry, SetupError, Tls, Transient};
pub use config::{Config, Limits};
pub use error::Error;
pub use page::Range;
