//! Files of closed days: what is the same in a visit is written once for each visit, columns one behind the other.
//!
//! `docs/warehouse.md` describes the bytes.

use std::ops::Range;

use outis_event::{AnonymousEvent, Day, Flags, Marks, Property, Slot, Term};

use super::column::{Column, base};
use super::numbers::{Damaged, Decoder, Encoder, Word, put, take, take_byte, take_count};
use super::write::WriteError;
use crate::batch::Visit;
use crate::rows::Rows;
use crate::{Columns, Ragged};

const MAGIC: &[u8; 8] = b"outisrw1";
/// Behind the footer: its length and the magic.
pub(super) const END_BYTES: u64 = 12;
/// What visits are called among the columns.
const VISITS: &str = "visits";
/// Every row has its own number, or every visit.
const OF_ROWS: u8 = 0;
const OF_VISITS: u8 = 1;
/// Most rows of a group that are read: a visitor's rows are never divided.
const MOST_ROWS: u64 = 1 << 24;
const LEVEL: i32 = 9;

/// A file in the making, held in memory: at most a few million rows.
pub(crate) struct ClosedWriter {
    columns: Vec<Column>,
    day: Day,
    encoder: Encoder,
    groups: Vec<(usize, usize)>,
    /// Of each column the blocks of all groups so far, and their lengths; those of visits come first.
    blocks: Vec<(Vec<u8>, Vec<usize>)>,
}

impl ClosedWriter {
    /// A file with these columns.
    pub(crate) fn new(columns: Vec<Column>, day: Day) -> Result<ClosedWriter, WriteError> {
        let blocks = vec![(Vec::new(), Vec::new()); columns.len() + 1];
        Ok(ClosedWriter { columns, day, encoder: Encoder::new(LEVEL)?, groups: Vec::new(), blocks })
    }

    /// Adds rows, of whole visitors, as a group.
    pub(crate) fn group(&mut self, rows: &Rows) -> Result<(), WriteError> {
        let visits = rows.batch.cut();
        self.groups.push((rows.len(), visits.len()));
        let mut block = Block { encoder: &mut self.encoder, visits: &visits, out: &mut self.blocks[0].0 };
        let before = block.out.len();
        block.visits()?;
        let length = block.out.len() - before;
        self.blocks[0].1.push(length);
        for (column, (out, lengths)) in self.columns.iter().zip(&mut self.blocks[1..]) {
            let before = out.len();
            Block { encoder: &mut self.encoder, visits: &visits, out }.column(*column, rows, self.day)?;
            lengths.push(out.len() - before);
        }
        Ok(())
    }

    /// The bytes of the file.
    pub(crate) fn finish(self) -> Vec<u8> {
        let mut footer = Vec::new();
        put(&mut footer, self.groups.len() as u64);
        for (rows, visits) in &self.groups {
            put(&mut footer, *rows as u64);
            put(&mut footer, *visits as u64);
        }
        put(&mut footer, self.blocks.len() as u64);
        let names = std::iter::once(VISITS).chain(self.columns.iter().map(|column| column.name()));
        for (name, (_, lengths)) in names.zip(&self.blocks) {
            footer.push(name.len() as u8);
            footer.extend_from_slice(name.as_bytes());
            lengths.iter().for_each(|length| put(&mut footer, *length as u64));
        }
        let mut bytes: Vec<u8> = Vec::new();
        self.blocks.iter().for_each(|(block, _)| bytes.extend_from_slice(block));
        let length = footer.len() as u32;
        bytes.append(&mut footer);
        bytes.extend_from_slice(&length.to_le_bytes());
        bytes.extend_from_slice(MAGIC);
        bytes
    }
}

/// A block being written.
struct Block<'a> {
    encoder: &'a mut Encoder,
    visits: &'a [Visit],
    out: &'a mut Vec<u8>,
}

impl Block<'_> {
    fn write(&mut self, numbers: &[u64]) -> Result<(), WriteError> {
        Ok(self.encoder.write(numbers, self.out)?)
    }

    /// How far the visitors' numbers are apart, and how many rows visits have besides the first.
    fn visits(&mut self) -> Result<(), WriteError> {
        let (mut visitor, mut start) = (0, 0);
        let (mut steps, mut lengths) = (Vec::new(), Vec::new());
        for visit in self.visits {
            steps.push(visit.visitor.wrapping_sub(visitor));
            lengths.push(u64::from(visit.end - start - 1));
            (visitor, start) = (visit.visitor, visit.end);
        }
        self.write(&steps)?;
        self.write(&lengths)
    }

    fn column(&mut self, column: Column, rows: &Rows, day: Day) -> Result<(), WriteError> {
        let b = &rows.batch;
        let of = |number: &dyn Fn(usize) -> u64| -> Vec<u64> { (0..rows.len()).map(number).collect() };
        match column {
            Column::Since => self.steps(0, &of(&|i| u64::from(b.since_s[i]))),
            Column::Slot => self.steps(base(day), &of(&|i| u64::from(b.slot[i].0))),
            Column::Languages => self.list(&b.languages, rows.len(), &[|t: &Term| t.0]),
            Column::Tags => self.list(&b.tags, rows.len(), &[|t: &Term| t.0]),
            Column::Properties => self.list(&b.properties, rows.len(), &[|p: &Property| p.key.0, |p| p.value.0]),
            Column::Revenue => self.plain(&of(&|i| b.revenue_milli.get(i).map_or(0, |r| zigzag(*r)))),
            Column::Marks => self.plain(&of(&|i| b.marks.get(i).map_or(0, |m| m.0))),
            Column::Flags => self.plain(&of(&|i| b.flags.get(i).map_or(0, |f| u64::from(f.0)))),
            Column::Term(dimension) => {
                self.plain(&of(&|i| b.terms[dimension.index()].get(i).map_or(0, |t| u64::from(t.0))))
            }
            Column::Scroll => self.plain(&of(&|i| b.scroll.get(i).map_or(0, |s| u64::from(s.wrapping_add(1))))),
            Column::Engaged => self.plain(&of(&|i| b.engaged_s.get(i).map_or(0, |s| u64::from(*s)))),
            Column::Currency => self.plain(&of(&|i| b.currency.get(i).map_or(0, |c| u64::from(c.0)))),
            Column::Visitor | Column::Seconds | Column::Tie => Ok(()),
        }
    }

    /// Numbers that are not read with the help of each other.
    fn plain(&mut self, numbers: &[u64]) -> Result<(), WriteError> {
        let mut start = 0;
        let same = self.visits.iter().all(|visit| {
            let of_visit = &numbers[start..visit.end as usize];
            start = visit.end as usize;
            of_visit.iter().all(|number| *number == of_visit[0])
        });
        if same {
            self.out.push(OF_VISITS);
            let firsts: Vec<u64> = self.starts().map(|start| numbers[start]).collect();
            self.write(&firsts)
        } else {
            self.out.push(OF_ROWS);
            self.write(numbers)
        }
    }

    /// The first number of each visit counted from `base`, and steps within visits.
    fn steps(&mut self, base: u32, numbers: &[u64]) -> Result<(), WriteError> {
        let firsts: Vec<u64> =
            self.starts().map(|start| u64::from((numbers[start] as u32).wrapping_sub(base))).collect();
        let mut steps = Vec::with_capacity(numbers.len());
        let mut start = 0;
        for visit in self.visits {
            let of_visit = &numbers[start..visit.end as usize];
            let step = |pair: &[u64]| zigzag(i64::from((pair[1] as u32).wrapping_sub(pair[0] as u32) as i32));
            steps.extend(of_visit.windows(2).map(step));
            start = visit.end as usize;
        }
        self.write(&firsts)?;
        self.write(&steps)
    }

    /// How long lists are, then their numbers.
    fn list<T: Copy + PartialEq>(
        &mut self,
        lists: &Ragged<T>,
        rows: usize,
        numbers: &[fn(&T) -> u32],
    ) -> Result<(), WriteError> {
        let mut start = 0;
        let same = self.visits.iter().all(|visit| {
            let first = lists.of(start);
            let mut of_visit = start..visit.end as usize;
            start = visit.end as usize;
            of_visit.all(|row| lists.of(row) == first)
        });
        let written: Vec<usize> = if same { self.starts().collect() } else { (0..rows).collect() };
        self.out.push(if same { OF_VISITS } else { OF_ROWS });
        let lengths: Vec<u64> = written.iter().map(|row| lists.of(*row).len() as u64).collect();
        self.write(&lengths)?;
        put(self.out, lengths.iter().sum());
        for number in numbers {
            let all = written.iter().flat_map(|row| lists.of(*row));
            self.write(&all.map(|value| u64::from(number(value))).collect::<Vec<u64>>())?;
        }
        Ok(())
    }

    fn starts(&self) -> impl Iterator<Item = usize> {
        std::iter::once(0).chain(self.visits.iter().map(|visit| visit.end as usize)).take(self.visits.len())
    }
}

/// What the end of a file tells: groups, and where the blocks of each column are.
#[derive(Debug)]
pub(super) struct Footer {
    pub(super) groups: Vec<Group>,
    /// Of each column its bytes in the file, and the lengths of its blocks.
    visits: (Range<u64>, Vec<usize>),
    columns: Vec<(Column, Range<u64>, Vec<usize>)>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    rows: usize,
    visits: usize,
}

impl Footer {
    /// Where the footer begins in a file of `size` bytes that ends with `end`.
    pub(super) fn start(size: u64, end: &[u8]) -> Result<u64, Damaged> {
        footer_start(size, end, MAGIC)
    }

    /// Reads the bytes between its start and the end, of a file in which it begins at `start`.
    pub(super) fn read(mut bytes: &[u8], start: u64) -> Result<Footer, Damaged> {
        let bytes = &mut bytes;
        let count = take_count(bytes)?;
        let mut groups = Vec::new();
        for _ in 0..count {
            let (rows, visits) = (take(bytes)?, take(bytes)?);
            if rows > MOST_ROWS || visits > rows {
                return Err(Damaged);
            }
            groups.push(Group { rows: rows as usize, visits: visits as usize });
        }
        let mut footer = Footer { groups, visits: (0..0, Vec::new()), columns: Vec::new() };
        let all = Column::of(super::Kind::Closed);
        let mut at = 0;
        for _ in 0..take_count(bytes)? {
            let length = usize::from(take_byte(bytes)?);
            let (name, rest) = bytes.split_at_checked(length).ok_or(Damaged)?;
            *bytes = rest;
            let lengths = (0..count).map(|_| Ok(take(bytes)? as usize)).collect::<Result<Vec<usize>, Damaged>>()?;
            let end = lengths.iter().try_fold(at, |end: u64, length| end.checked_add(*length as u64)).ok_or(Damaged)?;
            if end > start {
                return Err(Damaged);
            }
            if name == VISITS.as_bytes() {
                footer.visits = (at..end, lengths);
            } else if let Some(column) = all.iter().find(|column| column.name().as_bytes() == name) {
                footer.columns.push((*column, at..end, lengths));
            }
            at = end;
        }
        if footer.visits.1.len() == footer.groups.len() { Ok(footer) } else { Err(Damaged) }
    }

    /// The columns that a question needs of those the file has.
    pub(super) fn wanted(&self, columns: Columns) -> Vec<usize> {
        (0..self.columns.len()).filter(|at| self.columns[*at].0.is_wanted(columns)).collect()
    }

    /// Where these columns lie, behind where the visits do.
    pub(super) fn ranges(&self, wanted: &[usize]) -> Vec<Range<u64>> {
        let columns = wanted.iter().map(|at| self.columns[*at].1.clone());
        std::iter::once(self.visits.0.clone()).chain(columns).collect()
    }

    /// Bytes of each column.
    #[cfg(test)]
    pub(super) fn sizes(&self) -> impl Iterator<Item = (String, i64)> {
        let columns = self.columns.iter().map(|(column, range, _)| (column.name(), range));
        let all = std::iter::once((VISITS, &self.visits.0)).chain(columns);
        all.map(|(name, range)| (name.to_owned(), (range.end - range.start) as i64))
    }
}

/// Where a footer begins that is followed by its length and these eight bytes.
pub(super) fn footer_start(size: u64, end: &[u8], magic: &[u8; 8]) -> Result<u64, Damaged> {
    let (length, found) = end.last_chunk::<12>().ok_or(Damaged)?.split_at(4);
    let length = u32::from_le_bytes(length.try_into().map_err(|_| Damaged)?);
    let start = size.checked_sub(END_BYTES + u64::from(length)).ok_or(Damaged)?;
    if found == magic { Ok(start) } else { Err(Damaged) }
}

/// Blocks of a file in memory that are being read.
pub(super) struct Blocks {
    pub(super) day: Day,
    /// Rows get the numbers of visitor and visit, for what reads rows and not visits.
    pub(super) numbers: bool,
    pub(super) decoder: Decoder,
    visits: Reading,
    columns: Vec<(Column, Reading)>,
}

/// The blocks of a column, and how much of them was read.
struct Reading {
    bytes: bytes::Bytes,
    lengths: Vec<usize>,
    at: usize,
}

impl Reading {
    fn next(&mut self, group: usize) -> Result<bytes::Bytes, Damaged> {
        let length = *self.lengths.get(group).ok_or(Damaged)?;
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len()).ok_or(Damaged)?;
        let block = self.bytes.slice(self.at..end);
        self.at = end;
        Ok(block)
    }
}

impl Blocks {
    /// Of the columns wanted, whose bytes were read in the order of [`Footer::ranges`].
    pub(super) fn new(
        footer: &Footer,
        wanted: &[usize],
        parts: Vec<bytes::Bytes>,
        day: Day,
        numbers: bool,
    ) -> Result<Blocks, Damaged> {
        let mut parts = parts.into_iter();
        let mut reading =
            |lengths: &Vec<usize>| Ok(Reading { bytes: parts.next().ok_or(Damaged)?, lengths: lengths.clone(), at: 0 });
        let visits = reading(&footer.visits.1)?;
        let columns = wanted.iter().map(|at| {
            let (column, _, lengths) = &footer.columns[*at];
            Ok((*column, reading(lengths)?))
        });
        let columns = columns.collect::<Result<Vec<_>, Damaged>>()?;
        let decoder = Decoder::new().map_err(|_| Damaged)?;
        Ok(Blocks { day, numbers, decoder, visits, columns })
    }

    /// The rows of the `at`-th group; groups are read in order.
    pub(super) fn group(&mut self, at: usize, group: Group) -> Result<Rows, Damaged> {
        let mut rows = Rows::none();
        rows.batch.rows = group.rows;
        let block = self.visits.next(at)?;
        rows.batch.visits = visits(&mut self.decoder, &mut &block[..], group)?;
        if self.numbers {
            number(&mut rows);
        }
        for (column, reading) in &mut self.columns {
            let block = reading.next(at)?;
            let mut found = Found { decoder: &mut self.decoder, bytes: &block, group };
            found.column(*column, &mut rows, self.day)?;
        }
        Ok(rows)
    }
}

fn visits(decoder: &mut Decoder, bytes: &mut &[u8], group: Group) -> Result<Vec<Visit>, Damaged> {
    let steps: Vec<u64> = decoder.read(bytes, group.visits)?;
    let lengths: Vec<u32> = decoder.read(bytes, group.visits)?;
    let (mut visitor, mut end) = (0u64, 0u32);
    let visit = |(step, length): (u64, u32)| {
        visitor = visitor.wrapping_add(step);
        end = end.saturating_add(length).saturating_add(1);
        Visit { visitor, end }
    };
    let visits: Vec<Visit> = steps.into_iter().zip(lengths).map(visit).collect();
    if end as usize == group.rows && visits.is_sorted_by(|a, b| a.end < b.end) { Ok(visits) } else { Err(Damaged) }
}

/// Gives rows the numbers of their visitor and of the visit within the visitor's day.
fn number(rows: &mut Rows) {
    let b = &mut rows.batch;
    b.visitor.reserve(b.rows);
    b.visit.reserve(b.rows);
    let (mut visitor, mut number) = (0, 0u16);
    for visit in &b.visits {
        number = if visit.visitor == 0 || visit.visitor != visitor { 0 } else { number.saturating_add(1) };
        visitor = visit.visitor;
        b.visitor.resize(visit.end as usize, visitor);
        b.visit.resize(visit.end as usize, number);
    }
}

/// A block being read.
struct Found<'a> {
    decoder: &'a mut Decoder,
    bytes: &'a [u8],
    group: Group,
}

impl Found<'_> {
    fn column(&mut self, column: Column, rows: &mut Rows, day: Day) -> Result<(), Damaged> {
        let b = &mut rows.batch;
        let visits = &b.visits;
        match column {
            Column::Since => b.since_s = self.steps(visits, 0)?,
            Column::Slot => b.slot = self.steps(visits, base(day))?.into_iter().map(Slot).collect(),
            Column::Languages => b.languages = self.list(visits, |[t, _]| Term(t), 1)?,
            Column::Tags => b.tags = self.list(visits, |[t, _]| Term(t), 1)?,
            Column::Properties => {
                b.properties = self.list(visits, |[k, v]| Property { key: Term(k), value: Term(v) }, 2)?;
            }
            Column::Revenue => b.revenue_milli = self.plain(visits)?.into_iter().map(unzigzag).collect(),
            Column::Marks => b.marks = self.plain(visits)?.into_iter().map(Marks).collect(),
            Column::Flags => b.flags = self.plain(visits)?.into_iter().map(Flags).collect(),
            Column::Term(dimension) => {
                b.terms[dimension.index()] = self.plain(visits)?.into_iter().map(Term).collect();
            }
            Column::Scroll => {
                let positions: Vec<u8> = self.plain(visits)?;
                b.scroll = positions.into_iter().map(|s| s.wrapping_sub(1)).collect();
                debug_assert_eq!(AnonymousEvent::SCROLL_UNKNOWN, 0u8.wrapping_sub(1));
            }
            Column::Engaged => b.engaged_s = self.plain(visits)?,
            Column::Currency => b.currency = self.plain(visits)?.into_iter().map(Term).collect(),
            Column::Visitor | Column::Seconds | Column::Tie => {}
        }
        Ok(())
    }

    fn read<T: Word>(&mut self, count: usize) -> Result<Vec<T>, Damaged> {
        self.decoder.read(&mut self.bytes, count)
    }

    fn plain<T: Word>(&mut self, visits: &[Visit]) -> Result<Vec<T>, Damaged> {
        match take_byte(&mut self.bytes)? {
            OF_ROWS => self.read(self.group.rows),
            OF_VISITS => {
                let numbers: Vec<T> = self.read(self.group.visits)?;
                let mut all = vec![T::default(); self.group.rows];
                let mut left = all.as_mut_slice();
                let mut start = 0;
                for (number, visit) in numbers.into_iter().zip(visits) {
                    let (of_visit, rest) = left.split_at_mut_checked((visit.end - start) as usize).ok_or(Damaged)?;
                    of_visit.iter_mut().for_each(|to| *to = number);
                    (left, start) = (rest, visit.end);
                }
                Ok(all)
            }
            _ => Err(Damaged),
        }
    }

    fn steps(&mut self, visits: &[Visit], base: u32) -> Result<Vec<u32>, Damaged> {
        let firsts: Vec<u32> = self.read(self.group.visits)?;
        let steps: Vec<u32> = self.read(self.group.rows - self.group.visits)?;
        let mut steps = steps.as_slice();
        let mut all = Vec::with_capacity(self.group.rows);
        let mut start = 0;
        for (first, visit) in firsts.into_iter().zip(visits) {
            let mut number = base.wrapping_add(first);
            all.push(number);
            let (inner, rest) = steps.split_at_checked((visit.end - start - 1) as usize).ok_or(Damaged)?;
            for step in inner {
                number = number.wrapping_add(unzigzag_small(*step));
                all.push(number);
            }
            (steps, start) = (rest, visit.end);
        }
        Ok(all)
    }

    fn list<T: Copy>(
        &mut self,
        visits: &[Visit],
        value: impl Fn([u32; 2]) -> T,
        parts: usize,
    ) -> Result<Ragged<T>, Damaged> {
        let is_of_visits = match take_byte(&mut self.bytes)? {
            OF_ROWS => false,
            OF_VISITS => true,
            _ => return Err(Damaged),
        };
        let count = if is_of_visits { self.group.visits } else { self.group.rows };
        let lengths: Vec<u32> = self.read(count)?;
        let total = take(&mut self.bytes)?;
        if total != lengths.iter().map(|length| u64::from(*length)).sum::<u64>() || total > MOST_ROWS {
            return Err(Damaged);
        }
        let first: Vec<u32> = self.read(total as usize)?;
        let second: Vec<u32> = if parts == 2 { self.read(total as usize)? } else { vec![0; total as usize] };
        let values: Vec<T> = first.into_iter().zip(second).map(|(a, b)| value([a, b])).collect();
        let mut lists = Ragged { offsets: Vec::with_capacity(self.group.rows + 1), values: Vec::new() };
        lists.offsets.push(0);
        let mut end = 0u32;
        if !is_of_visits {
            for length in lengths {
                end += length;
                lists.offsets.push(end);
            }
            lists.values = values;
            return Ok(lists);
        }
        let mut start = 0;
        for (length, visit) in lengths.into_iter().zip(visits) {
            let list = &values[end as usize..(end + length) as usize];
            end += length;
            for _ in start..visit.end {
                lists.values.extend_from_slice(list);
                lists.offsets.push(u32::try_from(lists.values.len()).unwrap_or(u32::MAX));
            }
            start = visit.end;
        }
        Ok(lists)
    }
}

/// Small numbers of both signs as small numbers.
pub(super) fn zigzag(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

fn unzigzag_small(value: u32) -> u32 {
    value >> 1 ^ (value & 1).wrapping_neg()
}
