//! Everything that is held about a member, for the member.

use axum::Json;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};
use outis_anonymise::Shown;
use outis_capture::SiteState;
use outis_people::{Active, Held};
use serde::{Deserialize, Serialize};

use super::Shared;
use super::html::text;
use super::whose::{Whose, failed};
use crate::api::error::ApiError;
use crate::core::Core;
use crate::extract::Query;

/// What cannot be told, and why: a part of every export.
pub(crate) const NOT_TOLD: &[&str] = &[
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
pub(crate) struct Export {
    pub(crate) site: String,
    pub(crate) held: Held,
    /// What was stored of the member's activity and can still be told to be theirs.
    pub(crate) recent_activity: Vec<Activity>,
    /// Days that rows are kept.
    pub(crate) recent_days: u32,
    pub(crate) not_told: &'static [&'static str],
}

/// Something the member did: on a day, within a quarter of an hour.
#[derive(Serialize)]
pub(crate) struct Activity {
    day: String,
    pub(crate) about: String,
    #[serde(flatten)]
    shown: Shown,
}

impl Activity {
    /// The word that it has for this, such as `event` or `page`.
    pub(crate) fn word(&self, key: &str) -> &str {
        self.shown.words.get(key).map_or("", |word| word)
    }
}

impl Export {
    /// Everything that is held about a member of a site.
    ///
    /// # Errors
    /// When they are gone, or rows cannot be read.
    pub(crate) async fn of(core: &Core, state: &SiteState, active: &Active) -> Result<Export, ApiError> {
        let site = state.site();
        let today = core.clock.now().day(&site.zone);
        let oldest = today.plus(-i32::try_from(site.policy.recent_days).unwrap_or(i32::MAX));
        let days = active.day_visitors(oldest, today).map_err(failed)?;
        let days: Vec<_> = days.iter().map(|at| (at.day, at.visitor)).collect();
        let rows = core.warehouse.rows_of_member(site.id, &days).await.map_err(anyhow::Error::from)?;
        let activity = |event: &outis_event::AnonymousEvent| {
            let at = event.slot.start().day(&site.zone);
            let minutes = event.slot.start().seconds_of_day(&site.zone) / 60;
            let about = format!("{} {:02}:{:02}", at.date(), minutes / 60, minutes % 60);
            Activity { day: event.day.date().to_string(), about, shown: Shown::of(event, &state.context.vocabulary) }
        };
        Ok(Export {
            site: site.domain.clone(),
            held: active.held().map_err(failed)?,
            recent_activity: rows.iter().map(activity).collect(),
            recent_days: site.policy.recent_days,
            not_told: NOT_TOLD,
        })
    }
}

pub(super) async fn get(
    State(core): State<Shared>,
    whose: Whose,
    Query(form): Query<Form>,
) -> Result<Response, ApiError> {
    let active = whose.member(&core).await?;
    let export = Export::of(&core, &whose.site, &active).await?;
    match form.format.as_deref() {
        None | Some("json") => Ok(Json(export).into_response()),
        Some("html") => Ok(Html(page(&export)).into_response()),
        Some(_) => Err(ApiError::bad("format_unknown", "formats are json and html")),
    }
}

/// The export as a page that can be kept and printed: no script, nothing from elsewhere.
pub(crate) fn page(export: &Export) -> String {
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
        let word = |key: &str| text(activity.word(key));
        page.push_str(&format!("<tr><td>{}<td>{}<td>{}", text(&activity.about), word("event"), word("page")));
    }
    page.push_str("</table><h2>What cannot be told</h2><ul>");
    for sentence in export.not_told {
        page.push_str(&format!("<li>{}", text(sentence)));
    }
    page.push_str("</ul></html>");
    page
}
