//! What a selector names counts as one condition.

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, Policy, ShiftedClock, SiteId, Slot, Term, Visitor};
use outis_insight::{DayRange, EventFilter, Filter, Metric, Query, Shown, TermSet};

use super::world;
use crate::{Gate, Refusal};

const PAGEVIEW: Term = Term(2);
const ENGAGEMENT: Term = Term(3);
const SIGNUP: Term = Term(4);
const PAGE: Term = Term(10);
const OTHER_PAGE: Term = Term(11);
const AUSTRIA: Term = Term(20);
const FRANCE: Term = Term(21);

struct Town(Vec<AnonymousEvent>);

impl Town {
    fn does(&mut self, visitor: u64, name: Term, page: Term, country: Term) {
        let mut event = AnonymousEvent::blank(SiteId(1), Day(100), Slot(9_600));
        event.visitor = Visitor(visitor);
        event.clock = ShiftedClock { seconds: 100 + u32::try_from(self.0.len()).expect("few"), tie: 0 };
        event.flags = Flags::INTERACTIVE.with(Flags::COUNTS_FOR_FLOOR);
        event.set(Dimension::Event, name);
        event.set(Dimension::Page, page);
        event.set(Dimension::Country, country);
        self.0.push(event);
    }
}

fn is(dimension: Dimension, term: Term) -> Filter {
    Filter::Event(EventFilter::Dimension(dimension, TermSet::of([term])))
}

/// Views of the page, as a selector names them.
fn views() -> Filter {
    Filter::Selected(Box::new(both()))
}

fn both() -> Filter {
    Filter::And(vec![is(Dimension::Event, PAGEVIEW), is(Dimension::Page, PAGE)])
}

fn ask(filter: Filter) -> Query {
    Query {
        site: SiteId(1),
        zone: TimeZone::UTC,
        range: DayRange { from: Day(100), to: Day(100), slots: None },
        filter,
        metrics: vec![Metric::Visitors, Metric::Events],
        groups: Vec::new(),
        pageview: PAGEVIEW,
        engagement: ENGAGEMENT,
        cap_milli: None,
    }
}

async fn answer(gate: &Gate, filter: Filter) -> Result<Option<f64>, Refusal> {
    let policy = Policy { floor: 10, ..Policy::default() };
    let shown: Shown = gate.answer(&policy, &ask(filter)).await?;
    Ok(shown.total.and_then(|total| total.values[0]))
}

fn gate(town: Town) -> Gate {
    world::gate(&town.0).0
}

/// 40 people of Austria, of whom 37 view the page and three only the other one, and 30 of France, who view both.
fn town() -> Town {
    let mut town = Town(Vec::new());
    for visitor in 1..=40 {
        town.does(visitor, PAGEVIEW, if visitor <= 37 { PAGE } else { OTHER_PAGE }, AUSTRIA);
    }
    for visitor in 101..=130 {
        town.does(visitor, PAGEVIEW, PAGE, FRANCE);
        town.does(visitor, PAGEVIEW, OTHER_PAGE, FRANCE);
    }
    town
}

#[tokio::test]
async fn a_selector_that_leaves_few_out_is_refused_and_told_without_the_check() {
    let few = Filter::And(vec![is(Dimension::Country, AUSTRIA), views()]);
    let refused = answer(&gate(town()), few.clone()).await;
    assert_eq!(refused, Err(Refusal::TooFewPeople { filter: 1 }));
    let mut control = gate(town());
    control.off.removals = true;
    assert_eq!(answer(&control, few).await, Ok(Some(35.0)));
    assert_eq!(answer(&control, is(Dimension::Country, AUSTRIA)).await, Ok(Some(40.0)), "the three can be told apart");
}

#[tokio::test]
async fn what_few_people_did_is_not_told() {
    let mut town = town();
    (1..=9).for_each(|visitor| town.does(visitor, SIGNUP, PAGE, AUSTRIA));
    let gate = gate(town);
    assert_eq!(answer(&gate, is(Dimension::Event, SIGNUP)).await, Ok(None));
    let crossed = Filter::And(vec![is(Dimension::Event, SIGNUP), is(Dimension::Country, AUSTRIA)]);
    assert_eq!(answer(&gate, crossed).await, Ok(None));
}

#[tokio::test]
async fn few_people_who_do_something_else_on_a_page_do_not_hide_its_views() {
    let mut town = town();
    (101..=103).for_each(|visitor| town.does(visitor, SIGNUP, PAGE, FRANCE));
    (201..=210).for_each(|visitor| town.does(visitor, PAGEVIEW, OTHER_PAGE, FRANCE));
    let gate = gate(town);
    assert_eq!(answer(&gate, both()).await, Err(Refusal::TooFewPeople { filter: 0 }), "as two conditions they do");
    assert_eq!(answer(&gate, views()).await, Ok(Some(65.0)));
}

#[tokio::test]
async fn attributes_of_people_are_looked_at_singly_wherever_they_stand() {
    let inside = |extra: Filter| Filter::Selected(Box::new(Filter::And(vec![views(), extra])));
    let gate = gate(town());
    assert_eq!(answer(&gate, inside(is(Dimension::Country, AUSTRIA))).await, Err(Refusal::TooFewPeople { filter: 0 }));
    let many = (0..3).map(|_| is(Dimension::Country, FRANCE)).collect();
    let refused = answer(&gate, inside(Filter::And(many))).await;
    assert_eq!(refused, Err(Refusal::TooManyFilters { most: 3 }));
}
