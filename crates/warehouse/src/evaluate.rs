//! Answering a question from what is in files and in memory, off the threads that serve.

use std::ops::ControlFlow;
use std::sync::Arc;

use outis_event::Day;
use outis_insight::EvaluateError;

use crate::catalogue::{CountFile, FileEntry};
use crate::files::{Kind, ReadError, Reader};
use crate::forget::HiddenDay;
use crate::merge::{Merge, Source};
use crate::purge::Rewrite;
use crate::rows::Rows;
use crate::tail::Chunk;
use crate::{Batch, Columns};

/// Questions use at most this many threads each.
const WORKERS: usize = 2;
/// Fewer rows are not worth a second thread.
const ROWS_PER_WORKER: u64 = 30_000;

/// The rows of one day that a question may see.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    pub(crate) day: Day,
    pub(crate) files: Vec<Arc<FileEntry>>,
    pub(crate) tail: Vec<Chunk>,
    /// Counts of exactly these rows, if there are any.
    pub(crate) counts: Option<Arc<CountFile>>,
    /// What of it nobody may see.
    pub(crate) hidden: Option<Arc<HiddenDay>>,
    /// What a purge makes of it, while it is rewritten.
    pub(crate) rewrite: Option<Arc<Rewrite>>,
}

impl Partition {
    /// The rows of some files of a day.
    pub(crate) fn of_files(day: Day, files: Vec<Arc<FileEntry>>) -> Partition {
        Partition { day, files, tail: Vec::new(), counts: None, hidden: None, rewrite: None }
    }

    /// The rows that may be seen.
    pub(crate) fn seen(&self, rows: Rows) -> Rows {
        let rows = match &self.hidden {
            Some(hidden) => rows.without(&hidden.all),
            None => rows,
        };
        match &self.rewrite {
            Some(rewrite) => rewrite.apply(rows),
            None => rows,
        }
    }

    fn rows(&self) -> u64 {
        let in_memory: usize = self.tail.iter().map(|c| c.events.len()).sum();
        self.files.iter().map(|f| f.rows).sum::<u64>() + in_memory as u64
    }

    /// Everything that is sorted by clock, as one stream.
    pub(crate) fn merge(&self, reader: &Reader, columns: Columns) -> Result<Merge, ReadError> {
        let mut sources = Vec::new();
        for file in self.files.iter().filter(|f| f.kind == Kind::Small) {
            sources.push(Source::File(reader.open(file, columns)?));
        }
        if !self.tail.is_empty() {
            let rows = Rows::of_events(self.tail.iter().flat_map(|c| c.events.iter()));
            sources.push(Source::Memory(Some(Box::new(rows))));
        }
        Ok(Merge::new(sources))
    }
}

/// One pass over the rows of some days: a running answer to one question.
pub(crate) trait Pass: Sized + Send + 'static {
    /// What batches must hold.
    fn columns(&self) -> Columns;

    /// Takes in the rows of a batch. Batches of one day follow each other.
    fn batch(&mut self, batch: &Batch);

    /// True if further rows would change nothing.
    fn is_done(&self) -> bool {
        false
    }

    /// Takes in what another pass for the same question has seen of other days.
    #[must_use]
    fn merge(self, other: Self) -> Self;
}

/// Passes over the partitions, days in parallel; `begin` makes a pass that has seen nothing.
pub(crate) async fn pass<P: Pass>(
    reader: &Reader,
    partitions: Vec<Partition>,
    begin: impl Fn() -> P,
) -> Result<P, EvaluateError> {
    let mut workers = Vec::new();
    for partitions in share(partitions) {
        let (reader, pass) = (reader.clone(), begin());
        workers.push(tokio::task::spawn_blocking(move || days(&reader, pass, &partitions)));
    }
    let mut whole: Option<P> = None;
    for worker in workers {
        let part = worker.await.map_err(|_| EvaluateError::Unavailable)?;
        let part = part.map_err(|_| EvaluateError::Unavailable)?;
        whole = Some(match whole {
            Some(whole) => whole.merge(part),
            None => part,
        });
    }
    Ok(whole.unwrap_or_else(begin))
}

/// Shares the days out so that the workers have about the same number of rows.
fn share(mut partitions: Vec<Partition>) -> Vec<Vec<Partition>> {
    let rows: u64 = partitions.iter().map(Partition::rows).sum();
    if rows < ROWS_PER_WORKER * 2 {
        return vec![partitions];
    }
    partitions.sort_by_key(|p| std::cmp::Reverse(p.rows()));
    let mut shares: Vec<(u64, Vec<Partition>)> = (0..WORKERS).map(|_| (0, Vec::new())).collect();
    for partition in partitions {
        let least = shares.iter_mut().min_by_key(|(rows, _)| *rows).expect("there is a worker");
        least.0 += partition.rows();
        least.1.push(partition);
    }
    shares.into_iter().map(|(_, partitions)| partitions).filter(|p| !p.is_empty()).collect()
}

fn days<P: Pass>(reader: &Reader, mut pass: P, partitions: &[Partition]) -> Result<P, ReadError> {
    for partition in partitions {
        day(reader, partition, &mut pass)?;
    }
    Ok(pass)
}

fn day<P: Pass>(reader: &Reader, partition: &Partition, pass: &mut P) -> Result<(), ReadError> {
    each_batch(reader, partition, pass.columns(), |batch| {
        if !pass.is_done() {
            pass.batch(batch);
        }
        match pass.is_done() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })
}

/// Gives all rows of a day, whole visitors at a time, until it is told to stop.
pub(crate) fn each_batch(
    reader: &Reader,
    partition: &Partition,
    columns: Columns,
    mut take: impl FnMut(&Batch) -> ControlFlow<()>,
) -> Result<(), ReadError> {
    // Where rows are left out, visits are put together anew.
    let columns = Columns { marks: columns.marks || columns.marked && partition.hidden.is_some(), ..columns };
    for file in partition.files.iter().filter(|f| f.kind == Kind::Closed) {
        let mut file = reader.closed(file, columns)?;
        while let Some(rows) = file.next()? {
            let batch = partition.seen(rows).into_batch(partition.day, columns);
            let flow = take(&batch);
            batch.recycle();
            if flow.is_break() {
                return Ok(());
            }
            // Low priority alone is not enough: a kernel may take a thread off the processor at its next tick only.
            std::thread::yield_now();
        }
    }
    let mut merge = partition.merge(reader, columns)?;
    while let Some(rows) = merge.next()? {
        if take(&partition.seen(rows).into_visits().into_batch(partition.day, columns)).is_break() {
            return Ok(());
        }
    }
    Ok(())
}
