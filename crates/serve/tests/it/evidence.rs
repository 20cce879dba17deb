//! `outis verify`: what it accepts, what it finds, and how it ends.

use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;

use outis_event::Timestamp;
use outis_guard::receipts::{
    LogOptions, LogProof, Mode, Origin, Progress, ReceiptLog, Schedule, Statement, SubjectCopy, Text,
};
use outis_keys::MemoryKeys;
use serde_json::{Value, json};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A log of two batches, a receipt of each, and the checkpoint between them, all as files.
struct Case {
    dir: tempfile::TempDir,
    key: String,
}

fn statement() -> Statement {
    Statement {
        policy_version: Text::new("4").expect("text"),
        build_hash: [1; 32],
        mode: Mode::Fold,
        stores: Vec::new(),
        sinks: Vec::new(),
        recoverable_until: None,
        exceptions: Vec::new(),
    }
}

impl Case {
    async fn new() -> Case {
        let case = Case { dir: tempfile::tempdir().expect("a folder"), key: String::new() };
        let options =
            LogOptions { origin: Origin::new("example.org/log").expect("name"), schedule: Schedule::default() };
        let (folder, private) = (case.dir.path().join("log"), case.dir.path().join("private"));
        let keys = Arc::new(MemoryKeys::default());
        let log = ReceiptLog::open(&folder, &private, keys, options, Timestamp(0)).await.expect("log");
        for batch in 1..3 {
            let at = Timestamp(batch * DAY_MS);
            let copy = log.issue(statement(), at).await.expect("issued");
            log.tick(at.plus_ms(DAY_MS / 2)).await.expect("appended").expect("due");
            std::fs::copy(folder.join("checkpoint"), case.dir.path().join(format!("checkpoint-{batch}")))
                .expect("kept");
            case.keep(batch, &copy, &log).await;
        }
        Case { key: log.verifier_key().to_string(), ..case }
    }

    async fn keep(&self, number: i64, copy: &SubjectCopy, log: &ReceiptLog) {
        let Progress::InLog(proof) = log.progress(copy.leaf()).await.expect("read") else { panic!("not in the log") };
        let carrying = LogProof { extra: Some(copy.to_json().as_bytes().to_vec()), ..(*proof).clone() };
        self.write(&format!("receipt-{number}.json"), &copy.to_json());
        self.write(&format!("receipt-{number}.tlog-proof"), &proof.to_string());
        self.write(&format!("whole-{number}.tlog-proof"), &carrying.to_string());
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.dir.path().join(name), text).expect("written");
    }

    fn change(&self, name: &str, change: impl FnOnce(String) -> String) {
        let text = std::fs::read_to_string(self.dir.path().join(name)).expect("there");
        self.write(&format!("changed-{name}"), &change(text));
    }

    fn verify(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = run(self.dir.path(), arguments);
        (output.status.code(), String::from_utf8(output.stdout).expect("text"))
    }
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_outis"));
    command.current_dir(dir).arg("verify").args(arguments).output().expect("the binary runs")
}

#[tokio::test]
async fn receipts_are_verified_without_a_server() {
    let case = Case::new().await;
    let key = case.key.as_str();
    for (arguments, code) in [
        (vec!["receipt", "receipt-1.json"], 0),
        (vec!["receipt", "receipt-1.json", "--key", key, "--proof", "receipt-1.tlog-proof"], 0),
        (vec!["receipt", "whole-1.tlog-proof", "--key", key], 0),
        (vec!["receipt", "receipt-1.json", "--key", key, "--log", "log"], 0),
        (vec!["receipt", "receipt-1.json", "--proof", "receipt-2.tlog-proof"], 3),
        (vec!["receipt", "receipt-1.tlog-proof"], 1),
        (vec!["receipt", "checkpoint-1"], 3),
        (vec!["receipt", "missing.json"], 1),
        (vec!["receipt", "receipt-1.json", "--key", "nonsense"], 2),
        (vec!["receipt", "receipt-1.json", "--log", "."], 3),
    ] {
        let (found, told) = case.verify(&arguments);
        assert_eq!(found, Some(code), "{arguments:?}: {told}");
    }
    case.change("receipt-1.json", |text| text.replace("\"mode\":\"fold\"", "\"mode\":\"delete\""));
    let (code, told) = case.verify(&["receipt", "changed-receipt-1.json", "--log", "log", "--format", "json"]);
    let checks: Vec<Value> = serde_json::from_str(&told).expect("JSON");
    assert_eq!((code, checks.iter().map(|check| &check["ok"]).collect::<Vec<_>>()), (Some(3), vec![&json!(false); 2]));
    let (_, told) = case.verify(&["receipt", "receipt-2.json", "--format", "json"]);
    let checks: Vec<Value> = serde_json::from_str(&told).expect("JSON");
    assert_eq!(checks[0]["ok"], json!(true));
    assert_eq!(checks[1]["ok"], Value::Null, "whether it is in the log was not asked");
}

#[tokio::test]
async fn logs_are_verified_without_a_server() {
    let case = Case::new().await;
    let key = case.key.clone();
    let log = |folder: &str, more: &[&str]| case.verify(&[&["log", folder, "--key", &key], more].concat());
    assert_eq!(log("log", &["--earlier", "checkpoint-1"]).0, Some(0));
    let (code, told) = log("log", &["--format", "csv"]);
    assert_eq!(code, Some(0));
    assert!(told.starts_with("state,check,remark\nok,the checkpoint is signed,128 leaves\nok,"), "{told}");
    // Put back to the first batch: everything in it fits, but not with what was seen since.
    std::fs::copy(case.dir.path().join("checkpoint-1"), case.dir.path().join("log/checkpoint")).expect("put back");
    assert_eq!(log("log", &[]).0, Some(0));
    let (code, told) = log("log", &["--earlier", "checkpoint-2"]);
    assert!(code == Some(3) && told.contains("the log was cut"), "{told}");
    let bundle = case.dir.path().join("log/tile/entries/000.p/64");
    let mut bytes = std::fs::read(&bundle).expect("there");
    bytes[40] ^= 1;
    std::fs::write(&bundle, bytes).expect("written");
    assert_eq!(log("log", &[]).0, Some(3));
    let other = Case::new().await;
    assert_eq!(case.verify(&["log", "log", "--key", &other.key]).0, Some(3));
}
