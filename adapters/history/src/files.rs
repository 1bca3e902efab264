//! Files, and folders of them.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};

use bytes::Bytes;
use colocate_model::FaultCode;

use crate::gather::Gathered;
use crate::options::Options;
use crate::{csv, parquet};
use colocate_files::Findings;

/// What files in a folder are read.
const ENDINGS: [&str; 3] = [".csv", ".csv.gz", ".parquet"];

/// Reads a file, or every file of a folder by name; what is Parquet or gzipped is recognised by its first bytes.
pub(crate) fn read(path: &Path, options: &Options, gathered: &mut Gathered, findings: &mut Findings) {
    match listed(path) {
        Ok(paths) if paths.is_empty() => {
            let action = "put files there whose names end in .csv, .csv.gz or .parquet";
            findings.fault(path.display().to_string(), FaultCode::Empty, "the folder has no history", action);
        }
        Ok(paths) => {
            for path in paths {
                if let Err(error) = read_file(&path, options, gathered, findings) {
                    csv::unreadable(&path.display().to_string(), &error, findings);
                }
                if findings.is_full() {
                    return;
                }
            }
        }
        Err(error) => csv::unreadable(&path.display().to_string(), &error, findings),
    }
}

/// The files that `path` stands for.
fn listed(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !path.metadata()?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut paths = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        if ENDINGS.iter().any(|ending| name.ends_with(ending)) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// Reads a file in memory.
pub(crate) fn read_bytes(
    name: &str,
    bytes: Bytes,
    options: &Options,
    gathered: &mut Gathered,
    findings: &mut Findings,
) {
    if bytes.starts_with(parquet::MAGIC) {
        parquet::read(bytes, name, stem(name), options, gathered, findings);
    } else {
        csv::read(&*bytes, name, stem(name), options, gathered, findings);
    }
}

/// The component of a file that names none: `web` of `web.csv.gz`.
fn stem(name: &str) -> &str {
    let dotted = name.strip_suffix(".gz").unwrap_or(name);
    dotted.rsplit_once('.').map_or(dotted, |(stem, _)| stem)
}

fn read_file(
    path: &Path,
    options: &Options,
    gathered: &mut Gathered,
    findings: &mut Findings,
) -> io::Result<()> {
    let mut file = File::open(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let stem = stem(&name);
    // A pipe can be read only once, so only regular files are looked into.
    if path.metadata()?.is_file() {
        let mut start = Vec::new();
        (&file).take(parquet::MAGIC.len() as u64).read_to_end(&mut start)?;
        file.rewind()?;
        if start == parquet::MAGIC {
            parquet::read(file, &name, stem, options, gathered, findings);
            return Ok(());
        }
    }
    csv::read(file, &name, stem, options, gathered, findings);
    Ok(())
}
