//! What a member does on their page.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use http::StatusCode;
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use outis_people::{Active, ChangeError, Mode, Purpose, SupportCode};

use super::page::{self, Holds};
use super::{Sent, Shared};
use crate::api::error::ApiError;
use crate::people::export::{self, Export};
use crate::people::whose::{Whose, failed};

/// Of the text that this page shows beside a choice.
const TEXT_VERSION: u32 = 1;

/// Does what was asked for, and answers with a page or a file.
pub(super) async fn act(core: &Shared, whose: &Whose, sent: &Sent) -> Result<Response, ApiError> {
    let found = core.members.people.find(whose.site.site().id, &whose.id).await.map_err(failed)?;
    match (sent.act.as_str(), found) {
        ("forget", _) if sent.confirm == "yes" => forget(core, whose, sent).await,
        ("forget", found) => {
            seen(core, whose, sent, found, Some("Tick the box first: this cannot be taken back.")).await
        }
        ("choose", _) => choose(core, whose, sent).await,
        ("code", Some(active)) => code(core, whose, sent, &active),
        ("json", Some(active)) => Ok(kept("json", Json(Export::of(core, &whose.site, &active).await?))),
        ("page", Some(active)) => {
            let export = Export::of(core, &whose.site, &active).await?;
            Ok(kept("html", Html(export::page(&export))))
        }
        (_, found) => seen(core, whose, sent, found, None).await,
    }
}

/// The page itself, with a sentence on what was just done.
async fn seen(
    core: &Shared,
    whose: &Whose,
    sent: &Sent,
    found: Option<Arc<Active>>,
    said: Option<&str>,
) -> Result<Response, ApiError> {
    let export = match &found {
        Some(active) => Some(Export::of(core, &whose.site, active).await?),
        None => None,
    };
    let holds =
        Holds { site: whose.site.site(), token: &sent.token, export: export.as_ref(), said, escrow: escrow(core) };
    Ok(page::answer(StatusCode::OK, page::seen(&holds)))
}

async fn choose(core: &Shared, whose: &Whose, sent: &Sent) -> Result<Response, ApiError> {
    let purpose = Purpose::try_from(sent.purpose.clone());
    let purpose = purpose.map_err(|error| ApiError::bad("purpose_unknown", error.to_string()))?;
    let given = sent.given == "yes";
    let active = whose.member_or_new(core).await?;
    let said = active.consents().map_err(failed)?;
    // Who takes something back takes back what they once read; who agrees here agrees to the words of this page.
    let before = said.all().find(|(of, _)| **of == purpose).map(|(_, consent)| consent.version);
    let version = before.filter(|_| !given).unwrap_or(TEXT_VERSION);
    let changed = core.members.people.consent(&active, purpose, given, version, core.clock.now()).await;
    changed.map_err(|error| match error {
        ChangeError::Profile(wrong) => ApiError::bad("too_many", wrong.to_string()),
        ChangeError::People(error) => failed(error),
    })?;
    seen(core, whose, sent, Some(active), Some("Your choice is kept. It holds from now on.")).await
}

fn code(core: &Shared, whose: &Whose, sent: &Sent, active: &Active) -> Result<Response, ApiError> {
    let code = core.members.people.issue_code(active, core.clock.now()).map_err(failed)?;
    let page = page::code(&whose.site.site().domain, &sent.token, code.text(), SupportCode::MINUTES);
    Ok(page::answer(StatusCode::OK, page))
}

async fn forget(core: &Shared, whose: &Whose, sent: &Sent) -> Result<Response, ApiError> {
    let mode = if sent.mode == "delete" { Mode::Delete } else { Mode::Fold };
    let receipt = core.forget(whose.site.site(), &whose.id, mode).await.map_err(failed)?;
    let page = page::forgotten(&whose.site.site().domain, receipt.as_ref(), escrow(core));
    Ok(page::answer(StatusCode::OK, page))
}

fn escrow(core: &Shared) -> Duration {
    core.config.keys.escrow_window.duration()
}

/// A file to be kept.
fn kept(ending: &'static str, file: impl IntoResponse) -> Response {
    let name = format!("attachment; filename=\"my-data.{ending}\"");
    ([(CONTENT_DISPOSITION, name), (CACHE_CONTROL, "no-store".to_owned())], file).into_response()
}
