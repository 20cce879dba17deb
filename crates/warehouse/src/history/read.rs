//! Answering from cells.

use std::sync::Arc;

use object_store::ObjectStoreExt;
use outis_event::{Day, SiteId, Term};
use outis_insight::behaviour::Behaviour;
use outis_insight::history::{Answering, Family, HistoryAnswer, PastOrder, PastTable, SetDays, Span};
use outis_insight::{EvaluateError, Query};

use super::table::read_cells;
use crate::catalogue::CellFile;
use crate::warehouse::Inner;

/// Most closed days that are looked at to tell since when something is kept.
const MOST_DAYS: usize = 400;

impl Inner {
    /// True if some day of the question has cells and no rows any more.
    pub(crate) fn is_past(&self, query: &Query) -> bool {
        let state = self.state.lock();
        let days = state.days(query.site);
        let first = state.closed_days(query.site).find(|day| *day >= query.range.from && !days.contains(day));
        first.is_some_and(|day| day <= query.range.to)
    }

    /// Answers from cells, and tells the last day of the question that has any.
    pub(crate) async fn history(&self, query: &Query) -> Result<(HistoryAnswer, Day), EvaluateError> {
        let Some(mut answering) = Answering::new(query) else {
            return Err(EvaluateError::NotInHistory { rows_from: self.rows_from(query) });
        };
        let (files, last) = self.cells_of(query);
        let families = answering.families();
        answering.with_noise(self.spreads(query, &families).await?);
        for file in files {
            let found = self.store.get(&file.path).await.map_err(|_| EvaluateError::Unavailable)?;
            let bytes = found.bytes().await.map_err(|_| EvaluateError::Unavailable)?;
            let cells = read_cells(bytes, file.span, file.first, &families);
            for cell in cells.map_err(|_| EvaluateError::Unavailable)? {
                answering.take(&cell);
            }
        }
        match answering.is_whole() {
            true => Ok((answering.finish(), last)),
            false => Err(EvaluateError::NotKept { kept_from: answering.kept_from() }),
        }
    }

    /// What closes kept of a set on the days of a question, and the last day that is in it.
    pub(crate) async fn kept(&self, query: &Query, id: Term) -> Result<(SetDays, Day), EvaluateError> {
        let mut days = SetDays::of(id, query);
        let families = days.families();
        days.with_noise(self.spreads(query, &families).await?);
        let (files, last) = self.cells_of(query);
        for file in files.into_iter().filter(|file| file.span == Span::Day) {
            let found = self.store.get(&file.path).await.map_err(|_| EvaluateError::Unavailable)?;
            let bytes = found.bytes().await.map_err(|_| EvaluateError::Unavailable)?;
            let cells = read_cells(bytes, file.span, file.first, &families);
            cells.map_err(|_| EvaluateError::Unavailable)?.iter().for_each(|cell| days.take(cell));
        }
        if days.is_whole() { Ok((days, last)) } else { Err(EvaluateError::NotKept { kept_from: days.kept_from() }) }
    }

    /// What cells tell of a question about order, and the last day that is in it.
    pub(crate) async fn past_order(&self, question: &Behaviour) -> Result<(PastTable, Day), EvaluateError> {
        let query = &question.base;
        let Some(mut past) = PastOrder::new(question) else {
            return Err(EvaluateError::NotInHistory { rows_from: self.rows_from(query) });
        };
        let families = past.families();
        let (files, last) = self.cells_of(query);
        for file in files {
            let found = self.store.get(&file.path).await.map_err(|_| EvaluateError::Unavailable)?;
            let bytes = found.bytes().await.map_err(|_| EvaluateError::Unavailable)?;
            let cells = read_cells(bytes, file.span, file.first, &families);
            cells.map_err(|_| EvaluateError::Unavailable)?.iter().for_each(|cell| past.take(cell));
        }
        match past.is_whole() {
            true => Ok((past.finish(), last)),
            false => Err(EvaluateError::NotKept { kept_from: past.kept_from() }),
        }
    }

    /// Of each family, the first day from which on every closed day had cells of it; at most [`MOST_DAYS`] back.
    pub(crate) async fn kept_since(
        &self,
        site: SiteId,
        families: &[Family],
    ) -> Result<Vec<Option<Day>>, EvaluateError> {
        let is_day = |f: &&Arc<CellFile>| f.site == site && !f.waiting && f.span == Span::Day;
        let mut files: Vec<Arc<CellFile>> = self.state.lock().cells.iter().filter(is_day).cloned().collect();
        files.sort_by_key(|f| std::cmp::Reverse(f.first));
        let mut since = vec![None; families.len()];
        let mut open: Vec<usize> = (0..families.len()).collect();
        for file in files.into_iter().take(MOST_DAYS) {
            let wanted: Vec<Family> = open.iter().map(|at| families[*at]).collect();
            if wanted.is_empty() {
                break;
            }
            let found = self.store.get(&file.path).await.map_err(|_| EvaluateError::Unavailable)?;
            let bytes = found.bytes().await.map_err(|_| EvaluateError::Unavailable)?;
            let cells = read_cells(bytes, file.span, file.first, &wanted).map_err(|_| EvaluateError::Unavailable)?;
            open.retain(|at| cells.iter().any(|cell| cell.family == families[*at]));
            open.iter().for_each(|at| since[*at] = Some(file.first));
        }
        Ok(since)
    }

    /// The first and the last day that was closed.
    pub(crate) fn closed_days(&self, site: SiteId) -> Option<(Day, Day)> {
        let state = self.state.lock();
        Some((state.closed_days(site).next()?, state.closed_days(site).next_back()?))
    }

    /// Files of released cells in the range, days before weeks before periods, and the last closed day of it.
    fn cells_of(&self, query: &Query) -> (Vec<Arc<CellFile>>, Day) {
        let (from, to) = (query.range.from, query.range.to);
        let state = self.state.lock();
        let lies_in =
            |f: &&Arc<CellFile>| f.site == query.site && !f.waiting && from <= f.first && f.span.last(f.first) <= to;
        let mut files: Vec<Arc<CellFile>> = state.cells.iter().filter(lies_in).cloned().collect();
        files.sort_by_key(|f| (f.span, f.first));
        let last = state.closed_days(query.site).rfind(|day| *day <= to).unwrap_or(from);
        (files, Span::Day.last(last))
    }

    /// The first day that has rows.
    pub(crate) fn rows_from(&self, query: &Query) -> Option<Day> {
        self.state.lock().days(query.site).first().copied()
    }
}
