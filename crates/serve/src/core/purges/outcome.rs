//! What is told of a purge: numbers that passed the guard, and where staff still name what is purged.

use outis_insight::{DayRange, Metric, Query};
use outis_warehouse::Purged;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Core;
use super::wish::{NamedBy, Resolved};

/// What a purge would do or has done.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Outcome {
    /// `planned`: nothing was changed; `running`: it goes on by itself; `done`.
    #[schema(value_type = String)]
    pub(crate) state: &'static str,
    /// Its number in the list; null of a dry run.
    pub(crate) id: Option<String>,
    /// What kind of thing is purged: `word`, `property`, `item`, `event`, `page`, `channel`, `days`, or `events` by
    /// several of these.
    #[schema(value_type = String)]
    pub(crate) kind: &'static str,
    /// Words that are struck from the vocabulary.
    pub(crate) words: usize,
    /// Events of recent rows that it is about, as far as the guard tells.
    pub(crate) recent: Recent,
    /// Days whose rows were rewritten; null as long as it is not done.
    pub(crate) days: Option<usize>,
    /// Released cells of history that go.
    pub(crate) cells: usize,
    /// Weeks and periods that lie in the days only in part: what was told of them as a whole goes.
    pub(crate) spans_in_part: usize,
    /// What staff saved that names it, and means something else, or nothing, afterwards.
    pub(crate) definitions: Vec<Named>,
    /// Places in the plan that name it: what is declared there comes again with the next event.
    pub(crate) plan: Vec<String>,
    /// The catalogue has an item of this id, which goes too.
    pub(crate) catalogue: bool,
    /// What is to be known.
    #[schema(value_type = Vec<String>)]
    pub(crate) notes: Vec<&'static str>,
}

/// What recent rows tell of what is purged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Recent {
    /// Events, in multiples of 5; null: not told.
    pub(crate) events: Option<u64>,
    /// Visitors, day by day, in multiples of 5; null: not told.
    pub(crate) visitors: Option<u64>,
    /// There are fewer people than this, or nobody; null if that is not why nothing is told.
    pub(crate) fewer_than: Option<u32>,
}

/// Something saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Named {
    #[schema(value_type = String)]
    pub(crate) kind: &'static str,
    pub(crate) name: String,
}

const COMES_AGAIN: &str =
    "a word is admitted again if it comes again from enough people: stop sending it, or leave it out of the plan";
const DECLARED: &str = "the plan declares it: take it out of the plan first, else it comes again with the next event";
const STAYS: &str = "totals and counts that are told by something else stay as they were released";
const SINCE: &str = "what comes while it is done, and afterwards, is stored as ever";
const WAITS: &str = "everything that waits for enough people on the site waits anew";

impl Outcome {
    pub(super) fn of(core: &Core, resolved: &Resolved, recent: Recent, cells: usize, in_part: usize) -> Outcome {
        let plan = serde_json::to_value(&resolved.site.plan).unwrap_or_default();
        let plan = places(&plan, &resolved.named);
        let saved = serde_json::to_value(&*core.registry.definitions(resolved.site.id)).unwrap_or_default();
        let items = core.catalogues.of(resolved.site.id);
        let mut notes = Vec::new();
        if !resolved.purge.words.is_empty() {
            notes.push(if plan.is_empty() { COMES_AGAIN } else { DECLARED });
        }
        if resolved.purge.gone.is_some() {
            notes.extend([STAYS, SINCE]);
        }
        if resolved.job().forgets_room {
            notes.push(WAITS);
        }
        Outcome {
            state: "planned",
            id: None,
            kind: resolved.kind,
            words: resolved.purge.words.len(),
            recent,
            days: None,
            cells,
            spans_in_part: in_part,
            definitions: definitions(&saved, &resolved.named),
            plan,
            catalogue: resolved.items().any(|item| items.by_id(item).is_some()),
            notes,
        }
    }

    /// The same once it is done.
    pub(crate) fn done(self, id: [u8; 16], done: &Purged) -> Outcome {
        Outcome {
            state: "done",
            id: Some(hex(&id)),
            words: done.words,
            days: Some(done.days),
            cells: done.cells,
            spans_in_part: done.spans_in_part,
            ..self
        }
    }

    /// The same while it goes on.
    pub(crate) fn running(self, id: [u8; 16]) -> Outcome {
        Outcome { state: "running", id: Some(hex(&id)), ..self }
    }
}

pub(crate) fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What the guard tells of recent rows that are purged.
pub(super) async fn recent(core: &Core, resolved: &Resolved) -> Recent {
    let site = &resolved.site;
    let today = core.clock.now().day(&site.zone);
    let oldest = today.plus(1 - i32::try_from(site.policy.recent_days).unwrap_or(i32::MAX));
    let (from, to) = match resolved.purge.gone.as_ref().and_then(|gone| gone.days) {
        Some((from, to)) => (from.max(oldest), to.min(today)),
        None => (oldest, today),
    };
    if from > to {
        return Recent { events: Some(0), visitors: Some(0), fewer_than: None };
    }
    let words = core.warehouse.vocabulary(site.id);
    let event = |name| words.lookup(outis_event::Dimension::Event, name).unwrap_or(outis_event::Term(u32::MAX));
    let query = Query {
        site: site.id,
        zone: site.zone.clone(),
        range: DayRange { from, to, slots: None },
        filter: resolved.filter.clone(),
        metrics: vec![Metric::Events, Metric::Visitors],
        groups: Vec::new(),
        pageview: event("pageview"),
        engagement: event("engagement"),
        cap_milli: None,
    };
    let Ok(shown) = core.gate.answer(&site.policy, &query).await else { return Recent::default() };
    match shown.total {
        None => Recent { fewer_than: Some(shown.floor), ..Recent::default() },
        Some(total) => {
            let value = |at: usize| total.values.get(at).copied().flatten().map(|value| value.max(0.0) as u64);
            Recent { events: value(0), visitors: value(1), fewer_than: None }
        }
    }
}

fn definitions(saved: &Value, named: &[NamedBy]) -> Vec<Named> {
    let kinds = outis_insight::DefinitionKind::ALL.map(|kind| kind.key());
    let of_kind = |kind: &'static str| {
        let all = saved.get(kind).and_then(Value::as_object).into_iter().flatten();
        let names = all.filter(|(_, value)| !places(value, named).is_empty()).map(|(name, _)| name.clone());
        names.map(|name| Named { kind, name }).collect::<Vec<_>>()
    };
    kinds.into_iter().flat_map(of_kind).collect()
}

/// Where a text is named in something that staff wrote, as JSON pointers.
pub(super) fn places(value: &Value, named: &[NamedBy]) -> Vec<String> {
    let mut found = Vec::new();
    look(value, named, String::new(), &mut found);
    found
}

fn look(value: &Value, named: &[NamedBy], place: String, found: &mut Vec<String>) {
    let is_named = |text: &str| named.iter().any(|by| by.is(text));
    match value {
        Value::String(text) if is_named(text) => found.push(place),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(at, value)| look(value, named, format!("{place}/{at}"), found));
        }
        Value::Object(keys) => {
            for (key, value) in keys {
                let below = format!("{place}/{key}");
                if is_named(key) {
                    found.push(below.clone());
                }
                look(value, named, below, found);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn places_that_name_it_are_found() {
        let plan = json!({ "events": { "signup": { "properties": { "plan": {} } } }, "pages": ["/a", "/people/*"] });
        let pages = NamedBy::Pages(outis_anonymise::Pattern::new("/people/**"));
        assert_eq!(places(&plan, &[pages]), ["/pages/1"]);
        assert_eq!(places(&plan, &[NamedBy::Property("plan".to_owned())]), ["/events/signup/properties/plan"]);
        let saved = json!({ "goals": { "Joined": { "event": "signup" }, "Other": { "event": "x" } } });
        let found = definitions(&saved, &[NamedBy::Text("signup".to_owned())]);
        assert_eq!(found, [Named { kind: "goals", name: "Joined".to_owned() }]);
    }
}
