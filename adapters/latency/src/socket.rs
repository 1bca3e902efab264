//! A UDP socket that tells when the kernel got a datagram.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce, ReceiveTimestampns, RxqOvfl};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt};
use nix::sys::time::TimeSpec;

/// Datagrams that wait until they are read, in bytes: a second of a flood, so that what is authentic is not lost in it.
const QUEUE: usize = 16 << 20;

/// The socket.
#[derive(Debug)]
pub(crate) struct Socket {
    socket: UdpSocket,
    control: Vec<u8>,
}

/// A datagram that arrived.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) length: usize,
    pub(crate) source: SocketAddr,
    /// When the kernel got it, in ns since 1970; `None` where it does not say.
    pub(crate) at_ns: Option<i64>,
    /// How many the kernel has dropped so far because too many waited.
    pub(crate) dropped: Option<u32>,
}

impl Socket {
    /// Listens on `address`.
    pub(crate) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        // Only who may administer the network gets more than the system's limit; less works too.
        if setsockopt(&socket, RcvBufForce, &QUEUE).is_err() {
            let _ = setsockopt(&socket, RcvBuf, &QUEUE);
        }
        // Without them the time of reading is used, and nothing is said of drops.
        let _ = setsockopt(&socket, ReceiveTimestampns, &true);
        let _ = setsockopt(&socket, RxqOvfl, &1);
        Ok(Self { socket, control: nix::cmsg_space!(TimeSpec, u32) })
    }

    pub(crate) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Waits until something arrived, but no longer than `timeout`.
    pub(crate) fn wait(&self, timeout: Duration) -> io::Result<bool> {
        let mut sockets = [PollFd::new(self.socket.as_fd(), PollFlags::POLLIN)];
        match ppoll(&mut sockets, Some(TimeSpec::from_duration(timeout)), None) {
            Ok(ready) => Ok(ready > 0),
            Err(Errno::EINTR) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// The next datagram, cut to the buffer; `None` where none waits.
    pub(crate) fn receive(&mut self, buffer: &mut [u8]) -> io::Result<Option<Arrival>> {
        let mut parts = [IoSliceMut::new(buffer)];
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_TRUNC;
        let descriptor = self.socket.as_raw_fd();
        let message = match recvmsg::<SockaddrStorage>(descriptor, &mut parts, Some(&mut self.control), flags)
        {
            Ok(message) => message,
            Err(Errno::EAGAIN) => return Ok(None),
            // A host that is not there says so by way of the socket; that is no failure of the socket.
            Err(Errno::ECONNREFUSED | Errno::EHOSTUNREACH | Errno::ENETUNREACH | Errno::EINTR) => {
                return Ok(None);
            }
            Err(errno) => return Err(errno.into()),
        };
        let (mut at_ns, mut dropped) = (None, None);
        for control in message.cmsgs().into_iter().flatten() {
            match control {
                ControlMessageOwned::ScmTimestampns(time) => {
                    at_ns = Some(time.tv_sec() * 1_000_000_000 + time.tv_nsec());
                }
                ControlMessageOwned::RxqOvfl(count) => dropped = Some(count),
                _ => {}
            }
        }
        let source = message.address.as_ref().and_then(socket_address);
        Ok(source.map(|source| Arrival { length: message.bytes, source, at_ns, dropped }))
    }

    /// Sends a datagram; whether the system took it.
    pub(crate) fn send(&self, datagram: &[u8], to: SocketAddr) -> bool {
        matches!(self.socket.send_to(datagram, to), Ok(sent) if sent == datagram.len())
    }
}

fn socket_address(address: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = address.as_sockaddr_in().map(|address| SocketAddr::new(address.ip().into(), address.port()));
    let v6 = || address.as_sockaddr_in6().map(|address| SocketAddr::new(address.ip().into(), address.port()));
    v4.or_else(v6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_tells_when_a_datagram_came_and_how_long_it_is() {
        let mut here = Socket::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let there = UdpSocket::bind("127.0.0.1:0").unwrap();
        there.send_to(&[7; 200], here.local_addr().unwrap()).unwrap();
        assert!(here.wait(Duration::from_secs(10)).unwrap());
        let mut buffer = [0; 100];
        let arrival = here.receive(&mut buffer).unwrap().unwrap();
        assert_eq!((arrival.length, arrival.source), (200, there.local_addr().unwrap()), "its whole length");
        assert_eq!(buffer, [7; 100]);
        assert!(arrival.at_ns.is_some());
        assert!(here.receive(&mut buffer).unwrap().is_none());
    }
}
