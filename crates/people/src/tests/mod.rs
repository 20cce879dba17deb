//! Members end to end, on a real key tree, with each kind of database.

mod forget;
mod learner;
mod members;
mod postgres;
#[path = "../../../../tests/postgres/server.rs"]
mod server;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, LazyLock};

use async_trait::async_trait;
use outis_event::{Day, Plan, Policy, Shields, Site, SiteId, Timestamp};
use outis_keys::{FileSlot, Keys, TreeKeys, TreeOptions};
use parking_lot::Mutex;

use crate::{
    Aftermath, AftermathError, Claims, DayVisitor, ExternalId, Host, Mode, Order, People, Server, Trace, Vault,
};
use server::Postgres;

const SITE: SiteId = SiteId(1);
const TODAY: Day = Day(20_760);

/// The server that tests share, each with a database of its own.
static POSTGRES: LazyLock<Option<Postgres>> = LazyLock::new(|| Postgres::start(&[], &[]));

/// Makes two tests of each function: one with SQLite, one with PostgreSQL.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        $(mod $test {
            #[tokio::test]
            async fn sqlite() {
                super::$test(super::Home::on_sqlite()).await;
            }

            #[tokio::test]
            async fn postgres() {
                if let Some(home) = super::Home::on_postgres() {
                    super::$test(home).await;
                }
            }
        })+
    };
}
use on_both;

/// A folder with a tree and its slot, and a vault of members.
struct Home {
    dir: tempfile::TempDir,
    /// The folder of a server's socket and a database there; else it is SQLite.
    database: Option<(PathBuf, String)>,
}

impl Home {
    fn on_sqlite() -> Home {
        Home { dir: tempfile::tempdir().expect("a folder"), database: None }
    }

    fn on_postgres() -> Option<Home> {
        POSTGRES.as_ref().map(Home::at)
    }

    fn at(server: &Postgres) -> Home {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("members_{}", NEXT.fetch_add(1, Ordering::Relaxed));
        server.sql(&format!("CREATE DATABASE {name}"));
        Home { database: Some((server.socket().to_owned(), name)), ..Home::on_sqlite() }
    }

    /// An empty one of the same kind.
    fn another(&self) -> Home {
        match self.database {
            Some(_) => Home::on_postgres().expect("a server"),
            None => Home::on_sqlite(),
        }
    }

    fn slot(&self) -> PathBuf {
        self.dir.path().join("slot")
    }

    fn tree(&self) -> PathBuf {
        self.dir.path().join("keys")
    }

    fn vault(&self) -> Vault {
        match &self.database {
            Some((socket, database)) => Vault::Server(Server {
                host: Host::Socket(socket.clone()),
                port: 5432,
                user: "outis".to_owned(),
                database: database.clone(),
                password: None,
                ca_file: None,
            }),
            None => Vault::Folder(self.dir.path().join("people")),
        }
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
