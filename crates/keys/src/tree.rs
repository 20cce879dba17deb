//! The key tree: every key in one structure whose old states die with their root.

#[cfg(any(test, feature = "attack"))]
pub mod attack;
mod batch;
mod commit;
mod format;
mod held;
mod mirror;
mod open;
#[cfg(test)]
mod tests;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use parking_lot::RwLock;
use tokio::sync::{mpsc, oneshot};

use crate::disk::{Disk, Folder};
use crate::key::{DataKey, KeyError, KeyName, Keys, Purpose, Retired};
use crate::slot::{Slot, SlotAbout, in_use};
use crate::tree::held::Held;
use crate::tree::mirror::MirrorState;
pub use crate::tree::mirror::Mirrored;
use crate::tree::writer::{Request, Writer};

const DAY_S: u64 = 86_400;

/// How the tree works.
#[derive(Clone, Debug)]
pub struct TreeOptions {
    /// So many keys may lie in the tree file itself, which is written anew with each removal; beyond it some move to
    /// buckets.
    pub young_keys: usize,
    /// How long a retired key may wait until it is destroyed together with others.
    pub retire_within: Duration,
    /// How long an escrow copy of an old root may exist.
    pub escrow_window: Duration,
    /// What time it is.
    pub now: Now,
    /// A second folder, on another volume, that is to hold the same tree.
    pub mirror: Option<PathBuf>,
}

impl Default for TreeOptions {
    fn default() -> TreeOptions {
        TreeOptions {
            young_keys: 2048,
            retire_within: Duration::from_secs(30),
            escrow_window: Duration::ZERO,
            now: Now::default(),
            mirror: None,
        }
    }
}

/// Tells the time; the tree keeps days of keys and the minute of its root.
#[derive(Clone)]
pub struct Now(Arc<dyn Fn() -> SystemTime + Send + Sync>);

impl Now {
    /// The time that this tells.
    pub fn told_by(clock: impl Fn() -> SystemTime + Send + Sync + 'static) -> Now {
        Now(Arc::new(clock))
    }

    fn seconds(&self) -> u64 {
        (self.0)().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }

    /// Seconds since 1970, in whole minutes.
    pub(crate) fn minute_s(&self) -> u64 {
        self.seconds() / 60 * 60
    }

    /// Days since 1970 (UTC).
    pub(crate) fn day(&self) -> u16 {
        u16::try_from(self.seconds() / DAY_S).unwrap_or(u16::MAX)
    }
}

impl Default for Now {
    fn default() -> Now {
        Now::told_by(SystemTime::now)
    }
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Now(..)")
    }
}

/// How many keys of a purpose there are and how old they are. A key of an older format has no known age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurposeState {
    /// The purpose.
    pub purpose: Purpose,
    /// How many keys.
    pub keys: usize,
    /// Whole days since the oldest was made, if that is known of any.
    pub oldest_days: Option<u16>,
    /// Whole days since the youngest was made, if that is known of any.
    pub youngest_days: Option<u16>,
}

/// What may be told of a tree: counts and ages, no names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeState {
    /// How often the root was replaced.
    pub epoch: u64,
    /// When the root was last replaced, to the minute, if that is known.
    pub replaced: Option<SystemTime>,
    /// Every purpose of which there are keys.
    pub purposes: Vec<PurposeState>,
    /// Keys nobody can get that wait to be destroyed.
    pub retired: usize,
    /// Whether all keys are locked in memory, so that none is swapped out.
    pub locked: bool,
    /// What holds the root.
    pub slot: SlotAbout,
    /// Whether the second copy of the tree holds every key.
    pub mirror: Mirrored,
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
    escrow_window: Duration,
    now: Now,
    slot: SlotAbout,
    mirror: MirrorState,
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
    /// [`KeyError::InUse`], [`KeyError::Version`], [`KeyError::WrongSlot`], [`KeyError::Damaged`],
    /// [`KeyError::OtherMirror`], or the file system's error.
    pub fn open(dir: &Path, slot: Arc<dyn Slot>, options: TreeOptions) -> Result<TreeKeys, KeyError> {
        let folder = Folder::make(dir)?;
        folder.lock(".").map_err(in_use)?;
        let mirror = options.mirror.as_deref().map(|at| Arc::new(Folder::at(at)) as Arc<dyn Disk>);
        if let Some(at) = &options.mirror {
            // One that cannot be made is behind, as one that cannot be written.
            let _ = Folder::make(at);
        }
        TreeKeys::mirrored(Arc::new(folder), mirror, slot, options)
    }

    #[cfg(test)]
    pub(crate) fn on(disk: Arc<dyn Disk>, slot: Arc<dyn Slot>, options: TreeOptions) -> Result<TreeKeys, KeyError> {
        TreeKeys::mirrored(disk, None, slot, options)
    }

    pub(crate) fn mirrored(
        disk: Arc<dyn Disk>,
        mirror: Option<Arc<dyn Disk>>,
        slot: Arc<dyn Slot>,
        options: TreeOptions,
    ) -> Result<TreeKeys, KeyError> {
        let (requests, queue) = mpsc::channel(writer::GROUP_MOST);
        let (escrow_window, now, about) = (options.escrow_window, options.now.clone(), slot.about());
        let (opened, outcome) = std::sync::mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name("keys".into()).spawn(move || {
            match Writer::open(disk, mirror, slot, options, queue) {
                Ok(writer) => {
                    let _ = opened.send(Ok((writer.held(), writer.mirror_state())));
                    writer.run();
                }
                Err(error) => drop(opened.send(Err(error))),
            }
        })?;
        let (held, mirror) = outcome.recv().map_err(|_| KeyError::Closed)??;
        Ok(TreeKeys { held, escrow_window, now, slot: about, mirror, requests: Some(requests), thread: Some(thread) })
    }

    /// Writes every bucket and the root anew under fresh keys, without keeping readers out. The keys of the tree stay:
    /// what they protect is for its owners to write anew. Whoever had read keys of the tree's own levels from memory has
    /// nothing that opens what comes after.
    ///
    /// # Errors
    /// The file system's or the slot's error; before the root was replaced nothing has changed then.
    pub async fn rotate(&self) -> Result<(), KeyError> {
        self.ask(|done| Request::Rotate { done }).await
    }

    /// Copies the tree, as it is at this moment, into a folder, which holds no other tree's files afterwards. The copy
    /// opens with the slot until a key is removed the next time.
    ///
    /// # Errors
    /// [`KeyError::OtherMirror`] if the folder holds another tree, or the file system's error.
    pub async fn copy_to(&self, dir: &Path) -> Result<(), KeyError> {
        let to: Arc<dyn Disk> = Arc::new(Folder::make(dir)?);
        self.ask(|done| Request::Copy { to, done }).await
    }

    /// Counts and ages.
    pub fn state(&self) -> TreeState {
        let today = self.now.day();
        let held = self.held.read();
        let of = |purpose| {
            let keys = held.days(purpose).count();
            let known = || held.days(purpose).filter(|day| *day != 0).map(|day| today.saturating_sub(day));
            PurposeState { purpose, keys, oldest_days: known().max(), youngest_days: known().min() }
        };
        TreeState {
            epoch: held.epoch,
            replaced: (held.replaced_s != 0).then(|| SystemTime::UNIX_EPOCH + Duration::from_secs(held.replaced_s)),
            purposes: Purpose::ALL.into_iter().map(of).filter(|of| of.keys > 0).collect(),
            retired: held.retired.len(),
            locked: held.vault.is_locked(),
            slot: self.slot,
            mirror: self.mirror.told(),
        }
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

    async fn retire(&self, names: &[KeyName]) -> Result<Retired, KeyError> {
        let requests = self.requests.as_ref().ok_or(KeyError::Closed)?;
        // First a place in the queue, then the change in memory: nothing is retired of which the writer does not hear.
        let place = requests.reserve().await.map_err(|_| KeyError::Closed)?;
        let (done, answer) = oneshot::channel();
        {
            let mut held = self.held.write();
            names.iter().for_each(|name| held.retire(*name));
        }
        place.send(Request::Retire { names: names.to_vec(), done });
        Ok(Retired::waiting(answer))
    }

    async fn list(&self, purpose: Purpose) -> Result<Vec<KeyName>, KeyError> {
        Ok(self.held.read().list(purpose))
    }

    fn recoverable_until(&self, now: SystemTime) -> SystemTime {
        now + self.escrow_window
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
