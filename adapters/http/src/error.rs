//! Why there is no answer.

use std::path::PathBuf;
use std::time::Duration;

use crate::retry::Transient;

/// What a library says of it.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why nothing can be asked. No message holds a secret, and no address with one is accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The address is none.
    #[error(
        "`{url}` is no address of a server; write http://HOST:PORT or https://HOST:PORT, with a path where there is one"
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
    Tls(#[source] Cause),
    /// The system has no certificates to trust.
    #[error("this system has no trusted certificates; install them (ca-certificates) or name an authority")]
    NoAuthorities,
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] Cause),
}

/// Why there is no answer. No message holds a secret. Adapters that have words of their own match every kind.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing can be asked.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// Nobody answers there, or TLS failed.
    #[error(
        "{url} does not answer (asked {attempts} time(s)); check that the server runs and the address is right"
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
    /// The server refuses the question.
    #[error("{url} refuses the question ({status}): {error}")]
    Refused {
        /// Where.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What it says.
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
    /// The answer is larger than allowed.
    #[error("an answer of more than {limit} bytes; ask for less or raise the limit")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Half an answer.
    #[error("the answer broke off after {bytes} bytes; try again, and look at the proxies on the way")]
    Truncated {
        /// How much came.
        bytes: usize,
        /// Why.
        #[source]
        source: Cause,
    },
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
