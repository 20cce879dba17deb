//! The whole warehouse, over stores and keys that fail on demand.

mod bench;
mod counts;
mod crash;
mod exact;
mod failing;
mod history;
mod links;
mod members;
mod noise;
mod sets;
mod sight;
mod ways;

use std::sync::Arc;

use jiff::tz::TimeZone;
use object_store::memory::InMemory;
use outis_event::{
    AnonymousEvent, Day, ManualClock, NodeId, Plan, Policy, Record, Sequence, Shields, Site, SiteId, Timestamp,
};
use outis_journal::Frame;
use sqlx::SqlitePool;
use sqlx::sqlite::SqlitePoolOptions;

use crate::{SealedStore, Warehouse, WarehouseOptions};
use failing::{Failing, FailingKeys, Fuse};

pub(crate) const NODE: NodeId = NodeId(1);

/// What outlives a process: disk, key tree, database; and a clock.
pub(crate) struct World {
    pub(crate) fuse: Fuse,
    pub(crate) disk: Arc<InMemory>,
    pub(crate) keys: Arc<FailingKeys>,
    pub(crate) pool: SqlitePool,
    pub(crate) clock: ManualClock,
    pub(crate) options: WarehouseOptions,
    frames: Vec<Frame>,
}

impl World {
    pub(crate) async fn new(options: WarehouseOptions) -> World {
        let fuse = Fuse::default();
        World {
            keys: Arc::new(FailingKeys::new(fuse.clone())),
            fuse,
            disk: Arc::new(InMemory::new()),
            pool: SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await.expect("database"),
            clock: ManualClock::new(Timestamp(0)),
            options,
            frames: Vec::new(),
        }
    }

    /// A new process: opens the warehouse and takes what the journal has behind the commit.
    pub(crate) async fn open(&self) -> Warehouse {
        let disk = Arc::new(Failing::new(self.disk.clone(), self.fuse.clone()));
        let store = Arc::new(SealedStore::new(disk, self.keys.clone()));
        let clock = Arc::new(self.clock.clone());
        let warehouse =
            Warehouse::open(store, self.pool.clone(), self.keys.clone(), clock, self.options).await.expect("open");
        for frame in &self.frames {
            // Also what is committed: it must be ignored.
            warehouse.take(frame.clone());
        }
        warehouse
    }

    /// Journals events and gives the frame.
    pub(crate) fn frame(&mut self, events: &[AnonymousEvent]) -> Frame {
        let sequence = Sequence(self.frames.len() as u64 + 1);
        let frame = Frame { node: NODE, sequence, records: events.iter().cloned().map(Record::Event).collect() };
        self.frames.push(frame.clone());
        frame
    }

    /// Journals the last frame as it was changed since.
    pub(crate) fn journal(&mut self, frame: Frame) {
        self.frames.pop();
        self.frames.push(frame);
    }

    /// The number of files and of their keys.
    pub(crate) async fn left(&self) -> (usize, usize) {
        use futures::TryStreamExt;
        use object_store::ObjectStore;
        use outis_keys::{Keys, Purpose};
        let files: Vec<_> = self.disk.list(None).try_collect().await.expect("listing");
        (files.len(), self.keys.list(Purpose::File).await.expect("keys").len())
    }
}

/// A site with the usual policy.
pub(crate) fn site(id: SiteId, zone: &TimeZone) -> Arc<Site> {
    Arc::new(Site {
        id,
        domain: "example.org".to_owned(),
        zone: zone.clone(),
        policy: Policy { floor: 1, ..Policy::default() },
        shields: Shields::default(),
        plan: Plan::default(),
        origins: Vec::new(),
        debug_token_hash: None,
    })
}

/// Noon of a day in UTC.
pub(crate) fn noon(day: Day) -> Timestamp {
    day.start(&TimeZone::UTC).plus_ms(12 * 3_600_000)
}

pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime").block_on(future)
}
