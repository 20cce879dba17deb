//! What the log keeps sealed: its seed, how far it is, and which leaves wait.
//!
//! The key of this file is a new one after every batch, and the old one is destroyed. So no copy of the file made
//! before a batch tells, after it, which of the batch's leaves were receipts; and a log that was put back from a backup
//! together with this file is found, because the file does not open.

use std::sync::Arc;

use outis_event::Timestamp;
use outis_keys::{DataKey, KeyName, Keys, Purpose, open_record, seal_record};
use tokio::runtime::Handle;
use zeroize::{Zeroize, Zeroizing};

use super::checkpoint::Head;
use super::disk::{Disk, put};
use super::error::LogError;
use super::hash::Hash;
use super::key::Origin;
use super::receipt::Leaf;

/// The file's name.
pub(crate) const STATE: &str = "receipts.sealed";
/// Most receipts that wait for a batch.
pub(crate) const MOST_WAITING: usize = 16_384;
const VERSION: u8 = 1;
const LABEL_BYTES: usize = 16;
/// The file's size does not tell how many receipts wait, up to some hundred.
const PADDED_BYTES: usize = 4096;
const MOST_BYTES: usize = 4 << 20;

/// What is kept.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) origin: Origin,
    /// Of the signing key.
    pub(crate) seed: DataKey,
    /// Batches up to this time of the schedule are done.
    pub(crate) covered: Timestamp,
    /// The last checkpoint that is known to be in the folder.
    pub(crate) head: Head,
    /// Leaves of receipts that are in no batch yet.
    pub(crate) waiting: Vec<Leaf>,
    /// The batch that is being appended after `head`, in its order. It is kept before anything of it is seen, so that
    /// a restart appends the same: a log must never sign two checkpoints of one size.
    pub(crate) planned: Vec<Leaf>,
}

/// The file and its present key.
pub(crate) struct Vault {
    disk: Arc<dyn Disk>,
    keys: Arc<dyn Keys>,
    runtime: Handle,
    number: u64,
    key: DataKey,
}

fn name(number: u64) -> KeyName {
    let mut label = *b"receipts........";
    label[8..].copy_from_slice(&number.to_be_bytes());
    KeyName { purpose: Purpose::Receipt, label }
}

impl Vault {
    /// Opens what is kept; `fresh` makes it if nothing was ever appended and `log_exists` is false.
    pub(crate) fn open(
        disk: Arc<dyn Disk>,
        keys: Arc<dyn Keys>,
        runtime: Handle,
        log_exists: bool,
        fresh: impl FnOnce() -> Result<State, LogError>,
    ) -> Result<(Vault, State), LogError> {
        let names = runtime.block_on(keys.list(Purpose::Receipt))?;
        let Some(file) = disk.read(STATE, MOST_BYTES)? else {
            if log_exists || names.iter().any(|n| *n != name(0)) {
                return Err(LogError::StateMissing);
            }
            let key = runtime.block_on(keys.get_or_create(name(0)))?;
            let (vault, state) = (Vault { disk, keys, runtime, number: 0, key }, fresh()?);
            vault.write(&state)?;
            return Ok((vault, state));
        };
        let number = numbered(&file).ok_or(LogError::StateDamaged)?;
        let key = runtime.block_on(keys.get(name(number)))?.ok_or(LogError::StateOld)?;
        let vault = Vault { disk, keys, runtime, number, key };
        let state = vault.unseal(&file)?;
        // Also what was seen and not synced before a crash lasts from now on.
        vault.write(&state)?;
        vault.forget_others(&names)?;
        Ok((vault, state))
    }

    /// What is in the file now, made durable.
    pub(crate) fn reload(&mut self) -> Result<State, LogError> {
        let file = self.disk.read(STATE, MOST_BYTES)?.ok_or(LogError::StateMissing)?;
        let number = numbered(&file).ok_or(LogError::StateDamaged)?;
        self.key = self.runtime.block_on(self.keys.get(name(number)))?.ok_or(LogError::StateOld)?;
        self.number = number;
        let state = self.unseal(&file)?;
        self.write(&state)?;
        self.forget_others(&self.runtime.block_on(self.keys.list(Purpose::Receipt))?)?;
        Ok(state)
    }

    /// Replaces what is kept.
    pub(crate) fn write(&self, state: &State) -> Result<(), LogError> {
        let plain = encode(state);
        let label = name(self.number).label;
        let sealed = seal_record(&self.key, &place(self.number), &plain).map_err(|_| LogError::Random)?;
        Ok(put(&*self.disk, STATE, &[label.as_slice(), &sealed].concat())?)
    }

    /// Replaces what is kept, under a new key, and destroys the old one.
    pub(crate) fn turn(&mut self, state: &State) -> Result<(), LogError> {
        let number = self.number + 1;
        self.key = self.runtime.block_on(self.keys.get_or_create(name(number)))?;
        self.number = number;
        self.write(state)?;
        let names = self.runtime.block_on(self.keys.list(Purpose::Receipt))?;
        self.forget_others(&names)
    }

    fn forget_others(&self, names: &[KeyName]) -> Result<(), LogError> {
        let others: Vec<KeyName> = names.iter().copied().filter(|n| *n != name(self.number)).collect();
        if others.is_empty() { Ok(()) } else { Ok(self.runtime.block_on(self.keys.remove(&others))?) }
    }

    fn unseal(&self, file: &[u8]) -> Result<State, LogError> {
        let sealed = file.get(LABEL_BYTES..).ok_or(LogError::StateDamaged)?;
        let plain = open_record(&self.key, &place(self.number), sealed).map_err(|_| LogError::StateDamaged)?;
        decode(&mut Zeroizing::new(plain)).ok_or(LogError::StateDamaged)
    }
}

fn numbered(file: &[u8]) -> Option<u64> {
    let label = file.get(..LABEL_BYTES)?;
    let number = u64::from_be_bytes(label[8..].try_into().ok()?);
    (label == name(number).label).then_some(number)
}

fn place(number: u64) -> Vec<u8> {
    [b"receipts/state/".as_slice(), &number.to_be_bytes()].concat()
}

fn encode(state: &State) -> Zeroizing<Vec<u8>> {
    let State { origin, seed, covered, head, waiting, planned } = state;
    let fixed = 128 + origin.as_str().len();
    let length = (fixed + 32 * (waiting.len() + planned.len())).next_multiple_of(PADDED_BYTES);
    // Whole from the start: a vector that grows leaves copies of the seed behind.
    let mut out = Zeroizing::new(Vec::with_capacity(length));
    out.push(VERSION);
    out.push(origin.as_str().len() as u8);
    out.extend_from_slice(origin.as_str().as_bytes());
    out.extend_from_slice(seed.bytes("keep sealed"));
    out.extend_from_slice(&covered.0.to_le_bytes());
    out.extend_from_slice(&head.size.to_le_bytes());
    out.extend_from_slice(&head.root.0);
    for leaves in [waiting, planned] {
        out.extend_from_slice(&(leaves.len() as u32).to_le_bytes());
        leaves.iter().for_each(|leaf| out.extend_from_slice(&leaf.0));
    }
    out.resize(length, 0);
    out
}

fn decode(plain: &mut Zeroizing<Vec<u8>>) -> Option<State> {
    let mut rest = plain.as_slice();
    let [version, origin_length] = take(&mut rest)?;
    let (origin, after) = rest.split_at_checked(usize::from(origin_length))?;
    rest = after;
    let origin = Origin::new(std::str::from_utf8(origin).ok()?).ok()?;
    let mut seed: [u8; 32] = take(&mut rest)?;
    let kept = DataKey::from_bytes(seed);
    seed.zeroize();
    let covered = Timestamp(i64::from_le_bytes(take(&mut rest)?));
    let head = Head { size: u64::from_le_bytes(take(&mut rest)?), root: Hash(take(&mut rest)?) };
    let mut leaves = || {
        let count = u32::from_le_bytes(take(&mut rest)?) as usize;
        (0..count).map(|_| take(&mut rest).map(Leaf)).collect::<Option<Vec<Leaf>>>()
    };
    let (waiting, planned) = (leaves()?, leaves()?);
    (version == VERSION).then_some(State { origin, seed: kept, covered, head, waiting, planned })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn leaves(most: usize) -> impl Strategy<Value = Vec<Leaf>> {
        prop::collection::vec(any::<[u8; 32]>().prop_map(Leaf), 0..most)
    }

    proptest! {
        #[test]
        fn what_is_kept_is_read_back(seed: [u8; 32], covered: i64, size: u64, root: [u8; 32], waiting in leaves(200), planned in leaves(200)) {
            let origin = Origin::new("example.org/log").expect("name");
            let head = Head { size, root: Hash(root) };
            let state = State { origin, seed: DataKey::from_bytes(seed), covered: Timestamp(covered), head, waiting, planned };
            let plain = encode(&state);
            prop_assert!(plain.len().is_multiple_of(PADDED_BYTES));
            let read = decode(&mut plain.clone()).expect("state");
            prop_assert_eq!((read.covered, read.head), (state.covered, state.head));
            prop_assert_eq!((read.waiting, read.planned, read.origin), (state.waiting, state.planned, state.origin));
            prop_assert_eq!(read.seed.bytes("test"), &seed);
            for short in [0, 1, 40, 100] {
                prop_assert!(decode(&mut Zeroizing::new(plain[..short].to_vec())).is_none());
            }
        }
    }
}
