//! `outis forget`: has a running server forget a member.

use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use http::StatusCode;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::config::Config;
use crate::{client, output};

/// Reads the application's id of the member from standard input, so that it stands in no list of processes.
#[derive(Debug, Args)]
pub(crate) struct Forget {
    /// The site.
    site: String,
    /// What becomes of rows: `fold` counts those of open days among enough people first, `delete` does not.
    #[arg(long, value_enum, default_value_t)]
    mode: ModeName,
    /// Where the receipt is written; else it is printed. There is no other copy.
    #[arg(long)]
    receipt: Option<PathBuf>,
    /// A token with the scope `people` (`outis token create --scope people`); else the environment's OUTIS_TOKEN.
    #[arg(long)]
    token: Option<String>,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum ModeName {
    #[default]
    Fold,
    Delete,
}

pub(super) async fn run(forget: Forget, config: &Config) -> anyhow::Result<()> {
    let token = forget.token.clone().or_else(|| std::env::var("OUTIS_TOKEN").ok());
    let token = token.context("a token is needed: `outis token create --scope people` makes one")?;
    let mut id = String::new();
    std::io::stdin().take(1024).read_to_string(&mut id)?;
    let id = id.trim_end_matches(['\r', '\n']);
    if id.is_empty() {
        bail!("no id on standard input: give the application's id of the member there");
    }
    let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
    let site = utf8_percent_encode(&forget.site, NON_ALPHANUMERIC);
    let path = format!("/api/v1/people/{id}/forget?site={site}");
    let mode = match forget.mode {
        ModeName::Fold => "fold",
        ModeName::Delete => "delete",
    };
    let (status, answer) = client::post(config, &path, Some(&token), &json!({ "mode": mode })).await?;
    if status != StatusCode::OK {
        bail!("{}", answer["error"]["message"].as_str().unwrap_or("the server gave no reason"));
    }
    output::remark("forgotten, if there was such a member; hidden rows are rewritten away within a day");
    match (&answer["receipt"], &forget.receipt) {
        (serde_json::Value::Null, _) => bail!("no receipt could be made; the server's log says so"),
        (receipt, Some(file)) => std::fs::write(file, receipt.to_string()).context("the receipt"),
        (receipt, None) => {
            output::data(receipt.to_string());
            Ok(())
        }
    }
}
