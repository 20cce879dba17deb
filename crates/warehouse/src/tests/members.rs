//! Members outlive rows: at floor 1 cells tell what rows told, above it nothing of few.

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Lifecycle, Marks, Span as Marked};
use outis_insight::behaviour::{About, Activity, Behaviour, Cell, Retention, naive};
use outis_insight::{EvaluateError, Filter};
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use super::history::{MONDAY, question, weeks, with_floor, world};
use super::{block_on, noon};
use crate::operators::behaviour::tests::events;
use crate::operators::tests::{FIRST, zones};

fn ask(zone: &TimeZone, from: Day, to: Day, about: About) -> Behaviour {
    let base = question(zone, from, to, Vec::new());
    Behaviour { base, about, narrowed: Vec::new(), following: None }
}

const RETENTION: About = About::Retention(Retention { by_day: true, action: None });
const LIFECYCLE: About = About::Lifecycle(Activity { weeks: None });

async fn exact(zone: &TimeZone, events: &[AnonymousEvent]) -> Result<(), TestCaseError> {
    let (world, warehouse) = world(events).await;
    world.clock.set(noon(Day(FIRST + 90)));
    warehouse.maintain(&[with_floor(1, zone)]).await.expect("maintain");
    let from = outis_insight::history::Span::Period.first(Day(FIRST));
    for about in [RETENTION, LIFECYCLE] {
        let question = ask(zone, from, from.plus(69), about);
        let (table, _) = warehouse.past_order(&question).await.expect("kept");
        prop_assert_eq!(table.hidden, 0);
        let raw = naive::evaluate(&question, events);
        for (cell, tally) in &raw.cells {
            prop_assert_eq!(table.counts.get(cell), Some(&tally.count), "{:?}", cell);
        }
        let is_asked = |cell: &Cell| {
            matches!(
                (cell, &question.about),
                (Cell::Retained { .. } | Cell::Cohort(_), About::Retention(_))
                    | (Cell::Active { .. } | Cell::State { .. }, About::Lifecycle(_))
            )
        };
        for (cell, count) in table.counts.iter().filter(|(cell, _)| is_asked(cell)) {
            prop_assert_eq!(raw.of(cell).count, *count, "{:?}", cell);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn cells_tell_members_as_rows_did(
        (zone, events) in zones().prop_flat_map(|zone| (Just(zone.clone()), events(zone))),
    ) {
        block_on(exact(&zone, &events))?;
    }
}

/// Of twenty visitors a day, twelve are members: eight come on every day, and four on one day each.
fn marked() -> Vec<AnonymousEvent> {
    let mut events = weeks(14);
    let first_week = u32::try_from(MONDAY.week()).expect("after 1970");
    for event in &mut events {
        let visitor = event.visitor.0 % 100;
        if visitor > 12 {
            continue;
        }
        let at = event.day.0 - MONDAY.0;
        let is_first = at % 7 == 0 || visitor > 8;
        let mut marks = Marks::NONE.with_first(Marked::Day).with_cohort(first_week);
        if is_first {
            let state = if at < 7 { Lifecycle::New } else { Lifecycle::Returning };
            marks = marks.with_first(Marked::Week).with_state(state, false);
        }
        event.marks = marks;
    }
    events
}

#[test]
fn members_outlive_rows_and_few_are_not_told() {
    block_on(async {
        let (world, warehouse) = world(&marked()).await;
        let site = with_floor(5, &TimeZone::UTC);
        world.clock.set(noon(MONDAY.plus(60)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        let question = ask(&TimeZone::UTC, MONDAY, MONDAY.plus(13), LIFECYCLE);
        assert!(warehouse.is_past(&question.base));
        let (table, last) = warehouse.past_order(&question).await.expect("kept");
        assert_eq!(last, MONDAY.plus(13));
        let active = |span, at| table.counts.get(&Cell::Active { span, at }).copied();
        assert_eq!(active(Marked::Day, MONDAY.0), Some(12));
        // Eight and seven times four.
        let week = MONDAY.week();
        assert_eq!(active(Marked::Week, week), Some(36));
        let state = |state| table.counts.get(&Cell::State { span: Marked::Week, at: week + 1, state }).copied();
        assert_eq!([state(Lifecycle::New), state(Lifecycle::Returning)], [Some(0), Some(36)]);
        let retention = ask(&TimeZone::UTC, MONDAY, MONDAY.plus(13), RETENTION);
        let (table, _) = warehouse.past_order(&retention).await.expect("kept");
        let cohort = week as u32;
        assert_eq!(table.counts.get(&Cell::Cohort(cohort)), Some(&36));
        let retained = Cell::Retained { cohort, span: Marked::Week, at: week + 1 };
        assert_eq!(table.counts.get(&retained), Some(&36));
        // What only rows tell.
        let mut filtered = question.clone();
        filtered.base.filter = Filter::Not(Box::new(Filter::ALL));
        let refused = warehouse.past_order(&filtered).await.err();
        assert_eq!(refused, Some(EvaluateError::NotInHistory { rows_from: None }));
    });
}

#[test]
fn a_day_of_few_members_is_not_told() {
    block_on(async {
        let mut events = marked();
        events.retain(|event| event.visitor.0 % 100 > 8);
        let (world, warehouse) = world(&events).await;
        let site = with_floor(5, &TimeZone::UTC);
        world.clock.set(noon(MONDAY.plus(60)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        let question = ask(&TimeZone::UTC, MONDAY, MONDAY.plus(13), LIFECYCLE);
        let (table, _) = warehouse.past_order(&question).await.expect("kept");
        assert!(!table.counts.contains_key(&Cell::Active { span: Marked::Day, at: MONDAY.0 }));
        // Each of the four is another person on each day, as far as marks tell.
        assert_eq!(table.counts.get(&Cell::Active { span: Marked::Week, at: MONDAY.week() }), Some(&28));
    });
}
