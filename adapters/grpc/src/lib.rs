//! Serves colocate's solver, forecasts, latency and agents over gRPC.
//!
//! [`serve`] listens as a [`ServerConfig`] says and offers [`Services`]: problems go to a [`Backend`], which the binary
//! implements with the solver; forecasts and matrices come from a [`ForecastFeed`] and a [`LatencyFeed`], which the binary
//! fills; what a host has measured comes from its [`Agent`]. Before that every call passes, in this order: the listener
//! (TLS, caps on connections and silence), the gate (whose call it is, its deadline, whether there is room), the weighing
//! of its body before anything is decoded, and a worker thread of its own.
//!
//! The crate reports through the facades of `metrics`, `tracing` and OpenTelemetry; the binary installs exporters, calls
//! [`describe_metrics`] and sets a propagator.

mod admission;
mod agents;
mod auth;
mod backend;
mod body;
mod call;
mod config;
mod deadline;
mod feed;
mod forecasts;
mod gate;
mod latency;
mod listener;
mod mailbox;
mod memory;
mod metrics;
mod owner;
mod registry;
mod reload;
mod server;
mod service;
mod services;
mod status;
mod tls;
mod told;
mod trace;
mod weight;
mod worker;

pub use agents::Agent;
pub use auth::{TokenFault, TokenFaultKind};
pub use backend::{Answer, Backend, BackendError, Call, Improvement, Job, Listener, Subject};
pub use config::{ConfigFault, LimitsConfig, ServerConfig, TlsConfig};
pub use feed::{ForecastFeed, LatencyFeed, PublishedForecast, PublishedLatency};
pub use metrics::describe_metrics;
pub use reload::{FileError, Reload};
pub use server::{ServeError, Served, Server, serve};
pub use services::Services;
