//! Counting a day.

use std::ops::ControlFlow;

use outis_event::{Day, SiteId, Term};
use outis_insight::bucket::minutes;
use outis_insight::{DayRange, Filter, Key, Metric, Query, RawRow};

use super::{Counted, Table, What};
use crate::evaluate::{Partition, each_batch};
use crate::files::{ReadError, Reader};
use crate::{Columns, Evaluation};

/// Between them they need every part.
const METRICS: [Metric; 6] = [
    Metric::BounceRate,
    Metric::VisitDuration,
    Metric::ScrollDepth,
    Metric::TimeOnPage,
    Metric::ExitRate,
    Metric::TotalRevenue,
];
/// Tables of more rows than this and than half of the day's rows are left out: rows are read about as fast.
const MANY_ROWS: usize = 10_000;
/// Tables of more rows are left out.
const MOST_ROWS: usize = 400_000;

/// The day of a site, and the words whose meaning counts depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) site: SiteId,
    pub(crate) day: Day,
    /// Of the zone that hours are told in.
    pub(crate) zone: String,
    pub(crate) pageview: Term,
    pub(crate) engagement: Term,
}

/// Counts everything of a day. `None` if its zone is not known.
pub(super) fn count(
    reader: &Reader,
    partition: &Partition,
    subject: &Subject,
    what: &[What],
) -> Result<Option<Vec<(What, Table)>>, ReadError> {
    let mut counting = Vec::new();
    for what in what {
        let Some(query) = query(subject, *what) else { return Ok(None) };
        counting.push((*what, Evaluation::new(&query)));
    }
    let mut rows = 0;
    each_batch(reader, partition, Columns::ALL, |batch| {
        rows += batch.rows;
        counting.iter_mut().for_each(|(_, evaluation)| evaluation.batch(batch));
        ControlFlow::Continue(())
    })?;
    let tables = counting.into_iter().map(|(what, evaluation)| (what, table(what, subject.day, evaluation)));
    let is_kept = |table: &Table| {
        let many = table.len() > MANY_ROWS && table.len() > rows / 2;
        !many && table.len() <= MOST_ROWS
    };
    Ok(Some(tables.filter(|(_, table)| is_kept(table)).collect()))
}

fn query(subject: &Subject, what: What) -> Option<Query> {
    Some(Query {
        site: subject.site,
        zone: jiff::tz::TimeZone::get(&subject.zone).ok()?,
        range: DayRange { from: subject.day, to: subject.day, slots: None },
        filter: Filter::ALL,
        metrics: METRICS.to_vec(),
        groups: what.groups(),
        pageview: subject.pageview,
        engagement: subject.engagement,
        cap_milli: None,
    })
}

fn table(what: What, day: Day, evaluation: Evaluation) -> Table {
    let counted = |row: RawRow| {
        let key = match row.keys.first() {
            Some(Key::Term(term)) => term.0,
            Some(Key::Time(start)) => u32::try_from((start - minutes(day)) / 60).unwrap_or(0),
            None => 0,
        };
        Counted { key, persons: u32::try_from(row.persons).unwrap_or(u32::MAX), parts: row.parts }
    };
    let rows: Vec<Counted> = match what {
        What::Site => vec![counted(evaluation.all())],
        What::Hours | What::Group(_) => evaluation.counts().map(counted).collect(),
    };
    Table::of(rows)
}
