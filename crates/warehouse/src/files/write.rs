//! Writing a small file: one row group after the other, into memory.

use std::ops::Range;
use std::sync::Arc;

use outis_event::Day;
use parquet::basic::{Compression, Repetition, ZstdLevel};
use parquet::data_type::{ByteArrayType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type, TypePtr};

use super::column::{Column, Kind, Values};
use crate::rows::Rows;

/// Rows of a row group.
pub(crate) const GROUP_ROWS: usize = 64 << 10;

/// A file could not be encoded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// Of an open day.
    #[error("rows of an open day could not be encoded")]
    Small(#[from] ParquetError),
    /// Rows, counts or cells of a closed day.
    #[error("what is kept of a closed day could not be encoded")]
    Closed(#[from] std::io::Error),
}

/// A file in the making. At most a few million rows: it is held in memory.
pub(crate) struct FileWriter {
    columns: Vec<Column>,
    day: Day,
    file: SerializedFileWriter<Vec<u8>>,
}

/// The columns of a small file that have a value in some row.
pub(crate) fn present(rows: &Rows) -> Vec<Column> {
    Column::of(Kind::Small).into_iter().filter(|c| c.is_present(rows)).collect()
}

impl FileWriter {
    /// A file with these columns.
    pub(crate) fn new(columns: Vec<Column>, day: Day) -> Result<FileWriter, WriteError> {
        let schema = schema(&columns)?;
        let properties = Arc::new(properties(&columns));
        let file = SerializedFileWriter::new(Vec::new(), schema, properties)?;
        Ok(FileWriter { columns, day, file })
    }

    /// Adds some rows as a row group.
    pub(crate) fn group(&mut self, rows: &Rows, range: Range<usize>) -> Result<(), WriteError> {
        let mut group = self.file.next_row_group()?;
        for column in &self.columns {
            let Some(mut writer) = group.next_column()? else { break };
            match column.encode(rows, range.clone(), self.day) {
                Values::Int(values) => writer.typed::<Int32Type>().write_batch(&values, None, None)?,
                Values::Long(values) => writer.typed::<Int64Type>().write_batch(&values, None, None)?,
                Values::Bytes(values) => writer.typed::<ByteArrayType>().write_batch(&values, None, None)?,
            };
            writer.close()?;
        }
        group.close()?;
        Ok(())
    }

    /// Adds rows in row groups of the usual size that end between visitors.
    pub(crate) fn groups(&mut self, rows: &Rows) -> Result<(), WriteError> {
        let visitor = &rows.batch.visitor;
        let mut start = 0;
        while start < rows.len() {
            let mut end = (start + GROUP_ROWS).min(rows.len());
            while end < rows.len() && visitor[end] != 0 && visitor[end] == visitor[end - 1] {
                end += 1;
            }
            self.group(rows, start..end)?;
            start = end;
        }
        Ok(())
    }

    /// The bytes of the file.
    pub(crate) fn finish(self) -> Result<Vec<u8>, WriteError> {
        Ok(self.file.into_inner()?)
    }
}

fn schema(columns: &[Column]) -> Result<TypePtr, ParquetError> {
    let field = |column: &Column| {
        let field = Type::primitive_type_builder(column.name(), column.physical());
        Ok(Arc::new(field.with_repetition(Repetition::REQUIRED).build()?))
    };
    let fields = columns.iter().map(field).collect::<Result<Vec<TypePtr>, ParquetError>>()?;
    Ok(Arc::new(Type::group_type_builder("rows").with_fields(fields).build()?))
}

fn properties(columns: &[Column]) -> WriterProperties {
    let level = ZstdLevel::try_new(3).expect("a level of zstd");
    let mut properties = WriterProperties::builder()
        .set_writer_version(WriterVersion::PARQUET_2_0)
        .set_created_by("outis".to_owned())
        .set_compression(Compression::ZSTD(level))
        .set_dictionary_enabled(true)
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(None)
        .set_data_page_row_count_limit(GROUP_ROWS);
    for column in columns {
        if let Some(encoding) = column.encoding() {
            let path = ColumnPath::from(column.name());
            properties =
                properties.set_column_dictionary_enabled(path.clone(), false).set_column_encoding(path, encoding);
        }
    }
    properties.build()
}
