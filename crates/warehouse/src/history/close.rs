//! Closing days, weeks and periods: files first, then one transaction that makes them count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use outis_event::{Day, Dimension, Site, SiteId, Space, Term, Vocabulary};
use outis_insight::history::{
    Above, BEYOND, Cell, Counted, Crowd, Entry, Family, Keeping, Kept, Keys, Place, Rule, Span, Together, ToldBefore,
    Waited, close_day, close_pairs, close_sets, close_span, crowd_of, is_nearly_a_page,
};
use outis_insight::{Group, Parts, Sensitive, VisitField};

use super::census::{Census, Counts, Subject, Told, census};
use super::table::{read_entries, write_cells, write_entries};
use super::{crossed, members, ways};
use crate::WarehouseError;
use crate::catalogue::{CellFile, Change};
use crate::evaluate::Partition;
use crate::files::{Kind, ReadError, WriteError};
use crate::maintain::over_after_ms;
use crate::warehouse::Inner;

/// Properties that history tells values of.
const MOST_PROPERTIES: usize = 50;

/// A floor of 1 is for development: then also what only nobody did is told.
fn floor_of(site: &Site) -> u32 {
    if site.policy.floor <= 1 { 0 } else { site.policy.floor }
}

/// What a close makes.
pub(super) struct Made {
    pub(super) span: Span,
    pub(super) first: Day,
    /// Cells that never get noise: they follow from the totals of the whole site, or hold nothing.
    pub(super) exact: Vec<Cell>,
    pub(super) noisy: Vec<Cell>,
    pub(super) waiting: Vec<(Family, Entry)>,
}

impl Inner {
    /// Turns everything of a site that is over into cells. Gives the number of days.
    pub(crate) async fn close_history(self: &Arc<Inner>, site: &Site) -> Result<usize, WarehouseError> {
        let days = self.unclosed(site);
        for partition in &days {
            // A day is closed behind the weeks before it, also where many are closed at once.
            self.close_spans(site, partition.day).await?;
            self.close_day(site, partition).await?;
        }
        self.close_spans(site, Day(i32::MAX)).await?;
        Ok(days.len())
    }

    /// Closes the weeks and periods that are over and end before a day.
    async fn close_spans(self: &Arc<Inner>, site: &Site, before: Day) -> Result<(), WarehouseError> {
        for span in [Span::Week, Span::Period] {
            for first in self.spans_over(site, span).into_iter().filter(|first| span.last(*first) < before) {
                self.close_span(site, span, first).await?;
            }
        }
        Ok(())
    }

    /// Days that are over and wholly in files, and were not closed. Rows behind the horizon keep their day open,
    /// until it would be destroyed.
    fn unclosed(&self, site: &Site) -> Vec<Partition> {
        let now = self.clock.now();
        let keeps = i32::try_from(site.policy.recent_days).unwrap_or(i32::MAX);
        let kept_from = now.day(&site.zone).plus(-keeps);
        let mut state = self.state.lock();
        let horizon = state.sites.get_mut(&site.id).map_or(0, |s| s.advance(site.policy.floor));
        let mut days = Vec::new();
        for ((_, day), files) in state.files_of(site.id) {
            let is_over = now >= day.plus(1).start(&site.zone).plus_ms(over_after_ms(site));
            let is_seen = files.iter().all(|f| f.kind == Kind::Closed || f.to <= horizon);
            let is_closed = state.closed.contains(&(site.id, Span::Day, *day));
            if is_over && !is_closed && !state.tail.has(site.id, *day) && (is_seen || *day < kept_from) {
                days.push(Partition::of_files(*day, files.clone()));
            }
        }
        days
    }

    /// Weeks or periods that are over, of which all days with rows are closed.
    fn spans_over(&self, site: &Site, span: Span) -> Vec<Day> {
        let now = self.clock.now();
        let state = self.state.lock();
        let mut firsts: Vec<Day> = state.closed_days(site.id).map(|day| span.first(day)).collect();
        firsts.dedup();
        let is_open = |day: &Day| !state.closed.contains(&(site.id, Span::Day, *day));
        let days = state.days(site.id);
        firsts.retain(|first| {
            let last = span.last(*first);
            let is_over = now >= last.plus(1).start(&site.zone).plus_ms(over_after_ms(site));
            let is_closed = state.closed.contains(&(site.id, span, *first));
            is_over && !is_closed && !days.range(*first..=last).any(is_open)
        });
        firsts
    }

    async fn close_day(self: &Arc<Inner>, site: &Site, partition: &Partition) -> Result<(), WarehouseError> {
        let day = partition.day;
        let subject = Arc::new(self.subject(site, day));
        let of = subject.clone();
        let (inner, presence) = (self.clone(), self.presence.get().cloned());
        // Of who was forgotten, what was to be counted still is.
        let hidden = self.hidden_of(site.id, day).but_deleted();
        let part = Partition { hidden: Some(hidden), ..Partition::of_files(day, partition.files.clone()) };
        let counted = tokio::task::spawn_blocking(move || census(&inner.reader, &part, &of, presence.as_deref()));
        let counted = counted.await.map_err(|_| WarehouseError::Stopped)??;
        let before = match counted.members.is_empty() {
            true => Some(ToldBefore::default()),
            false => self.members_before(site.id, Span::Day, day).await?,
        };
        let of = subject.clone();
        let made = tokio::task::spawn_blocking(move || release_day(&of, counted, before.as_ref()));
        let made = made.await.map_err(|_| WarehouseError::Stopped)?;
        let made = self.noise_of_day(&subject, made).await?;
        self.commit_close(site.id, made, Vec::new()).await?;
        if let Some(presence) = self.presence.get() {
            presence.forget(site.id, day);
        }
        Ok(())
    }

    /// What the next close keeps.
    pub(crate) fn keeping_of(&self, site: &Site) -> Keeping {
        self.subject(site, Day(0)).keeping
    }

    fn subject(&self, site: &Site, day: Day) -> Subject {
        let vocabulary = self.vocabulary(site.id);
        let event = |name| vocabulary.lookup(Dimension::Event, name).unwrap_or(Term(u32::MAX));
        let properties = vocabulary.words(Space::PROPERTY).into_iter().map(|(term, _)| term).take(MOST_PROPERTIES);
        let mut keeping = self.keeps.get().map(|keeps| keeps.keeping(site)).unwrap_or_default();
        let sensitive = Sensitive::of(site, &vocabulary);
        keeping.pairs.retain(|pair| sensitive.crossing(pair).is_none());
        keeping.kept.retain(|kept| !is_crossed(&kept.counted, &sensitive));
        let is_sensitive = |kept: &&Kept| sensitive.touches(&groups(&kept.counted));
        let sensitive_sets = keeping.kept.iter().filter(is_sensitive).map(|kept| kept.id).collect();
        Subject {
            site: site.id,
            day,
            zone: site.zone.clone(),
            floor: floor_of(site),
            pageview: event("pageview"),
            engagement: event("engagement"),
            families: Family::declared(properties, &keeping.pairs, site.plan.sensitive_pages.is_empty()),
            sensitive_sets,
            keeping,
            epsilon: site.policy.noise.map(|noise| noise.epsilon),
        }
    }

    async fn close_span(self: &Arc<Inner>, site: &Site, span: Span, first: Day) -> Result<(), WarehouseError> {
        let last = span.last(first);
        let waits = |f: &&Arc<CellFile>| f.site == site.id && f.waiting && first <= f.first && f.first <= last;
        let files: Vec<Arc<CellFile>> = self.state.lock().cells.iter().filter(waits).cloned().collect();
        let mut waiting: BTreeMap<[u32; 2], Vec<Entry>> = BTreeMap::new();
        for file in &files {
            let bytes = self.store.get(&file.path).await?.bytes().await?;
            for (family, entry) in read_entries(bytes).map_err(ReadError::from)? {
                waiting.entry(family.codes()).or_default().push(entry);
            }
        }
        let before =
            match waiting.keys().any(|codes| Family::of_codes(*codes).is_some_and(|f| f.of_members().is_some())) {
                true => self.members_before(site.id, span, first).await?,
                false => None,
            };
        let (vocabulary, floor) = (self.vocabulary(site.id), floor_of(site));
        let made = tokio::task::spawn_blocking(move || {
            release_span(span, first, waiting, before.as_ref(), floor, &vocabulary)
        });
        let made = made.await.map_err(|_| WarehouseError::Stopped)?;
        let made = self.noise_of_span(site.id, made).await?;
        self.commit_close(site.id, made, files).await
    }

    /// Makes what was released count, in the place of what waited.
    async fn commit_close(&self, site: SiteId, made: Made, old: Vec<Arc<CellFile>>) -> Result<(), WarehouseError> {
        let closed = (site, made.span, made.first);
        let mut change = Change { closed: vec![closed], ..Change::default() };
        change.remove_cells = old.iter().map(|f| f.path.clone()).collect();
        let mut parts: Vec<(bool, Bytes)> = Vec::new();
        let cells = [made.exact, made.noisy].concat();
        if !cells.is_empty() {
            parts.push((false, write_cells(&cells).map_err(WriteError::from)?.into()));
        }
        if !made.waiting.is_empty() {
            parts.push((true, write_entries(&made.waiting).map_err(WriteError::from)?.into()));
        }
        for (waiting, bytes) in parts {
            let path = self.new_cell_path(site)?;
            let entry = CellFile { path, site, span: made.span, first: made.first, waiting, bytes: bytes.len() as u64 };
            change.add_cells.push(entry.clone());
            if let Err(error) = self.store.put(&entry.path, bytes.into()).await {
                self.discard_cells(&change.add_cells).await;
                return Err(error.into());
            }
        }
        if let Err(error) = self.catalogue.commit(&change).await {
            match self.catalogue.is_closed(closed).await {
                Ok(true) => {}
                // Only what certainly does not count may be destroyed.
                Ok(false) => {
                    self.discard_cells(&change.add_cells).await;
                    return Err(error.into());
                }
                Err(_) => return Err(error.into()),
            }
        }
        {
            let mut state = self.state.lock();
            state.cells.retain(|f| !change.remove_cells.contains(&f.path));
            state.cells.extend(change.add_cells.into_iter().map(Arc::new));
            state.closed.insert(closed);
        }
        self.doomed.lock().extend(change.remove_cells);
        self.destroy_doomed().await
    }

    /// A fresh name for a file of history.
    pub(crate) fn new_cell_path(&self, site: SiteId) -> Result<Path, WarehouseError> {
        Ok(crate::SealedStore::new_path(&Path::from("history").join(site.0.to_string()), ".table")?)
    }

    pub(crate) async fn discard_cells(&self, files: &[CellFile]) {
        let paths: Vec<Path> = files.iter().map(|f| f.path.clone()).collect();
        self.discard_paths(&paths).await;
    }
}

/// What is told of a day at once, and what waits.
fn release_day(subject: &Subject, counted: Census, before: Option<&ToldBefore>) -> Made {
    let (span, first, floor) = (Span::Day, subject.day, subject.floor);
    let mut made = Made { span, first, exact: Vec::new(), noisy: Vec::new(), waiting: Vec::new() };
    let cell = |family, place, parts| Cell { family, span, first, place, parts };
    made.exact.push(cell(Family::SITE, Place::Values([Term::NONE; 2]), counted.total));
    made.exact.extend(counted.hours.iter().map(|(start, parts)| cell(Family::SITE, Place::Hour(*start), *parts)));
    let (mut told, mut waits) = (Told::new(), Told::new());
    let pages = visitors_of_pages(&counted);
    for (family, counts) in counted.families {
        let is_event = family == Family::single(Group::Dimension(Dimension::Event));
        let is_told = |side: usize, value: Term| is_told(&family, side, value, &told);
        let (mut close, all) = match counts {
            Counts::Entries(entries) => {
                let all: Vec<Keys> = entries.iter().map(|e| e.keys).collect();
                let above = |value| match self::is_told(&family, 0, value, &waits) {
                    true => Above::Waits,
                    false if is_told(0, value) => Above::Told,
                    false => Above::Hidden,
                };
                (close_day(family.rule(), entries, floor, above), all)
            }
            Counts::Pairs(entries) => (close_pairs(entries, floor, is_told), Vec::new()),
        };
        let mut keys: BTreeSet<Keys> = close.told.iter().map(|(keys, _)| *keys).collect();
        if is_event && counted.pageviews.events > 0 {
            let pageview = [subject.pageview, Term::NONE];
            made.exact.push(cell(family, Place::Values(pageview), counted.pageviews));
            keys.insert(pageview);
        }
        if let Some(beyond) = counted.beyond.get(&family.codes()) {
            close.other.add(beyond);
            close.other_groups = close.other_groups.max(1);
        }
        // Of a value that is told in parts all parts must be.
        let at = usize::from(family.rule() == Rule::Within);
        let mut values: BTreeSet<Term> = keys.iter().map(|keys| keys[at]).collect();
        for hidden in all.iter().filter(|k| !keys.contains(*k)) {
            values.remove(&hidden[at]);
        }
        told.insert(family.codes(), values);
        waits.insert(family.codes(), close.waiting.iter().map(|entry| entry.keys[0]).collect());
        made.noisy.extend(close.told.into_iter().map(|(keys, parts)| cell(family, Place::Values(keys), parts)));
        if close.other_groups == 0 && keys.is_empty() && family.rule() == Rule::Pair {
            // It was kept, though there is nothing to keep.
            made.exact.push(cell(family, Place::Other(0), Parts::default()));
        }
        if close.other_groups > 0 {
            // Of a day of few persons nothing is told but the site's totals.
            let plain = if is_event { counted.pageviews } else { Parts::default() };
            let place = Place::Other(close.other_groups);
            match close.few {
                true => made.exact.push(cell(family, place, counted.total.less(&plain))),
                false => made.noisy.push(cell(family, place, close.other)),
            }
        }
        made.waiting.extend(close.waiting.into_iter().map(|entry| (family, entry)));
    }
    let of_sets = set_cells(subject, counted.sets.together.as_ref(), &pages);
    if subject.epsilon.is_none() {
        // What has no bound on what one visitor adds is not told where cells get noise.
        let cells = [&made.exact[..], &made.noisy[..]].concat();
        made.exact.extend(crossed::cells(subject, &counted.sets.shares, &of_sets, &cells, &told));
        made.exact.extend(ways::cells(first, &counted.ways, &told, floor));
        let customers = told.get(&Family::single(Group::Dimension(Dimension::Customer)).codes());
        let (cells, waiting) = members::release(first, &counted.members, customers, before, floor);
        made.exact.extend(cells);
        made.waiting.extend(waiting);
    }
    let (noisy, exact): (Vec<Cell>, Vec<Cell>) =
        of_sets.into_iter().partition(|cell| matches!(cell.place, Place::Values(_)));
    made.noisy.extend(noisy);
    made.exact.extend(exact);
    made
}

/// What is told of the sets that staff saved. Each has a cell on each day it was kept on, told or not.
fn set_cells(subject: &Subject, together: Option<&Together>, pages: &[(Term, Crowd)]) -> Vec<Cell> {
    let keeping = &subject.keeping;
    let (known, sets) = (keeping.known.len(), keeping.sets());
    let values = match together {
        Some(together) => close_sets(known, sets, together, subject.floor),
        None => vec![None; sets - known],
    };
    let mut values = values.into_iter();
    let (mut cells, mut at) = (Vec::new(), 0);
    for kept in &keeping.kept {
        let cell = |place, visitors| Cell {
            family: Family::set(kept.id),
            span: Span::Day,
            first: subject.day,
            place,
            parts: Parts { visitors, ..Parts::default() },
        };
        let first = known + at;
        at += kept.counted.steps();
        let of_pages: Vec<Crowd> = match &kept.pages {
            Some(set) => pages.iter().filter(|(page, _)| set.contains(*page)).map(|(_, crowd)| *crowd).collect(),
            None => Vec::new(),
        };
        let crowd = together.map(|together| crowd_of(together, first)).unwrap_or_default();
        if is_nearly_a_page(crowd, &of_pages, subject.floor) {
            let steps = kept.counted.steps();
            values.by_ref().take(steps).for_each(drop);
            cells.push(cell(Place::Other(small(steps)), 0));
            continue;
        }
        let mut untold = 0;
        for (step, value) in (0u32..).zip(values.by_ref().take(kept.counted.steps())) {
            match value {
                Some(visitors) => cells.push(cell(Place::Values([Term(step), Term::NONE]), visitors)),
                None => untold += 1,
            }
        }
        if untold > 0 {
            cells.push(cell(Place::Other(untold), 0));
        }
    }
    cells
}

/// How many visitors each page has, told or not.
fn visitors_of_pages(counted: &Census) -> Vec<(Term, Crowd)> {
    let of_pages = Family::single(Group::Dimension(Dimension::Page));
    let entries = counted.families.iter().find_map(|(family, counts)| match counts {
        Counts::Entries(entries) if *family == of_pages => Some(entries),
        _ => None,
    });
    let crowd =
        |entry: &Entry| (entry.keys[0], Crowd { visitors: entry.parts.visitors, persons: u64::from(entry.persons) });
    entries.into_iter().flatten().map(crowd).collect()
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// True if a set crosses something sensitive, or pages where some are, with place or device.
fn is_crossed(counted: &Counted, sensitive: &Sensitive) -> bool {
    sensitive.crossing(&groups(counted)).is_some()
}

/// What a set looks at.
pub(super) fn groups(counted: &Counted) -> Vec<Group> {
    let mut asked = Vec::new();
    match counted {
        Counted::Any(filter) => filter.attributes(&mut asked),
        Counted::Funnel(funnel) => {
            let excluded = funnel.exclude.iter().map(|excluded| &excluded.filter);
            funnel.steps.iter().chain(excluded).for_each(|filter| filter.attributes(&mut asked));
            asked.extend(funnel.hold);
        }
    }
    asked
}

/// True if the value of a family's group is among those told singly on the day (or among those that wait).
fn is_told(family: &Family, side: usize, value: Term, told: &Told) -> bool {
    let parents = family.parents();
    let parent = parents.get(side).and_then(|parent| told.get(&parent.codes()));
    parent.is_some_and(|values| values.contains(&value))
}

fn release_span(
    span: Span,
    first: Day,
    waiting: BTreeMap<[u32; 2], Vec<Entry>>,
    before: Option<&ToldBefore>,
    floor: u32,
    vocabulary: &Vocabulary,
) -> Made {
    let mut made = Made { span, first, exact: Vec::new(), noisy: Vec::new(), waiting: Vec::new() };
    let known = |(codes, entries)| Some((Family::of_codes(codes)?, entries));
    let mut waiting: Vec<(Family, Vec<Entry>)> = waiting.into_iter().filter_map(known).collect();
    // First those whose parts others are.
    waiting.sort_by_key(|(family, _)| family.rule() == Rule::Within);
    let mut waited: BTreeMap<[u32; 2], Waited> = BTreeMap::new();
    for (family, entries) in waiting {
        if let Some(of) = family.of_members() {
            match members::release_span(of, span, first, &entries, before, floor) {
                Some(cells) => made.exact.extend(cells),
                None => made.waiting.extend(entries.into_iter().map(|entry| (family, entry))),
            }
            continue;
        }
        let is_of_pages = matches!(
            family.groups()[..],
            [Group::Dimension(Dimension::Page) | Group::Visit(VisitField::EntryPage | VisitField::ExitPage)]
        );
        let parent = |keys: &Keys| if is_of_pages { above(vocabulary, keys) } else { None };
        let of_parents = family.parents().first().and_then(|parent| waited.get(&parent.codes()));
        let mut mine = Waited::before(&entries);
        let close = close_span(family.rule(), span, entries, floor, of_parents, parent);
        mine.closed(span, &close);
        waited.insert(family.codes(), mine);
        let cell = |(keys, parts)| Cell { family, span, first, place: Place::Values(keys), parts };
        made.noisy.extend(close.told.into_iter().map(cell));
        if span == Span::Week {
            made.waiting.extend(close.waiting.into_iter().map(|entry| (family, entry)));
        }
    }
    made
}

/// The pages that a page is one of: `/a/*` above `/a/b` and `/*` above `/a/*`, if they have a word.
fn above(vocabulary: &Vocabulary, keys: &Keys) -> Option<Keys> {
    if keys[0] == BEYOND {
        return None;
    }
    crate::purge::above(vocabulary, keys[0], |_| true).map(|page| [page, Term::NONE])
}

#[cfg(test)]
mod tests {
    use outis_insight::{EventFilter, Filter, TermSet};

    use super::*;

    #[test]
    fn what_is_sensitive_is_in_no_set_with_place_or_device() {
        let is = |dimension| Filter::Event(EventFilter::Dimension(dimension, TermSet::of([Term(2)])));
        let health = Filter::Event(EventFilter::Property(Term(7), TermSet::of([Term(2)])));
        let crossed = |filters: [Filter; 2], pages| {
            let sensitive = Sensitive { pages, properties: vec![Group::Property(Term(7))] };
            is_crossed(&Counted::Any(Filter::And(filters.to_vec())), &sensitive)
        };
        assert!(crossed([health.clone(), is(Dimension::Browser)], false));
        assert!(!crossed([health, is(Dimension::Event)], false));
        assert!(crossed([is(Dimension::Page), is(Dimension::Os)], true));
        assert!(!crossed([is(Dimension::Page), is(Dimension::Os)], false));
    }

    #[test]
    fn pages_have_the_nearest_word_above_them() {
        let words = Vocabulary::default();
        let [deep, below, top, page] =
            ["/a/b/c", "/a/*", "/*", "/a/x/*"].map(|w| words.admit(Dimension::Page, w).expect("admitted"));
        let above = |term| super::above(&words, &[term, Term::NONE]).map(|keys| keys[0]);
        assert_eq!(above(deep), Some(below));
        assert_eq!(above(page), Some(below));
        assert_eq!(above(below), Some(top));
        assert_eq!(above(top), None);
        assert_eq!(above(Term::RARE), None);
    }
}
