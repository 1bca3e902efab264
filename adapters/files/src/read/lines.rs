//! JSON Lines: the header, then one record a line, each an object whose key names the list it belongs to.

use std::io::{self, BufRead};

use serde::de::DeserializeSeed;
use serde_json::{Map, Value};

use colocate_model::FaultCode;

use super::json::ValueSeed;
use super::{Format, Reading, Source};
use crate::place::Place;
use crate::suggest::closest;

const LINE: &str = "line";

/// Reads the file into `reading`.
pub(super) fn read<F: Format>(source: &mut Source, reading: &mut Reading<'_, F>) -> io::Result<()> {
    let mut records = Records::new(LINE);
    let (mut line, mut number) = (Vec::new(), 0);
    loop {
        line.clear();
        number += 1;
        match source.read_until(b'\n', &mut line) {
            Ok(0) => break,
            Ok(_) if line.iter().all(u8::is_ascii_whitespace) => {}
            Ok(_) => match value(line.trim_ascii_end(), reading, number) {
                Ok(value) => records.take(value, number, reading),
                Err(error) => reading.syntax(&error, Some((LINE, number)))?,
            },
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                reading.syntax(&serde_json::Error::io(error), Some((LINE, number)))?;
                break;
            }
            Err(error) => return Err(error),
        }
    }
    records.finish(reading);
    Ok(())
}

fn value<F: Format>(line: &[u8], reading: &mut Reading<'_, F>, number: usize) -> serde_json::Result<Value> {
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    let (mut path, mut duplicates) = (String::new(), Vec::new());
    let value = ValueSeed { path: &mut path, duplicates: &mut duplicates }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    reading.duplicate_fields(&Place::Line(LINE, number, ""), &mut duplicates);
    Ok(value)
}

/// Sorts records into header and lists.
pub(super) struct Records {
    word: &'static str,
    has_header: bool,
}

impl Records {
    /// For a file whose records are called `word`.
    pub(super) fn new(word: &'static str) -> Self {
        Self { word, has_header: false }
    }

    /// Takes the record `number`.
    pub(super) fn take<F: Format>(&mut self, value: Value, number: usize, reading: &mut Reading<'_, F>) {
        reading.places.word = Some(self.word);
        let whole = Place::Line(self.word, number, "");
        let Value::Object(fields) = value else {
            let cause = "the record is not an object".to_owned();
            reading.fault(whole.at(""), FaultCode::WrongType, cause, "write an object");
            return;
        };
        if !self.has_header {
            self.has_header = true;
            if fields.contains_key("version") || fields.contains_key("kind") {
                return Self::header(fields, &whole, reading);
            }
            // Without a header what it lacks is a fault, and the record still is one.
            reading.header(Map::new(), &whole);
        }
        for (record, value) in fields {
            match F::LISTS.iter().position(|list| list.record == record) {
                Some(list) => self.record(list, number, value, reading),
                None => {
                    let records = || F::LISTS.iter().map(|list| list.record);
                    let action = closest(&record, records()).map_or_else(
                        || format!("use one of {}", records().collect::<Vec<_>>().join(", ")),
                        |record| format!("maybe you meant `{record}`"),
                    );
                    let place = Place::Line(self.word, number, &record).at("");
                    reading.fault(
                        place,
                        FaultCode::UnknownField,
                        format!("there is no record `{record}`"),
                        &action,
                    );
                }
            }
        }
    }

    fn header<F: Format>(mut fields: Map<String, Value>, place: &Place<'_>, reading: &mut Reading<'_, F>) {
        for list in F::LISTS.iter().filter(|list| fields.remove(list.field).is_some()) {
            let cause = format!("`{}` in the header", list.field);
            let action = format!("make every element a record {{\"{}\": ...}}", list.record);
            reading.fault(place.at(&format!("/{}", list.field)), FaultCode::UnknownField, cause, &action);
        }
        reading.header(fields, place);
    }

    fn record<F: Format>(&self, list: usize, number: usize, value: Value, reading: &mut Reading<'_, F>) {
        let description = &F::LISTS[list];
        let place = Place::Line(self.word, number, description.record);
        match value {
            Value::Object(entries) if description.is_map => {
                for (key, value) in entries {
                    let record = format!("{}/{key}", description.record);
                    reading.element(list, &key, number, value, &Place::Line(self.word, number, &record));
                }
            }
            _ if description.is_map => {
                let cause = "the record is not an object".to_owned();
                reading.fault(place.at(""), FaultCode::WrongType, cause, "write an object of one entry");
            }
            value => reading.element(list, "", number, value, &place),
        }
    }

    /// Notes that the header is missing from a file without records.
    pub(super) fn finish<F: Format>(&self, reading: &mut Reading<'_, F>) {
        if !self.has_header && reading.complete {
            reading.header(Map::new(), &Place::Line(self.word, 1, ""));
        }
    }
}
