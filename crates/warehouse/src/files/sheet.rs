//! Tables of whole numbers as Parquet: every column an integer, row groups under a name.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::data_type::Int64Type;
use parquet::errors::ParquetError;
use parquet::file::metadata::{KeyValue, ParquetMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{ColumnPath, Type};

/// Where the names of the row groups stand, one a line.
const NAMES: &str = "groups";

/// Rows under one name, column by column.
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) columns: Vec<Vec<i64>>,
}

/// Writes row groups. A column that is 0 everywhere is left out. `rising` are columns that mostly grow from row to row:
/// they are written as steps.
pub(crate) fn write(columns: &[&str], groups: &[Group], rising: &[&str]) -> Result<Vec<u8>, ParquetError> {
    let is_used = |at: &usize| groups.iter().any(|group| group.columns[*at].iter().any(|value| *value != 0));
    let used: Vec<usize> = (0..columns.len()).filter(|at| *at == 0 || is_used(at)).collect();
    let field = |at: &usize| {
        let field = Type::primitive_type_builder(columns[*at], Physical::INT64);
        Ok(Arc::new(field.with_repetition(Repetition::REQUIRED).build()?))
    };
    let fields = used.iter().map(field).collect::<Result<Vec<_>, ParquetError>>()?;
    let schema = Arc::new(Type::group_type_builder("cells").with_fields(fields).build()?);
    let names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
    let mut properties = WriterProperties::builder()
        .set_created_by("outis".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(9).expect("a level of zstd")))
        .set_statistics_enabled(EnabledStatistics::None)
        .set_offset_index_disabled(true)
        .set_max_row_group_row_count(None)
        .set_key_value_metadata(Some(vec![KeyValue::new(NAMES.to_owned(), names.join("\n"))]));
    for column in rising {
        let path = ColumnPath::from(*column);
        properties = properties
            .set_column_dictionary_enabled(path.clone(), false)
            .set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
    }
    let mut file = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build()))?;
    for group in groups {
        let mut rows = file.next_row_group()?;
        for at in &used {
            let Some(mut writer) = rows.next_column()? else { break };
            writer.typed::<Int64Type>().write_batch(&group.columns[*at], None, None)?;
            writer.close()?;
        }
        rows.close()?;
    }
    file.into_inner()
}

/// Reads the row groups whose name is wanted.
pub(crate) fn read(
    bytes: Bytes,
    columns: &[&str],
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<Group>, ParquetError> {
    let file = SerializedFileReader::new(bytes)?;
    let places = places(file.metadata(), columns);
    let mut groups = Vec::new();
    for (at, name) in names(file.metadata()).enumerate().take(file.num_row_groups()) {
        if !is_wanted(name) {
            continue;
        }
        let rows = file.get_row_group(at)?;
        let count = usize::try_from(rows.metadata().num_rows()).unwrap_or(0);
        let mut group = Group { name: name.to_owned(), columns: vec![vec![0; count]; columns.len()] };
        for (column, place) in places.iter().enumerate() {
            let Some(place) = place else { continue };
            group.columns[*place] = values(rows.get_column_reader(column)?, count)?;
        }
        groups.push(group);
    }
    Ok(groups)
}

/// The names of the row groups, in order.
pub(crate) fn names(footer: &ParquetMetaData) -> impl Iterator<Item = &str> {
    let kept = footer.file_metadata().key_value_metadata().into_iter().flatten().find(|kept| kept.key == NAMES);
    kept.and_then(|kept| kept.value.as_deref()).unwrap_or_default().split('\n')
}

/// Of each column of the file, its place among `columns`.
pub(crate) fn places(footer: &ParquetMetaData, columns: &[&str]) -> Vec<Option<usize>> {
    let all = footer.file_metadata().schema_descr().columns().iter();
    all.map(|c| columns.iter().position(|name| *name == c.name())).collect()
}

fn values(reader: ColumnReader, count: usize) -> Result<Vec<i64>, ParquetError> {
    let ColumnReader::Int64ColumnReader(mut reader) = reader else {
        return Err(ParquetError::General("a column of another type".to_owned()));
    };
    let mut values = Vec::with_capacity(count);
    while values.len() < count {
        let (read, _, _) = reader.read_records(count - values.len(), None, None, &mut values)?;
        if read == 0 {
            return Err(ParquetError::EOF("a column ends early".to_owned()));
        }
    }
    Ok(values)
}
