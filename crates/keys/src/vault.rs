//! Keys in memory: pages that are locked against swapping and wiped when a key goes.

use outis_disclose::note;
use zeroize::Zeroize;

use crate::key::DataKey;

const PAGE_BYTES: usize = 4096;
const KEY_BYTES: usize = 32;
const KEYS_PER_PAGE: u32 = (PAGE_BYTES / KEY_BYTES) as u32;

/// A page of its own, so that locking and unlocking it concerns no other memory.
#[repr(align(4096))]
struct Page([u8; PAGE_BYTES]);

/// Where a key lies in the vault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Handle(u32);

/// Holds keys in locked pages. A system that allows no more locked memory (`RLIMIT_MEMLOCK`) is told of once; keys
/// beyond it are wiped just the same, but may be swapped out before.
#[derive(Default)]
pub(crate) struct Vault {
    // Unlocked before the pages go.
    locks: Vec<Option<region::LockGuard>>,
    pages: Vec<Box<Page>>,
    free: Vec<Handle>,
}

impl Vault {
    /// Copies a key into the vault.
    pub(crate) fn put(&mut self, key: &DataKey) -> Handle {
        if self.free.is_empty() {
            self.grow();
        }
        let handle = self.free.pop().expect("a page was just added");
        self.cell(handle).copy_from_slice(key.bytes("keep in the vault"));
        handle
    }

    /// A copy of a key.
    pub(crate) fn key(&self, handle: Handle) -> DataKey {
        let (page, from) = place(handle);
        let bytes = &self.pages[page].0[from..from + KEY_BYTES];
        DataKey::from_bytes(bytes.try_into().expect("a cell has the length of a key"))
    }

    /// Wipes a key. Its handle must not be used again.
    pub(crate) fn wipe(&mut self, handle: Handle) {
        self.cell(handle).zeroize();
        self.free.push(handle);
    }

    /// Whether all pages are locked against swapping.
    pub(crate) fn is_locked(&self) -> bool {
        self.locks.iter().all(Option::is_some)
    }

    fn cell(&mut self, handle: Handle) -> &mut [u8] {
        let (page, from) = place(handle);
        &mut self.pages[page].0[from..from + KEY_BYTES]
    }

    fn grow(&mut self) {
        let page = Box::new(Page([0; PAGE_BYTES]));
        let lock = region::lock(page.0.as_ptr(), PAGE_BYTES).ok();
        if lock.is_none() && self.is_locked() {
            note!(Warn, "keys are not all locked in memory: the limit of locked memory is too low");
        }
        let first = u32::try_from(self.pages.len()).expect("fewer than 2^25 pages") * KEYS_PER_PAGE;
        self.locks.push(lock);
        self.pages.push(page);
        self.free.extend((first..first + KEYS_PER_PAGE).rev().map(Handle));
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        for page in &mut self.pages {
            page.0.zeroize();
        }
    }
}

fn place(handle: Handle) -> (usize, usize) {
    let page = (handle.0 / KEYS_PER_PAGE) as usize;
    (page, (handle.0 % KEYS_PER_PAGE) as usize * KEY_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_and_wiped_cells_hold_nothing() {
        let mut vault = Vault::default();
        let keys: Vec<DataKey> = (0..300).map(|_| DataKey::random().expect("randomness")).collect();
        let handles: Vec<Handle> = keys.iter().map(|k| vault.put(k)).collect();
        for (key, handle) in keys.iter().zip(&handles) {
            assert_eq!(vault.key(*handle).bytes("test"), key.bytes("test"));
        }
        for handle in &handles {
            vault.wipe(*handle);
        }
        assert!(vault.pages.iter().all(|p| p.0.iter().all(|b| *b == 0)));
        let pages = vault.pages.len();
        for key in &keys {
            vault.put(key);
        }
        assert_eq!(vault.pages.len(), pages);
    }
}
