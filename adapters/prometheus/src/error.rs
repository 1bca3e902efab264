//! Why there is no answer.

use std::time::Duration;

use colocate_http::{Cause, SetupError, Transient};

/// Why there is no answer. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Nothing can be asked: the address, a file with a secret, or TLS.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// A range that holds no point in time.
    #[error("the range holds nothing: it has to end after it starts, with a step of at least 1 ms")]
    EmptyRange,
    /// Nobody answers there, or TLS failed.
    #[error(
        "{url} does not answer (asked {attempts} time(s)); check that Prometheus runs and the address is right"
    )]
    Unreachable {
        /// Where.
        url: String,
        /// How often it was asked.
        attempts: u32,
        /// Why.
        #[source]
        source: Cause,
    },
    /// The answer took too long.
    #[error(
        "{url} did not answer within {timeout:?} (asked {attempts} time(s)); ask for less or allow more time"
    )]
    TimedOut {
        /// Where.
        url: String,
        /// How long it had.
        timeout: Duration,
        /// How often it was asked.
        attempts: u32,
    },
    /// The server is overloaded or broken.
    #[error("{url} answers {status} (asked {attempts} time(s)): {error}; try later")]
    Unavailable {
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
        /// How often it was asked.
        attempts: u32,
        /// What it says.
        error: String,
        /// When to come back, where it says so.
        retry_after: Option<Duration>,
    },
    /// The server does not let us in.
    #[error("{url} does not let us in ({status}): {error}; check the token or password file")]
    Unauthorised {
        /// Where.
        url: String,
        /// The HTTP status, 401 or 403.
        status: u16,
        /// What it says.
        error: String,
    },
    /// The server refuses the query.
    #[error("Prometheus refuses the query ({status} {kind}): {error}; mend the query")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Prometheus' `errorType`; empty where it says none.
        kind: String,
        /// Prometheus' `error`.
        error: String,
    },
    /// The server sends us elsewhere; a secret is not carried there.
    #[error("{url} redirects to {location}; use that address")]
    Redirected {
        /// Where.
        url: String,
        /// Where to.
        location: String,
    },
    /// The answer is larger than allowed, even page by page.
    #[error("an answer of more than {limit} bytes; ask for fewer series or raise the limit")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// More samples than allowed.
    #[error(
        "more than {limit} samples; ask for fewer series, a shorter time or a longer step, or raise the limit"
    )]
    TooManySamples {
        /// The limit.
        limit: usize,
    },
    /// Half an answer.
    #[error("the answer broke off after {bytes} bytes; try again, and look at the proxies on the way")]
    Truncated {
        /// How much came.
        bytes: usize,
        /// Why, where the connection says so.
        #[source]
        source: Option<Cause>,
    },
    /// Something else than JSON, such as the page of a proxy.
    #[error(
        "the answer is no JSON but begins `{start}`; check that the address is Prometheus' own and no proxy's"
    )]
    NotJson {
        /// Its start.
        start: String,
    },
    /// JSON, but no answer of Prometheus.
    #[error("the answer is none of Prometheus': {what}; check the address and the query")]
    Unexpected {
        /// What is odd.
        what: String,
    },
}

impl Error {
    /// Whether a shorter range may be answered where this one is not.
    pub(crate) fn wants_a_shorter_range(&self) -> bool {
        match self {
            Self::TooLarge { .. } => true,
            // Prometheus: `query processing would load too many samples into memory` (422) and `exceeded maximum
            // resolution of 11,000 points per timeseries` (400); servers like it have lower limits.
            Self::Refused { error, .. } => {
                error.contains("too many samples") || error.contains("maximum resolution")
            }
            _ => false,
        }
    }
}

impl From<colocate_http::Error> for Error {
    fn from(error: colocate_http::Error) -> Self {
        use colocate_http::Error as Http;
        match error {
            Http::Setup(error) => Self::Setup(error),
            Http::Unreachable { url, attempts, source } => Self::Unreachable { url, attempts, source },
            Http::TimedOut { url, timeout, attempts } => Self::TimedOut { url, timeout, attempts },
            Http::Unavailable { url, status, attempts, error, retry_after } => {
                Self::Unavailable { url, status, attempts, error, retry_after }
            }
            Http::Unauthorised { url, status, error } => Self::Unauthorised { url, status, error },
            Http::Refused { status, error, .. } => Self::Refused { status, kind: String::new(), error },
            Http::Redirected { url, location } => Self::Redirected { url, location },
            Http::TooLarge { limit } => Self::TooLarge { limit },
            Http::Truncated { bytes, source } => Self::Truncated { bytes, source: Some(source) },
        }
    }
}

impl Transient for Error {
    fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Unavailable { .. }
                | Self::Truncated { .. }
        )
    }

    fn retry_after(&self) -> Option<Duration> {
        if let Self::Unavailable { retry_after, .. } = self { *retry_after } else { None }
    }

    fn after(mut self, asked: u32) -> Self {
        if let Self::Unreachable { attempts, .. }
        | Self::TimedOut { attempts, .. }
        | Self::Unavailable { attempts, .. } = &mut self
        {
            *attempts = asked;
        }
        self
    }
}
