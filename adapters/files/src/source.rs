//! Files as streams: opened, hashed on the way, unpacked where they are gzipped.

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::rc::Rc;

use colocate_model::{Document, FaultCode, Faults};
use flate2::bufread::MultiGzDecoder;

use crate::hash;
use crate::input::Input;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
pub(crate) const BUFFER: usize = 1 << 16;

/// A file that is being read; everything that is read is hashed as it stands in the file.
pub(crate) struct Source {
    reader: Box<dyn BufRead>,
    hashing: HashingReader,
}

impl Source {
    /// Reads from `inner`; what is gzipped is unpacked.
    pub(crate) fn new(inner: Box<dyn Read>) -> io::Result<Self> {
        let hashing = HashingReader { inner: Rc::new(RefCell::new((inner, blake3::Hasher::new()))) };
        let reader = unpacked(BufReader::with_capacity(BUFFER, hashing.clone()))?;
        Ok(Self { reader, hashing })
    }

    /// The hash of the whole file, which is read to its end.
    pub(crate) fn hash(mut self) -> io::Result<String> {
        drop(self.reader);
        io::copy(&mut self.hashing, &mut io::sink())?;
        let hash = self.hashing.inner.borrow().1.finalize();
        Ok(hash::text(&hash))
    }
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

impl BufRead for Source {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }
    fn consume(&mut self, amount: usize) {
        self.reader.consume(amount);
    }
}

/// `reader`, or what it holds gzipped.
fn unpacked<'a>(mut reader: impl BufRead + 'a) -> io::Result<Box<dyn BufRead + 'a>> {
    Ok(if reader.fill_buf()?.starts_with(GZIP_MAGIC) {
        Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(reader)))
    } else {
        Box::new(reader)
    })
}

/// The bytes of a file, unpacked; notes why it cannot be read.
pub(crate) fn read_all(input: &Input, document: Document, faults: &mut Faults) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    match input.open().and_then(|mut source| source.read_to_end(&mut bytes)) {
        Ok(_) => Some(bytes),
        Err(error) => {
            unreadable(input.name(), document, &error, faults);
            None
        }
    }
}

/// Notes that a file cannot be read.
pub(crate) fn unreadable(path: &Path, document: Document, error: &io::Error, faults: &mut Faults) {
    let cause = format!("cannot be read: {error}");
    let action = "check its name and whether you may read it";
    faults.add(document, path.display().to_string(), FaultCode::Unreadable, cause, action);
}

#[derive(Clone)]
struct HashingReader {
    inner: Rc<RefCell<(Box<dyn Read>, blake3::Hasher)>>,
}

impl Read for HashingReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut inner = self.inner.borrow_mut();
        let length = inner.0.read(buffer)?;
        inner.1.update(&buffer[..length]);
        Ok(length)
    }
}
