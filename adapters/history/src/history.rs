//! Named series.

use colocate_forecast::Series;

use crate::key::Key;

/// The history of whatever a source knows; each key once, in order, all with one step.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// The series.
    pub series: Vec<NamedSeries>,
}

/// The history of one quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSeries {
    /// What it is the history of.
    pub key: Key,
    /// The service of the component, where the source says so: a component without history of its own begins with that of
    /// its siblings.
    pub service: Option<String>,
    /// The values; NaN where one is missing. The first and the last are numbers.
    pub series: Series,
}

impl History {
    /// The series of a key.
    #[must_use]
    pub fn get(&self, key: &Key) -> Option<&Series> {
        let position = self.series.binary_search_by(|named| named.key.cmp(key)).ok()?;
        Some(&self.series[position].series)
    }
}
