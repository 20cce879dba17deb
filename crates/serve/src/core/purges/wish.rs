//! From what is to be purged, in words, to numbers of the site.

use std::sync::Arc;

use outis_anonymise::Pattern;
use outis_event::{Day, Dimension, MAX_WORD_BYTES, Site, Space, Term, Vocabulary};
use outis_insight::{EventFilter, Filter, TermSet};
use outis_warehouse::{Gone, Purge};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Job, is_built_in};

/// Dimensions whose words people, pages and links bring along. Others are of public lists: what should not be kept of
/// them is not to be collected.
const FREE: [Dimension; 12] = [
    Dimension::Event,
    Dimension::Hostname,
    Dimension::Page,
    Dimension::Source,
    Dimension::Referrer,
    Dimension::UtmMedium,
    Dimension::UtmSource,
    Dimension::UtmCampaign,
    Dimension::UtmContent,
    Dimension::UtmTerm,
    Dimension::Item,
    Dimension::Customer,
];

/// What is purged: one of `word`, `property` and `item`; or events, by one or several of `event`, `page`, `channel` and
/// days, all of which must hold.
#[derive(Clone, Debug, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct What {
    /// A word, exactly as the dashboard shows it. Rows and counts that have it stay, as `(rare)` or as the page above.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) word: Option<String>,
    /// Where the word is: a dimension such as `page`, `tag`, or `prop:NAME`. Without it: wherever it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) dimension: Option<String>,
    /// The name of a property: it goes with all its values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) property: Option<String>,
    /// An item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) item: Option<String>,
    /// Events of this name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) event: Option<String>,
    /// Events on these pages: a path, with `*` for a segment and `**` at the end for any rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) page: Option<String>,
    /// Events of visits that came by this channel, such as `Organic Search`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) channel: Option<String>,
    /// The first day, such as 2026-11-24.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<String>,
    /// The last day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<String>,
}

/// Why something cannot be purged. Never contains what was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum WishError {
    #[error("name one of word, property and item, or one or several of event, page, channel, and from with to")]
    Unclear,
    #[error("a word is struck everywhere: leave out from and to; to take out events of some days, name event or page")]
    WordOfDays,
    #[error("days are given by from and to, such as 2026-11-24, the first one first")]
    Days,
    #[error(
        "dimensions are {}, tag, and prop:NAME; words of others are on public lists: see policy.not_collected",
        free_names()
    )]
    Dimension,
    #[error("every site has this word: name event, page or days to take out what should not have been kept")]
    BuiltIn,
    #[error("a text has 1 to 512 bytes; a page begins with /")]
    Text,
    #[error("channels are named as the dashboard shows them, such as Direct or Organic Search")]
    Channel,
}

impl WishError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            WishError::Unclear => "purge_unclear",
            WishError::WordOfDays => "purge_word_of_days",
            WishError::Days => "purge_days_malformed",
            WishError::Dimension => "purge_dimension_unknown",
            WishError::BuiltIn => "purge_built_in",
            WishError::Text => "purge_text_malformed",
            WishError::Channel => "purge_channel_unknown",
        }
    }
}

fn free_names() -> String {
    FREE.iter().map(|dimension| dimension.key()).collect::<Vec<_>>().join(", ")
}

/// Everywhere that free text may have become a word.
pub(crate) fn free_spaces(words: &Vocabulary) -> Vec<Space> {
    let values = words.words(Space::PROPERTY).into_iter().map(|(key, _)| Space::values_of(key));
    let dimensions = FREE.iter().map(|dimension| Space::of(*dimension));
    dimensions.chain([Space::TAG, Space::PROPERTY]).chain(values).collect()
}

/// A purge in numbers.
pub(crate) struct Resolved {
    pub(crate) site: Arc<Site>,
    pub(crate) kind: &'static str,
    pub(crate) purge: Purge,
    /// What of recent rows it is about.
    pub(crate) filter: Filter,
    /// What is still to be found where staff wrote it: texts, and patterns of pages.
    pub(crate) named: Vec<NamedBy>,
    waiting: Vec<(Space, String)>,
    forgets_room: bool,
}

/// How plans and definitions name what is purged.
pub(crate) enum NamedBy {
    Text(String),
    Property(String),
    Pages(Pattern),
}

impl NamedBy {
    pub(crate) fn is(&self, text: &str) -> bool {
        match self {
            NamedBy::Text(named) => text == named,
            NamedBy::Property(named) => text == named || text.strip_prefix("prop:") == Some(named),
            NamedBy::Pages(pattern) => text.starts_with('/') && pattern.matches(text),
        }
    }
}

impl Resolved {
    /// Texts that may be ids of items.
    pub(super) fn items(&self) -> impl Iterator<Item = &str> {
        let of_items = self.waiting.iter().filter(|(space, _)| *space == Space::of(Dimension::Item));
        of_items.map(|(_, text)| text.as_str())
    }

    pub(super) fn job(&self) -> Job {
        Job {
            site: self.site.id,
            purge: self.purge.clone(),
            waiting: self.waiting.clone(),
            items: self.items().map(str::to_owned).collect(),
            forgets_room: self.forgets_room,
        }
    }
}

impl What {
    /// The purge in numbers of the site.
    ///
    /// # Errors
    /// The first thing that does not go together.
    pub(crate) fn resolve(&self, site: &Arc<Site>, words: &Vocabulary) -> Result<Resolved, WishError> {
        let days = self.days()?;
        let of_events = self.event.is_some() || self.page.is_some() || self.channel.is_some();
        let texts = [&self.word, &self.property, &self.item, &self.event, &self.page, &self.channel];
        let is_text = |text: &String| !text.is_empty() && text.len() <= MAX_WORD_BYTES;
        if !texts.into_iter().flatten().all(is_text) || self.page.as_ref().is_some_and(|page| !page.starts_with('/')) {
            return Err(WishError::Text);
        }
        let named = [&self.word, &self.property, &self.item].into_iter().flatten().count();
        match (named, of_events || days.is_some()) {
            (1, _) if days.is_some() => Err(WishError::WordOfDays),
            (1, false) if self.dimension.is_none() || self.word.is_some() => self.words(site, words),
            (0, true) if self.dimension.is_none() => self.events(site, words, days),
            _ => Err(WishError::Unclear),
        }
    }

    fn days(&self) -> Result<Option<(Day, Day)>, WishError> {
        let day = |text: &String| {
            let date = (text.len() == 10).then(|| text.parse::<jiff::civil::Date>().ok()).flatten();
            date.filter(|date| (1970..=2200).contains(&date.year())).map(Day::from_date).ok_or(WishError::Days)
        };
        match (&self.from, &self.to) {
            (None, None) => Ok(None),
            (Some(from), Some(to)) => {
                let (from, to) = (day(from)?, day(to)?);
                if from <= to { Ok(Some((from, to))) } else { Err(WishError::Days) }
            }
            _ => Err(WishError::Days),
        }
    }

    fn words(&self, site: &Arc<Site>, words: &Vocabulary) -> Result<Resolved, WishError> {
        let (kind, spaces, text) = match (&self.word, &self.property, &self.item) {
            (Some(word), ..) => ("word", self.spaces(words)?, word),
            (_, Some(name), _) => ("property", vec![Space::PROPERTY], name),
            (_, _, Some(item)) => ("item", vec![Space::of(Dimension::Item)], item),
            _ => return Err(WishError::Unclear),
        };
        let spaces: Vec<Space> = match (&self.dimension, spaces) {
            (Some(_), spaces) if spaces.iter().any(|space| is_built_in(*space, text)) => {
                return Err(WishError::BuiltIn);
            }
            (_, spaces) => spaces.into_iter().filter(|space| !is_built_in(*space, text)).collect(),
        };
        Ok(of_texts(site.clone(), words, kind, &[(text.clone(), spaces)]))
    }

    /// Where the word may be.
    fn spaces(&self, words: &Vocabulary) -> Result<Vec<Space>, WishError> {
        let Some(name) = self.dimension.as_deref() else { return Ok(free_spaces(words)) };
        if let Some(key) = name.strip_prefix("prop:") {
            // A property that is not known has no values.
            let key = words.lookup(Space::PROPERTY, key);
            return Ok(key.into_iter().map(Space::values_of).collect());
        }
        match name {
            "tag" => Ok(vec![Space::TAG]),
            name => {
                let known = Dimension::from_key(name).filter(|dimension| FREE.contains(dimension));
                Ok(vec![Space::of(known.ok_or(WishError::Dimension)?)])
            }
        }
    }

    fn events(&self, site: &Arc<Site>, words: &Vocabulary, days: Option<(Day, Day)>) -> Result<Resolved, WishError> {
        let mut gone = Gone { days, ..Gone::default() };
        let (mut filters, mut named, mut struck) = (Vec::new(), Vec::new(), Vec::new());
        let filter = |dimension, terms: &[Term]| {
            Filter::Event(EventFilter::Dimension(dimension, TermSet::of(terms.iter().copied())))
        };
        let mut waiting = Vec::new();
        if let Some(name) = &self.event {
            let terms: Vec<Term> = words.lookup(Dimension::Event, name).into_iter().collect();
            filters.push(filter(Dimension::Event, &terms));
            if !is_built_in(Dimension::Event.into(), name) {
                struck.extend(terms.iter().map(|term| (Space::of(Dimension::Event), *term)));
                waiting.push((Space::of(Dimension::Event), name.clone()));
            }
            named.push(NamedBy::Text(name.clone()));
            gone.events = Some(terms);
        }
        if let Some(text) = &self.page {
            let pattern = Pattern::new(text);
            let all = words.words(Dimension::Page).into_iter();
            let terms: Vec<Term> = all.filter(|(_, page)| pattern.matches(page)).map(|(term, _)| term).collect();
            filters.push(filter(Dimension::Page, &terms));
            struck.extend(terms.iter().map(|term| (Space::of(Dimension::Page), *term)));
            named.push(NamedBy::Pages(pattern));
            gone.pages = Some(terms);
        }
        if let Some(name) = &self.channel {
            let term = words.lookup(Dimension::Channel, name).ok_or(WishError::Channel)?;
            filters.push(filter(Dimension::Channel, &[term]));
            gone.channels = Some(vec![term]);
        }
        // Where only some of a word's events go, the word is still needed.
        let conditions = [&self.event, &self.page, &self.channel].into_iter().flatten().count();
        let strikes = days.is_none() && conditions == 1;
        let kind = match (&self.event, &self.page, &self.channel) {
            (Some(_), None, None) => "event",
            (None, Some(_), None) => "page",
            (None, None, Some(_)) => "channel",
            (None, None, None) => "days",
            _ => "events",
        };
        let purge = Purge::of_words(if strikes { struck } else { Vec::new() }, words);
        Ok(Resolved {
            site: site.clone(),
            kind,
            purge: Purge { gone: Some(gone), ..purge },
            filter: Filter::And(filters),
            named: if strikes { named } else { Vec::new() },
            forgets_room: strikes && self.page.is_some(),
            waiting: if strikes { waiting } else { Vec::new() },
        })
    }
}

/// Texts as words of some spaces.
fn of_texts(site: Arc<Site>, words: &Vocabulary, kind: &'static str, texts: &[(String, Vec<Space>)]) -> Resolved {
    let mut found: Vec<(Space, Term)> = Vec::new();
    let (mut waiting, mut named) = (Vec::new(), Vec::new());
    for (text, spaces) in texts {
        found.extend(spaces.iter().filter_map(|space| Some((*space, words.lookup(*space, text)?))));
        waiting.extend(spaces.iter().map(|space| (*space, text.clone())));
        named.push(if kind == "property" { NamedBy::Property(text.clone()) } else { NamedBy::Text(text.clone()) });
    }
    let filter = Filter::Or(found.iter().filter_map(|(space, term)| has(*space, *term)).collect());
    let purge = Purge::of_words(found, words);
    // What waits below a property, or a page, is found by no text.
    let forgets_room = kind == "property" || texts.iter().any(|(text, _)| text.starts_with('/'));
    Resolved { site, kind, purge, filter, named, waiting, forgets_room }
}

/// Rows that have a word.
fn has(space: Space, term: Term) -> Option<Filter> {
    let terms = TermSet::of([term]);
    let condition = match space {
        Space::TAG => EventFilter::Tag(terms),
        Space::PROPERTY => {
            let without = EventFilter::Property(term, TermSet::of([Term::NONE]));
            return Some(Filter::Not(Box::new(Filter::Event(without))));
        }
        Space(number) if number >= Space::values_of(Term(0)).0 => {
            EventFilter::Property(Term(number - Space::values_of(Term(0)).0), terms)
        }
        space => {
            let dimension = Dimension::ALL.iter().find(|dimension| Space::of(**dimension) == space)?;
            EventFilter::Dimension(*dimension, terms)
        }
    };
    Some(Filter::Event(condition))
}

/// Words that name somebody who is forgotten: what the plan declares, and what every site has, names nobody.
pub(super) fn of_forgotten(site: &Site, words: &Vocabulary, texts: &[String]) -> Resolved {
    let plan = serde_json::to_value(&site.plan).unwrap_or_default();
    let spaces = free_spaces(words);
    let asked = |text: &String| {
        let named = [NamedBy::Text(text.clone())];
        let is_declared = !super::outcome::places(&plan, &named).is_empty();
        let mine = spaces.iter().copied().filter(|space| !is_declared && !is_built_in(*space, text));
        (text.clone(), mine.collect::<Vec<Space>>())
    };
    let asked: Vec<(String, Vec<Space>)> = texts.iter().map(asked).collect();
    of_texts(Arc::new(site.clone()), words, "word", &asked)
}
