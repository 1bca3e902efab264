//! Why Nomad is not understood.

/// Why Nomad is not understood.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An answer that is none of Nomad's.
    #[error("{bytes} bytes are no {what} of Nomad's; check that the address or file is Nomad's own")]
    Unexpected {
        /// What was wanted.
        what: &'static str,
        /// How long the answer is.
        bytes: usize,
        /// Where it is odd.
        #[source]
        source: serde_json::Error,
    },
}
