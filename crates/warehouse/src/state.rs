//! What the warehouse holds in memory: the tail, what was taken, and a copy of the catalogue's list of files.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use jiff::tz::TimeZone;
use object_store::path::Path;
use outis_event::{AnonymousEvent, Day, Flags, NodeId, Sequence, SiteId, Term, Timestamp, WordRecord};
use outis_insight::Query;
use outis_insight::history::Span;

use crate::catalogue::{CellFile, ClosedSpan, Contents, CountFile, FileEntry, HiddenFile, LinkFile, RosterFile};
use crate::evaluate::Partition;
use crate::files::Kind;
use crate::forget::Hidden;
use crate::tail::{SiteState, Tail};

/// No time zone is further from UTC.
const FURTHEST_ZONE_MS: i64 = 14 * 60 * 60 * 1000;

/// The oldest of what is kept of a site, by kind: days. What waits, and links, count from the first day of their period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Oldest {
    /// Rows, in files or in memory.
    pub rows: Option<Day>,
    /// Day counts.
    pub counts: Option<Day>,
    /// Rosters of members.
    pub rosters: Option<Day>,
    /// Tombstones.
    pub hidden: Option<Day>,
    /// Link files.
    pub links: Option<Day>,
    /// What waits to be told.
    pub waiting: Option<Day>,
}

/// Guarded by one lock that is never held while waiting, so that every reader sees each row once.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) tail: Tail,
    /// Words of frames that are not committed yet.
    pub(crate) words: Vec<(SiteId, WordRecord)>,
    pub(crate) taken: HashMap<NodeId, Sequence>,
    pub(crate) committed: HashMap<NodeId, Sequence>,
    /// Whose frame came last.
    pub(crate) node: NodeId,
    pub(crate) arrival: u64,
    pub(crate) sites: HashMap<SiteId, SiteState>,
    pub(crate) files: BTreeMap<(SiteId, Day), Vec<Arc<FileEntry>>>,
    /// Of each, all closed files of the day are counted.
    pub(crate) counts: BTreeMap<(SiteId, Day), Arc<CountFile>>,
    pub(crate) cells: Vec<Arc<CellFile>>,
    pub(crate) closed: BTreeSet<ClosedSpan>,
    pub(crate) links: Vec<Arc<LinkFile>>,
    pub(crate) hidden: Hidden,
    pub(crate) hidden_files: Vec<Arc<HiddenFile>>,
    pub(crate) rosters: Vec<Arc<RosterFile>>,
}

impl State {
    /// The state at opening.
    pub(crate) fn of(contents: &Contents) -> State {
        let consumed: HashMap<_, _> = contents.consumed.iter().copied().collect();
        let mut state =
            State { taken: consumed.clone(), committed: consumed, arrival: contents.arrival, ..State::default() };
        state.cells = contents.cells.iter().cloned().map(Arc::new).collect();
        let counts = contents.counts.iter().cloned().map(Arc::new);
        state.counts = counts.map(|file| ((file.subject.site, file.subject.day), file)).collect();
        state.closed = contents.closed.iter().copied().collect();
        state.links = contents.links.iter().cloned().map(Arc::new).collect();
        state.hidden_files = contents.hidden.iter().cloned().map(Arc::new).collect();
        state.rosters = contents.rosters.iter().cloned().map(Arc::new).collect();
        for (site, arrival) in &contents.horizons {
            state.sites.entry(*site).or_default().horizon = *arrival;
        }
        for file in &contents.files {
            let site = state.sites.entry(file.site).or_default();
            site.newest = site.newest.max(file.to);
            if file.to > site.horizon {
                // When the row came is not known any more; it was not before its day.
                let earliest = file.day.start(&TimeZone::UTC).plus_ms(-FURTHEST_ZONE_MS);
                site.waiting_since = Some(site.waiting_since.map_or(earliest, |at| at.min(earliest)));
            }
            state.arrival = state.arrival.max(file.to);
            state.add_file(file.clone());
        }
        for piece in &contents.links {
            let site = state.sites.entry(piece.site).or_default();
            site.newest = site.newest.max(piece.to);
            state.arrival = state.arrival.max(piece.to);
        }
        state
    }

    pub(crate) fn add_file(&mut self, file: FileEntry) {
        self.files.entry((file.site, file.day)).or_default().push(Arc::new(file));
    }

    pub(crate) fn remove_files(&mut self, files: &[Arc<FileEntry>]) {
        let gone: BTreeSet<_> = files.iter().map(|f| &f.path).collect();
        for key in files.iter().map(|f| (f.site, f.day)).collect::<BTreeSet<_>>() {
            if let Some(list) = self.files.get_mut(&key) {
                list.retain(|f| !gone.contains(&f.path));
                if list.is_empty() {
                    self.files.remove(&key);
                }
            }
        }
    }

    /// Lists pieces of link files in the place of those with these paths.
    pub(crate) fn replace_links(&mut self, old: &[Path], new: Vec<LinkFile>) {
        self.links.retain(|piece| !old.contains(&piece.path));
        self.links.extend(new.into_iter().map(Arc::new));
    }

    /// The pieces of link files that a question about days from `from` on may see at a sight.
    pub(crate) fn links(&self, site: SiteId, from: Day, sight: u64) -> Vec<Arc<LinkFile>> {
        let horizon = self.sites.get(&site).map_or(0, |s| s.horizon);
        let visible = |piece: &&Arc<LinkFile>| piece.from <= sight && piece.to <= horizon;
        let pieces = self.links.iter().filter(|piece| piece.site == site && piece.period >= from.period());
        pieces.filter(visible).cloned().collect()
    }

    /// Takes events into the tail. `engagement` is the site's term for what tells of nobody's coming.
    pub(crate) fn take(&mut self, events: Vec<AnonymousEvent>, now: Timestamp, engagement: impl Fn(SiteId) -> Term) {
        self.arrival += 1;
        let mut parts: BTreeMap<(SiteId, Day), Vec<AnonymousEvent>> = BTreeMap::new();
        for event in events {
            parts.entry((event.site, event.day)).or_default().push(event);
        }
        for ((site, day), events) in parts {
            let engagement = engagement(site);
            let known = self.sites.entry(site).or_default();
            known.came(self.arrival, now);
            for event in &events {
                let acts = event.term(outis_event::Dimension::Event) != engagement && !event.visitor.is_nobody();
                if acts && event.flags.has(Flags::COUNTS_FOR_FLOOR) {
                    known.acted(event.visitor.0, now);
                }
            }
            self.tail.push(site, day, self.arrival, events);
        }
    }

    /// The files of rows of a site by day, in order.
    pub(crate) fn files_of(&self, site: SiteId) -> impl Iterator<Item = (&(SiteId, Day), &Vec<Arc<FileEntry>>)> {
        self.files.range((site, Day(i32::MIN))..=(site, Day(i32::MAX)))
    }

    /// The days of a site that have rows, in order.
    pub(crate) fn days(&self, site: SiteId) -> BTreeSet<Day> {
        let in_files = self.files_of(site).map(|((_, day), _)| *day);
        in_files.chain(self.tail.days(site)).collect()
    }

    /// The oldest of what is kept of a site.
    pub(crate) fn oldest(&self, site: SiteId) -> Oldest {
        let period = |number: i32| Day::of_week(number.saturating_mul(5));
        let counts = (site, Day(i32::MIN))..=(site, Day(i32::MAX));
        let waiting = self.cells.iter().filter(|file| file.site == site && file.waiting);
        Oldest {
            rows: self.days(site).first().copied(),
            counts: self.counts.range(counts).next().map(|((_, day), _)| *day),
            rosters: self.rosters.iter().filter(|roster| roster.site == site).map(|roster| roster.day).min(),
            hidden: self.hidden.days(site).into_iter().min(),
            links: self.links.iter().filter(|piece| piece.site == site).map(|piece| period(piece.period)).min(),
            waiting: waiting.map(|file| period(file.first.period())).min(),
        }
    }

    /// The days of a site that have become cells, in order.
    pub(crate) fn closed_days(&self, site: SiteId) -> impl DoubleEndedIterator<Item = Day> {
        let days = (site, Span::Day, Day(i32::MIN))..=(site, Span::Day, Day(i32::MAX));
        self.closed.range(days).map(|(_, _, day)| *day)
    }

    /// What a question may see at a sight, by day.
    pub(crate) fn partitions(&self, query: &Query, sight: u64) -> Vec<Partition> {
        let horizon = self.sites.get(&query.site).map_or(0, |s| s.horizon);
        let days = self.days(query.site).into_iter().filter(|d| query.range.from <= *d && *d <= query.range.to);
        // A file may have been merged across an older sight; what of it came later is open to newer sights anyway.
        let visible = |f: &&Arc<FileEntry>| f.from <= sight && f.to <= horizon;
        let partition = |day| {
            let files = self.files.get(&(query.site, day)).into_iter().flatten().filter(visible).cloned().collect();
            let mut partition = Partition::of_files(day, files);
            partition.tail = self.tail.of(query.site, day, sight.min(horizon));
            partition.hidden = self.hidden.of(query.site, day);
            // Closed files are seen by everybody, so these are all that were counted.
            if partition.tail.is_empty() && partition.files.iter().all(|f| f.kind == Kind::Closed) {
                partition.counts = self.counts.get(&(query.site, day)).cloned();
            }
            partition
        };
        days.map(partition).filter(|p| !p.files.is_empty() || !p.tail.is_empty()).collect()
    }

    /// Everything that came before this instant may be seen.
    pub(crate) fn fresh_as_of(&self, site: SiteId, now: Timestamp) -> Timestamp {
        self.sites.get(&site).and_then(|s| s.waiting_since).unwrap_or(now)
    }
}
