//! What a member states, likes and agrees to.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use http::StatusCode;
use outis_people::{ChangeError, Consents, Preference, ProfileError, Purpose, Stated};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::whose::{Whose, failed};
use crate::api::error::ApiError;
use crate::extract::{Body, Path};

/// What a member stated.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Interests {
    /// Interests, in the member's words: at most 64.
    #[serde(default)]
    interests: Vec<String>,
    /// Followed tags: at most 64.
    #[serde(default)]
    tags: Vec<String>,
}

/// Items that a member said something about, in alphabetical order: when they said it is not kept.
#[derive(Serialize, ToSchema)]
pub(crate) struct Items {
    items: Vec<String>,
}

/// What a member agrees to, or no longer does. It holds for whatever comes next.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConsent {
    /// `link`, `personalisation` or `third_party:<name>`.
    #[schema(value_type = String)]
    purpose: String,
    /// They agree.
    given: bool,
    /// Version of the text that they saw.
    version: u32,
}

pub(super) async fn interests(State(core): State<Shared>, whose: Whose) -> Result<Json<Interests>, ApiError> {
    let Stated { interests, tags } = whose.member(&core).await?.stated().map_err(failed)?;
    Ok(Json(Interests { interests: interests.into_iter().collect(), tags: tags.into_iter().collect() }))
}

pub(super) async fn put_interests(
    State(core): State<Shared>,
    whose: Whose,
    Body(body): Body,
) -> Result<StatusCode, ApiError> {
    let new: Interests = read(&body, "interests and tags, two lists of text")?;
    let stated = Stated { interests: new.interests.into_iter().collect(), tags: new.tags.into_iter().collect() };
    let active = whose.member_or_new(&core).await?;
    core.members.people.state(&active, stated).await.map_err(changed)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn items(
    State(core): State<Shared>,
    Path((_, items)): Path<(String, String)>,
    whose: Whose,
) -> Result<Json<Items>, ApiError> {
    let kind = kind(&items)?;
    Ok(Json(Items { items: whose.member(&core).await?.items(kind).map_err(failed)? }))
}

pub(super) async fn put_item(
    State(core): State<Shared>,
    Path((_, items, item)): Path<(String, String, String)>,
    whose: Whose,
) -> Result<StatusCode, ApiError> {
    prefer(&core, &whose, &items, &item, true).await
}

pub(super) async fn delete_item(
    State(core): State<Shared>,
    Path((_, items, item)): Path<(String, String, String)>,
    whose: Whose,
) -> Result<StatusCode, ApiError> {
    prefer(&core, &whose, &items, &item, false).await
}

async fn prefer(core: &Shared, whose: &Whose, items: &str, item: &str, said: bool) -> Result<StatusCode, ApiError> {
    let kind = kind(items)?;
    let active = if said { whose.member_or_new(core).await? } else { whose.member(core).await? };
    core.members.people.prefer(&active, kind, item, said).await.map_err(changed)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn consents(State(core): State<Shared>, whose: Whose) -> Result<Json<Consents>, ApiError> {
    Ok(Json(whose.member(&core).await?.consents().map_err(failed)?))
}

pub(super) async fn put_consent(
    State(core): State<Shared>,
    whose: Whose,
    Body(body): Body,
) -> Result<StatusCode, ApiError> {
    let new: NewConsent = read(&body, "purpose, given, version")?;
    let purpose = Purpose::try_from(new.purpose);
    let purpose = purpose.map_err(|e| ApiError::bad("purpose_unknown", e.to_string()).below("/purpose"))?;
    let active = whose.member_or_new(&core).await?;
    let now = core.clock.now();
    core.members.people.consent(&active, purpose, new.given, new.version, now).await.map_err(changed)?;
    Ok(StatusCode::NO_CONTENT)
}

fn kind(items: &str) -> Result<Preference, ApiError> {
    match items {
        "likes" => Ok(Preference::Like),
        "bookmarks" => Ok(Preference::Bookmark),
        "hidden" => Ok(Preference::Hidden),
        _ => {
            let message = "there are interests, likes, bookmarks, hidden, consent, export and forget";
            Err(ApiError::new(StatusCode::NOT_FOUND, "no_such_call", message))
        }
    }
}

pub(crate) fn changed(error: ChangeError) -> ApiError {
    match error {
        ChangeError::Profile(wrong) => {
            let code = match wrong {
                ProfileError::Text => "text_malformed",
                _ => "too_many",
            };
            ApiError::bad(code, wrong.to_string())
        }
        ChangeError::People(error) => failed(error),
    }
}

/// Reads a JSON body; `keys` says what it has.
pub(super) fn read<T: for<'a> Deserialize<'a>>(body: &Bytes, keys: &str) -> Result<T, ApiError> {
    serde_json::from_slice(body)
        .map_err(|_| ApiError::bad("malformed", format!("the body is a JSON object with {keys}")))
}
