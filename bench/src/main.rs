//! Measures Outis: `rows` writes the rows peers load, `questions` asks them of the warehouse, `ingest` loads a server,
//! `members` and `forget` have members come and forgotten, `lists` asks for lists and intents.

mod forget;
mod generate;
mod ingest;
mod lists;
mod machine;
mod members;
mod page;
mod peers_files;
mod questions;
mod store;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Parser, Subcommand};
use serde_json::Value;

/// As in the server: memory is wiped when it is given back.
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> = zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// Measures Outis.
#[derive(Debug, Parser)]
struct Bench {
    /// The first day of the rows, in days since 1970.
    #[arg(long, global = true)]
    first_day: Option<i32>,
    #[command(subcommand)]
    command: Command,
}

/// Each command writes what it found as JSON.
#[derive(Debug, Subcommand)]
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
    /// Serve a folder that `questions` has loaded, and load the dashboard's first page.
    Page {
        /// The `outis` binary.
        binary: PathBuf,
        /// The folder.
        dir: PathBuf,
        /// Where the result goes.
        out: PathBuf,
        /// How often the page is loaded each way.
        #[arg(long, default_value_t = 40)]
        loads: usize,
        /// The folder was measured before: its sites are registered.
        #[arg(long)]
        again: bool,
    },
    /// Load rows, a tenth of them of members, and forget a thousand of these.
    Forget {
        /// About how many rows.
        rows: u64,
        /// Folder for the warehouse; emptied first.
        dir: PathBuf,
        /// Where the result goes.
        out: PathBuf,
        /// Use a warehouse that is there already.
        #[arg(long)]
        keep: bool,
        /// Which thousand is forgotten: of a warehouse that is kept, each once.
        #[arg(long, default_value_t = 0)]
        turn: u32,
        /// Load it, and forget nobody.
        #[arg(long, conflicts_with = "keep")]
        load: bool,
    },
    /// Start a server to which members come, and have some forgotten beside full ingest.
    Members {
        /// The `outis` binary.
        binary: PathBuf,
        /// Where the result goes.
        out: PathBuf,
        /// How many come.
        #[arg(long, default_value_t = 100_000)]
        members: u64,
        /// Seconds of each load.
        #[arg(long, default_value_t = 60)]
        seconds: u64,
    },
    /// Start a server with items, members and intents, and ask it for lists and for what texts mean.
    Lists {
        /// The `outis` binary.
        binary: PathBuf,
        /// Where the result goes.
        out: PathBuf,
        /// Items of the catalogue.
        #[arg(long, default_value_t = 20_000)]
        items: u64,
        /// Members who like some.
        #[arg(long, default_value_t = 2_000)]
        members: u64,
        /// How often each is asked.
        #[arg(long, default_value_t = 2_000)]
        asks: u64,
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
    let Bench { first_day, command } = Bench::parse();
    first_day.map(outis_event::Day).into_iter().for_each(generate::begin_on);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(async {
        match command {
            Command::Rows { rows, dir } => peers_files::write(rows, &dir),
            Command::Questions { rows, dir, out, runs, keep, only } => {
                let asked = questions::Asked { rows, runs, keep, only };
                write(&out, &questions::run(&dir, &asked).await?)
            }
            Command::Page { binary, dir, out, loads, again } => {
                write(&out, &page::run(&binary, &dir, loads, again).await?)
            }
            Command::Forget { rows, dir, load: true, .. } => forget::load(&dir, rows).await,
            Command::Forget { rows, dir, out, keep, turn, .. } => {
                write(&out, &forget::run(&dir, rows, keep, turn).await?)
            }
            Command::Members { binary, out, members, seconds } => {
                write(&out, &members::run(&binary, members, seconds).await?)
            }
            Command::Lists { binary, out, items, members, asks } => {
                write(&out, &lists::run(&binary, items, members, asks).await?)
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
