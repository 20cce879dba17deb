//! Why an item is suggested to a member, or is not.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::asked::Asked;
use super::member::wish;
use crate::api::error::ApiError;
use crate::core::models::ToldReason;
use crate::extract::{Path, Query};
use crate::people::whose::Whose;

/// Why an item is suggested, or is not.
#[derive(Serialize, ToSchema)]
pub(crate) struct Why {
    /// The item's id.
    item: String,
    /// It may be suggested.
    may_be_shown: bool,
    /// Why it is not; absent where it may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_because: Option<&'static str>,
    /// Everything that the member said that speaks for it, the weightiest first. Empty where nothing does: then it may be
    /// there because it is popular, new, or editors decided so.
    reasons: Vec<ToldReason>,
    /// What the member can do about it.
    can: [&'static str; 2],
}

/// What takes an item or a reason away.
const CAN: [&str; 2] = [
    "PUT /api/v1/people/{who}/hidden/{item}: it is not suggested any more, at once",
    "DELETE /api/v1/people/{who}/likes/{item} or bookmarks/{item}, or PUT interests without the tag: it is no reason any more, at once",
];

pub(super) async fn get(
    State(core): State<Shared>,
    Path((_, item)): Path<(String, String)>,
    whose: Whose,
    Query(asked): Query<Asked>,
) -> Result<Json<Why>, ApiError> {
    let wish = asked.into_wish(wish(&core, &whose).await?)?;
    let (reasons, not_because) = core.models.explain(whose.site.site().id, &wish, &item).await?;
    Ok(Json(Why { item, may_be_shown: not_because.is_none(), not_because, reasons, can: CAN }))
}
