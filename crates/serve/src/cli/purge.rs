//! `outis purge`: has a running server take captured mistakes out of everything that is stored.

use std::io::Read;

use anyhow::{Context, bail};
use clap::Args;
use http::{Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Exit;
use crate::config::Config;
use crate::core::purges::What;
use crate::{client, output};

/// How long between two looks at a purge that takes long.
const STEP: std::time::Duration = std::time::Duration::from_secs(2);

/// Takes out one of a word, a property and an item; or events, by one or several of event, page, channel and days. With
/// `-` the text is read from standard input, so that it stands in no list of processes. See what it would do with
/// `--dry-run` first: it can not be undone.
#[derive(Debug, Args)]
pub(crate) struct Purge {
    /// The site.
    site: String,
    /// A word, exactly as it is shown: rows and counts stay, as `(rare)` or as the page above.
    #[arg(long)]
    word: Option<String>,
    /// Where the word is, such as page, source, tag or prop:NAME; without it, wherever it is known.
    #[arg(long)]
    dimension: Option<String>,
    /// A property, with all its values.
    #[arg(long)]
    property: Option<String>,
    /// An item.
    #[arg(long)]
    item: Option<String>,
    /// Events of this name.
    #[arg(long)]
    event: Option<String>,
    /// Events on these pages, such as /reset/**.
    #[arg(long)]
    page: Option<String>,
    /// Events of visits that came by this channel.
    #[arg(long)]
    channel: Option<String>,
    /// The first day, such as 2026-11-24.
    #[arg(long)]
    from: Option<String>,
    /// The last day.
    #[arg(long)]
    to: Option<String>,
    /// Only tell what would be done.
    #[arg(long)]
    dry_run: bool,
    /// List the purges of the site instead.
    #[arg(long, conflicts_with_all = ["word", "property", "item", "event", "page", "channel", "from", "to", "dry_run"])]
    list: bool,
    /// How it is printed.
    #[arg(long, value_enum, default_value_t)]
    format: output::Format,
    /// A token with the scope `sites` (`outis token create --scope sites`); else the environment's OUTIS_TOKEN.
    #[arg(long)]
    token: Option<String>,
}

pub(super) async fn run(purge: Purge, config: &Config) -> anyhow::Result<()> {
    let token = purge.token.clone().or_else(|| std::env::var("OUTIS_TOKEN").ok());
    let token = token.context("a token is needed: `outis token create --scope sites` makes one")?;
    if purge.list {
        return list(&listed(config, &token, &purge.site).await?, purge.format);
    }
    let body = json!({ "site": purge.site, "what": what(&purge)?, "dry_run": purge.dry_run });
    let (status, mut answer) = client::post(config, "/api/v1/purges", Some(&token), &body).await?;
    if !status.is_success() {
        bail!("{}", answer["error"]["message"].as_str().unwrap_or("the server gave no reason"));
    }
    if status == StatusCode::ACCEPTED {
        output::remark("it takes long; it goes on by itself, whether this command is ended or not");
        wait(config, &token, &purge.site, &mut answer).await?;
    }
    print(&answer, purge.format)?;
    let named = |key: &str| answer[key].as_array().map_or(0, Vec::len);
    match (named("plan"), named("definitions")) {
        (0, 0) => Ok(()),
        (plan, saved) => {
            let found = format!("it is still named in {plan} places of the plan and {saved} saved definitions");
            Err(Exit::Findings(found).into())
        }
    }
}

/// What is asked for; at most one text comes from standard input.
fn what(purge: &Purge) -> anyhow::Result<What> {
    let mut what = What {
        word: purge.word.clone(),
        dimension: purge.dimension.clone(),
        property: purge.property.clone(),
        item: purge.item.clone(),
        event: purge.event.clone(),
        page: purge.page.clone(),
        channel: purge.channel.clone(),
        from: purge.from.clone(),
        to: purge.to.clone(),
    };
    let texts = [&mut what.word, &mut what.property, &mut what.item, &mut what.event, &mut what.page];
    if let Some(text) = texts.into_iter().flatten().find(|text| *text == "-") {
        let mut read = String::new();
        std::io::stdin().take(1024).read_to_string(&mut read)?;
        *text = read.trim_end_matches(['\r', '\n']).to_owned();
        if text.is_empty() {
            bail!("no text on standard input");
        }
    }
    Ok(what)
}

async fn listed(config: &Config, token: &str, site: &str) -> anyhow::Result<Vec<Value>> {
    let path = format!("/api/v1/purges?site={}", utf8_percent_encode(site, NON_ALPHANUMERIC));
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    let (parts, body) = client::send(config, request, bytes::Bytes::new()).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if !parts.status.is_success() {
        bail!("{}", answer["error"]["message"].as_str().unwrap_or("the server gave no reason"));
    }
    Ok(answer["purges"].as_array().cloned().unwrap_or_default())
}

/// Waits until a purge is done, and takes over what was done.
async fn wait(config: &Config, token: &str, site: &str, answer: &mut Value) -> anyhow::Result<()> {
    loop {
        tokio::time::sleep(STEP).await;
        let all = listed(config, token, site).await?;
        let Some(mine) = all.iter().find(|one| one["id"] == answer["id"]) else { bail!("the purge is not listed") };
        if mine["state"] == "done" {
            for key in ["state", "words", "days", "cells", "spans_in_part"] {
                answer[key] = mine[key].clone();
            }
            return Ok(());
        }
    }
}

fn print(answer: &Value, format: output::Format) -> anyhow::Result<()> {
    if format == output::Format::Json {
        output::data(serde_json::to_string_pretty(answer)?);
        return Ok(());
    }
    let recent = &answer["recent"];
    let told = |key: &str| match (recent[key].as_u64(), recent["fewer_than"].as_u64()) {
        (Some(count), _) => count.to_string(),
        (None, Some(floor)) => format!("of fewer than {floor} people, or none"),
        (None, None) => "not told".to_owned(),
    };
    let mut rows = vec![
        vec!["state".to_owned(), text(&answer["state"])],
        vec!["kind".to_owned(), text(&answer["kind"])],
        vec!["words".to_owned(), text(&answer["words"])],
        vec!["recent events".to_owned(), told("events")],
        vec!["recent visitors".to_owned(), told("visitors")],
        vec!["days rewritten".to_owned(), answer["days"].as_u64().map_or("-".to_owned(), |days| days.to_string())],
        vec!["cells of history".to_owned(), text(&answer["cells"])],
        vec!["weeks and periods in part".to_owned(), text(&answer["spans_in_part"])],
    ];
    if answer["catalogue"] == true {
        rows.push(vec!["catalogue".to_owned(), "the item goes too".to_owned()]);
    }
    let list = |key: &str| answer[key].as_array().cloned().unwrap_or_default();
    rows.extend(list("plan").iter().map(|place| vec!["named in the plan".to_owned(), text(place)]));
    let saved = |one: &Value| vec![format!("named in {}", text(&one["kind"])), text(&one["name"])];
    rows.extend(list("definitions").iter().map(saved));
    match format {
        output::Format::Csv => output::csv(&["what", "value"], &rows),
        _ => output::table(&["what", "value"], &rows),
    }
    list("notes").iter().for_each(|note| output::remark(text(note)));
    Ok(())
}

fn list(purges: &[Value], format: output::Format) -> anyhow::Result<()> {
    if format == output::Format::Json {
        output::data(serde_json::to_string_pretty(purges)?);
        return Ok(());
    }
    let header = ["day", "kind", "state", "words", "days", "cells", "id"];
    let rows: Vec<_> = purges.iter().map(|one| header.map(|key| text(&one[key])).to_vec()).collect();
    match format {
        output::Format::Csv => output::csv(&header, &rows),
        _ => output::table(&header, &rows),
    }
    Ok(())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
