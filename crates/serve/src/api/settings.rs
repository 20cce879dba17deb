//! What a site promises, leaves out, accepts and plans: reading and changing it.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use outis_event::{Dimension, Mode, Plan, PlanError, Policy, PolicyError, Shields, Space, Vocabulary};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::Shared;
use super::auth::{AskedSite, May};
use super::definitions::read;
use super::error::{ApiError, ErrorBody};
use super::live::OfSite;
use super::rights::{Configure, ReadSettings};
use crate::control::Deed;
use crate::core::learning::LEARNING_DAYS;
use crate::extract::{Body, Query};

/// Most origins, and the longest of them.
const MOST_ORIGINS: usize = 100;
const LONGEST_ORIGIN: usize = 300;

/// A site's settings.
#[derive(Serialize, ToSchema)]
pub(crate) struct Settings {
    site: String,
    /// Floor, admission, window, link and the like.
    #[schema(value_type = Object)]
    policy: Policy,
    /// Traffic that is left out.
    #[schema(value_type = Object)]
    shields: Shields,
    /// Origins that browsers may send from besides the site's own domain.
    origins: Vec<String>,
    /// What is collected, and why.
    #[schema(value_type = Object)]
    plan: Plan,
    /// The day on which the plan turns strict by itself, with what was admitted by then; absent when nothing came yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    strict_from: Option<String>,
    admitted: Admitted,
}

/// What has come often enough to be kept and is not in the plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct Admitted {
    /// Names of events.
    events: Vec<String>,
    /// Names of properties.
    properties: Vec<AdmittedProperty>,
    /// How many pages.
    pages: usize,
}

/// A property that is not in the plan.
#[derive(Serialize, ToSchema)]
pub(crate) struct AdmittedProperty {
    name: String,
}

/// Changes of settings; what is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Change {
    /// The site's name.
    site: String,
    /// Keys of the policy to change.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    policy: Option<Value>,
    /// Keys of the shields to change.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    shields: Option<Value>,
    /// All origins.
    #[serde(default)]
    origins: Option<Vec<String>>,
}

/// A new plan in place of the old one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewPlan {
    /// The site's name.
    site: String,
    /// The plan.
    #[schema(value_type = Object)]
    plan: Value,
}

/// What a site promises, leaves out, accepts and plans, and what has come that is not planned. Staff, or a token with
/// the scope `sites`.
#[utoipa::path(get, path = "/api/v1/settings", tag = "sites", params(OfSite),
    responses((status = 200, body = Settings), (status = 404, body = ErrorBody)))]
pub(super) async fn get(
    State(api): State<Shared>,
    may: May<ReadSettings>,
    Query(of): Query<OfSite>,
) -> Result<Json<Settings>, ApiError> {
    let asked = api.site(&may, &of.site)?;
    let site = asked.site();
    let since = match site.plan.mode {
        Mode::Learn => api.core.control.learning(site.id).await?,
        Mode::Strict => None,
    };
    Ok(Json(Settings {
        strict_from: since.map(|day| day.plus(LEARNING_DAYS).date().to_string()),
        site: site.domain.clone(),
        policy: site.policy.clone(),
        shields: site.shields.clone(),
        origins: site.origins.clone(),
        plan: site.plan.clone(),
        admitted: admitted(&site.plan, &asked.context.vocabulary),
    }))
}

/// Changes what a site promises, leaves out and accepts.
#[utoipa::path(put, path = "/api/v1/settings", tag = "sites", request_body = Change,
    responses((status = 204, description = "changed"), (status = 400, body = ErrorBody)))]
pub(super) async fn put(
    State(api): State<Shared>,
    may: May<Configure>,
    Body(body): Body,
) -> Result<StatusCode, ApiError> {
    let change: Change = read(&body)?;
    let asked = api.site(&may, &change.site)?;
    let (policy, shields, origins) = changed(&asked, change)?;
    api.core.note_deed(may.actor(), Deed::ChangedSettings).await?;
    api.core.control.set_settings(asked.site().id, &policy, &shields, &origins).await?;
    api.core.step().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces the plan.
#[utoipa::path(put, path = "/api/v1/plan", tag = "sites", request_body = NewPlan,
    responses((status = 204, description = "replaced"), (status = 400, body = ErrorBody)))]
pub(super) async fn put_plan(
    State(api): State<Shared>,
    may: May<Configure>,
    Body(body): Body,
) -> Result<StatusCode, ApiError> {
    let new: NewPlan = read(&body)?;
    let asked = api.site(&may, &new.site)?;
    let plan: Plan =
        part(new.plan, "/plan", "a plan has mode, events, pages, items, tags, campaigns, sensitive_pages, actions")?;
    plan.check().map_err(|error| plan_refusal(&plan, &error))?;
    api.core.note_deed(may.actor(), Deed::ChangedPlan).await?;
    api.core.control.set_plan(asked.site().id, &plan).await?;
    api.core.step().await?;
    Ok(StatusCode::NO_CONTENT)
}

fn changed(asked: &AskedSite, change: Change) -> Result<(Policy, Shields, Vec<String>), ApiError> {
    let site = asked.site();
    let keys = "floor, admission, recent_days, idle_months, gpc, grace_hours, visitors_per_prefix, shared_networks, not_collected, \
                languages, public_lists, link, noise (with an epsilon of 0.1 to 20)";
    let policy: Policy = part(over(&site.policy, change.policy)?, "/policy", keys)?;
    policy.check().map_err(policy_refusal)?;
    let shields: Shields =
        part(over(&site.shields, change.shields)?, "/shields", "networks, countries, paths, hostnames")?;
    let origins = change.origins.unwrap_or_else(|| site.origins.clone());
    let is_good =
        |origin: &String| (1..=LONGEST_ORIGIN).contains(&origin.len()) && !origin.chars().any(char::is_control);
    if origins.len() > MOST_ORIGINS || !origins.iter().all(is_good) {
        return Err(ApiError::bad("origins_malformed", "at most 100 origins of 1 to 300 bytes").below("/origins"));
    }
    Ok((policy, shields, origins))
}

/// The present value with the keys of an object in place of its own.
fn over(present: &impl Serialize, keys: Option<Value>) -> Result<Value, ApiError> {
    let mut all = serde_json::to_value(present).map_err(anyhow::Error::from)?;
    match (&mut all, keys) {
        (Value::Object(all), Some(Value::Object(keys))) => all.extend(keys),
        (_, None) => {}
        (_, Some(_)) => return Err(ApiError::bad("malformed", "policy and shields are objects")),
    }
    Ok(all)
}

fn part<T: DeserializeOwned>(value: Value, place: &str, keys: &str) -> Result<T, ApiError> {
    let message = || format!("a key or value does not fit; there are {keys}");
    serde_json::from_value(value).map_err(|_| ApiError::bad("malformed", message()).below(place))
}

fn policy_refusal(error: PolicyError) -> ApiError {
    let key = match error {
        PolicyError::Floor => "/policy/floor",
        PolicyError::Admission => "/policy/admission",
        PolicyError::RecentDays => "/policy/recent_days",
        PolicyError::IdleMonths => "/policy/idle_months",
        _ => "/policy",
    };
    ApiError::bad("policy_out_of_range", error.to_string()).below(key)
}

/// Says where the mistake is without repeating a name.
fn plan_refusal(plan: &Plan, error: &PlanError) -> ApiError {
    let (message, place) = match error {
        PlanError::Name { .. } => ("a name needs 1 to 120 characters", "/plan/events".to_owned()),
        PlanError::Actions => ("at most eight events, each once", "/plan/actions".to_owned()),
        PlanError::Choice { .. } => ("a choice needs at least one value", "/plan/events".to_owned()),
        PlanError::Page { .. } => {
            let wrong = |pages: &[String]| pages.iter().position(|page| !page.starts_with('/'));
            let place = match (wrong(&plan.pages), wrong(&plan.sensitive_pages)) {
                (Some(at), _) => format!("/plan/pages/{at}"),
                (None, at) => format!("/plan/sensitive_pages/{}", at.unwrap_or(0)),
            };
            ("a page begins with /", place)
        }
    };
    ApiError::bad("plan_malformed", message).below(&place)
}

fn admitted(plan: &Plan, words: &Vocabulary) -> Admitted {
    let all = |space: Space| words.words(space).into_iter().map(|(_, word)| word.to_string());
    let planned = |name: &String| plan.events.values().any(|event| event.properties.contains_key(name));
    Admitted {
        events: all(Dimension::Event.into()).filter(|name| !plan.has_event(name)).collect(),
        properties: all(Space::PROPERTY).filter(|n| !planned(n)).map(|name| AdmittedProperty { name }).collect(),
        pages: all(Dimension::Page.into()).filter(|page| !plan.pages.contains(page)).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_not_given_stay_and_unknown_ones_are_refused() {
        let present = Policy { floor: 20, ..Policy::default() };
        let policy: Policy =
            part(over(&present, Some(serde_json::json!({ "recent_days": 14 }))).expect("an object"), "/policy", "")
                .expect("policy");
        assert_eq!((policy.floor, policy.recent_days), (20, 14));
        let unknown = over(&present, Some(serde_json::json!({ "people": [] }))).expect("an object");
        assert!(part::<Policy>(unknown, "/policy", "").is_err());
        assert!(over(&present, Some(serde_json::json!([]))).is_err());
    }

    #[test]
    fn what_came_and_is_not_planned_is_offered() {
        let words = Vocabulary::default();
        ["pageview", "signup", "download"].iter().for_each(|name| _ = words.admit(Dimension::Event, name));
        ["/", "/a"].iter().for_each(|page| _ = words.admit(Dimension::Page, page));
        ["format", "size"].iter().for_each(|name| _ = words.admit(Space::PROPERTY, name));
        let plan: Plan = serde_json::from_value(serde_json::json!({
            "events": { "download": { "properties": { "format": {} } } }, "pages": ["/a"],
        }))
        .expect("a plan");
        let found = admitted(&plan, &words);
        assert_eq!((found.events, found.pages), (vec!["signup".to_owned()], 1));
        assert_eq!(found.properties.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["size"]);
    }
}
