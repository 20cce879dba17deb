//! Taking captured mistakes out: words that should never have been kept, and events that should not.
//!
//! A *word* that is purged is struck from the vocabulary, and what it stood for becomes `(rare)` or joins the page above:
//! rows and counts stay. *Events* that are purged are taken out, rows and cells. Both are a [`Purge`], in numbers; whoever
//! makes one writes it down first, for each step may be done again after the process ended in the middle of it.

mod cells;
mod rewrite;
mod rows;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use outis_event::{AnonymousEvent, Day, Dimension, Property, SiteId, Space, Term, Vocabulary};
use serde::{Deserialize, Serialize};

use crate::WarehouseError;
use crate::warehouse::Inner;

pub(crate) use rewrite::Rewrite;

/// What is purged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purge {
    /// Words that are struck, and what stands in their place in rows.
    pub words: Vec<Struck>,
    /// Events that are taken out.
    pub gone: Option<Gone>,
}

/// A word that is struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Struck {
    /// The set of words it is of.
    pub space: Space,
    /// Its number.
    pub term: Term,
    /// What rows have instead; properties whose name is struck go.
    pub becomes: Term,
}

/// Events for which all conditions hold; without any, all events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gone {
    /// One of these names.
    pub events: Option<Vec<Term>>,
    /// On one of these pages.
    pub pages: Option<Vec<Term>>,
    /// In a visit that came by one of these channels.
    pub channels: Option<Vec<Term>>,
    /// The first and the last day.
    pub days: Option<(Day, Day)>,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// Words that were struck.
    pub words: usize,
    /// Days whose rows were rewritten.
    pub days: usize,
    /// Released cells that were taken out.
    pub cells: usize,
    /// Weeks and periods that lie in the days only in part, and of which everything told as a whole went.
    pub spans_in_part: usize,
}

impl Gone {
    /// True if everything that happened on these days goes.
    pub(crate) fn is_everything(&self) -> bool {
        self.events.is_none() && self.pages.is_none() && self.channels.is_none()
    }

    /// True if the day is one of those asked about.
    pub(crate) fn has_day(&self, day: Day) -> bool {
        self.days.is_none_or(|(from, to)| from <= day && day <= to)
    }
}

impl Purge {
    /// The purge of these words: of a page also the pages below it, of a property also its values.
    pub fn of_words(words: impl IntoIterator<Item = (Space, Term)>, vocabulary: &Vocabulary) -> Purge {
        let mut all: Vec<(Space, Term)> = Vec::new();
        for (space, term) in words {
            all.push((space, term));
            if space == Space::of(Dimension::Page) {
                all.extend(below(vocabulary, term).into_iter().map(|page| (space, page)));
            }
            if space == Space::PROPERTY {
                let values = Space::values_of(term);
                all.extend(vocabulary.words(values).into_iter().map(|(value, _)| (values, value)));
            }
        }
        all.sort_unstable();
        all.dedup();
        let becomes = |space: Space, term| match space == Space::of(Dimension::Page) {
            true => above(vocabulary, term, |page| all.binary_search(&(space, page)).is_err()).unwrap_or(Term::RARE),
            false => Term::RARE,
        };
        let struck =
            |(space, term): &(Space, Term)| Struck { space: *space, term: *term, becomes: becomes(*space, *term) };
        Purge { words: all.iter().map(struck).collect(), gone: None }
    }

    /// True if there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty() && self.gone.is_none()
    }
}

/// The pages below a page, such as `/a/b` and `/a/*` below `/a`.
fn below(vocabulary: &Vocabulary, page: Term) -> Vec<Term> {
    let Some(path) = vocabulary.text(Dimension::Page, page).filter(|path| path.len() > 1) else { return Vec::new() };
    let stem = path.strip_suffix("/*").unwrap_or(&path);
    let is_below = |word: &str| word.strip_prefix(stem).is_some_and(|rest| rest.starts_with('/'));
    let words = vocabulary.words(Dimension::Page).into_iter();
    words.filter(|(_, word)| !stem.is_empty() && is_below(word)).map(|(term, _)| term).collect()
}

/// The nearest page above that has a word and `may` be one: `/a/*` above `/a/b`, `/*` above `/a/*`.
pub(crate) fn above(vocabulary: &Vocabulary, page: Term, may: impl Fn(Term) -> bool) -> Option<Term> {
    let path = vocabulary.text(Dimension::Page, page)?;
    let mut rest = path.strip_suffix("/*").unwrap_or(&path);
    while let Some(end) = rest.rfind('/') {
        rest = &rest[..end];
        let found = vocabulary.lookup(Dimension::Page, &format!("{rest}/*"));
        if let Some(term) = found.filter(|term| *term != page && may(*term)) {
            return Some(term);
        }
    }
    None
}

/// An event that was on its way when words of its site were struck, without them.
pub(crate) fn without_struck(event: &mut AnonymousEvent, words: &Vocabulary) {
    for dimension in Dimension::ALL {
        if words.is_struck(*dimension, event.term(*dimension)) {
            event.set(*dimension, Term::RARE);
        }
    }
    event.languages.retain(|term| !words.is_struck(Space::LANGUAGE, *term));
    event.tags.retain(|term| !words.is_struck(Space::TAG, *term));
    event.properties.retain(|property| !words.is_struck(Space::PROPERTY, property.key));
    for Property { key, value } in &mut event.properties {
        if words.is_struck(Space::values_of(*key), *value) {
            *value = Term::RARE;
        }
    }
}

impl Inner {
    /// See [`Warehouse::purge`](crate::Warehouse::purge).
    pub(crate) async fn take_out(self: &Arc<Inner>, site: SiteId, purge: &Purge) -> Result<Purged, WarehouseError> {
        // Nothing is merged, compacted or closed meanwhile.
        let _alone = self.maintaining.lock().await;
        let mut purged = Purged { words: purge.words.len(), ..Purged::default() };
        if !purge.words.is_empty() {
            // From here on rows that come have none of them: see `take`.
            let words = purge.words.iter().map(|struck| (struck.space, struck.term));
            let records = self.vocabulary(site).strike(words);
            self.flush().await?;
            self.catalogue.strike(&*self.keys, site, &records).await?;
        } else {
            self.flush().await?;
        }
        let rewrite = Arc::new(Rewrite::of(purge));
        purged.days = self.rewrite_rows(site, &rewrite).await?;
        (purged.cells, purged.spans_in_part) = self.rewrite_cells(site, &rewrite).await?;
        self.destroy_doomed().await?;
        Ok(purged)
    }

    /// How many released cells a purge would take out, and how many weeks and periods in part.
    pub(crate) async fn cells_to_go(&self, site: SiteId, purge: &Purge) -> Result<(usize, usize), WarehouseError> {
        self.look_at_cells(site, &Rewrite::of(purge)).await
    }
}
