//! What an attacker gets out of copies of the data directory with some roots of the key tree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use outis_event::Record;
use outis_journal::Frame;
use outis_keys::attack::{Copies, Reached, reach};
use outis_keys::{DataKey, FileSlot, KeyError, KeyName, Keys, Purpose, Slot};
use outis_warehouse::attack::Found;

use crate::core::kept::Kept;

/// Everything that opened.
pub(super) struct Loot {
    pub(super) reached: Reached,
    pub(super) rows: Vec<Found>,
    pub(super) frames: Vec<Frame>,
    /// Contents of snapshots, by file name.
    pub(super) snapshots: Vec<(&'static str, Vec<u8>)>,
}

impl Loot {
    /// Opens what can be opened in all copies with the roots of these slots.
    pub(super) async fn of(copies: &[PathBuf], slots: &[&Path]) -> Loot {
        let mut files = Copies::new();
        for copy in copies {
            for (path, content) in files_of(&copy.join("keys")) {
                let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
                files.insert((name.to_owned(), content));
            }
        }
        let mut roots = Vec::new();
        for copy in slots {
            let slot = FileSlot::open(&copy.join("slot")).expect("a slot");
            roots.extend(slot.read().await.expect("a root"));
        }
        let reached = reach(&files, &roots);
        let mut loot = Loot { reached, rows: Vec::new(), frames: Vec::new(), snapshots: Vec::new() };
        let keys = loot.known();
        let mut seen = BTreeSet::new();
        for copy in copies {
            let rows = outis_warehouse::attack::rows(&copy.join("warehouse"), keys.clone()).await.expect("listed");
            let before = seen.clone();
            seen.extend(rows.iter().map(|found| found.path.clone()));
            loot.rows.extend(rows.into_iter().filter(|found| !before.contains(&found.path)));
            loot.frames.extend(outis_journal::attack::frames(&copy.join("journal"), &keys).await.expect("listed"));
            for (name, _) in &loot.reached.named {
                for file in ["waiting.sealed", "dedup.sealed"] {
                    let plain = Kept::new(copy, file, keys.clone()).read(*name).await.expect("read");
                    loot.snapshots.extend(plain.map(|plain| (file, plain)));
                }
            }
        }
        loot
    }

    /// Everything that was reached, as keys.
    pub(super) fn known(&self) -> Arc<dyn Keys> {
        Arc::new(Known(self.reached.named.iter().copied().collect()))
    }

    /// Keys of this purpose.
    pub(super) fn keys(&self, purpose: Purpose) -> BTreeSet<[u8; 32]> {
        self.reached.named.iter().filter(|(name, _)| name.purpose == purpose).map(|(_, key)| *key).collect()
    }

    /// Every visitor number in any row or frame that opened.
    pub(super) fn numbers(&self) -> BTreeSet<u64> {
        let records = self.frames.iter().flat_map(|frame| &frame.records);
        let journalled = records.filter_map(|record| match record {
            Record::Event(event) => Some(event.visitor.0),
            Record::Word(..) | Record::Insert(_) => None,
        });
        self.rows.iter().flat_map(|found| found.batch.visitor.iter().copied()).chain(journalled).collect()
    }
}

/// Every file below a folder, with its content.
pub(super) fn files_of(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).expect("listed") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            files.extend(files_of(&path));
        } else {
            let content = std::fs::read(&path).expect("read");
            files.push((path, content));
        }
    }
    files
}

/// Keys that were found. Nothing can be made or removed.
struct Known(BTreeMap<KeyName, [u8; 32]>);

#[async_trait]
impl Keys for Known {
    async fn create(&self, _: KeyName) -> Result<DataKey, KeyError> {
        Err(KeyError::Closed)
    }

    async fn get(&self, name: KeyName) -> Result<Option<DataKey>, KeyError> {
        Ok(self.0.get(&name).map(|key| DataKey::from_bytes(*key)))
    }

    async fn get_or_create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        self.get(name).await?.ok_or(KeyError::Closed)
    }

    async fn remove(&self, _: &[KeyName]) -> Result<(), KeyError> {
        Err(KeyError::Closed)
    }

    async fn list(&self, purpose: Purpose) -> Result<Vec<KeyName>, KeyError> {
        Ok(self.0.keys().filter(|name| name.purpose == purpose).copied().collect())
    }
}
