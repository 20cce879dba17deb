//! What questions about a site may name: what staff declared and saved, and words that may be shown.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use outis_event::{SiteId, Timestamp};
use outis_insight::native::{Form, Kind, Period, Request};
use outis_personal::catalogue::Catalogue as Items;
use outis_personal::intent::ask::{AskBar, definitions};
use outis_personal::intent::{Catalogue, Entry, Model, Training};
use tokio::sync::{Mutex, OnceCell};

use super::{Place, SiteBar, Suggestion};
use crate::api::Api;
use crate::api::auth::AskedSite;
use crate::api::error::ApiError;

/// Dimensions whose values may be named, and of which each is a suggestion.
const DIMENSIONS: [&str; 8] = ["event", "page", "source", "utm_campaign", "browser", "os", "item", "tag"];
/// Most values of each: what a list shows.
const MOST_VALUES: u32 = 200;
/// How long the words of a site are good.
const GOOD_MS: i64 = 5 * 60_000;
/// Sites whose words are kept.
const MOST_SITES: usize = 16;
/// Most tags of the catalogue that questions may name.
const MOST_TAGS: usize = 2_000;
/// Items that are looked at for one text: more are found only for words that many titles have.
const MOST_TITLES: usize = 64;
const MOST_SUGGESTIONS: usize = 5;
/// Shorter words are like too many.
const LEAST_LETTERS: usize = 3;

/// A word of a site that may be shown.
pub(in crate::api) struct Word {
    text: String,
    dimension: &'static str,
}

/// Understands questions about each site that was asked about of late. What it keeps are words that any of the site's staff may
/// see; nothing of a question.
#[derive(Default)]
pub(in crate::api) struct SiteWords {
    model: OnceCell<Model>,
    bars: Mutex<HashMap<SiteId, (Timestamp, Arc<SiteBar>)>>,
}

impl SiteWords {
    /// What understands questions about a site. The first call learns from the product's examples, which takes a moment.
    ///
    /// # Errors
    /// When the product's own examples cannot be learnt from.
    pub(super) async fn bar(&self, api: &Api, site: &AskedSite) -> Result<Arc<SiteBar>, ApiError> {
        let (id, now) = (site.site().id, api.core.clock.now());
        let mut bars = self.bars.lock().await;
        let is_good = |made: &Timestamp| (0..GOOD_MS).contains(&(now.0 - made.0));
        if let Some((_, bar)) = bars.get(&id).filter(|(made, _)| is_good(made)) {
            return Ok(bar.clone());
        }
        let model = self.model.get_or_try_init(learn).await?.clone();
        let items = api.core.catalogues.of(id);
        let words = words(api, site, &items).await;
        let tags = tags(&items, now);
        let bar = AskBar::with_model(model, catalogue(site, &words, tags));
        let bar = Arc::new(SiteBar { bar, words });
        bars.retain(|_, (made, _)| is_good(made));
        if bars.len() >= MOST_SITES {
            bars.clear();
        }
        bars.insert(id, (now, bar.clone()));
        Ok(bar)
    }
}

async fn learn() -> Result<Model, ApiError> {
    let learnt = tokio::task::spawn_blocking(|| Model::train(&definitions()?, &Training::default())).await;
    let learnt = learnt.map_err(anyhow::Error::from)?;
    Ok(learnt.map_err(anyhow::Error::from)?)
}

/// Values that a list of the last 28 days shows, items by their titles. What the guard refuses to tell is not named.
async fn words(api: &Api, site: &AskedSite, items: &Items) -> Vec<Word> {
    let mut words = Vec::new();
    for dimension in DIMENSIONS {
        let values = values(api, site, dimension).await.unwrap_or_default();
        let title = |id: String| items.by_id(&id).map_or(id, |item| item.title.clone());
        let said = |text: String| if dimension == "item" { title(text) } else { text };
        words.extend(values.into_iter().map(|text| Word { text: said(text), dimension }));
    }
    words
}

async fn values(api: &Api, site: &AskedSite, dimension: &str) -> Result<Vec<String>, ApiError> {
    let request = Request {
        site: site.site().domain.clone(),
        period: Period { preset: Some("28d".to_owned()), ..Period::default() },
        interval: None,
        metrics: vec!["visitors".to_owned()],
        dimension: Some(dimension.to_owned()),
        filters: Vec::new(),
        compare: None,
        limit: Some(MOST_VALUES),
        offset: None,
        order: None,
        search: None,
    };
    let question = request.resolve(Form::Breakdown, &api.context(site))?;
    let shown = api.core.gate.answer(&site.site().policy, &question.main).await?;
    let told = question.present(&site.context.vocabulary, &shown, None);
    let rows = told.rows.into_iter().filter(|row| row.kind == Kind::Value);
    Ok(rows.filter_map(|row| row.keys.into_iter().next()).filter(|key| !key.is_empty()).collect())
}

/// Items that a text may mean, by their titles: those of the catalogue that its search finds for it.
pub(super) fn titles(items: &Items, text: &str, now: Timestamp) -> Vec<Entry> {
    let Ok(now) = jiff::Timestamp::from_millisecond(now.0) else { return Vec::new() };
    let found = items.search(text, now, MOST_TITLES).into_iter().filter_map(|number| items.item(number));
    found.map(|item| Entry { value: format!("item={}", item.id), synonyms: vec![item.title.clone()] }).collect()
}

/// Tags of the catalogue by all their names.
fn tags(items: &Items, now: Timestamp) -> Vec<Entry> {
    let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
    let named = Catalogue::of(items, now).tags.into_iter().take(MOST_TAGS);
    named
        .map(|Entry { value, mut synonyms }| {
            synonyms.push(value.clone());
            Entry { value: format!("tag={value}"), synonyms }
        })
        .collect()
}

fn catalogue(site: &AskedSite, words: &[Word], tags: Vec<Entry>) -> Catalogue {
    let plan = &site.site().plan;
    let of = |dimension: &'static str| words.iter().filter(move |word| word.dimension == dimension);
    let plain = |dimension| of(dimension).map(|word| word.text.clone());
    let mut events: Vec<String> = plan.events.keys().cloned().chain(plain("event")).collect();
    let mut pages: Vec<String> = plan.pages.iter().filter(|page| !page.contains('*')).cloned().collect();
    pages.extend(plain("page"));
    for list in [&mut events, &mut pages] {
        list.sort_unstable();
        list.dedup();
    }
    let value = |dimension: &str, text: &str, names: Vec<String>| Entry {
        value: format!("{dimension}={text}"),
        synonyms: names,
    };
    let named = ["source", "utm_campaign", "browser", "os", "tag"].into_iter().flat_map(of);
    let mut values: Vec<Entry> =
        named.map(|word| value(word.dimension, &word.text, vec![word.text.to_lowercase()])).collect();
    values.extend(tags);
    values.extend(countries().map(|(code, names)| value("country", code, names)));
    let saved = |names: Vec<&String>| names.into_iter().map(|name| entry(name)).collect();
    let lists = [
        ("events", events.iter().map(|event| entry(event)).collect()),
        // Other pages are paths, which are understood as such.
        ("pages", pages.iter().filter_map(|page| page_entry(page)).collect()),
        ("goals", saved(site.definitions.goals.keys().collect())),
        ("features", saved(site.definitions.features.keys().collect())),
        ("values", values),
    ];
    let lists: BTreeMap<String, Vec<Entry>> = lists.into_iter().map(|(name, list)| (name.to_owned(), list)).collect();
    Catalogue { lists, ..Catalogue::default() }
}

/// A name as it is written, and as it is said: `file_download` and *file download*.
fn entry(name: &str) -> Entry {
    let said = name.to_lowercase().replace(['_', '-'], " ");
    let synonyms = if said == name { Vec::new() } else { vec![said] };
    Entry { value: name.to_owned(), synonyms }
}

/// A page by the words of its last segment: `/opening-hours` is *opening hours*. Single words would be other things too often.
fn page_entry(page: &str) -> Option<Entry> {
    let last = page.rsplit('/').next().filter(|last| last.contains(['-', '_']))?;
    Some(Entry { value: page.to_owned(), synonyms: vec![last.to_lowercase().replace(['-', '_'], " ")] })
}

/// Names of countries that are no other words: *us* asks for oneself.
fn countries() -> impl Iterator<Item = (&'static str, Vec<String>)> {
    outis_anonymise::country_names().map(|(code, names)| {
        let is_own = |name: &&str| (name.len() > 2 || *name == "UK") && !name.contains(['.', '(']);
        (code, names.into_iter().filter(is_own).map(str::to_lowercase).collect())
    })
}

impl SiteBar {
    /// Words that are like those at places of a text.
    pub(super) fn suggestions(&self, text: &str, unknown: impl Iterator<Item = Range<usize>>) -> Vec<Suggestion> {
        let mut found = Vec::new();
        for bytes in unknown {
            let Some(word) = text.get(bytes.clone()).map(str::to_lowercase) else { continue };
            let mut like: Vec<(usize, &Word)> =
                self.words.iter().filter_map(|known| Some((distance(&word, &known.text)?, known))).collect();
            like.sort_by(|(one, a), (other, b)| one.cmp(other).then_with(|| a.text.cmp(&b.text)));
            let place = Place::of(&bytes, text);
            found.extend(like.into_iter().take(MOST_SUGGESTIONS).map(|(_, known)| Suggestion {
                place,
                text: known.text.clone(),
                dimension: known.dimension,
            }));
        }
        found
    }
}

/// How far a known word is from what was written; `None` if they are not alike.
fn distance(written: &str, known: &str) -> Option<usize> {
    let letters = written.chars().count();
    if letters < LEAST_LETTERS {
        return None;
    }
    let known = known.to_lowercase();
    if known.contains(written) {
        return Some(known.chars().count() - letters);
    }
    let apart = strsim::damerau_levenshtein(written, &known);
    (apart <= letters / 4).then_some(apart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_alike_if_one_is_in_the_other_or_few_letters_differ() {
        assert_eq!(distance("maps", "/articles/maps-a-first-look"), Some(23));
        assert_eq!(distance("newslettr", "Newsletter"), Some(1));
        assert_eq!(distance("shoe", "phone"), None);
        assert_eq!(distance("a", "a"), None);
    }

    #[test]
    fn names_are_said_as_words() {
        assert_eq!(entry("file_download").synonyms, ["file download"]);
        assert!(entry("search").synonyms.is_empty());
        assert_eq!(
            page_entry("/help/opening-hours").map(|entry| entry.synonyms),
            Some(vec!["opening hours".to_owned()])
        );
        assert!(page_entry("/help").is_none());
        let names: HashMap<_, _> = countries().collect();
        assert!(names["US"].contains(&"usa".to_owned()) && !names["US"].contains(&"us".to_owned()));
        assert!(names["GB"].contains(&"uk".to_owned()));
    }
}
