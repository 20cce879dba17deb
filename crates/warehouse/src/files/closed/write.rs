//! Writing a file of a closed day.

use std::io::Result;

use outis_event::{Day, Property, Term};

use super::super::column::{Column, base};
use super::super::numbers::{Encoder, put, zigzag};
use super::{MAGIC, OF_ROWS, OF_VISITS, VISITS};
use crate::Ragged;
use crate::batch::Visit;
use crate::rows::Rows;

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
    pub(crate) fn new(columns: Vec<Column>, day: Day) -> Result<ClosedWriter> {
        let blocks = vec![(Vec::new(), Vec::new()); columns.len() + 1];
        Ok(ClosedWriter { columns, day, encoder: Encoder::new(LEVEL)?, groups: Vec::new(), blocks })
    }

    /// Adds rows, of whole visitors, as a group.
    pub(crate) fn group(&mut self, rows: &Rows) -> Result<()> {
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
    fn write(&mut self, numbers: &[u64]) -> Result<()> {
        self.encoder.write(numbers, self.out)
    }

    /// How far the visitors' numbers are apart, and how many rows visits have besides the first.
    fn visits(&mut self) -> Result<()> {
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

    fn column(&mut self, column: Column, rows: &Rows, day: Day) -> Result<()> {
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
    fn plain(&mut self, numbers: &[u64]) -> Result<()> {
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
    fn steps(&mut self, base: u32, numbers: &[u64]) -> Result<()> {
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
    fn list<T: Copy + PartialEq>(&mut self, lists: &Ragged<T>, rows: usize, numbers: &[fn(&T) -> u32]) -> Result<()> {
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
