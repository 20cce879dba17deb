//! The slot in a PKCS#11 token, with SoftHSM in place of a device.
//!
//! The module reads where its tokens are from the environment of the process, so each test runs in a process of its own
//! that has a token folder of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use outis_disclose::Secret;
use outis_keys::{KeyError, Keys, Pkcs11Options, Pkcs11Slot, Provider, Slot, SlotFault, TreeKeys, TreeOptions};

use crate::{copy, name};

const INSIDE: &str = "OUTIS_TEST_TOKENS";
const PIN: &str = "271828";
const MODULES: [&str; 3] =
    ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"];

fn module() -> Option<PathBuf> {
    MODULES.iter().map(PathBuf::from).find(|path| path.exists())
}

/// Runs `body` in a process of its own, with a folder that holds a token `outis`.
#[expect(clippy::print_stderr, reason = "says that the test could not run")]
fn with_token(test: &str, body: impl FnOnce(&Path)) {
    if let Ok(base) = std::env::var(INSIDE) {
        return body(Path::new(&base));
    }
    if module().is_none() {
        eprintln!("skipped: {test} needs SoftHSM (scripts/install-test-tools installs it)");
        return;
    }
    let base = tempfile::tempdir().expect("folder");
    let (tokens, settings) = (base.path().join("tokens"), base.path().join("softhsm2.conf"));
    fs::create_dir(&tokens).expect("folder");
    let text = format!("directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n", tokens.display());
    fs::write(&settings, text).expect("written");
    let mut init = Command::new("softhsm2-util");
    init.args(["--init-token", "--free", "--label", "outis", "--so-pin", "314159", "--pin", PIN]);
    let init = init.env("SOFTHSM2_CONF", &settings).output().expect("softhsm2-util");
    assert!(init.status.success(), "{}", String::from_utf8_lossy(&init.stderr));
    let mut inside = Command::new(std::env::current_exe().expect("this program"));
    inside.args(["--exact", &format!("softhsm::{test}"), "--nocapture"]);
    let inside = inside.env("SOFTHSM2_CONF", &settings).env(INSIDE, base.path()).output().expect("this program");
    let said = String::from_utf8_lossy(&inside.stdout).into_owned() + &String::from_utf8_lossy(&inside.stderr);
    assert!(inside.status.success() && said.contains("1 passed"), "{said}");
    assert!(!said.contains(PIN), "the PIN was said");
}

fn options(pin: &str) -> Pkcs11Options {
    Pkcs11Options { module: module().expect("SoftHSM"), token: "outis".to_owned(), pin: Secret::new(pin.to_owned()) }
}

fn open(base: &Path, tree: &str, root: &str) -> Result<TreeKeys, KeyError> {
    let slot = Pkcs11Slot::open(&base.join(root), options(PIN))?;
    TreeKeys::open(&base.join(tree), Arc::new(slot), TreeOptions { young_keys: 4, ..TreeOptions::default() })
}

/// Objects in the token's folder.
fn objects(base: &Path) -> usize {
    let token = fs::read_dir(base.join("tokens")).expect("folder").next().expect("a token").expect("entry").path();
    let names = fs::read_dir(token).expect("folder").map(|entry| entry.expect("entry").file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".object") && name != "token.object").count()
}

#[test]
fn an_old_copy_of_file_and_folder_opens_nothing_after_a_removal() {
    with_token("an_old_copy_of_file_and_folder_opens_nothing_after_a_removal", |base| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        let keys = open(base, "tree", "root").expect("fresh tree");
        assert_eq!(keys.state().slot.provider, Provider::Pkcs11);
        let secret = runtime.block_on(async {
            for number in 0..12 {
                keys.create(name(number)).await.expect("created");
            }
            *keys.get(name(5)).await.expect("read").expect("there").bytes("test")
        });
        drop(keys);
        copy(&base.join("tree"), &base.join("old"));
        fs::copy(base.join("root"), base.join("old-root")).expect("copy");

        // The attack can succeed: before the removal the copy opens with the token at hand.
        copy(&base.join("old"), &base.join("control"));
        fs::copy(base.join("old-root"), base.join("control-root")).expect("copy");
        let control = open(base, "control", "control-root").expect("the copy opens");
        let found = runtime.block_on(control.get(name(5))).expect("read").map(|k| *k.bytes("test"));
        assert_eq!(found, Some(secret));
        drop(control);

        let keys = open(base, "tree", "root").expect("opened");
        assert_eq!(objects(base), 1);
        runtime.block_on(keys.remove(&[name(5)])).expect("removed");
        assert_eq!(objects(base), 1, "one key is in the token");
        drop(keys);

        let error = open(base, "old", "old-root").expect_err("dead");
        assert!(matches!(error, KeyError::Slot(SlotFault::NoKey)), "{error:?}");
        fs::copy(base.join("root"), base.join("present-root")).expect("copy");
        assert!(matches!(open(base, "old", "present-root"), Err(KeyError::WrongSlot)));
        let keys = open(base, "tree", "root").expect("the present tree");
        assert!(runtime.block_on(keys.get(name(5))).expect("read").is_none());
        assert!(runtime.block_on(keys.get(name(6))).expect("read").is_some());
        // The root itself lies in no file.
        let root = runtime.block_on(Pkcs11Slot::open(&base.join("present-root"), options(PIN)).expect("slot").read());
        let root = *root.expect("read")[0].key.bytes("test");
        for file in ["root", "tree"] {
            let files = if base.join(file).is_dir() { folder(&base.join(file)) } else { vec![base.join(file)] };
            for file in files {
                assert!(!fs::read(file).expect("read").windows(32).any(|w| w == root));
            }
        }
    });
}

fn folder(path: &Path) -> Vec<PathBuf> {
    fs::read_dir(path).expect("folder").map(|entry| entry.expect("entry").path()).collect()
}

#[test]
fn what_is_wrong_with_a_token_is_said_and_nothing_is_made() {
    with_token("what_is_wrong_with_a_token_is_said_and_nothing_is_made", |base| {
        let open = |options: Pkcs11Options| {
            let slot = Pkcs11Slot::open(&base.join("root"), options)?;
            TreeKeys::open(&base.join("tree"), Arc::new(slot), TreeOptions::default())
        };
        let cases = [
            (Pkcs11Options { module: base.join("none.so"), ..options(PIN) }, SlotFault::Module),
            (Pkcs11Options { module: "/bin/true".into(), ..options(PIN) }, SlotFault::Module),
            (Pkcs11Options { token: "another".to_owned(), ..options(PIN) }, SlotFault::Token),
            (options("999999"), SlotFault::Pin),
            (options(""), SlotFault::Pin),
        ];
        for (options, expected) in cases {
            assert!(!format!("{options:?}").contains(PIN));
            let error = open(options).expect_err("refused");
            assert!(matches!(&error, KeyError::Slot(fault) if *fault == expected), "{error:?} {expected:?}");
            assert!(!base.join("root").exists() && objects(base) == 0);
            let made = if base.join("tree").exists() { folder(&base.join("tree")) } else { Vec::new() };
            assert!(made.is_empty(), "a tree was made");
        }
        open(options(PIN)).expect("a fresh tree");
    });
}

#[test]
fn the_token_of_another_tree_is_refused() {
    with_token("the_token_of_another_tree_is_refused", |base| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
        for (tree, root) in [("tree", "root"), ("other", "other-root")] {
            let keys = open(base, tree, root).expect("fresh tree");
            runtime.block_on(keys.create(name(1))).expect("created");
        }
        assert_eq!(objects(base), 2, "two trees share a token");
        assert!(matches!(open(base, "tree", "other-root"), Err(KeyError::WrongSlot)));
        // One tree's removals leave the other's key alone.
        let keys = open(base, "tree", "root").expect("opened");
        runtime.block_on(keys.remove(&[name(1)])).expect("removed");
        open(base, "other", "other-root").expect("opened");
        // A token that was initialised anew has no key for the file.
        let again = ["--init-token", "--token", "outis", "--label", "outis", "--so-pin", "314159", "--pin", PIN];
        drop(keys);
        let done = Command::new("softhsm2-util").args(again).output().expect("softhsm2-util");
        assert!(done.status.success());
        let error = open(base, "tree", "root").expect_err("no key");
        assert!(matches!(error, KeyError::Slot(SlotFault::NoKey | SlotFault::Token | SlotFault::Pin)), "{error:?}");
    });
}

#[test]
fn two_processes_do_not_share_a_root() {
    with_token("two_processes_do_not_share_a_root", |base| {
        let _keys = open(base, "tree", "root").expect("fresh tree");
        assert!(matches!(open(base, "elsewhere", "root"), Err(KeyError::InUse)));
    });
}
