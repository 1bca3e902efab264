//! Parquet: a row is a record. Every record of JSON Lines is a column, a group with the same fields; in a row exactly
//! one of them is not null.

use std::io;

use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, FileReader};
use parquet::file::serialized_reader::SerializedFileReader;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;
use serde_json::{Map, Number, Value};

use colocate_model::FaultCode;

use super::lines::Records;
use super::{Format, Reading};
use crate::damaged_parquet::{check_columns, guarded};
use crate::input::{Input, Raw};

const ROW: &str = "row";
const HEADER: &str = "header";

/// Reads the file into `reading`; gives back its hash.
pub(super) fn read<F: Format>(input: &Input, reading: &mut Reading<'_, F>) -> io::Result<String> {
    let outcome = match input.raw()? {
        Raw::File(file) => rows(file, reading),
        Raw::Bytes(bytes) => rows(bytes, reading),
    };
    if let Err((row, error)) = outcome {
        reading.complete = false;
        let cause = error.to_string();
        reading.fault(format!("{ROW} {row}"), FaultCode::Syntax, cause, "make it a valid Parquet file");
    }
    input.hash()
}

fn rows<F: Format>(
    file: impl ChunkReader + 'static,
    reading: &mut Reading<'_, F>,
) -> Result<(), (usize, ParquetError)> {
    let length = file.len();
    let reader = guarded(|| SerializedFileReader::new(file)).map_err(|error| (0, error))?;
    check_columns(reader.metadata(), length)
        .and_then(|()| check_type(reader.metadata().file_metadata().schema()))
        .map_err(|cause| (0, ParquetError::General(cause.into())))?;
    let mut rows = guarded(|| reader.get_row_iter(None)).map_err(|error| (0, error))?;
    let mut records = Records::new(ROW);
    for number in 1.. {
        let next: Option<Row> = guarded(|| rows.next().transpose()).map_err(|error| (number, error))?;
        let Some(row) = next else { break };
        let mut fields: Map<String, Value> =
            row.into_columns().into_iter().filter_map(|(name, field)| Some((name, value(&field)?))).collect();
        if let Some(Value::Object(header)) = fields.remove(HEADER) {
            fields.extend(header);
        }
        records.take(Value::Object(fields), number, reading);
    }
    records.finish(reading);
    Ok(())
}

/// Refuses groups without fields, on which the parquet crate panics.
fn check_type(schema: &Type) -> Result<(), &'static str> {
    match schema {
        Type::PrimitiveType { .. } => Ok(()),
        Type::GroupType { fields, .. } if fields.is_empty() => Err("a group without fields"),
        Type::GroupType { fields, .. } => fields.iter().try_for_each(|field| check_type(field)),
    }
}

/// A field as JSON; nulls are left out.
fn value(field: &Field) -> Option<Value> {
    let float =
        |value: f64| Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number);
    Some(match field {
        Field::Null => return None,
        Field::Bool(value) => Value::Bool(*value),
        Field::Byte(value) => (*value).into(),
        Field::Short(value) => (*value).into(),
        Field::Int(value) => (*value).into(),
        Field::Long(value) => (*value).into(),
        Field::UByte(value) => (*value).into(),
        Field::UShort(value) => (*value).into(),
        Field::UInt(value) => (*value).into(),
        Field::ULong(value) => (*value).into(),
        Field::Float(value) => float(f64::from(*value)),
        Field::Double(value) => float(*value),
        Field::Str(text) => Value::String(text.clone()),
        Field::Group(row) => Value::Object(
            row.get_column_iter().filter_map(|(name, field)| Some((name.clone(), value(field)?))).collect(),
        ),
        Field::ListInternal(list) => Value::Array(list.elements().iter().filter_map(value).collect()),
        Field::MapInternal(map) => {
            let entry = |(key, field): &(Field, Field)| match key {
                Field::Str(key) => Some((key.clone(), value(field)?)),
                key => Some((key.to_string(), value(field)?)),
            };
            Value::Object(map.entries().iter().filter_map(entry).collect())
        }
        // Bytes, dates, times, decimals: no field of a format has such a type, and the text will be refused.
        other => Value::String(other.to_string()),
    })
}
