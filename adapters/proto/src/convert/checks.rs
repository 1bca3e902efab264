//! What every field is held against; a faulty value is noted and replaced by one that does no harm.

use std::collections::BTreeMap;
use std::fmt::{self, Display};

use colocate_model::{Document, FaultCode, Faults};
use jiff::Timestamp;

use super::{time, words};

/// The faults of one document. Places are only put together where something is wrong.
#[derive(Debug)]
pub(super) struct Checks<'f> {
    pub(super) document: Document,
    pub(super) faults: &'f mut Faults,
}

/// A segment of a JSON pointer.
#[derive(Debug)]
pub(super) struct Segment<'s>(pub(super) &'s str);

impl Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.contains(['~', '/']) {
            return f.write_str(&self.0.replace('~', "~0").replace('/', "~1"));
        }
        f.write_str(self.0)
    }
}

impl<'f> Checks<'f> {
    pub(super) fn new(document: Document, faults: &'f mut Faults) -> Self {
        Self { document, faults }
    }

    pub(super) fn add(
        &mut self,
        place: impl Display,
        code: FaultCode,
        cause: impl Into<String>,
        action: &str,
    ) {
        self.faults.add(self.document, place.to_string(), code, cause, action);
    }

    pub(super) fn missing(&mut self, place: impl Display, field: &str) {
        let (cause, action) = (format!("`{field}` is missing"), format!("add the field `{field}`"));
        self.add(place, FaultCode::MissingField, cause, &action);
    }

    fn out_of_range(&mut self, place: impl Display, value: impl Display, action: &str) {
        self.add(place, FaultCode::OutOfRange, format!("{value} is out of range"), action);
    }

    /// A name that has to be there: on the wire an empty one is the same as none.
    pub(super) fn required(&mut self, name: String, place: impl Display) -> String {
        if name.is_empty() {
            let place = place.to_string();
            let field = place.rsplit(['/', '.']).next().unwrap_or(&place).to_owned();
            self.missing(place, &field);
        }
        name
    }

    /// An amount, which is not negative.
    pub(super) fn amount(&mut self, amount: i64, place: impl Display) -> i64 {
        if amount < 0 {
            self.out_of_range(place, amount, "write 0 or more");
            return 0;
        }
        amount
    }

    /// Amounts per name; `place` is that of the map.
    pub(super) fn amounts(
        &mut self,
        mut amounts: BTreeMap<String, i64>,
        place: impl Display,
    ) -> BTreeMap<String, i64> {
        for (name, amount) in &mut amounts {
            *amount = self.amount(*amount, format_args!("{place}/{}", Segment(name)));
        }
        amounts
    }

    /// A number of any sign.
    pub(super) fn finite(&mut self, value: f64, place: impl Display) -> f64 {
        if value.is_finite() {
            return value;
        }
        self.out_of_range(place, value, "write a number");
        0.0
    }

    /// A number that is not negative.
    pub(super) fn positive(&mut self, value: f64, place: impl Display) -> f64 {
        if value.is_finite() && value >= 0.0 {
            return value;
        }
        self.out_of_range(place, value, "write 0 or more");
        0.0
    }

    /// Numbers of any sign; the first that is none is noted.
    pub(super) fn list(&mut self, values: Vec<f64>, place: impl Display) -> Vec<f64> {
        match values.iter().position(|value| !value.is_finite()) {
            None => values,
            Some(index) => {
                self.finite(values[index], format_args!("{place}/{index}"));
                values.into_iter().map(|value| if value.is_finite() { value } else { 0.0 }).collect()
            }
        }
    }

    /// Numbers per name; `place` is that of the map, `separator` what its names come after.
    pub(super) fn numbers(
        &mut self,
        mut numbers: BTreeMap<String, f64>,
        separator: &str,
        place: impl Display,
    ) -> BTreeMap<String, f64> {
        for (name, number) in &mut numbers {
            *number = self.finite(*number, format_args!("{place}{separator}{}", Segment(name)));
        }
        numbers
    }

    /// Ports, which have 16 bits; others are left out.
    pub(super) fn ports(&mut self, ports: Vec<u32>, place: impl Display) -> Vec<u16> {
        let mut sound = Vec::with_capacity(ports.len());
        for (index, port) in ports.into_iter().enumerate() {
            match u16::try_from(port) {
                Ok(port) => sound.push(port),
                Err(_) => self.out_of_range(format_args!("{place}/{index}"), port, "write 0 to 65535"),
            }
        }
        sound
    }

    /// The word of a number; `None` where it is unspecified, or none.
    pub(super) fn word<W: words::Word>(&mut self, number: i32, place: impl Display) -> Option<W> {
        words::word(number, self.document, place, self.faults)
    }

    /// A point in time.
    pub(super) fn time(
        &mut self,
        time: Option<prost_types::Timestamp>,
        place: impl Display,
    ) -> Option<Timestamp> {
        let time = time?;
        let found = time::from_wire(&time);
        if found.is_none() {
            let shown = format!("{} s and {} ns", time.seconds, time.nanos);
            self.out_of_range(place, shown, "write a time of the years 1 to 9999, with 0 to 999999999 ns");
        }
        found
    }
}
