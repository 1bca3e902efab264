//! Probes: the datagram, who sends it and who answers. Nothing here has a clock or a socket.

pub(crate) mod datagram;
pub(crate) mod echoer;
pub(crate) mod prober;
pub(crate) mod refusal;
mod replay;

pub use datagram::{Datagram, Echo, PeerId};
pub use refusal::Refusal;
