//! Why Nomad is not understood, or does not answer.

use std::time::Duration;

use colocate_http::Transient;

/// Why Nomad is not understood, or does not answer. No message holds a token.
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
    /// Nomad does not answer, or refuses to.
    #[error(transparent)]
    Http(#[from] colocate_http::Error),
    /// There is none with this id any more, or never was.
    #[error("Nomad has no {what} {id}")]
    Unknown {
        /// What was wanted.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// More in a list than is taken.
    #[error("Nomad lists more than {limit} {what}s; raise the limit")]
    TooMany {
        /// What is listed.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// A page that leads back to itself.
    #[error(
        "the list of {what}s does not end: page after page has the token {token:?}; look at the proxies on the way"
    )]
    Circular {
        /// What is listed.
        what: &'static str,
        /// The token.
        token: String,
    },
}

impl Transient for Error {
    fn is_transient(&self) -> bool {
        match self {
            Self::Http(error) => error.is_transient(),
            // Half an answer, of a proxy that says so nowhere.
            Self::Unexpected { source, .. } => source.is_eof(),
            Self::Unknown { .. } | Self::TooMany { .. } | Self::Circular { .. } => false,
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::Http(error) = self { error.retry_after() } else { None }
    }

    fn after(self, asked: u32) -> Self {
        if let Self::Http(error) = self { Self::Http(error.after(asked)) } else { self }
    }
}
