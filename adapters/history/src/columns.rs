//! The columns of a table, and its rows as samples: the same for CSV and Parquet.

use std::collections::BTreeMap;
use std::fmt;

use colocate_files::closest;
use colocate_model::FaultCode;

use crate::Sample;
use crate::gather::Gathered;
use crate::key::Named;
use crate::options::{Kind, Options};
use colocate_files::Findings;

/// A table that is being read.
pub(crate) struct Table<'a> {
    /// The name of its file.
    pub(crate) name: &'a str,
    /// What a row is called in messages.
    pub(crate) row: &'static str,
    /// The component of a table that names none.
    stem: &'a str,
    options: &'a Options,
    columns: Columns,
    /// Slots by names, so that a row needs none of its own.
    slots: BTreeMap<String, usize>,
}

/// Where the columns stand.
#[derive(Debug, Default)]
struct Columns {
    roles: [Option<usize>; ROLES.len()],
    /// Columns of values: of the metric that the row names, or of that which the header names.
    values: Vec<(usize, Option<String>)>,
}

/// Names of columns, synonyms in one entry.
const ROLES: [&[&str]; 8] = [
    &["time", "timestamp"],
    &["value"],
    &["component", "component_id"],
    &["from"],
    &["to"],
    &["service"],
    &["metric", "resource"],
    &["kind"],
];
const TIME: usize = 0;
const VALUE: usize = 1;
const COMPONENT: usize = 2;
const FROM: usize = 3;
const TO: usize = 4;
const SERVICE: usize = 5;
const METRIC: usize = 6;
const KIND: usize = 7;

/// What a cell holds where a number is wanted.
pub(crate) enum Number {
    Missing,
    Value(f64),
    None,
}

/// The cells of a row.
pub(crate) trait Cells {
    /// The text of a column, without white space around it; empty where there is none.
    fn text(&self, column: usize) -> &str;
    /// Unix ms.
    fn time(&self, column: usize) -> Option<i64>;
    fn number(&self, column: usize) -> Number;
    /// As it is shown in messages.
    fn shown(&self, column: usize) -> String;
}

/// A place in a table.
struct At<'a>(&'a str, &'static str, usize);

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.0, self.1, self.2)
    }
}

impl<'a> Table<'a> {
    /// A table with these columns; `None`, with faults, where they make none.
    pub(crate) fn new(
        header: &[&str],
        (name, row): (&'a str, &'static str),
        stem: &'a str,
        options: &'a Options,
        findings: &mut Findings,
    ) -> Option<Self> {
        let place = format!("{name} header");
        let columns = Columns::find(header, &place, findings)?;
        Some(Self { name, row, stem, options, columns, slots: BTreeMap::new() })
    }

    /// Takes a row. False where nothing more is to be read.
    pub(crate) fn take(
        &mut self,
        cells: &impl Cells,
        number: usize,
        gathered: &mut Gathered,
        findings: &mut Findings,
    ) -> bool {
        let at = At(self.name, self.row, number);
        let roles = self.columns.roles;
        let text = |role: usize| roles[role].map_or("", |column| cells.text(column));
        let time_ms = roles[TIME].and_then(|column| cells.time(column));
        if time_ms.is_none() {
            let shown = roles[TIME].map(|column| cells.shown(column)).unwrap_or_default();
            let action = "write it as 2026-03-01T12:00:00Z, with its zone, or in seconds since 1970";
            findings.fault(
                format!("{at} time"),
                FaultCode::WrongType,
                format!("`{shown}` is no time"),
                action,
            );
        }
        for (column, metric) in &self.columns.values {
            let what = metric.as_deref().unwrap_or("value");
            let value = match cells.number(*column) {
                Number::Missing => continue,
                Number::Value(value) if value.is_finite() && value >= 0.0 => value,
                Number::Value(value) => {
                    let cause = format!("{value} is out of range");
                    let action = "write a number from 0 on, or nothing where it is unknown";
                    findings.fault(format!("{at} {what}"), FaultCode::OutOfRange, cause, action);
                    continue;
                }
                Number::None => {
                    let cause = format!("`{}` is no number", cells.shown(*column));
                    findings.fault(format!("{at} {what}"), FaultCode::WrongType, cause, "write a number");
                    continue;
                }
            };
            let metric = match (metric, text(METRIC)) {
                (Some(metric), _) => metric,
                (None, "") if roles[METRIC].is_none() => self.options.metric.as_str(),
                (None, metric) => metric,
            };
            let anonymous = [COMPONENT, FROM, TO, SERVICE].iter().all(|&role| roles[role].is_none());
            let component = if anonymous { self.stem } else { text(COMPONENT) };
            let named = Named { component, from: text(FROM), to: text(TO), service: text(SERVICE), metric };
            let Some(slot) =
                slot(&mut self.slots, named, text(KIND), self.options.kind, &at, gathered, findings)
            else {
                continue;
            };
            if let Some(time_ms) = time_ms
                && !gathered.push(slot, Sample { time_ms, value }, &at, findings)
            {
                return false;
            }
        }
        !findings.is_full()
    }
}

/// Where the samples of these names go; what is wrong with the names is noted.
fn slot(
    slots: &mut BTreeMap<String, usize>,
    named: Named<'_>,
    kind: &str,
    default: Kind,
    at: &At<'_>,
    gathered: &mut Gathered,
    findings: &mut Findings,
) -> Option<usize> {
    let joined = [named.component, named.from, named.to, named.service, named.metric, kind].join("\u{1f}");
    if let Some(&slot) = slots.get(&joined) {
        return Some(slot);
    }
    let (key, by_name) = match named.key() {
        Ok(key) => key,
        Err(fault) => {
            let (cause, action) = fault.words();
            findings.fault(at.to_string(), FaultCode::Missing, cause, action);
            return None;
        }
    };
    let is_counter = match (kind, default) {
        ("counter", _) | ("", Kind::Counter) => true,
        ("gauge", _) | ("", Kind::Gauge) => false,
        ("", Kind::ByName) => by_name,
        _ => {
            let cause = format!("there is no kind `{kind}`");
            findings.fault(format!("{at} kind"), FaultCode::UnknownWord, cause, "write gauge or counter");
            return None;
        }
    };
    let slot = gathered.slot(key, named.service, is_counter, at, findings);
    slots.insert(joined, slot);
    Some(slot)
}

impl Columns {
    fn find(header: &[&str], place: &str, findings: &mut Findings) -> Option<Self> {
        let (mut columns, mut others, mut sound) = (Self::default(), Vec::new(), true);
        for (index, name) in header.iter().enumerate() {
            let name = name.trim_start_matches('\u{feff}').trim();
            let lower = name.to_ascii_lowercase();
            match ROLES.iter().position(|names| names.contains(&lower.as_str())) {
                Some(role) if columns.roles[role].is_some() => {
                    let cause = format!("`{name}` names what another column has already");
                    findings.fault(place, FaultCode::Duplicate, cause, "keep one of the two");
                    sound = false;
                }
                Some(role) => columns.roles[role] = Some(index),
                None => others.push((index, name)),
            }
        }
        let mut missing = |what: &str| {
            findings.fault(
                place,
                FaultCode::MissingField,
                format!("there is no column `{what}`"),
                "add it; the first line names the columns, with commas between them",
            );
            sound = false;
        };
        let is_wide = columns.roles[VALUE].is_none() && columns.roles[METRIC].is_none() && !others.is_empty();
        if columns.roles[TIME].is_none() {
            missing("time");
        }
        if columns.roles[VALUE].is_none() && !is_wide {
            missing("value");
        }
        let names = || ROLES.iter().flat_map(|names| names.iter().copied());
        for (index, name) in others {
            let meant = closest(&name.to_ascii_lowercase(), names());
            match meant {
                Some(meant) => {
                    let (cause, action) =
                        (format!("there is no column `{name}`"), format!("maybe you meant `{meant}`"));
                    findings.fault(place, FaultCode::UnknownField, cause, action);
                    sound = false;
                }
                None if is_wide && !name.is_empty() => columns.values.push((index, Some(name.to_owned()))),
                None => {
                    let cause = format!("there is no column `{name}`");
                    findings.warn(place, FaultCode::UnknownField, cause, "it is not read");
                }
            }
        }
        columns.values.extend(columns.roles[VALUE].map(|index| (index, None)));
        sound.then_some(columns)
    }
}
