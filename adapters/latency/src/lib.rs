//! Latency monitoring service: probes between hosts, the matrix between racks, what is missing from it and what it will be.

mod agent;
mod change;
mod clock;
mod collector;
mod config;
mod connect;
mod counters;
mod follow;
mod histogram;
mod key;
mod loss;
mod matrix;
mod members;
mod ping;
mod plan;
mod probe;
mod reactor;
mod samples;
mod slot;
mod socket;
mod watchdog;

pub use agent::{Agent, DOMAINS, now_ms};
pub use change::{Change, ChangeDetector};
pub use collector::{Absorbed, Collector};
pub use config::{MethodWord, ProbeConfig, ProbeFault};
pub use counters::Counters;
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
