//! Integers between white space, each with its line.

use std::ops::RangeInclusive;

use colocate_model::{Document, FaultCode, Faults};

/// Reads integers one by one and notes what is wrong with them.
pub(super) struct Tokens<'a> {
    bytes: &'a [u8],
    position: usize,
    line: usize,
    document: Document,
    faults: &'a mut Faults,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(bytes: &'a [u8], document: Document, faults: &'a mut Faults) -> Self {
        Self { bytes, position: 0, line: 1, document, faults }
    }

    /// The next integer, `what`, which has to lie in `range`. A bad one is noted and read as the start of the range;
    /// `None` at the end of the file.
    pub(super) fn integer(&mut self, what: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let Some(token) = self.next() else {
            let place = format!("line {}", self.line);
            let cause = format!("the file ends where {what} should be");
            self.fault(place, FaultCode::Truncated, cause, "maybe it was cut off: fetch it again");
            return None;
        };
        let place = format!("line {}", self.line);
        let text = String::from_utf8_lossy(token);
        match text.parse::<i64>() {
            Ok(value) if range.contains(&value) => return Some(value),
            Ok(value) => {
                let cause = format!("{what} is {value}");
                let action = match (*range.start(), *range.end()) {
                    (start, end) if end < start => "there is none it could refer to".to_owned(),
                    (start, i64::MAX) => format!("it has to be at least {start}"),
                    (start, end) => format!("it has to lie between {start} and {end}"),
                };
                self.fault(place, FaultCode::OutOfRange, cause, action);
            }
            Err(_) => {
                let shown: String = text.chars().take(40).collect();
                let cause = format!("{what} is \"{shown}\"");
                self.fault(place, FaultCode::Syntax, cause, "it has to be an integer of at most 64 bits");
            }
        }
        Some((*range.start()).max(0))
    }

    /// The next integer, on which the rest of the file depends; `None` if it is bad.
    pub(super) fn count(&mut self, what: &str) -> Option<usize> {
        let before = self.faults.0.len();
        let count = self.integer(what, 0..=i64::from(u32::MAX))?;
        (self.faults.0.len() == before).then_some(count as usize)
    }

    /// Notes whatever is left.
    pub(super) fn finish(&mut self) {
        if self.next().is_some() {
            let (place, cause) = (format!("line {}", self.line), "the file goes on after its end".to_owned());
            self.fault(place, FaultCode::TrailingData, cause, "maybe a count before it is too small");
        }
    }

    fn next(&mut self) -> Option<&'a [u8]> {
        while let Some(&byte) = self.bytes.get(self.position).filter(|byte| byte.is_ascii_whitespace()) {
            self.line += usize::from(byte == b'\n');
            self.position += 1;
        }
        let rest = &self.bytes[self.position..];
        let length = rest.iter().position(u8::is_ascii_whitespace).unwrap_or(rest.len());
        self.position += length;
        (length > 0).then(|| &rest[..length])
    }

    fn fault(&mut self, place: String, code: FaultCode, cause: String, action: impl Into<String>) {
        self.faults.add(self.document, place, code, cause, action);
    }
}
