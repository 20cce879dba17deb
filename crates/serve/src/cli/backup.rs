//! `outis backup` and `outis restore`.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::{Args, Subcommand};
use http::Request;
use jiff::Timestamp;

use super::{Exit, doctor};
use crate::backup::{self, Answer, Checked, Listed, Made, Order, Proof, Restored, Task};
use crate::config::Config;
use crate::told::COMMAND_HEADER;
use crate::{client, output};

/// Makes a backup, beside the running server or without one. It never holds the slot, and opens only with the keys that
/// exist when it is opened.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct Backup {
    /// The folder of backups: empty, or with earlier ones, to which only what is new is added.
    #[arg(required = true)]
    dir: Option<PathBuf>,
    /// How the outcome is printed.
    #[arg(long, value_enum, default_value_t)]
    format: output::Format,
    #[command(subcommand)]
    command: Option<BackupCommand>,
}

#[derive(Debug, Subcommand)]
enum BackupCommand {
    /// Say which backups there are.
    List {
        /// The folder of backups.
        dir: PathBuf,
        /// How they are printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
    /// Open every byte of every backup under the present keys; exit code 3 if something is damaged.
    Check {
        /// The folder of backups.
        dir: PathBuf,
        /// How the outcome is printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
    /// Remove old backups: first their keys, so that no copy of them opens any more.
    Prune {
        /// The folder of backups.
        dir: PathBuf,
        /// How many of the newest stay.
        #[arg(long)]
        keep: usize,
    },
}

/// Puts a backup into an empty data folder, with the slot where it is and the present key tree. What was destroyed since
/// the backup was made does not come back.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The folder of backups.
    dir: PathBuf,
    /// Which backup (`outis backup list`); the newest if it is not said.
    #[arg(long)]
    backup: Option<String>,
    /// The newest copy of the key tree; else `keys` in the data folder, keys.mirror_dir, or the copy beside the backups.
    #[arg(long)]
    tree: Option<PathBuf>,
    /// How the outcome is printed.
    #[arg(long, value_enum, default_value_t)]
    format: output::Format,
}

pub(super) async fn run(command: Backup, config: &Config) -> anyhow::Result<()> {
    match (command.command, command.dir) {
        (Some(BackupCommand::List { dir, format }), _) => match ask(config, &dir, Task::List).await? {
            Answer::Listed(list) => listed(&list, format),
            _ => bail!(OTHER),
        },
        (Some(BackupCommand::Check { dir, format }), _) => match ask(config, &dir, Task::Check).await? {
            Answer::Checked(found) => checked(&found, format),
            _ => bail!(OTHER),
        },
        (Some(BackupCommand::Prune { dir, keep }), _) => match ask(config, &dir, Task::Prune { keep }).await? {
            Answer::Pruned(pruned) => {
                output::remark(format!("{} removed, {} kept", pruned.removed.len(), pruned.kept.len()));
                Ok(())
            }
            _ => bail!(OTHER),
        },
        (None, Some(dir)) => match ask(config, &dir, Task::Make).await? {
            Answer::Made(told) => made(&told, command.format),
            _ => bail!(OTHER),
        },
        (None, None) => bail!("give the folder of backups"),
    }
}

const OTHER: &str = "the server is of another version";

/// Asks the running server, which has the keys; does it here if none runs.
async fn ask(config: &Config, dir: &Path, task: Task) -> anyhow::Result<Answer> {
    let dir = std::path::absolute(dir)?;
    if !matches!(task, Task::Make) && !dir.is_dir() {
        bail!("there is no folder {}", dir.display());
    }
    if !doctor::is_running(config).await {
        return backup::answer_without(config, &dir, task).await;
    }
    let proof = Proof::leave(&dir)?;
    let order = Order { task, dir, asked: proof.asked.clone() };
    let request = Request::post("/backup").header("content-type", "application/json").header(COMMAND_HEADER, "backup");
    let body = Bytes::from(serde_json::to_vec(&order)?);
    let (parts, answer) = client::send_admin_body(config, request, body).await?;
    if !parts.status.is_success() {
        bail!("the server answered {}: {}", parts.status, String::from_utf8_lossy(&answer).trim_end());
    }
    match serde_json::from_slice(&answer).context(OTHER)? {
        Answer::Failed(why) => bail!(why),
        told => Ok(told),
    }
}

fn time(seconds: Option<i64>) -> String {
    let at = seconds.and_then(|s| Timestamp::from_second(s).ok());
    at.map_or_else(|| "does not open".to_owned(), |at| at.to_string())
}

fn made(told: &Made, format: output::Format) -> anyhow::Result<()> {
    let row = [&told.id, &told.files.to_string(), &told.new_files.to_string(), &told.new_bytes.to_string()];
    rows(&["backup", "files", "new_files", "new_bytes"], &[row.map(Clone::clone).to_vec()], told, format)?;
    told.doubts.iter().for_each(|doubt| output::remark(format!("doubtful: {doubt}")));
    Ok(())
}

fn listed(list: &[Listed], format: output::Format) -> anyhow::Result<()> {
    let row = |of: &Listed| {
        let version = of.version.clone().unwrap_or_default();
        vec![of.id.clone(), time(of.made_s), version, of.files.to_string(), of.bytes.to_string()]
    };
    let all: Vec<_> = list.iter().map(row).collect();
    rows(&["backup", "made", "version", "files", "bytes"], &all, &list, format)
}

fn checked(found: &Checked, format: output::Format) -> anyhow::Result<()> {
    let number = |n: usize| n.to_string();
    let all: Vec<_> = found
        .backups
        .iter()
        .map(|of| vec![of.id.clone(), time(of.made_s), number(of.open), number(of.replaced), number(of.damaged)])
        .collect();
    rows(&["backup", "made", "open", "replaced", "damaged"], &all, found, format)?;
    found.doubts.iter().for_each(|doubt| output::remark(format!("doubtful: {doubt}")));
    match found.backups.iter().map(|of| of.damaged).sum::<usize>() {
        0 => Ok(()),
        damaged => Err(Exit::Findings(format!("{damaged} files are damaged or missing")).into()),
    }
}

fn rows(
    header: &[&str],
    rows: &[Vec<String>],
    json: &impl serde::Serialize,
    format: output::Format,
) -> anyhow::Result<()> {
    match format {
        output::Format::Table => output::table(header, rows),
        output::Format::Csv => output::csv(header, rows),
        output::Format::Json => output::data(serde_json::to_string_pretty(json)?),
    }
    Ok(())
}

/// Puts a backup back; exit code 5 if something is missing that the backup should have.
pub(super) async fn restore(command: Restore, config: &Config) -> anyhow::Result<()> {
    if doctor::is_running(config).await {
        bail!("a server is running: stop it first");
    }
    let order = backup::Restore { dir: &command.dir, id: command.backup.as_deref(), tree: command.tree.as_deref() };
    let told: Restored = backup::restore(config, &order).await?;
    let row = vec![told.id.clone(), time(Some(told.made_s)), told.files.to_string(), told.members.to_string()];
    rows(&["backup", "made", "files", "members"], &[row], &told, command.format)?;
    told.remarks.iter().for_each(output::remark);
    output::remark("from the first start on, what is not in this backup cannot be put back from any other either");
    if told.damaged > 0 {
        return Err(Exit::Partial(format!("{} files are missing", told.damaged)).into());
    }
    Ok(())
}
