//! CSV, gzipped or not.

use std::io::{self, BufRead, BufReader, Read};
use std::str::from_utf8;

use colocate_model::FaultCode;
use csv::{ByteRecord, ErrorKind, ReaderBuilder};
use flate2::bufread::MultiGzDecoder;

use crate::columns::{Cells, Number, Table};
use crate::gather::Gathered;
use crate::options::Options;
use crate::time;
use colocate_files::Findings;

const GZIP_MAGIC: &[u8] = &[0x1f, 0x8b];
const LINE: &str = "line";

/// Reads a file; `stem` is the component where the file names none.
pub(crate) fn read(
    file: impl Read,
    name: &str,
    stem: &str,
    options: &Options,
    gathered: &mut Gathered,
    findings: &mut Findings,
) {
    let reader = match unpacked(file) {
        Ok(reader) => reader,
        Err(error) => return unreadable(name, &error, findings),
    };
    let mut lines = ReaderBuilder::new().has_headers(false).flexible(true).from_reader(reader);
    let mut record = ByteRecord::new();
    let mut table = None;
    let mut width = 0;
    loop {
        match lines.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                let line = lines.position().line();
                return match error.into_kind() {
                    ErrorKind::Io(error) => unreadable(&format!("{name} {LINE} {line}"), &error, findings),
                    _ => syntax(name, line, "it is no CSV", findings),
                };
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        let Ok(cells) = record.iter().map(from_utf8).collect::<Result<Vec<&str>, _>>() else {
            syntax(name, line, "it is no UTF-8", findings);
            if table.is_none() || findings.is_full() {
                return;
            }
            continue;
        };
        let Some(table) = &mut table else {
            width = cells.len();
            table = match Table::new(&cells, (name, LINE), stem, options, findings) {
                Some(sound) => Some(sound),
                None => return,
            };
            continue;
        };
        if cells.len() != width {
            let cause = format!("{} cells under a header of {width}", cells.len());
            findings.fault(
                format!("{name} {LINE} {line}"),
                FaultCode::WrongLength,
                cause,
                "give one cell a column",
            );
            if findings.is_full() {
                return;
            }
            continue;
        }
        if !table.take(&Text(&cells), usize::try_from(line).unwrap_or(usize::MAX), gathered, findings) {
            return;
        }
    }
    if table.is_none() {
        findings.fault(name, FaultCode::Empty, "the file is empty", "write a header and values");
    }
}

/// `file`, or what it holds gzipped.
fn unpacked<'a>(file: impl Read + 'a) -> io::Result<Box<dyn Read + 'a>> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let is_packed = reader.fill_buf()?.starts_with(GZIP_MAGIC);
    Ok(if is_packed { Box::new(MultiGzDecoder::new(reader)) } else { Box::new(reader) })
}

fn syntax(name: &str, line: u64, cause: &str, findings: &mut Findings) {
    findings.fault(format!("{name} {LINE} {line}"), FaultCode::Syntax, cause, "write it as CSV in UTF-8");
}

/// Notes that a file cannot be read, or not to its end.
pub(crate) fn unreadable(place: &str, error: &io::Error, findings: &mut Findings) {
    let (code, action) = match error.kind() {
        io::ErrorKind::UnexpectedEof => (FaultCode::Truncated, "maybe it was cut off: write it again"),
        _ => (FaultCode::Unreadable, "check its name and whether you may read it"),
    };
    findings.fault(place, code, format!("cannot be read: {error}"), action);
}

struct Text<'a>(&'a [&'a str]);

impl Cells for Text<'_> {
    fn text(&self, column: usize) -> &str {
        self.0[column].trim()
    }

    fn time(&self, column: usize) -> Option<i64> {
        time::parse(self.text(column))
    }

    fn number(&self, column: usize) -> Number {
        let text = self.text(column);
        if ["", "nan", "null", "na"].iter().any(|missing| text.eq_ignore_ascii_case(missing)) {
            return Number::Missing;
        }
        text.parse().map_or(
            Number::None,
            |value: f64| {
                if value.is_nan() { Number::Missing } else { Number::Value(value) }
            },
        )
    }

    fn shown(&self, column: usize) -> String {
        self.text(column).chars().take(40).collect()
    }
}
