//! What machines used, evenly spaced in time.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use parquet::errors::ParquetError;
use parquet::file::reader::FileReader;
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::{Field, Row};
use thiserror::Error;

/// Length of a step, in s.
pub const STEP_S: usize = 300;
/// Steps a day.
pub const DAY: usize = 86_400 / STEP_S;

/// Why there is no trace.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TraceError {
    /// The file cannot be opened.
    #[error("{} cannot be opened", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is no Parquet file, or a damaged one.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: ParquetError,
    },
    /// A column is absent, or of another type.
    #[error("{}: row {row} has no usable column `{column}`", path.display())]
    Column {
        /// The file.
        path: PathBuf,
        /// The row, from 0.
        row: usize,
        /// The column.
        column: &'static str,
    },
    /// There is nothing in it.
    #[error("{} holds less than a day", path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
    },
}

/// A machine and what it used.
#[derive(Debug, Clone, PartialEq)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Memory it is given, in bytes.
    pub memory: i64,
    /// CPU it used in each step, in MHz.
    pub cpu: Vec<f64>,
}

/// Machines over the same steps.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Trace {
    /// The machines.
    pub machines: Vec<Machine>,
}

impl Trace {
    /// The files of the trace in a data folder: use and machines.
    #[must_use]
    pub fn files(data: &Path) -> [PathBuf; 2] {
        ["trace", "meta"].map(|kind| data.join(format!("vms/opendc_bitbrains_small_{kind}.parquet")))
    }

    /// Reads a trace in the format of OpenDC: rows (id, timestamp of the end, duration in ms, CPU use in MHz), equal
    /// values merged, and a table of machines with their memory in KiB.
    ///
    /// A step takes the value of the row that covers its middle; where no row does, it keeps the value before, and 0
    /// before the first row. What is left of the last day is cut off.
    ///
    /// # Errors
    /// A file is absent, damaged, without the columns or too short.
    pub fn read(data: &Path) -> Result<Self, TraceError> {
        let [uses, table] = Self::files(data);
        let mut machines: BTreeMap<String, Machine> = BTreeMap::new();
        let (mut start, mut end) = (i64::MAX, i64::MIN);
        rows(&table, |record| {
            let name = record.text("id")?;
            // The trace's own unit is kB, by which it means KiB: 33,554,432 for 32 GiB.
            let memory = record.integer("mem_capacity")?.saturating_mul(1024);
            (start, end) = (start.min(record.integer("start_time")?), end.max(record.integer("stop_time")?));
            machines.insert(name.clone(), Machine { name, memory, cpu: Vec::new() });
            Ok(())
        })?;
        let step = 1000 * STEP_S as i64;
        let length = end.saturating_sub(start).div_euclid(step).max(0) as usize / DAY * DAY;
        if length == 0 {
            return Err(TraceError::TooShort { path: table });
        }
        rows(&uses, |record| {
            let (until, lasted) = (record.integer("timestamp")?, record.integer("duration")?);
            let value = record.number("cpu_usage")?;
            let Some(machine) = machines.get_mut(&record.text("id")?) else { return Ok(()) };
            // The first step whose middle is at or after a time.
            let first = |time: i64| ((time - start + step / 2).div_euclid(step).max(0) as usize).min(length);
            let (from, to) = (first(until - lasted), first(until));
            let before = machine.cpu.last().copied().unwrap_or(0.0);
            machine.cpu.resize(machine.cpu.len().max(from), before);
            machine.cpu.truncate(from);
            machine.cpu.resize(to.max(from), value);
            Ok(())
        })?;
        for machine in machines.values_mut() {
            let before = machine.cpu.last().copied().unwrap_or(0.0);
            machine.cpu.resize(length, before);
        }
        Ok(Self { machines: machines.into_values().collect() })
    }

    /// Number of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.machines.first().map_or(0, |machine| machine.cpu.len())
    }

    /// Every machine once for each of `shifts`, so many days later; what is shifted out at the end comes in at the
    /// start. Copies differ in time, not in kind: machines of a copy keep what they do together.
    #[must_use]
    pub fn shifted(&self, shifts: &[usize]) -> Self {
        let copy = |(index, &days): (usize, &usize)| {
            self.machines.iter().map(move |machine| {
                let mut cpu = machine.cpu.clone();
                let by = (days * DAY) % cpu.len().max(1);
                cpu.rotate_right(by);
                Machine { name: format!("{}.{index}", machine.name), cpu, ..machine.clone() }
            })
        };
        Self { machines: shifts.iter().enumerate().flat_map(copy).collect() }
    }

    /// Use of all machines together, per step of `steps`, in MHz.
    pub fn totals(&self, steps: std::ops::Range<usize>) -> impl Iterator<Item = f64> + '_ {
        steps.map(|step| self.machines.iter().map(|machine| machine.cpu[step]).sum())
    }
}

/// A row of a file.
struct Record<'a> {
    path: &'a Path,
    row: usize,
    columns: Vec<(String, Field)>,
}

impl Record<'_> {
    fn get<T>(&self, column: &'static str, of: impl Fn(&Field) -> Option<T>) -> Result<T, TraceError> {
        let field = self.columns.iter().find(|(name, _)| name == column).and_then(|(_, field)| of(field));
        field.ok_or_else(|| TraceError::Column { path: self.path.to_owned(), row: self.row, column })
    }

    fn text(&self, column: &'static str) -> Result<String, TraceError> {
        self.get(column, |field| match field {
            Field::Str(text) => Some(text.clone()),
            _ => None,
        })
    }

    fn integer(&self, column: &'static str) -> Result<i64, TraceError> {
        self.get(column, |field| match *field {
            Field::Long(value) | Field::TimestampMillis(value) => Some(value),
            _ => None,
        })
    }

    fn number(&self, column: &'static str) -> Result<f64, TraceError> {
        self.get(column, |field| match *field {
            Field::Double(value) if value.is_finite() => Some(value.max(0.0)),
            _ => None,
        })
    }
}

/// Hands every row of a file to `take`.
fn rows(path: &Path, mut take: impl FnMut(&Record<'_>) -> Result<(), TraceError>) -> Result<(), TraceError> {
    let file = File::open(path).map_err(|source| TraceError::Open { path: path.to_owned(), source })?;
    let damaged = |source| TraceError::Read { path: path.to_owned(), source };
    let reader = SerializedFileReader::new(file).map_err(damaged)?;
    for (number, row) in reader.get_row_iter(None).map_err(damaged)?.enumerate() {
        let row: Row = row.map_err(damaged)?;
        take(&Record { path, row: number, columns: row.into_columns() })?;
    }
    Ok(())
}
