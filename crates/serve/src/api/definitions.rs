//! Goals, features, funnels and segments of a site: reading, saving and removing them.

use std::sync::LazyLock;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use outis_disclose::pii::Detector;
use outis_insight::{Definition, DefinitionKind, Definitions};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::ApiError;
use super::live::OfSite;
use super::rights::{AskQuestions, Define};
use crate::extract::{Body, Query};

/// Most of one kind, of one site.
const MOST_OF_A_KIND: usize = 200;
const LONGEST_NAME: usize = 80;

/// Building one takes a while; all requests share it.
static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::new);

/// What is saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Save {
    /// The site's name.
    site: String,
    /// What it is.
    kind: DefinitionKind,
    /// How it is called: 1 to 80 characters, nothing personal.
    name: String,
    /// A selector, a feature, a funnel or a segment.
    #[schema(value_type = Object)]
    value: serde_json::Value,
}

/// What is removed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Remove {
    /// The site's name.
    site: String,
    /// What it is.
    kind: DefinitionKind,
    /// How it is called.
    name: String,
}

/// Everything that the site's staff have saved under a name.
#[utoipa::path(get, path = "/api/v1/definitions", tag = "definitions", params(OfSite),
    responses((status = 200, body = Definitions), (status = 404, body = super::error::ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Query(of): Query<OfSite>,
) -> Result<Json<Definitions>, ApiError> {
    let site = api.site(&may, &of.site)?;
    Ok(Json(site.definitions.as_ref().clone()))
}

/// Saves a definition, in place of one of the same kind and name. Staff, or a token with the scope `sites`.
#[utoipa::path(put, path = "/api/v1/definitions", tag = "definitions", request_body = Save,
    responses((status = 204, description = "saved"),
        (status = 400, body = super::error::ErrorBody, description = "it does not mean anything; with a pointer")))]
pub(super) async fn put(State(api): State<Shared>, may: May<Define>, Body(body): Body) -> Result<StatusCode, ApiError> {
    let save: Save = read(&body)?;
    let site = api.site(&may, &save.site)?;
    check_name(&save.name, "/name")?;
    let place = |error: outis_insight::native::RequestError| ApiError::from(error).below("/value");
    let definition = Definition::read(save.kind, &save.value).map_err(place)?;
    definition.check(&api.context(&site)).map_err(place)?;
    definition.labels().try_for_each(|label| check_name(label, "/value/label"))?;
    let is_new = !site.definitions.has(save.kind, &save.name);
    if is_new && site.definitions.count(save.kind) >= MOST_OF_A_KIND {
        return Err(ApiError::bad("too_many_definitions", "at most 200 of a kind; remove one that is not needed"));
    }
    api.core.control.save_definition(site.site().id, save.kind, &save.name, &save.value).await?;
    api.core.registry.reload().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a definition.
#[utoipa::path(delete, path = "/api/v1/definitions", tag = "definitions", request_body = Remove,
    responses((status = 204, description = "removed"), (status = 404, body = super::error::ErrorBody)))]
pub(super) async fn delete(
    State(api): State<Shared>,
    may: May<Define>,
    Body(body): Body,
) -> Result<StatusCode, ApiError> {
    let remove: Remove = read(&body)?;
    let site = api.site(&may, &remove.site)?;
    let removed = api.core.control.remove_definition(site.site().id, remove.kind, &remove.name).await?;
    api.core.registry.reload().await?;
    if removed {
        return Ok(StatusCode::NO_CONTENT);
    }
    let message = "nothing of this kind and name is saved; GET /api/v1/definitions lists what is";
    Err(ApiError::new(StatusCode::NOT_FOUND, "no_definition", message))
}

/// A JSON body of a call that staff and programs make.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        ApiError::bad("malformed", format!("the body is not the JSON that this call takes, near {place}"))
    })
}

/// Names are seen by everybody who may see the site, and by whoever reads the database.
fn check_name(name: &str, place: &str) -> Result<(), ApiError> {
    let length = name.chars().count();
    if !(1..=LONGEST_NAME).contains(&length) || name.chars().any(char::is_control) || name.trim() != name {
        let message = "a name has 1 to 80 characters, no control characters and no blanks around it";
        return Err(ApiError::bad("name_malformed", message).below(place));
    }
    if DETECTOR.detect(name).is_some() {
        let message = "the name looks like it holds something personal; call it by what it is about";
        return Err(ApiError::bad("name_personal", message).below(place));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_of_nobody() {
        let said = |name: &str| check_name(name, "/name").is_ok();
        assert!(said("Signed up") && said("Überblick 2026") && said(&"x".repeat(80)));
        assert!(!said("") && !said(" x") && !said("a\nb") && !said(&"x".repeat(81)));
        assert!(!said("jane.doe@example.org") && !said("seen by +43 664 1234567"));
    }
}
