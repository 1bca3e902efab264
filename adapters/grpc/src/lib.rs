//! Serves colocate's solver and forecasts over gRPC.
//!
//! [`serve`] listens as a [`ServerConfig`] says and hands problems to a [`Backend`], which the binary implements with the
//! solver; forecasts come from a [`ForecastFeed`], which the binary fills. Between them every call passes, in this order: the listener (TLS, caps on connections and silence), the gate
//! (whose call it is, its deadline, whether there is room), the weighing of its body before anything is decoded, and a
//! worker thread of its own.
//!
//! The crate reports through the facades of `metrics`, `tracing` and OpenTelemetry; the binary installs exporters, calls
//! [`describe_metrics`] and sets a propagator.

mod admission;
mod auth;
mod backend;
mod body;
mod call;
mod config;
mod deadline;
mod feed;
mod forecasts;
mod gate;
mod listener;
mod mailbox;
mod memory;
mod metrics;
mod owner;
mod registry;
mod reload;
mod server;
mod service;
mod status;
mod tls;
mod trace;
mod weight;
mod worker;

pub use auth::{TokenFault, TokenFaultKind};
pub use backend::{Answer, Backend, BackendError, Call, Improvement, Job, Listener, Subject};
pub use config::{ConfigFault, LimitsConfig, ServerConfig, TlsConfig};
pub use feed::{ForecastFeed, PublishedForecast};
pub use metrics::describe_metrics;
pub use reload::{FileError, Reload};
pub use server::{ServeError, Served, Server, serve};
