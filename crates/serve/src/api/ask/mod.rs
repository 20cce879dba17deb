//! A question in words becomes a question: what is understood, what is not, and the call that answers it. Never a number.
//!
//! Texts are looked at in memory and nowhere kept: not stored, not logged, not counted.

mod call;
mod site_words;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::Range;

use axum::Json;
use axum::extract::State;
use outis_personal::catalogue::Catalogue;
use outis_personal::intent::ask::{AskBar, Asked, Question, Unasked, Unclear};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::auth::{AskedSite, May};
use super::error::{ApiError, ErrorBody};
use super::live::OfSite;
use super::rights::AskInWords;
use super::{Api, Shared};
use crate::extract::{Body, Query};

pub(super) use site_words::SiteWords;

use call::Call;
use site_words::titles;

/// Languages that are understood.
const LANGUAGES: [&str; 2] = ["de", "en"];

/// A question in words.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AskRequest {
    /// Up to 1,000 characters, in one of `languages`.
    text: String,
}

/// What is understood.
#[derive(Serialize, ToSchema)]
pub(super) struct AskAnswer {
    /// `question`: it can be asked as it is. `unclear`: look at `why`. `out_of_scope`: look at `out_of_scope`.
    understood: &'static str,
    /// The question, if one can be told: `kind`, `metrics`, `dimension`, `filters`, `period`, `compare`, `interval`,
    /// `steps`, `mode`, `order`, `limit`, each only if it is said.
    #[schema(value_type = Option<Object>)]
    question: Option<Question>,
    /// The call that answers the question; without one where something is missing.
    request: Option<Call>,
    /// Why it is unclear.
    why: Vec<Why>,
    /// What could be meant instead of unknown words, out of what may be shown of the last 28 days.
    suggestions: Vec<Suggestion>,
    /// What it may be about, likeliest first: `numbers`, `trend`, `losing`, `funnel`, `retention`, `lifecycle`, `journeys`,
    /// `journeys_after`, `journeys_before`, `goals`, `features`, `items`, `attribution`, `visits`.
    candidates: Vec<String>,
    /// `about_somebody`: statistics say how many, never who. `unknown`: it is nothing that statistics know.
    out_of_scope: Option<&'static str>,
    /// Titles of the items that the question names, by their ids.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    titles: BTreeMap<String, String>,
    /// Languages that are understood.
    #[schema(value_type = Vec<String>)]
    languages: [&'static str; 2],
}

/// A place in the text, in UTF-16 code units, as browsers count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Place {
    from: usize,
    to: usize,
}

/// Why a question is unclear.
#[derive(Serialize, ToSchema)]
pub(super) struct Why {
    /// `kind`: it could as well be another kind of question. `word`: a word is not understood. `value`: this kind of
    /// question does not take a value. `missing`: `steps`, `event` or `page` is missing. `future`: the period has not begun.
    /// Otherwise the code of the error with which the call would be answered.
    what: String,
    /// Of a word or value.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<Place>,
    /// What is missing, or what would work.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// A word of the site that is like one that is not understood.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(super) struct Suggestion {
    /// Which word it would stand for.
    place: Place,
    /// What would be written there.
    text: String,
    /// Of which dimension it is.
    dimension: &'static str,
}

/// Turns a question in words into a question. Only staff, and nothing is kept of the text.
#[utoipa::path(post, path = "/api/v1/ask", tag = "questions", params(OfSite), request_body = AskRequest,
    responses((status = 200, body = AskAnswer), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(super) async fn post(
    State(api): State<Shared>,
    may: May<AskInWords>,
    Query(of): Query<OfSite>,
    Body(body): Body,
) -> Result<Json<AskAnswer>, ApiError> {
    let site = api.site(&may, &of.site)?;
    let request: AskRequest = serde_json::from_slice(&body).map_err(|_| {
        ApiError::bad("malformed", "the body is {\"text\": \"...\"}: a question of up to 1000 characters")
    })?;
    let bar = api.site_words.bar(&api, &site).await?;
    let now = api.core.clock.now();
    let named = titles(&api.core.catalogues.of(site.site().id), &request.text, now);
    let asked = bar
        .ask_naming(&request.text, &now.zoned(&site.site().zone), &named)
        .map_err(|error| ApiError::bad("text_too_long", error.to_string()).below("/text"))?;
    Ok(Json(api.understood(&site, &of.site, &bar, &request.text, asked)))
}

impl Api {
    fn understood(&self, site: &AskedSite, domain: &str, bar: &SiteBar, text: &str, asked: Asked) -> AskAnswer {
        let mut answer = AskAnswer {
            understood: "question",
            question: None,
            request: None,
            why: Vec::new(),
            suggestions: Vec::new(),
            candidates: Vec::new(),
            out_of_scope: None,
            titles: BTreeMap::new(),
            languages: LANGUAGES,
        };
        match asked {
            Asked::Question(question) => answer.question = Some(question),
            Asked::Unclear { question, why, candidates } => {
                answer.suggestions = bar.suggestions(text, unknown_words(&why));
                answer.why = why.into_iter().map(|why| Why::of(why, text)).collect();
                (answer.understood, answer.question, answer.candidates) = ("unclear", question, candidates);
            }
            Asked::OutOfScope(why) => {
                answer.understood = "out_of_scope";
                answer.out_of_scope = Some(match why {
                    Unasked::AboutSomebody => "about_somebody",
                    Unasked::Unknown => "unknown",
                });
            }
        }
        if let Some(question) = &answer.question {
            answer.titles = titles_of(question, &self.core.catalogues.of(site.site().id));
            let call = Call::of(question, domain);
            if let Err(error) = call.check(&self.context(site)) {
                answer.understood = "unclear";
                let message = Some(error.message.into_owned());
                answer.why.push(Why { what: error.code.to_owned(), place: None, message });
            }
            answer.request = Some(call);
        }
        answer
    }
}

fn titles_of(question: &Question, items: &Catalogue) -> BTreeMap<String, String> {
    let named = question.filters.iter().filter(|filter| filter.dimension == "item").flat_map(|filter| &filter.values);
    named.filter_map(|id| Some((id.clone(), items.by_id(id)?.title.clone()))).collect()
}

fn unknown_words(why: &[Unclear]) -> impl Iterator<Item = Range<usize>> {
    why.iter().filter_map(|why| match why {
        Unclear::Word(place) => Some(place.clone()),
        _ => None,
    })
}

impl Place {
    /// Of bytes of a text.
    fn of(bytes: &Range<usize>, text: &str) -> Place {
        let units = |until: usize| text.get(..until).unwrap_or(text).encode_utf16().count();
        Place { from: units(bytes.start), to: units(bytes.end) }
    }
}

impl Why {
    fn of(why: Unclear, text: &str) -> Why {
        let (what, place, message) = match why {
            Unclear::Kind => ("kind", None, None),
            Unclear::Word(bytes) => ("word", Some(Place::of(&bytes, text)), None),
            Unclear::Value(bytes) => ("value", Some(Place::of(&bytes, text)), None),
            Unclear::Missing(what) => ("missing", None, Some(what.to_owned())),
            Unclear::Future => ("future", None, None),
        };
        Why { what: what.to_owned(), place, message }
    }
}

/// Understands questions about one site.
pub(super) struct SiteBar {
    bar: AskBar,
    words: Vec<site_words::Word>,
}

impl std::ops::Deref for SiteBar {
    type Target = AskBar;

    fn deref(&self) -> &AskBar {
        &self.bar
    }
}
