//! Files that are read again when they change.

use std::io::Read;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use blake3::Hash;

use crate::auth::TokenFault;
use crate::metrics;

/// The largest file that is read: certificates and tokens are small.
const LARGEST: u64 = 4 << 20;

/// Why files cannot be used. Shows their names, never what is in them.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FileError {
    /// A file cannot be read.
    #[error("{} cannot be read", .path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is too large.
    #[error("{} has more than {LARGEST} bytes", .0.display())]
    Large(PathBuf),
    /// A file of tokens has faults.
    #[error("{} faulty line(s) of tokens, the first: {}", .0.len(), .0[0])]
    Tokens(Vec<TokenFault>),
    /// A file has no certificate where one is wanted.
    #[error("{what}: there is no certificate in PEM in the file")]
    NoCertificate {
        /// The field.
        what: &'static str,
    },
    /// A file has no private key.
    #[error("tls.key: there is no private key in PEM in the file")]
    NoKey,
    /// Certificate, key or roots do not work, or do not belong together.
    #[error("certificate, key or roots cannot be used")]
    Tls(#[source] tokio_rustls::rustls::Error),
    /// The roots of client certificates cannot be used.
    #[error("tls.client_ca cannot be used")]
    ClientCa(#[source] tokio_rustls::rustls::server::VerifierBuilderError),
}

/// What became of another look at the files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// The files are as they were.
    Unchanged,
    /// New contents are in use.
    Renewed,
    /// The new contents are faulty, or cannot be read; the old ones stay in use.
    Kept,
}

/// A value read from files.
pub(crate) struct Reloading<T> {
    what: &'static str,
    paths: Vec<PathBuf>,
    parse: fn(&[Vec<u8>]) -> Result<T, FileError>,
    current: ArcSwap<T>,
    /// The hash of what was last looked at, good or bad, so that a fault is logged once.
    seen: Mutex<Option<Hash>>,
}

impl<T> Reloading<T> {
    /// Reads `paths` and makes a value of their contents.
    ///
    /// # Errors
    /// [`FileError`].
    pub(crate) fn load(
        what: &'static str,
        paths: Vec<PathBuf>,
        parse: fn(&[Vec<u8>]) -> Result<T, FileError>,
    ) -> Result<Self, FileError> {
        let contents = read(&paths)?;
        let current = ArcSwap::from_pointee(parse(&contents)?);
        Ok(Self { what, paths, parse, current, seen: Mutex::new(Some(hash(&contents))) })
    }

    /// The value in use.
    pub(crate) fn current(&self) -> Arc<T> {
        self.current.load_full()
    }

    /// Looks at the files again. Blocks.
    pub(crate) fn reload(&self) -> Reload {
        // Held throughout: of two reloads at a time the later one must win.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = read(&self.paths).and_then(|contents| {
            let hash = hash(&contents);
            if seen.replace(hash) == Some(hash) { Ok(None) } else { (self.parse)(&contents).map(Some) }
        });
        match outcome {
            Ok(None) => Reload::Unchanged,
            Ok(Some(value)) => {
                self.current.store(Arc::new(value));
                tracing::info!(what = self.what, "read again");
                metrics::reloaded(self.what, true);
                Reload::Renewed
            }
            Err(error) => {
                if matches!(error, FileError::Unreadable { .. }) {
                    *seen = None;
                }
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(what = self.what, %error, cause, "the old contents stay in use");
                metrics::reloaded(self.what, false);
                Reload::Kept
            }
        }
    }
}

/// The contents of the files.
fn read(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, FileError> {
    paths
        .iter()
        .map(|path| {
            let mut contents = Vec::new();
            std::fs::File::open(path)
                .and_then(|file| file.take(LARGEST + 1).read_to_end(&mut contents))
                .map_err(|source| FileError::Unreadable { path: path.clone(), source })?;
            if contents.len() as u64 > LARGEST { Err(FileError::Large(path.clone())) } else { Ok(contents) }
        })
        .collect()
}

/// One hash of all contents.
fn hash(contents: &[Vec<u8>]) -> Hash {
    let mut hasher = blake3::Hasher::new();
    for content in contents {
        hasher.update(&(content.len() as u64).to_le_bytes());
        hasher.update(content);
    }
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(contents: &[Vec<u8>]) -> Result<String, FileError> {
        String::from_utf8(contents[0].clone()).map_err(|_| FileError::NoKey)
    }

    #[test]
    fn a_faulty_file_keeps_the_old_value_and_a_sound_one_replaces_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, "one").unwrap();
        let value = Reloading::load("test", vec![path.clone()], parse).unwrap();
        assert_eq!(value.reload(), Reload::Unchanged);
        std::fs::write(&path, [0xff]).unwrap();
        assert_eq!(value.reload(), Reload::Kept);
        assert_eq!(value.reload(), Reload::Unchanged, "a fault is logged once");
        assert_eq!(*value.current(), "one");
        std::fs::write(&path, "two").unwrap();
        assert_eq!(value.reload(), Reload::Renewed);
        assert_eq!(*value.current(), "two");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(value.reload(), Reload::Kept);
        std::fs::write(&path, "two").unwrap();
        assert_eq!(value.reload(), Reload::Renewed);
    }
}
