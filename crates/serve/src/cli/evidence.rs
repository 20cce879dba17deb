//! `outis verify`: checks receipts and copies of the log of receipts, without a server and without its data.

use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use outis_guard::receipts::{
    Check, Evidence, KeyKind, LogProof, MOST_PROOF_BYTES, Note, Outcome, SubjectCopy, VerifierKey, check_copy,
    check_log,
};
use serde_json::json;

use super::Exit;
use crate::output;

#[derive(Debug, Subcommand)]
pub(crate) enum Verify {
    /// Check the receipt that somebody who was forgotten was given.
    Receipt {
        /// The copy, or a .tlog-proof that carries it.
        file: PathBuf,
        /// The published verifier key; without it the one in the file, which shows less.
        #[arg(long, value_parser = log_key)]
        key: Option<VerifierKey>,
        /// The .tlog-proof that it is in the log.
        #[arg(long, conflicts_with = "log")]
        proof: Option<PathBuf>,
        /// A copy of the log, to look for it there.
        #[arg(long)]
        log: Option<PathBuf>,
        /// The verifier key of a witness that must have signed too; may be given several times.
        #[arg(long = "witness", value_parser = witness_key)]
        witnesses: Vec<VerifierKey>,
        /// How the checks are printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
    /// Check a copy of the log of receipts: signature, every file, and that it only grew.
    Log {
        /// Its folder.
        folder: PathBuf,
        /// The published verifier key.
        #[arg(long, value_parser = log_key)]
        key: VerifierKey,
        /// A checkpoint of this log that was kept earlier.
        #[arg(long)]
        earlier: Option<PathBuf>,
        /// The verifier key of a witness that must have signed too; may be given several times.
        #[arg(long = "witness", value_parser = witness_key)]
        witnesses: Vec<VerifierKey>,
        /// How the checks are printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
}

/// Prints every check; exit code 3 if one does not hold.
pub(super) fn run(command: Verify) -> anyhow::Result<()> {
    match command {
        Verify::Receipt { file, key, proof, log, witnesses, format } => {
            let (copy, carried) = copy(&read(&file)?)?;
            let proof = match proof {
                Some(path) => Some(parsed(LogProof::parse(&read(&path)?))?),
                None => carried,
            };
            let evidence = match (&proof, &log) {
                (_, Some(folder)) => Evidence::Folder(folder),
                (Some(proof), None) => Evidence::Proof(proof),
                (None, None) => Evidence::None,
            };
            show(&check_copy(&copy, key.as_ref(), evidence, &witnesses), format)
        }
        Verify::Log { folder, key, earlier, witnesses, format } => {
            let earlier = match earlier {
                Some(path) => Some(parsed(Note::parse(&read(&path)?))?),
                None => None,
            };
            show(&check_log(&folder, &key, earlier.as_ref(), &witnesses), format)
        }
    }
}

/// A copy on its own, or inside of a proof.
fn copy(bytes: &[u8]) -> anyhow::Result<(SubjectCopy, Option<LogProof>)> {
    if !bytes.starts_with(b"c2sp.org/tlog-proof") {
        return Ok((parsed(SubjectCopy::parse(bytes))?, None));
    }
    let proof = parsed(LogProof::parse(bytes))?;
    let carried =
        proof.extra.as_deref().context("the proof carries no receipt: give the receipt, and this as --proof")?;
    Ok((parsed(SubjectCopy::parse(carried))?, Some(proof)))
}

/// What is there and is not what it should be is a finding.
fn parsed<T, E: std::error::Error>(outcome: Result<T, E>) -> anyhow::Result<T> {
    outcome.map_err(|error| Exit::Findings(error.to_string()).into())
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).context("a file that was named cannot be read")?;
    file.take(MOST_PROOF_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn log_key(text: &str) -> Result<VerifierKey, String> {
    of_kind(text, KeyKind::Log, "this is the key of a witness, not of a log")
}

fn witness_key(text: &str) -> Result<VerifierKey, String> {
    of_kind(text, KeyKind::Witness, "this is the key of a log, not of a witness")
}

fn of_kind(text: &str, kind: KeyKind, otherwise: &str) -> Result<VerifierKey, String> {
    let key: VerifierKey = text.parse().map_err(|error| format!("{error}"))?;
    if key.kind() == kind { Ok(key) } else { Err(otherwise.to_owned()) }
}

fn show(checks: &[Check], format: output::Format) -> anyhow::Result<()> {
    let state = |check: &Check| match check.outcome {
        Outcome::Holds => "ok",
        Outcome::Fails => "look",
        Outcome::Open => "open",
    };
    let row = |check: &Check| vec![state(check).to_owned(), check.what.to_owned(), check.remark.clone()];
    let rows: Vec<_> = checks.iter().map(row).collect();
    match format {
        output::Format::Table => output::table(&["", "check", "remark"], &rows),
        output::Format::Csv => output::csv(&["state", "check", "remark"], &rows),
        output::Format::Json => {
            let ok = |check: &Check| (check.outcome != Outcome::Open).then_some(check.outcome == Outcome::Holds);
            let one = |check: &Check| json!({ "check": check.what, "ok": ok(check), "remark": check.remark });
            output::data(serde_json::to_string_pretty(&checks.iter().map(one).collect::<Vec<_>>())?);
        }
    }
    match checks.iter().filter(|check| check.outcome == Outcome::Fails).count() {
        0 => Ok(()),
        wrong => Err(Exit::Findings(format!("{wrong} of {} checks do not hold", checks.len())).into()),
    }
}
