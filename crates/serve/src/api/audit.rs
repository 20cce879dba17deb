//! Who of the staff did what kind of thing, and in which hour.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::{ApiError, ErrorBody};
use super::rights::SeePrivacy;
use crate::control::{Actor, Deed, KEPT_DAYS, hour_text};

/// What staff did.
#[derive(Serialize, ToSchema)]
pub(crate) struct Audit {
    /// The newest first.
    entries: Vec<AuditEntry>,
    /// Days that they are kept.
    kept_days: i32,
}

/// That somebody did something. Never about whom.
#[derive(Serialize, ToSchema)]
struct AuditEntry {
    /// Day and hour of UTC, such as `2026-11-29T14`.
    hour: String,
    /// `staff`, `program` or `command line`.
    by: &'static str,
    /// The account's address; null if it is gone, or it was none.
    who: Option<String>,
    deed: Deed,
}

/// Who of the staff did what kind of thing, and in which hour: never about whom. Privacy officers.
#[utoipa::path(get, path = "/api/v1/audit", tag = "privacy",
    responses((status = 200, body = Audit), (status = 403, body = ErrorBody)))]
pub(super) async fn get(State(api): State<Shared>, _: May<SeePrivacy>) -> Result<Json<Audit>, ApiError> {
    let accounts = api.core.staff.accounts().await?;
    let address = |by: &Actor| match by {
        Actor::Staff(id) => accounts.iter().find(|staff| staff.id == *id).map(|staff| staff.email.clone()),
        Actor::Program | Actor::Operator => None,
    };
    let word = |by: &Actor| match by {
        Actor::Staff(_) => "staff",
        Actor::Program => "program",
        Actor::Operator => "command line",
    };
    let noted = api.core.records.noted().await?.into_iter();
    let entry = |e: crate::control::Entry| AuditEntry {
        hour: hour_text(e.hour),
        by: word(&e.by),
        who: address(&e.by),
        deed: e.deed,
    };
    Ok(Json(Audit { entries: noted.map(entry).collect(), kept_days: KEPT_DAYS }))
}
