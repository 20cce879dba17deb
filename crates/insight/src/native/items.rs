//! What is done with the items of the catalogue, or with their tags.

use outis_event::{Dimension, Term, Vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::attribute::{Attribute, MAX_VALUE_BYTES};
use crate::{EventFilter, Filter, Metric, Shown, ShownKey, TermSet};

use super::composed::{
    ByKeys, Composable, Composed, Frame, HowComposed, Part, Parts, hidden, keyed, larger_first, sent, told, value,
};
use super::error::bad;
use super::present::{Hidden, Kind, Value};
use super::request::Period;
use super::resolve::{Resolved, within};
use super::{Context, Form};

/// Actions by the names of events that mean them: our own, Plausible's, and the usual past tense.
const ACTIONS: [(&str, &[&str]); 4] = [
    ("downloads", &["download", "downloaded", "File Download"]),
    ("clickthroughs", &["clickthrough", "click", "Outbound Link: Click"]),
    ("likes", &["like", "liked"]),
    ("bookmarks", &["bookmark", "bookmarked"]),
];
const MOST_ROWS: u32 = 1_000;

/// Asks what is done with items. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemsRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Conditions, all of which hold.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<Json>,
    /// `item` (the default) or `tag`.
    #[serde(default)]
    pub by: Option<String>,
    /// Most rows, 1 to 1,000. Default: 10.
    #[serde(default)]
    pub limit: Option<u32>,
    /// Rows left out at the front, at most 1,000,000.
    #[serde(default)]
    pub offset: Option<u32>,
    /// Rows whose key contains this, ignoring case.
    #[serde(default)]
    pub search: Option<String>,
    /// `views`, `downloads`, `clickthroughs`, `likes`, `bookmarks`, `visitors` or `key`, and `asc` or `desc`. Default:
    /// `visitors`, `desc`.
    #[serde(default)]
    pub order: Option<(String, String)>,
}

/// What is done with items.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemsAnswer {
    /// A row per item or tag.
    pub rows: Vec<ItemRow>,
    /// How many rows there are without limit and offset.
    pub total_rows: usize,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowComposed,
}

/// An item or a tag.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ItemRow {
    /// Its name.
    pub key: String,
    /// What kind of name it is.
    pub kind: Kind,
    /// Page views.
    #[schema(value_type = Option<f64>)]
    pub views: Option<Value>,
    /// Downloads.
    #[schema(value_type = Option<f64>)]
    pub downloads: Option<Value>,
    /// Clicks that lead to it elsewhere.
    #[schema(value_type = Option<f64>)]
    pub clickthroughs: Option<Value>,
    /// Likes.
    #[schema(value_type = Option<f64>)]
    pub likes: Option<Value>,
    /// Bookmarks.
    #[schema(value_type = Option<f64>)]
    pub bookmarks: Option<Value>,
    /// Visitors who did anything with it.
    #[schema(value_type = Option<f64>)]
    pub visitors: Option<Value>,
}

/// The question what is done with items.
#[derive(Clone, Debug)]
pub struct ItemsQuestion {
    frame: Frame,
    parts: Vec<Part>,
    attribute: Attribute,
    /// The part of each action; `None`: nobody ever did it.
    actions: [Option<usize>; 4],
    /// A column, or the key; descending.
    order: (Option<usize>, bool),
    limit: usize,
    offset: usize,
    search: Option<String>,
}

const COLUMNS: [&str; 6] = ["views", "downloads", "clickthroughs", "likes", "bookmarks", "visitors"];

impl Composable for ItemsRequest {
    type Question = ItemsQuestion;

    fn site(&self) -> &str {
        &self.site
    }

    fn resolve(&self, context: &Context<'_>) -> Resolved<ItemsQuestion> {
        let attribute = match self.by.as_deref() {
            None | Some("item") => Attribute::Dimension(Dimension::Item),
            Some("tag") => Attribute::Tag,
            Some(_) => return bad("by_unknown", "rows stand for item or tag").map_err(|error| error.below("/by")),
        };
        if self.search.as_ref().is_some_and(|search| search.len() > MAX_VALUE_BYTES) {
            return bad("search_too_long", "search is at most 512 bytes").map_err(|error| error.below("/search"));
        }
        let order = self.order()?;
        let frame = Frame::new(context, &self.period, &self.filters, None, Form::Totals)?;
        let mut parts = Parts::default();
        let groups = [attribute.group()];
        parts.must(frame.query(&[], &[Metric::Visitors, Metric::Pageviews], &groups));
        let actions = ACTIONS.map(|(_, names)| {
            let terms: Vec<Term> =
                names.iter().filter_map(|n| context.vocabulary.lookup(Dimension::Event, n)).collect();
            let any = Filter::Event(EventFilter::Dimension(Dimension::Event, TermSet::of(terms.iter().copied())));
            (!terms.is_empty()).then(|| parts.may(frame.query(&[any], &[Metric::Events], &groups)))
        });
        Ok(ItemsQuestion {
            frame,
            parts: parts.0,
            attribute,
            actions,
            order,
            limit: within(self.limit, 10, 1, MOST_ROWS, "limit_out_of_range", "limit is 1 to 1000")?,
            offset: within(self.offset, 0, 0, 1_000_000, "offset_out_of_range", "offset is 0 to 1000000")?,
            search: self.search.as_ref().map(|search| search.to_lowercase()),
        })
    }
}

impl ItemsRequest {
    fn order(&self) -> Resolved<(Option<usize>, bool)> {
        let Some((by, direction)) = &self.order else { return Ok((Some(COLUMNS.len() - 1), true)) };
        let column = COLUMNS.iter().position(|column| column == by);
        let descending = match direction.as_str() {
            "asc" => Some(false),
            "desc" => Some(true),
            _ => None,
        };
        match descending {
            Some(descending) if column.is_some() || by == "key" => Ok((column, descending)),
            _ => {
                let works = "rows are ordered by views, downloads, clickthroughs, likes, bookmarks, visitors or key, \
                             asc or desc";
                bad("order_unknown", works).map_err(|error| error.below("/order"))
            }
        }
    }
}

/// A row with its numbers in the order of the columns.
type Row = (String, Kind, [Option<f64>; 6]);

impl Composed for ItemsQuestion {
    type Answer = ItemsAnswer;

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn present(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> ItemsAnswer {
        let mut rows = self.rows(words, answers);
        rows.sort_by(|a, b| self.compare(a, b));
        let total_rows = rows.len();
        let row = |(key, kind, numbers): Row| {
            let [views, downloads, clickthroughs, likes, bookmarks, visitors] = numbers.map(sent);
            ItemRow { key, kind, views, downloads, clickthroughs, likes, bookmarks, visitors }
        };
        let names = ACTIONS.iter().map(|(action, names)| format!("{action}: {}", names.join(", ")));
        let names = names.collect::<Vec<_>>().join("; ");
        let notes = vec![format!("views are page views with the item; names of events that count as {names}").into()];
        ItemsAnswer {
            rows: rows.into_iter().skip(self.offset).take(self.limit).map(row).collect(),
            total_rows,
            hidden: hidden(answers),
            how: self.frame.how(answers, "events with the item, and visitors of a day", None, notes),
        }
    }
}

impl ItemsQuestion {
    fn rows(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> Vec<Row> {
        let actions = self.actions.map(|part| part.map(|part| ByKeys::new(told(answers, part), &[Metric::Events])));
        let mut rows = Vec::new();
        for row in told(answers, 0).iter().flat_map(|shown| &shown.rows) {
            let (key, kind) = keyed(words, self.attribute, row);
            if kind == Kind::None || !self.is_searched(&key) {
                continue;
            }
            let action = |of: &Option<ByKeys<'_>>| match of {
                _ if row.keys.first() == Some(&ShownKey::Other) => None,
                Some(by_keys) => by_keys.value(&row.keys, 0),
                None => Some(0.0),
            };
            let [downloads, clickthroughs, likes, bookmarks] = [0, 1, 2, 3].map(|at| action(&actions[at]));
            let numbers = [value(row, 1), downloads, clickthroughs, likes, bookmarks, value(row, 0)];
            rows.push((key, kind, numbers));
        }
        rows
    }

    fn is_searched(&self, key: &str) -> bool {
        self.search.as_ref().is_none_or(|search| key.to_lowercase().contains(search))
    }

    /// `(other)` last, what is not known behind what is, equals by key.
    fn compare(&self, a: &Row, b: &Row) -> std::cmp::Ordering {
        let (column, descending) = self.order;
        let by_column = match column {
            Some(at) if descending => larger_first(a.2[at], b.2[at]),
            Some(at) => match (a.2[at], b.2[at]) {
                (Some(a), Some(b)) => a.total_cmp(&b),
                (a, b) => b.is_some().cmp(&a.is_some()),
            },
            None if descending => b.0.cmp(&a.0),
            None => a.0.cmp(&b.0),
        };
        let other = |row: &Row| row.1 == Kind::Other;
        other(a).cmp(&other(b)).then(by_column).then_with(|| a.0.cmp(&b.0))
    }
}
