//! Measures Outis: `rows` writes the rows peers load, `questions` asks them of the warehouse, `ingest` loads a server.

mod generate;
mod ingest;
mod machine;
mod peers_files;
mod questions;
mod store;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Parser;
use serde_json::Value;

/// Measures Outis. Each command writes what it found as JSON.
#[derive(Debug, Parser)]
enum Command {
    /// Write generated rows as plain Parquet files, for peers.
    Rows {
        /// About how many.
        rows: u64,
        /// Folder for the files.
        dir: PathBuf,
    },
    /// Load the same rows into a warehouse and ask it the questions.
    Questions {
        /// About how many rows.
        rows: u64,
        /// Folder for the warehouse; emptied first.
        dir: PathBuf,
        /// Where the result goes.
        out: PathBuf,
        /// Warm runs of each question.
        #[arg(long, default_value_t = 5)]
        runs: usize,
        /// Ask a warehouse that is there already.
        #[arg(long)]
        keep: bool,
        /// Only this question.
        #[arg(long)]
        only: Option<String>,
    },
    /// Start a server and send it events over TLS.
    Ingest {
        /// The `outis` binary.
        binary: PathBuf,
        /// Where the result goes.
        out: PathBuf,
        /// Seconds of each load.
        #[arg(long, default_value_t = 10)]
        seconds: u64,
    },
}

fn main() -> anyhow::Result<()> {
    let command = Command::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Rows { rows, dir } => peers_files::write(rows, &dir),
            Command::Questions { rows, dir, out, runs, keep, only } => {
                let asked = questions::Asked { rows, runs, keep, only };
                write(&out, &questions::run(&dir, &asked).await?)
            }
            Command::Ingest { binary, out, seconds } => write(&out, &ingest::run(&binary, seconds).await?),
        }
    })
}

fn write(out: &Path, result: &Value) -> anyhow::Result<()> {
    std::fs::write(out, serde_json::to_string_pretty(result)?).with_context(|| format!("{}", out.display()))
}

/// Tells the person at the terminal how far it is.
#[expect(clippy::print_stderr, reason = "progress is for the person at the terminal")]
fn tell(what: impl std::fmt::Display) {
    eprintln!("{what}");
}
