//! The ledger of noise: what a visitor's day has cost so far.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use outis_event::{Day, Vocabulary};
use outis_insight::history::{Line, NANO, Span};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use super::auth::May;
use super::error::{ApiError, ErrorBody};
use super::rights::ReadSettings;
use crate::extract::Query;

/// Which site, and of which day the lines.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// The site's name.
    site: String,
    /// The local day (`2026-11-29`) whose lines are told too: also those of a week or period that begins on it.
    #[serde(default)]
    day: Option<String>,
}

/// What noise in history costs.
#[derive(Serialize, ToSchema)]
pub(crate) struct Ledger {
    /// What the next close may cost one visitor's day; absent while noise is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    epsilon: Option<f64>,
    /// The most that any day cost a visitor who was there.
    most: f64,
    /// What all days together cost somebody who was there on each of them.
    total: f64,
    /// Days that were released with noise, in order.
    days: Vec<SpentDay>,
    /// The lines of the day asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    lines: Option<Vec<LedgerLine>>,
}

/// What a day cost.
#[derive(Serialize, ToSchema)]
pub(crate) struct SpentDay {
    /// The local day.
    day: String,
    /// What was spent on a visitor of it.
    epsilon: f64,
}

/// What was paid for one number of a family's cells.
#[derive(Serialize, ToSchema)]
pub(crate) struct LedgerLine {
    /// `day`, `week` or `period`.
    #[schema(value_type = String)]
    span: &'static str,
    /// What the cells are told by; a set that staff saved has a number.
    family: Vec<String>,
    /// True of the `(other)` of the family.
    other: bool,
    /// Which number.
    #[schema(value_type = String)]
    measure: &'static str,
    /// Most that one visitor's day adds to it, over all these cells.
    bound: u64,
    /// Scale of the noise.
    scale: f64,
    /// What it cost. A week and a period are paid for by their days.
    epsilon: f64,
}

/// What noise in history cost a visitor of each day so far, as the ledger has it. Staff, or a token with the scope `sites`.
#[utoipa::path(get, path = "/api/v1/noise", tag = "sites", params(Asked),
    responses((status = 200, body = Ledger), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<ReadSettings>,
    Query(of): Query<Asked>,
) -> Result<Json<Ledger>, ApiError> {
    let state = api.site(&may, &of.site)?;
    let site = state.site();
    let spent = api.core.warehouse.spent(site.id).await.map_err(anyhow::Error::from)?;
    let lines = match of.day {
        Some(day) => {
            let day = parse(&day)?;
            let lines = api.core.warehouse.ledger(site.id, day, day).await.map_err(anyhow::Error::from)?;
            let words = api.core.warehouse.vocabulary(site.id);
            Some(lines.iter().map(|(span, _, line)| told(*span, line, &words)).collect())
        }
        None => None,
    };
    let days: BTreeMap<Day, u64> = spent.into_iter().collect();
    Ok(Json(Ledger {
        epsilon: site.policy.noise.map(|noise| noise.epsilon.into()),
        most: epsilon(days.values().copied().max().unwrap_or(0)),
        total: epsilon(days.values().sum()),
        days: days
            .iter()
            .map(|(day, nano)| SpentDay { day: day.date().to_string(), epsilon: epsilon(*nano) })
            .collect(),
        lines,
    }))
}

fn parse(day: &str) -> Result<Day, ApiError> {
    let date: Result<jiff::civil::Date, _> = day.parse();
    let date = date.map_err(|_| ApiError::bad("malformed", "a day is written like 2026-11-29").below("/day"))?;
    Ok(Day::from_date(date))
}

fn told(span: Span, line: &Line, words: &Vocabulary) -> LedgerLine {
    LedgerLine {
        span: match span {
            Span::Day => "day",
            Span::Week => "week",
            Span::Period => "period",
        },
        family: line.family.names(words),
        other: line.other,
        measure: line.measure.name(),
        bound: line.bound,
        scale: line.scale.value(),
        epsilon: epsilon(line.nano),
    }
}

fn epsilon(nano: u64) -> f64 {
    nano as f64 / NANO as f64
}
