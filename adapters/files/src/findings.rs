//! What is wrong, and what looks odd.

use std::collections::BTreeMap;

use colocate_model::{Document, Fault, FaultCode, Faults};

/// Faults after which nothing more is read.
const MOST_FAULTS: usize = 1000;
/// Warnings that are listed of each code.
const LISTED: usize = 8;

/// What is wrong, and what looks odd.
#[derive(Debug)]
pub struct Findings {
    document: Document,
    faults: Faults,
    warnings: Faults,
    /// Per code, how many warnings there were.
    counts: BTreeMap<FaultCode, usize>,
}

impl Findings {
    /// Nothing so far.
    #[must_use]
    pub fn new(document: Document) -> Self {
        Self { document, faults: Faults::default(), warnings: Faults::default(), counts: BTreeMap::new() }
    }

    /// Notes what makes the input unusable.
    pub fn fault(
        &mut self,
        place: impl Into<String>,
        code: FaultCode,
        cause: impl Into<String>,
        action: impl Into<String>,
    ) {
        self.faults.add(self.document, place, code, cause, action);
    }

    /// Notes faults that were found elsewhere.
    pub fn extend(&mut self, faults: Faults) {
        self.faults.0.extend(faults.0);
    }

    /// Whether the input is unusable.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        !self.faults.0.is_empty()
    }

    /// Whether there are so many faults that more would help nobody.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.faults.0.len() >= MOST_FAULTS
    }

    /// Notes what looks odd.
    pub fn warn(
        &mut self,
        place: impl Into<String>,
        code: FaultCode,
        cause: impl Into<String>,
        action: impl Into<String>,
    ) {
        let count = self.counts.entry(code).or_default();
        *count += 1;
        if *count <= LISTED {
            self.warnings.add(self.document, place, code, cause, action);
        }
    }

    /// `value` and the warnings, where nothing is wrong.
    ///
    /// # Errors
    /// The faults noted so far, if any.
    pub fn finish<T>(mut self, value: T) -> Result<(T, Vec<Fault>), Faults> {
        for (code, count) in self.counts {
            if count > LISTED {
                let (cause, action) = (format!("{} more like these", count - LISTED), "see above");
                self.warnings.add(self.document, "elsewhere", code, cause, action);
            }
        }
        self.warnings.0.sort_by_key(|warning| warning.code);
        self.faults.into_result((value, self.warnings.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_listed_up_to_a_number_and_counted_beyond() {
        let mut findings = Findings::new(Document::History);
        for index in 0..20 {
            findings.warn(index.to_string(), FaultCode::Constant, "odd", "look");
        }
        findings.warn("x", FaultCode::Unordered, "odd", "look");
        let ((), warnings) = findings.finish(()).expect("nothing is wrong");
        assert_eq!(warnings.len(), LISTED + 2);
        assert_eq!(warnings[0].code, FaultCode::Unordered);
        assert_eq!(warnings[LISTED + 1].cause, "12 more like these");
    }
}
