//! Intents as staff define them: reading, changing, and the forms of other engines.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};
use outis_capture::SiteState;
use outis_personal::intent::{DefinitionError, Definitions, Imported, Intent};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Shared;
use crate::api::error::ApiError;
use crate::api::rights::Define;
use crate::api::{May, site_of};
use crate::control::Deed;
use crate::core::intents::{OfSite, Progress, starter};
use crate::extract::Query;

/// Which site.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Asked {
    /// The site's name.
    site: String,
    /// The version that is changed; refused if there is another one by now. Without it the present one is.
    version: Option<i64>,
}

/// The intents of a site, and how far learning them is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Told {
    /// Grows with each change; 0: there are none.
    version: i64,
    /// `none`, `learning`, `ready` or `failed`.
    state: &'static str,
    /// The version that answers, if one does: while another one is learnt that is the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<i64>,
    /// When it was learnt.
    #[serde(skip_serializing_if = "Option::is_none")]
    learnt: Option<String>,
    /// Languages, intents and lists; docs/intents.md has the form.
    #[schema(value_type = Object)]
    definitions: Arc<Definitions>,
    /// Of the version that answers: how many examples of an intent were told to be of which, each by a model that had not
    /// seen it.
    confusion: Vec<ConfusedTold>,
    /// What could not be taken over of an imported file, by its place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<String>,
}

/// Examples of one intent that were told to be of one.
#[derive(Serialize, ToSchema)]
pub(crate) struct ConfusedTold {
    /// What they are examples of.
    intent: String,
    /// What they were taken for; absent: out of scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    told: Option<String>,
    examples: usize,
}

/// A file of definitions.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Import {
    format: Format,
    /// What is in the file; not with `starter`.
    #[serde(default)]
    text: String,
    /// Add to what is there, instead of replacing it; intents and lists of the same name are replaced all the same.
    #[serde(default)]
    add: bool,
}

/// Which form is wanted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Export {
    format: Format,
}

/// A file of definitions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Exported {
    text: String,
}

/// Forms of definitions.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// Our own.
    Toml,
    /// Our own.
    Json,
    /// The form of Snips' library or benchmark.
    Snips,
    /// Rasa's YAML.
    Rasa,
    /// What a site can begin with: the built-in actions, in English and German. Import only.
    Starter,
}

pub(super) async fn get(
    State(core): State<Shared>,
    may: May<Define>,
    Query(asked): Query<Asked>,
) -> Result<Json<Told>, ApiError> {
    let site = site_of(&core, &may, &asked.site)?;
    Ok(Json(Told::of(core.intents.of(site.site().id).as_deref())))
}

pub(super) async fn put(
    State(core): State<Shared>,
    may: May<Define>,
    Query(asked): Query<Asked>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Told>, ApiError> {
    let site = site_of(&core, &may, &asked.site)?;
    let text = text_of(body)?;
    let told = headers.get(CONTENT_TYPE).and_then(|told| told.to_str().ok()).unwrap_or_default();
    let format = if told.starts_with("application/toml") { Format::Toml } else { Format::Json };
    let imported = apart(move || parse(format, &text)).await?;
    save(&core, &may, &site, asked.version, imported).await
}

pub(super) async fn import(
    State(core): State<Shared>,
    may: May<Define>,
    Query(asked): Query<Asked>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Told>, ApiError> {
    let site = site_of(&core, &may, &asked.site)?;
    let import: Import = read(&text_of(body)?, "format, text, add")?;
    let known = core.intents.of(site.site().id);
    let before = asked.version.or(known.as_ref().map(|known| known.version));
    let imported = apart(move || {
        let mut imported = parse(import.format, &import.text)?;
        if let Some(known) = known {
            let foreign = matches!(import.format, Format::Snips | Format::Rasa);
            join(&mut imported.definitions, &known.definitions, foreign, import.add);
        }
        imported.definitions.check().map_err(|error| refusal(&error, &imported.definitions))?;
        Ok(imported)
    })
    .await?;
    save(&core, &may, &site, before, imported).await
}

pub(super) async fn export(
    State(core): State<Shared>,
    may: May<Define>,
    Query(asked): Query<Asked>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Exported>, ApiError> {
    let site = site_of(&core, &may, &asked.site)?;
    let export: Export = read(&text_of(body)?, "format")?;
    let definitions = core.intents.of(site.site().id).map(|known| known.definitions.clone()).unwrap_or_default();
    let text = match export.format {
        Format::Toml => definitions.to_toml(),
        Format::Json => definitions.to_json(),
        Format::Snips => definitions.to_snips(),
        Format::Rasa => definitions.to_rasa(),
        Format::Starter => {
            let message = "the starter can only be imported; export toml, json, snips or rasa";
            return Err(ApiError::bad("format_unknown", message).below("/format"));
        }
    };
    Ok(Json(Exported { text }))
}

async fn save(
    core: &Shared,
    may: &May<Define>,
    site: &SiteState,
    version: Option<i64>,
    imported: Imported,
) -> Result<Json<Told>, ApiError> {
    let id = site.site().id;
    let present = core.intents.of(id).map_or(0, |known| known.version);
    core.note_deed(may.actor(), Deed::ChangedIntents).await?;
    let changed = core.intents.define(id, version.unwrap_or(present), imported.definitions).await?;
    let conflict = || {
        let message = "the intents were changed by somebody else meanwhile: read them again, then change them";
        ApiError::new(StatusCode::CONFLICT, "other_version", message)
    };
    let changed = changed.ok_or_else(conflict)?;
    Ok(Json(Told { left_out: imported.left_out, ..Told::of(Some(&changed)) }))
}

impl Told {
    fn of(known: Option<&OfSite>) -> Told {
        let Some(known) = known else {
            let definitions = Arc::default();
            let (answers, learnt, confusion, left_out) = (None, None, Vec::new(), Vec::new());
            return Told { version: 0, state: "none", answers, learnt, definitions, confusion, left_out };
        };
        let served = known.served.as_deref();
        let instant =
            |at: outis_event::Timestamp| jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().to_string();
        Told {
            version: known.version,
            state: match known.progress {
                _ if known.definitions.intents.is_empty() => "none",
                Progress::Learning => "learning",
                Progress::Ready => "ready",
                Progress::Failed => "failed",
            },
            answers: served.map(|served| served.version),
            learnt: served.map(|served| instant(served.learnt)),
            definitions: known.definitions.clone(),
            confusion: served.map(|served| confusion(served.engine.model())).unwrap_or_default(),
            left_out: Vec::new(),
        }
    }
}

fn confusion(model: &outis_personal::intent::Model) -> Vec<ConfusedTold> {
    let name = |at: usize| model.definitions().intents.get(at).map(|intent| intent.name.clone()).unwrap_or_default();
    let told = |one: &outis_personal::intent::Confused| ConfusedTold {
        intent: name(one.intent),
        told: one.told.map(name),
        examples: one.examples,
    };
    model.confusion().iter().map(told).collect()
}

/// Reads definitions, in either of our own forms or another engine's.
fn parse(format: Format, text: &str) -> Result<Imported, ApiError> {
    let ours = |read: Result<Definitions, DefinitionError>| {
        read.map(|definitions| Imported { definitions, left_out: Vec::new() })
    };
    let read = match format {
        Format::Toml => ours(Definitions::from_toml(text)),
        Format::Json => ours(Definitions::from_json(text)),
        Format::Snips => Definitions::from_snips(text),
        Format::Rasa => Definitions::from_rasa(text),
        Format::Starter => ours(starter::definitions()),
    };
    read.map_err(|error| refusal(&error, &unchecked(format, text)))
}

/// The same without looking for mistakes, to tell where one is.
fn unchecked(format: Format, text: &str) -> Definitions {
    match format {
        Format::Toml => toml::from_str(text).unwrap_or_default(),
        Format::Json => serde_json::from_str(text).unwrap_or_default(),
        Format::Snips | Format::Rasa | Format::Starter => Definitions::default(),
    }
}

/// A mistake with its place: `/intents/3/examples/2`. Names that staff gave are told by their place where it is known.
fn refusal(error: &DefinitionError, definitions: &Definitions) -> ApiError {
    let field = error.field.replace(['.', '['], "/").replace(']', "");
    let within = match &error.intent {
        None => String::new(),
        Some(name) => match definitions.intents.iter().position(|intent| intent.name == *name) {
            Some(at) => format!("/intents/{at}"),
            None => format!("/{}", name.replace('[', "/").replace(']', "")),
        },
    };
    let place = if field.is_empty() { within } else { format!("{within}/{field}") };
    let refused = ApiError::bad("definitions_malformed", error.problem.to_string());
    if place.is_empty() { refused } else { refused.below(&place) }
}

/// What other engines have no place for stays as it was: actions, confirmations, what is required.
fn join(new: &mut Definitions, old: &Definitions, foreign: bool, add: bool) {
    if foreign {
        for intent in &mut new.intents {
            let Some(before) = old.intents.iter().find(|before| before.name == intent.name) else { continue };
            let Intent { action, confirm, destructive, .. } = before.clone();
            (intent.action, intent.confirm, intent.destructive) = (action, confirm, destructive);
            for (name, slot) in &mut intent.slots {
                slot.required = before.slots.get(name).is_some_and(|before| before.required);
            }
        }
    }
    if add {
        let names: Vec<String> = new.intents.iter().map(|intent| intent.name.clone()).collect();
        let kept = old.intents.iter().filter(|intent| !names.contains(&intent.name)).cloned();
        new.intents = kept.chain(std::mem::take(&mut new.intents)).collect();
        for (name, entries) in &old.lists {
            new.lists.entry(name.clone()).or_insert_with(|| entries.clone());
        }
        let languages = old.languages.iter().filter(|language| !new.languages.contains(language)).cloned();
        let languages: Vec<String> = languages.collect();
        new.languages.extend(languages);
    }
}

fn text_of(body: Result<Bytes, BytesRejection>) -> Result<String, ApiError> {
    let large = |_| ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", "definitions take at most 8 MiB");
    String::from_utf8(body.map_err(large)?.into()).map_err(|_| ApiError::bad("malformed", "the body is text in UTF-8"))
}

fn read<T: for<'a> Deserialize<'a>>(text: &str, keys: &str) -> Result<T, ApiError> {
    serde_json::from_str(text).map_err(|_| ApiError::bad("malformed", format!("the body is a JSON object with {keys}")))
}

/// Definitions may be large: they are read where nothing else waits.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, ApiError> + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?
}
