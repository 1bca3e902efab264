//! Latency monitoring service: probes between hosts, the matrix between racks, what is missing from it and what it will be.

mod histogram;
mod key;
mod loss;
mod members;
mod probe;
mod samples;

pub use histogram::Histogram;
pub use key::{KeyFault, Keys};
pub use loss::Loss;
pub use members::{HOST, Member, MemberFault, Members};
pub use probe::{Datagram, Echo, PeerId, Refusal};
pub use samples::PathSamples;
