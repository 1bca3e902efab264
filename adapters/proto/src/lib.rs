//! The wire types of colocate's gRPC services, from `proto/colocate/v1`.
//!
//! Fields have the names they have in files; `docs/grpc.md` shows how to call a server.

#[cfg(feature = "convert")]
pub mod convert;

pub mod codec;

/// Version 1: messages, clients and servers.
pub mod v1 {
    #![expect(unused_qualifications, reason = "generated code")]
    #![expect(clippy::allow_attributes, clippy::allow_attributes_without_reason, reason = "generated code")]
    tonic::include_proto!("colocate.v1");
}

pub use prost::Message;

/// The descriptors of all files, those they import included: an encoded `FileDescriptorSet`.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/colocate.v1.bin"));
