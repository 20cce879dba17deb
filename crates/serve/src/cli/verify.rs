//! `outis site verify`: does the running server take the site's events, and does a page have the snippet?

use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use http::{Request, StatusCode};
use outis_capture::VERIFICATION_AGENT;
use outis_event::{DropReason, Site};
use serde_json::json;

use super::Exit;
use crate::config::Config;
use crate::{client, output};

/// Largest page that is read.
const MAX_BYTES: u64 = 16 << 20;

/// Checks what can be checked from here; exit code 3 if something is wrong.
pub(super) async fn run(site: &Site, page: Option<PathBuf>, config: &Config) -> anyhow::Result<()> {
    let mut rows = vec![intake(site, config).await?];
    if let Some(page) = page {
        rows.extend(look(&read(&page)?, site, config));
    }
    let wrong = rows.iter().filter(|row| !row.good).count();
    let cells = rows.iter().map(|row| vec![row.state().to_owned(), row.what.to_owned(), row.remark.clone()]);
    output::table(&["", "check", "remark"], &cells.collect::<Vec<_>>());
    match wrong {
        0 => Ok(()),
        _ => Err(Exit::Findings(format!("{wrong} of {} checks found something", rows.len())).into()),
    }
}

struct Row {
    good: bool,
    what: &'static str,
    remark: String,
}

impl Row {
    fn new(good: bool, what: &'static str, remark: impl Into<String>) -> Row {
        Row { good, what, remark: remark.into() }
    }

    fn state(&self) -> &'static str {
        if self.good { "ok" } else { "look" }
    }
}

/// Sends an event that is recognised as a check and never stored.
async fn intake(site: &Site, config: &Config) -> anyhow::Result<Row> {
    const WHAT: &str = "the server takes events";
    let host = site.domain.split('/').next().unwrap_or_default();
    let body = json!({ "n": "pageview", "u": format!("https://{host}/"), "d": site.domain });
    let request = Request::post("/api/event").header("user-agent", VERIFICATION_AGENT);
    let request = request.header("content-type", "application/json");
    let (parts, _) = client::send(config, request, Bytes::from(serde_json::to_vec(&body)?)).await?;
    let reason = parts.headers.get("x-outis-reason").and_then(|value| value.to_str().ok()).unwrap_or("");
    if parts.status == StatusCode::ACCEPTED && reason == DropReason::Verification.key() {
        return Ok(Row::new(true, WHAT, "the check arrived, and was not stored"));
    }
    let known = DropReason::ALL.iter().find(|known| known.key() == reason);
    let means = known.map_or("no reason was given", |known| known.means());
    Ok(Row::new(false, WHAT, format!("answered {}: {means}", parts.status.as_u16())))
}

/// Looks for the snippet and for what often goes wrong with it.
fn look(page: &str, site: &Site, config: &Config) -> Vec<Row> {
    let server = config.public_address();
    let scripts = page.matches(&format!("{server}/js/outis")).count();
    let named = page.contains(&format!("data-site=\"{}\"", site.domain));
    let snippet = match (scripts, named) {
        (0, _) => Row::new(false, "the page has the snippet", "missing: `outis site snippet` prints it"),
        (1, true) => Row::new(true, "the page has the snippet", "once, with this site's name"),
        (1, false) => Row::new(false, "the page has the snippet", "with another site's name in data-site"),
        (n, _) => Row::new(false, "the page has the snippet", format!("{n} times: each visit would count {n} times")),
    };
    let mut rows = vec![snippet];
    if page.contains("http-equiv=\"Content-Security-Policy\"") && !page.contains(&server) {
        let remark = "the page's policy does not name the server: add it to script-src and connect-src";
        rows.push(Row::new(false, "the page's Content-Security-Policy allows it", remark));
    }
    rows
}

fn read(page: &Path) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    if page == Path::new("-") {
        std::io::stdin().take(MAX_BYTES).read_to_end(&mut bytes)?;
    } else {
        std::fs::File::open(page)?.take(MAX_BYTES).read_to_end(&mut bytes)?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
