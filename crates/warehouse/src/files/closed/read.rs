//! Reading the rows of a closed day out of bytes in memory.

use outis_event::{Day, Flags, Marks, Property, Slot, Term};

use super::super::column::{Column, base};
use super::super::numbers::{Damaged, Decoder, Word, take, take_byte, unzigzag};
use super::{Footer, Group, MOST_ROWS, OF_ROWS, OF_VISITS};
use crate::batch::Visit;
use crate::rows::Rows;
use crate::{Columns, Ragged, spare};

/// Rows written together of a visit.
const AT_ONCE: usize = 8;

/// Blocks of a file in memory that are being read.
pub(crate) struct Blocks {
    pub(crate) day: Day,
    /// What is wanted of the columns.
    pub(crate) wanted: Columns,
    pub(crate) decoder: Decoder,
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
    pub(crate) fn new(
        footer: &Footer,
        wanted: &[usize],
        parts: Vec<bytes::Bytes>,
        day: Day,
        columns: Columns,
    ) -> Result<Blocks, Damaged> {
        let mut parts = parts.into_iter();
        let mut reading =
            |lengths: &Vec<usize>| Ok(Reading { bytes: parts.next().ok_or(Damaged)?, lengths: lengths.clone(), at: 0 });
        let visits = reading(&footer.visits.1)?;
        let found = wanted.iter().map(|at| {
            let (column, _, lengths) = &footer.columns[*at];
            Ok((*column, reading(lengths)?))
        });
        let found = found.collect::<Result<Vec<_>, Damaged>>()?;
        let decoder = Decoder::new().map_err(|_| Damaged)?;
        Ok(Blocks { day, wanted: columns, decoder, visits, columns: found })
    }

    /// The rows of the `at`-th group; groups are read in order.
    pub(crate) fn group(&mut self, at: usize, group: Group) -> Result<Rows, Damaged> {
        let mut rows = Rows::none();
        rows.batch.rows = group.rows;
        let block = self.visits.next(at)?;
        rows.batch.visits = visits(&mut self.decoder, &mut &block[..], group)?;
        // For what reads rows and not visits.
        if self.wanted.numbers {
            rows.batch.number();
        }
        for (column, reading) in &mut self.columns {
            let block = reading.next(at)?;
            let mut found = Found { decoder: &mut self.decoder, bytes: &block, group };
            match column {
                Column::Marks if !self.wanted.marks => found.marked(&mut rows)?,
                _ => found.column(*column, &mut rows, self.day)?,
            }
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
    let mut visits: Vec<Visit> = spare::take(group.visits);
    visits.extend(steps.iter().copied().zip(lengths.iter().copied()).map(visit));
    spare::give(steps);
    spare::give(lengths);
    if end as usize == group.rows && visits.is_sorted_by(|a, b| a.end < b.end) { Ok(visits) } else { Err(Damaged) }
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
            }
            Column::Engaged => b.engaged_s = self.plain(visits)?,
            Column::Currency => b.currency = self.plain(visits)?.into_iter().map(Term).collect(),
            Column::Visitor | Column::Seconds | Column::Tie => {}
        }
        Ok(())
    }

    /// Marks are told once a day, so that few rows have some: these alone, if they are written so.
    fn marked(&mut self, rows: &mut Rows) -> Result<(), Damaged> {
        let b = &mut rows.batch;
        let mut bytes = self.bytes;
        let is_of_rows = take_byte(&mut bytes)? == OF_ROWS;
        match is_of_rows.then(|| self.decoder.read_few(&mut bytes, self.group.rows)).flatten() {
            Some(few) => b.marked = few?.into_iter().map(|(row, marks)| (row, Marks(marks))).collect(),
            None => b.marks = self.plain(&b.visits)?.into_iter().map(Marks).collect(),
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
                let mut all: Vec<T> = spare::take(self.group.rows + AT_ONCE);
                for (number, visit) in numbers.iter().copied().zip(visits) {
                    let end = visit.end as usize;
                    // Most visits are short: writing as many as fit at once, of which the next visit writes over some,
                    // leaves nothing to be foretold about their length.
                    if end - all.len() <= AT_ONCE {
                        all.extend_from_slice(&[number; AT_ONCE]);
                        all.truncate(end);
                    } else {
                        all.resize(end, number);
                    }
                }
                spare::give(numbers);
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

fn unzigzag_small(value: u32) -> u32 {
    value >> 1 ^ (value & 1).wrapping_neg()
}
