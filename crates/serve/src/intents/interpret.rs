//! Telling what a text means.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use outis_disclose::Pii;
use outis_personal::intent::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::Shared;
use super::answer::{at_work, count, interpret, knows_language, read, text};
use super::order::{sent, slots_of};
use super::whom::Asker;
use crate::api::error::ApiError;

/// A text that somebody wrote.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    /// At most 1,000 characters. It is neither stored nor logged.
    #[serde(deserialize_with = "text")]
    #[schema(value_type = String)]
    text: Pii<String>,
    /// A language tag; the answer then says whether there are examples in that language.
    #[serde(default)]
    locale: Option<String>,
    /// What is being looked at: `item` (an id) and `page` (a path), for *bookmark this*.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    context: Context,
}

pub(super) async fn post(
    State(core): State<Shared>,
    asker: Asker,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Value>, ApiError> {
    let asked: Asked = read(body, "text and, if you like, locale and context {item, page}")?;
    let (of_site, served) = at_work(&core, &asker)?;
    let language_known = knows_language(&served, asked.locale.as_deref())?;
    let zone = &asker.site.site().zone;
    let told = interpret(&served, &asked.text, &asked.context, zone, core.clock.now())?;
    let mut answer = serde_json::to_value(&told).map_err(anyhow::Error::from)?;
    answer["arguments"] = Value::Object(sent(&slots_of(&told.slots)));
    answer["model"] = json!({ "version": served.version, "languages": served.engine.model().definitions().languages });
    if let Some(known) = language_known {
        answer["language_known"] = json!(known);
    }
    let intent = told.intent.map(str::to_owned);
    count(&core, asker, of_site, intent, told.decision.into());
    Ok(Json(answer))
}
