//! The slot as a small file of two fixed blocks that are overwritten in place, never renamed or copied.

use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};
use outis_disclose::LogSafe;
use parking_lot::Mutex;
use zeroize::Zeroizing;

use crate::disk::{Disk, Folder};
use crate::key::{DataKey, KeyError, SlotFault};
use crate::seal::{open_record, seal_record};
use crate::slot::{Provider, Root, Slot, SlotAbout};

const BLOCK_BYTES: usize = 4096;
const SLOT_BYTES: usize = 2 * BLOCK_BYTES;
/// What a disk writes whole or not at all. Each sector of a block holds the root, so that one bad sector loses nothing.
const SECTOR_BYTES: usize = 512;
const MAGIC: &[u8; 8] = b"OUTISRT\n";
/// The root in clear.
const PLAIN: u16 = 1;
/// The root sealed under a key that a key service gave.
const WRAPPED: u16 = 2;
const HEAD_BYTES: usize = 34;
const ROOT_BYTES: usize = 32;
/// A sealed root: version byte, nonce, root, tag.
const SEALED_BYTES: usize = 61;
const CHECK_BYTES: usize = 32;

/// Why overwriting in place may not destroy on the volume of a slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotDoubt {
    /// The file system writes changes elsewhere and leaves the old bytes.
    CopiesOnWrite,
    /// The file system lies in memory: the root, and with it every key, is lost at shutdown.
    Volatile,
    /// Another machine holds the bytes.
    Remote,
}

impl fmt::Display for SlotDoubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SlotDoubt::CopiesOnWrite => "the slot's file system does not overwrite in place",
            SlotDoubt::Volatile => "the slot's file system is lost at shutdown",
            SlotDoubt::Remote => "the slot's file system is on another machine",
        })
    }
}

impl LogSafe for SlotDoubt {
    fn write(&self, out: &mut dyn fmt::Write) -> fmt::Result {
        write!(out, "{self}")
    }
}

/// A slot in a file of 8 KiB. The file must lie on a volume that overwrites in place (ext4 or XFS on a plain disk) and
/// of which no snapshots or backups are made; see `docs/keys.md` for what it cannot promise on flash.
pub struct FileSlot {
    disk: Arc<dyn Disk>,
    name: String,
    locked: Mutex<bool>,
    doubt: Option<SlotDoubt>,
    wrap: OnceLock<DataKey>,
}

impl fmt::Debug for FileSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileSlot").finish_non_exhaustive()
    }
}

impl FileSlot {
    /// The slot in this file. A missing file is made when the first root comes; its folder must exist.
    ///
    /// # Errors
    /// [`KeyError::InUse`] if another process has it, [`KeyError::Damaged`] if the path names no file in a folder, or
    /// the file system's error.
    pub fn open(path: &Path) -> Result<FileSlot, KeyError> {
        let name = path.file_name().and_then(|n| n.to_str()).ok_or(KeyError::Damaged("the slot's path"))?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut slot = FileSlot::on(Arc::new(Folder::at(folder)), name)?;
        slot.doubt = doubt(folder)?;
        Ok(slot)
    }

    /// Seals roots under `key` besides, so that whoever reads the file alone has nothing. A root that is there in clear
    /// is still read; the next replacement wraps it.
    #[must_use]
    pub fn wrapped(self, key: DataKey) -> FileSlot {
        self.wrap_under(key);
        self
    }

    /// The same for a slot whose key comes late; the first key counts.
    pub(crate) fn wrap_under(&self, key: DataKey) {
        let _ = self.wrap.set(key);
    }

    /// Why overwriting may not destroy here, as far as the kind of file system tells.
    pub fn doubt(&self) -> Option<SlotDoubt> {
        self.doubt
    }

    pub(crate) fn on(disk: Arc<dyn Disk>, name: &str) -> Result<FileSlot, KeyError> {
        let slot =
            FileSlot { disk, name: name.to_owned(), locked: Mutex::new(false), doubt: None, wrap: OnceLock::new() };
        match slot.lock() {
            Err(KeyError::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(slot),
            other => other.map(|()| slot),
        }
    }

    fn lock(&self) -> Result<(), KeyError> {
        let mut locked = self.locked.lock();
        if !*locked {
            self.disk.lock(&self.name).map_err(in_use)?;
            *locked = true;
        }
        Ok(())
    }

    /// The two blocks; `None` if no root was ever written.
    fn blocks(&self) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        let bytes = match self.disk.read(&self.name) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        // A file that is being made holds zeros only. Anything else of another length is not ours to overwrite.
        if bytes.iter().all(|b| *b == 0) && bytes.len() <= SLOT_BYTES {
            return Ok(None);
        }
        if bytes.len() == SLOT_BYTES { Ok(Some(bytes)) } else { Err(KeyError::Damaged("slot file")) }
    }

    fn make(&self) -> Result<(), KeyError> {
        self.disk.create(&self.name, &[0; SLOT_BYTES])?;
        self.disk.sync(&self.name)?;
        self.disk.sync_dir()?;
        self.lock()
    }

    fn overwrite(&self, block: usize, bytes: &[u8]) -> io::Result<()> {
        self.disk.write_at(&self.name, (block * BLOCK_BYTES) as u64, bytes)?;
        self.disk.sync(&self.name)
    }
}

#[async_trait]
impl Slot for FileSlot {
    fn about(&self) -> SlotAbout {
        let provider = if self.wrap.get().is_some() { Provider::WrappedFile } else { Provider::File };
        SlotAbout { provider, doubt: self.doubt }
    }

    async fn read(&self) -> Result<Vec<Root>, KeyError> {
        let Some(bytes) = self.blocks()? else { return Ok(Vec::new()) };
        let mut roots: Vec<Root> = bytes.chunks(BLOCK_BYTES).filter_map(|block| self.parse(block)).collect();
        if roots.is_empty() {
            return Err(if bytes.chunks(SECTOR_BYTES).any(|s| checked(s).is_some_and(|c| version(c) == WRAPPED)) {
                KeyError::Slot(SlotFault::Wrapped)
            } else if newer(&bytes) {
                KeyError::Version
            } else {
                KeyError::Damaged("slot file")
            });
        }
        roots.sort_by_key(|root| std::cmp::Reverse(root.epoch));
        Ok(roots)
    }

    async fn replace(&self, root: &Root) -> Result<(), KeyError> {
        let found: [Option<Root>; 2] = match self.blocks()? {
            Some(bytes) => [self.parse(&bytes[..BLOCK_BYTES]), self.parse(&bytes[BLOCK_BYTES..])],
            None => {
                self.make()?;
                [None, None]
            }
        };
        let kept = found.iter().position(|f| f.as_ref().is_some_and(|f| same(f, root)));
        let block = kept.unwrap_or_else(|| older(&found));
        // Written again even if it is there: of an interrupted write only some sectors may have arrived.
        self.overwrite(block, &self.encode(root)?)?;
        self.overwrite(1 - block, &noise()?)?;
        Ok(())
    }
}

impl FileSlot {
    fn encode(&self, root: &Root) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let mut record = Zeroizing::new(Vec::with_capacity(SECTOR_BYTES));
        record.extend_from_slice(MAGIC);
        record.extend_from_slice(&if self.wrap.get().is_some() { WRAPPED } else { PLAIN }.to_le_bytes());
        record.extend_from_slice(&root.tree);
        record.extend_from_slice(&root.epoch.to_le_bytes());
        match self.wrap.get() {
            Some(wrap) => {
                let plain = root.key.bytes("seal for the slot");
                let sealed = seal_record(wrap, &record, plain).map_err(|_| KeyError::Random)?;
                record.extend_from_slice(&sealed);
            }
            None => record.extend_from_slice(root.key.bytes("store in the slot")),
        }
        let check = digest(&SHA256, &record);
        record.extend_from_slice(check.as_ref());
        let mut block = Zeroizing::new(vec![0; BLOCK_BYTES]);
        for sector in block.chunks_mut(SECTOR_BYTES) {
            sector[..record.len()].copy_from_slice(&record);
        }
        Ok(block)
    }

    fn parse(&self, block: &[u8]) -> Option<Root> {
        block.chunks(SECTOR_BYTES).find_map(|sector| {
            let checked = checked(sector)?;
            let (head, body) = checked.split_at(HEAD_BYTES);
            let key = match version(checked) {
                PLAIN => DataKey::from_bytes(body.try_into().ok()?),
                _ => {
                    let plain = Zeroizing::new(open_record(self.wrap.get()?, head, body).ok()?);
                    DataKey::from_bytes(plain[..].try_into().ok()?)
                }
            };
            let epoch = u64::from_le_bytes(head[26..34].try_into().ok()?);
            Some(Root { tree: head[10..26].try_into().ok()?, epoch, key })
        })
    }
}

fn version(record: &[u8]) -> u16 {
    u16::from_le_bytes([record[8], record[9]])
}

/// What the checksum of a sector's record covers, if it holds.
fn checked(sector: &[u8]) -> Option<&[u8]> {
    let known = sector.len() == SECTOR_BYTES && sector.starts_with(MAGIC);
    let length = HEAD_BYTES
        + match version(known.then_some(sector)?) {
            PLAIN => ROOT_BYTES,
            WRAPPED => SEALED_BYTES,
            _ => return None,
        };
    let (checked, rest) = sector.split_at(length);
    (digest(&SHA256, checked).as_ref() == &rest[..CHECK_BYTES]).then_some(checked)
}

/// The block that may be overwritten first: never the one that holds the highest epoch.
fn older(found: &[Option<Root>; 2]) -> usize {
    let epoch = |i: usize| found[i].as_ref().map(|r| r.epoch);
    usize::from(epoch(0) > epoch(1))
}

fn same(a: &Root, b: &Root) -> bool {
    let equal = aws_lc_rs::constant_time::verify_slices_are_equal(a.key.bytes("compare"), b.key.bytes("compare"));
    a.tree == b.tree && a.epoch == b.epoch && equal.is_ok()
}

/// Random bytes, because some volumes turn written zeros into a mere note that the place is free.
fn noise() -> Result<Vec<u8>, KeyError> {
    let mut bytes = vec![0; BLOCK_BYTES];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::Random)?;
    Ok(bytes)
}

fn newer(bytes: &[u8]) -> bool {
    bytes.chunks(SECTOR_BYTES).any(|s| s.starts_with(MAGIC) && version(s) > WRAPPED)
}

pub(crate) fn in_use(error: io::Error) -> KeyError {
    if error.kind() == io::ErrorKind::WouldBlock { KeyError::InUse } else { KeyError::Io(error) }
}

/// File systems by the numbers of statfs(2).
fn doubt(folder: &Path) -> io::Result<Option<SlotDoubt>> {
    const BTRFS: u64 = 0x9123_683E;
    const ZFS: u64 = 0x2FC1_2FC1;
    const BCACHEFS: u64 = 0xCA45_1A4E;
    const F2FS: u64 = 0xF2F5_2010;
    const NILFS: u64 = 0x3434;
    const TMPFS: u64 = 0x0102_1994;
    const RAMFS: u64 = 0x8584_58F6;
    const NFS: u64 = 0x6969;
    const SMB2: u64 = 0xFE53_4D42;
    const CIFS: u64 = 0xFF53_4D42;
    // The field is signed on some architectures and 32 bits wide on others.
    let kind = rustix::fs::statfs(folder)?.f_type as u64 & 0xFFFF_FFFF;
    Ok(match kind {
        BTRFS | ZFS | BCACHEFS | F2FS | NILFS => Some(SlotDoubt::CopiesOnWrite),
        TMPFS | RAMFS => Some(SlotDoubt::Volatile),
        NFS | SMB2 | CIFS => Some(SlotDoubt::Remote),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::sim::{Chance, Machine};

    fn slot(machine: &Machine, wrap: Option<&DataKey>) -> FileSlot {
        let slot = FileSlot::on(machine.folder("slot"), "slot").expect("slot");
        wrap.into_iter().for_each(|key| slot.wrap_under(key.clone()));
        slot
    }

    fn root(epoch: u64) -> Root {
        Root { tree: [7; 16], epoch, key: DataKey::random().expect("randomness") }
    }

    fn run<T>(work: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().expect("runtime").block_on(work)
    }

    #[test]
    fn a_wrapped_root_is_not_in_the_file_and_opens_under_its_key_only() {
        let machine = Machine::default();
        let (first, second) = (root(1), root(2));
        let wrap = DataKey::random().expect("randomness");
        run(slot(&machine, None).replace(&first)).expect("in clear");
        // What is in clear is read, and wrapped with the next replacement.
        let wrapped = slot(&machine, Some(&wrap));
        assert!(same(&run(wrapped.read()).expect("read")[0], &first));
        run(wrapped.replace(&second)).expect("wrapped");
        let bytes = machine.files("slot")["slot"].clone();
        for root in [&first, &second] {
            assert!(!bytes.windows(32).any(|w| w == root.key.bytes("test")), "a root lies open");
        }
        assert!(same(&run(slot(&machine, Some(&wrap)).read()).expect("read")[0], &second));
        let other = DataKey::random().expect("randomness");
        for wrap in [None, Some(&other)] {
            let refused = run(slot(&machine, wrap).read());
            assert!(matches!(refused, Err(KeyError::Slot(SlotFault::Wrapped))), "{refused:?}");
        }
    }

    #[test]
    fn a_wrapped_slot_that_is_stopped_holds_the_old_root_or_the_new_one() {
        let wrap = DataKey::random().expect("randomness");
        let (first, second) = (root(1), root(2));
        for stop in 1..=4 {
            for seed in 0..20 {
                let machine = Machine::default();
                run(slot(&machine, Some(&wrap)).replace(&first)).expect("replaced");
                machine.stop_after(stop);
                let done = run(slot(&machine, Some(&wrap)).replace(&second));
                let machine = machine.restarted(&mut Chance(stop * 100 + seed));
                let found = run(slot(&machine, Some(&wrap)).read()).expect("a root");
                assert!(found.iter().all(|r| same(r, &first) || same(r, &second)));
                if done.is_ok() {
                    assert!(found.len() == 1 && same(&found[0], &second));
                }
                run(slot(&machine, Some(&wrap)).replace(&found[0])).expect("settled");
                assert_eq!(run(slot(&machine, Some(&wrap)).read()).expect("read").len(), 1);
            }
        }
    }
}
