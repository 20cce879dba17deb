//! Plausible's Stats API v2.

use axum::Json;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use outis_event::Policy;
use outis_guard::Refusal;
use outis_insight::plausible::parse;
use outis_insight::{Query, Shown};
use serde::Serialize;
use utoipa::ToSchema;

use super::auth::{May, bearer};
use super::error::ApiError;
use super::rights::AskQuestions;
use super::{Api, Shared};

/// A refusal in Plausible's form.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlausibleError {
    /// What is wrong.
    error: String,
}

struct Refused(StatusCode, String);

/// Answers a query in Plausible's form; see docs/stats-api.md.
#[utoipa::path(post, path = "/api/v2/query", tag = "questions", request_body = Object,
    responses((status = 200, body = outis_insight::plausible::Answer), (status = 400, body = PlausibleError),
        (status = 401, body = PlausibleError)))]
pub(super) async fn post(
    State(api): State<Shared>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let answered = match body {
        Ok(body) => answer(&api, &headers, &body).await,
        Err(rejection) => Err(Refused(rejection.status(), "The body is too large or broke off.".to_owned())),
    };
    match answered {
        Ok(answer) => Json(answer).into_response(),
        Err(Refused(status, error)) => (status, Json(PlausibleError { error })).into_response(),
    }
}

async fn answer(api: &Api, headers: &HeaderMap, body: &[u8]) -> Result<outis_insight::plausible::Answer, Refused> {
    let token = bearer(headers).ok_or_else(missing)?;
    let token = api.core.control.token(token).await.map_err(|error| refused(error.into()))?.ok_or_else(invalid)?;
    let may: May<AskQuestions> = May::program(token).ok_or_else(invalid)?;
    let request = parse(body).map_err(bad)?;
    let site = api.site(&may, request.site_id()).map_err(|_| invalid())?;
    let question = request.resolve(&api.context(&site)).map_err(bad)?;
    let policy = &site.site().policy;
    let shown = api.core.gate.answer(policy, &question.main).await.map_err(guarded)?;
    let everybody = match &question.everybody {
        Some(query) => api.told(policy, query).await?,
        None => None,
    };
    let mut goals = Vec::with_capacity(question.goals.len());
    for (_, query) in &question.goals {
        goals.push(api.told(policy, query).await?);
    }
    Ok(question.present_goals(&site.context.vocabulary, &shown, everybody.as_ref(), &goals))
}

impl Api {
    /// The answer to a part of a question, if it may be told.
    async fn told(&self, policy: &Policy, query: &Query) -> Result<Option<Shown>, Refused> {
        match self.core.gate.answer(policy, query).await {
            Ok(shown) => Ok(Some(shown)),
            Err(Refusal::TooFewPeople { .. } | Refusal::TooManyFilters { .. }) => Ok(None),
            Err(refusal) => Err(guarded(refusal)),
        }
    }
}

fn bad(error: outis_insight::plausible::QueryError) -> Refused {
    Refused(StatusCode::BAD_REQUEST, error.error)
}

fn missing() -> Refused {
    let text = "Missing API key. Please use a valid Plausible API key as a Bearer Token.";
    Refused(StatusCode::UNAUTHORIZED, text.to_owned())
}

/// One text for unknown tokens, tokens of other sites and unknown sites: nobody learns which sites there are.
fn invalid() -> Refused {
    let text = "Invalid API key or site ID. Please make sure you're using a valid API key with access to the site \
                you've requested.";
    Refused(StatusCode::UNAUTHORIZED, text.to_owned())
}

fn guarded(refusal: Refusal) -> Refused {
    let error = ApiError::from(refusal);
    // Clients of this interface know 400 for a query that cannot be answered.
    let status = if error.status() == StatusCode::FORBIDDEN { StatusCode::BAD_REQUEST } else { error.status() };
    Refused(status, error.message().to_owned())
}

fn refused(error: ApiError) -> Refused {
    Refused(error.status(), error.message().to_owned())
}
