//! The generated rows as plain Parquet files, a file per day, sorted by time: what peers load.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, TimestampMillisecondArray, UInt64Array,
};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::generate::{DAYS, Generator, Row, words};
use crate::tell;

/// Writes the files.
pub(crate) fn write(rows: u64, dir: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(dir)?;
    let words = words();
    let columns = Columns::new(&words);
    let mut generator = Generator::new(rows);
    let mut written = 0;
    for day in 0..DAYS {
        let rows = generator.day(day);
        written += rows.len();
        let batch = columns.batch(&rows)?;
        let path = dir.join(format!("day-{day:02}.parquet"));
        let file = File::create(&path).with_context(|| format!("{}", path.display()))?;
        let properties = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::try_new(3)?)).build();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties))?;
        writer.write(&batch)?;
        writer.close()?;
    }
    tell(format_args!("{written} rows written for peers"));
    Ok(())
}

/// The words of each text column.
struct Columns {
    names: ArrayRef,
    paths: ArrayRef,
    sources: ArrayRef,
    countries: ArrayRef,
    browsers: ArrayRef,
    systems: ArrayRef,
    devices: ArrayRef,
    languages: ArrayRef,
    items: ArrayRef,
    tags: ArrayRef,
    site: ArrayRef,
}

impl Columns {
    fn new(words: &crate::generate::Words) -> Columns {
        let column = |list: &[String]| Arc::new(StringArray::from_iter_values(list)) as ArrayRef;
        Columns {
            names: column(&words.names),
            paths: column(&words.paths),
            sources: column(&words.sources),
            countries: column(&words.countries),
            browsers: column(&words.browsers),
            systems: column(&words.systems),
            devices: column(&words.devices),
            languages: column(&words.languages),
            items: column(&words.items),
            tags: column(&words.tags),
            site: column(&["example.org".to_owned()]),
        }
    }

    fn batch(&self, rows: &[Row]) -> anyhow::Result<RecordBatch> {
        let text = |words: &ArrayRef, at: &dyn Fn(&Row) -> Option<u32>| -> anyhow::Result<ArrayRef> {
            let keys: Int32Array = rows.iter().map(|row| at(row).map(|at| at as i32)).collect();
            Ok(Arc::new(DictionaryArray::<Int32Type>::try_new(keys, words.clone())?))
        };
        let whole = |value: &dyn Fn(&Row) -> u64| -> ArrayRef {
            Arc::new(UInt64Array::from_iter_values(rows.iter().map(value)))
        };
        let at = Arc::new(TimestampMillisecondArray::from_iter_values(rows.iter().map(|row| row.at_ms)));
        Ok(RecordBatch::try_from_iter_with_nullable([
            ("site", text(&self.site, &|_| Some(0))?, false),
            ("ts", at as ArrayRef, false),
            ("name", text(&self.names, &|r| Some(r.name))?, false),
            ("visitor", whole(&|r| r.visitor), false),
            ("session", whole(&|r| r.session), false),
            ("path", text(&self.paths, &|r| Some(r.path))?, false),
            ("source", text(&self.sources, &|r| Some(r.source))?, false),
            ("country", text(&self.countries, &|r| Some(r.person.country))?, false),
            ("browser", text(&self.browsers, &|r| Some(r.person.browser))?, false),
            ("os", text(&self.systems, &|r| Some(r.person.os))?, false),
            ("device", text(&self.devices, &|r| Some(r.person.device))?, false),
            ("language", text(&self.languages, &|r| Some(r.person.language))?, false),
            ("item", text(&self.items, &|r| r.item)?, true),
            ("tag", text(&self.tags, &|r| r.tag())?, true),
            ("member", whole(&|r| r.member.into()), false),
        ])?)
    }
}
