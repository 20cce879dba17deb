//! The rows of followed members, gathered from several days and put in the order of their time.

use std::ops::Range;

use outis_event::{Day, Dimension, Flags, Term};
use outis_insight::EvaluateError;
use outis_insight::behaviour::Linked;

use crate::Batch;
use crate::batch::{Run as Visitor, Visit};
use crate::rows::{Place, gather, place};

/// Most rows of followed members that are held at once; a row has about 40 bytes for the columns of most questions.
const MOST_LINKED_ROWS: usize = 2_000_000;
/// Rows of whole members that are looked at together.
const CHUNK_ROWS: usize = 1 << 16;

/// Rows that wait until all days have been seen.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    sources: Vec<Batch>,
    runs: Vec<Run>,
    rows: usize,
    /// There were more than can be held.
    is_full: bool,
}

/// The rows of one member on one day in one of the sources.
#[derive(Debug)]
struct Run {
    member: Linked,
    day: Day,
    source: u32,
    rows: Range<usize>,
    /// Of each of its visits how many rows it has.
    visits: Vec<u32>,
}

/// Rows of whole members, each contiguous.
pub(super) struct Chunk {
    pub(super) batch: Batch,
    pub(super) members: Vec<Linked>,
}

impl Gathered {
    /// Keeps the rows of members in a batch.
    pub(super) fn add(&mut self, batch: &Batch, members: &[(Linked, Visitor)]) {
        if self.has_room(members.iter().map(|(_, run)| run.rows.len()).sum()) {
            let rows = members.iter().flat_map(|(_, run)| run.rows.clone());
            let kept = gather(&[batch], &rows.map(|row| place(0, row)).collect::<Vec<Place>>());
            let lengths = |run: &Visitor| run.visits.clone().map(|visit| batch.rows_of(visit).len() as u32).collect();
            self.keep(batch.day, kept, members.iter().map(|(member, run)| (*member, lengths(run))));
        }
    }

    /// Keeps one row of each member in a batch: one that tells whether they were there and whether they count for
    /// floors, with all their marks.
    pub(super) fn add_days(&mut self, batch: &Batch, members: &[(Linked, Visitor)], engagement: Term) {
        if !self.has_room(members.len()) {
            return;
        }
        let names = &batch.terms[Dimension::Event.index()];
        let tells = |row: &usize| (names[*row] != engagement, batch.flags[*row].has(Flags::COUNTS_FOR_FLOOR));
        let best = |rows: &Range<usize>| rows.clone().max_by_key(tells).unwrap_or(rows.start);
        let places: Vec<Place> = members.iter().map(|(_, run)| place(0, best(&run.rows))).collect();
        let mut kept = gather(&[batch], &places);
        for (marks, (_, run)) in kept.marks.iter_mut().zip(members) {
            *marks = batch.marks[run.rows.clone()].iter().fold(*marks, |all, marks| all.with(*marks));
        }
        self.keep(batch.day, kept, members.iter().map(|(member, _)| (*member, vec![1])));
    }

    /// True if there are rows to be held, and room for them.
    fn has_room(&mut self, rows: usize) -> bool {
        self.rows += rows;
        if self.is_full || self.rows > MOST_LINKED_ROWS {
            *self = Gathered { is_full: true, ..Gathered::default() };
        }
        rows > 0 && !self.is_full
    }

    fn keep(&mut self, day: Day, kept: Batch, members: impl Iterator<Item = (Linked, Vec<u32>)>) {
        let source = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        self.sources.push(kept);
        let mut start = 0;
        for (member, visits) in members {
            let end = start + visits.iter().sum::<u32>() as usize;
            self.runs.push(Run { member, day, source, rows: start..end, visits });
            start = end;
        }
    }

    /// Also keeps what was gathered of other days.
    pub(super) fn merge(&mut self, other: Gathered) {
        self.is_full |= other.is_full;
        if !self.has_room(other.rows) {
            return;
        }
        let before = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        self.sources.extend(other.sources);
        self.runs.extend(other.runs.into_iter().map(|run| Run { source: run.source + before, ..run }));
    }

    /// All members, one after the other, each with their days in order; put together as they are asked for.
    ///
    /// # Errors
    /// When there were more rows than can be held.
    pub(super) fn chunks(mut self) -> Result<impl Iterator<Item = Chunk>, EvaluateError> {
        if self.is_full {
            return Err(EvaluateError::TooManyLinked { most_rows: MOST_LINKED_ROWS });
        }
        self.runs.sort_unstable_by_key(|run| (run.member, run.day));
        let (sources, mut runs) = (self.sources, self.runs.into_iter().peekable());
        Ok(std::iter::from_fn(move || {
            let (mut of_chunk, mut rows) = (Vec::new(), 0);
            while let Some(next) = runs.peek() {
                let is_same = of_chunk.last().is_some_and(|run: &Run| run.member == next.member);
                if rows >= CHUNK_ROWS && !is_same {
                    break;
                }
                rows += next.rows.len();
                of_chunk.extend(runs.next());
            }
            (!of_chunk.is_empty()).then(|| chunk(&sources, &of_chunk))
        }))
    }
}

/// The rows of these runs. Members are visitors of the batch, numbered from 1.
fn chunk(sources: &[Batch], runs: &[Run]) -> Chunk {
    let sources: Vec<&Batch> = sources.iter().collect();
    let places: Vec<Place> = runs.iter().flat_map(|run| run.rows.clone().map(|row| place(run.source, row))).collect();
    let mut batch = gather(&sources, &places);
    let mut members: Vec<Linked> = Vec::new();
    let mut end = 0;
    for run in runs {
        batch.days.resize(batch.days.len() + run.rows.len(), run.day);
        if members.last() != Some(&run.member) {
            members.push(run.member);
        }
        for rows in &run.visits {
            end += rows;
            batch.visits.push(Visit { visitor: members.len() as u64, end });
        }
    }
    Chunk { batch, members }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_rows_than_can_be_held_are_an_error_and_are_not_held() {
        let mut gathered = Gathered::default();
        assert!(gathered.has_room(MOST_LINKED_ROWS));
        gathered.sources.push(Batch::default());
        assert!(!gathered.has_room(1));
        assert!(!gathered.has_room(1));
        assert!(gathered.sources.is_empty());
        let mut other = Gathered::default();
        other.merge(gathered);
        assert!(matches!(other.chunks().err(), Some(EvaluateError::TooManyLinked { most_rows: MOST_LINKED_ROWS })));
    }
}
