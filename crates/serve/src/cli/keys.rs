//! `outis keys`: what is in the key tree, its rotation, and what is doubtful about it.

use anyhow::{Context, bail};
use clap::Subcommand;
use http::Request;
use jiff::Timestamp;

use super::{Exit, doctor};
use crate::config::Config;
use crate::core::open_tree;
use crate::told::{COMMAND_HEADER, KeysTold};
use crate::{client, output};

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// How many keys of which purpose there are, and how old they are.
    List {
        /// How they are printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
    /// Write every level of the tree and its root anew under fresh keys, while the server runs or not.
    Rotate {
        /// How the outcome is printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
    /// Whether the tree opens, what holds its root, and what is doubtful; exit code 3 if something is.
    Check {
        /// How it is printed.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
}

/// Asks the running server, which has the tree; opens the tree if none runs.
pub(super) async fn run(command: Keys, config: &Config) -> anyhow::Result<()> {
    match command {
        Keys::List { format } => list(&told(config).await?, format),
        Keys::Rotate { format } => {
            let told = rotate(config).await?;
            output::remark("every level of the key tree is under fresh keys");
            summary(&told, format)
        }
        Keys::Check { format } => check(config, format).await,
    }
}

async fn told(config: &Config) -> anyhow::Result<KeysTold> {
    if doctor::is_running(config).await {
        return ask(config, Request::get("/keys")).await;
    }
    must_exist(config)?;
    Ok(KeysTold::of(&open_tree(config).context("the key tree")?.state(), config))
}

async fn rotate(config: &Config) -> anyhow::Result<KeysTold> {
    if doctor::is_running(config).await {
        return ask(config, Request::post("/keys/rotate").header(COMMAND_HEADER, "rotate")).await;
    }
    must_exist(config)?;
    let tree = open_tree(config).context("the key tree")?;
    tree.rotate().await.context("the key tree could not be rotated")?;
    Ok(KeysTold::of(&tree.state(), config))
}

async fn ask(config: &Config, request: http::request::Builder) -> anyhow::Result<KeysTold> {
    let (parts, body) = client::send_admin(config, request).await?;
    if !parts.status.is_success() {
        bail!("the server answered {}: {}", parts.status, String::from_utf8_lossy(&body).trim_end());
    }
    serde_json::from_slice(&body).context("the server is of another version")
}

/// A command that looks makes no tree.
fn must_exist(config: &Config) -> anyhow::Result<()> {
    if !config.data_dir.join("keys").exists() {
        bail!("there is no key tree in {}: the first start makes it", config.data_dir.display());
    }
    Ok(())
}

fn list(told: &KeysTold, format: output::Format) -> anyhow::Result<()> {
    let days = |days: Option<u16>| days.map_or_else(|| "-".to_owned(), |days| days.to_string());
    let rows: Vec<_> = told
        .purposes
        .iter()
        .map(|of| vec![of.purpose.clone(), of.keys.to_string(), days(of.oldest_days), days(of.youngest_days)])
        .collect();
    let header = ["purpose", "keys", "oldest_days", "youngest_days"];
    match format {
        output::Format::Table => output::table(&header, &rows),
        output::Format::Csv => output::csv(&header, &rows),
        output::Format::Json => output::data(serde_json::to_string_pretty(&told.purposes)?),
    }
    Ok(())
}

fn summary(told: &KeysTold, format: output::Format) -> anyhow::Result<()> {
    if format == output::Format::Json {
        output::data(serde_json::to_string_pretty(told)?);
        return Ok(());
    }
    let at = told.replaced_s.and_then(|s| Timestamp::from_second(i64::try_from(s).ok()?).ok());
    let keys: usize = told.purposes.iter().map(|of| of.keys).sum();
    let mut rows: Vec<Vec<String>> = [
        ("provider", told.provider.clone()),
        ("epoch", told.epoch.to_string()),
        ("replaced", at.map_or_else(|| "not known".to_owned(), |at| at.to_string())),
        ("keys", keys.to_string()),
        ("retired", told.retired.to_string()),
        ("escrow window", format!("{} s", told.escrow_window_s)),
    ]
    .map(|(what, value)| vec![what.to_owned(), value])
    .into();
    rows.extend(told.doubts.iter().map(|doubt| vec!["doubt".to_owned(), doubt.clone()]));
    match format {
        output::Format::Csv => output::csv(&["what", "value"], &rows),
        _ => output::table(&["what", "value"], &rows),
    }
    Ok(())
}

async fn check(config: &Config, format: output::Format) -> anyhow::Result<()> {
    let told = match told(config).await {
        Ok(told) => told,
        Err(error) => return Err(Exit::Findings(format!("the key tree does not open: {error:#}")).into()),
    };
    summary(&told, format)?;
    match told.doubts.len() {
        0 => Ok(()),
        doubts => Err(Exit::Findings(format!("{doubts} doubts about the key tree")).into()),
    }
}
