//! A draft as native files.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use colocate_model::Draft;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde::Serialize;

use super::latency::file::LatencyFile;
use super::{cluster, forecast, policy, traffic};
use crate::atomic::{WriteError, write_atomically};

/// Writes all that `draft` has into `folder`, which is made if need be: `cluster.json` and `policy.toml`, and where
/// there is something to write `latency.json`, `traffic.json` and `forecast.json`. Gives back the files.
///
/// # Errors
/// [`WriteError::Io`] when the system refuses; files written before stay.
pub fn write(draft: &Draft, folder: &Path) -> Result<Vec<PathBuf>, WriteError> {
    std::fs::create_dir_all(folder).map_err(|source| WriteError::Io { path: folder.to_owned(), source })?;
    let mut written = Vec::new();
    let mut file = |name: &str, content: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>| {
        let path = folder.join(name);
        write_atomically(&path, content)?;
        written.push(path);
        Ok(())
    };
    let (header, body) = cluster::from_draft(draft);
    file("cluster.json", &mut |w| json(w, &header, &body))?;
    if let Some(latency) = draft.latency.as_ref().map(LatencyFile::from) {
        file("latency.json", &mut |w| latency.write_to(w))?;
    }
    if !draft.edges.is_empty() {
        let (header, body) = traffic::from_draft(&draft.edges);
        file("traffic.json", &mut |w| json(w, &header, &body))?;
    }
    if let Some((header, body)) = draft.forecast.as_ref().map(forecast::from_draft) {
        file("forecast.json", &mut |w| json(w, &header, &body))?;
    }
    let header = policy::from_draft(&draft.policy);
    file("policy.toml", &mut |w| {
        w.write_all(toml::to_string_pretty(&header).map_err(io::Error::other)?.as_bytes())
    })?;
    Ok(written)
}

/// One object with the fields of both.
pub(super) fn json(writer: &mut dyn Write, header: &impl Serialize, body: &impl Serialize) -> io::Result<()> {
    #[derive(Serialize)]
    struct Whole<'a, H, B> {
        #[serde(flatten)]
        header: &'a H,
        #[serde(flatten)]
        body: &'a B,
    }
    serde_json::to_writer(&mut *writer, &Whole { header, body })?;
    writer.write_all(b"\n")
}

/// Writes a file, gzipped where the name ends in `.gz`.
pub(super) fn maybe_gzipped(
    path: &Path,
    content: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), WriteError> {
    let gzipped = path.extension().is_some_and(|extension| extension == "gz");
    write_atomically(path, |file| {
        if !gzipped {
            return content(file);
        }
        let mut packed = GzEncoder::new(file, Compression::default());
        content(&mut packed)?;
        packed.finish().map(drop)
    })
}
