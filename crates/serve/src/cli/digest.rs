//! `outis digest`: a member's list as a message.

use std::io::Read;

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::Args;
use http::{Request, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use crate::config::Config;
use crate::digest::{Base, Cover, Form, HideUrl, Language, render};
use crate::{client, output};

/// Longest input: a list of a hundred items.
const MAX_BYTES: u64 = 1 << 20;

#[derive(Debug, Args)]
pub(crate) struct Digest {
    /// The site.
    site: String,
    /// Read a list (`{"items": [..]}`, as the interface gives it) from standard input, instead of a member's id, whose list is
    /// fetched from the running server.
    #[arg(long)]
    list: bool,
    /// How it is written.
    #[arg(long, value_enum, default_value = "html")]
    format: Form,
    /// Where the application takes "not interested": an address with `{item}` for the item's id.
    #[arg(long)]
    hide_url: HideUrl,
    /// What addresses of items are relative to. Default: https://SITE/.
    #[arg(long)]
    base_url: Option<Base>,
    /// The placement whose rules are used.
    #[arg(long)]
    placement: Option<String>,
    /// Most items.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=100))]
    limit: u32,
    /// The heading.
    #[arg(long)]
    title: Option<String>,
    #[arg(long, value_enum, default_value = "en")]
    language: Language,
    /// A token with the scope `people` (`outis token create`); else the environment's OUTIS_TOKEN.
    #[arg(long)]
    token: Option<String>,
}

/// The member's id comes by standard input, as everywhere: arguments of a command are there for all to see.
pub(super) async fn run(digest: Digest, config: &Config) -> anyhow::Result<()> {
    let mut input = String::new();
    std::io::stdin().take(MAX_BYTES).read_to_string(&mut input)?;
    let list = match digest.list {
        true => serde_json::from_str(&input).ok().context("standard input is no JSON")?,
        false => fetch(&digest, input.trim_end_matches(['\r', '\n']), config).await?,
    };
    let base = match digest.base_url {
        Some(base) => base,
        None => format!("https://{}/", digest.site).parse().map_err(anyhow::Error::msg).context("--base-url")?,
    };
    let cover = Cover { title: digest.title, language: digest.language, base, hide: digest.hide_url };
    output::data(render(list, &cover, digest.format)?.trim_end());
    Ok(())
}

async fn fetch(digest: &Digest, member: &str, config: &Config) -> anyhow::Result<Value> {
    if member.is_empty() {
        bail!("no member's id on standard input");
    }
    let token = digest.token.clone().or_else(|| std::env::var("OUTIS_TOKEN").ok());
    let token = token.context("a token is needed: `outis token create` makes one, OUTIS_TOKEN or --token gives it")?;
    let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut path = format!(
        "/api/v1/people/{}/recommendations?site={}&limit={}",
        encoded(member),
        encoded(&digest.site),
        digest.limit
    );
    if let Some(placement) = &digest.placement {
        path.push_str(&format!("&placement={}", encoded(placement)));
    }
    let request = Request::get(path).header("authorization", format!("Bearer {token}"));
    let (parts, body) = client::send(config, request, Bytes::new()).await?;
    let answer: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
    if parts.status != StatusCode::OK {
        bail!("{}", answer["error"]["message"].as_str().unwrap_or("the server gave no reason"));
    }
    Ok(answer)
}
