//! Parquet, row group by row group.

use colocate_files::damaged_parquet::{check_columns, guarded};
use colocate_model::FaultCode;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use crate::columns::{Cells, Number, Table};
use crate::gather::Gathered;
use crate::options::Options;
use crate::time;
use colocate_files::Findings;

/// What a Parquet file begins with.
pub(crate) const MAGIC: &[u8] = b"PAR1";
const ROW: &str = "row";

/// Reads a file; `stem` is the component where the file names none.
pub(crate) fn read(
    file: impl ChunkReader + 'static,
    name: &str,
    stem: &str,
    options: &Options,
    gathered: &mut Gathered,
    findings: &mut Findings,
) {
    if let Err((row, error)) = rows(file, name, stem, options, gathered, findings) {
        let action = "make it a valid Parquet file, uncompressed or Snappy";
        findings.fault(format!("{name} {ROW} {row}"), FaultCode::Syntax, error.to_string(), action);
    }
}

fn rows(
    file: impl ChunkReader + 'static,
    name: &str,
    stem: &str,
    options: &Options,
    gathered: &mut Gathered,
    findings: &mut Findings,
) -> Result<(), (usize, ParquetError)> {
    let length = file.len();
    let general = |cause: &str| (0, ParquetError::General(cause.into()));
    let reader = guarded(|| SerializedFileReader::new(file)).map_err(|error| (0, error))?;
    check_columns(reader.metadata(), length).map_err(general)?;
    let schema = reader.metadata().file_metadata().schema();
    check_schema(schema).map_err(general)?;
    let header: Vec<String> = schema.get_fields().iter().map(|field| field.name().to_owned()).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let Some(mut table) = Table::new(&header, (name, ROW), stem, options, findings) else { return Ok(()) };
    let mut rows = guarded(|| reader.get_row_iter(None)).map_err(|error| (0, error))?;
    for number in 1.. {
        let next: Option<Row> = guarded(|| rows.next().transpose()).map_err(|error| (number, error))?;
        let Some(row) = next else { break };
        let fields: Vec<(String, Field)> = row.into_columns();
        if fields.len() != header.len() {
            return Err((number, ParquetError::General("a row without some of the columns".into())));
        }
        if !table.take(&Fields(&fields), number, gathered, findings) {
            break;
        }
    }
    Ok(())
}

/// Refuses what is no plain table.
fn check_schema(schema: &Type) -> Result<(), &'static str> {
    match schema {
        Type::GroupType { fields, .. } if fields.iter().all(|field| field.is_primitive()) => Ok(()),
        _ => Err("a column that is a group; write a plain table"),
    }
}

struct Fields<'a>(&'a [(String, Field)]);

impl Cells for Fields<'_> {
    fn text(&self, column: usize) -> &str {
        match &self.0[column].1 {
            Field::Str(text) => text.trim(),
            _ => "",
        }
    }

    fn time(&self, column: usize) -> Option<i64> {
        match self.0[column].1 {
            Field::Int(seconds) => time::from_number(seconds.into()),
            Field::UInt(seconds) => time::from_number(seconds.into()),
            Field::Long(number) => time::from_number(number),
            Field::ULong(number) => time::from_number(i64::try_from(number).ok()?),
            Field::TimestampMillis(milliseconds) => Some(milliseconds).filter(|time| time.abs() < 1 << 52),
            Field::TimestampMicros(microseconds) => Some(microseconds.div_euclid(1000)),
            Field::Double(seconds) => time::parse(&seconds.to_string()),
            Field::Str(_) => time::parse(self.text(column)),
            _ => None,
        }
    }

    fn number(&self, column: usize) -> Number {
        let value = match self.0[column].1 {
            Field::Null => return Number::Missing,
            Field::Byte(value) => f64::from(value),
            Field::Short(value) => f64::from(value),
            Field::Int(value) => f64::from(value),
            Field::Long(value) => value as f64,
            Field::UByte(value) => f64::from(value),
            Field::UShort(value) => f64::from(value),
            Field::UInt(value) => f64::from(value),
            Field::ULong(value) => value as f64,
            Field::Float(value) => f64::from(value),
            Field::Double(value) => value,
            _ => return Number::None,
        };
        if value.is_nan() { Number::Missing } else { Number::Value(value) }
    }

    fn shown(&self, column: usize) -> String {
        self.0[column].1.to_string().chars().take(40).collect()
    }
}
