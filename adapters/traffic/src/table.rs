//! Edges in CSV: `from,to,calls_per_s,bytes_per_s,p50_us,p95_us`.

use std::collections::BTreeMap;

use colocate_files::{Findings, closest};
use colocate_model::FaultCode;
use csv::{ErrorKind, ReaderBuilder, StringRecord};

use crate::edge::{EdgeSource, Observed};

const COLUMNS: [&str; 7] = ["from", "to", "calls_per_s", "bytes_per_s", "errors_per_s", "p50_us", "p95_us"];

/// The edges of a table, all of whose faults are noted. `from` and `to` are needed; an empty cell is unknown.
pub fn read_table(name: &str, bytes: &[u8], findings: &mut Findings) -> Vec<Observed> {
    let mut lines = ReaderBuilder::new().has_headers(true).flexible(true).from_reader(bytes);
    let columns = match lines.headers() {
        Ok(header) => header.iter().map(|column| column.trim().to_owned()).collect::<Vec<String>>(),
        Err(error) => {
            unreadable(name, &error, findings);
            return Vec::new();
        }
    };
    if !check(&columns, name, findings) {
        return Vec::new();
    }
    let (mut edges, mut lines_of_edges) = (Vec::new(), BTreeMap::new());
    let mut record = StringRecord::new();
    loop {
        match lines.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                unreadable(name, &error, findings);
                if !matches!(error.kind(), ErrorKind::Utf8 { .. }) || findings.is_full() {
                    break;
                }
                continue;
            }
        }
        let line = record.position().map_or(0, csv::Position::line);
        let place = format!("{name} line {line}");
        let Some(edge) = read(&record, &columns, &place, findings) else { continue };
        let ends = (edge.from.clone(), edge.to.clone());
        if let Some(first) = lines_of_edges.insert(ends, line) {
            let cause = format!("the edge from `{}` to `{}` is on line {first} already", edge.from, edge.to);
            findings.fault(place, FaultCode::Duplicate, cause, "add them up");
        }
        edges.push(edge);
        if findings.is_full() {
            break;
        }
    }
    edges
}

fn unreadable(name: &str, error: &csv::Error, findings: &mut Findings) {
    let line = error.position().map_or(0, csv::Position::line);
    let place = format!("{name} line {line}");
    findings.fault(place, FaultCode::Syntax, error.to_string(), "write it as CSV in UTF-8");
}

/// Whether the columns make a table.
fn check(columns: &[String], name: &str, findings: &mut Findings) -> bool {
    let place = format!("{name} header");
    let mut sound = true;
    for needed in &COLUMNS[..2] {
        if !columns.iter().any(|column| column == needed) {
            let cause = format!("there is no column `{needed}`");
            findings.fault(&*place, FaultCode::MissingField, cause, "write from,to,calls_per_s,bytes_per_s");
            sound = false;
        }
    }
    for (index, column) in columns.iter().enumerate() {
        if columns[..index].contains(column) {
            findings.fault(&*place, FaultCode::Duplicate, format!("a second column `{column}`"), "keep one");
            sound = false;
        } else if !COLUMNS.contains(&column.as_str()) {
            let action = closest(column, COLUMNS.into_iter()).map_or_else(
                || format!("use some of {}", COLUMNS.join(", ")),
                |meant| format!("maybe you meant `{meant}`"),
            );
            findings.fault(
                &*place,
                FaultCode::UnknownField,
                format!("there is no column `{column}`"),
                action,
            );
            sound = false;
        }
    }
    sound
}

fn read(record: &StringRecord, columns: &[String], place: &str, findings: &mut Findings) -> Option<Observed> {
    if record.len() != columns.len() {
        let cause = format!("{} cells under a header of {}", record.len(), columns.len());
        findings.fault(place, FaultCode::WrongLength, cause, "give one cell a column");
        return None;
    }
    let cell = |name: &str| {
        let column = columns.iter().position(|column| column == name)?;
        record.get(column).map(str::trim).filter(|cell| !cell.is_empty())
    };
    let mut sound = true;
    for end in &COLUMNS[..2] {
        if cell(end).is_none() {
            findings.fault(
                format!("{place} {end}"),
                FaultCode::Missing,
                "it is empty",
                "name a service or component",
            );
            sound = false;
        }
    }
    let mut number = |name: &str| {
        let text = cell(name)?;
        let place = format!("{place} {name}");
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number >= 0.0 => return Some(number),
            Ok(number) => {
                let cause = format!("{number} is out of range");
                findings.fault(place, FaultCode::OutOfRange, cause, "write a number from 0 on");
            }
            Err(_) => {
                let shown: String = text.chars().take(40).collect();
                findings.fault(
                    place,
                    FaultCode::WrongType,
                    format!("`{shown}` is no number"),
                    "write a number",
                );
            }
        }
        sound = false;
        None
    };
    let edge = Observed {
        calls_per_s: number("calls_per_s"),
        bytes_per_s: number("bytes_per_s"),
        errors_per_s: number("errors_per_s"),
        p50_us: number("p50_us"),
        p95_us: number("p95_us"),
        ..Observed::new(cell("from").unwrap_or_default(), cell("to").unwrap_or_default(), EdgeSource::Csv)
    };
    sound.then_some(edge)
}

#[cfg(test)]
mod tests {
    use colocate_model::Document;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Result<Vec<Observed>, Vec<String>> {
        let mut findings = Findings::new(Document::Traffic);
        let edges = read_table("t.csv", text, &mut findings);
        let found = findings.finish(edges).map(|(edges, _)| edges);
        found.map_err(|faults| {
            faults.0.iter().map(|fault| format!("{} {}", fault.code, fault.place)).collect()
        })
    }

    #[test]
    fn a_table_is_read() {
        let edges =
            read(b"from, to,bytes_per_s,calls_per_s\nweb,cart,,2.5\nweb,db,7,\n").expect("it is sound");
        assert_eq!((edges[0].calls_per_s, edges[0].bytes_per_s), (Some(2.5), None));
        assert_eq!((edges[1].to.as_str(), edges[1].bytes_per_s), ("db", Some(7.0)));
    }

    #[test]
    fn all_faults_come_at_once() {
        let text = b"from,to,calls_per_s\nweb,cart,x\nweb,,-1\nweb\nweb,db,1\nweb,db,2\n\xff,db,1\n";
        assert_eq!(
            read(text),
            Err([
                "E1104 t.csv line 2 calls_per_s",
                "E1303 t.csv line 3 to",
                "E1301 t.csv line 3 calls_per_s",
                "E1302 t.csv line 4",
                "E1201 t.csv line 6",
                "E1102 t.csv line 7",
            ]
            .map(str::to_owned)
            .to_vec())
        );
        let header = read(b"form,to,calls\n");
        assert_eq!(
            header,
            Err(["E1105 t.csv header", "E1103 t.csv header", "E1103 t.csv header"]
                .map(str::to_owned)
                .to_vec())
        );
        assert_eq!(read(b"").map_err(|faults| faults.len()), Err(2));
    }

    proptest! {
        #[test]
        fn nothing_panics(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
            let _ = read(&[b"from,to,calls_per_s\n", &bytes[..]].concat());
        }
    }
}
