//! Where Nomad is, how to be let in, and how much is asked of it.

use std::path::PathBuf;
use std::time::Duration;

use colocate_http::{Retry, Tls};

/// Where Nomad is, how to be let in, and how much is asked of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// `http://HOST:PORT` or `https://HOST:PORT` of a server or client of Nomad.
    pub address: String,
    /// The namespace whose jobs are read; all where absent.
    pub namespace: Option<String>,
    /// The region that is asked; the agent's own where absent.
    pub region: Option<String>,
    /// The file with the token, where access is controlled. It is read for every question, so that it can be renewed.
    pub token_file: Option<PathBuf>,
    /// Whether the token may be sent over http to another machine.
    pub token_in_the_clear: bool,
    /// What is trusted and shown over https.
    pub tls: Tls,
    /// How much is asked, taken and waited for.
    pub limits: Limits,
}

impl Config {
    /// A Nomad that lets everybody read.
    #[must_use]
    pub fn new(address: impl Into<String>) -> Self {
        Self {
            address: address.into(),
            namespace: None,
            region: None,
            token_file: None,
            token_in_the_clear: false,
            tls: Tls::default(),
            limits: Limits::default(),
        }
    }
}

/// How much is asked, taken and waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long a question may take, answer included.
    pub timeout: Duration,
    /// When a question is asked again.
    pub retry: Retry,
    /// The largest answer, in bytes, unpacked.
    pub response_bytes: usize,
    /// How many nodes or jobs are asked for at once.
    pub per_page: u32,
    /// How many nodes or jobs are taken of a list.
    pub listed: usize,
    /// How many questions are open at once; Nomad turns away more than 100 connections of an address.
    pub concurrent: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            retry: Retry { longest: Duration::from_secs(10), ..Retry::default() },
            response_bytes: 64 << 20,
            per_page: 500,
            listed: 100_000,
            concurrent: 8,
        }
    }
}
