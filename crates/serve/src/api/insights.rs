//! The native questions: totals, series, breakdowns, and those about the order of events.

use axum::Json;
use axum::extract::State;
use outis_insight::native::behaviour::{Answer, Ask};
use outis_insight::native::{Context, Form, Offer, Request, Response, parse};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{AskedSite, May};
use super::error::ApiError;
use super::rights::AskQuestions;
use super::{Api, Shared};
use crate::extract::{Body, Path};

/// An answer of any kind.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
pub(super) enum AnyAnswer {
    /// `totals`, `series`, `breakdown`.
    Rows(Box<Response>),
    /// The other kinds, each with its own keys.
    Order(Box<Answer>),
}

/// A question of any kind.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes what is read by kind")]
pub(super) enum AnyRequest {
    /// `totals`, `series`, `breakdown`.
    Rows(Request),
    /// The other kinds, each with its own keys.
    Order(Ask),
}

/// Answers a question about one site.
#[utoipa::path(post, path = "/api/v1/insights/{kind}", tag = "questions", request_body = inline(AnyRequest),
    params(("kind" = String, Path, description = KINDS)),
    responses((status = 200, body = inline(AnyAnswer)), (status = 400, body = super::error::ErrorBody),
        (status = 403, body = super::error::ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn post(
    State(api): State<Shared>,
    Path(kind): Path<String>,
    may: May<AskQuestions>,
    Body(body): Body,
) -> Result<Json<AnyAnswer>, ApiError> {
    if let Some(form) = form(&kind) {
        return Ok(Json(AnyAnswer::Rows(Box::new(rows(&api, form, &may, &body).await?))));
    }
    match Ask::parse(&kind, &body) {
        Some(ask) => Ok(Json(AnyAnswer::Order(Box::new(order(&api, &ask?, &may, &body).await?)))),
        None => Err(super::error::no_such_call().await),
    }
}

const KINDS: &str =
    "`totals`, `series`, `breakdown`, `funnel`, `journeys`, `visits`, `frequency`, `retention`, `lifecycle`";

fn form(kind: &str) -> Option<Form> {
    match kind {
        "totals" => Some(Form::Totals),
        "series" => Some(Form::Series),
        "breakdown" => Some(Form::Breakdown),
        _ => None,
    }
}

async fn rows(api: &Api, form: Form, may: &May<AskQuestions>, body: &[u8]) -> Result<Response, ApiError> {
    let request = parse(body)?;
    let site = api.site(may, &request.site)?;
    let question = request.resolve(form, &api.context(&site))?;
    let policy = &site.site().policy;
    let shown = api
        .core
        .gate
        .answer(policy, &question.main)
        .await
        .map_err(|refusal| ApiError::of(refusal, body, || Offer::for_query(&question.main, &api.context(&site))))?;
    let compared = match &question.compare {
        Some(query) => Some(api.core.gate.answer(policy, query).await?),
        None => None,
    };
    Ok(question.present(&site.context.vocabulary, &shown, compared.as_ref()))
}

async fn order(api: &Api, ask: &Ask, may: &May<AskQuestions>, body: &[u8]) -> Result<Answer, ApiError> {
    let site = api.site(may, ask.site())?;
    let asked = ask.resolve(&api.context(&site))?;
    let gate = &api.core.gate;
    let shown = gate.behaviour_later(&site.site().policy, &asked.behaviour, asked.kept()).await;
    let offer = || Offer::for_ask(ask, &api.context(&site));
    let shown = shown.map_err(|refusal| ApiError::of(refusal, body, offer).or_of_history(ask.in_history()))?;
    Ok(asked.present(&site.context.vocabulary, &shown))
}

impl Api {
    /// What words and days of a question mean now.
    pub(super) fn context<'a>(&self, site: &'a AskedSite) -> Context<'a> {
        let settings = site.site();
        Context {
            site: settings.id,
            zone: &settings.zone,
            vocabulary: &site.context.vocabulary,
            now: self.core.clock.now(),
            first_day: self.core.warehouse.first_day(settings.id),
            definitions: &site.definitions,
            link: settings.policy.link,
            actions: &settings.plan.actions,
        }
    }
}
