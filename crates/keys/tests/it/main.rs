//! The key tree on a real file system.

mod folder;
mod image;
#[cfg(feature = "kms")]
mod kms;
mod softhsm;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use outis_keys::{FileSlot, KeyError, KeyName, Purpose, Root, Slot, SlotAbout, TreeKeys, TreeOptions};
use parking_lot::Mutex;

fn name(number: u8) -> KeyName {
    KeyName { purpose: Purpose::File, label: [number; 16] }
}

/// Tests of this program start others; until such a child becomes what it is to be, it shares the locks of all tests. So
/// what somebody seems to have is tried again for a while.
fn patiently<T>(open: impl Fn() -> Result<T, KeyError>) -> Result<T, KeyError> {
    for _ in 0..100 {
        match open() {
            Err(KeyError::InUse) => std::thread::sleep(Duration::from_millis(20)),
            opened => return opened,
        }
    }
    open()
}

fn open(dir: &Path, slot: &Path) -> Result<TreeKeys, KeyError> {
    let options = || TreeOptions { young_keys: 4, ..TreeOptions::default() };
    patiently(|| TreeKeys::open(dir, Arc::new(FileSlot::open(slot)?), options()))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("folder");
    for entry in fs::read_dir(from).expect("folder") {
        let entry = entry.expect("entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copy");
    }
}

/// A file slot that tells which roots it was given.
struct ToldSlot {
    slot: FileSlot,
    roots: Mutex<Vec<[u8; 32]>>,
}

impl ToldSlot {
    fn open(path: &Path) -> ToldSlot {
        ToldSlot { slot: patiently(|| FileSlot::open(path)).expect("slot"), roots: Mutex::default() }
    }
}

#[async_trait]
impl Slot for ToldSlot {
    fn about(&self) -> SlotAbout {
        self.slot.about()
    }

    async fn read(&self) -> Result<Vec<Root>, KeyError> {
        self.slot.read().await
    }

    async fn replace(&self, root: &Root) -> Result<(), KeyError> {
        self.roots.lock().push(*root.key.bytes("test"));
        self.slot.replace(root).await
    }
}
