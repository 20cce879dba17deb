//! A log in folders of its own, which can be cloned as a machine can.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use outis_event::Timestamp;
use outis_guard::receipts::{
    Hex, LogOptions, Mode, Origin, ReceiptLog, Schedule, Sink, Statement, Store, Text, TicketState,
};
use outis_keys::{DataKey, KeyError, KeyName, Keys, Purpose};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// Noon of a day in November 2026.
pub(crate) fn noon(day: i64) -> Timestamp {
    Timestamp((20_758 + day) * DAY_MS + DAY_MS / 2)
}

#[derive(Clone, Default)]
struct ClonedKeys(Arc<Mutex<BTreeMap<KeyName, DataKey>>>);

impl ClonedKeys {
    fn copy(&self) -> ClonedKeys {
        ClonedKeys(Arc::new(Mutex::new(self.0.lock().expect("keys").clone())))
    }
}

#[async_trait]
impl Keys for ClonedKeys {
    async fn create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        self.get_or_create(name).await
    }

    async fn get(&self, name: KeyName) -> Result<Option<DataKey>, KeyError> {
        Ok(self.0.lock().expect("keys").get(&name).cloned())
    }

    async fn get_or_create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        let fresh = DataKey::random()?;
        Ok(self.0.lock().expect("keys").entry(name).or_insert(fresh).clone())
    }

    async fn remove(&self, names: &[KeyName]) -> Result<(), KeyError> {
        self.0.lock().expect("keys").retain(|name, _| !names.contains(name));
        Ok(())
    }

    async fn list(&self, purpose: Purpose) -> Result<Vec<KeyName>, KeyError> {
        Ok(self.0.lock().expect("keys").keys().filter(|name| name.purpose == purpose).copied().collect())
    }
}

pub(crate) struct Place {
    dir: tempfile::TempDir,
    keys: ClonedKeys,
}

impl Place {
    pub(crate) fn new() -> Place {
        Place { dir: tempfile::tempdir().expect("a folder"), keys: ClonedKeys::default() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path("log")
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        std::fs::write(self.path(name), text).expect("written");
        self.path(name)
    }

    /// The log, opened or begun.
    pub(crate) async fn open(&self) -> ReceiptLog {
        let schedule = Schedule::new(&[3], 64).expect("schedule");
        let options = LogOptions { origin: Origin::new("stats.example.org/transparency/log").expect("name"), schedule };
        let keys = Arc::new(self.keys.clone());
        ReceiptLog::open(&self.log(), &self.path("private"), keys, options, noon(0)).await.expect("opens")
    }

    /// The same machine a second time, with all that it holds.
    pub(crate) fn clone_machine(&self) -> Place {
        let clone = Place { dir: tempfile::tempdir().expect("a folder"), keys: self.keys.copy() };
        copy_folder(self.dir.path(), clone.dir.path());
        clone
    }
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copied");
        }
    }
}

pub(crate) fn statement() -> Statement {
    let text = |words| Text::new(words).expect("text");
    Statement {
        policy_version: text("4"),
        build_hash: [0xab; 32],
        mode: Mode::Delete,
        stores: vec![Store {
            name: text("people"),
            method: text("key destroyed"),
            objects: 1,
            key_root_before: Some(Hex([1; 32])),
            key_root_after: Some(Hex([2; 32])),
        }],
        sinks: vec![Sink { name: text("mail <list> & more"), ticket_state: TicketState::Open }],
        recoverable_until: Some(noon(7)),
        exceptions: vec![text("the mail provider has not answered yet")],
    }
}
