//! Search in the catalogue, and its list.

use axum::Json;
use axum::extract::State;
use outis_personal::catalogue::{Catalogue, Item};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::api::Shared;
use crate::api::auth::May;
use crate::api::error::{ApiError, ErrorBody};
use crate::api::rights::SeeItems;
use crate::extract::Query;

const USUAL: usize = 20;
const MOST: usize = 200;
/// As far as pages of one search go.
const MOST_FOUND: usize = 1_000;
/// Longest question: what is longer has more words than are looked at.
const LONGEST_QUESTION: usize = 500;

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// The site's name.
    site: String,
    /// Words of title, tags, kind or id: whole, by their beginning, or with a letter wrong. Without it: all, in the order in
    /// which they were added.
    q: Option<String>,
    /// Only what has this tag or one below it; synonyms are known.
    tag: Option<String>,
    /// Only of this kind.
    kind: Option<String>,
    /// Only in this language; `en` is also `en-GB`.
    language: Option<String>,
    /// Ids, separated by line breaks: only these.
    ids: Option<String>,
    /// At most so many, 1 to 200; else 20.
    limit: Option<usize>,
    /// Where the page before ended.
    cursor: Option<String>,
}

/// A page of the catalogue, with what is hidden, not published yet or expired.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page {
    /// Items as they are kept.
    #[schema(value_type = Vec<Object>)]
    items: Vec<Item>,
    /// How many fit in all; of a search at most 1,000 are found.
    total: usize,
    /// What to ask for the next page with; null: there is none.
    cursor: Option<String>,
    computed: Computed,
}

/// What it was found in.
#[derive(Serialize, ToSchema)]
pub(crate) struct Computed {
    /// Items in the catalogue.
    items: usize,
    /// Grows with every change of it.
    version: u64,
}

/// Items of the catalogue, found by words or listed.
#[utoipa::path(get, path = "/api/v1/items", tag = "items", params(Wanted),
    responses((status = 200, body = Page), (status = 400, body = ErrorBody, description = "no such tag, kind or language"),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn get(
    State(api): State<Shared>,
    may: May<SeeItems>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Page>, ApiError> {
    let site = api.site(&may, &wanted.site)?.site().id;
    let (catalogue, version) = (api.core.catalogues.of(site), api.core.catalogues.version(site));
    // A question with a typing error looks at every word.
    let found = tokio::task::spawn_blocking(move || page(&catalogue, &wanted, version));
    Ok(Json(found.await.map_err(anyhow::Error::from)??))
}

fn page(catalogue: &Catalogue, wanted: &Wanted, version: u64) -> Result<Page, ApiError> {
    let limit = wanted.limit.unwrap_or(USUAL);
    if !(1..=MOST).contains(&limit) {
        return Err(ApiError::bad("limit_out_of_range", "limit is 1 to 200").below("/limit"));
    }
    let from: usize = match wanted.cursor.as_deref().map(str::parse) {
        None => 0,
        Some(Ok(from)) => from,
        Some(Err(_)) => {
            return Err(ApiError::bad("cursor_malformed", "send the cursor of the page before").below("/cursor"));
        }
    };
    let filter = Filter::new(catalogue, wanted)?;
    let numbers: Vec<u32> = match (&wanted.q, &wanted.ids) {
        (Some(q), _) if q.len() > LONGEST_QUESTION => {
            return Err(ApiError::bad("question_too_long", "a question has at most 500 bytes").below("/q"));
        }
        (Some(q), _) if !q.trim().is_empty() => catalogue.find(q, |item| filter.lets(item), MOST_FOUND),
        (_, Some(ids)) => {
            let known = ids.lines().take(MOST).filter_map(|id| catalogue.number(id));
            known.filter(|number| catalogue.item(*number).is_some_and(|item| filter.lets(item))).collect()
        }
        _ => catalogue.items().filter(|(_, item)| filter.lets(item)).map(|(number, _)| number).collect(),
    };
    let end = from.saturating_add(limit);
    let shown = numbers.iter().skip(from).take(limit);
    Ok(Page {
        items: shown.filter_map(|number| catalogue.item(*number).cloned()).collect(),
        total: numbers.len(),
        cursor: (end < numbers.len()).then(|| end.to_string()),
        computed: Computed { items: catalogue.there(), version },
    })
}

/// What items have to have.
struct Filter<'a> {
    tag: Option<&'a str>,
    kind: Option<&'a str>,
    language: Option<&'a str>,
}

impl<'a> Filter<'a> {
    /// A filter that nothing can fit is a mistake, and told.
    fn new(catalogue: &'a Catalogue, wanted: &'a Wanted) -> Result<Filter<'a>, ApiError> {
        let filter = Filter {
            tag: match wanted.tag.as_deref() {
                None => None,
                Some(tag) => Some(catalogue.tag(tag).and_then(|tag| catalogue.tag_name(tag)).ok_or_else(no_tag)?),
            },
            kind: wanted.kind.as_deref(),
            language: wanted.language.as_deref(),
        };
        let some = |fits: &dyn Fn(&Item) -> bool| catalogue.items().any(|(_, item)| fits(item));
        if filter.kind.is_some() && !some(&|item| filter.has_kind(item)) {
            return Err(ApiError::bad("kind_unknown", "no item is of this kind").below("/kind"));
        }
        if filter.language.is_some() && !some(&|item| filter.has_language(item)) {
            return Err(ApiError::bad("language_unknown", "no item is in this language").below("/language"));
        }
        Ok(filter)
    }

    fn has_kind(&self, item: &Item) -> bool {
        self.kind.is_none_or(|kind| item.kind.as_deref() == Some(kind))
    }

    fn has_language(&self, item: &Item) -> bool {
        let fits = |wanted: &str, has: &str| {
            let (begin, rest) = has.split_at_checked(wanted.len()).unwrap_or(("", ""));
            begin.eq_ignore_ascii_case(wanted) && (rest.is_empty() || rest.starts_with('-'))
        };
        self.language.is_none_or(|wanted| item.language.as_deref().is_some_and(|has| fits(wanted, has)))
    }

    fn has_tag(&self, item: &Item) -> bool {
        let below =
            |tag: &str, wanted: &str| tag.strip_prefix(wanted).is_some_and(|r| r.is_empty() || r.starts_with('/'));
        self.tag.is_none_or(|wanted| item.tags.iter().any(|tag| below(tag, wanted)))
    }

    fn lets(&self, item: &Item) -> bool {
        self.has_tag(item) && self.has_kind(item) && self.has_language(item)
    }
}

fn no_tag() -> ApiError {
    ApiError::bad("tag_unknown", "no item has this tag; GET /api/v1/tags lists them").below("/tag")
}
