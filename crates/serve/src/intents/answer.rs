//! Texts as they come, and what is told of them.

use std::sync::Arc;

use axum::extract::rejection::BytesRejection;
use bytes::Bytes;
use http::StatusCode;
use jiff::tz::TimeZone;
use outis_disclose::Pii;
use outis_event::Timestamp;
use outis_personal::intent::{Context, Interpretation, TextError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::Shared;
use super::whom::Asker;
use crate::api::error::ApiError;
use crate::core::intents::{Fate, OfSite, Progress, Served};

/// Longest locale, in bytes.
const MOST_LOCALE_BYTES: usize = 35;
/// Longest id or path of what is being looked at, in bytes.
const MOST_CONTEXT_BYTES: usize = 512;

/// A body of a bounded length as the JSON that a call takes.
pub(super) fn read<T: DeserializeOwned>(body: Result<Bytes, BytesRejection>, keys: &str) -> Result<T, ApiError> {
    let body = body.map_err(|rejection| {
        let message = "the body is too large: a text has at most 1,000 characters";
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", message),
            _ => ApiError::bad("malformed", "the body broke off"),
        }
    })?;
    serde_json::from_slice(&body)
        .map_err(|_| ApiError::bad("malformed", format!("the body is a JSON object with {keys}")))
}

/// A text as it is read: marked as personal before anything else sees it.
pub(super) fn text<'de, D: Deserializer<'de>>(input: D) -> Result<Pii<String>, D::Error> {
    String::deserialize(input).map(Pii::new)
}

/// The site's intents with what answers, or what to do to have them.
pub(super) fn at_work(core: &Shared, asker: &Asker) -> Result<(Arc<OfSite>, Arc<Served>), ApiError> {
    let of_site = core.intents.of(asker.site.site().id).filter(|of_site| !of_site.definitions.intents.is_empty());
    let Some(of_site) = of_site else {
        let message = "this site has no intents yet: staff define them with PUT /api/v1/intents, or begin with \
                       POST /api/v1/intents/import {\"format\": \"starter\"}";
        return Err(ApiError::new(StatusCode::CONFLICT, "no_intents", message));
    };
    match (&of_site.served, of_site.progress) {
        (Some(served), _) => Ok((of_site.clone(), served.clone())),
        (None, Progress::Failed) => {
            let message =
                "the intents of this site could not be learnt; changing them or starting the server tries again";
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "not_learnt", message))
        }
        (None, _) => {
            let message = "the intents of this site are being learnt: try again in some seconds";
            Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "learning", message).retry_after(2))
        }
    }
}

/// What a text means at this time in the site's zone.
pub(super) fn interpret<'e>(
    served: &'e Served,
    text: &Pii<String>,
    context: &Context,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Interpretation<'e>, ApiError> {
    let long = [&context.item, &context.page].into_iter().flatten().any(|text| text.len() > MOST_CONTEXT_BYTES);
    if long {
        return Err(ApiError::bad("context_too_long", "an item and a page have at most 512 bytes").below("/context"));
    }
    let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default().to_zoned_datetime(zone.clone());
    let told = served.engine.interpret(text.expose("it is interpreted"), &now);
    let mut told = told.map_err(|TextError::TooLong| {
        ApiError::bad("text_too_long", "a text has at most 1,000 characters").below("/text")
    })?;
    let intents = &served.engine.model().definitions().intents;
    if let Some(intent) = told.intent.and_then(|name| intents.iter().find(|intent| intent.name == name)) {
        told.complete(intent, context);
    }
    Ok(told)
}

/// Whether there are examples in a language; `None` if that is not known.
pub(super) fn knows_language(served: &Served, locale: Option<&str>) -> Result<Option<bool>, ApiError> {
    let Some(locale) = locale else { return Ok(None) };
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-';
    if locale.is_empty() || locale.len() > MOST_LOCALE_BYTES || !locale.chars().all(fits) {
        return Err(
            ApiError::bad("locale_malformed", "a locale is a language tag such as en or de-AT").below("/locale")
        );
    }
    let languages = &served.engine.model().definitions().languages;
    let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    let known = languages.iter().any(|language| primary(language) == primary(locale));
    Ok((!languages.is_empty()).then_some(known))
}

/// Counts what became of a text, behind the answer. Staff only try.
pub(super) fn count(core: &Shared, asker: Asker, of_site: Arc<OfSite>, intent: Option<String>, fate: Fate) {
    if !asker.counts() {
        return;
    }
    let core = core.clone();
    tokio::spawn(async move {
        let member = asker.member(&core).await;
        let told = (intent.as_deref(), fate);
        core.intents.counted.count(&asker.site, &of_site, told, member, asker.gpc, core.clock.now());
    });
}
