//! Connections: accepted up to a cap, with TLS or without, none of them silent for long.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tls_listener::{AsyncAccept, TlsListener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;
use tokio_rustls::server::TlsStream;
use tokio_stream::Stream;
use tonic::transport::server::Connected;

use crate::metrics::{self, CONNECTIONS, Counted};
use crate::tls::Acceptor;

/// Pause after the system refused a connection, out of file descriptors for example.
const PAUSE: Duration = Duration::from_millis(100);
/// Bytes with which a connection of HTTP/2 begins.
const PREFACE: usize = 24;

/// Who is at the other end of a connection.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    /// The hash of the client certificate, where there is one.
    pub(crate) certificate: Option<Arc<str>>,
}

/// Accepts connections.
pub(crate) struct Incoming {
    source: Source,
    handshake: Duration,
}

enum Source {
    Plain(Capped),
    Tls(Box<TlsListener<Capped, Acceptor>>),
}

impl Incoming {
    /// Accepts up to `most` connections at a time from `listener`.
    pub(crate) fn new(
        listener: TcpListener,
        tls: Option<Acceptor>,
        most: usize,
        handshake: Duration,
    ) -> Self {
        let capped = Capped { listener, slots: Arc::new(Semaphore::new(most)), pause: None };
        let source = match tls {
            None => Source::Plain(capped),
            Some(acceptor) => Source::Tls(Box::new(
                tls_listener::builder(acceptor).handshake_timeout(handshake).listen(capped),
            )),
        };
        Self { source, handshake }
    }
}

impl Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let handshake = self.handshake;
        let (socket, certificate) = match &mut self.source {
            Source::Plain(capped) => match ready!(Pin::new(capped).poll_accept(cx)) {
                Ok((slot, _)) => (Socket::Plain(slot), None),
                Err(error) => return Poll::Ready(Some(Err(error))),
            },
            Source::Tls(listener) => loop {
                match ready!(Pin::new(&mut **listener).poll_accept(cx)) {
                    Ok((stream, _)) => {
                        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
                        let certificate =
                            chain.first().map(|leaf| Arc::from(&blake3::hash(leaf).to_hex()[..16]));
                        break (Socket::Tls(Box::new(stream)), certificate);
                    }
                    // Strangers get no more than a line for those who look for it.
                    Err(error) => {
                        metrics::handshake_failed();
                        tracing::debug!(%error, peer = ?error.peer_addr(), "no TLS");
                    }
                }
            },
        };
        let sleep = Box::pin(tokio::time::sleep(handshake));
        Poll::Ready(Some(Ok(Connection {
            socket,
            peer: Peer { certificate },
            silence: Some((PREFACE, sleep)),
        })))
    }
}

/// A listener that closes what comes beyond its cap: a client that is turned away at once can try elsewhere.
struct Capped {
    listener: TcpListener,
    slots: Arc<Semaphore>,
    pause: Option<Pin<Box<Sleep>>>,
}

impl AsyncAccept for Capped {
    type Connection = Slot;
    type Address = SocketAddr;
    type Error = io::Error;

    fn poll_accept(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<(Slot, SocketAddr)>> {
        loop {
            if let Some(pause) = &mut self.pause {
                ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            match ready!(self.listener.poll_accept(cx)) {
                Ok((stream, address)) => match self.slots.clone().try_acquire_owned() {
                    Ok(permit) => {
                        // Answers are small; waiting to fill a packet only delays them.
                        let _ = stream.set_nodelay(true);
                        let slot = Slot { stream, _permit: permit, _counted: Counted::new(CONNECTIONS) };
                        return Poll::Ready(Ok((slot, address)));
                    }
                    Err(_) => metrics::refused("CONNECTIONS"),
                },
                Err(error) => {
                    tracing::warn!(%error, "no connection accepted");
                    self.pause = Some(Box::pin(tokio::time::sleep(PAUSE)));
                }
            }
        }
    }
}

/// A connection that counts.
struct Slot {
    stream: TcpStream,
    _permit: OwnedSemaphorePermit,
    _counted: Counted,
}

/// A connection that is ready for HTTP/2.
pub(crate) struct Connection {
    socket: Socket,
    peer: Peer,
    /// Bytes still due, and when the wait for them is over.
    silence: Option<(usize, Pin<Box<Sleep>>)>,
}

enum Socket {
    Plain(Slot),
    Tls(Box<TlsStream<Slot>>),
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let this = &mut *self;
        let result = match &mut this.socket {
            Socket::Plain(slot) => Pin::new(slot).poll_read(cx, buffer),
            Socket::Tls(stream) => Pin::new(&mut **stream).poll_read(cx, buffer),
        };
        if let Some((due, sleep)) = &mut this.silence {
            let read = buffer.filled().len() - before;
            if read >= *due {
                this.silence = None;
            } else {
                *due -= read;
                if result.is_pending() && sleep.as_mut().poll(cx).is_ready() {
                    return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
                }
            }
        }
        result
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.socket {
            Socket::Plain(slot) => Pin::new(slot).poll_write(cx, bytes),
            Socket::Tls(stream) => Pin::new(&mut **stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.socket {
            Socket::Plain(slot) => Pin::new(slot).poll_flush(cx),
            Socket::Tls(stream) => Pin::new(&mut **stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.socket {
            Socket::Plain(slot) => Pin::new(slot).poll_shutdown(cx),
            Socket::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }
}

impl AsyncRead for Slot {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Slot {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
