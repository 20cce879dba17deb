//! Golden cases: what each question counts, and how it answers where definitions elsewhere differ.

mod followed;
mod funnel;
mod journeys;
mod members;
mod visits;

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, ShiftedClock, SiteId, Slot, Term, Visitor};

use super::*;
use crate::{DayRange, EventFilter, TermSet};

const PAGEVIEW: Term = Term(2);
const ENGAGEMENT: Term = Term(3);
const DAY: Day = Day(100);
/// A quarter of an hour in which the day begins.
const SLOT: u32 = 9_600;

/// An event of visitor 1; the `tie` is given by [`in_order`].
fn event(name: Term, seconds: u32) -> AnonymousEvent {
    let mut e = AnonymousEvent::blank(SiteId(1), DAY, Slot(SLOT + seconds / 900));
    e.visitor = Visitor(1);
    e.clock = ShiftedClock { seconds: 5_000 + seconds, tie: 0 };
    e.flags = Flags::INTERACTIVE.with(Flags::COUNTS_FOR_FLOOR);
    e.set(Dimension::Event, name);
    e
}

fn view(page: Term, seconds: u32) -> AnonymousEvent {
    let mut e = event(PAGEVIEW, seconds);
    e.set(Dimension::Page, page);
    e
}

/// The events with ordinals in the order given.
fn in_order(mut events: Vec<AnonymousEvent>) -> Vec<AnonymousEvent> {
    for (event, tie) in events.iter_mut().zip(0..) {
        event.clock.tie = tie;
    }
    events
}

fn named(name: Term) -> Filter {
    Filter::Event(EventFilter::Dimension(Dimension::Event, TermSet::of([name])))
}

fn base() -> Query {
    Query {
        site: SiteId(1),
        zone: TimeZone::UTC,
        range: DayRange { from: DAY, to: Day(101), slots: None },
        filter: Filter::ALL,
        metrics: Vec::new(),
        groups: Vec::new(),
        pageview: PAGEVIEW,
        engagement: ENGAGEMENT,
        cap_milli: None,
    }
}

fn ask(about: About, events: &[AnonymousEvent]) -> RawTable {
    evaluate(&Behaviour { base: base(), about, narrowed: Vec::new(), following: None }, events)
}
