//! A slot in two parts: a key that somebody else holds and can destroy, and a small file with the root sealed under it.
//!
//! The file may be copied and backed up: once the key is destroyed, no copy of it opens.

use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use aws_lc_rs::digest::{SHA256, digest};

use crate::disk::{Disk, Folder};
use crate::key::{DataKey, KeyError, SlotFault};
use crate::slot::{Provider, Root, Slot, SlotAbout, in_use};

const MAGIC: &[u8; 8] = b"OUTISRF\n";
const VERSION: u16 = 1;
const CHECK_BYTES: usize = 32;

/// Holds keys, each for the root of one epoch, and destroys them for good.
#[async_trait]
pub(crate) trait Holder: Send + Sync + 'static {
    /// Which kind it is; part of the file's format.
    fn provider(&self) -> Provider;
    /// A fresh key; what names it.
    async fn make(&self, tree: [u8; 16], epoch: u64) -> Result<Vec<u8>, KeyError>;
    /// Seals a root under this key, bound to its place.
    async fn seal(&self, id: &[u8], place: &Place, root: &DataKey) -> Result<Vec<u8>, KeyError>;
    /// Opens a sealed root; `None` if the key is no more.
    async fn open(&self, id: &[u8], place: &Place, sealed: &[u8]) -> Result<Option<DataKey>, KeyError>;
    /// Destroys a key; one that is no more is no error.
    async fn destroy(&self, id: &[u8]) -> Result<(), KeyError>;
    /// The keys of this tree, as far as it can be asked: an interrupted replacement may have left one that no file names.
    async fn of(&self, tree: [u8; 16]) -> Result<Vec<Vec<u8>>, KeyError>;
}

/// What a sealed root is bound to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) tree: [u8; 16],
    pub(crate) epoch: u64,
}

impl Place {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        [&b"outis root"[..], &self.tree, &self.epoch.to_le_bytes()].concat()
    }
}

/// A root in the file; nothing is sealed yet when only the making of its key was noted.
#[derive(Clone)]
struct Record {
    place: Place,
    id: Vec<u8>,
    sealed: Vec<u8>,
}

/// A slot of a file and a holder of keys.
pub(crate) struct SealedSlot<H> {
    disk: Arc<dyn Disk>,
    name: String,
    pub(crate) holder: H,
}

impl<H: Holder> SealedSlot<H> {
    /// The slot whose file is this one. Nobody else may have it open.
    pub(crate) fn open(path: &Path, holder: H) -> Result<SealedSlot<H>, KeyError> {
        let name = path.file_name().and_then(|n| n.to_str()).ok_or(KeyError::Damaged("the slot's path"))?;
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        SealedSlot::on(Arc::new(Folder::at(folder)), name, holder)
    }

    pub(crate) fn on(disk: Arc<dyn Disk>, name: &str, holder: H) -> Result<SealedSlot<H>, KeyError> {
        // The file itself is replaced with each root, so a lock on it would be lost.
        let lock = format!("{name}.lock");
        if !disk.list()?.contains(&lock) {
            disk.create(&lock, &[])?;
        }
        disk.lock(&lock).map_err(in_use)?;
        Ok(SealedSlot { disk, name: name.to_owned(), holder })
    }

    fn records(&self) -> Result<Vec<Record>, KeyError> {
        match self.disk.read(&self.name) {
            Ok(bytes) => decode(self.holder.provider(), &bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error.into()),
        }
    }

    fn write(&self, records: &[Record]) -> Result<(), KeyError> {
        let draft = format!("{}.new", self.name);
        self.disk.create(&draft, &encode(self.holder.provider(), records))?;
        self.disk.sync(&draft)?;
        self.disk.rename(&draft, &self.name)?;
        Ok(self.disk.sync_dir()?)
    }

    async fn root(&self, record: &Record) -> Result<Option<Root>, KeyError> {
        if record.sealed.is_empty() {
            return Ok(None);
        }
        let key = self.holder.open(&record.id, &record.place, &record.sealed).await?;
        Ok(key.map(|key| Root { tree: record.place.tree, epoch: record.place.epoch, key }))
    }

    /// The record that holds this root already.
    async fn there(&self, records: &[Record], root: &Root) -> Result<Option<Record>, KeyError> {
        for record in records.iter().filter(|r| r.place == Place { tree: root.tree, epoch: root.epoch }) {
            let found = self.root(record).await?;
            let (ours, theirs) = (&root.key, found.as_ref().map(|found| &found.key));
            if theirs.is_some_and(|theirs| theirs.bytes("compare roots") == ours.bytes("compare roots")) {
                return Ok(Some(record.clone()));
            }
        }
        Ok(None)
    }

    /// Makes a key, notes it, seals the root under it, and writes it before the others.
    async fn add(&self, records: &mut Vec<Record>, root: &Root) -> Result<Record, KeyError> {
        let place = Place { tree: root.tree, epoch: root.epoch };
        let id = self.holder.make(place.tree, place.epoch).await?;
        let mut record = Record { place, id, sealed: Vec::new() };
        // Noted first, so that a key of which nothing comes is destroyed with the next replacement.
        records.insert(0, record.clone());
        self.write(records)?;
        record.sealed = self.holder.seal(&record.id, &place, &root.key).await?;
        records[0] = record.clone();
        self.write(records)?;
        Ok(record)
    }
}

#[async_trait]
impl<H: Holder> Slot for SealedSlot<H> {
    fn about(&self) -> SlotAbout {
        SlotAbout { provider: self.holder.provider(), doubt: None }
    }

    async fn read(&self) -> Result<Vec<Root>, KeyError> {
        let records = self.records()?;
        let mut roots = Vec::new();
        for record in &records {
            roots.extend(self.root(record).await?);
        }
        if roots.is_empty() && records.iter().any(|record| !record.sealed.is_empty()) {
            return Err(SlotFault::NoKey.into());
        }
        roots.sort_by_key(|root| std::cmp::Reverse(root.epoch));
        Ok(roots)
    }

    async fn replace(&self, root: &Root) -> Result<(), KeyError> {
        let mut records = self.records()?;
        let kept = match self.there(&records, root).await? {
            Some(record) => record,
            None => self.add(&mut records, root).await?,
        };
        let noted = records.into_iter().map(|record| record.id);
        let found = self.holder.of(root.tree).await?;
        for id in noted.chain(found).filter(|id| *id != kept.id) {
            self.holder.destroy(&id).await?;
        }
        self.write(&[kept])
    }
}

fn number(provider: Provider) -> u8 {
    match provider {
        Provider::File | Provider::WrappedFile => 0,
        Provider::Pkcs11 => 1,
        Provider::Kms => 2,
    }
}

fn encode(provider: Provider, records: &[Record]) -> Vec<u8> {
    let mut out = MAGIC.to_vec();
    out.extend(VERSION.to_le_bytes());
    out.push(number(provider));
    out.push(u8::try_from(records.len()).unwrap_or(u8::MAX));
    for record in records.iter().take(usize::from(u8::MAX)) {
        out.extend(record.place.tree);
        out.extend(record.place.epoch.to_le_bytes());
        for part in [&record.id, &record.sealed] {
            out.extend(u16::try_from(part.len()).unwrap_or(u16::MAX).to_le_bytes());
            out.extend(part);
        }
    }
    let check = digest(&SHA256, &out);
    out.extend(check.as_ref());
    out
}

fn decode(provider: Provider, bytes: &[u8]) -> Result<Vec<Record>, KeyError> {
    const DAMAGED: KeyError = KeyError::Damaged("the file of the sealed root");
    let (body, check) = bytes.split_at(bytes.len().saturating_sub(CHECK_BYTES));
    if !body.starts_with(MAGIC) || digest(&SHA256, body).as_ref() != check {
        return Err(DAMAGED);
    }
    let mut rest = &body[MAGIC.len()..];
    let head = take(&mut rest, 4).ok_or(DAMAGED)?;
    if u16::from_le_bytes([head[0], head[1]]) != VERSION {
        return Err(KeyError::Version);
    }
    if head[2] != number(provider) {
        return Err(KeyError::Damaged("the file of the sealed root is another provider's"));
    }
    let records: Option<Vec<Record>> = (0..head[3]).map(|_| record(&mut rest)).collect();
    records.filter(|_| rest.is_empty()).ok_or(DAMAGED)
}

fn record(rest: &mut &[u8]) -> Option<Record> {
    let tree = take(rest, 16)?.try_into().ok()?;
    let epoch = u64::from_le_bytes(take(rest, 8)?.try_into().ok()?);
    let mut part = || {
        let length = u16::from_le_bytes(take(rest, 2)?.try_into().ok()?);
        Some(take(rest, usize::from(length))?.to_vec())
    };
    Some(Record { place: Place { tree, epoch }, id: part()?, sealed: part()? })
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(length)?;
    *rest = tail;
    Some(head)
}

#[cfg(test)]
mod tests;
