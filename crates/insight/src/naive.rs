//! The definition of every metric, group and filter, as the simplest program that computes it.
//!
//! Nothing here is fast. The warehouse's operators must give the same answers.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{AnonymousEvent, Day, Dimension, Flags, Term, Timestamp, Visitor};

use crate::{
    Currency, EventFilter, Filter, Group, Key, Parts, Query, RawAnswer, RawRow, VisitField, bucket, same_visit,
};

#[cfg(test)]
mod tests;

/// Answers the question from plain events in any order; events of one visitor with equal clocks stay in the order
/// given. `fresh_as_of` is the epoch: plain events know no clock.
pub fn evaluate(query: &Query, events: &[AnonymousEvent]) -> RawAnswer {
    let (nobody, visits) = visits(query, events);

    let mut matching = Vec::new();
    for event in &nobody {
        matching.push(Matching { event, visit: None, place: 0 });
    }
    for visit in &visits {
        for (place, event) in visit.events.iter().enumerate() {
            matching.push(Matching { event, visit: Some(visit), place });
        }
    }
    matching.retain(|m| in_slots(query, m.event) && fulfils(&query.filter, m.event, m.visit));

    let mut groups: BTreeMap<Vec<Key>, Vec<Matching<'_>>> = BTreeMap::new();
    for m in &matching {
        for keys in keys(query, m) {
            groups.entry(keys).or_default().push(*m);
        }
    }
    let (parts, persons) = measure(query, &[], &matching);
    let all_visitors = parts.visitors;
    let total = RawRow { keys: Vec::new(), values: parts.values(&query.metrics, all_visitors), persons, parts };
    let mut rows = Vec::new();
    for (keys, matching) in groups {
        let (parts, persons) = measure(query, &keys, &matching);
        // A row is there because something happened, not because somebody stayed.
        if parts.events > 0 {
            rows.push(RawRow { values: parts.values(&query.metrics, all_visitors), keys, persons, parts });
        }
    }
    RawAnswer { rows, total, fresh_as_of: Timestamp(0) }
}

/// A visit with its events in order; all of them carry the first one's attributes of the visit.
pub(crate) struct Visit {
    number: usize,
    pub(crate) events: Vec<AnonymousEvent>,
    first_page_view: Option<usize>,
    last_page_view: Option<usize>,
    pub(crate) bounced: bool,
    pub(crate) duration_s: u32,
}

/// An event that matches, in its visit if it has one.
#[derive(Clone, Copy)]
struct Matching<'a> {
    event: &'a AnonymousEvent,
    visit: Option<&'a Visit>,
    place: usize,
}

/// The events of the query's site and days: those of nobody, and those of each visitor and day cut into visits, which
/// are sorted by (day, visitor, time).
pub(crate) fn visits(query: &Query, events: &[AnonymousEvent]) -> (Vec<AnonymousEvent>, Vec<Visit>) {
    let days = query.range.from..=query.range.to;
    let of_site: Vec<_> = events.iter().filter(|e| e.site == query.site && days.contains(&e.day)).cloned().collect();
    let (nobody, of_visitors): (Vec<_>, Vec<_>) = of_site.into_iter().partition(|e| e.visitor.is_nobody());
    let mut by_visitor: BTreeMap<(Day, Visitor), Vec<AnonymousEvent>> = BTreeMap::new();
    for event in of_visitors {
        by_visitor.entry((event.day, event.visitor)).or_default().push(event);
    }
    let mut visits = Vec::new();
    for (_, mut events) in by_visitor {
        events.sort_by_key(|e| e.clock);
        let mut open: Vec<AnonymousEvent> = Vec::new();
        for event in events {
            if open.last().is_some_and(|previous| !same_visit(previous.clock, event.clock)) {
                visits.push(Visit::new(query, visits.len(), std::mem::take(&mut open)));
            }
            open.push(event);
        }
        visits.push(Visit::new(query, visits.len(), open));
    }
    (nobody, visits)
}

impl Visit {
    fn new(query: &Query, number: usize, mut events: Vec<AnonymousEvent>) -> Visit {
        let first = events[0].clone();
        for event in &mut events {
            for dimension in Dimension::ALL.iter().filter(|d| d.is_of_visit()) {
                event.set(*dimension, first.term(*dimension));
            }
        }
        let is_page_view = |e: &AnonymousEvent| e.term(Dimension::Event) == query.pageview;
        let is_engagement = |e: &AnonymousEvent| e.term(Dimension::Event) == query.engagement;
        let page_views = events.iter().filter(|e| is_page_view(e)).count();
        let interacted =
            events.iter().any(|e| !is_page_view(e) && !is_engagement(e) && e.flags.has(Flags::INTERACTIVE));
        let last = &events[events.len() - 1];
        Visit {
            number,
            first_page_view: events.iter().position(is_page_view),
            last_page_view: events.iter().rposition(is_page_view),
            bounced: page_views < 2 && !interacted,
            duration_s: last.clock.seconds - first.clock.seconds,
            events,
        }
    }

    pub(crate) fn field(&self, field: VisitField) -> Term {
        let (place, dimension) = match field {
            VisitField::EntryPage => (self.first_page_view, Dimension::Page),
            VisitField::EntryHostname => (self.first_page_view, Dimension::Hostname),
            VisitField::ExitPage => (self.last_page_view, Dimension::Page),
            VisitField::ExitHostname => (self.last_page_view, Dimension::Hostname),
        };
        place.map_or(Term::NONE, |place| self.events[place].term(dimension))
    }
}

pub(crate) fn in_slots(query: &Query, event: &AnonymousEvent) -> bool {
    query.range.slots.is_none_or(|(from, to)| from <= event.slot && event.slot < to)
}

pub(crate) fn fulfils(filter: &Filter, event: &AnonymousEvent, visit: Option<&Visit>) -> bool {
    match filter {
        Filter::Event(condition) => holds(condition, event, visit),
        Filter::And(list) => list.iter().all(|f| fulfils(f, event, visit)),
        Filter::Or(list) => list.iter().any(|f| fulfils(f, event, visit)),
        Filter::Not(inner) => !fulfils(inner, event, visit),
        Filter::Selected(inner) => fulfils(inner, event, visit),
        Filter::VisitHas(inner) => match visit {
            Some(visit) => visit.events.iter().any(|e| fulfils(inner, e, Some(visit))),
            None => fulfils(inner, event, None),
        },
    }
}

fn holds(condition: &EventFilter, event: &AnonymousEvent, visit: Option<&Visit>) -> bool {
    match condition {
        EventFilter::Dimension(dimension, set) => set.contains(event.term(*dimension)),
        EventFilter::Visit(field, set) => set.contains(visit.map_or(Term::NONE, |v| v.field(*field))),
        EventFilter::Property(key, set) => set.contains(property(event, *key)),
        EventFilter::Language(set) => each(&event.languages).any(|t| set.contains(t)),
        EventFilter::Tag(set) => each(&event.tags).any(|t| set.contains(t)),
        EventFilter::Scrolled(least) => event.scroll != AnonymousEvent::SCROLL_UNKNOWN && event.scroll >= *least,
        EventFilter::Paid(least) => event.revenue.is_some_and(|money| money.milli.saturating_abs() >= *least),
    }
}

pub(crate) fn property(event: &AnonymousEvent, key: Term) -> Term {
    event.properties.iter().find(|p| p.key == key).map_or(Term::NONE, |p| p.value)
}

/// The terms of a list, or NONE if it is empty.
fn each(list: &[Term]) -> impl Iterator<Item = Term> {
    list.iter().copied().chain(list.is_empty().then_some(Term::NONE))
}

/// Every combination of keys the event counts in.
fn keys(query: &Query, m: &Matching<'_>) -> BTreeSet<Vec<Key>> {
    let mut all = BTreeSet::from([Vec::new()]);
    for group in &query.groups {
        let own: Vec<Key> = match group {
            Group::Dimension(dimension) => vec![Key::Term(m.event.term(*dimension))],
            Group::Visit(field) => vec![Key::Term(m.visit.map_or(Term::NONE, |v| v.field(*field)))],
            Group::Property(key) => vec![Key::Term(property(m.event, *key))],
            Group::Language => each(&m.event.languages).map(Key::Term).collect(),
            Group::Tag => each(&m.event.tags).map(Key::Term).collect(),
            Group::Time(interval) => {
                vec![Key::Time(bucket::bucket(*interval, m.event.day, m.event.slot, &query.zone))]
            }
        };
        all = all.iter().flat_map(|keys| own.iter().map(|key| [keys.as_slice(), &[*key]].concat())).collect();
    }
    all
}

/// The parts of one row, and the persons known to be behind it.
fn measure(query: &Query, keys: &[Key], matching: &[Matching<'_>]) -> (Parts, u64) {
    let is = |m: &Matching<'_>, name: Term| m.event.term(Dimension::Event) == name;
    let present: Vec<_> = matching.iter().filter(|m| !is(m, query.engagement)).collect();
    let page_views: Vec<_> = matching.iter().filter(|m| is(m, query.pageview)).collect();

    let of_visits: Vec<_> = present.iter().filter(|m| m.visit.is_some()).collect();
    let visitors: BTreeSet<_> = of_visits.iter().map(|m| (m.event.day, m.event.visitor)).collect();
    let visits: BTreeMap<usize, &Visit> = of_visits.iter().filter_map(|m| Some((m.visit?.number, m.visit?))).collect();
    let entered: Vec<_> = visits.values().filter(|visit| entered_here(query, keys, visit)).collect();

    let mut scrolled: BTreeMap<(usize, Term), u8> = BTreeMap::new();
    for m in matching.iter().filter(|m| m.event.scroll != AnonymousEvent::SCROLL_UNKNOWN) {
        if let Some(visit) = m.visit {
            let deepest = scrolled.entry((visit.number, m.event.term(Dimension::Page))).or_default();
            *deepest = m.event.scroll.min(100).max(*deepest);
        }
    }

    let revenue: Vec<_> = matching.iter().filter_map(|m| m.event.revenue).collect();
    let parts = Parts {
        visitors: visitors.len() as u64,
        visits: visits.len() as u64,
        pageviews: page_views.len() as u64,
        visit_pageviews: page_views.iter().filter(|m| m.visit.is_some()).count() as u64,
        events: present.len() as u64,
        entries: entered.len() as u64,
        bounces: entered.iter().filter(|v| v.bounced).count() as u64,
        duration_s: entered.iter().filter(|v| !v.bounced).map(|v| u64::from(v.duration_s)).sum(),
        engaged_s: matching.iter().filter(|m| m.visit.is_some()).map(|m| u64::from(m.event.engaged_s)).sum(),
        scroll_sum: scrolled.values().map(|s| u64::from(*s)).sum(),
        scroll_pairs: scrolled.len() as u64,
        exits: page_views.iter().filter(|m| m.visit.is_some_and(|v| v.last_page_view == Some(m.place))).count() as u64,
        revenue_milli: revenue.iter().map(|r| query.capped(r.milli)).fold(0, i64::saturating_add),
        revenue_events: revenue.len() as u64,
        currency: revenue.iter().map(|r| Currency::One(r.currency)).fold(Currency::None, Currency::and),
    };

    let mut floor: BTreeMap<Day, BTreeSet<Visitor>> = BTreeMap::new();
    for m in of_visits.iter().filter(|m| m.event.flags.has(Flags::COUNTS_FOR_FLOOR)) {
        floor.entry(m.event.day).or_default().insert(m.event.visitor);
    }
    let persons = floor.values().map(BTreeSet::len).max().unwrap_or(0) as u64;
    (parts, persons)
}

/// Under a page or a hostname, only visits that entered there tell bounce rate and duration.
fn entered_here(query: &Query, keys: &[Key], visit: &Visit) -> bool {
    query.groups.iter().zip(keys).all(|(group, key)| match group {
        Group::Dimension(Dimension::Page) => *key == Key::Term(visit.field(VisitField::EntryPage)),
        Group::Dimension(Dimension::Hostname) => *key == Key::Term(visit.field(VisitField::EntryHostname)),
        _ => true,
    })
}
