//! The key tree: every key in one structure whose old states die with their root.

#[cfg(any(test, feature = "attack"))]
pub mod attack;
mod batch;
mod commit;
mod format;
mod held;
mod open;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use async_trait::async_trait;
use parking_lot::RwLock;
use tokio::sync::{mpsc, oneshot};

use crate::disk::{Disk, Folder};
use crate::key::{DataKey, KeyError, KeyName, Keys, Purpose};
use crate::slot::{Slot, in_use};
use crate::tree::held::Held;
use crate::tree::writer::{Request, Writer};

/// How the tree works.
#[derive(Clone, Debug)]
pub struct TreeOptions {
    /// So many keys may lie in the tree file itself, which is written anew with each removal; beyond it some move to
    /// buckets.
    pub young_keys: usize,
}

impl Default for TreeOptions {
    fn default() -> TreeOptions {
        TreeOptions { young_keys: 2048 }
    }
}

/// Keys in a folder of sealed files whose root lies in a [`Slot`].
///
/// A key is durable when `create` returns. When `remove` returns, the slot's root was replaced: no copy of the folder,
/// from whatever time, opens a removed key any more. Concurrent calls share their syncs. After a failure in the middle
/// of replacing the root, keys can be read, but nothing can be changed until the tree is opened again.
///
/// Not promised: that an older copy of the folder with the same root (one in which keys made since are missing) is
/// recognised; that keys in memory are beyond whoever may read the process's memory.
pub struct TreeKeys {
    held: Arc<RwLock<Held>>,
    requests: Option<mpsc::Sender<Request>>,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for TreeKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TreeKeys").finish_non_exhaustive()
    }
}

impl TreeKeys {
    /// Opens the tree in this folder, or makes one if both folder and slot are fresh. Blocks while it reads.
    ///
    /// Nothing is written before it is certain that tree and slot belong together and everything opens. Then roots
    /// that an interrupted replacement left are destroyed.
    ///
    /// # Errors
    /// [`KeyError::InUse`], [`KeyError::Version`], [`KeyError::WrongSlot`], [`KeyError::Damaged`], or the file
    /// system's error.
    pub fn open(dir: &Path, slot: Arc<dyn Slot>, options: TreeOptions) -> Result<TreeKeys, KeyError> {
        let folder = Folder::make(dir)?;
        folder.lock(".").map_err(in_use)?;
        TreeKeys::on(Arc::new(folder), slot, options)
    }

    pub(crate) fn on(disk: Arc<dyn Disk>, slot: Arc<dyn Slot>, options: TreeOptions) -> Result<TreeKeys, KeyError> {
        let (requests, queue) = mpsc::channel(writer::GROUP_MOST);
        let (opened, outcome) = std::sync::mpsc::sync_channel(1);
        let thread =
            std::thread::Builder::new().name("keys".into()).spawn(move || match Writer::open(disk, slot, options) {
                Ok(writer) => {
                    let _ = opened.send(Ok(writer.held()));
                    writer.run(queue);
                }
                Err(error) => drop(opened.send(Err(error))),
            })?;
        let held = outcome.recv().map_err(|_| KeyError::Closed)??;
        Ok(TreeKeys { held, requests: Some(requests), thread: Some(thread) })
    }

    async fn ask<T>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, KeyError>>) -> Request,
    ) -> Result<T, KeyError> {
        let (done, answer) = oneshot::channel();
        let requests = self.requests.as_ref().ok_or(KeyError::Closed)?;
        requests.send(request(done)).await.map_err(|_| KeyError::Closed)?;
        answer.await.map_err(|_| KeyError::Closed)?
    }
}

#[async_trait]
impl Keys for TreeKeys {
    async fn create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        self.ask(|done| Request::Create { name, reuse: false, done }).await
    }

    async fn get(&self, name: KeyName) -> Result<Option<DataKey>, KeyError> {
        Ok(self.held.read().key(name))
    }

    async fn get_or_create(&self, name: KeyName) -> Result<DataKey, KeyError> {
        let found = self.held.read().key(name);
        match found {
            Some(key) => Ok(key),
            None => self.ask(|done| Request::Create { name, reuse: true, done }).await,
        }
    }

    async fn remove(&self, names: &[KeyName]) -> Result<(), KeyError> {
        self.ask(|done| Request::Remove { names: names.to_vec(), done }).await
    }

    async fn list(&self, purpose: Purpose) -> Result<Vec<KeyName>, KeyError> {
        Ok(self.held.read().list(purpose))
    }
}

impl Drop for TreeKeys {
    /// Waits until what was asked for is done, so that the folder can be opened again at once.
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
