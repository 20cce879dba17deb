//! What staff saved is kept by closes, outlives rows, and is told of enough people only.

use std::sync::Arc;

use jiff::tz::TimeZone;
use outis_event::{Day, Dimension, Site, Term};
use outis_insight::behaviour::{Cell, Funnel, Order, Slice};
use outis_insight::history::{Counted, Keeping, Keeps, Kept};
use outis_insight::{EvaluateError, EventFilter, Filter, Group, Interval, TermSet};

use super::block_on;
use super::history::{MONDAY, question, weeks, with_floor, world};

const PAGES: Term = Term(80_000);
const FUNNEL: Term = Term(80_001);
/// Who sees one of two pages: as good as nobody more than who sees the other one of them.
const NEARLY: Term = Term(80_002);

fn on(pages: &[u32]) -> Filter {
    Filter::Event(EventFilter::Dimension(Dimension::Page, TermSet::of(pages.iter().copied().map(Term))))
}

struct Saved;

impl Keeps for Saved {
    fn keeping(&self, _: &Site) -> Keeping {
        let funnel = Funnel {
            steps: vec![on(&[2]), on(&[3, 4, 5, 6])],
            order: Order::Ordered,
            optional: None,
            window_s: 86_400,
            exclude: Vec::new(),
            hold: None,
            group: None,
            over_time: None,
        };
        let kept = [
            Kept { id: PAGES, counted: Counted::Any(on(&[3, 4, 5, 6])), pages: None },
            Kept { id: FUNNEL, counted: Counted::Funnel(Box::new(funnel)), pages: None },
            Kept { id: NEARLY, counted: Counted::Any(on(&[3, 4, 5, 6, 7])), pages: None },
        ];
        Keeping { kept: kept.to_vec(), ..Keeping::default() }
    }
}

#[test]
fn sets_outlive_rows_and_few_are_not_told() {
    block_on(async {
        let (world, warehouse) = world(&weeks(5)).await;
        warehouse.keep_by(Arc::new(Saved));
        let site = with_floor(5, &TimeZone::UTC);
        world.clock.set(super::noon(MONDAY.plus(60)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        let query = question(&TimeZone::UTC, MONDAY, MONDAY.plus(4), vec![Group::Time(Interval::Day)]);
        assert!(warehouse.is_past(&query));
        let (days, last) = warehouse.kept(&query, PAGES).await.expect("kept");
        assert_eq!(last, MONDAY.plus(4));
        // Of twenty a day, eleven or twelve see one of the first four pages, and two or three more the fifth.
        let told = days.answer(0, Some(Interval::Day), &query);
        let of_day = |pages: &[u32], day: Day| {
            (1..=20u32).filter(|visitor| pages.contains(&(3 + (visitor + day.0 as u32) % 7))).count() as u64
        };
        let (nearly, _) = warehouse.kept(&query, NEARLY).await.expect("kept");
        let nearly = nearly.answer(0, Some(Interval::Day), &query);
        // Of two sets with few between them the larger one is told, unless too few are outside of it.
        for day in (0..5).map(|at| MONDAY.plus(at)) {
            let at = i64::from(day.0) * 1440;
            let [small, large] = [of_day(&[3, 4, 5, 6], day), of_day(&[3, 4, 5, 6, 7], day)];
            assert!(large - small < 5);
            let expected = if 20 - large >= 5 { (None, Some(large)) } else { (Some(small), None) };
            assert_eq!((told.by_bucket.get(&at).copied(), nearly.by_bucket.get(&at).copied()), expected, "{day:?}");
        }
        assert_eq!(told.hidden_days + nearly.hidden_days, 5);
        let (steps, _) = warehouse.kept(&query, FUNNEL).await.expect("kept");
        let (counts, left_out) = steps.funnel(2, None, &query);
        let first = counts.get(&Cell::Reached { slice: Slice::All, step: 0 }).copied().unwrap_or(0);
        assert_eq!(first + left_out * 20, 100, "everybody begins, on days that are told");
        let unknown = warehouse.kept(&query, Term(9)).await.err();
        assert_eq!(unknown, Some(EvaluateError::NotKept { kept_from: None }));
    });
}

#[test]
fn what_is_saved_later_is_kept_from_the_next_close_on() {
    block_on(async {
        let (world, warehouse) = world(&weeks(6)).await;
        let site = with_floor(1, &TimeZone::UTC);
        world.clock.set(super::noon(MONDAY.plus(2)));
        warehouse.sight(outis_event::SiteId(site.id.0), 1);
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        warehouse.keep_by(Arc::new(Saved));
        world.clock.set(super::noon(MONDAY.plus(60)));
        warehouse.maintain(std::slice::from_ref(&site)).await.expect("maintain");
        let query = |from: i32| question(&TimeZone::UTC, MONDAY.plus(from), MONDAY.plus(5), Vec::new());
        let refused = warehouse.kept(&query(0), PAGES).await.err();
        let Some(EvaluateError::NotKept { kept_from: Some(first) }) = refused else { panic!("{refused:?}") };
        assert!(first > MONDAY && first <= MONDAY.plus(2));
        let (days, _) = warehouse.kept(&query(first.0 - MONDAY.0), PAGES).await.expect("kept");
        assert_eq!(days.answer(0, None, &query(0)).hidden_days, 0);
    });
}

const USED: Term = Term(80_003);

/// Keeps who did one of two things on the last pages.
struct Feature;

impl Keeps for Feature {
    fn keeping(&self, _: &Site) -> Keeping {
        let kept = [Kept { id: USED, counted: Counted::Any(on(&[3, 4, 5, 6])), pages: None }];
        Keeping { kept: kept.to_vec(), ..Keeping::default() }
    }
}

/// Of each day's sixty visitors, thirty are of one customer, twenty-seven of another and three of a third.
fn customers() -> Vec<outis_event::AnonymousEvent> {
    let mut events = Vec::new();
    for event in weeks(3) {
        for more in 0..3 {
            let number = event.visitor.0 % 100 + more * 20;
            let mut event = event.clone();
            event.visitor.0 += more << 40;
            let customer = if number <= 30 { 2 } else { 3 + u32::from(number > 57) };
            event.set(Dimension::Customer, Term(customer));
            events.push(event);
        }
    }
    events
}

/// Visitors of each customer, by the naive evaluator.
fn naive_visitors(query: &outis_insight::Query) -> std::collections::BTreeMap<Term, u64> {
    let naively = outis_insight::naive::evaluate(query, &customers());
    let of = |row: &outis_insight::RawRow| match row.keys[..] {
        [outis_insight::Key::Term(customer)] => (customer, row.parts.visitors),
        _ => (Term::NONE, 0),
    };
    naively.rows.iter().map(of).collect()
}

#[test]
fn features_are_told_by_customers_of_which_enough_use_them_and_enough_do_not() {
    block_on(async {
        let query = question(&TimeZone::UTC, MONDAY, MONDAY.plus(2), vec![Group::Dimension(Dimension::Customer)]);
        let mut by_floor = Vec::new();
        for floor in [1, 5] {
            let (world, warehouse) = world(&customers()).await;
            warehouse.keep_by(Arc::new(Feature));
            world.clock.set(super::noon(MONDAY.plus(60)));
            warehouse.maintain(&[with_floor(floor, &TimeZone::UTC)]).await.expect("maintain");
            let (days, _) = warehouse.kept(&query, USED).await.expect("kept");
            by_floor.push(days.answer(0, None, &query));
        }
        let expected = naive_visitors(&outis_insight::Query { filter: on(&[3, 4, 5, 6]), ..query.clone() });
        assert_eq!((&by_floor[0].by_value, by_floor[0].hidden_values), (&expected, 0));
        assert_eq!(expected.len(), 3);
        let everybody = naive_visitors(&outis_insight::Query { filter: outis_insight::Filter::ALL, ..query.clone() });
        assert_eq!(by_floor[0].whole_by_value, everybody);
        // Shares are of those who were there on the days that are told.
        let told = &by_floor[1];
        assert_eq!(told.whole_by_value.len(), told.by_value.len());
        assert!(told.whole_by_value.iter().all(|(customer, whole)| *whole <= everybody[customer]));
        assert_eq!(told.whole, 60 * 3, "all days are told as a whole");
        // The third customer has too few, and so has one of the others, whose difference would tell of the third.
        let told = &by_floor[1].by_value;
        assert!(told.len() == 1 && told.iter().all(|(customer, count)| expected[customer] >= *count), "{told:?}");
        assert!(by_floor[1].hidden_values > 0);
    });
}
