//! ICMP: echoes of the other host's kernel, where the system permits to ask for them.

use std::io;
use std::net::IpAddr;
use std::time::Duration;

use surge_ping::{Client, Config, ICMP, PingIdentifier, PingSequence, SurgeError};

use crate::follow::Sample;

/// Asks kernels for echoes, with IPv4 and IPv6.
pub(crate) struct Pings {
    v4: io::Result<Client>,
    v6: io::Result<Client>,
}

impl Pings {
    /// Needs a runtime with I/O. What the system does not permit is found out with the first echo.
    pub(crate) fn new() -> Self {
        let client = |kind| Client::new(&Config::builder().kind(kind).build());
        Self { v4: client(ICMP::V4), v6: client(ICMP::V6) }
    }

    /// Why it cannot ask anybody, if so.
    pub(crate) fn refused(&self) -> Option<&io::Error> {
        self.v4.as_ref().err().filter(|_| self.v6.is_err())
    }

    /// The round trip of one echo.
    pub(crate) async fn ping(
        &self,
        to: IpAddr,
        identifier: u16,
        sequence: u16,
        patience: Duration,
    ) -> Sample {
        let Ok(client) = (if to.is_ipv4() { &self.v4 } else { &self.v6 }) else {
            return Sample::Nothing;
        };
        let mut pinger = client.pinger(to, PingIdentifier(identifier)).await;
        pinger.timeout(patience);
        match pinger.ping(PingSequence(sequence), &[0; 56]).await {
            Ok((_, time)) => Sample::Answered(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)),
            Err(SurgeError::Timeout { .. }) => Sample::Lost,
            Err(_) => Sample::Nothing,
        }
    }
}
