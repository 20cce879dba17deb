//! One item of the catalogue.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outis_capture::Sites;
use outis_personal::catalogue::{Catalogue, Item, Refusal};
use serde_json::{Map, Value};

use super::reader::{Reader, shared_with};
use super::{fields, no_item, not_changed, refused};
use crate::api::Shared;
use crate::api::auth::May;
use crate::api::error::{ApiError, ErrorBody};
use crate::api::live::OfSite;
use crate::api::rights::EditItems;
use crate::control::{Changed, normal_domain};
use crate::extract::{Path, Query};

/// An item. Anybody may read what is shown; what is hidden, not published yet or expired is for staff, and programs with the
/// scope `items`.
#[utoipa::path(get, path = "/api/v1/items/{id}", tag = "items", params(("id" = String, Path,), OfSite),
    responses((status = 200, body = Object), (status = 404, body = ErrorBody),
        (status = 429, body = ErrorBody, description = "whoever has no token asks too often")))]
pub(crate) async fn get(
    State(api): State<Shared>,
    Reader(may): Reader,
    Path(id): Path<String>,
    Query(of): Query<OfSite>,
    asked: HeaderMap,
) -> Result<(HeaderMap, Json<Item>), ApiError> {
    let domain = normal_domain(&of.site).map_err(|_| ApiError::no_site())?;
    let site = api.core.registry.by_domain(&domain).ok_or_else(ApiError::no_site)?;
    let sees_all = may.is_some_and(|may| may.is_for(site.site().id));
    let catalogue = api.core.catalogues.of(site.site().id);
    let now = now(&api);
    let item = catalogue.by_id(&id).filter(|item| sees_all || item.shown_at(now)).ok_or_else(no_item)?;
    Ok((shared_with(site.site(), &asked), Json(item.clone())))
}

/// Puts an item in the place of the one with this id, or adds it. The id may be left out of the body.
#[utoipa::path(put, path = "/api/v1/items/{id}", tag = "items", params(("id" = String, Path,), OfSite), request_body = Object,
    responses((status = 200, body = Object, description = "as it is kept"),
        (status = 400, body = ErrorBody, description = "with a pointer to the field"),
        (status = 413, body = ErrorBody, description = "an item has at most 64 KiB"),
        (status = 507, body = ErrorBody, description = "the catalogue is full")))]
pub(crate) async fn put(
    State(api): State<Shared>,
    may: May<EditItems>,
    Path(id): Path<String>,
    Query(of): Query<OfSite>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Item>, ApiError> {
    let mut fields = fields(body)?;
    if fields.get("id").is_some_and(|other| *other != id.as_str()) {
        return Err(refused(Refusal::IdChanged));
    }
    fields.insert("id".to_owned(), Value::String(id));
    change(&api, &may, &of.site, move |catalogue| catalogue.put(&fields)).await
}

/// Changes some fields of an item; `null` takes one away (RFC 7396).
#[utoipa::path(patch, path = "/api/v1/items/{id}", tag = "items", params(("id" = String, Path,), OfSite), request_body = Object,
    responses((status = 200, body = Object, description = "as it is kept"), (status = 400, body = ErrorBody),
        (status = 404, body = ErrorBody), (status = 413, body = ErrorBody), (status = 507, body = ErrorBody)))]
pub(crate) async fn patch(
    State(api): State<Shared>,
    may: May<EditItems>,
    Path(id): Path<String>,
    Query(of): Query<OfSite>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Item>, ApiError> {
    let changes: Map<String, Value> = fields(body)?;
    change(&api, &may, &of.site, move |catalogue| catalogue.patch(&id, &changes)).await
}

/// Deletes an item. Its id stays known, so that it gets the same place if it comes again; `POST /api/v1/purges` takes that
/// out too.
#[utoipa::path(delete, path = "/api/v1/items/{id}", tag = "items", params(("id" = String, Path,), OfSite),
    responses((status = 204, description = "deleted"), (status = 404, body = ErrorBody)))]
pub(crate) async fn delete(
    State(api): State<Shared>,
    may: May<EditItems>,
    Path(id): Path<String>,
    Query(of): Query<OfSite>,
) -> Result<StatusCode, ApiError> {
    let site = api.site(&may, &of.site)?.site().id;
    let delete = move |catalogue: &mut outis_personal::catalogue::Catalogue| {
        let number = catalogue.delete(&id)?;
        Ok(((), Changed { items: vec![number], synonyms: false }))
    };
    api.core.catalogues.change(site, delete).await.map_err(not_changed)?;
    Ok(StatusCode::NO_CONTENT)
}

fn now(api: &Shared) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(api.core.clock.now().0).unwrap_or_default()
}

async fn change(
    api: &Shared,
    may: &May<EditItems>,
    domain: &str,
    put: impl FnOnce(&mut Catalogue) -> Result<u32, Refusal> + Send + 'static,
) -> Result<Json<Item>, ApiError> {
    let site = api.site(may, domain)?.site().id;
    let changed = api.core.catalogues.change(site, move |catalogue| {
        let number = put(catalogue)?;
        let item = catalogue.item(number).cloned().ok_or(Refusal::NoSuchItem)?;
        Ok((item, Changed { items: vec![number], synonyms: false }))
    });
    Ok(Json(changed.await.map_err(not_changed)?))
}
