//! Guards against damaged Parquet, for whoever reads it by the parquet crate's record interface.

use std::panic::{AssertUnwindSafe, catch_unwind};

use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;

/// What `step` of the parquet crate gives. That crate returns an error for most damaged files and panics on some.
///
/// # Errors
/// Those of `step`, and its panics.
pub fn guarded<T>(step: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, ParquetError> {
    // What a panic leaves behind is dropped without another look.
    catch_unwind(AssertUnwindSafe(step))
        .unwrap_or_else(|_| Err(ParquetError::General("the data contradict themselves".into())))
}

/// Refuses what would make the parquet crate panic: columns beyond the file, negative counts.
///
/// # Errors
/// What is wrong, in words.
pub fn check_columns(metadata: &ParquetMetaData, length: u64) -> Result<(), &'static str> {
    for group in metadata.row_groups() {
        if group.num_rows() < 0 {
            return Err("a negative number of rows");
        }
        for column in group.columns() {
            let offsets = [Some(column.data_page_offset()), column.dictionary_page_offset()];
            let start = offsets.into_iter().flatten().min().unwrap_or(0);
            let end = start.checked_add(column.compressed_size()).and_then(|end| u64::try_from(end).ok());
            if start < 0 || column.compressed_size() < 0 || end.is_none_or(|end| end > length) {
                return Err("a column lies beyond the end of the file");
            }
            if column.num_values() < 0 {
                return Err("a negative number of values");
            }
        }
    }
    Ok(())
}
