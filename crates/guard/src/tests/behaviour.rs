//! What the gate lets pass of questions about order.

mod followed;
mod funnel;
mod members;
mod parts;

use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, Policy, Property, ShiftedClock, SiteId, Slot, Term, Visitor};
use outis_insight::behaviour::{self, About, Behaviour, Cell, Links, ShownTable};
use outis_insight::{DayRange, EventFilter, Filter, Query, TermSet};

use super::Off;
use super::world::Plain;
use crate::{Gate, Refusal};

const DAY: Day = Day(100);
const PAGEVIEW: Term = Term(2);
const ENGAGEMENT: Term = Term(3);
const KEY: Term = Term(30);

fn event(visitor: u64, name: Term, seconds: u32) -> AnonymousEvent {
    let mut e = AnonymousEvent::blank(SiteId(1), DAY, Slot(9_600 + seconds / 900));
    e.visitor = Visitor(visitor);
    e.clock = ShiftedClock { seconds: 1_000 + seconds, tie: 0 };
    e.flags = Flags::INTERACTIVE.with(Flags::COUNTS_FOR_FLOOR);
    e.set(Dimension::Event, name);
    e
}

fn with(mut event: AnonymousEvent, value: u32) -> AnonymousEvent {
    event.properties = vec![Property { key: KEY, value: Term(value) }];
    event
}

fn named(name: Term) -> Filter {
    Filter::Event(EventFilter::Dimension(Dimension::Event, TermSet::of([name])))
}

fn of_value(value: u32) -> Filter {
    Filter::Event(EventFilter::Property(KEY, TermSet::of([Term(value)])))
}

fn question(about: About) -> Behaviour {
    let base = Query {
        site: SiteId(1),
        zone: TimeZone::UTC,
        range: DayRange { from: DAY, to: DAY.plus(1), slots: None },
        filter: Filter::ALL,
        metrics: Vec::new(),
        groups: Vec::new(),
        pageview: PAGEVIEW,
        engagement: ENGAGEMENT,
        cap_milli: None,
    };
    Behaviour { base, about, narrowed: Vec::new(), following: None }
}

fn filtered(filter: Filter, about: About) -> Behaviour {
    let question = question(about);
    Behaviour { base: Query { filter, ..question.base }, ..question }
}

fn ask_with(off: Off, floor: u32, question: &Behaviour, events: &[AnonymousEvent]) -> Result<ShownTable, Refusal> {
    ask_linked(off, floor, question, events, Links::none())
}

fn ask_linked(
    off: Off,
    floor: u32,
    question: &Behaviour,
    events: &[AnonymousEvent],
    links: Links,
) -> Result<ShownTable, Refusal> {
    let mut gate = Gate::new(Arc::new(Plain { links, ..Plain::of(events.to_vec()) }));
    gate.off = off;
    let policy = Policy { floor, ..Policy::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    runtime.block_on(gate.behaviour(&policy, question))
}

fn ask(question: &Behaviour, events: &[AnonymousEvent]) -> Result<ShownTable, Refusal> {
    ask_with(Off::default(), 10, question, events)
}
