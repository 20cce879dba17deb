//! The native questions: totals, series, breakdowns.

use axum::Json;
use axum::extract::{Path, State};
use bytes::Bytes;
use outis_insight::native::{Context, Form, Request, Response, parse};

use super::auth::{AskedSite, Caller};
use super::error::ApiError;
use super::{Api, Shared};

/// Answers a question about one site.
#[utoipa::path(post, path = "/api/v1/insights/{form}", tag = "questions", request_body = Request,
    params(("form" = String, Path, description = "`totals`, `series` or `breakdown`")),
    responses((status = 200, body = Response), (status = 400, body = super::error::ErrorBody),
        (status = 403, body = super::error::ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn post(
    State(api): State<Shared>,
    Path(form): Path<String>,
    caller: Caller,
    body: Bytes,
) -> Result<Json<Response>, ApiError> {
    let form = match form.as_str() {
        "totals" => Form::Totals,
        "series" => Form::Series,
        "breakdown" => Form::Breakdown,
        _ => return Err(super::error::no_such_call().await),
    };
    let request = parse(&body)?;
    let site = api.site(&caller, &request.site)?;
    let question = request.resolve(form, &api.context(&site))?;
    let policy = &site.site().policy;
    let shown = api.core.gate.answer(policy, &question.main).await?;
    let compared = match &question.compare {
        Some(query) => Some(api.core.gate.answer(policy, query).await?),
        None => None,
    };
    Ok(Json(question.present(&site.context.vocabulary, &shown, compared.as_ref())))
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
        }
    }
}
