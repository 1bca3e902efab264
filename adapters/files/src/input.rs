//! What is read: a file, or bytes in memory.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use colocate_model::Document;

use crate::read::Kind;
use crate::source::Source;

const PARQUET_MAGIC: &[u8] = b"PAR1";

/// A file, or bytes in memory under a name. A policy is TOML, unless the name ends in `.json`. Anything else is JSON, or
/// JSON Lines where the name ends in `.jsonl` or `.ndjson`; what is Parquet or gzipped is recognised by its first bytes.
#[derive(Debug, Clone)]
pub struct Input {
    name: PathBuf,
    bytes: Option<Bytes>,
}

impl From<&Path> for Input {
    fn from(path: &Path) -> Self {
        Self { name: path.to_owned(), bytes: None }
    }
}

impl From<PathBuf> for Input {
    fn from(path: PathBuf) -> Self {
        Self { name: path, bytes: None }
    }
}

/// The unpacked form of an input that has to be seekable.
pub(crate) enum Raw {
    File(File),
    Bytes(Bytes),
}

impl Input {
    /// Bytes in memory.
    #[must_use]
    pub fn from_bytes(name: &str, bytes: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), bytes: Some(Bytes::from(bytes.into())) }
    }

    pub(crate) fn name(&self) -> &Path {
        &self.name
    }

    /// How it is written, given what it says.
    pub(crate) fn kind(&self, document: Document) -> io::Result<Kind> {
        let name = self.name.to_string_lossy().to_ascii_lowercase();
        let plain = name.strip_suffix(".gz").unwrap_or(&name);
        if document == Document::Policy && !plain.ends_with(".json") {
            return Ok(Kind::Toml);
        }
        if plain.ends_with(".jsonl") || plain.ends_with(".ndjson") {
            return Ok(Kind::Lines);
        }
        // A pipe can be read only once, so only regular files are looked into.
        let regular = self.bytes.is_some() || self.name.metadata()?.is_file();
        let parquet = regular && {
            let mut start = Vec::new();
            self.reader()?.take(PARQUET_MAGIC.len() as u64).read_to_end(&mut start)?;
            start == PARQUET_MAGIC
        };
        Ok(if parquet { Kind::Parquet } else { Kind::Json })
    }

    /// As a stream.
    pub(crate) fn open(&self) -> io::Result<Source> {
        Source::new(self.reader()?)
    }

    pub(crate) fn raw(&self) -> io::Result<Raw> {
        Ok(match &self.bytes {
            Some(bytes) => Raw::Bytes(bytes.clone()),
            None => Raw::File(File::open(&self.name)?),
        })
    }

    pub(crate) fn hash(&self) -> io::Result<String> {
        self.open()?.hash()
    }

    fn reader(&self) -> io::Result<Box<dyn Read>> {
        Ok(match &self.bytes {
            Some(bytes) => Box::new(io::Cursor::new(bytes.clone())),
            None => Box::new(File::open(&self.name)?),
        })
    }
}
