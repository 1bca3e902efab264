//! Files that are either whole or not there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};

/// A file that could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The system refused.
    #[error("cannot write {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The format has no way to say that a component has no host.
    #[error("component {component} has no host, which the format cannot express")]
    Unplaced {
        /// The component.
        component: String,
    },
}

/// Writes a file beside `path` and renames it, so that nobody ever sees half of it. What is not a regular file
/// (a terminal, a pipe) is written straight away; a symbolic link is followed.
///
/// # Errors
/// [`WriteError::Io`] when the system refuses or `content` fails; nothing is left behind then.
pub fn write_atomically(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    write(path, content).map_err(|source| WriteError::Io { path: path.to_owned(), source })
}

fn write(path: &Path, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let target = match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => fs::canonicalize(path)?,
        Ok(metadata) if !metadata.is_dir() => {
            return fill(OpenOptions::new().write(true).open(path)?, content).map(drop);
        }
        _ => path.to_owned(),
    };
    let beside = name_beside(&target)?;
    let file = OpenOptions::new().write(true).create_new(true).open(&beside)?;
    let done =
        fill(file, content).and_then(|file| file.sync_all()).and_then(|()| fs::rename(&beside, &target));
    if done.is_err() {
        // The first failure is the one to report; the leftover may be gone already.
        let _ = fs::remove_file(&beside);
    }
    done
}

fn fill(file: File, content: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<File> {
    let mut writer = BufWriter::new(file);
    content(&mut writer)?;
    writer.into_inner().map_err(io::IntoInnerError::into_error)
}

/// A name in the same folder that no other writer uses.
fn name_beside(path: &Path) -> io::Result<PathBuf> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not the name of a file"))?;
    let mut beside = std::ffi::OsString::from(".");
    beside.push(name);
    beside.push(format!(".{}-{}.part", process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
    Ok(path.with_file_name(beside))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<std::ffi::OsString> {
        fs::read_dir(folder)
            .expect("the folder is there")
            .map(|entry| entry.expect("it is listed").file_name())
            .collect()
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plan.json");
        write_atomically(&path, |w| w.write_all(b"old")).expect("it is written");

        let failed = write_atomically(&path, |w| {
            w.write_all(b"half")?;
            Err(io::Error::other("disk full"))
        });

        assert!(failed.is_err());
        assert_eq!(fs::read(&path).expect("it is there"), b"old");
        assert_eq!(names(folder.path()), ["plan.json"]);
    }

    #[test]
    fn a_name_without_folder_is_fine() {
        assert_eq!(name_beside(Path::new("a.json")).expect("a name").parent(), Some(Path::new("")));
        assert!(name_beside(Path::new("/")).is_err());
    }
}
