//! Where Prometheus is, how to be let in, and how much is asked of it.

use std::time::Duration;

use colocate_http::{Auth, Retry, Tls};

/// Where Prometheus is, how to be let in, and how much is asked of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// `http://HOST:PORT` or `https://HOST:PORT`, with the path in front of `/api/v1` where there is one.
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
    /// How much is taken.
    pub limits: Limits,
}

impl Config {
    /// A server that lets everybody in.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        let http = colocate_http::Config::new(url);
        Self {
            url: http.url,
            auth: http.auth,
            tls: http.tls,
            secret_in_the_clear: http.secret_in_the_clear,
            connect_timeout: http.connect_timeout,
            timeout: http.timeout,
            retry: http.retry,
            limits: Limits::default(),
        }
    }

    /// What of it is about HTTP.
    pub(crate) fn http(self) -> colocate_http::Config {
        colocate_http::Config {
            url: self.url,
            auth: self.auth,
            tls: self.tls,
            secret_in_the_clear: self.secret_in_the_clear,
            connect_timeout: self.connect_timeout,
            timeout: self.timeout,
            retry: self.retry,
            response_bytes: self.limits.response_bytes,
        }
    }
}

/// How much is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest answer, in bytes, unpacked.
    pub response_bytes: usize,
    /// Points of a series in one answer. Prometheus gives no more than 11,000.
    pub points: u32,
    /// Samples of all series and pages together.
    pub samples: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { response_bytes: 64 << 20, points: 11_000, samples: 50_000_000 }
    }
}
