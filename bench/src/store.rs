//! A real warehouse, sealed and with a key tree, and the generated rows loaded into it as a server would.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use jiff::tz::TimeZone;
use outis_event::{
    AnonymousEvent, Day, Dimension, Flags, ManualClock, NodeId, Plan, Policy, Record, Sequence, Shields, Site, SiteId,
    Space, Term, Timestamp, Visitor, Vocabulary,
};
use outis_journal::Frame;
use outis_keys::{FileSlot, Keys, TreeKeys, TreeOptions};
use outis_warehouse::{LocalFiles, SealedStore, Warehouse, WarehouseOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use crate::generate::{DAYS, Generator, Row, Words, clock, first_day, words};

/// The only site.
pub(crate) const SITE: SiteId = SiteId(1);
/// Not the node of a server, which may open the folder later.
const NODE: NodeId = NodeId(99);
/// Events of a frame, as the journal bounds them.
const FRAME_EVENTS: usize = 20_000;

/// Everything that outlives an opening.
pub(crate) struct World {
    pub(crate) dir: PathBuf,
    keys: Arc<dyn Keys>,
    pool: sqlx::SqlitePool,
    clock: ManualClock,
    /// Rows of members are told to be such, so that rosters of their numbers are kept.
    pub(crate) with_members: bool,
}

impl World {
    /// Opens or makes what a server keeps, in `dir`.
    pub(crate) async fn open(dir: &Path) -> anyhow::Result<World> {
        std::fs::create_dir_all(dir)?;
        let slot = FileSlot::open(&dir.join("slot"))?;
        let keys = TreeKeys::open(&dir.join("keys"), Arc::new(slot), TreeOptions::default())?;
        let options = SqliteConnectOptions::new()
            .filename(dir.join("control.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let pool = SqlitePoolOptions::new().max_connections(2).connect_with(options).await?;
        let clock = ManualClock::new(noon(first_day().plus(DAYS + 1)));
        Ok(World { dir: dir.to_owned(), keys: Arc::new(keys), pool, clock, with_members: false })
    }

    /// The warehouse as a process that has just started sees it.
    pub(crate) async fn warehouse(&self) -> anyhow::Result<Warehouse> {
        self.warehouse_with(WarehouseOptions::default()).await
    }

    /// The same, which answers everything from rows.
    pub(crate) async fn warehouse_of_rows(&self) -> anyhow::Result<Warehouse> {
        self.warehouse_with(WarehouseOptions { day_counts: false, ..WarehouseOptions::default() }).await
    }

    async fn warehouse_with(&self, options: WarehouseOptions) -> anyhow::Result<Warehouse> {
        let files = LocalFiles::open(&self.dir.join("warehouse")).context("the warehouse's folder")?;
        let store = Arc::new(SealedStore::new(Arc::new(files), self.keys.clone()));
        let (keys, clock) = (self.keys.clone(), Arc::new(self.clock.clone()));
        let warehouse = Warehouse::open(store, self.pool.clone(), keys, clock, options).await?;
        warehouse.spill_to(&self.dir.join("spill"))?;
        Ok(warehouse)
    }

    /// Loads about so many rows, day by day, and closes every day. Gives their number.
    pub(crate) async fn load(&self, rows: u64) -> anyhow::Result<usize> {
        let warehouse = self.warehouse().await?;
        let sites = [site()];
        let words = words();
        let mut terms = Terms::new(&words);
        let vocabulary = warehouse.vocabulary(SITE);
        let mut generator = Generator::new(rows);
        let (mut loaded, mut sequence) = (0, 0);
        for at in 0..DAYS {
            let day = first_day().plus(at);
            self.clock.set(noon(day));
            let rows = generator.day(at);
            loaded += rows.len();
            for rows in rows.chunks(FRAME_EVENTS) {
                let mut events: Vec<AnonymousEvent> =
                    rows.iter().map(|row| terms.event(row, day, &vocabulary)).collect();
                if self.with_members {
                    let members = events.iter_mut().zip(rows).filter(|(_, row)| row.member > 0);
                    members.for_each(|(event, _)| event.flags = event.flags.with(Flags::MEMBER));
                }
                let admitted = warehouse.drain_words().into_iter().map(|(site, word)| Record::Word(site, word));
                let records = admitted.chain(events.into_iter().map(Record::Event)).collect();
                sequence += 1;
                warehouse.take(Frame { node: NODE, sequence: Sequence(sequence), records });
                warehouse.sight(SITE, 1);
                if warehouse.flush_due() {
                    warehouse.flush().await?;
                }
            }
            warehouse.flush().await?;
            warehouse.maintain(&sites).await?;
        }
        self.clock.set(noon(first_day().plus(DAYS + 1)));
        warehouse.maintain(&sites).await?;
        Ok(loaded)
    }

    /// Writes what the database still holds beside its file, so that bytes can be counted.
    pub(crate) async fn settle(&self) -> anyhow::Result<()> {
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&self.pool).await?;
        Ok(())
    }
}

/// The only site, as a server knows it.
pub(crate) fn site() -> Arc<Site> {
    Arc::new(Site {
        id: SITE,
        domain: "example.org".to_owned(),
        zone: TimeZone::UTC,
        policy: Policy { floor: 1, ..Policy::default() },
        shields: Shields::default(),
        plan: Plan::default(),
        origins: Vec::new(),
        debug_token_hash: None,
    })
}

fn noon(day: Day) -> Timestamp {
    day.start(&TimeZone::UTC).plus_ms(12 * 3_600_000)
}

/// Terms of the words seen so far: words get their numbers in the order they come, as in a server.
struct Terms<'a> {
    words: &'a Words,
    known: Vec<Vec<Option<Term>>>,
    /// The second in hand, and how many events of it each visitor has.
    second: u32,
    ties: HashMap<u64, u16>,
}

impl<'a> Terms<'a> {
    fn new(words: &'a Words) -> Terms<'a> {
        Terms { words, known: vec![Vec::new(); 64], second: 0, ties: HashMap::new() }
    }

    fn term(&mut self, vocabulary: &Vocabulary, space: Space, list: &[String], at: u32) -> Term {
        let known = &mut self.known[space.0 as usize];
        if known.is_empty() {
            known.resize(list.len(), None);
        }
        let admit = || vocabulary.admit(space, &list[at as usize]).expect("there is room for every word");
        *known[at as usize].get_or_insert_with(admit)
    }

    fn event(&mut self, row: &Row, day: Day, vocabulary: &Vocabulary) -> AnonymousEvent {
        let mut e = AnonymousEvent::blank(SITE, day, Timestamp(row.at_ms).slot());
        e.visitor = Visitor(row.visitor);
        e.clock = clock(row, 0);
        if self.second != e.clock.seconds {
            self.second = e.clock.seconds;
            self.ties.clear();
        }
        let tie = self.ties.entry(row.visitor).or_default();
        e.clock.tie = *tie;
        *tie += 1;
        e.marks = row.marks;
        e.flags = Flags::COUNTS_FOR_FLOOR.with(Flags::INTERACTIVE);
        let words = self.words;
        let lists = [
            (Dimension::Event, &words.names, row.name),
            (Dimension::Page, &words.paths, row.path),
            (Dimension::Source, &words.sources, row.source),
            (Dimension::Country, &words.countries, row.person.country),
            (Dimension::Browser, &words.browsers, row.person.browser),
            (Dimension::Os, &words.systems, row.person.os),
            (Dimension::Device, &words.devices, row.person.device),
        ];
        for (dimension, list, at) in lists {
            e.set(dimension, self.term(vocabulary, dimension.into(), list, at));
        }
        if let (Some(item), Some(tag)) = (row.item, row.tag()) {
            e.set(Dimension::Item, self.term(vocabulary, Dimension::Item.into(), &words.items, item));
            e.tags = vec![self.term(vocabulary, Space::TAG, &words.tags, tag)];
        }
        e.languages = vec![self.term(vocabulary, Space::LANGUAGE, &words.languages, row.person.language)];
        e
    }
}
