//! Taking days out of a question that counts answer.

use std::sync::Arc;

use object_store::path::Path;
use outis_event::{Day, Slot, Term};
use outis_insight::bucket::bucket;
use outis_insight::{EvaluateError, Group, Interval, Query};

use super::file::read;
use super::{Table, What};
use crate::catalogue::CountFile;
use crate::evaluate::Partition;
use crate::warehouse::Inner;

/// What some days hold that lie in the same bucket of time.
pub(crate) struct Days {
    /// One of them.
    pub(crate) day: Day,
    /// What the question's rows stand for, but for the time.
    pub(crate) values: Arc<Table>,
    /// The whole site.
    pub(crate) site: Arc<Table>,
}

impl Inner {
    /// Takes the days that counts answer out of `partitions`; what is left must be answered from rows.
    pub(crate) async fn counted(
        self: &Arc<Inner>,
        query: &Query,
        partitions: &mut Vec<Partition>,
    ) -> Result<Vec<Days>, EvaluateError> {
        let Some(what) = What::of(query).filter(|_| self.options.day_counts) else { return Ok(Vec::new()) };
        let fits = |p: &Partition| p.counts.as_deref().is_some_and(|file| fits(file, what, query));
        let (counted, rest): (Vec<_>, Vec<_>) = std::mem::take(partitions).into_iter().partition(fits);
        *partitions = rest;
        if counted.is_empty() {
            return Ok(Vec::new());
        }
        let (inner, query) = (self.clone(), query.clone());
        let done = tokio::task::spawn_blocking(move || inner.tables(what, &query, counted)).await;
        let (days, left) = done.map_err(|_| EvaluateError::Unavailable)??;
        partitions.extend(left);
        Ok(days)
    }

    /// Takes the days out of `partitions` on which counts say that fewer persons than `enough` fulfil the filter.
    pub(crate) async fn without_few(
        self: &Arc<Inner>,
        query: &Query,
        enough: u64,
        partitions: &mut Vec<Partition>,
    ) -> Result<(), EvaluateError> {
        let Some((what, terms)) = What::bounding(query).filter(|_| self.options.day_counts) else { return Ok(()) };
        let (inner, query, terms) = (self.clone(), query.clone(), terms.clone());
        let all = std::mem::take(partitions);
        let looking = tokio::task::spawn_blocking(move || {
            let mut left = Vec::new();
            for partition in all {
                let counts = partition.counts.as_deref().filter(|file| fits(file, what, &query));
                let table = match counts {
                    Some(file) => inner.table(what, file)?,
                    None => None,
                };
                // Who has several values is counted for each: there are not more persons than this.
                let most = table.map(|table| table.persons(|key| terms.contains(Term(key))));
                if most.is_none_or(|most| most >= enough) {
                    left.push(partition);
                }
            }
            Ok(left)
        });
        *partitions = looking.await.map_err(|_| EvaluateError::Unavailable)??;
        Ok(())
    }

    /// The tables of the days, bucket by bucket, and the days of which there is none.
    fn tables(
        &self,
        what: What,
        query: &Query,
        partitions: Vec<Partition>,
    ) -> Result<(Vec<Days>, Vec<Partition>), EvaluateError> {
        let (mut counted, mut left) = (Vec::new(), Vec::new());
        for run in partitions.chunk_by(|a, b| bucket_of(query, a.day) == bucket_of(query, b.day)) {
            let files: Vec<Arc<CountFile>> = run.iter().filter_map(|p| p.counts.clone()).collect();
            match self.sum(what, &files)? {
                Some([values, site]) => counted.push(Days { day: run[0].day, values, site }),
                // Some day of it has no such table: one by one then.
                None => {
                    for partition in run {
                        let files: Vec<Arc<CountFile>> = partition.counts.iter().cloned().collect();
                        match self.sum(what, &files)? {
                            Some([values, site]) => counted.push(Days { day: partition.day, values, site }),
                            None => left.push(Partition { counts: None, ..partition.clone() }),
                        }
                    }
                }
            }
        }
        Ok((counted, left))
    }

    /// What these files hold together of each value and of the whole site; `None` if one of them has no such table.
    fn sum(&self, what: What, files: &[Arc<CountFile>]) -> Result<Option<[Arc<Table>; 2]>, EvaluateError> {
        let Some(values) = self.sum_of(what, files)? else { return Ok(None) };
        if what == What::Site {
            return Ok(Some([values.clone(), values]));
        }
        Ok(self.sum_of(What::Site, files)?.map(|site| [values, site]))
    }

    fn sum_of(&self, what: What, files: &[Arc<CountFile>]) -> Result<Option<Arc<Table>>, EvaluateError> {
        let paths: Arc<[Path]> = files.iter().map(|file| file.path.clone()).collect();
        if let Some(table) = self.counts.find(&paths, what) {
            return Ok(Some(table));
        }
        let mut tables = Vec::new();
        for file in files {
            match self.table(what, file)? {
                Some(table) => tables.push(table),
                None => return Ok(None),
            }
        }
        if let [only] = &tables[..] {
            return Ok(Some(only.clone()));
        }
        let sum = Arc::new(Table::sum(tables.iter().map(|table| &**table)));
        let files: Vec<&CountFile> = files.iter().map(|file| &**file).collect();
        self.keep(paths, &files, what, &sum);
        Ok(Some(sum))
    }

    /// One table of one file.
    fn table(&self, what: What, file: &CountFile) -> Result<Option<Arc<Table>>, EvaluateError> {
        let path: Arc<[Path]> = Arc::new([file.path.clone()]);
        if let Some(table) = self.counts.find(&path, what) {
            return Ok(Some(table));
        }
        let read = read(&self.reader, file, &[what]).map_err(|_| EvaluateError::Unavailable)?;
        let mut found = None;
        for (of, table) in read {
            let table = Arc::new(table);
            self.keep(path.clone(), &[file], of, &table);
            if of == what {
                found = Some(table);
            }
        }
        Ok(found)
    }

    /// Keeps a table unless its files were taken out meanwhile: whoever does that forgets tables behind it.
    fn keep(&self, paths: Arc<[Path]>, files: &[&CountFile], what: What, table: &Arc<Table>) {
        let state = self.state.lock();
        let listed = |file: &&CountFile| state.counts.get(&(file.subject.site, file.subject.day));
        if files.iter().all(|file| listed(file).is_some_and(|listed| listed.path == file.path)) {
            self.counts.keep(paths, what, table);
        }
    }
}

/// True if the counts mean the same by words and hours as the question does.
fn fits(file: &CountFile, what: What, query: &Query) -> bool {
    let subject = &file.subject;
    let same_hours = what != What::Hours || query.zone.iana_name() == Some(&subject.zone);
    (subject.pageview, subject.engagement) == (query.pageview, query.engagement) && same_hours
}

/// What tells days apart in the answer; days of one bucket may be added up.
fn bucket_of(query: &Query, day: Day) -> Option<i64> {
    let interval = query.groups.iter().find_map(|group| match group {
        Group::Time(interval) => Some(*interval),
        _ => None,
    })?;
    // Each day has hours of its own.
    let interval = if interval == Interval::Hour { Interval::Day } else { interval };
    Some(bucket(interval, day, Slot(0), &query.zone))
}
