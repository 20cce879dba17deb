//! That an intent was recognised, as an event like any other: its intent and what became of it, never the text.
//!
//! It takes the way of all events, through the anonymiser, as something that a member did on this day; of whoever comes
//! without an identity, and of members who object, it is an event of nobody. Besides intent and outcome nothing is told:
//! no page, place or device.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use outis_anonymise::{Anonymiser, Member, Outcome, PropertyValue, RawEvent, SiteContext};
use outis_capture::SiteState;
use outis_disclose::{Pii, note};
use outis_event::{
    AnonymousEvent, Dimension, GpcPolicy, PlannedEvent, PlannedProperty, Policy, PropertyKind, Site, SiteId, Timestamp,
};
use outis_journal::Journal;
use outis_personal::intent::Decision;
use parking_lot::Mutex;

use super::OfSite;

/// The event's name.
pub(crate) const EVENT: &str = "intent recognised";
/// What stands for no intent.
const NONE: &str = "(none)";
/// Most events that wait to be written; further ones are not counted.
const MOST_WAITING: usize = 10_000;

/// What became of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Accepted,
    Clarify,
    OutOfScope,
    /// Its action was done.
    Done,
}

impl Fate {
    const ALL: [Fate; 4] = [Fate::Accepted, Fate::Clarify, Fate::OutOfScope, Fate::Done];

    fn word(self) -> &'static str {
        match self {
            Fate::Accepted => "accepted",
            Fate::Clarify => "clarify",
            Fate::OutOfScope => "out_of_scope",
            Fate::Done => "done",
        }
    }
}

impl From<Decision> for Fate {
    fn from(decision: Decision) -> Fate {
        match decision {
            Decision::Accepted => Fate::Accepted,
            Decision::Clarify => Fate::Clarify,
            Decision::OutOfScope => Fate::OutOfScope,
        }
    }
}

/// Events that were recognised and are written with the next step, in an order that says nothing about when they came.
pub(crate) struct Counted {
    anonymiser: Arc<Anonymiser>,
    waiting: Mutex<Vec<AnonymousEvent>>,
    contexts: Mutex<HashMap<SiteId, Kept>>,
}

/// What a context was made from, and the context.
struct Kept {
    state: Arc<SiteState>,
    version: i64,
    context: SiteContext,
}

impl Counted {
    pub(crate) fn new(anonymiser: Arc<Anonymiser>) -> Counted {
        Counted { anonymiser, waiting: Mutex::default(), contexts: Mutex::default() }
    }

    /// Counts what a text of a member, or of somebody without an identity, was told to be. `gpc` says that whoever asks
    /// does not want to be recognised.
    pub(crate) fn count(
        &self,
        state: &Arc<SiteState>,
        intents: &OfSite,
        told: (Option<&str>, Fate),
        member: Option<Arc<dyn Member>>,
        gpc: bool,
        now: Timestamp,
    ) {
        if gpc && state.site().policy.gpc == GpcPolicy::Drop {
            return;
        }
        let context = self.context(state, intents).at(now);
        let is_known = member.as_ref().is_some_and(|member| member.day(now.day(&context.site.zone)).is_some());
        let mut raw = raw(&context.site.domain, told, now);
        // Without an identity nothing may recognise whoever asks, not even for a day.
        raw.gpc = gpc || !is_known;
        raw.member = member.filter(|_| is_known && !gpc);
        if let Outcome::Stored { event, .. } = self.anonymiser.anonymise(raw, &context) {
            let mut waiting = self.waiting.lock();
            if waiting.len() < MOST_WAITING {
                waiting.push(event);
            }
        }
    }

    /// Writes what waits.
    pub(crate) async fn flush(&self, journal: &Journal) {
        let mut events = std::mem::take(&mut *self.waiting.lock());
        if events.is_empty() {
            return;
        }
        fastrand::shuffle(&mut events);
        if journal.append(events.clone(), Vec::new()).await.is_err() {
            note!(Warn, "intents that were recognised could not be counted yet; it is tried again");
            let mut waiting = self.waiting.lock();
            events.truncate(MOST_WAITING - waiting.len().min(MOST_WAITING));
            waiting.append(&mut events);
        }
    }

    fn context(&self, state: &Arc<SiteState>, intents: &OfSite) -> SiteContext {
        let mut contexts = self.contexts.lock();
        let kept = contexts.get(&state.site().id);
        if let Some(kept) = kept.filter(|kept| Arc::ptr_eq(&kept.state, state) && kept.version == intents.version) {
            return kept.context.clone();
        }
        let names = intents.definitions.intents.iter().map(|intent| intent.name.clone());
        let site = Arc::new(narrowed(state.site(), names.collect()));
        let (words, keys) = (state.context.vocabulary.clone(), state.context.day_keys.clone());
        let context = SiteContext::new(site, words, keys, Timestamp(0));
        let kept = Kept { state: state.clone(), version: intents.version, context: context.clone() };
        contexts.insert(state.site().id, kept);
        context
    }
}

/// The site as far as this event goes: it is planned with the names that staff gave, and nothing else of it is collected.
fn narrowed(site: &Site, mut names: Vec<String>) -> Site {
    names.push(NONE.to_owned());
    let choice =
        |values: Vec<String>| PlannedProperty { kind: PropertyKind::Choice, values, ..PlannedProperty::default() };
    let outcomes = Fate::ALL.map(|fate| fate.word().to_owned()).to_vec();
    let properties = [("intent".to_owned(), choice(names)), ("outcome".to_owned(), choice(outcomes))].into();
    let mut plan = site.plan.clone();
    plan.events.insert(EVENT.to_owned(), PlannedEvent { properties, ..PlannedEvent::default() });
    let kept = [Dimension::Event, Dimension::Customer];
    let not_collected = Dimension::ALL.iter().copied().filter(|dimension| !kept.contains(dimension)).collect();
    let policy = Policy { not_collected, languages: false, gpc: GpcPolicy::CountOnly, ..site.policy.clone() };
    Site { plan, policy, ..site.clone() }
}

fn raw(domain: &str, (intent, fate): (Option<&str>, Fate), now: Timestamp) -> RawEvent {
    let url = Pii::new(format!("https://{domain}/"));
    let nowhere = Pii::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let mut raw = RawEvent::new(Pii::new(EVENT.to_owned()), url, nowhere, Pii::new(String::new()), now);
    let property = |key: &str, value: &str| (Pii::new(key.to_owned()), Pii::new(PropertyValue::Text(value.to_owned())));
    raw.properties = vec![property("intent", intent.unwrap_or(NONE)), property("outcome", fate.word())];
    raw.interactive = false;
    raw
}
