//! Lists for whoever asks: by what the request says, of which nothing is kept, and those that are the same for everybody.

use aws_lc_rs::digest;
use axum::Json;
use axum::extract::State;
use outis_disclose::Pii;
use serde::Deserialize;
use utoipa::ToSchema;

use super::Shared;
use super::asked::{FilterBody, check_lists, limit};
use super::caller::Caller;
use crate::api::error::ApiError;
use crate::core::models::{LATEST, SIMILAR, TRENDING, Told, Wish};
use crate::extract::{Body, Path};

/// What a list is asked for by. Nothing of it is kept.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    /// Items that are liked.
    #[serde(default)]
    likes: Vec<String>,
    /// Items that are bookmarked.
    #[serde(default)]
    bookmarks: Vec<String>,
    /// Tags that are followed.
    #[serde(default)]
    tags: Vec<String>,
    /// Interests in one's own words: those that are tags count.
    #[serde(default)]
    interests: Vec<String>,
    /// Items that are not wanted.
    #[serde(default)]
    hidden: Vec<String>,
    /// Items that were seen already.
    #[serde(default)]
    seen: Vec<String>,
    /// The item that is looked at.
    context: Option<String>,
    /// The placement's name.
    placement: Option<String>,
    /// How many items, 1 to 100. Default: 20.
    limit: Option<usize>,
    #[serde(default)]
    filter: FilterBody,
    /// Something that lasts no longer than the visit, such as a random number made when it began: variants and new items are
    /// drawn by it. Without it they are drawn anew each time.
    visit: Option<String>,
}

pub(super) async fn post(
    State(core): State<Shared>,
    Caller { site, .. }: Caller,
    Body(body): Body,
) -> Result<Json<Told>, ApiError> {
    let works =
        "likes, bookmarks, tags, interests, hidden, seen (lists of text), context, placement, limit, filter, visit";
    let request: Request = match body.is_empty() {
        true => Request::default(),
        false => serde_json::from_slice(&body)
            .map_err(|_| ApiError::bad("malformed", format!("the body is a JSON object with any of {works}")))?,
    };
    Ok(Json(core.models.recommend(site, &request.into_wish()?).await?))
}

impl Request {
    fn into_wish(self) -> Result<Wish, ApiError> {
        check_lists(&[
            ("/likes", &self.likes),
            ("/bookmarks", &self.bookmarks),
            ("/tags", &self.tags),
            ("/interests", &self.interests),
            ("/hidden", &self.hidden),
            ("/seen", &self.seen),
        ])?;
        let limit = self.limit.map(limit).transpose()?;
        let draw = self.visit.map(|visit| {
            let visit = Pii::new(visit);
            let bytes = digest::digest(&digest::SHA256, visit.expose("drawn by, and not kept").as_bytes());
            bytes.as_ref().first_chunk::<16>().copied().unwrap_or_default()
        });
        Ok(Wish {
            likes: self.likes,
            bookmarks: self.bookmarks,
            tags: self.tags,
            interests: self.interests,
            hidden: self.hidden,
            seen: self.seen,
            context: self.context,
            placement: self.placement,
            limit,
            filter: self.filter.read()?,
            draw,
            not_agreed: false,
        })
    }
}

pub(super) async fn similar(
    State(core): State<Shared>,
    Path(id): Path<String>,
    caller: Caller,
) -> Result<Json<Told>, ApiError> {
    let context = Some(id);
    by_everybody(&core, caller, SIMILAR, Wish { context, ..Wish::default() }).await
}

pub(super) async fn trending(State(core): State<Shared>, caller: Caller) -> Result<Json<Told>, ApiError> {
    by_everybody(&core, caller, TRENDING, Wish::default()).await
}

pub(super) async fn latest(State(core): State<Shared>, caller: Caller) -> Result<Json<Told>, ApiError> {
    by_everybody(&core, caller, LATEST, Wish::default()).await
}

/// A list that is the same for everybody, by the placement of this name unless another is asked for.
async fn by_everybody(core: &Shared, caller: Caller, placement: &str, wish: Wish) -> Result<Json<Told>, ApiError> {
    let Caller { site, asked } = caller;
    let mut wish = asked.into_wish(wish)?;
    wish.placement.get_or_insert_with(|| placement.to_owned());
    Ok(Json(core.models.recommend(site, &wish).await?))
}
