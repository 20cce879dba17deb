//! The slots of AWS KMS against a stand-in (`scripts/test-kms`).
//!
//! These tests show what is asked of the service and in which order, and what is made of its answers. They are no
//! evidence that AWS destroys anything: for that there is only AWS's word on `DeleteImportedKeyMaterial`.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use outis_keys::{
    FileSlot, KeyError, Keys, KmsOptions, KmsSlot, KmsWrappedSlot, Provider, Slot, SlotFault, TreeKeys, TreeOptions,
};

use crate::{copy, name};

/// The stand-in's address, if the script started one.
#[expect(clippy::print_stderr, reason = "says that the test could not run")]
fn stand_in() -> Option<String> {
    let at = std::env::var("OUTIS_TEST_KMS").ok();
    if at.is_none() {
        eprintln!("skipped: tests of AWS KMS run with scripts/test-kms");
    }
    at
}

fn options(base: &Path, endpoint: &str) -> KmsOptions {
    let credentials_file = base.join("credentials");
    fs::write(&credentials_file, "[default]\naws_access_key_id = test\naws_secret_access_key = test\n")
        .expect("written");
    KmsOptions { region: "eu-central-1".to_owned(), endpoint: Some(endpoint.to_owned()), credentials_file }
}

fn tree(dir: &Path, slot: impl Slot) -> Result<TreeKeys, KeyError> {
    TreeKeys::open(dir, Arc::new(slot), TreeOptions { young_keys: 4, ..TreeOptions::default() })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().expect("runtime")
}

#[test]
fn the_material_of_the_old_root_is_deleted_with_each_replacement() {
    let Some(at) = stand_in() else { return };
    let base = tempfile::tempdir().expect("folder");
    let kms = options(base.path(), &at);
    let path = |name: &str| base.path().join(name);
    let open = |dir: &str, root: &str| tree(&path(dir), KmsSlot::open(&path(root), &kms)?);
    let keys = open("tree", "root").expect("fresh tree");
    assert_eq!(keys.state().slot.provider, Provider::Kms);
    let runtime = runtime();
    for number in 0..8 {
        runtime.block_on(keys.create(name(number))).expect("created");
    }
    drop(keys);
    copy(&path("tree"), &path("old"));
    fs::copy(path("root"), path("old-root")).expect("copy");
    copy(&path("old"), &path("control"));
    fs::copy(path("old-root"), path("control-root")).expect("copy");
    let control = open("control", "control-root").expect("before the removal the copy opens");
    assert!(runtime.block_on(control.get(name(5))).expect("read").is_some());
    drop(control);

    let keys = open("tree", "root").expect("opened");
    runtime.block_on(keys.remove(&[name(5)])).expect("removed");
    drop(keys);
    assert!(matches!(open("old", "old-root"), Err(KeyError::Slot(SlotFault::NoKey))));
    let keys = open("tree", "root").expect("the present tree");
    assert!(runtime.block_on(keys.get(name(5))).expect("read").is_none());
    assert!(runtime.block_on(keys.get(name(6))).expect("read").is_some());
}

#[test]
fn a_wrapped_file_slot_opens_with_its_key_only() {
    let Some(at) = stand_in() else { return };
    let base = tempfile::tempdir().expect("folder");
    let kms = options(base.path(), &at);
    let path = |name: &str| base.path().join(name);
    let key = ordinary_key(&kms);
    let open = || tree(&path("tree"), KmsWrappedSlot::open(&path("slot"), &kms, &key)?);
    let runtime = runtime();

    // A slot in clear is wrapped with the next replacement.
    let keys = tree(&path("tree"), FileSlot::open(&path("slot")).expect("slot")).expect("fresh tree");
    runtime.block_on(keys.create(name(1))).expect("created");
    drop(keys);
    let keys = open().expect("opened");
    assert_eq!(keys.state().slot.provider, Provider::WrappedFile);
    runtime.block_on(keys.rotate()).expect("rotated");
    drop(keys);
    let bare = tree(&path("tree"), FileSlot::open(&path("slot")).expect("slot"));
    assert!(matches!(bare, Err(KeyError::Slot(SlotFault::Wrapped))));
    assert!(runtime.block_on(open().expect("opened").get(name(1))).expect("read").is_some());

    // With another wrapped key beside it, or none, it does not open, and is not overwritten.
    let slot = fs::read(path("slot")).expect("read");
    fs::rename(path("slot.wrap"), path("kept.wrap")).expect("renamed");
    assert!(matches!(open(), Err(KeyError::Slot(SlotFault::Wrapped))));
    assert_eq!(fs::read(path("slot")).expect("read"), slot);
    fs::rename(path("kept.wrap"), path("slot.wrap")).expect("renamed");
    open().expect("opened");
}

#[test]
fn what_is_wrong_with_the_service_is_said_and_nothing_is_made() {
    let Some(at) = stand_in() else { return };
    let base = tempfile::tempdir().expect("folder");
    let path = |name: &str| base.path().join(name);
    let open = |kms: &KmsOptions| tree(&path("tree"), KmsSlot::open(&path("root"), kms)?);
    // A port on which nobody listens.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port");
    let unreachable = options(base.path(), &format!("http://{closed}"));
    assert!(matches!(open(&unreachable), Err(KeyError::Slot(SlotFault::Unreachable))));
    let nameless = KmsOptions { credentials_file: path("none"), ..options(base.path(), &at) };
    let error = open(&nameless).expect_err("no credentials");
    assert!(matches!(error, KeyError::Slot(SlotFault::Forbidden)), "{error:?}");
    let wrapped = tree(
        &path("tree"),
        KmsWrappedSlot::open(&path("slot"), &options(base.path(), &at), "alias/none").expect("slot"),
    );
    assert!(matches!(wrapped, Err(KeyError::Slot(SlotFault::NoKey))), "{wrapped:?}");
    assert!(!path("slot").exists());
    open(&options(base.path(), &at)).expect("a fresh tree");

    // A tree that is there is not half opened.
    assert!(matches!(open(&unreachable), Err(KeyError::Slot(SlotFault::Unreachable))));
}

/// A key that the service made itself.
fn ordinary_key(kms: &KmsOptions) -> String {
    use aws_sdk_kms::config::{BehaviorVersion, Config, Credentials, Region};
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(kms.region.clone()))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .endpoint_url(kms.endpoint.clone().expect("an endpoint"));
    let client = aws_sdk_kms::Client::from_conf(config.build());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
    let made = runtime.block_on(client.create_key().send()).expect("a key");
    made.key_metadata.expect("a key").key_id
}
