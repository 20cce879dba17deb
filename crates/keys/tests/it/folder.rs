//! Opening, reopening, locking, and the attack with a copied folder.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use outis_keys::{FileSlot, KeyError, Keys, Purpose, TreeKeys, TreeOptions};

use crate::{copy, name, open};

#[tokio::test]
async fn keys_survive_reopening_and_removed_ones_do_not() {
    let base = tempfile::tempdir().expect("folder");
    let (dir, slot) = (base.path().join("tree"), base.path().join("slot"));
    let keys = open(&dir, &slot).expect("fresh tree");
    let mut made = Vec::new();
    for number in 0..20 {
        made.push(*keys.create(name(number)).await.expect("created").bytes("test"));
    }
    assert!(matches!(keys.create(name(3)).await, Err(KeyError::AlreadyExists)));
    keys.remove(&[name(4), name(19)]).await.expect("removed");
    drop(keys);
    let keys = open(&dir, &slot).expect("reopened");
    for (number, key) in (0..20).zip(&made) {
        let found = keys.get(name(number)).await.expect("read").map(|k| *k.bytes("test"));
        assert_eq!(found, (number != 4 && number != 19).then_some(*key));
    }
    assert_eq!(keys.list(Purpose::File).await.expect("names").len(), 18);
    assert_eq!(keys.list(Purpose::Segment).await.expect("names"), []);
}

#[tokio::test]
async fn a_second_opener_is_kept_out() {
    let base = tempfile::tempdir().expect("folder");
    let (dir, slot) = (base.path().join("tree"), base.path().join("slot"));
    let keys = open(&dir, &slot).expect("fresh tree");
    assert!(matches!(FileSlot::open(&slot), Err(KeyError::InUse)));
    let other = Arc::new(FileSlot::open(&base.path().join("other")).expect("another slot"));
    assert!(matches!(TreeKeys::open(&dir, other, TreeOptions::default()), Err(KeyError::InUse)));
    drop(keys);
    open(&dir, &slot).expect("free again");
}

#[tokio::test]
async fn a_file_that_is_no_slot_is_not_overwritten() {
    let base = tempfile::tempdir().expect("folder");
    let slot = base.path().join("slot");
    for content in [b"something else".to_vec(), vec![7; 8192], vec![0; 9000]] {
        fs::write(&slot, &content).expect("written");
        assert!(matches!(open(&base.path().join("tree"), &slot), Err(KeyError::Damaged(_))));
        assert_eq!(fs::read(&slot).expect("read"), content);
    }
}

#[tokio::test]
async fn a_copy_of_the_folder_made_before_a_removal_is_dead() {
    let base = tempfile::tempdir().expect("folder");
    let at = |name: &str| base.path().join(name);
    let keys = open(&at("tree"), &at("slot")).expect("fresh tree");
    for number in 0..12 {
        keys.create(name(number)).await.expect("created");
    }
    let secret = *keys.get(name(5)).await.expect("read").expect("there").bytes("test");
    copy(&at("tree"), &at("old"));
    fs::copy(at("slot"), at("old-slot")).expect("copy");
    keys.remove(&[name(5)]).await.expect("removed");
    drop(keys);

    // The attack can succeed: with the slot of that time the copy opens.
    copy(&at("old"), &at("control"));
    let control = open(&at("control"), &at("old-slot")).expect("the old tree under the old slot");
    assert_eq!(control.get(name(5)).await.expect("read").map(|k| *k.bytes("test")), Some(secret));

    copy(&at("old"), &at("attack"));
    fs::copy(at("slot"), at("present-slot")).expect("copy");
    assert!(matches!(open(&at("attack"), &at("present-slot")), Err(KeyError::WrongSlot)));
    copy(&at("tree"), &at("attack"));
    let attack = open(&at("attack"), &at("present-slot")).expect("old and present files under the present slot");
    assert!(attack.get(name(5)).await.expect("read").is_none());
    assert!(attack.get(name(6)).await.expect("read").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_callers_all_get_what_they_asked_for() {
    let base = tempfile::tempdir().expect("folder");
    let (dir, slot) = (base.path().join("tree"), base.path().join("slot"));
    let keys = Arc::new(open(&dir, &slot).expect("fresh tree"));
    let tasks: Vec<_> = (0..64u8)
        .map(|number| {
            let keys = keys.clone();
            tokio::spawn(async move {
                let made = keys.get_or_create(name(number / 2)).await.expect("a key");
                if number % 8 == 7 {
                    keys.remove(&[name(number / 2)]).await.expect("removed");
                }
                (number / 2, *made.bytes("test"))
            })
        })
        .collect();
    let mut distinct = BTreeSet::new();
    for task in tasks {
        distinct.insert(task.await.expect("task"));
    }
    // A name that is removed may have had two keys, and may be there again; every other name has had one.
    assert!((32..=40).contains(&distinct.len()));
    assert!((24..=32).contains(&keys.list(Purpose::File).await.expect("names").len()));
}
