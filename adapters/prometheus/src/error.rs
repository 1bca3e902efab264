//! Why there is no answer.

use std::path::PathBuf;
use std::time::Duration;

/// Why there is no answer. No message holds a secret, and no address with one is accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The address is none.
    #[error(
        "`{url}` is no address of Prometheus; write http://HOST:PORT or https://HOST:PORT, with a path where there is one"
    )]
    Address {
        /// What was given, less what may be a password.
        url: String,
    },
    /// A password in the address, which ends up in logs and lists of processes.
    #[error("the address holds a user or a password; name the user and a file with the password instead")]
    PasswordInAddress,
    /// A secret that everybody on the way could read.
    #[error(
        "a token or password is not sent in the clear to another machine; use https, or allow it in the configuration"
    )]
    SecretInTheClear,
    /// A secret, certificate or key that cannot be read.
    #[error("{} cannot be read; check its name and whether you may read it", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file without what it should hold; its contents are not shown.
    #[error("{} holds no {what}; write it again", path.display())]
    Contents {
        /// Which file.
        path: PathBuf,
        /// What is missing.
        what: &'static str,
    },
    /// TLS cannot be set up.
    #[error("TLS cannot be set up; check certificate, key and authority")]
    Tls(#[source] tokio_rustls::rustls::Error),
    /// The system has no certificates to trust.
    #[error("this system has no trusted certificates; install them (ca-certificates) or name an authority")]
    NoAuthorities,
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
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
        source: reqwest::Error,
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
        source: Option<reqwest::Error>,
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
    /// Whether the same question may be answered the next time.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Unreachable { .. }
                | Self::TimedOut { .. }
                | Self::Unavailable { .. }
                | Self::Truncated { .. }
        )
    }

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

    /// The error, with the number of times that the question was asked.
    pub(crate) fn after(mut self, asked: u32) -> Self {
        if let Self::Unreachable { attempts, .. }
        | Self::TimedOut { attempts, .. }
        | Self::Unavailable { attempts, .. } = &mut self
        {
            *attempts = asked;
        }
        self
    }
}
