//! Questions that are put together from several guarded queries: each query passes the gate on its own.

use crate::extract::Body;
use axum::Json;
use axum::extract::State;
use outis_event::Policy;
use outis_guard::Refusal;
use outis_insight::behaviour::{Behaviour, ShownTable};
use outis_insight::native::{
    AbAnswer, AbRequest, AttributionAnswer, AttributionRequest, Composable, Composed, CompositionAnswer,
    CompositionRequest, Context, EngagementAnswer, EngagementRequest, FeaturesAnswer, FeaturesRequest, GoalsAnswer,
    GoalsRequest, ItemsAnswer, ItemsRequest, Offer, Part, SegmentationAnswer, SegmentationRequest, parse_composed,
};
use outis_insight::{EvaluateError, Shown};

use super::auth::May;
use super::error::{ApiError, ErrorBody};
use super::rights::AskQuestions;
use super::{Api, Shared};

type Answered<T> = Result<Json<<<T as Composable>::Question as Composed>::Answer>, ApiError>;

impl Api {
    async fn compose<T: Composable>(&self, may: &May<AskQuestions>, body: &[u8]) -> Answered<T> {
        let request: T = parse_composed(body)?;
        let site = self.site(may, request.site())?;
        let question = request.resolve(&self.context(&site))?;
        let answers = self.answers(&site.site().policy, question.parts(), &self.context(&site), body).await?;
        let mut answer = question.present(&site.context.vocabulary, &answers);
        let repeated = self.repeated(&site.site().policy, question.repeated(), body).await?;
        question.add_repeated(&site.context.vocabulary, &mut answer, &repeated);
        Ok(Json(answer))
    }

    /// How often visitors do something, where it may be told.
    async fn repeated(
        &self,
        policy: &Policy,
        asked: &[Behaviour],
        body: &[u8],
    ) -> Result<Vec<Option<ShownTable>>, ApiError> {
        let mut tables = Vec::with_capacity(asked.len());
        for behaviour in asked {
            tables.push(match self.core.gate.behaviour(policy, behaviour).await {
                Ok(shown) => Some(shown),
                Err(Refusal::TooFewPeople { .. } | Refusal::TooManyFilters { .. }) => None,
                // Cells tell the rest of the answer, but not this.
                Err(Refusal::Evaluate(EvaluateError::NotInHistory { .. })) => None,
                Err(refusal) => return Err(ApiError::of(refusal, body, || None)),
            });
        }
        Ok(tables)
    }

    /// The answers to all parts. A part that sets too few people apart, or has too many conditions to be looked at, is
    /// left without one if the question can do without it.
    async fn answers(
        &self,
        policy: &Policy,
        parts: &[Part],
        context: &Context<'_>,
        body: &[u8],
    ) -> Result<Vec<Option<Shown>>, ApiError> {
        let mut answers = Vec::with_capacity(parts.len());
        for part in parts {
            answers.push(match self.core.gate.answer_later(policy, &part.query, &part.past).await {
                Ok(shown) => Some(shown),
                Err(Refusal::TooFewPeople { .. } | Refusal::TooManyFilters { .. }) if !part.must => None,
                // The answer says what was not kept.
                Err(Refusal::Evaluate(EvaluateError::NotKept { .. })) if !part.must => None,
                Err(refusal) => return Err(ApiError::of(refusal, body, || Offer::for_query(&part.query, context))),
            });
        }
        Ok(answers)
    }
}

/// How many reach each saved goal, and what arrives that is no goal yet.
#[utoipa::path(post, path = "/api/v1/insights/goals", tag = "questions", request_body = GoalsRequest,
    responses((status = 200, body = GoalsAnswer), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn goals(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Body(body): Body,
) -> Answered<GoalsRequest> {
    api.compose::<GoalsRequest>(&may, &body).await
}

/// Events side by side over time, by segment and group, and formulas of them.
#[utoipa::path(post, path = "/api/v1/insights/segmentation", tag = "questions", request_body = SegmentationRequest,
    responses((status = 200, body = SegmentationAnswer), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn segmentation(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Body(body): Body,
) -> Answered<SegmentationRequest> {
    api.compose::<SegmentationRequest>(&may, &body).await
}

/// How many use each declared feature, how much, and at which customers.
#[utoipa::path(post, path = "/api/v1/insights/features", tag = "questions", request_body = FeaturesRequest,
    responses((status = 200, body = FeaturesAnswer), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn features(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Body(body): Body,
) -> Answered<FeaturesRequest> {
    api.compose::<FeaturesRequest>(&may, &body).await
}

/// What visitors are made of: the most frequent values of an attribute.
#[utoipa::path(post, path = "/api/v1/insights/composition", tag = "questions", request_body = CompositionRequest,
    responses((status = 200, body = CompositionAnswer), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn composition(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Body(body): Body,
) -> Answered<CompositionRequest> {
    api.compose::<CompositionRequest>(&may, &body).await
}

/// Which events engage how many visitors, and how often.
#[utoipa::path(post, path = "/api/v1/insights/engagement", tag = "questions", request_body = EngagementRequest,
    responses((status = 200, body = EngagementAnswer), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn engagement(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Body(body): Body,
) -> Answered<EngagementRequest> {
    api.compose::<EngagementRequest>(&may, &body).await
}

/// What is done with the items of the catalogue, or with their tags.
#[utoipa::path(post, path = "/api/v1/insights/items", tag = "questions", request_body = ItemsRequest,
    responses((status = 200, body = ItemsAnswer), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn items(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Body(body): Body,
) -> Answered<ItemsRequest> {
    api.compose::<ItemsRequest>(&may, &body).await
}

/// Where conversions come from.
#[utoipa::path(post, path = "/api/v1/insights/attribution", tag = "questions", request_body = AttributionRequest,
    responses((status = 200, body = AttributionAnswer), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn attribution(
    State(api): State<Shared>,
    may: May<AskQuestions>,
    Body(body): Body,
) -> Answered<AttributionRequest> {
    api.compose::<AttributionRequest>(&may, &body).await
}

/// Whether as many of one segment reach a goal as of another.
#[utoipa::path(post, path = "/api/v1/insights/ab", tag = "questions", request_body = AbRequest,
    responses((status = 200, body = AbAnswer), (status = 400, body = ErrorBody),
        (status = 403, body = ErrorBody, description = "refused to protect small groups")))]
pub(super) async fn ab(State(api): State<Shared>, may: May<AskQuestions>, Body(body): Body) -> Answered<AbRequest> {
    api.compose::<AbRequest>(&may, &body).await
}
