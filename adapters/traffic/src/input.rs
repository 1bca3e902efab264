//! Files as bytes.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::path::Path;

use colocate_files::Findings;
use colocate_model::FaultCode;
use flate2::read::MultiGzDecoder;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];

/// What a file holds, unpacked where it is gzipped; none, with a fault, where it cannot be read or is longer than `limit`
/// bytes.
pub fn read_file(path: &Path, limit: u64, findings: &mut Findings) -> Option<Vec<u8>> {
    let place = path.display().to_string();
    match unpacked(path, limit) {
        Ok(bytes) if bytes.len() as u64 <= limit => return Some(bytes),
        Ok(_) => {
            let cause = format!("it is longer than {limit} bytes");
            findings.fault(place, FaultCode::TooMany, cause, "give it in parts, or fewer traces");
        }
        Err(error) => {
            let (code, action) = match error.kind() {
                ErrorKind::UnexpectedEof => (FaultCode::Truncated, "maybe it was cut off: write it again"),
                _ => (FaultCode::Unreadable, "check its name and whether you may read it"),
            };
            findings.fault(place, code, format!("cannot be read: {error}"), action);
        }
    }
    None
}

/// At most a byte more than `limit`.
fn unpacked(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let (mut bytes, most) = (Vec::new(), limit.saturating_add(1));
    File::open(path)?.take(most).read_to_end(&mut bytes)?;
    if !bytes.starts_with(GZIP_MAGIC) {
        return Ok(bytes);
    }
    let mut plain = Vec::new();
    MultiGzDecoder::new(&bytes[..]).take(most).read_to_end(&mut plain)?;
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use colocate_model::Document;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    #[test]
    fn packed_or_not_a_file_is_read_up_to_a_length() {
        let folder = tempfile::tempdir().expect("there is room");
        let (plain, packed) = (folder.path().join("plain"), folder.path().join("packed"));
        std::fs::write(&plain, vec![b' '; 5000]).expect("there is room");
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&vec![b' '; 5000]).expect("memory");
        let bytes = encoder.finish().expect("memory");
        std::fs::write(&packed, &bytes).expect("there is room");
        let read = |path: &Path, limit| {
            let mut findings = Findings::new(Document::Traffic);
            let bytes = read_file(path, limit, &mut findings);
            findings
                .finish(bytes)
                .map(|(bytes, _)| bytes.map(|bytes| bytes.len()))
                .map_err(|faults| faults.0[0].code)
        };
        for path in [&plain, &packed] {
            assert_eq!(read(path, 5000), Ok(Some(5000)));
            assert_eq!(read(path, 4999), Err(FaultCode::TooMany));
        }
        std::fs::write(&packed, &bytes[..bytes.len() / 2]).expect("there is room");
        assert_eq!(read(&packed, 5000), Err(FaultCode::Truncated));
        assert_eq!(read(&folder.path().join("none"), 5000), Err(FaultCode::Unreadable));
    }
}
