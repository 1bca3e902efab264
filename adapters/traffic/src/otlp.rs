//! Traces as OpenTelemetry's protocol carries them.

mod json;
mod protobuf;

pub(crate) use json::ResourceSpans;
pub(crate) use protobuf::{decode, decode_framed};
