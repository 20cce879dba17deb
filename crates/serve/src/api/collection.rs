//! What a site collects, and what became of what was sent.

use axum::Json;
use axum::extract::State;
use outis_event::{DropReason, Rewrite};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::ApiError;
use super::live::OfSite;
use super::rights::AskQuestions;
use crate::extract::Query;

/// What a site collects.
#[derive(Serialize, ToSchema)]
pub(crate) struct Collection {
    site: String,
    time_zone: String,
    /// Floor, admission, window and the like.
    #[schema(value_type = Object)]
    policy: outis_event::Policy,
    /// `learn` or `strict`.
    #[schema(value_type = String)]
    mode: outis_event::Mode,
    /// Events, properties and pages that are declared.
    #[schema(value_type = Object)]
    plan: outis_event::Plan,
    /// What goes into the site's pages.
    snippet: String,
    /// Attributes that are not collected at all.
    not_collected: Vec<&'static str>,
    counters: Told,
    /// The first day with rows.
    first_day: Option<String>,
}

/// What became of events.
#[derive(Serialize, ToSchema)]
pub(crate) struct Told {
    stored: u64,
    dropped: Vec<Reason>,
    rewritten: Vec<Reason>,
}

/// Events with the same fate.
#[derive(Serialize, ToSchema)]
pub(crate) struct Reason {
    /// Its name in headers and metrics.
    reason: &'static str,
    /// What it means.
    means: &'static str,
    count: u64,
}

/// What a site collects, and counts of what was dropped or rewritten, with reasons.
#[utoipa::path(get, path = "/api/v1/collection", tag = "sites", params(OfSite),
    responses((status = 200, body = Collection), (status = 404, body = super::error::ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Query(of): Query<OfSite>,
) -> Result<Json<Collection>, ApiError> {
    let state = api.site(&may, &of.site)?;
    let site = state.site();
    let counts = state.counters.counts();
    let dropped = |(reason, count): (DropReason, u64)| Reason { reason: reason.key(), means: reason.means(), count };
    let rewritten = |(reason, count): (Rewrite, u64)| Reason { reason: reason.key(), means: reason.means(), count };
    Ok(Json(Collection {
        site: site.domain.clone(),
        time_zone: site.zone.iana_name().unwrap_or("UTC").to_owned(),
        policy: site.policy.clone(),
        mode: site.plan.mode,
        plan: site.plan.clone(),
        snippet: crate::snippet::of(&api.core.config, &site.domain),
        not_collected: site.policy.not_collected.iter().map(|dimension| dimension.key()).collect(),
        counters: Told {
            stored: counts.stored,
            dropped: counts.dropped.into_iter().map(dropped).collect(),
            rewritten: counts.rewritten.into_iter().map(rewritten).collect(),
        },
        first_day: api.core.warehouse.first_day(site.id).map(|day| day.date().to_string()),
    }))
}
