//! Reads a file of any native format: a header and records, from JSON, JSON Lines, Parquet or TOML.
//!
//! Lists that may be long are never held as JSON: each element is checked, turned into its type and dropped.

mod json;
mod lines;
mod parquet;
pub(crate) mod settings;
mod toml;

use std::io;

use colocate_model::{Document, FaultCode, Faults};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::input::Input;
use crate::place::{Place, Places};
use crate::shape::{Shape, Validator};
use crate::source::{self, Source};

/// A native format.
pub(crate) trait Format {
    /// The fields beside the lists.
    type Header: DeserializeOwned + Default + JsonSchema;
    /// The lists.
    type Body: Default + JsonSchema;
    /// Which input it is.
    const DOCUMENT: Document;
    /// The fields of the body.
    const LISTS: &'static [List];

    /// The shapes of header and elements, worked out once.
    fn shapes() -> &'static Shapes;

    /// Appends an element. False when there is one of that key already.
    ///
    /// # Errors
    /// When `element` does not have the shape its schema promises.
    fn push(body: &mut Self::Body, list: &List, key: &str, element: Value) -> serde_json::Result<bool>;
}

/// What the parts of a file look like.
#[derive(Debug)]
pub(crate) struct Shapes {
    header: Shape,
    elements: Vec<Shape>,
    /// Per list, whether it has to be there.
    required: Vec<bool>,
}

impl Shapes {
    pub(crate) fn of<F: Format>() -> Self {
        let (mut header, body) = (Shape::of::<F::Header>(), Shape::of::<F::Body>());
        // Lists never reach the header; a slip in the name of one is told what was meant.
        F::LISTS.iter().for_each(|list| header.allow(list.field));
        Self {
            header,
            elements: F::LISTS.iter().map(|list| body.element(list.field)).collect(),
            required: F::LISTS.iter().map(|list| body.requires(list.field)).collect(),
        }
    }
}

/// A field whose elements are read one by one.
#[derive(Debug)]
pub(crate) struct List {
    /// The field.
    pub(crate) field: &'static str,
    /// What an element is called where every element is a record of its own.
    pub(crate) record: &'static str,
    /// Whether it is a map.
    pub(crate) is_map: bool,
}

impl List {
    pub(crate) const fn sequence(field: &'static str, record: &'static str) -> Self {
        Self { field, record, is_map: false }
    }

    pub(crate) const fn map(field: &'static str, record: &'static str) -> Self {
        Self { field, record, is_map: true }
    }
}

/// What could be read of a file.
pub(crate) struct Contents<F: Format> {
    pub(crate) header: F::Header,
    pub(crate) body: F::Body,
    pub(crate) places: Places,
    /// The lists that lack an element because it was faulty.
    pub(crate) holes: Vec<&'static str>,
    /// Whether the file was read to its end.
    pub(crate) complete: bool,
    pub(crate) hash: String,
}

/// Reads a file; whatever is wrong with it is noted. `None` when it cannot be read at all.
pub(crate) fn read<F: Format>(input: &Input, faults: &mut Faults) -> Option<Contents<F>> {
    let before = faults.0.len();
    let mut reading = Reading::<F>::new(faults);
    let result = match input.kind(F::DOCUMENT) {
        Ok(Kind::Parquet) => parquet::read(input, &mut reading),
        Ok(kind) => input.open().and_then(|mut source| {
            match kind {
                Kind::Toml => toml::read(&mut source, &mut reading)?,
                Kind::Lines => lines::read(&mut source, &mut reading)?,
                Kind::Json | Kind::Parquet => json::read(&mut source, &mut reading)?,
            }
            source.hash()
        }),
        Err(error) => Err(error),
    };
    let contents = match result {
        Ok(hash) => Some(reading.finish(hash)),
        Err(error) => {
            source::unreadable(input.name(), F::DOCUMENT, &error, reading.faults);
            None
        }
    };
    // Another kind of file: all else that seems wrong with it is not.
    let wrong_kind =
        |fault: &&colocate_model::Fault| fault.code == FaultCode::WrongKind && fault.place.ends_with("kind");
    if let Some(fault) = faults.0[before..].iter().find(wrong_kind).cloned() {
        faults.0.truncate(before);
        faults.0.push(fault);
        return None;
    }
    contents
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Json,
    Lines,
    Parquet,
    Toml,
}

/// A file that is being read.
struct Reading<'a, F: Format> {
    shapes: &'static Shapes,
    header: Option<F::Header>,
    body: F::Body,
    places: Places,
    holes: Vec<&'static str>,
    complete: bool,
    faults: &'a mut Faults,
}

impl<'a, F: Format> Reading<'a, F> {
    fn new(faults: &'a mut Faults) -> Self {
        Self {
            shapes: F::shapes(),
            header: None,
            body: F::Body::default(),
            places: Places::default(),
            holes: Vec::new(),
            complete: true,
            faults,
        }
    }

    /// Takes the fields beside the lists.
    fn header(&mut self, header: Map<String, Value>, place: &Place<'_>) {
        let (mut value, before) = (Value::Object(header), self.faults.0.len());
        Validator::new(F::DOCUMENT, place, self.faults).check(&self.shapes.header, &mut value);
        self.header =
            serde_json::from_value(value).map_err(|error| self.undecoded(&error, before, place)).ok();
        self.complete &= self.header.is_some();
    }

    /// Takes an element of a list; `number` is its position, line or row.
    fn element(&mut self, list: usize, key: &str, number: usize, mut value: Value, place: &Place<'_>) {
        let (description, before) = (&F::LISTS[list], self.faults.0.len());
        Validator::new(F::DOCUMENT, place, self.faults).check(&self.shapes.elements[list], &mut value);
        match F::push(&mut self.body, description, key, value) {
            Ok(true) => {
                let number = u32::try_from(number).unwrap_or(u32::MAX);
                let known =
                    self.places.lists.entry(description.field).or_insert((description.record, Vec::new()));
                known.1.push(number);
            }
            Ok(false) => {
                let (cause, action) = (format!("\"{key}\" is there already"), "keep one of the two");
                self.fault(place.at(""), FaultCode::Duplicate, cause, action);
            }
            Err(error) => {
                self.undecoded(&error, before, place);
                self.holes.push(description.field);
            }
        }
    }

    /// A value that was checked does not deserialise. As a rule the reason was noted, after the fault `before`.
    fn undecoded(&mut self, error: &serde_json::Error, before: usize, place: &Place<'_>) {
        if self.faults.0.len() == before {
            self.fault(place.at(""), FaultCode::WrongType, error.to_string(), "see the schema of the format");
        }
    }

    fn duplicate_fields(&mut self, place: &Place<'_>, paths: &mut Vec<String>) {
        for path in paths.drain(..) {
            let action = "keep one of the two";
            self.fault(
                place.at(&path),
                FaultCode::Duplicate,
                "the field is there already".to_owned(),
                action,
            );
        }
    }

    /// Notes a syntax error, after which the rest of the file is unknown.
    fn syntax(&mut self, error: &serde_json::Error, line: Option<(&str, usize)>) -> io::Result<()> {
        use serde_json::error::Category;
        self.complete = false;
        let text = error.to_string();
        let cause = text.split(" at line ").next().unwrap_or(&text).to_owned();
        let place = match line {
            Some((word, number)) => format!("{word} {number} column {}", error.column()),
            None => format!("line {} column {}", error.line(), error.column()),
        };
        let (code, action) = match error.classify() {
            Category::Io if error.io_error_kind() == Some(io::ErrorKind::UnexpectedEof) => {
                (FaultCode::Truncated, "maybe it was cut off: write it again")
            }
            Category::Io => {
                return Err(io::Error::new(error.io_error_kind().unwrap_or(io::ErrorKind::Other), text));
            }
            Category::Eof => (FaultCode::Truncated, "maybe it was cut off: write it again"),
            _ if cause == "trailing characters" => (FaultCode::TrailingData, "remove what follows the value"),
            Category::Syntax | Category::Data => (FaultCode::Syntax, "make it valid JSON"),
        };
        self.fault(place, code, cause, action);
        Ok(())
    }

    fn fault(&mut self, place: String, code: FaultCode, cause: String, action: &str) {
        self.faults.add(F::DOCUMENT, place, code, cause, action);
    }

    fn finish(self, hash: String) -> Contents<F> {
        Contents {
            header: self.header.unwrap_or_default(),
            body: self.body,
            places: self.places,
            holes: self.holes,
            complete: self.complete,
            hash,
        }
    }
}
