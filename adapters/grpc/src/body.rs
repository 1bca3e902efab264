//! The bodies of requests, weighed while they arrive and before anything is decoded.
//!
//! tonic checks the length on the wire and stops decompressing at the limit of a message, but it reserves the announced
//! length at once, takes any number of messages, and knows nothing of other calls. So the frame of a message is read here
//! as well: its announced length counts before its first byte arrives, and a compressed message is decompressed as it
//! passes, without keeping the result. What the message holds is counted as its bytes pass (see [`Scanner`]), so that what
//! decoding makes of it is reserved by then.

use std::io::{self, Write};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use flate2::write::GzDecoder;
use http::HeaderMap;
use http_body::{Frame, SizeHint};
use tokio::time::Sleep;
use tonic::Status;
use tonic::body::Body;

use crate::memory::Reservation;
use crate::status::{Reason, Refusal};
use crate::weight::{Scanner, TEXT};

/// Bytes before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// A body that is weighed.
pub(crate) struct Weighed {
    inner: Body,
    scale: Scale,
    patience: Pin<Box<Sleep>>,
    ended: bool,
}

impl Weighed {
    /// `inner`, the request of the method at `path`, which may have `largest` bytes and `patience` to arrive.
    pub(crate) fn new(
        inner: Body,
        path: &str,
        headers: &HeaderMap,
        reservation: Arc<Reservation>,
        largest: usize,
        patience: Duration,
    ) -> Self {
        let gzip = headers.get("grpc-encoding").is_some_and(|value| value.as_bytes() == b"gzip");
        let scale = Scale::new(Scanner::new(path), reservation, largest as u64, gzip);
        Self { inner, scale, patience: Box::pin(tokio::time::sleep(patience)), ended: false }
    }
}

impl http_body::Body for Weighed {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let this = &mut *self;
        if this.ended {
            return Poll::Ready(None);
        }
        let refusal = match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Pending if this.patience.as_mut().poll(cx).is_pending() => return Poll::Pending,
            Poll::Pending => Refusal::Upload,
            Poll::Ready(Some(Ok(frame))) => {
                match frame.data_ref().map_or(Ok(()), |data| this.scale.weigh(data)) {
                    Ok(()) => return Poll::Ready(Some(Ok(frame))),
                    Err(refusal) => refusal,
                }
            }
            Poll::Ready(other) => return Poll::Ready(other),
        };
        this.ended = true;
        Poll::Ready(Some(Err(refusal.status())))
    }

    fn is_end_stream(&self) -> bool {
        self.ended || self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Reads the frame of one message.
struct Scale {
    reservation: Arc<Reservation>,
    largest: u64,
    gzip: bool,
    prefix: Vec<u8>,
    /// Bytes of the message that have not arrived.
    due: u64,
    content: Content,
}

/// What is looked into.
enum Content {
    /// The message as it is.
    Plain(Scanner),
    /// What a compressed message becomes.
    Compressed(Box<GzDecoder<Tally>>),
}

impl Scale {
    fn new(scanner: Scanner, reservation: Arc<Reservation>, largest: u64, gzip: bool) -> Self {
        Self { reservation, largest, gzip, prefix: Vec::new(), due: 0, content: Content::Plain(scanner) }
    }

    fn weigh(&mut self, mut data: &[u8]) -> Result<(), Refusal> {
        if self.prefix.len() < PREFIX {
            let (prefix, rest) = data.split_at(data.len().min(PREFIX - self.prefix.len()));
            self.prefix.extend_from_slice(prefix);
            data = rest;
            let &[compressed, a, b, c, d] = self.prefix.as_slice() else { return Ok(()) };
            self.due = u64::from(u32::from_be_bytes([a, b, c, d]));
            if self.due > self.largest {
                return Err(too_large(self.largest, self.due));
            }
            self.begin(compressed == 1 && self.gzip)?;
        }
        let length = data.len() as u64;
        if length > self.due {
            return Err(Refusal::Messages);
        }
        self.due -= length;
        match &mut self.content {
            Content::Plain(scanner) => self.reservation.grow(scanner.weigh(data)),
            Content::Compressed(tally) => {
                decompress(tally, data)?;
                let finished = self.due > 0 || tally.try_finish().is_ok();
                if finished { Ok(()) } else { Err(refusal(tally)) }
            }
        }
    }

    /// Reserves what is announced.
    fn begin(&mut self, compressed: bool) -> Result<(), Refusal> {
        if !compressed {
            return self.reservation.grow(self.due.saturating_mul(TEXT));
        }
        self.reservation.grow(self.due)?;
        let Content::Plain(scanner) = &mut self.content else { return Ok(()) };
        let scanner = std::mem::take(scanner);
        let (reservation, largest) = (self.reservation.clone(), self.largest);
        let tally = Tally { scanner, reservation, largest, seen: 0, refusal: None };
        self.content = Content::Compressed(Box::new(GzDecoder::new(tally)));
        Ok(())
    }
}

/// Counts what `data` becomes.
fn decompress(tally: &mut GzDecoder<Tally>, mut data: &[u8]) -> Result<(), Refusal> {
    while !data.is_empty() {
        match tally.write(data) {
            // The stream has ended; tonic does not look at what follows either.
            Ok(0) => return Ok(()),
            Ok(taken) => data = &data[taken..],
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => return Err(refusal(tally)),
        }
    }
    Ok(())
}

/// Why decompression stopped.
fn refusal(tally: &mut GzDecoder<Tally>) -> Refusal {
    tally.get_mut().refusal.take().unwrap_or(Refusal::Damaged)
}

fn too_large(limit: u64, used: u64) -> Refusal {
    Refusal::Exhausted { reason: Reason::MessageSize, limit, used }
}

/// Counts bytes and keeps none.
struct Tally {
    scanner: Scanner,
    reservation: Arc<Reservation>,
    largest: u64,
    seen: u64,
    refusal: Option<Refusal>,
}

impl Write for Tally {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = bytes.len() as u64;
        self.seen += length;
        let outcome = if self.seen > self.largest {
            Err(too_large(self.largest, self.seen))
        } else {
            let weight = length.saturating_mul(TEXT).saturating_add(self.scanner.weigh(bytes));
            self.reservation.grow(weight)
        };
        outcome.map(|()| bytes.len()).map_err(|refusal| {
            self.refusal = Some(refusal);
            io::ErrorKind::OutOfMemory.into()
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;
    use crate::memory::Budget;

    fn scale(limit: u64, largest: u64) -> Scale {
        let reservation = Arc::new(Budget::new(limit).reservation());
        Scale::new(Scanner::new("/colocate.v1.Solver/Solve"), reservation, largest, true)
    }

    fn message(compressed: u8, payload: &[u8]) -> Vec<u8> {
        let length = u32::try_from(payload.len()).unwrap();
        [&[compressed][..], &length.to_be_bytes(), payload].concat()
    }

    fn gzip(bytes: usize) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&vec![0; bytes]).unwrap();
        encoder.finish().unwrap()
    }

    /// Weighs `bytes` in pieces of every size up to 7.
    fn weigh(limit: u64, largest: u64, bytes: &[u8]) -> Result<(), Refusal> {
        let results: Vec<_> = (1..=7)
            .map(|size| {
                let mut scale = scale(limit, largest);
                bytes.chunks(size).try_for_each(|piece| scale.weigh(piece))
            })
            .collect();
        results.into_iter().collect()
    }

    fn reason(result: &Result<(), Refusal>) -> Option<Reason> {
        match result {
            Err(Refusal::Exhausted { reason, .. }) => Some(*reason),
            _ => None,
        }
    }

    #[test]
    fn the_announced_length_counts_before_it_arrives() {
        let header = &message(0, &[0; 100])[..PREFIX];
        assert!(weigh(100 * TEXT, 100, header).is_ok());
        assert_eq!(reason(&weigh(100 * TEXT - 1, 100, header)), Some(Reason::Memory));
        assert_eq!(reason(&weigh(u64::MAX, 99, header)), Some(Reason::MessageSize));
    }

    #[test]
    fn a_compressed_message_counts_as_what_it_becomes() {
        let bytes = message(1, &gzip(10_000));
        assert!(weigh(u64::MAX, 10_000, &bytes).is_ok());
        assert_eq!(reason(&weigh(u64::MAX, 9_999, &bytes)), Some(Reason::MessageSize));
        assert_eq!(reason(&weigh(10_000, 10_000, &bytes)), Some(Reason::Memory));
    }

    #[test]
    fn what_a_message_holds_counts_in_either_form() {
        // A problem with a cluster with so many components, all of them empty.
        let cluster = [0x4a, 0].repeat(1000);
        let problem = [&[0x0a, 0xd0, 0x0f], &cluster[..]].concat();
        let request = [&[0x0a, 0xd3, 0x0f], &problem[..]].concat();
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(&request).unwrap();
        let compressed = message(1, &encoder.finish().unwrap());
        for bytes in [message(0, &request), compressed] {
            assert!(weigh(10_000_000, 10_000, &bytes).is_ok());
            assert_eq!(reason(&weigh(200_000, 10_000, &bytes)), Some(Reason::Memory));
        }
    }

    #[test]
    fn damage_and_second_messages_are_refused() {
        let mut damaged = gzip(1000);
        damaged[12] ^= 0xff;
        assert!(matches!(weigh(u64::MAX, 10_000, &message(1, &damaged)), Err(Refusal::Damaged)));
        let cut = gzip(1000);
        assert!(matches!(weigh(u64::MAX, 10_000, &message(1, &cut[..20])), Err(Refusal::Damaged)));
        let two = [message(0, b"one"), message(0, b"two")].concat();
        assert!(matches!(weigh(u64::MAX, 100, &two), Err(Refusal::Messages)));
        assert!(weigh(u64::MAX, 100, &message(0, b"")).is_ok());
    }
}
