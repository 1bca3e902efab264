//! Serves colocate's solver over gRPC.

mod backend;

pub use backend::{Answer, Backend, BackendError, Call, Improvement, Job, Listener, Subject};
