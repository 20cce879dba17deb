//! Placements: where lists are shown, what editors decide about them, and which of their variants does better.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use outis_event::{Dimension, Plan, Site, Space, Term};
use outis_guard::Refusal;
use outis_insight::{DayRange, EventFilter, Filter, Group, Metric, Query as Question, ShownKey, TermSet};
use outis_personal::serve::{CompareError, Comparison, Counts, compare};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use super::auth::May;
use super::definitions::read;
use super::error::{ApiError, ErrorBody};
use super::live::OfSite;
use super::rights::{AskQuestions, EditItems, SeeItems};
use crate::core::models::placement::{MOST_PLACEMENTS, PlacementText};
use crate::core::models::{BUILT_IN, Models};
use crate::extract::{Body, Query};

const MOST_DAYS: u32 = 92;

/// The placements of a site.
#[derive(Serialize, ToSchema)]
pub(crate) struct Placements {
    placements: Vec<Declared>,
    /// What is there without being declared.
    built_in: [&'static str; 4],
}

/// A placement with its number.
#[derive(Serialize, ToSchema)]
pub(crate) struct Declared {
    /// Its number in recommendation ids.
    number: u16,
    #[serde(flatten)]
    placement: PlacementText,
    /// Places of rules that name items or tags that are not in the catalogue any more: they are left out.
    idle_rules: Vec<String>,
}

/// Which placement.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    /// The site's name.
    site: String,
    /// The placement's name.
    name: String,
}

/// Which placement, and how far back.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reported {
    /// The site's name.
    site: String,
    /// The placement's name.
    name: String,
    /// How many days back, today included: 1 to 92. Default: 14.
    days: Option<u32>,
}

/// What became of a placement's variants.
#[derive(Serialize, ToSchema)]
pub(crate) struct Report {
    placement: String,
    /// The control first.
    variants: Vec<OfVariant>,
    /// What is counted, and how it gets there.
    how: &'static str,
}

/// What became of a variant.
#[derive(Serialize, ToSchema)]
pub(crate) struct OfVariant {
    name: String,
    /// Visitors of a day who saw it; rounded, absent where they are fewer than the floor.
    saw: Option<u64>,
    /// Those who clicked.
    clicked: Option<u64>,
    /// Beside the control; absent for itself, and where counts are missing.
    #[schema(value_type = Option<Object>)]
    beside_control: Option<Comparison>,
    /// Why there is no comparison.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_compared: Option<&'static str>,
}

/// The placements of a site.
#[utoipa::path(get, path = "/api/v1/placements", tag = "recommendations", params(OfSite),
    responses((status = 200, body = Placements), (status = 404, body = ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<SeeItems>,
    Query(of): Query<OfSite>,
) -> Result<Json<Placements>, ApiError> {
    let id = api.site(&may, &of.site)?.site().id;
    let shown = api.core.models.shown(id).await?;
    let mut all = api.core.control.placements(api.core.keys.as_ref()).await?;
    let declared = |(number, placement): (u16, PlacementText)| Declared {
        number,
        idle_rules: placement.idle_rules(&shown.catalogue),
        placement,
    };
    let placements = all.remove(&id).unwrap_or_default().into_iter().map(declared).collect();
    Ok(Json(Placements { placements, built_in: BUILT_IN }))
}

/// Declares a placement, in place of one of the same name. Rules that contradict each other are refused with their places.
#[utoipa::path(put, path = "/api/v1/placements", tag = "recommendations", params(OfSite), request_body = PlacementText,
    responses((status = 204, description = "declared"),
        (status = 400, body = ErrorBody, description = "it does not fit, with a pointer to where")))]
pub(super) async fn put(
    State(api): State<Shared>,
    may: May<EditItems>,
    Query(of): Query<OfSite>,
    Body(body): Body,
) -> Result<StatusCode, ApiError> {
    let id = api.site(&may, &of.site)?.site().id;
    let text: PlacementText = read(&body)?;
    if BUILT_IN.contains(&text.name.as_str()) {
        let message = "default, similar, trending and latest are there already: give it another name";
        return Err(ApiError::bad("name_taken", message).below("/name"));
    }
    let shown = api.core.models.shown(id).await?;
    let checked = text.check(&shown.catalogue, shown.model.tagging());
    checked.map_err(|error| ApiError::bad("placement_refused", error.message).below(&error.pointer))?;
    let all = api.core.control.placements(api.core.keys.as_ref()).await?;
    let of_site = all.get(&id).map(Vec::as_slice).unwrap_or_default();
    let is_new = of_site.iter().all(|(_, other)| other.name != text.name);
    if is_new && of_site.len() >= MOST_PLACEMENTS {
        return Err(ApiError::bad("too_many_placements", "a site has at most 100; remove one that is not needed"));
    }
    api.core.control.save_placement(api.core.keys.as_ref(), id, &text.name, Some(&text)).await?;
    declare(&api, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a placement. Its number is never given to another.
#[utoipa::path(delete, path = "/api/v1/placements", tag = "recommendations", params(Named),
    responses((status = 204, description = "removed"), (status = 404, body = ErrorBody)))]
pub(super) async fn delete(
    State(api): State<Shared>,
    may: May<EditItems>,
    Query(named): Query<Named>,
) -> Result<StatusCode, ApiError> {
    let id = api.site(&may, &named.site)?.site().id;
    let was_there = api.core.control.save_placement(api.core.keys.as_ref(), id, &named.name, None).await?;
    declare(&api, id).await?;
    if was_there { Ok(StatusCode::NO_CONTENT) } else { Err(no_placement()) }
}

async fn declare(api: &Shared, id: outis_event::SiteId) -> Result<(), ApiError> {
    let mut all = api.core.control.placements(api.core.keys.as_ref()).await?;
    let models: &Models = &api.core.models;
    Ok(models.declare(id, all.remove(&id).unwrap_or_default()).await?)
}

fn no_placement() -> ApiError {
    let message = "no placement of this name is declared; GET /api/v1/placements lists them";
    ApiError::new(StatusCode::NOT_FOUND, "no_placement", message)
}

/// Which variant does better: visitors of a day who saw and who clicked, by the events that the application sends.
#[utoipa::path(get, path = "/api/v1/placements/report", tag = "recommendations", params(Reported),
    responses((status = 200, body = Report), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn report(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Query(asked): Query<Reported>,
) -> Result<Json<Report>, ApiError> {
    let site = api.site(&may, &asked.site)?;
    let settings = site.site();
    let days = asked.days.unwrap_or(14);
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(ApiError::bad("days_out_of_range", "days is 1 to 92").below("/days"));
    }
    let shown = api.core.models.shown(settings.id).await?;
    let ready = shown.placement(&asked.name).ok_or_else(no_placement)?;
    let [shown_event, clicked_event] = Plan::SUGGESTIONS;
    let saw = count(&api, settings, shown_event, days).await?;
    let clicked = count(&api, settings, clicked_event, days).await?;
    let of = |counts: &BTreeMap<String, u64>, variant: &str| counts.get(&format!("{}.{variant}", ready.name)).copied();
    let mut control: Option<Counts> = None;
    let mut variants = Vec::new();
    for (at, (name, _, _)) in ready.variants.iter().enumerate() {
        let (saw, clicked) = (of(&saw, name), of(&clicked, name));
        // Rounded counts may tell of one more who clicked than saw.
        let counts = saw.zip(clicked).map(|(saw, clicked)| Counts { saw, acted: clicked.min(saw) });
        let compared = match (at, control, counts) {
            (0, _, _) => Err(None),
            (_, Some(control), Some(counts)) => compare(control, counts).map_err(|error| Some(told(error))),
            _ => Err(Some("too few people saw or clicked one of the variants, or the events are not sent")),
        };
        if at == 0 {
            control = counts;
        }
        let (beside_control, not_compared) = match compared {
            Ok(comparison) => (Some(comparison), None),
            Err(why) => (None, why),
        };
        variants.push(OfVariant { name: name.clone(), saw, clicked, beside_control, not_compared });
    }
    let how = "the widget tells it by itself, another application sends `recommendation shown` and `recommendation \
               clicked` with the property `variant`, `PLACEMENT.VARIANT`; counted are visitors of a day, rounded as all \
               answers are";
    Ok(Json(Report { placement: ready.name.clone(), variants, how }))
}

fn told(error: CompareError) -> &'static str {
    match error {
        CompareError::Nobody => "nobody saw one of the variants",
        CompareError::Impossible => "more clicked than saw",
    }
}

/// Visitors of an event, by the variant that it names.
async fn count(api: &Shared, site: &Site, event: &str, days: u32) -> Result<BTreeMap<String, u64>, ApiError> {
    let words = api.core.warehouse.vocabulary(site.id);
    let named = |name: &str| words.lookup(Dimension::Event, name);
    let (Some(event), Some(property)) = (named(event), words.lookup(Space::PROPERTY, Plan::VARIANT)) else {
        return Ok(BTreeMap::new());
    };
    let today = api.core.clock.now().day(&site.zone);
    let question = Question {
        site: site.id,
        zone: site.zone.clone(),
        range: DayRange { from: today.plus(1 - days as i32), to: today, slots: None },
        filter: Filter::Event(EventFilter::Dimension(Dimension::Event, TermSet::of([event]))),
        metrics: vec![Metric::Visitors],
        groups: vec![Group::Property(property)],
        pageview: named(Plan::BUILT_IN[0]).unwrap_or(Term(u32::MAX)),
        engagement: named("engagement").unwrap_or(Term(u32::MAX)),
        cap_milli: None,
    };
    let shown = match api.core.gate.answer(&site.policy, &question).await {
        Ok(shown) => shown,
        Err(Refusal::TooFewPeople { .. }) => return Ok(BTreeMap::new()),
        Err(refusal) => return Err(refusal.into()),
    };
    let mut counts = BTreeMap::new();
    for row in &shown.rows {
        if let ([ShownKey::Term(value)], Some(Some(visitors))) = (row.keys.as_slice(), row.values.first())
            && let Some(text) = words.text(Space::values_of(property), *value)
        {
            counts.insert(text.to_string(), *visitors as u64);
        }
    }
    Ok(counts)
}
