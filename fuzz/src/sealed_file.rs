//! Sealed files, damaged in every way: what opens is what was sealed.

use std::sync::Arc;

use futures::executor::block_on;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt};
use outis_keys::MemoryKeys;

// The module itself: the crate it is in would bring the column libraries along, which take minutes to build.
#[path = "../../crates/warehouse/src/sealed/mod.rs"]
#[allow(dead_code, unused_imports)]
mod sealed;

use sealed::{SealedError, SealedStore};

/// Reads numbers off the front.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn next(&mut self) -> usize {
        let (head, rest) = self.0.split_at(self.0.len().min(3));
        self.0 = rest;
        head.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
    }
}

/// The first half of the bytes says how long a file is and how it is damaged, the rest is put in its place as it is.
pub fn sealed_file(bytes: &[u8]) {
    block_on(async {
        let inner = Arc::new(InMemory::new());
        let keys = Arc::new(MemoryKeys::default());
        let store = SealedStore::new(inner.clone(), keys.clone());
        let path = SealedStore::new_path(&Path::from("a"), ".x").expect("randomness");
        let mut numbers = Numbers(bytes);
        let plain: Vec<u8> = (0..numbers.next() % 200_000).map(|i| (i * 31 % 253) as u8).collect();
        store.put(&path, plain.clone().into()).await.expect("put");
        let sealed = inner.get(&path).await.expect("file").bytes().await.expect("bytes").to_vec();
        let damaged = damage(sealed, &mut numbers);
        inner.put(&path, damaged.into()).await.expect("put");
        let (from, long) = (numbers.next() as u64, numbers.next() as u64);
        let fresh = SealedStore::new(inner.clone(), keys.clone());
        for range in [None, Some(GetRange::Bounded(from..from + long)), Some(GetRange::Suffix(long))] {
            check(&fresh, &path, range, &plain).await;
        }
        let raw = SealedStore::new_path(&Path::from("a"), ".x").expect("randomness");
        fresh.put(&raw, "".into()).await.expect("put");
        inner.put(&raw, bytes.to_vec().into()).await.expect("put");
        assert!(fresh.get(&raw).await.is_err(), "nobody without the key makes a file that opens");
    });
}

fn damage(mut sealed: Vec<u8>, numbers: &mut Numbers<'_>) -> Vec<u8> {
    let place = numbers.next() % sealed.len();
    match numbers.next() % 6 {
        0 => sealed[place] ^= (numbers.next() % 255 + 1) as u8,
        1 => sealed.truncate(place),
        2 => sealed.extend(vec![7; place]),
        3 => {
            let copy = sealed[place..].to_vec();
            sealed.extend(copy);
        }
        4 => drop(sealed.drain(72.min(place)..place)),
        _ => {}
    }
    sealed
}

async fn check(store: &SealedStore, path: &Path, range: Option<GetRange>, plain: &[u8]) {
    let asked = range.clone();
    let got = match store.get_opts(path, GetOptions::new().with_range(range)).await {
        Ok(got) => got,
        Err(error) => {
            let reason = SealedError::of(&error).is_some();
            let none_there = asked.is_some_and(|range| range.as_range(plain.len() as u64).is_err());
            assert!(reason || none_there, "every other refusal is a typed one");
            return;
        }
    };
    assert_eq!(got.meta.size, plain.len() as u64);
    let within = got.range.start as usize..got.range.end as usize;
    if let Ok(bytes) = got.bytes().await {
        assert!(bytes == plain[within]);
    }
}
