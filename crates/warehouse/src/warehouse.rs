//! The warehouse as its users see it: take, flush, maintain, evaluate.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use object_store::path::Path;
use outis_event::{
    AnonymousEvent, Clock, Day, Dimension, NodeId, Pseudonym, Record, Sequence, Site, SiteId, Term, Timestamp, Visitor,
    Vocabulary, WordRecord,
};
use outis_insight::behaviour::{Behaviour, Links, RawTable};
use outis_insight::history::{Family, HistoryAnswer, Keeping, Keeps, Line, Noise, PastTable, Presence, SetDays, Span};
use outis_insight::{EvaluateError, Query, RawAnswer, Sight};
use outis_journal::Frame;
use outis_keys::Keys;
use parking_lot::{Mutex, RwLock};
use sqlx::SqlitePool;

use crate::catalogue::{Catalogue, Change};
use crate::counts;
use crate::evaluate::{self, Partition, Pass};
use crate::files::{Kind, Reader};
use crate::maintain::Maintenance;
use crate::operators::{Persons, SpillTo};
use crate::purge::{Purge, Purged, without_struck};
use crate::state::{Oldest, State};
use crate::{Evaluation, FileId, LinkError, SealedStore, Tracing, WarehouseError};

/// How often a question is begun when a merge takes its files away: from the second time on none are destroyed
/// meanwhile.
const EVALUATIONS: usize = 2;

/// Limits.
#[derive(Clone, Copy, Debug)]
pub struct WarehouseOptions {
    /// Rows in memory from which on [`Warehouse::flush_due`] asks for a flush. A row takes about 300 bytes.
    pub tail_rows: usize,
    /// Visible small files of one level that are merged into one of the next.
    pub merge_files: usize,
    /// Rows that compaction holds in memory at once.
    pub pass_rows: u64,
    /// How long hidden rows of closed days may wait to be rewritten away, so that those of many members go at once.
    pub purge_after_ms: i64,
    /// Closed days are counted, and counts answer what they can. Off only to measure what rows give.
    pub day_counts: bool,
    /// Groups that each of a question's threads holds in memory; at most a million. A group takes about 130 bytes.
    pub most_groups: usize,
}

impl Default for WarehouseOptions {
    fn default() -> WarehouseOptions {
        WarehouseOptions {
            tail_rows: 100_000,
            merge_files: 8,
            pass_rows: 500_000,
            purge_after_ms: PURGE_AFTER_MS,
            day_counts: true,
            most_groups: 1_000_000,
        }
    }
}

/// Six hours.
const PURGE_AFTER_MS: i64 = 6 * 60 * 60 * 1000;
/// How many times the rows that are due to be flushed may be in memory.
const FULL_TIMES: usize = 3;

/// Rows of all sites. Cheap to clone.
#[derive(Clone)]
pub struct Warehouse {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Warehouse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Warehouse").finish_non_exhaustive()
    }
}

pub(crate) struct Inner {
    pub(crate) store: Arc<SealedStore>,
    pub(crate) catalogue: Catalogue,
    pub(crate) keys: Arc<dyn Keys>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) options: WarehouseOptions,
    pub(crate) reader: Reader,
    pub(crate) counts: counts::Cache,
    pub(crate) state: Mutex<State>,
    /// Horizons as committed. Taken after `state`.
    pub(crate) horizons: Mutex<HashMap<SiteId, u64>>,
    vocabularies: RwLock<HashMap<SiteId, Arc<Vocabulary>>>,
    /// Held while flushing. Holds a change of which it is not known whether it was committed.
    pub(crate) flushing: tokio::sync::Mutex<Option<Change>>,
    /// Held while files are replaced.
    pub(crate) maintaining: tokio::sync::Mutex<()>,
    /// Held while link files change.
    pub(crate) linking: tokio::sync::Mutex<()>,
    /// Held while something is hidden, and while rows under tombstones change. Taken after `linking`.
    pub(crate) hiding: tokio::sync::Mutex<()>,
    /// Held alone while files are destroyed, and shared by questions from which some were taken away before.
    pub(crate) destroying: tokio::sync::RwLock<()>,
    /// Files that are not listed any more and still to be destroyed.
    pub(crate) doomed: Mutex<Vec<Path>>,
    /// Visitors keep their numbers at close: the control of an attack, never set otherwise.
    pub(crate) keeps_numbers: AtomicBool,
    /// Tells persons of open days apart, if somebody can.
    pub(crate) presence: OnceLock<Arc<dyn Presence>>,
    pub(crate) keeps: OnceLock<Arc<dyn Keeps>>,
    pub(crate) noise: OnceLock<Arc<dyn Noise>>,
    spill: OnceLock<Arc<std::path::Path>>,
}

impl Inner {
    fn spill_to(&self) -> Option<SpillTo> {
        let folder = self.spill.get()?.clone();
        Some(SpillTo { folder, most_groups: self.options.most_groups })
    }
}

impl Warehouse {
    /// Opens the warehouse: reads the catalogue and destroys files that were never committed or are no longer listed.
    /// Frames behind [`consumed`](Warehouse::consumed) must be taken again before any new word is admitted.
    ///
    /// # Errors
    /// When catalogue, store or key tree fail.
    pub async fn open(
        store: Arc<SealedStore>,
        catalogue: SqlitePool,
        keys: Arc<dyn Keys>,
        clock: Arc<dyn Clock>,
        options: WarehouseOptions,
    ) -> Result<Warehouse, WarehouseError> {
        let catalogue = Catalogue::open(catalogue, &*keys).await?;
        let contents = catalogue.load().await?;
        // Left by a process that ended between two steps.
        let paths = contents.files.iter().map(|f| &f.path).chain(contents.cells.iter().map(|f| &f.path));
        let paths = paths.chain(contents.counts.iter().map(|f| &f.path));
        let paths = paths.chain(contents.links.iter().map(|f| &f.path));
        let paths = paths.chain(contents.hidden.iter().map(|f| &f.path));
        let paths = paths.chain(contents.rosters.iter().map(|f| &f.path));
        let listed: Result<HashSet<FileId>, _> = paths.map(FileId::of).collect();
        store.sweep(&listed?).await?;
        let inner = Inner {
            reader: Reader::new(store.clone()),
            counts: counts::Cache::default(),
            store,
            catalogue,
            keys,
            clock,
            options,
            state: Mutex::new(State::of(&contents)),
            horizons: Mutex::new(contents.horizons.iter().copied().collect()),
            vocabularies: RwLock::default(),
            flushing: tokio::sync::Mutex::default(),
            maintaining: tokio::sync::Mutex::default(),
            linking: tokio::sync::Mutex::default(),
            hiding: tokio::sync::Mutex::default(),
            destroying: tokio::sync::RwLock::default(),
            doomed: Mutex::default(),
            keeps_numbers: AtomicBool::new(false),
            presence: OnceLock::new(),
            keeps: OnceLock::new(),
            noise: OnceLock::new(),
            spill: OnceLock::new(),
        };
        for (site, word) in contents.words {
            inner.vocabulary(site).load([word]);
        }
        inner.load_hidden().await?;
        Ok(Warehouse { inner: Arc::new(inner) })
    }

    /// The last frame of a node's journal that is committed; later ones must be taken again after a restart.
    pub fn consumed(&self, node: NodeId) -> Sequence {
        self.inner.state.lock().committed.get(&node).copied().unwrap_or_default()
    }

    /// The words of a site, made if it has none.
    pub fn vocabulary(&self, site: SiteId) -> Arc<Vocabulary> {
        self.inner.vocabulary(site)
    }

    /// Takes the words that were admitted since the last call, of all sites.
    pub fn drain_words(&self) -> Vec<(SiteId, WordRecord)> {
        let vocabularies = self.inner.vocabularies.read();
        vocabularies.iter().flat_map(|(site, v)| v.drain().into_iter().map(|word| (*site, word))).collect()
    }

    /// Takes a frame into memory; [`evaluate`](Warehouse::evaluate) sees its rows when this returns, if the sight
    /// allows. A frame that was taken before is ignored.
    pub fn take(&self, frame: Frame) {
        self.inner.take(frame);
    }

    /// True if so many rows are in memory that they should be flushed now.
    pub fn flush_due(&self) -> bool {
        self.inner.state.lock().tail.rows() >= self.inner.options.tail_rows
    }

    /// True if so many rows are in memory that no more should be taken before a flush.
    pub fn is_full(&self) -> bool {
        self.inner.state.lock().tail.rows() >= self.inner.options.tail_rows.saturating_mul(FULL_TIMES)
    }

    /// Rows that are in memory only.
    pub fn tail_rows(&self) -> u64 {
        self.inner.state.lock().tail.rows() as u64
    }

    /// Writes what is in memory to files and commits them with their words and the journal's offset. Gives the
    /// sequence up to which the journal of the node whose frames are taken may be trimmed, if it moved.
    ///
    /// # Errors
    /// When store or catalogue fail. Nothing is lost then: rows stay in memory and the next flush tries again.
    pub async fn flush(&self) -> Result<Option<Sequence>, WarehouseError> {
        self.inner.flush().await
    }

    /// Links visitors of an open day to members for the day's period: each is from now on one person with the visitors
    /// of the period's other days that have the same pseudonym, in questions that follow members. When it returns, the
    /// links are durable; answers have them when the site's snapshot next moves on.
    ///
    /// An entry is of all that the visitor does on the day: the number of a visit is not known before the day is over.
    /// A pseudonym that two visitors of one day have, or a visitor with two, is not linked on that day.
    ///
    /// # Errors
    /// When the site's policy is not [`Link::Period`](outis_event::Link::Period), the day is not open, an entry is of
    /// nobody, there are more than [`MOST_LINKS`](crate::MOST_LINKS) of the period, or they cannot be stored. Nothing
    /// is kept then; only where the catalogue does not say whether it has them, they may be there at the next start.
    pub async fn link(&self, site: &Site, day: Day, entries: Vec<(Visitor, Pseudonym)>) -> Result<(), LinkError> {
        // On a task of its own, so that a caller that goes away does not stop it half-way.
        let (inner, site) = (self.inner.clone(), site.clone());
        let linking = tokio::spawn(async move { inner.append_links(&site, day, entries).await });
        linking.await.map_err(|_| LinkError::Store(WarehouseError::Stopped))?
    }

    /// Hides the rows of a member: days, and the visitor numbers that they came with then. When it returns no question
    /// sees them, also after a restart; they are gone with the next [`Warehouse::maintain`], those of open days when
    /// their day is compacted. With `fold` rows of days that are not closed are still counted into cells. Gives the
    /// number of days of which there may be rows.
    ///
    /// # Errors
    /// When store or catalogue fail: then hide them again.
    pub async fn hide(&self, site: SiteId, days: &[(Day, Visitor)], fold: bool) -> Result<usize, WarehouseError> {
        // On a task of its own, so that a caller that goes away does not stop it half-way.
        let (inner, days) = (self.inner.clone(), days.to_vec());
        let hiding = tokio::spawn(async move { inner.hide(site, &days, fold).await });
        hiding.await.map_err(|_| WarehouseError::Stopped)?
    }

    /// The rows of a member, by the numbers that they came with on some days; at most 10,000. For the member's own
    /// export, never for anybody else.
    ///
    /// # Errors
    /// When files cannot be read.
    pub async fn rows_of_member(
        &self,
        site: SiteId,
        days: &[(Day, Visitor)],
    ) -> Result<Vec<AnonymousEvent>, WarehouseError> {
        self.inner.rows_of_member(site, days).await
    }

    /// Takes a member out of the site's link files, by their numbers of all periods that have one.
    ///
    /// # Errors
    /// When store or catalogue fail: then do it again.
    pub async fn unlink(&self, site: SiteId, pseudonyms: &[Pseudonym]) -> Result<(), WarehouseError> {
        let (inner, pseudonyms) = (self.inner.clone(), pseudonyms.to_vec());
        let unlinking = tokio::spawn(async move { inner.unlink(site, &pseudonyms).await });
        unlinking.await.map_err(|_| WarehouseError::Stopped)?
    }

    /// Takes captured mistakes out: strikes words, rewrites the rows that have them or takes rows out, and changes or
    /// takes out cells. When it returns, no file, word or count of before is left, and no key that opens an earlier copy
    /// of one, besides what the journal still has: it is to be trimmed. What was purged already is not found again.
    ///
    /// # Errors
    /// When store, catalogue or key tree fail: then purge the same again.
    pub async fn purge(&self, site: SiteId, purge: &Purge) -> Result<Purged, WarehouseError> {
        // On a task of its own, so that a caller that goes away does not stop it half-way.
        let (inner, purge) = (self.inner.clone(), purge.clone());
        let purging = tokio::spawn(async move { inner.take_out(site, &purge).await });
        purging.await.map_err(|_| WarehouseError::Stopped)?
    }

    /// How many released cells a purge would take out, and of how many weeks and periods that lie in its days in part.
    ///
    /// # Errors
    /// When files cannot be read.
    pub async fn cells_to_go(&self, site: SiteId, purge: &Purge) -> Result<(usize, usize), WarehouseError> {
        self.inner.cells_to_go(site, purge).await
    }

    /// Has hidden rows of the site rewritten away with the next [`Warehouse::maintain`], instead of in some hours.
    pub fn purge_soon(&self, site: SiteId) {
        let mut state = self.inner.state.lock();
        if !state.hidden.days(site).is_empty() {
            state.hidden.purged(site);
            state.hidden.hid(site, Timestamp(i64::MIN / 2));
        }
    }

    /// The oldest of what is kept of a site.
    pub fn oldest(&self, site: SiteId) -> Oldest {
        self.inner.state.lock().oldest(site)
    }

    /// True if something of the site has been hidden for longer than this and was not rewritten away, though it was tried.
    pub fn forgetting_is_late(&self, site: SiteId, after_ms: i64) -> bool {
        self.inner.state.lock().hidden.is_due(site, self.inner.clock.now(), after_ms)
    }

    /// How many tombstones there are: visitors of days whose rows are hidden and not gone yet.
    pub fn hidden(&self, site: SiteId) -> usize {
        self.inner.state.lock().hidden.tombstones(site).len()
    }

    /// Merges small files of open days, compacts closed days, and destroys days that are older than their site keeps.
    ///
    /// # Errors
    /// The first failure; the next call tries again.
    pub async fn maintain(&self, sites: &[Arc<Site>]) -> Result<Maintenance, WarehouseError> {
        self.inner.maintain(sites).await
    }

    /// The state of a site that answers may be about. It moves on to everything taken so far if at least `floor`
    /// distinct visitors that count for floors acted since it last did, and always if `floor` is 1 or 0.
    pub fn sight(&self, site: SiteId, floor: u32) -> Sight {
        let mut state = self.inner.state.lock();
        Sight::new(state.sites.get_mut(&site).map_or(0, |s| s.advance(floor)))
    }

    /// Answers a question from the rows that the sight shows. Days that were counted are not read, if counts answer
    /// the question; the answer is the same.
    ///
    /// # Errors
    /// When files cannot be read.
    pub async fn evaluate(&self, query: &Query, sight: Sight) -> Result<RawAnswer, EvaluateError> {
        let mut tries = 0;
        loop {
            let _kept = self.keep_files(tries).await;
            let (partitions, fresh) = self.snapshot(query, sight);
            tries += 1;
            match self.evaluate_at(query, partitions, fresh).await {
                Err(EvaluateError::Unavailable) if tries < EVALUATIONS => {}
                answer => return answer,
            }
        }
    }

    /// At least how many persons are behind the whole of a question: `enough` or more if there are, and if not, not
    /// more than there are. Reads no more than it takes to know.
    ///
    /// # Errors
    /// When files cannot be read.
    pub async fn persons(&self, query: &Query, sight: Sight, enough: u64) -> Result<u64, EvaluateError> {
        let mut tries = 0;
        loop {
            let _kept = self.keep_files(tries).await;
            let (mut partitions, _) = self.snapshot(query, sight);
            tries += 1;
            let persons = async {
                self.inner.without_few(query, enough, &mut partitions).await?;
                let is_done = Arc::new(AtomicBool::new(false));
                let begin = || Persons::new(query, enough, is_done.clone());
                Ok(evaluate::pass(&self.inner.reader, partitions, begin).await?.count())
            };
            match persons.await {
                Err(EvaluateError::Unavailable) if tries < EVALUATIONS => {}
                persons => return persons,
            }
        }
    }

    async fn evaluate_at(
        &self,
        query: &Query,
        mut partitions: Vec<Partition>,
        fresh: Timestamp,
    ) -> Result<RawAnswer, EvaluateError> {
        let counted = self.inner.counted(query, &mut partitions).await?;
        let to = self.inner.spill_to();
        let begin = || Evaluation::new(query).with_spill(to.clone());
        let mut evaluation = evaluate::pass(&self.inner.reader, partitions, begin).await?;
        // A table may have many rows, and what was put aside is read again.
        let adding = tokio::task::spawn_blocking(move || {
            counted.iter().for_each(|days| evaluation.counted(days));
            evaluation.finish(fresh)
        });
        adding.await.map_err(|_| EvaluateError::Unavailable)?
    }

    /// Keeps files from being destroyed, if some were while a question was tried before.
    async fn keep_files(&self, tries: usize) -> Option<tokio::sync::RwLockReadGuard<'_, ()>> {
        match tries {
            0 => None,
            _ => Some(self.inner.destroying.read().await),
        }
    }

    /// What a question may see now, and the instant before which everything is among it.
    fn snapshot(&self, query: &Query, sight: Sight) -> (Vec<Partition>, Timestamp) {
        let state = self.inner.state.lock();
        let fresh = state.fresh_as_of(query.site, self.inner.clock.now());
        (state.partitions(query, sight.number()), fresh)
    }

    /// Answers a question about the order of events from the rows that the sight shows.
    ///
    /// # Errors
    /// When files cannot be read, when the table would be too large, or when some day asked about has no rows any more:
    /// cells do not tell what came after what.
    pub async fn behaviour(&self, question: &Behaviour, sight: Sight) -> Result<RawTable, EvaluateError> {
        if self.inner.is_past(&question.base) {
            return Err(EvaluateError::NotInHistory { rows_from: self.inner.rows_from(&question.base) });
        }
        let from = question.following.map(|following| following.from);
        let (pass, fresh) = self.pass(&question.base, sight, from, |links| Tracing::new(question, links)).await?;
        // Members who are followed are looked at now.
        let finished = tokio::task::spawn_blocking(move || pass.finish(fresh)).await;
        finished.map_err(|_| EvaluateError::Unavailable)?
    }

    /// Passes over the rows that a query may see, with the links of days from `linked_from` on; gives the instant before which everything is among them.
    async fn pass<P: Pass>(
        &self,
        query: &Query,
        sight: Sight,
        linked_from: Option<Day>,
        begin: impl Fn(&Arc<Links>) -> P,
    ) -> Result<(P, Timestamp), EvaluateError> {
        let mut tries = 0;
        loop {
            let _kept = self.keep_files(tries).await;
            let (partitions, pieces, fresh) = {
                let state = self.inner.state.lock();
                let fresh = state.fresh_as_of(query.site, self.inner.clock.now());
                let pieces = linked_from.map(|from| state.links(query.site, from, sight.number()));
                (state.partitions(query, sight.number()), pieces.unwrap_or_default(), fresh)
            };
            tries += 1;
            let passed = match self.inner.links(&pieces, linked_from.unwrap_or_default()).await {
                Ok(links) => {
                    let links = Arc::new(links);
                    evaluate::pass(&self.inner.reader, partitions, || begin(&links)).await
                }
                Err(_) => Err(EvaluateError::Unavailable),
            };
            match passed {
                // A merge may have destroyed files meanwhile; what takes their place is listed already.
                Err(EvaluateError::Unavailable) if tries < EVALUATIONS => {}
                passed => return Ok((passed?, fresh)),
            }
        }
    }

    /// Tells from now on how many persons a count is known to be of, also over several days. Without it what waits is
    /// known to be of as many as came on its largest day.
    pub fn tell_persons_by(&self, presence: Arc<dyn Presence>) {
        // A second one would mean other bits; the first stays.
        let _ = self.inner.presence.set(presence);
    }

    /// True if some day of the question has cells and no rows any more: then history must answer it.
    pub fn is_past(&self, query: &Query) -> bool {
        self.inner.is_past(query)
    }

    /// Answers a question from cells, and tells the last day that has them.
    ///
    /// # Errors
    /// [`EvaluateError::NotInHistory`] if cells cannot answer it; [`EvaluateError::Unavailable`] if they cannot be
    /// read.
    pub async fn history(&self, query: &Query) -> Result<(HistoryAnswer, Day), EvaluateError> {
        self.inner.history(query).await
    }

    /// Tells from now on what closes keep besides what they always do.
    pub fn keep_by(&self, keeps: Arc<dyn Keeps>) {
        // A second one would know of other definitions; the first stays.
        let _ = self.inner.keeps.set(keeps);
    }

    /// Tells from now on who adds noise to what is released. Without it days of sites whose policy has noise are not
    /// closed.
    pub fn add_noise_by(&self, noise: Arc<dyn Noise>) {
        // A second one would divide otherwise; the first stays.
        let _ = self.inner.noise.set(noise);
    }

    /// Puts groups of large answers that do not fit memory aside in this folder from now on, sealed; without it groups
    /// beyond those in memory count as `(rare)`. The folder is made if it is missing.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn spill_to(&self, folder: &std::path::Path) -> std::io::Result<()> {
        use std::os::unix::fs::DirBuilderExt;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // A second one would be as good; the first stays.
        let _ = self.inner.spill.set(folder.into());
        Ok(())
    }

    /// What the noise in releases of a site may have cost a visitor of each day so far, in billionths of an epsilon.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn spent(&self, site: SiteId) -> Result<Vec<(Day, u64)>, WarehouseError> {
        Ok(self.inner.catalogue.spent(site).await?)
    }

    /// The ledger's lines of releases that begin in these days: of each the last attempt.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn ledger(&self, site: SiteId, from: Day, to: Day) -> Result<Vec<(Span, Day, Line)>, WarehouseError> {
        let mut lines = Vec::new();
        for family in self.inner.catalogue.paid_for(site).await? {
            lines.extend(self.inner.catalogue.paid(site, family, from, to).await?);
        }
        Ok(lines)
    }

    /// What closes kept of a set on the days of a question, and the last day that is in it.
    ///
    /// # Errors
    /// [`EvaluateError::NotKept`] if it was not kept on all of them; [`EvaluateError::Unavailable`] if cells cannot be
    /// read.
    pub async fn kept(&self, query: &Query, id: Term) -> Result<(SetDays, Day), EvaluateError> {
        self.inner.kept(query, id).await
    }

    /// What cells tell of a question about order, and the last day that is in it.
    ///
    /// # Errors
    /// [`EvaluateError::NotInHistory`] if cells cannot tell it; [`EvaluateError::NotKept`] if they did not on all of its
    /// days; [`EvaluateError::Unavailable`] if they cannot be read.
    pub async fn past_order(&self, question: &Behaviour) -> Result<(PastTable, Day), EvaluateError> {
        self.inner.past_order(question).await
    }

    /// What the next close of a site's day keeps of what staff saved: nothing that crosses what is sensitive.
    pub fn keeping(&self, site: &Site) -> Keeping {
        self.inner.keeping_of(site)
    }

    /// Of each family, the first day from which on every closed day told of it, or that it is not told; at most 400 days
    /// back.
    ///
    /// # Errors
    /// [`EvaluateError::Unavailable`] if cells cannot be read.
    pub async fn kept_since(&self, site: SiteId, families: &[Family]) -> Result<Vec<Option<Day>>, EvaluateError> {
        self.inner.kept_since(site, families).await
    }

    /// The first and the last day of a site that became history.
    pub fn closed_days(&self, site: SiteId) -> Option<(Day, Day)> {
        self.inner.closed_days(site)
    }

    /// Distinct visitors that count for floors and acted in the last five minutes. Known since the last start only.
    pub fn live(&self, site: SiteId) -> u64 {
        let now = self.inner.clock.now();
        self.inner.state.lock().sites.get_mut(&site).map_or(0, |s| s.live.count(now))
    }

    /// The first day that has rows or cells.
    pub fn first_day(&self, site: SiteId) -> Option<Day> {
        let state = self.inner.state.lock();
        let closed = state.closed_days(site).next();
        closed.into_iter().chain(state.days(site).first().copied()).min()
    }

    /// The oldest day of a site of which there are rows.
    pub fn oldest_rows(&self, site: SiteId) -> Option<Day> {
        self.inner.state.lock().days(site).first().copied()
    }
}

#[cfg(any(test, feature = "attack"))]
impl Warehouse {
    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }
}

impl Inner {
    pub(crate) fn vocabulary(&self, site: SiteId) -> Arc<Vocabulary> {
        if let Some(vocabulary) = self.vocabularies.read().get(&site) {
            return vocabulary.clone();
        }
        self.vocabularies.write().entry(site).or_default().clone()
    }

    fn take(&self, frame: Frame) {
        let mut state = self.state.lock();
        let taken = state.taken.get(&frame.node).copied().unwrap_or_default();
        if frame.sequence <= taken {
            return;
        }
        state.taken.insert(frame.node, frame.sequence);
        state.node = frame.node;
        let mut events = Vec::with_capacity(frame.records.len());
        for record in frame.records {
            match record {
                Record::Event(mut event) => {
                    let words = self.vocabulary(event.site);
                    if words.has_struck() {
                        without_struck(&mut event, &words);
                    }
                    events.push(event);
                }
                Record::Word(site, mut word) => {
                    let words = self.vocabulary(site);
                    if words.is_struck(word.space, word.term) {
                        word.text = "".into();
                    }
                    words.load([word.clone()]);
                    state.words.push((site, word));
                }
                Record::Insert(_) => {}
            }
        }
        if !events.is_empty() {
            state.take(events, self.clock.now(), |site| self.engagement(site));
        }
    }

    fn engagement(&self, site: SiteId) -> Term {
        self.vocabulary(site).lookup(Dimension::Event, "engagement").unwrap_or(Term(u32::MAX))
    }

    /// A fresh name for a file. It tells the site and the kind, which are not secret, and nothing else.
    pub(crate) fn new_path(&self, site: SiteId, kind: Kind) -> Result<Path, WarehouseError> {
        let suffix = match kind {
            Kind::Small => ".parquet",
            Kind::Closed => ".rows",
        };
        Ok(SealedStore::new_path(&Path::from("rows").join(site.0.to_string()), suffix)?)
    }
}
