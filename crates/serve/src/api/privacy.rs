//! What is held of a site's members and visitors and for how long: counts and days, never anybody.

use axum::Json;
use axum::extract::State;
use outis_event::{Day, Link};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::{ApiError, ErrorBody};
use super::live::OfSite;
use super::rights::SeePrivacy;
use crate::extract::Query;
use crate::told::in_steps;

/// What is held, and until when.
#[derive(Serialize, ToSchema)]
pub(crate) struct Privacy {
    site: String,
    /// Least people behind a number.
    floor: u32,
    /// `day`: nothing is joined beyond a day. `period`: days of members who agreed, within a period of five weeks.
    link: &'static str,
    /// Days that rows are kept.
    recent_days: u32,
    /// The first day of which there are rows; null: none.
    oldest_row_day: Option<String>,
    /// On this day the rows of the oldest day lose their keys.
    oldest_rows_go: Option<String>,
    /// The present period of five weeks, first and last day: what is linked in it is dropped after it.
    #[schema(value_type = Vec<String>)]
    period: (String, String),
    /// The first and the last day that is kept as counts; null: none yet.
    #[schema(value_type = Option<Vec<String>>)]
    history: Option<(String, String)>,
    /// Members of the site, in steps of ten; null: fewer than ten.
    members: Option<usize>,
}

/// What is held of a site's members and visitors, in counts, and for how long. Privacy officers.
#[utoipa::path(get, path = "/api/v1/privacy", tag = "privacy", params(OfSite),
    responses((status = 200, body = Privacy), (status = 404, body = ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<SeePrivacy>,
    Query(of): Query<OfSite>,
) -> Result<Json<Privacy>, ApiError> {
    let state = api.site(&may, &of.site)?;
    let (site, core) = (state.site(), &api.core);
    let text = |day: Day| day.date().to_string();
    let today = core.clock.now().day(&site.zone);
    let days = i32::try_from(site.policy.recent_days).unwrap_or(i32::MAX);
    let oldest = core.warehouse.oldest_rows(site.id);
    let begin = Day::of_week(today.period().saturating_mul(5));
    let members = core.members.people.count(site.id).await.map_err(anyhow::Error::from)?;
    Ok(Json(Privacy {
        site: site.domain.clone(),
        floor: site.policy.floor,
        link: match site.policy.link {
            Link::Day => "day",
            Link::Period => "period",
        },
        recent_days: site.policy.recent_days,
        oldest_row_day: oldest.map(text),
        oldest_rows_go: oldest.map(|day| text(day.plus(days).plus(1))),
        period: (text(begin), text(begin.plus(34))),
        history: core.warehouse.closed_days(site.id).map(|(first, last)| (text(first), text(last))),
        members: Some(in_steps(members)).filter(|about| *about > 0),
    }))
}
