//! The log as the Go checksum database's own code reads it, and what that code finds in logs that were tampered with.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use async_trait::async_trait;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use outis_guard::receipts::{
    AddCheckpoint, Courier, KeyKind, Origin, Progress, ReceiptLog, Reply, Unreachable, VerifierKey, Witness,
};

use super::place::{Place, copy_folder, noon, statement};

/// Where Debian has Go packages.
const PACKAGES: &str = "/usr/share/gocode";

/// The program of `tests/tlog`, built; none where there is no Go.
fn program() -> Option<PathBuf> {
    let (built, cache) =
        (Path::new(env!("CARGO_TARGET_TMPDIR")).join("tlog"), Path::new(env!("CARGO_TARGET_TMPDIR")).join("go"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/tlog/main.go");
    if !Path::new(PACKAGES).join("src/golang.org/x/mod/sumdb/tlog").is_dir() {
        return None;
    }
    let mut go = Command::new("go");
    go.args(["build", "-o"]).arg(&built).arg(source);
    go.env("GO111MODULE", "off").env("GOPATH", PACKAGES).env("GOCACHE", cache).env("GOFLAGS", "");
    let output = go.output().ok()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(built)
}

struct Go(PathBuf);

impl Go {
    #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
    fn built() -> Option<Go> {
        static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
        let built = BUILT.get_or_init(program).clone();
        if built.is_none() {
            eprintln!("skipped: no Go with golang.org/x/mod here (scripts/install-test-tools installs it)");
        }
        built.map(Go)
    }

    fn run(&self, log: &Path, key: &VerifierKey, more: &[(&str, &str)]) -> Output {
        let mut command = Command::new(&self.0);
        command.arg("-log").arg(log).args(["-key", &key.to_string()]);
        command.args(more.iter().flat_map(|(flag, value)| [flag, value]));
        command.output().expect("the program runs")
    }

    fn accepts(&self, log: &Path, key: &VerifierKey, more: &[(&str, &str)]) {
        let output = self.run(log, key, more);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    fn finds(&self, log: &Path, key: &VerifierKey, more: &[(&str, &str)], what: &str) {
        let output = self.run(log, key, more);
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{told}");
        assert!(told.contains(what), "{told}");
    }
}

/// A witness that signs everything.
struct Careless(Ed25519KeyPair);

impl Careless {
    fn new() -> Careless {
        Careless(Ed25519KeyPair::from_seed_unchecked(&[3; 32]).expect("key"))
    }

    fn key(&self) -> VerifierKey {
        let name = Origin::new("witness.example/w1").expect("name");
        VerifierKey::new(name, KeyKind::Witness, self.0.public_key().as_ref().try_into().expect("32 bytes"))
    }
}

#[async_trait]
impl Courier for Careless {
    async fn send(&self, request: AddCheckpoint) -> Result<Reply, Unreachable> {
        const TIME: u64 = 1_800_000_000;
        let (_, checkpoint) = request.body.split_once("\n\n").ok_or(Unreachable)?;
        let (text, _) = checkpoint.split_once("\n\n").ok_or(Unreachable)?;
        let signature = self.0.sign(format!("cosignature/v1\ntime {TIME}\n{text}\n").as_bytes());
        let bytes = [&self.key().id().to_be_bytes(), &TIME.to_be_bytes()[..], signature.as_ref()].concat();
        let line = format!("\u{2014} witness.example/w1 {}\n", STANDARD.encode(bytes));
        Ok(Reply { status: 200, body: line.into_bytes() })
    }
}

async fn grow(log: &ReceiptLog, days: std::ops::Range<i64>) {
    for day in days {
        log.tick(noon(day)).await.expect("appended").expect("due");
    }
}

#[tokio::test]
async fn another_implementation_reads_the_same_log() {
    let Some(go) = Go::built() else { return };
    let place = Place::new();
    let log = place.open().await;
    let key = log.verifier_key();
    go.accepts(&place.log(), &key, &[]);
    let mut copies = Vec::new();
    // Past the first whole tile, so that there are two levels.
    for day in 1..7 {
        copies.push(log.issue(statement(), noon(day - 1)).await.expect("issued"));
        grow(&log, day..day + 1).await;
        std::fs::copy(place.log().join("checkpoint"), place.path(&format!("checkpoint-{day}"))).expect("kept");
        go.accepts(&place.log(), &key, &[]);
    }
    for day in 1..7 {
        let kept = place.path(&format!("checkpoint-{day}"));
        go.accepts(&place.log(), &key, &[("-earlier", &kept.display().to_string())]);
    }
    for copy in &copies {
        let Progress::InLog(proof) = log.progress(copy.leaf()).await.expect("read") else { panic!("not in the log") };
        let file = place.write("receipt.json", &copy.to_json()).display().to_string();
        let proof = place.write("receipt.tlog-proof", &proof.to_string()).display().to_string();
        go.accepts(&place.log(), &key, &[("-copy", &file), ("-proof", &proof)]);
        let changed = copy.to_json().replace("\"objects\":1", "\"objects\":2");
        let file = place.write("changed.json", &changed).display().to_string();
        go.finds(&place.log(), &key, &[("-copy", &file), ("-proof", &proof)], "signature does not fit");
    }
    // A proof of one receipt is none of another.
    let file = place.write("receipt.json", &copies[0].to_json()).display().to_string();
    let proof = place.path("receipt.tlog-proof").display().to_string();
    go.finds(&place.log(), &key, &[("-copy", &file), ("-proof", &proof)], "does not lead from the receipt");
    let careless = Careless::new();
    let witness_key = careless.key().to_string();
    go.finds(&place.log(), &key, &[("-witness", &witness_key)], "note has no verifiable signatures");
    Witness::new(careless.key()).expect("witness").cosign(&log, &careless).await.expect("signed");
    go.accepts(&place.log(), &key, &[("-witness", &witness_key)]);
}

#[tokio::test]
async fn another_implementation_finds_what_was_tampered_with() {
    let Some(go) = Go::built() else { return };
    let place = Place::new();
    let log = place.open().await;
    let key = log.verifier_key();
    grow(&log, 1..6).await;
    drop(log);
    let cut = place.path("cut");
    copy_folder(&place.log(), &cut);
    // The same machine twice, with the same keys: two histories, both signed.
    let other = place.clone_machine();
    let (log, fork) = (place.open().await, other.open().await);
    grow(&log, 6..8).await;
    grow(&fork, 6..8).await;
    let newest = place.log().join("checkpoint").display().to_string();
    go.accepts(&place.log(), &key, &[("-earlier", &newest)]);
    go.accepts(&other.log(), &key, &[]);
    go.finds(&cut, &key, &[("-earlier", &newest)], "the log was cut");
    go.finds(&other.log(), &key, &[("-earlier", &newest)], "the log forked");
    for path in ["tile/0/000", "tile/0/001.p/192", "tile/entries/000", "tile/1/000.p/1", "checkpoint"] {
        let changed = place.path("changed");
        let _ = std::fs::remove_dir_all(&changed);
        copy_folder(&place.log(), &changed);
        let mut bytes = std::fs::read(changed.join(path)).expect("there");
        let at = bytes.len() / 3;
        bytes[at] ^= 1;
        std::fs::write(changed.join(path), &bytes).expect("written");
        go.finds(&changed, &key, &[], "");
        std::fs::remove_file(changed.join(path)).expect("removed");
        go.finds(&changed, &key, &[], "");
    }
}
