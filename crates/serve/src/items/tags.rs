//! Tags of the catalogue, and the synonyms of them.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use outis_personal::catalogue::Catalogue;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::not_changed;
use crate::api::Shared;
use crate::api::auth::May;
use crate::api::error::{ApiError, ErrorBody};
use crate::api::live::OfSite;
use crate::api::rights::{EditItems, SeeItems};
use crate::control::Changed;
use crate::extract::{Body, Query};

/// All tags.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tags {
    /// In alphabetical order, so that what is below a tag follows it.
    tags: Vec<Tag>,
}

/// A tag that items have, or that a synonym stands for.
#[derive(Serialize, ToSchema)]
pub(crate) struct Tag {
    /// Its path, such as `physics/optics`.
    tag: String,
    /// Items that have it or one below it.
    items: usize,
    /// Tags that mean this one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    synonyms: Vec<String>,
}

/// Synonyms.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Synonyms {
    /// Each with the tag that it stands for: at most 10,000.
    synonyms: BTreeMap<String, String>,
}

/// Every tag with its items and synonyms.
#[utoipa::path(get, path = "/api/v1/tags", tag = "items", params(OfSite),
    responses((status = 200, body = Tags), (status = 404, body = ErrorBody)))]
pub(crate) async fn get(
    State(api): State<Shared>,
    may: May<SeeItems>,
    Query(of): Query<OfSite>,
) -> Result<Json<Tags>, ApiError> {
    let catalogue = api.core.catalogues.of(api.site(&may, &of.site)?.site().id);
    let told = tokio::task::spawn_blocking(move || told(&catalogue));
    Ok(Json(told.await.map_err(anyhow::Error::from)?))
}

/// Puts these in the place of all synonyms. Items and questions with a synonym are of the tag that it stands for; items keep
/// that when the synonym goes.
#[utoipa::path(put, path = "/api/v1/tags", tag = "items", params(OfSite), request_body = Synonyms,
    responses((status = 204, description = "they hold from now on"),
        (status = 400, body = ErrorBody, description = "one stands for a synonym, or for what is above or below it")))]
pub(crate) async fn put(
    State(api): State<Shared>,
    may: May<EditItems>,
    Query(of): Query<OfSite>,
    Body(body): Body,
) -> Result<StatusCode, ApiError> {
    let site = api.site(&may, &of.site)?.site().id;
    let new: Synonyms = crate::api::definitions::read(&body)?;
    let put = move |catalogue: &mut Catalogue| {
        let items = catalogue.set_synonyms(new.synonyms)?;
        Ok(((), Changed { items, synonyms: true }))
    };
    api.core.catalogues.change(site, put).await.map_err(not_changed)?;
    Ok(StatusCode::NO_CONTENT)
}

fn told(catalogue: &Catalogue) -> Tags {
    let mut all: BTreeMap<&str, Tag> = BTreeMap::new();
    let tagging = catalogue.tagging();
    for (number, name) in (0u32..).zip(catalogue.tag_names()) {
        let items = tagging.items_of(number).iter().filter(|item| catalogue.item(**item).is_some()).count();
        if items > 0 {
            all.insert(name, Tag { tag: name.to_string(), items, synonyms: Vec::new() });
        }
    }
    for (synonym, tag) in catalogue.synonyms() {
        let entry = all.entry(tag).or_insert_with(|| Tag { tag: tag.clone(), items: 0, synonyms: Vec::new() });
        entry.synonyms.push(synonym.clone());
    }
    Tags { tags: all.into_values().collect() }
}
