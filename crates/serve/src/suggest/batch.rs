//! Lists of many members at once, for an application that sends them a digest.

use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use outis_capture::Sites;
use outis_people::ExternalId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Shared;
use super::asked::{Asked, FilterBody, limit};
use super::member::of_member;
use crate::api::bearer;
use crate::api::error::ApiError;
use crate::control::{Scope, normal_domain};
use crate::core::models::{Told, Wish};
use crate::extract::{Body, Query};
use crate::people::whose::failed;

/// Most members of a batch.
const MOST_MEMBERS: usize = 1_000;

/// Whose lists, and what they are made by.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Digest {
    /// The application's ids of members, at most 1,000.
    members: Vec<String>,
    /// The placement's name.
    placement: Option<String>,
    /// How many items each, 1 to 100. Default: 20.
    limit: Option<usize>,
    #[serde(default)]
    filter: FilterBody,
}

/// Lists in the order in which members were named; those who are no members are left out.
#[derive(Serialize, ToSchema)]
pub(crate) struct Digests {
    lists: Vec<OfMember>,
    /// So many ids are no member's.
    unknown: usize,
}

/// A member's list.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfMember {
    /// The application's id.
    member: String,
    #[serde(flatten)]
    list: Told,
}

fn refused() -> ApiError {
    let message = "send `Authorization: Bearer TOKEN`, a token with the scope `people`";
    ApiError::new(StatusCode::UNAUTHORIZED, "not_accepted", message)
}

pub(super) async fn post(
    State(core): State<Shared>,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
    Body(body): Body,
) -> Result<Json<Digests>, ApiError> {
    let token = core.control.token(bearer(&headers).ok_or_else(refused)?).await?;
    let token = token.filter(|token| token.may(Scope::People)).ok_or_else(refused)?;
    let domain = asked.site.as_deref().and_then(|domain| normal_domain(domain).ok()).ok_or_else(ApiError::no_site)?;
    let site = core.registry.by_domain(&domain).filter(|site| token.is_for(site.site().id));
    let site = site.ok_or_else(ApiError::no_site)?.site().id;
    let works = "the body is a JSON object with members (a list of ids) and any of placement, limit, filter";
    let digest: Digest = serde_json::from_slice(&body).map_err(|_| ApiError::bad("malformed", works))?;
    if digest.members.len() > MOST_MEMBERS {
        return Err(ApiError::bad("too_many", "a batch names at most 1,000 members").below("/members"));
    }
    let limit = digest.limit.map(limit).transpose()?;
    let filter = digest.filter.read()?;
    let mut digests = Digests { lists: Vec::with_capacity(digest.members.len()), unknown: 0 };
    for member in digest.members {
        let found = match ExternalId::new(member.clone()) {
            Some(id) => core.members.people.find(site, &id).await.map_err(failed)?,
            None => None,
        };
        // Somebody who is being forgotten is no member any more.
        let Some(of_member) = found.and_then(|active| of_member(&core, &active).ok()) else {
            digests.unknown += 1;
            continue;
        };
        let wish = Wish { placement: digest.placement.clone(), limit, filter: filter.clone(), ..of_member };
        digests.lists.push(OfMember { member, list: core.models.recommend(site, &wish).await? });
        // A thousand lists take a second: others come in between.
        tokio::task::yield_now().await;
    }
    Ok(Json(digests))
}
