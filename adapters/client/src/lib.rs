//! Calls a colocate server over gRPC.
