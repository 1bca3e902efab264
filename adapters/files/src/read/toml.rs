//! TOML, as the same values as JSON, with the line of every key.

use std::io::{self, Read};

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

use colocate_model::FaultCode;

use super::{Format, Reading, Source};
use crate::place::{Lines, Place, push_segment};

/// Reads the file into `reading`.
pub(super) fn read<F: Format>(source: &mut Source, reading: &mut Reading<'_, F>) -> io::Result<()> {
    let parsed = parse(source)?;
    reading.complete &= parsed.errors.is_empty();
    for (place, cause) in &parsed.errors {
        reading.fault(place.clone(), FaultCode::Syntax, cause.clone(), ACTION);
    }
    if parsed.errors.is_empty() {
        reading.header(parsed.fields, &Place::Toml(&parsed.lines));
    }
    reading.places.lines = Some(parsed.lines);
    Ok(())
}

/// What to do about a syntax error.
pub(super) const ACTION: &str = "make it valid TOML";

/// What a file says.
pub(super) struct Parsed {
    /// What could be read of it.
    pub(super) fields: Map<String, Value>,
    pub(super) lines: Lines,
    /// Syntax errors in order: place and cause.
    pub(super) errors: Vec<(String, String)>,
}

/// Parses the file.
pub(super) fn parse(source: &mut Source) -> io::Result<Parsed> {
    let mut text = String::new();
    source.read_to_string(&mut text)?;
    let (table, mut errors) = DeTable::parse_recoverable(&text);
    errors.sort_by_key(|error| error.span().map(|span| span.start));
    let described = errors.iter().map(|error| {
        let line = error.span().map_or(1, |span| line_of(&text, span.start));
        (format!("line {line}"), error.message().replace('\n', " "))
    });
    let errors = described.collect();
    let mut converter =
        Converter { text: &text, position: 0, line: 1, lines: Lines::default(), path: String::new() };
    let fields = converter.table(table.get_ref());
    Ok(Parsed { fields, lines: converter.lines, errors })
}

fn line_of(text: &str, position: usize) -> usize {
    1 + text.as_bytes().iter().take(position).filter(|&&byte| byte == b'\n').count()
}

struct Converter<'a> {
    text: &'a str,
    /// The last position whose line was asked for, and that line: keys mostly come in order.
    position: usize,
    line: usize,
    lines: Lines,
    path: String,
}

impl Converter<'_> {
    fn line(&mut self, position: usize) -> usize {
        let bytes = self.text.as_bytes();
        let newlines = |bytes: &[u8]| bytes.iter().filter(|&&byte| byte == b'\n').count();
        if position < self.position {
            (self.position, self.line) = (0, 1);
        }
        let position = position.min(bytes.len());
        self.line += newlines(&bytes[self.position..position]);
        self.position = position;
        self.line
    }

    fn table(&mut self, table: &DeTable<'_>) -> Map<String, Value> {
        let mut fields = Map::new();
        let length = self.path.len();
        for (key, value) in table {
            push_segment(&mut self.path, key.get_ref());
            let line = self.line(key.span().start);
            self.lines.insert(&self.path, line);
            fields.insert(key.get_ref().to_string(), self.value(value.get_ref()));
            self.path.truncate(length);
        }
        fields
    }

    fn value(&mut self, value: &DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::String(text.to_string()),
            DeValue::Integer(integer) => {
                let digits = integer.as_str().replace('_', "");
                let number = i64::from_str_radix(&digits, integer.radix());
                number.map_or_else(
                    |_| Value::String(integer.to_string()),
                    |number| Value::Number(number.into()),
                )
            }
            // What JSON cannot express stays text and is refused as such.
            DeValue::Float(float) => {
                let number = float.as_str().replace('_', "").parse().ok().and_then(Number::from_f64);
                number.map_or_else(|| Value::String(float.to_string()), Value::Number)
            }
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(time) => Value::String(time.to_string()),
            DeValue::Array(items) => {
                let length = self.path.len();
                let mut values = Vec::new();
                for (index, item) in items.iter().enumerate() {
                    push_segment(&mut self.path, &index.to_string());
                    let line = self.line(item.span().start);
                    self.lines.insert(&self.path, line);
                    values.push(self.value(item.get_ref()));
                    self.path.truncate(length);
                }
                Value::Array(values)
            }
            DeValue::Table(table) => Value::Object(self.table(table)),
        }
    }
}
