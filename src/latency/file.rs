//! Matrices that somebody else writes into a file.

use std::path::PathBuf;

use colocate_files::LatencyFile;
use jiff::Timestamp;

use super::source::{LatencySource, Measured};
use crate::exit::Failure;

/// A latency.json that is read again and again.
pub(crate) struct FileSource {
    path: PathBuf,
    last: Option<LatencyFile>,
}

impl FileSource {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, last: None }
    }
}

impl LatencySource for FileSource {
    fn newest(&mut self, now: Timestamp) -> Result<Option<Measured>, Failure> {
        let file = LatencyFile::read(&self.path.as_path().into())?;
        // Times of files have no say: what is written twice within one tick of a clock is read twice.
        if self.last.as_ref() == Some(&file) {
            return Ok(None);
        }
        self.last = Some(file.clone());
        let at = file.measured_at.unwrap_or(now);
        Ok(Some(Measured { file, at }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_given_when_it_changes_and_again_after_a_fault() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("latency.json");
        let mut source = FileSource::new(path.clone());
        let write = |us: u32| {
            let text = format!(
                r#"{{"version": "colocate/v1", "kind": "latency", "level": "rack", "lms_measurements": {{"a": {{"a": {us}}}}}}}"#
            );
            std::fs::write(&path, text).expect("it is written");
        };
        let mut newest = || source.newest(Timestamp::UNIX_EPOCH);
        assert!(newest().is_err());
        write(5);
        let given = newest().expect("it is sound").expect("it is new");
        assert_eq!((given.file.paths["a"]["a"].p50_us[0], given.at), (5.0, Timestamp::UNIX_EPOCH));
        assert_eq!(newest().expect("it is sound"), None);
        std::fs::write(&path, "{").expect("it is written");
        assert!(newest().is_err());
        write(6);
        assert!(newest().expect("it is sound").is_some());
    }
}
