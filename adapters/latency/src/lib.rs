//! Latency monitoring service: probes between hosts, the matrix between racks, what is missing from it and what it will be.
//!
//! An [`Agent`] probes the [`Members`] it knows, as the [`Plan`] says that all hosts compute alike. A [`Collector`] merges
//! what agents measured into a [`Matrix`], [`fill`] estimates what nobody measured, and [`foresee`] says what past matrices
//! let expect. All but the agent's threads is a function of its input, time included.
//!
//! ```
//! use colocate_latency::{Histogram, Loss};
//!
//! let mut round_trips = Histogram::default();
//! (1..=100).for_each(|us| round_trips.record(us * 1_000));
//! let median_us = round_trips.quantile(0.5).expect("there are round trips") / 1e3;
//! assert!((median_us - 50.0).abs() < 2.0);
//! assert!(Loss::of(1, 100).expect("some were sent").high < 0.06);
//! ```

mod agent;
mod change;
mod clock;
mod collector;
pub mod completion;
mod config;
mod connect;
pub mod consul;
mod coordinate;
mod counters;
pub mod exposition;
mod filled;
mod follow;
mod foreseen;
mod histogram;
pub mod history;
mod key;
mod loss;
mod matrix;
mod measurements;
mod members;
pub mod outlook;
mod ping;
mod plan;
mod probe;
mod reactor;
mod samples;
mod slot;
mod socket;
mod watchdog;
pub mod wire;

pub use agent::{Agent, DOMAINS, now_ms};
pub use change::{Change, ChangeDetector};
pub use collector::{Absorbed, Collector};
pub use config::{BurstTooLong, MethodWord, ProbeConfig};
pub use coordinate::Coordinate;
pub use counters::Counters;
pub use filled::{Filled, fill};
pub use foreseen::{PastError, foresee};
pub use histogram::Histogram;
pub use key::{KeyFault, Keys};
pub use loss::Loss;
pub use matrix::{Matrix, median_error};
pub use members::{HOST, Member, MemberFault, Members};
pub use plan::{Plan, PlanLimits, Round};
pub use probe::{Datagram, Echo, PeerId, Refusal};
pub use samples::PathSamples;
pub use slot::{Method, Slot, SlotPath};
pub use watchdog::Unreliable;
