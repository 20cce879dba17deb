//! `outis items`: the catalogue of a running server.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::{Args, Subcommand};
use http::{Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::Exit;
use crate::config::Config;
use crate::{client, output};

#[derive(Debug, Subcommand)]
pub(crate) enum Items {
    /// Add items, or put them in the place of those with the same ids. Exit code 5 if lines were refused.
    Import {
        #[command(flatten)]
        of: Of,
        /// A file with an item a line (NDJSON), or - for standard input; at most 256 MiB.
        file: PathBuf,
    },
    /// List items, or find some by words.
    List {
        #[command(flatten)]
        of: Of,
        /// Words of title, tags, kind or id.
        query: Option<String>,
        /// Only what has this tag or one below it.
        #[arg(long)]
        tag: Option<String>,
        /// Most items.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
        limit: u32,
        /// How items are printed; `json` is a line each, as `import` takes them.
        #[arg(long, value_enum, default_value_t)]
        format: output::Format,
    },
    /// Delete an item.
    Delete {
        #[command(flatten)]
        of: Of,
        /// Its id.
        id: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Of {
    /// The site.
    site: String,
    /// A token with the scope `items` (`outis token create --scope items`); else the environment's OUTIS_TOKEN.
    #[arg(long)]
    token: Option<String>,
}

impl Of {
    fn request(&self, method: &str, path: &str, query: &[(&str, String)]) -> anyhow::Result<http::request::Builder> {
        let token = self.token.clone().or_else(|| std::env::var("OUTIS_TOKEN").ok());
        let token = token.context("a token is needed: `outis token create --scope items` makes one")?;
        let mut at = format!("{path}?site={}", encoded(&self.site));
        for (name, value) in query {
            at.push_str(&format!("&{name}={}", encoded(value)));
        }
        Ok(Request::builder().method(method).uri(at).header("authorization", format!("Bearer {token}")))
    }
}

fn encoded(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, NON_ALPHANUMERIC)
}

pub(super) async fn run(command: Items, config: &Config) -> anyhow::Result<()> {
    match command {
        Items::Import { of, file } => import(config, &of, &file).await,
        Items::List { of, query, tag, limit, format } => {
            let mut wanted = vec![("limit", limit.to_string())];
            wanted.extend(query.map(|query| ("q", query)));
            wanted.extend(tag.map(|tag| ("tag", tag)));
            list(&answer(config, of.request("GET", "/api/v1/items", &wanted)?, Bytes::new()).await?, format)
        }
        Items::Delete { of, id } => {
            let request = of.request("DELETE", &format!("/api/v1/items/{}", encoded(&id)), &[])?;
            answer(config, request, Bytes::new()).await?;
            output::remark("deleted");
            Ok(())
        }
    }
}

async fn answer(config: &Config, request: http::request::Builder, body: Bytes) -> anyhow::Result<Value> {
    let (parts, body) = client::send(config, request, body).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if !parts.status.is_success() {
        bail!("{}", answer["error"]["message"].as_str().unwrap_or("the server gave no reason"));
    }
    if parts.status != StatusCode::NO_CONTENT && answer.is_null() {
        bail!("the server's answer is no JSON");
    }
    Ok(answer)
}

async fn import(config: &Config, of: &Of, file: &Path) -> anyhow::Result<()> {
    let request = of.request("POST", "/api/v1/items", &[])?.header("content-type", "application/x-ndjson");
    let report = answer(config, request, read(file)?).await?;
    for reason in report["reasons"].as_array().into_iter().flatten() {
        output::remark(format!("line {}: {}", reason["line"], reason["message"].as_str().unwrap_or_default()));
    }
    let (taken, refused) = (&report["taken"], report["refused"].as_u64().unwrap_or(0));
    output::remark(format!("items taken: {taken}, lines refused: {refused}"));
    if refused > 0 {
        return Err(Exit::Partial(format!("lines that were refused: {refused}")).into());
    }
    Ok(())
}

/// Most bytes that the server takes at once.
const MOST_BYTES: u64 = 256 * 1024 * 1024;

fn read(file: &Path) -> anyhow::Result<Bytes> {
    use std::io::Read;
    let mut bytes = Vec::new();
    let most = MOST_BYTES + 1;
    if file == Path::new("-") {
        std::io::stdin().take(most).read_to_end(&mut bytes)?;
    } else {
        let opened = std::fs::File::open(file).with_context(|| format!("{}", file.display()))?;
        opened.take(most).read_to_end(&mut bytes)?;
    }
    if bytes.len() as u64 > MOST_BYTES {
        bail!("an upload has at most 256 MiB: split the file");
    }
    Ok(bytes.into())
}

fn list(page: &Value, format: output::Format) -> anyhow::Result<()> {
    let items = page["items"].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let tags = |item: &Value| item["tags"].as_array().map(|tags| tags.iter().map(text).collect::<Vec<_>>().join(" "));
    let header = ["id", "title", "kind", "language", "tags", "hidden"];
    let row = |item: &Value| {
        let hidden = if item["hidden"] == true { "yes" } else { "" };
        let [id, title, kind, language] = ["id", "title", "kind", "language"].map(|key| text(&item[key]));
        vec![id, title, kind, language, tags(item).unwrap_or_default(), hidden.to_owned()]
    };
    let rows: Vec<Vec<String>> = items.iter().map(row).collect();
    match format {
        output::Format::Json => items.iter().for_each(|item| output::data(item.to_string())),
        output::Format::Csv => output::csv(&header, &rows),
        output::Format::Table => output::table(&header, &rows),
    }
    output::remark(format!("{} of {}", items.len(), page["total"]));
    Ok(())
}
