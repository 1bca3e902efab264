//! TCP: the time until a connection is accepted, or refused, which is a round trip too.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::follow::Sample;

/// The round trip of one connection; `None` when nobody answered in time.
pub(crate) async fn connect(clock: Clock, address: SocketAddr, patience: Duration) -> Sample {
    let begun_ns = clock.monotonic_ns();
    match timeout(patience, TcpStream::connect(address)).await {
        Ok(Ok(_)) => Sample::Answered(clock.monotonic_ns() - begun_ns),
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => {
            Sample::Answered(clock.monotonic_ns() - begun_ns)
        }
        Ok(Err(error)) if error.kind() == ErrorKind::TimedOut => Sample::Lost,
        // No route, or too many open files here: nothing was sent.
        Ok(Err(_)) => Sample::Nothing,
        Err(_) => Sample::Lost,
    }
}
