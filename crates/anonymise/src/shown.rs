//! What a developer with a debug token is shown of a stored event: its numbers, and their words.

use std::collections::BTreeMap;
use std::sync::Arc;

use outis_event::{AnonymousEvent, Dimension, Space, Term, Vocabulary};
use serde::Serialize;

/// A stored event in words. Everything in it is in the event and the vocabulary already.
#[derive(Debug, Serialize, PartialEq)]
pub struct Shown {
    /// Local day, as date.
    pub day: String,
    /// 15-minute slot since the Unix epoch.
    pub slot: u32,
    /// The event counts for a visitor.
    pub has_visitor: bool,
    /// It ends a bounce.
    pub interactive: bool,
    /// The visitor counts for floors.
    pub counts_for_floor: bool,
    /// It came too late for its own day.
    pub late: bool,
    /// Words by dimension; those without a value are left out, `(rare)` stands for a word that waits.
    pub words: BTreeMap<&'static str, Arc<str>>,
    /// Languages.
    pub languages: Vec<Arc<str>>,
    /// Tags.
    pub tags: Vec<Arc<str>>,
    /// Values by property.
    pub properties: BTreeMap<Arc<str>, Arc<str>>,
    /// Percent.
    pub scroll: Option<u8>,
    /// Seconds.
    pub engaged_s: u32,
    /// Currency and thousandths.
    pub revenue: Option<(Arc<str>, i64)>,
}

impl Shown {
    /// Looks up the words of an event.
    pub fn of(event: &AnonymousEvent, vocabulary: &Vocabulary) -> Shown {
        let word = |space: Space, term: Term| match term {
            Term::RARE => Arc::from("(rare)"),
            term => vocabulary.text(space, term).unwrap_or_else(|| Arc::from("")),
        };
        let filled = Dimension::ALL.iter().filter(|dimension| event.term(**dimension) != Term::NONE);
        let all = |space: Space, terms: &[Term]| terms.iter().map(|term| word(space, *term)).collect();
        let flag = |flag| event.flags.has(flag);
        Shown {
            day: event.day.date().to_string(),
            slot: event.slot.0,
            has_visitor: !event.visitor.is_nobody(),
            interactive: flag(outis_event::Flags::INTERACTIVE),
            counts_for_floor: flag(outis_event::Flags::COUNTS_FOR_FLOOR),
            late: flag(outis_event::Flags::LATE),
            words: filled
                .map(|dimension| (dimension.key(), word((*dimension).into(), event.term(*dimension))))
                .collect(),
            languages: all(Space::LANGUAGE, &event.languages),
            tags: all(Space::TAG, &event.tags),
            properties: event
                .properties
                .iter()
                .map(|p| (word(Space::PROPERTY, p.key), word(Space::values_of(p.key), p.value)))
                .collect(),
            scroll: Some(event.scroll).filter(|scroll| *scroll != AnonymousEvent::SCROLL_UNKNOWN),
            engaged_s: event.engaged_s,
            revenue: event.revenue.map(|money| (word(Space::CURRENCY, money.currency), money.milli)),
        }
    }
}
