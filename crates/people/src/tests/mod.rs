//! Members end to end, on a real key tree.

mod forget;
mod members;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use outis_event::{Day, Plan, Policy, Shields, Site, SiteId, Timestamp};
use outis_keys::{FileSlot, Keys, TreeKeys, TreeOptions};
use parking_lot::Mutex;

use crate::{Aftermath, AftermathError, Claims, DayVisitor, ExternalId, Mode, Order, People, Trace};

const SITE: SiteId = SiteId(1);
const TODAY: Day = Day(20_760);

/// A folder with a tree, its slot and a database of members.
struct Home {
    dir: tempfile::TempDir,
}

impl Home {
    fn new() -> Home {
        Home { dir: tempfile::tempdir().expect("a folder") }
    }

    fn slot(&self) -> PathBuf {
        self.dir.path().join("slot")
    }

    fn tree(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    fn vault(&self) -> PathBuf {
        self.dir.path().join("people")
    }

    fn keys(&self) -> Arc<dyn Keys> {
        open_tree(&self.tree(), &self.slot()).expect("a tree")
    }

    async fn open(&self) -> People {
        People::open(&self.vault(), self.keys()).await.expect("a vault")
    }
}

fn open_tree(tree: &Path, slot: &Path) -> Result<Arc<dyn Keys>, outis_keys::KeyError> {
    let slot = Arc::new(FileSlot::open(slot)?);
    Ok(Arc::new(TreeKeys::open(tree, slot, TreeOptions::default())?))
}

fn site() -> Site {
    Site {
        id: SITE,
        domain: "example.org".into(),
        zone: jiff::tz::TimeZone::UTC,
        policy: Policy::default(),
        shields: Shields::default(),
        plan: Plan::default(),
        origins: Vec::new(),
        debug_token_hash: None,
    }
}

fn id(text: &str) -> ExternalId {
    ExternalId::new(text.to_owned()).expect("an id")
}

fn claims(text: &str) -> Claims {
    Claims { subject: id(text), tags: Vec::new(), interests: Vec::new(), customer: Some("Ithaca".to_owned().into()) }
}

fn now() -> Timestamp {
    Timestamp(1_800_000_000_000)
}

/// Remembers what it was told to hide, and fails as often as it is told to.
#[derive(Default)]
struct Rows {
    hidden: Mutex<Vec<(SiteId, DayVisitor, Mode)>>,
    fail: Mutex<u32>,
}

#[async_trait]
impl Aftermath for Rows {
    async fn hide(&self, trace: &Trace) -> Result<(), AftermathError> {
        let mut fail = self.fail.lock();
        if *fail > 0 {
            *fail -= 1;
            return Err(AftermathError("a test"));
        }
        self.hidden.lock().extend(trace.days.iter().map(|day| (trace.site, *day, trace.mode)));
        Ok(())
    }
}

fn order(mode: Mode) -> Order {
    Order { mode, today: TODAY, recent_days: 35 }
}
