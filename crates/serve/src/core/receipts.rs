//! Receipts for who was forgotten: what is stated in them, and their log.

use std::sync::Arc;

use anyhow::Context;
use aws_lc_rs::digest;
use outis_disclose::note;
use outis_event::Timestamp;
use outis_guard::receipts::{
    Hex, LogOptions, Mode, Origin, ReceiptLog, Schedule, Sink, Statement, Store, SubjectCopy, Text,
};
use outis_keys::Keys;
use tokio::sync::OnceCell;

use crate::config::Config;

/// What the statements are about; it changes when they mean something else.
const POLICY: &str = "outis-erasure/1";

/// The log of receipts, and what makes them.
pub(crate) struct Receipts {
    pub(crate) log: ReceiptLog,
    build: OnceCell<[u8; 32]>,
}

/// What was done about somebody.
pub(crate) struct Done {
    pub(crate) mode: outis_people::Mode,
    /// The key tree's epochs before and after.
    pub(crate) epochs: [u64; 2],
    /// Until when an escrow copy of an old root may exist.
    pub(crate) recoverable_until: Option<Timestamp>,
}

impl Receipts {
    /// Opens the log, or begins it.
    ///
    /// # Errors
    /// When its folder was cut or changed, or it has another name than configured.
    pub(crate) async fn open(config: &Config, keys: Arc<dyn Keys>, now: Timestamp) -> anyhow::Result<Receipts> {
        let origin = Origin::new(&config.receipt_log_name).context("receipt_log_name")?;
        let dir = config.data_dir.join("receipts");
        let options = LogOptions { origin, schedule: Schedule::default() };
        let log = ReceiptLog::open(&dir.join("log"), &dir.join("private"), keys, options, now).await;
        let log = log.context("the log of receipts (if it has another name now, set receipt_log_name back)")?;
        Ok(Receipts { log, build: OnceCell::new() })
    }

    /// A receipt of what was done. The same for whoever was no member: nothing in it depends on who it is about.
    ///
    /// # Errors
    /// When the log refuses.
    pub(crate) async fn issue(&self, done: &Done, now: Timestamp) -> anyhow::Result<SubjectCopy> {
        let build_hash = *self.build.get_or_try_init(program).await?;
        let text = |words: &str| Text::new(words);
        let [before, after] = done.epochs.map(|epoch| Some(mark(epoch)));
        let store = |name: &str, method: &str, objects, roots: [Option<Hex<32>>; 2]| {
            let [key_root_before, key_root_after] = roots;
            anyhow::Ok(Store { name: text(name)?, method: text(method)?, objects, key_root_before, key_root_after })
        };
        let mode = match done.mode {
            outis_people::Mode::Fold => Mode::Fold,
            outis_people::Mode::Delete => Mode::Delete,
        };
        let statement = Statement {
            policy_version: text(POLICY)?,
            build_hash,
            mode,
            stores: vec![
                store("members", "records removed, their key destroyed", 3, [before, after])?,
                store("key tree", "keys destroyed with the root before", 2, [before, after])?,
                store("recent rows", "hidden; rewritten away within 24 hours of the end of their day", 0, [None; 2])?,
                store("links between days", "removed", 0, [None; 2])?,
                store("counts of likes", "taken out", 0, [None; 2])?,
                store("recommendations on disk", "key destroyed with the root before", 0, [before, after])?,
                store("recommendations served", "made anew without within 24 hours", 0, [None; 2])?,
            ],
            sinks: Vec::<Sink>::new(),
            recoverable_until: done.recoverable_until,
            exceptions: Vec::new(),
        };
        Ok(self.log.issue(statement, now).await?)
    }

    /// Appends the batch that is due, if one is.
    pub(crate) async fn tick(&self, now: Timestamp) {
        if self.log.tick(now).await.is_err() {
            note!(Error, "receipts could not be appended to their log; it is tried again");
        }
    }
}

/// What stands for a root in public: nothing leads from it to the root.
fn mark(epoch: u64) -> Hex<32> {
    let text = [b"outis/root of epoch/".as_slice(), &epoch.to_be_bytes()].concat();
    Hex(digest::digest(&digest::SHA256, &text).as_ref().try_into().expect("SHA-256 has 32 bytes"))
}

/// SHA-256 of the program that runs.
async fn program() -> anyhow::Result<[u8; 32]> {
    let hash = tokio::task::spawn_blocking(|| {
        let mut file = std::fs::File::open("/proc/self/exe")?;
        let mut context = digest::Context::new(&digest::SHA256);
        let mut buffer = vec![0; 1 << 20];
        loop {
            match std::io::Read::read(&mut file, &mut buffer)? {
                0 => return std::io::Result::Ok(context.finish()),
                length => context.update(&buffer[..length]),
            }
        }
    });
    Ok(hash.await??.as_ref().try_into()?)
}
