//! Where a server is, how to be let in, and how much is taken.

use std::path::PathBuf;
use std::time::Duration;

/// Where a server is, how to be let in, and how much is taken.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `http://HOST:PORT` or `https://HOST:PORT`, with the path in front of the API where there is one.
    pub url: String,
    /// How the server knows us.
    pub auth: Auth,
    /// What is trusted and shown over https.
    pub tls: Tls,
    /// Whether a token or password may be sent over http to another machine.
    pub secret_in_the_clear: bool,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a question may take, answer included.
    pub timeout: Duration,
    /// When a question is asked again.
    pub retry: Retry,
    /// The largest answer, in bytes, unpacked.
    pub response_bytes: usize,
}

impl Config {
    /// A server that lets everybody in.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            auth: Auth::None,
            tls: Tls::default(),
            secret_in_the_clear: false,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(120),
            retry: Retry::default(),
            response_bytes: 64 << 20,
        }
    }
}

/// How the server knows us. Secrets stay in their files and are read for every question, so that they can be renewed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Auth {
    /// It lets everybody in, or looks at the certificate.
    #[default]
    None,
    /// By a bearer token.
    Bearer {
        /// The file that holds the token.
        token_file: PathBuf,
    },
    /// By user and password.
    Basic {
        /// The user.
        username: String,
        /// The file that holds the password.
        password_file: PathBuf,
    },
    /// By a token in a header of its own, such as `x-nomad-token`.
    Header {
        /// The header, in small letters.
        name: &'static str,
        /// The file that holds the token.
        token_file: PathBuf,
    },
}

/// What is trusted and shown over https: PEM files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// Trusts certificates that these authorities signed, and no other; the system's where it is absent.
    pub authority: Option<PathBuf>,
    /// The certificate to show, its chain included, and its key.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// When a question is asked again: where nobody answers, or with 429 or 5xx. Other refusals are final.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// How often a question is asked at most; at least once.
    pub attempts: u32,
    /// The first pause; every further one is twice as long.
    pub first: Duration,
    /// The longest pause. A server that asks for a longer one is not asked again.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { attempts: 5, first: Duration::from_millis(500), longest: Duration::from_secs(30) }
    }
}
