//! Everything that is held about a member, for the member.

use axum::Json;
use axum::extract::{Query, State};
use axum::response::{Html, IntoResponse, Response};
use outis_anonymise::Shown;
use outis_people::Held;
use serde::{Deserialize, Serialize};

use super::Shared;
use super::whose::{Whose, failed};
use crate::api::error::ApiError;

/// What cannot be told, and why: a part of every export.
const NOT_TOLD: &[&str] = &[
    "What happened before you signed in, or while you were not: it is kept under numbers that nothing joins to you.",
    "What happened longer ago than rows are kept: only counts over many people are left of it, the same as of everyone.",
    "Exact times, addresses and devices: they were never stored.",
];

#[derive(Deserialize)]
pub(super) struct Form {
    /// `json` or `html`.
    #[serde(default)]
    format: Option<String>,
    #[serde(rename = "site")]
    _site: Option<String>,
}

/// An export.
#[derive(Serialize)]
struct Export {
    site: String,
    held: Held,
    /// What was stored of the member's activity and can still be told to be theirs.
    recent_activity: Vec<Activity>,
    /// Days that rows are kept.
    recent_days: u32,
    not_told: &'static [&'static str],
}

/// Something the member did: on a day, within a quarter of an hour.
#[derive(Serialize)]
struct Activity {
    day: String,
    about: String,
    #[serde(flatten)]
    shown: Shown,
}

pub(super) async fn get(
    State(core): State<Shared>,
    whose: Whose,
    Query(form): Query<Form>,
) -> Result<Response, ApiError> {
    let active = whose.member(&core).await?;
    let site = whose.site.site();
    let today = core.clock.now().day(&site.zone);
    let oldest = today.plus(-i32::try_from(site.policy.recent_days).unwrap_or(i32::MAX));
    let days = active.day_visitors(oldest, today).map_err(failed)?;
    let days: Vec<_> = days.iter().map(|at| (at.day, at.visitor)).collect();
    let rows = core.warehouse.rows_of_member(site.id, &days).await.map_err(anyhow::Error::from)?;
    let activity = |event: &outis_event::AnonymousEvent| {
        let at = event.slot.start().day(&site.zone);
        let minutes = event.slot.start().seconds_of_day(&site.zone) / 60;
        let about = format!("{} {:02}:{:02}", at.date(), minutes / 60, minutes % 60);
        Activity { day: event.day.date().to_string(), about, shown: Shown::of(event, &whose.site.context.vocabulary) }
    };
    let export = Export {
        site: site.domain.clone(),
        held: active.held().map_err(failed)?,
        recent_activity: rows.iter().map(activity).collect(),
        recent_days: site.policy.recent_days,
        not_told: NOT_TOLD,
    };
    match form.format.as_deref() {
        None | Some("json") => Ok(Json(export).into_response()),
        Some("html") => Ok(Html(page(&export)).into_response()),
        Some(_) => Err(ApiError::bad("format_unknown", "formats are json and html")),
    }
}

/// The export as a page that can be kept and printed: no script, nothing from elsewhere.
fn page(export: &Export) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>Your data at {site}</title><style>body{{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem \
         auto;padding:0 1rem}}table{{border-collapse:collapse;width:100%}}td,th{{text-align:left;padding:.25rem .75rem \
         .25rem 0;border-bottom:1px solid #ddd;vertical-align:top}}</style><h1>Your data at {site}</h1>",
        site = text(&export.site),
    );
    let held = &export.held;
    let list = |items: &[String]| match items.is_empty() {
        true => "none".to_owned(),
        false => items.iter().map(|item| text(item)).collect::<Vec<_>>().join(", "),
    };
    let of = |set: &std::collections::BTreeSet<String>| list(&set.iter().cloned().collect::<Vec<_>>());
    page.push_str("<h2>What is held about you</h2><table>");
    let mut row = |name: &str, value: String| page.push_str(&format!("<tr><th>{name}<td>{value}"));
    row("Your id in the application", text(&held.id));
    row("Institution", held.customer.as_deref().map_or("none".into(), text));
    row("Interests", of(&held.stated.interests));
    row("Followed tags", of(&held.stated.tags));
    row("Interests, by the application", of(&held.stated_by_application.interests));
    row("Tags, by the application", of(&held.stated_by_application.tags));
    row("Likes", list(&held.likes));
    row("Bookmarks", list(&held.bookmarks));
    row("Not to be suggested", list(&held.hidden));
    for (purpose, consent) in held.consents.all() {
        let said = if consent.given { "you agree" } else { "you do not agree" };
        row(&text(&format!("Purpose {}", String::from(purpose.clone()))), format!("{said} (text {})", consent.version));
    }
    if let Some(day) = &held.noticed {
        row("Last stated something, as noticed on", text(day));
    }
    if let Some(activity) = &held.activity {
        row("First and last active day", format!("{} and {}", text(&activity.first_day), text(&activity.last_day)));
        row("Counted among those who began in the weeks from", text(&activity.cohort));
    }
    page.push_str(&format!(
        "</table><h2>What you did in the last {} days</h2><p>Kept without your name, under a number of the day.<table>\
         <tr><th>About<th>What<th>Page",
        export.recent_days
    ));
    for activity in &export.recent_activity {
        let word = |key: &str| activity.shown.words.get(key).map(|word| text(word)).unwrap_or_default();
        page.push_str(&format!("<tr><td>{}<td>{}<td>{}", text(&activity.about), word("event"), word("page")));
    }
    page.push_str("</table><h2>What cannot be told</h2><ul>");
    for sentence in export.not_told {
        page.push_str(&format!("<li>{}", text(sentence)));
    }
    page.push_str("</ul></html>");
    page
}

/// Text within HTML.
fn text(plain: &str) -> String {
    let mut out = String::with_capacity(plain.len());
    for c in plain.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
