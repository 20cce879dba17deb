//! A witness as the specification describes it, and one that misbehaves.

use std::sync::Arc;

use outis_event::Timestamp;
use outis_keys::{DataKey, MemoryKeys};
use parking_lot::Mutex;

use super::*;
use crate::receipts::checkpoint::Head;
use crate::receipts::key::{Origin, SigningKey};
use crate::receipts::merkle::extends;
use crate::receipts::note::{cosignature_line, witness_key};
use crate::receipts::{LogOptions, Schedule};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const SIGNED_AT: u64 = 1_800_000_000;

/// C2SP tlog-witness, as far as a log sees it.
struct Real {
    log: VerifierKey,
    key: SigningKey,
    seen: Mutex<Option<Head>>,
    asked: Mutex<u32>,
}

impl Real {
    fn new(log: VerifierKey) -> Real {
        let name = Origin::new("witness.example/w1").expect("name");
        let key = SigningKey::of(&DataKey::from_bytes([9; 32]), name).expect("key");
        Real { log, key, seen: Mutex::default(), asked: Mutex::default() }
    }

    fn key(&self) -> VerifierKey {
        witness_key(&self.key)
    }

    fn answer(&self, body: &str) -> (u16, String) {
        let (proof, checkpoint) = body.split_once("\n\n").expect("an empty line");
        let mut lines = proof.split('\n');
        let old = decimal(lines.next().and_then(|line| line.strip_prefix("old ")).expect("old")).expect("size");
        let path: Vec<Hash> = lines.map(|line| Hash::from_base64(line).expect("hash")).collect();
        let note = Note::parse(checkpoint.as_bytes()).expect("checkpoint");
        let Ok(head) = Head::of(&note, &self.log) else { return (403, String::new()) };
        let mut seen = self.seen.lock();
        let known = seen.unwrap_or(Head::empty());
        if old != known.size {
            return (409, format!("{}\n", known.size));
        }
        if old > head.size {
            return (400, String::new());
        }
        if !extends((known.size, known.root), (head.size, head.root), &path) {
            return (422, String::new());
        }
        *seen = Some(head);
        let stranger = Real::new(self.log.clone());
        let other = SigningKey::of(&DataKey::from_bytes([8; 32]), stranger.key.verifier().name().clone()).expect("key");
        let lines = [&other, &self.key].map(|key| cosignature_line(key, SIGNED_AT, note.text()));
        (200, lines.concat())
    }
}

#[async_trait]
impl Courier for Real {
    async fn send(&self, request: AddCheckpoint) -> Result<Reply, Unreachable> {
        *self.asked.lock() += 1;
        let (status, body) = self.answer(&request.body);
        Ok(Reply { status, body: body.into_bytes() })
    }
}

/// Answers always the same.
struct Fixed(u16, &'static str);

#[async_trait]
impl Courier for Fixed {
    async fn send(&self, _: AddCheckpoint) -> Result<Reply, Unreachable> {
        if self.0 == 0 { Err(Unreachable) } else { Ok(Reply { status: self.0, body: self.1.as_bytes().to_vec() }) }
    }
}

struct Place {
    dir: tempfile::TempDir,
    keys: Arc<MemoryKeys>,
}

impl Place {
    fn new() -> Place {
        Place { dir: tempfile::tempdir().expect("folder"), keys: Arc::default() }
    }

    async fn open(&self) -> ReceiptLog {
        let schedule = Schedule::new(&[3], 8).expect("schedule");
        let options = LogOptions { origin: Origin::new("example.org/log").expect("name"), schedule };
        let (log, private) = (self.dir.path().join("log"), self.dir.path().join("private"));
        ReceiptLog::open(&log, &private, self.keys.clone(), options, Timestamp(0)).await.expect("log")
    }
}

async fn grow(log: &ReceiptLog, day: i64) -> Head {
    log.tick(Timestamp(day * DAY_MS + DAY_MS / 2)).await.expect("appended").expect("due").head
}

#[tokio::test]
async fn a_witness_signs_what_extends_what_it_has_seen() {
    let place = Place::new();
    let log = place.open().await;
    let real = Real::new(log.verifier_key());
    let mut witness = Witness::new(real.key()).expect("witness");
    grow(&log, 1).await;
    assert_eq!(witness.cosign(&log, &real).await.expect("signed"), SIGNED_AT);
    grow(&log, 2).await;
    let head = grow(&log, 3).await;
    assert_eq!(witness.cosign(&log, &real).await.expect("signed"), SIGNED_AT);
    assert_eq!((*real.asked.lock(), *real.seen.lock()), (2, Some(head)));
    // Whoever does not know what it has seen is told.
    let mut fresh = Witness::new(real.key()).expect("witness");
    grow(&log, 4).await;
    fresh.cosign(&log, &real).await.expect("signed");
    assert_eq!(*real.asked.lock(), 4);
    // The signature is in the checkpoint that everybody reads, alone of what the witness sent, and outlives a restart.
    drop(log);
    let log = place.open().await;
    let checkpoint = log.served("checkpoint").await.expect("read").expect("there");
    let note = Note::parse(&checkpoint.bytes).expect("note");
    assert_eq!(note.verify(&real.key()), Ok(Some(SIGNED_AT)));
    assert_eq!(note.to_string().lines().count(), 6);
}

#[tokio::test]
async fn a_witness_finds_a_log_that_was_cut_or_forked() {
    let (place, other) = (Place::new(), Place::new());
    let (log, fork) = (place.open().await, other.open().await);
    let real = Real::new(log.verifier_key());
    for day in 1..=3 {
        grow(&log, day).await;
    }
    grow(&fork, 1).await;
    let mut witness = Witness::new(real.key()).expect("witness");
    let stranger = Real::new(fork.verifier_key());
    assert!(matches!(witness.cosign(&log, &stranger).await, Err(WitnessError::NotRegistered)));
    witness.cosign(&log, &real).await.expect("signed");
    // As the same log would be after it was put back; the key is not what is tested here.
    let seen = *real.seen.lock();
    let cut = Real { log: fork.verifier_key(), seen: Mutex::new(seen), ..Real::new(fork.verifier_key()) };
    let mut fresh = Witness::new(cut.key()).expect("witness");
    assert!(matches!(fresh.cosign(&fork, &cut).await, Err(WitnessError::Ahead { seen: 24, here: 8 })));
    for day in 2..=4 {
        grow(&fork, day).await;
    }
    let mut fresh = Witness::new(cut.key()).expect("witness");
    assert!(matches!(fresh.cosign(&fork, &cut).await, Err(WitnessError::OtherHistory)));
}

#[tokio::test]
async fn answers_outside_of_the_protocol_change_nothing() {
    let place = Place::new();
    let log = place.open().await;
    let real = Real::new(log.verifier_key());
    grow(&log, 1).await;
    let before = log.served("checkpoint").await.expect("read");
    let mut witness = Witness::new(real.key()).expect("witness");
    assert!(matches!(Witness::new(log.verifier_key()), Err(WitnessError::NoWitness)));
    for (status, body) in
        [(200, ""), (200, "nonsense\n"), (409, "x\n"), (409, "08\n"), (409, "0\n"), (500, ""), (301, ""), (0, "")]
    {
        let outcome = witness.cosign(&log, &Fixed(status, body)).await;
        assert!(outcome.is_err(), "{status} {body}");
        assert_eq!(log.served("checkpoint").await.expect("read"), before);
    }
    let line = cosignature_line(&real.key, SIGNED_AT, "another text\n");
    let reply = log.cosigned(real.key(), log.extension(0).await.expect("read").1, line.into_bytes()).await;
    assert_eq!(reply.expect("read"), Err(SignatureError::Wrong));
    witness.cosign(&log, &real).await.expect("the control");
}
