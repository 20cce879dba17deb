//! Where something may go, and what went there.

use axum::Json;
use axum::extract::State;
use outis_distribute::{Destination, Line};
use serde::Serialize;
use utoipa::ToSchema;

use super::Shared;
use super::auth::May;
use super::error::{ApiError, ErrorBody};
use super::rights::SeeEgress;
use crate::control::hour_text;

/// What leaves the server.
#[derive(Serialize, ToSchema)]
pub(crate) struct EgressTold {
    /// Where something may go, as the owner declared it in the configuration; empty: nothing leaves.
    destinations: Vec<DestinationTold>,
    /// Messages that wait to be taken.
    waiting: usize,
    /// Days that lines are kept.
    kept_days: u32,
    /// Attempts of the same hour that are alike, the newest hour first; what was said is not kept.
    lines: Vec<LineTold>,
}

/// A destination.
#[derive(Serialize, ToSchema)]
pub(crate) struct DestinationTold {
    name: String,
    host: String,
}

/// Attempts that are alike.
#[derive(Serialize, ToSchema)]
pub(crate) struct LineTold {
    /// Its beginning, such as `2026-11-30T14:00:00Z`.
    hour: String,
    destination: String,
    /// `intent` or `request_state`.
    #[schema(value_type = String)]
    kind: outis_distribute::Kind,
    /// `delivered`, `refused`, `gone`, `unreachable` or `blocked`.
    #[schema(value_type = String)]
    outcome: outis_distribute::Outcome,
    attempts: u64,
    /// Of all bodies.
    bytes: u64,
}

/// Where something may go, and what went there in the last 90 days. Staff only.
#[utoipa::path(get, path = "/api/v1/egress", tag = "privacy",
    responses((status = 200, body = EgressTold), (status = 403, body = ErrorBody)))]
pub(super) async fn get(State(api): State<Shared>, _may: May<SeeEgress>) -> Result<Json<EgressTold>, ApiError> {
    let distribute = &api.core.distribute;
    let told = |to: &Destination| DestinationTold { name: to.name().to_owned(), host: to.host().to_owned() };
    let lines = distribute.egress().await.map_err(anyhow::Error::from)?;
    Ok(Json(EgressTold {
        destinations: distribute.destinations().map(told).collect(),
        waiting: distribute.waiting(),
        kept_days: outis_distribute::KEPT_DAYS,
        lines: lines.into_iter().map(LineTold::of).collect(),
    }))
}

impl LineTold {
    fn of(line: Line) -> LineTold {
        let Line { hour, destination, kind, outcome, attempts, bytes } = line;
        LineTold { hour: hour_text(hour), destination, kind, outcome, attempts, bytes }
    }
}
