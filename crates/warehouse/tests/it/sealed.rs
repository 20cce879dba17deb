//! The written format is enough to open a file: a reader in another language, written from the page alone.

use std::path::{Path as FsPath, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use object_store::ObjectStoreExt;
use object_store::path::Path;
use outis_keys::{DataKey, Keys, MemoryKeys};
use outis_warehouse::{FileId, LocalFiles, SealedStore};

/// A Python with the package `cryptography`; `None` where there is no python3 or it cannot install packages.
fn python(folder: &FsPath) -> Option<PathBuf> {
    let has = |python: &FsPath| {
        let found = Command::new(python).args(["-c", "import cryptography"]).output();
        found.is_ok_and(|output| output.status.success())
    };
    let system = PathBuf::from("python3");
    if has(&system) {
        return Some(system);
    }
    let made = Command::new(&system).args(["-m", "venv"]).arg(folder).output().ok()?;
    let python = folder.join("bin/python");
    if !made.status.success() || !python.exists() {
        return None;
    }
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "cryptography"];
    let installed = Command::new(&python).args(pip).output().expect("a python just made");
    assert!(installed.status.success(), "pip could not install cryptography");
    Some(python)
}

fn read(python: &FsPath, file: &FsPath, key: &DataKey) -> Output {
    let script = FsPath::new(env!("CARGO_MANIFEST_DIR")).join("tests/sealed/read.py");
    let digits: String = key.bytes("hand it to the reader").iter().map(|byte| format!("{byte:02x}")).collect();
    Command::new(python).arg(script).arg(file).arg(digits).output().expect("python runs")
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
async fn a_short_script_opens_a_file_with_its_key_and_not_without() {
    let folder = tempfile::tempdir().expect("folder");
    let Some(python) = python(&folder.path().join("python")) else {
        eprintln!("skipped: python3 with venv and pip is not here, so the reader in Python was not run");
        return;
    };
    let keys = Arc::new(MemoryKeys::default());
    let files = Arc::new(LocalFiles::open(&folder.path().join("files")).expect("folder"));
    let store = SealedStore::new(files, keys.clone());
    for length in [0, 1, 65_536, 65_537, 200_000] {
        let plain: Vec<u8> = (0..length).map(|i: u32| (i % 251) as u8).collect();
        let path = SealedStore::new_path(&Path::from("site/day"), ".bin").expect("randomness");
        store.put(&path, plain.clone().into()).await.expect("put");
        let file = folder.path().join("files").join(path.as_ref());
        let key = keys.get(FileId::of(&path).expect("id").key_name()).await.expect("tree").expect("key");

        let opened = read(&python, &file, &key);
        assert!(opened.status.success(), "{}", String::from_utf8_lossy(&opened.stderr));
        assert!(opened.stdout == plain);

        let refused = read(&python, &file, &DataKey::random().expect("randomness"));
        assert!(!refused.status.success() && refused.stdout.is_empty());
        let mut damaged = std::fs::read(&file).expect("file");
        *damaged.last_mut().expect("bytes") ^= 1;
        std::fs::write(&file, damaged).expect("written");
        assert!(!read(&python, &file, &key).status.success());
    }
}
