//! Checks of receipts and logs without a server, for whoever holds the files.

use std::path::Path;

use super::checkpoint::{CheckpointError, Head, LogProof};
use super::disk::Folder;
use super::folder::{Files, FolderError, read_checkpoint};
use super::key::VerifierKey;
use super::merkle::{consistency, extends, inclusion};
use super::note::Note;
use super::receipt::SubjectCopy;

/// How a check went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Holds,
    /// It does not hold.
    Fails,
    /// It could not be checked with what was given.
    Open,
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What is checked.
    pub what: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// What was found. Contains nothing of the receipt.
    pub remark: String,
}

impl Check {
    fn new(what: &'static str, outcome: Outcome, remark: impl Into<String>) -> Check {
        Check { what, outcome, remark: remark.into() }
    }

    fn holds(what: &'static str, remark: impl Into<String>) -> Check {
        Check::new(what, Outcome::Holds, remark)
    }

    fn fails(what: &'static str, remark: impl Into<String>) -> Check {
        Check::new(what, Outcome::Fails, remark)
    }
}

const SIGNED: &str = "the receipt is signed";
const IN_LOG: &str = "the receipt is in the log";
const CHECKPOINT: &str = "the checkpoint is signed";
const FILES: &str = "every file follows from the entries";
const EXTENDS: &str = "the log extends the earlier checkpoint";
const WITNESSED: &str = "a witness has signed";

/// Where it may be seen that a receipt is in the log.
#[derive(Clone, Copy, Debug)]
pub enum Evidence<'a> {
    /// A proof that its owner was given.
    Proof(&'a LogProof),
    /// The whole log.
    Folder(&'a Path),
    /// Nothing.
    None,
}

/// Checks a copy of a receipt: its signature, by `key` if that is known from elsewhere, and that it is in the log.
pub fn check_copy(
    copy: &SubjectCopy,
    key: Option<&VerifierKey>,
    evidence: Evidence<'_>,
    witnesses: &[VerifierKey],
) -> Vec<Check> {
    let trusted = key.unwrap_or(copy.key());
    let mut checks = vec![match (copy.signed_by(trusted), key) {
        (true, Some(_)) => Check::holds(SIGNED, "by the key that was given"),
        (true, None) => Check::holds(SIGNED, "by the key in the file itself: compare it with the published one"),
        (false, _) => Check::fails(SIGNED, "the signature does not fit"),
    }];
    match evidence {
        Evidence::None => {
            checks.push(Check::new(IN_LOG, Outcome::Open, "not checked: give the proof or a copy of the log"));
        }
        Evidence::Proof(proof) => match proof.verify(&copy.leaf().0, trusted) {
            Ok(head) => {
                checks.push(Check::holds(IN_LOG, format!("leaf {} of {}", proof.index, head.size)));
                checks.extend(witnessed(&proof.checkpoint, witnesses));
            }
            Err(error) => checks.push(Check::fails(IN_LOG, error.to_string())),
        },
        Evidence::Folder(folder) => checks.extend(in_folder(copy, trusted, folder, witnesses)),
    }
    checks
}

fn in_folder(copy: &SubjectCopy, key: &VerifierKey, folder: &Path, witnesses: &[VerifierKey]) -> Vec<Check> {
    let disk = Folder::at(folder);
    let (note, head) = match signed_head(&disk, key) {
        Ok(found) => found,
        Err(check) => return vec![check],
    };
    let files = Files::new(&disk, head.size);
    let found = files.find(copy.leaf()).and_then(|index| match index {
        None => Ok(None),
        Some(index) => {
            let path = inclusion(&files, index, head.size)?;
            Ok(Some(LogProof { extra: None, index, path, checkpoint: note.clone() }))
        }
    });
    let check = match found {
        Err(error) => Check::fails(IN_LOG, error.to_string()),
        Ok(None) => Check::fails(IN_LOG, "not in this copy of the log: a new receipt waits for the next batch"),
        Ok(Some(proof)) => match proof.verify(&copy.leaf().0, key) {
            Ok(head) => Check::holds(IN_LOG, format!("leaf {} of {}", proof.index, head.size)),
            Err(error) => Check::fails(IN_LOG, error.to_string()),
        },
    };
    [check].into_iter().chain(witnessed(&note, witnesses)).collect()
}

/// Checks a copy of a log: its checkpoint, every file, and that it extends an earlier checkpoint of it.
pub fn check_log(folder: &Path, key: &VerifierKey, earlier: Option<&Note>, witnesses: &[VerifierKey]) -> Vec<Check> {
    let disk = Folder::at(folder);
    let (note, head) = match signed_head(&disk, key) {
        Ok(found) => found,
        Err(check) => return vec![check],
    };
    let files = Files::new(&disk, head.size);
    let mut checks = vec![Check::holds(CHECKPOINT, format!("{} leaves", head.size))];
    checks.push(match files.check(head.root) {
        Ok(()) => Check::holds(FILES, "and makes the root that was signed"),
        Err(error) => Check::fails(FILES, error.to_string()),
    });
    checks.extend(earlier.map(|earlier| extension(&files, key, earlier, head)));
    checks.extend(witnessed(&note, witnesses));
    checks
}

fn extension(files: &Files<'_>, key: &VerifierKey, earlier: &Note, head: Head) -> Check {
    let old = match Head::of(earlier, key) {
        Ok(old) => old,
        Err(error) => return Check::fails(EXTENDS, format!("the earlier one: {error}")),
    };
    if old.size > head.size {
        let remark = format!("it had {} leaves, this has {}: the log was cut", old.size, head.size);
        return Check::fails(EXTENDS, remark);
    }
    let path = if old.size == 0 { Ok(Vec::new()) } else { consistency(files, old.size, head.size) };
    match path {
        Err(error) => Check::fails(EXTENDS, error.to_string()),
        Ok(path) if extends((old.size, old.root), (head.size, head.root), &path) => {
            Check::holds(EXTENDS, format!("of {} leaves", old.size))
        }
        Ok(_) => Check::fails(EXTENDS, "the beginning is another: the log forked"),
    }
}

fn signed_head(disk: &Folder, key: &VerifierKey) -> Result<(Note, Head), Check> {
    let read = || -> Result<(Note, Head), FolderOrCheckpoint> {
        let missing = || FolderError::Missing(super::folder::CHECKPOINT.to_owned());
        let note = read_checkpoint(disk)?.ok_or_else(missing)?;
        let head = Head::of(&note, key)?;
        Ok((note, head))
    };
    read().map_err(|error| Check::fails(CHECKPOINT, error.to_string()))
}

#[derive(Debug, thiserror::Error)]
enum FolderOrCheckpoint {
    #[error(transparent)]
    Folder(#[from] FolderError),
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

fn witnessed(note: &Note, witnesses: &[VerifierKey]) -> Vec<Check> {
    let check = |key: &VerifierKey| match note.verify(key) {
        Ok(_) => Check::holds(WITNESSED, key.name().as_str()),
        Err(error) => Check::fails(WITNESSED, format!("{}: {error}", key.name().as_str())),
    };
    witnesses.iter().map(check).collect()
}
