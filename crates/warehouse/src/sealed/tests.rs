//! What a sealed file opens to, what it refuses, and what is left on the disk.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    Attribute, Attributes, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutOptions, PutPayload, TagSet,
};
use outis_keys::{Keys, MemoryKeys, Purpose};
use proptest::prelude::*;

use super::format::{CHUNK_BYTES, HEADER_BYTES, SEALED_CHUNK_BYTES};
use super::{FileId, LocalFiles, SealedError, SealedStore};

/// A sealed store over memory, both layers at hand.
struct Fixture {
    inner: Arc<InMemory>,
    keys: Arc<MemoryKeys>,
    store: SealedStore,
}

fn fixture() -> Fixture {
    let (inner, keys) = (Arc::new(InMemory::new()), Arc::new(MemoryKeys::default()));
    let store = SealedStore::new(inner.clone(), keys.clone());
    Fixture { inner, keys, store }
}

impl Fixture {
    /// A store that has not seen any file yet.
    fn restarted(&self) -> SealedStore {
        SealedStore::new(self.inner.clone(), self.keys.clone())
    }

    async fn sealed(&self, path: &Path) -> Vec<u8> {
        self.inner.get(path).await.expect("file").bytes().await.expect("bytes").to_vec()
    }

    async fn replace(&self, path: &Path, sealed: Vec<u8>) {
        self.inner.put(path, sealed.into()).await.expect("replaced");
    }
}

fn new_path() -> Path {
    SealedStore::new_path(&Path::from("site/2026-11-01"), ".parquet").expect("randomness")
}

/// Bytes of which no two chunks are alike.
fn plain(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes()[0]).collect()
}

fn reason(result: object_store::Result<impl Sized>) -> String {
    let error = result.err().expect("refused");
    format!("{:?}", SealedError::of(&error).expect("a typed reason"))
}

async fn read(store: &SealedStore, path: &Path) -> object_store::Result<Bytes> {
    store.get(path).await?.bytes().await
}

const LENGTHS: [usize; 8] =
    [0, 1, 1000, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 40 * CHUNK_BYTES + 17];

#[tokio::test]
async fn what_was_put_is_read_and_sized() {
    let f = fixture();
    for length in LENGTHS {
        let (path, bytes) = (new_path(), plain(length));
        f.store.put(&path, bytes.clone().into()).await.expect("put");
        for store in [&f.store, &f.restarted()] {
            assert_eq!(read(store, &path).await.expect("read"), bytes);
            assert_eq!(store.head(&path).await.expect("head").size, length as u64);
        }
        let sealed = f.sealed(&path).await;
        assert_eq!(sealed.len(), HEADER_BYTES + length + 16 * length.div_ceil(CHUNK_BYTES).max(1));
        assert!(length < 64 || !sealed.windows(32).any(|w| w == &bytes[..32]));
    }
    let sizes = f.store.list(None).map_ok(|meta| meta.size as usize).try_collect::<Vec<_>>().await.expect("list");
    assert!(LENGTHS.iter().all(|length| sizes.contains(length)));
}

#[tokio::test]
async fn a_file_written_in_parts_is_the_same_file() {
    let f = fixture();
    for (length, part) in [(0, 1), (1, 1), (CHUNK_BYTES, 1 << 14), (12 << 20, 700_001), (12 << 20, 8 << 20)] {
        let (path, bytes) = (new_path(), plain(length));
        let mut upload = f.store.put_multipart(&path).await.expect("begun");
        let parts: Vec<_> = bytes.chunks(part).map(|p| upload.put_part(p.to_vec().into())).collect();
        futures::future::try_join_all(parts).await.expect("parts");
        assert!(matches!(f.inner.head(&path).await, Err(object_store::Error::NotFound { .. })), "not visible yet");
        upload.complete().await.expect("complete");
        assert!(read(&f.store, &path).await.expect("read") == bytes);
        assert!(upload.put_part(vec![1].into()).await.is_err() && upload.complete().await.is_err());
    }
}

#[tokio::test]
async fn a_file_given_up_leaves_no_key() {
    let f = fixture();
    let mut upload = f.store.put_multipart(&new_path()).await.expect("begun");
    upload.put_part(plain(10).into()).await.expect("part");
    upload.abort().await.expect("aborted");
    drop(f.store.put_multipart(&new_path()).await.expect("begun"));
    tokio::task::yield_now().await;
    assert!(f.keys.list(Purpose::File).await.expect("keys").is_empty());
}

#[tokio::test]
async fn only_the_files_own_key_opens_it() {
    let f = fixture();
    let path = new_path();
    f.store.put(&path, plain(100).into()).await.expect("put");
    let name = FileId::of(&path).expect("id").key_name();
    f.keys.remove(&[name]).await.expect("removed");
    assert_eq!(reason(read(&f.store, &path).await), "KeyGone", "a destroyed key opens nothing that was open before");
    f.keys.create(name).await.expect("another key");
    assert_eq!(reason(read(&f.store, &path).await), "OtherKey");
    assert_eq!(reason(f.restarted().head(&path).await), "OtherKey");
}

#[tokio::test]
async fn a_flipped_byte_is_found_wherever_it_is() {
    let f = fixture();
    let (path, bytes) = (new_path(), plain(2 * CHUNK_BYTES + 50));
    f.store.put(&path, bytes.into()).await.expect("put");
    let sealed = f.sealed(&path).await;
    let places =
        (0..HEADER_BYTES + 20).chain((HEADER_BYTES..sealed.len()).step_by(997)).chain(sealed.len() - 70..sealed.len());
    for place in places {
        let mut damaged = sealed.clone();
        damaged[place] ^= 0x10;
        f.replace(&path, damaged).await;
        reason(read(&f.restarted(), &path).await);
        reason_or_same(read(&f.store, &path).await, place);
    }
}

/// A store that has verified a header before does not read it again: damage there does not change what it says.
fn reason_or_same(result: object_store::Result<Bytes>, place: usize) {
    match result {
        Ok(bytes) => assert!(place < HEADER_BYTES && bytes == plain(2 * CHUNK_BYTES + 50)),
        Err(error) => assert!(SealedError::of(&error).is_some()),
    }
}

#[tokio::test]
async fn moved_cut_and_added_bytes_are_found() {
    let f = fixture();
    let (path, other) = (new_path(), new_path());
    for p in [&path, &other] {
        f.store.put(p, plain(3 * CHUNK_BYTES).into()).await.expect("put");
    }
    let (sealed, foreign) = (f.sealed(&path).await, f.sealed(&other).await);
    let chunk = |i: usize| HEADER_BYTES + i * SEALED_CHUNK_BYTES..HEADER_BYTES + (i + 1) * SEALED_CHUNK_BYTES;
    let mut swapped = sealed.clone();
    swapped[chunk(0)].copy_from_slice(&sealed[chunk(1)]);
    swapped[chunk(1)].copy_from_slice(&sealed[chunk(0)]);
    let mut grafted = sealed.clone();
    grafted[chunk(1)].copy_from_slice(&foreign[chunk(1)]);
    let doubled = [&sealed[..], &sealed[chunk(2)]].concat();
    let mut wrongs = vec![swapped, grafted, doubled, foreign];
    for cut in [1, 15, 16, 17, SEALED_CHUNK_BYTES - 1, SEALED_CHUNK_BYTES, 2 * SEALED_CHUNK_BYTES] {
        wrongs.push(sealed[..sealed.len() - cut].to_vec());
    }
    for added in [1, 16, 17, 100, SEALED_CHUNK_BYTES] {
        wrongs.push([&sealed[..], &vec![7; added][..]].concat());
    }
    for short in [0, 1, HEADER_BYTES - 1, HEADER_BYTES, HEADER_BYTES + 15, HEADER_BYTES + 16] {
        wrongs.push(sealed[..short].to_vec());
    }
    for wrong in wrongs {
        f.replace(&path, wrong).await;
        reason(read(&f.restarted(), &path).await);
        match f.restarted().head(&path).await {
            Ok(meta) => assert_eq!(meta.size, 3 * CHUNK_BYTES as u64, "a size that is told is true"),
            refused => drop(reason(refused)),
        }
    }
}

#[tokio::test]
async fn a_file_is_written_once() {
    let f = fixture();
    let path = new_path();
    f.store.put(&path, plain(10).into()).await.expect("put");
    assert_eq!(reason(f.store.put(&path, plain(11).into()).await), "Written");
    assert_eq!(reason(f.store.put_multipart(&path).await), "Written");
    assert_eq!(read(&f.store, &path).await.expect("read"), plain(10));
}

#[tokio::test]
async fn what_would_be_stored_in_clear_or_twice_is_refused() {
    let f = fixture();
    let path = new_path();
    assert_eq!(reason(f.store.put(&Path::from("a/name"), plain(1).into()).await), "Name");
    let attributes = Attributes::from_iter([(Attribute::ContentType, "text/plain")]);
    let mut tags = TagSet::default();
    tags.push("a", "b");
    for options in [PutOptions::from(attributes), PutOptions::from(tags)] {
        assert!(reason(f.store.put_opts(&path, PutPayload::new(), options).await).starts_with("Unsupported"));
    }
    f.store.put(&path, plain(1).into()).await.expect("put");
    assert!(reason(f.store.copy(&path, &new_path()).await).starts_with("Unsupported"));
    assert!(reason(f.store.rename(&path, &new_path()).await).starts_with("Unsupported"));
    let versioned = GetOptions::new().with_version(Some("1"));
    assert!(reason(f.store.get_opts(&path, versioned).await).starts_with("Unsupported"));
}

#[tokio::test]
async fn destroyed_files_and_their_copies_are_dead() {
    let f = fixture();
    let paths = [new_path(), new_path(), new_path()];
    for path in &paths {
        f.store.put(path, plain(70_000).into()).await.expect("put");
        read(&f.store, path).await.expect("read");
    }
    let copy = f.sealed(&paths[0]).await;
    f.store.destroy(&paths[..2]).await.expect("destroyed");
    f.store.destroy(&paths[..2]).await.expect("again is no error");
    f.replace(&paths[0], copy).await;
    assert_eq!(reason(read(&f.store, &paths[0]).await), "KeyGone");
    assert_eq!(reason(read(&f.store, &paths[1]).await), "KeyGone");
    read(&f.store, &paths[2]).await.expect("the others stay");
    f.store.delete(&paths[2]).await.expect("deleted");
    assert!(f.keys.list(Purpose::File).await.expect("keys").is_empty());
    assert_eq!(reason(f.store.destroy(&[Path::from("a")]).await), "Name");
}

#[tokio::test]
async fn a_sweep_leaves_what_is_known() {
    let f = fixture();
    let (known, unknown, keyless) = (new_path(), new_path(), new_path());
    for path in [&known, &unknown] {
        f.store.put(path, plain(10).into()).await.expect("put");
    }
    f.replace(&keyless, f.sealed(&unknown).await).await;
    f.keys.create(FileId::random().expect("randomness").key_name()).await.expect("key without a file");
    let keep = HashSet::from([FileId::of(&known).expect("id")]);
    assert_eq!(f.store.sweep(&keep).await.expect("swept"), (2, 2));
    assert_eq!(f.store.sweep(&keep).await.expect("swept"), (0, 0));
    assert_eq!(read(&f.store, &known).await.expect("read"), plain(10));
    assert_eq!(f.inner.list(None).count().await, 1);
}

#[tokio::test]
async fn listings_hold_sealed_files_only() {
    let f = fixture();
    let path = new_path();
    f.store.put(&path, plain(70_000).into()).await.expect("put");
    f.inner.put(&Path::from("site/notes"), "x".into()).await.expect("put");
    f.inner.put(&Path::from(format!("site/{}", "0".repeat(32))), "x".into()).await.expect("put");
    let listed: Vec<_> = f.store.list(Some(&Path::from("site"))).map_ok(|m| m.size).try_collect().await.expect("list");
    assert_eq!(listed.iter().sum::<u64>(), 70_000);
    assert_eq!(listed.len(), 2);
    let found = f.store.list_with_delimiter(Some(&Path::from("site"))).await.expect("list");
    assert_eq!((found.common_prefixes.len(), found.objects.len()), (1, 1));
}

#[tokio::test]
async fn local_files_are_whole_without_times_and_without_leftovers() {
    let folder = tempfile::tempdir().expect("folder");
    let root = folder.path().join("files");
    let keys = Arc::new(MemoryKeys::default());
    let open = || SealedStore::new(Arc::new(LocalFiles::open(&root).expect("open")), keys.clone());
    let store = open();
    let (path, parts, bytes) = (new_path(), new_path(), plain(12 << 20));
    store.put(&path, bytes.clone().into()).await.expect("put");
    let mut upload = store.put_multipart(&parts).await.expect("begun");
    for part in bytes.chunks(1 << 20) {
        upload.put_part(part.to_vec().into()).await.expect("part");
    }
    upload.complete().await.expect("complete");
    let unfinished = store.put_multipart(&new_path()).await.expect("begun");
    std::mem::drop(unfinished);
    std::fs::write(root.join("site/left#7"), b"half").expect("written");
    let store = open();
    for path in [&path, &parts] {
        assert!(read(&store, path).await.expect("read") == bytes);
        let file = root.join(path.as_ref());
        for place in [file.as_path(), file.parent().expect("folder")] {
            let modified = std::fs::metadata(place).expect("metadata").modified().expect("time");
            assert_eq!(modified, std::time::SystemTime::UNIX_EPOCH);
        }
    }
    assert!(!root.join("site/left#7").exists());
    assert_eq!(std::fs::read_dir(root.join("site/2026-11-01")).expect("folder").count(), 2);
    store.destroy(&[path, parts]).await.expect("destroyed");
    assert_eq!(std::fs::read_dir(&root).expect("folder").count(), 0, "empty folders go");
    store.put(&new_path(), plain(1).into()).await.expect("and come again");
}

#[tokio::test]
async fn a_part_that_was_not_written_is_missed() {
    let folder = tempfile::tempdir().expect("folder");
    let store = LocalFiles::open(folder.path()).expect("open");
    let path = Path::from("file");
    let mut upload = store.put_multipart(&path).await.expect("begun");
    drop(upload.put_part("abc".into()));
    upload.put_part("def".into()).await.expect("part");
    assert!(upload.complete().await.is_err());
    assert!(matches!(store.head(&path).await, Err(object_store::Error::NotFound { .. })));
    let create = PutOptions { mode: object_store::PutMode::Create, ..PutOptions::default() };
    store.put_opts(&path, "a".into(), create.clone()).await.expect("created");
    let again = store.put_opts(&path, "b".into(), create).await;
    assert!(matches!(again, Err(object_store::Error::AlreadyExists { .. })));
    assert_eq!(store.list(None).count().await, 1);
}

/// A range, biased to the edges of chunks.
fn ranges() -> impl Strategy<Value = (usize, GetRange)> {
    let near =
        |chunks: u64| (0..=chunks, -2i64..=2).prop_map(|(c, d)| (c * CHUNK_BYTES as u64).saturating_add_signed(d));
    let place = move || prop_oneof![near(5), 0u64..5 * CHUNK_BYTES as u64];
    let range = prop_oneof![
        (place(), place()).prop_map(|(a, b)| GetRange::Bounded(a.min(b)..a.max(b))),
        place().prop_map(GetRange::Offset),
        place().prop_map(GetRange::Suffix),
    ];
    (place().prop_map(|length| length as usize), range)
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime").block_on(work)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_range_of_the_file_is_the_range_of_the_plain_bytes((length, range) in ranges()) {
        block_on(async {
            let f = fixture();
            let (path, bytes) = (new_path(), plain(length));
            f.store.put(&path, bytes.clone().into()).await.expect("put");
            let expected = range.as_range(length as u64).ok();
            let got = f.store.get_opts(&path, GetOptions::new().with_range(Some(range))).await;
            match (expected, got) {
                (Some(expected), Ok(got)) => {
                    assert_eq!(got.range, expected);
                    assert_eq!(got.meta.size, length as u64);
                    let within = expected.start as usize..expected.end as usize;
                    assert!(got.bytes().await.expect("bytes") == bytes[within]);
                }
                (None, Err(_)) => {}
                (expected, got) => panic!("expected {expected:?}, got {got:?}"),
            }
        });
    }

    #[test]
    fn many_ranges_at_once_are_the_ranges_of_the_plain_bytes(
        length in 1usize..20 * CHUNK_BYTES,
        cuts in proptest::collection::vec((0.0f64..1.0, 1usize..200_000), 1..6),
    ) {
        block_on(async {
            let f = fixture();
            let (path, bytes) = (new_path(), plain(length));
            f.store.put(&path, bytes.clone().into()).await.expect("put");
            let ranges: Vec<Range<u64>> = cuts
                .iter()
                .map(|(at, long)| {
                    let start = (at * length as f64) as usize;
                    start as u64..(start + long).min(length) as u64
                })
                .collect();
            let got = f.store.get_ranges(&path, &ranges).await.expect("ranges");
            for (range, got) in ranges.iter().zip(got) {
                assert!(got == bytes[range.start as usize..range.end as usize]);
            }
        });
    }
}
