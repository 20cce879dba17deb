//! Reading a file: its footer once, then only the columns that are asked for.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt};
use outis_event::Day;
use parking_lot::Mutex;
use parquet::basic::Type as Physical;
use parquet::column::reader::ColumnReaderImpl;
use parquet::data_type::{ByteArrayType, DataType, Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;
use tokio::runtime::Handle;

use super::closed::{Blocks, END_BYTES, Footer};
use super::column::{Column, Kind, Values};
use super::numbers::Damaged;
use super::sheet;
use crate::Columns;
use crate::catalogue::FileEntry;
use crate::rows::Rows;
use crate::sealed::waiting;

/// What is read of a file's end at first: the footer of most files, and the whole of a small one.
const TAIL_BYTES: u64 = 32 << 10;
/// Footers remembered.
const MOST_FOOTERS: usize = 1024;

/// A file could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReadError {
    /// The store.
    #[error("a file of rows is not there or does not open")]
    Store(#[from] object_store::Error),
    /// The content.
    #[error("a file of rows is damaged")]
    Content(#[from] ParquetError),
    /// The content of a file of a closed day: rows, counts or cells.
    #[error("a file of a closed day is damaged")]
    Closed(#[from] Damaged),
}

/// Reads files from threads that may wait.
#[derive(Clone)]
pub(crate) struct Reader {
    store: Arc<dyn ObjectStore>,
    footers: Footers<ParquetMetaData>,
    closed: Footers<Footer>,
    sheets: Footers<sheet::Footer>,
}

type Footers<T> = Arc<Mutex<HashMap<Path, Arc<T>>>>;

fn remember<T>(footers: &Footers<T>, path: &Path, footer: T) -> Arc<T> {
    let footer = Arc::new(footer);
    let mut footers = footers.lock();
    if footers.len() >= MOST_FOOTERS {
        footers.clear();
    }
    footers.insert(path.clone(), footer.clone());
    footer
}

impl Reader {
    pub(crate) fn new(store: Arc<dyn ObjectStore>) -> Reader {
        Reader { store, footers: Arc::default(), closed: Arc::default(), sheets: Arc::default() }
    }

    /// Opens a small file for the columns that `columns` need. Call it where blocking is allowed.
    pub(crate) fn open(&self, entry: &FileEntry, columns: Columns) -> Result<FileReader, ReadError> {
        let handle = Handle::current();
        let mut tail = None;
        let footer = match self.footer(&entry.path) {
            Some(footer) => footer,
            None => {
                let (footer, bytes) = self.read_footer(&entry.path, entry.bytes, &handle)?;
                tail = Some(bytes);
                footer
            }
        };
        let all = Column::of(Kind::Small);
        let mut wanted = Vec::new();
        for (at, descriptor) in footer.file_metadata().schema_descr().columns().iter().enumerate() {
            let column = all.iter().find(|c| c.name() == descriptor.name());
            if let Some(column) = column.filter(|c| c.is_wanted(columns)) {
                wanted.push((at, *column));
            }
        }
        Ok(FileReader {
            store: self.store.clone(),
            handle,
            path: entry.path.clone(),
            day: entry.day,
            footer,
            wanted,
            tail,
            next: 0,
        })
    }

    /// Reads the columns that `columns` need of a file of a closed day. Call it where blocking is allowed.
    pub(crate) fn closed(&self, entry: &FileEntry, columns: Columns) -> Result<ClosedReader, ReadError> {
        let handle = Handle::current();
        let known = self.closed.lock().get(&entry.path).cloned();
        let footer = match known {
            Some(footer) => footer,
            None => {
                let (start, _, bytes) = self.end(&entry.path, entry.bytes, &handle, Footer::start)?;
                remember(&self.closed, &entry.path, Footer::read(&bytes, start)?)
            }
        };
        let wanted = footer.wanted(columns);
        let ranges = footer.ranges(&wanted);
        let parts = match footer.groups.is_empty() {
            // A day all of whose rows are gone.
            true => vec![Bytes::new(); ranges.len()],
            false => wait(&handle, self.store.get_ranges(&entry.path, &ranges))?,
        };
        let blocks = Blocks::new(&footer, &wanted, parts, entry.day, columns)?;
        Ok(ClosedReader { footer, blocks, next: 0 })
    }

    /// The groups of a table of numbers, of `size` bytes, whose name is wanted; nothing else of it is read. Call it
    /// where blocking is allowed.
    pub(crate) fn sheet(
        &self,
        path: &Path,
        size: u64,
        columns: &[&str],
        is_wanted: impl Fn(&str) -> bool,
    ) -> Result<Vec<sheet::Group>, ReadError> {
        let handle = Handle::current();
        let known = self.sheets.lock().get(path).cloned();
        let (footer, tail) = match known {
            Some(footer) => (footer, None),
            None => {
                let (start, tail, bytes) = self.end(path, size, &handle, sheet::Footer::start)?;
                (remember(&self.sheets, path, sheet::Footer::read(&bytes, start)?), Some(tail))
            }
        };
        let mut groups = Vec::new();
        for group in footer.groups.iter().filter(|group| is_wanted(&group.name)) {
            let bytes = match &tail {
                Some(tail) if tail.holds(&group.place) => tail.cut(&group.place).bytes,
                _ => wait(&handle, self.store.get_range(path, group.place.clone()))?,
            };
            groups.push(footer.group(group, &bytes, columns)?);
        }
        Ok(groups)
    }

    /// Where the footer of a file begins, as `start` finds it, the part of the file's end that was read at first, and
    /// the footer.
    fn end(
        &self,
        path: &Path,
        size: u64,
        handle: &Handle,
        start: impl Fn(u64, &[u8]) -> Result<u64, Damaged>,
    ) -> Result<(u64, Part, Bytes), ReadError> {
        let from = size.saturating_sub(TAIL_BYTES);
        let tail = wait(handle, self.store.get_range(path, from..size))?;
        let start = start(size, &tail)?;
        let footer = start..size.saturating_sub(END_BYTES);
        let tail = Part { start: from, bytes: tail };
        let bytes = match tail.holds(&footer) {
            true => tail.cut(&footer).bytes,
            false => wait(handle, self.store.get_range(path, footer))?,
        };
        Ok((start, tail, bytes))
    }

    /// Forgets files that are gone.
    pub(crate) fn forget(&self, paths: &[Path]) {
        let mut footers = self.footers.lock();
        let (mut closed, mut sheets) = (self.closed.lock(), self.sheets.lock());
        for path in paths {
            footers.remove(path);
            closed.remove(path);
            sheets.remove(path);
        }
    }

    fn footer(&self, path: &Path) -> Option<Arc<ParquetMetaData>> {
        self.footers.lock().get(path).cloned()
    }

    fn read_footer(&self, path: &Path, size: u64, handle: &Handle) -> Result<(Arc<ParquetMetaData>, Part), ReadError> {
        let mut length = TAIL_BYTES.min(size);
        loop {
            let range = size - length..size;
            let bytes = wait(handle, self.store.get_range(path, range.clone()))?;
            let mut reader = ParquetMetaDataReader::new().with_page_index_policy(PageIndexPolicy::Skip);
            match reader.try_parse_sized(&bytes, size) {
                Ok(()) => {
                    let footer = remember(&self.footers, path, reader.finish()?);
                    return Ok((footer, Part { start: range.start, bytes }));
                }
                Err(ParquetError::NeedMoreData(needed)) if (needed as u64) > length && length < size => {
                    length = (needed as u64).min(size);
                }
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// A file of a closed day, of which the columns wanted are in memory.
pub(crate) struct ClosedReader {
    footer: Arc<Footer>,
    blocks: Blocks,
    next: usize,
}

impl ClosedReader {
    /// The rows of the next group; `None` behind the last.
    pub(crate) fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        let Some(group) = self.footer.groups.get(self.next) else { return Ok(None) };
        let rows = self.blocks.group(self.next, *group)?;
        self.next += 1;
        Ok(Some(rows))
    }

    /// All columns that the file has.
    pub(crate) fn columns(&self) -> Vec<Column> {
        self.footer.all().collect()
    }

    /// Bytes of each column.
    #[cfg(test)]
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (String, i64)> {
        self.footer.sizes()
    }
}

/// A small file being read.
pub(crate) struct FileReader {
    store: Arc<dyn ObjectStore>,
    handle: Handle,
    path: Path,
    day: Day,
    footer: Arc<ParquetMetaData>,
    wanted: Vec<(usize, Column)>,
    /// The end of the file, if it was read for the footer.
    tail: Option<Part>,
    next: usize,
}

impl FileReader {
    /// The columns the file has of those asked for.
    pub(crate) fn columns(&self) -> impl Iterator<Item = Column> {
        self.wanted.iter().map(|(_, column)| *column)
    }

    /// True if there are no further row groups.
    pub(crate) fn is_done(&self) -> bool {
        self.next >= self.footer.num_row_groups()
    }

    /// The rows of the next row group; `None` behind the last.
    pub(crate) fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        if self.is_done() {
            return Ok(None);
        }
        let group = self.footer.row_group(self.next);
        self.next += 1;
        let mut rows = Rows::none();
        rows.batch.rows = usize::try_from(group.num_rows()).unwrap_or(0);
        let ranges: Vec<Range<u64>> = self.wanted.iter().map(|(at, _)| range(group.column(*at))).collect();
        let parts = self.fetch(&ranges)?;
        for ((at, column), part) in self.wanted.iter().zip(parts) {
            let values = values(*column, group.column(*at), part, rows.len())?;
            column.decode(values, &mut rows, self.day);
        }
        Ok(Some(rows))
    }

    /// Bytes of each column.
    #[cfg(test)]
    pub(crate) fn sizes(&self) -> impl Iterator<Item = (String, i64)> {
        let chunks = self.footer.row_groups().iter().flat_map(|group| group.columns());
        chunks.map(|c| (c.column_descr().name().to_owned(), c.compressed_size()))
    }

    fn fetch(&self, ranges: &[Range<u64>]) -> Result<Vec<Part>, ReadError> {
        if let Some(tail) = self.tail.as_ref().filter(|t| ranges.iter().all(|r| t.holds(r))) {
            return Ok(ranges.iter().map(|r| tail.cut(r)).collect());
        }
        let fetched = wait(&self.handle, self.store.get_ranges(&self.path, ranges))?;
        Ok(ranges.iter().zip(fetched).map(|(r, bytes)| Part { start: r.start, bytes }).collect())
    }
}

/// Waits for a read, on a thread that may.
fn wait<T>(handle: &Handle, read: impl Future<Output = T>) -> T {
    waiting(|| handle.block_on(read))
}

fn range(chunk: &ColumnChunkMetaData) -> Range<u64> {
    let (start, length) = chunk.byte_range();
    start..start + length
}

fn values(column: Column, chunk: &ColumnChunkMetaData, part: Part, rows: usize) -> Result<Values, ReadError> {
    let part = Arc::new(part);
    Ok(match column.physical() {
        Physical::INT64 => Values::Long(all::<Int64Type>(chunk, part, rows)?),
        Physical::BYTE_ARRAY => Values::Bytes(all::<ByteArrayType>(chunk, part, rows)?),
        _ => Values::Int(all::<Int32Type>(chunk, part, rows)?),
    })
}

fn all<T: DataType>(chunk: &ColumnChunkMetaData, part: Arc<Part>, rows: usize) -> Result<Vec<T::T>, ReadError> {
    let pages = SerializedPageReader::new(part, chunk, rows, None)?;
    let mut reader = ColumnReaderImpl::<T>::new(chunk.column_descr_ptr(), Box::new(pages));
    let mut values = Vec::with_capacity(rows);
    while values.len() < rows {
        let (read, _, _) = reader.read_records(rows - values.len(), None, None, &mut values)?;
        if read == 0 {
            return Err(ParquetError::EOF("a column ends early".to_owned()).into());
        }
    }
    Ok(values)
}

/// A piece of a file that is in memory.
struct Part {
    start: u64,
    bytes: Bytes,
}

impl Part {
    fn holds(&self, range: &Range<u64>) -> bool {
        self.start <= range.start && range.end <= self.start + self.bytes.len() as u64
    }

    fn cut(&self, range: &Range<u64>) -> Part {
        let from = (range.start - self.start) as usize;
        Part { start: range.start, bytes: self.bytes.slice(from..from + (range.end - range.start) as usize) }
    }

    fn offset(&self, start: u64) -> Result<usize, ParquetError> {
        let at = start.checked_sub(self.start).and_then(|at| usize::try_from(at).ok());
        at.filter(|at| *at <= self.bytes.len()).ok_or_else(|| ParquetError::EOF("outside of the column".to_owned()))
    }
}

impl Length for Part {
    fn len(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }
}

impl ChunkReader for Part {
    type T = std::io::Cursor<Bytes>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(std::io::Cursor::new(self.bytes.slice(self.offset(start)?..)))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        let at = self.offset(start)?;
        if length > self.bytes.len() - at {
            return Err(ParquetError::EOF("outside of the column".to_owned()));
        }
        Ok(self.bytes.slice(at..at + length))
    }
}
