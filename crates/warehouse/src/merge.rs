//! One stream of whole visitors out of several sorted sources, with bounded memory.

use outis_event::ShiftedClock;

use crate::files::{FileReader, ReadError};
use crate::rows::{Place, Rows, place};

/// Blocks of rows sorted by (visitor, clock).
pub(crate) enum Source {
    /// Row groups of a file.
    File(FileReader),
    /// Rows in memory.
    Memory(Option<Box<Rows>>),
}

impl Source {
    fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        match self {
            Source::File(file) => file.next(),
            Source::Memory(rows) => Ok(rows.take().map(|rows| *rows)),
        }
    }

    fn is_done(&self) -> bool {
        match self {
            Source::File(file) => file.is_done(),
            Source::Memory(rows) => rows.is_none(),
        }
    }
}

struct Input {
    source: Source,
    /// The block in hand and how many of its rows are given away.
    block: Rows,
    start: usize,
    ended: bool,
}

/// Sorted sources being merged. Of rows with the same visitor and clock those of the earlier source come first.
pub(crate) struct Merge {
    inputs: Vec<Input>,
}

impl Merge {
    pub(crate) fn new(sources: Vec<Source>) -> Merge {
        let input = |source| Input { source, block: Rows::none(), start: 0, ended: false };
        Merge { inputs: sources.into_iter().map(input).collect() }
    }

    /// The next rows: whole visitors, sorted. Rows of nobody, who is no visitor, may come in several pieces.
    pub(crate) fn next(&mut self) -> Result<Option<Rows>, ReadError> {
        for input in &mut self.inputs {
            if input.left() == 0 {
                input.load()?;
            }
        }
        loop {
            // A visitor is whole once every source that goes on has shown a later one.
            let open = self.inputs.iter().filter(|i| !i.ended).filter_map(Input::last);
            let bound = open.min();
            let ends: Vec<usize> = self.inputs.iter().map(|input| input.before(bound)).collect();
            if self.inputs.iter().zip(&ends).any(|(input, end)| *end > input.start) {
                return Ok(Some(self.take(&ends)));
            }
            if self.inputs.iter().all(|i| i.ended) {
                return Ok(None);
            }
            for input in &mut self.inputs {
                if !input.ended && input.last() == bound {
                    input.load()?;
                }
            }
        }
    }

    /// Takes the rows before `ends` out of the blocks in hand.
    fn take(&mut self, ends: &[usize]) -> Rows {
        let taking: Vec<usize> = (0..ends.len()).filter(|at| ends[*at] > self.inputs[*at].start).collect();
        if let [only] = taking[..] {
            return self.inputs[only].take(ends[only]);
        }
        let mut order: Vec<(u64, ShiftedClock, Place)> = Vec::new();
        for (source, at) in (0u32..).zip(&taking) {
            let input = &self.inputs[*at];
            let (visitor, clock) = (&input.block.batch.visitor, &input.block.clock);
            order.extend((input.start..ends[*at]).map(|row| (visitor[row], clock[row], place(source, row))));
        }
        // Stable: runs of the sources stay in order, and sorting merges them.
        order.sort_by_key(|(visitor, clock, _)| (*visitor, *clock));
        let places: Vec<Place> = order.into_iter().map(|(_, _, place)| place).collect();
        let sources: Vec<&Rows> = taking.iter().map(|at| &self.inputs[*at].block).collect();
        let rows = Rows::gather(&sources, &places);
        for at in taking {
            self.inputs[at].start = ends[at];
        }
        rows
    }
}

impl Input {
    fn left(&self) -> usize {
        self.block.len() - self.start
    }

    /// The visitor of the last row in hand.
    fn last(&self) -> Option<u64> {
        if self.left() == 0 { None } else { self.block.batch.visitor.last().copied() }
    }

    /// Where the rows before `bound` end; nobody is never waited for.
    fn before(&self, bound: Option<u64>) -> usize {
        match bound {
            None => self.block.len(),
            Some(bound) => self.block.batch.visitor.partition_point(|v| *v < bound.max(1)).max(self.start),
        }
    }

    fn take(&mut self, end: usize) -> Rows {
        if self.start == 0 && end == self.block.len() {
            return std::mem::replace(&mut self.block, Rows::none());
        }
        let places: Vec<Place> = (self.start..end).map(|row| place(0, row)).collect();
        self.start = end;
        Rows::gather(&[&self.block], &places)
    }

    fn load(&mut self) -> Result<(), ReadError> {
        while !self.ended {
            let next = self.source.next()?.unwrap_or_else(Rows::none);
            self.ended = self.source.is_done();
            if next.len() == 0 {
                continue;
            }
            let block = std::mem::replace(&mut self.block, Rows::none());
            let left: Vec<Place> = (self.start..block.len()).map(|row| place(0, row)).collect();
            self.block = if left.is_empty() { next } else { Rows::gather(&[&block], &left).and(next) };
            self.start = 0;
            return Ok(());
        }
        Ok(())
    }
}
