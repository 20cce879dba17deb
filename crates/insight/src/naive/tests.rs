//! Golden cases of every metric.

use jiff::tz::TimeZone;
use outis_event::{Money, Property, ShiftedClock, SiteId, Slot};

use super::*;
use crate::{DayRange, Interval, Metric, TermSet};

const PAGEVIEW: Term = Term(2);
const ENGAGEMENT: Term = Term(3);
const SIGNUP: Term = Term(4);
const A: Term = Term(10);
const B: Term = Term(11);

fn event(name: Term, visitor: u64, seconds: u32, page: Term) -> AnonymousEvent {
    let mut e = AnonymousEvent::blank(SiteId(1), Day(100), Slot(9_600 + seconds / 900));
    e.visitor = Visitor(visitor);
    e.clock = ShiftedClock { seconds: 5_000 + seconds, tie: 0 };
    e.flags = Flags::INTERACTIVE.with(Flags::COUNTS_FOR_FLOOR);
    e.set(Dimension::Event, name);
    e.set(Dimension::Page, page);
    e
}

fn view(visitor: u64, seconds: u32, page: Term) -> AnonymousEvent {
    event(PAGEVIEW, visitor, seconds, page)
}

fn ask(metrics: &[Metric], groups: &[Group]) -> Query {
    Query {
        site: SiteId(1),
        zone: TimeZone::UTC,
        range: DayRange { from: Day(100), to: Day(101), slots: None },
        filter: Filter::ALL,
        metrics: metrics.to_vec(),
        groups: groups.to_vec(),
        pageview: PAGEVIEW,
        engagement: ENGAGEMENT,
        cap_milli: None,
    }
}

fn total(metric: Metric, events: &[AnonymousEvent]) -> Option<f64> {
    evaluate(&ask(&[metric], &[]), events).total.values[0]
}

fn by_page(metric: Metric, events: &[AnonymousEvent], page: Term) -> Option<f64> {
    let answer = evaluate(&ask(&[metric], &[Group::Dimension(Dimension::Page)]), events);
    answer.rows.iter().find(|r| r.keys == [Key::Term(page)]).expect("row of the page").values[0]
}

#[test]
fn a_visitor_counts_once_a_day_and_again_the_next_day() {
    let mut events = vec![view(1, 0, A), view(1, 9_000, B), view(2, 0, A)];
    assert_eq!(total(Metric::Visitors, &events), Some(2.0));
    let mut tomorrow = view(1, 0, A);
    tomorrow.day = Day(101);
    events.push(tomorrow);
    assert_eq!(total(Metric::Visitors, &events), Some(3.0));
}

#[test]
fn a_visit_ends_after_more_than_half_an_hour_of_silence() {
    assert_eq!(total(Metric::Visits, &[view(1, 0, A), view(1, 1_800, A)]), Some(1.0));
    assert_eq!(total(Metric::Visits, &[view(1, 0, A), view(1, 1_801, A)]), Some(2.0));
    let kept_open = [view(1, 0, A), event(ENGAGEMENT, 1, 1_500, A), view(1, 3_000, A)];
    assert_eq!(total(Metric::Visits, &kept_open), Some(1.0));
}

#[test]
fn pageviews_are_events_named_pageview_and_engagement_is_no_event() {
    let events = [view(1, 0, A), event(SIGNUP, 1, 5, A), event(ENGAGEMENT, 1, 9, A), view(0, 0, A)];
    assert_eq!(total(Metric::Pageviews, &events), Some(2.0));
    assert_eq!(total(Metric::Events, &events), Some(3.0));
}

#[test]
fn nobody_counts_in_no_metric_of_visits() {
    let events = [view(1, 0, A), view(1, 1, B), view(0, 0, A), view(0, 0, A)];
    assert_eq!(total(Metric::Visitors, &events), Some(1.0));
    assert_eq!(total(Metric::Visits, &events), Some(1.0));
    assert_eq!(total(Metric::ViewsPerVisit, &events), Some(2.0));
    assert_eq!(total(Metric::ViewsPerVisit, &events[2..]), None);
}

#[test]
fn a_bounce_has_no_second_view_and_no_interactive_custom_event() {
    assert_eq!(total(Metric::BounceRate, &[view(1, 0, A)]), Some(100.0));
    assert_eq!(total(Metric::BounceRate, &[view(1, 0, A), view(1, 5, A)]), Some(0.0));
    assert_eq!(total(Metric::BounceRate, &[view(1, 0, A), event(ENGAGEMENT, 1, 5, A)]), Some(100.0));
    assert_eq!(total(Metric::BounceRate, &[view(1, 0, A), event(SIGNUP, 1, 5, A)]), Some(0.0));
    let mut passive = event(SIGNUP, 1, 5, A);
    passive.flags = Flags::default();
    assert_eq!(total(Metric::BounceRate, &[view(1, 0, A), passive]), Some(100.0));
    assert_eq!(total(Metric::BounceRate, &[event(SIGNUP, 1, 5, A)]), Some(0.0));
}

#[test]
fn the_bounce_rate_of_a_page_is_that_of_visits_that_entered_on_it() {
    let events = [view(1, 0, A), view(2, 0, A), view(2, 9, B)];
    assert_eq!(by_page(Metric::BounceRate, &events, A), Some(50.0));
    assert_eq!(by_page(Metric::BounceRate, &events, B), Some(0.0));
    assert_eq!(by_page(Metric::VisitDuration, &events, B), None);
}

#[test]
fn duration_is_from_first_to_last_event_and_bounces_last_no_time() {
    let events = [view(1, 0, A), view(1, 60, B), view(2, 0, A), event(ENGAGEMENT, 2, 100, A)];
    assert_eq!(total(Metric::VisitDuration, &events), Some(30.0));
}

#[test]
fn time_on_page_is_engaged_time_over_visits_with_the_page() {
    let mut engaged = event(ENGAGEMENT, 1, 30, A);
    engaged.engaged_s = 20;
    let events = [view(1, 0, A), engaged, view(2, 0, A), view(2, 5, B)];
    assert_eq!(by_page(Metric::TimeOnPage, &events, A), Some(10.0));
    assert_eq!(by_page(Metric::TimeOnPage, &events, B), None);
}

#[test]
fn scroll_depth_averages_the_deepest_position_per_visit_and_page() {
    let scroll = |visitor, seconds, page, depth| {
        let mut e = event(ENGAGEMENT, visitor, seconds, page);
        e.scroll = depth;
        e
    };
    let events = [
        view(1, 0, A),
        scroll(1, 1, A, 20),
        scroll(1, 2, A, 60),
        scroll(1, 3, A, 255),
        view(2, 0, A),
        scroll(2, 1, A, 100),
        view(3, 0, A),
        view(3, 1, B),
        scroll(3, 2, B, 10),
    ];
    assert_eq!(by_page(Metric::ScrollDepth, &events, A), Some(80.0));
    assert_eq!(by_page(Metric::ScrollDepth, &events, B), Some(10.0));
    assert_eq!(total(Metric::ScrollDepth, &events), Some((60.0 + 100.0 + 10.0) / 3.0));
    assert_eq!(total(Metric::ScrollDepth, &events[..1]), None);
}

#[test]
fn exit_rate_is_the_share_of_views_that_were_the_last_of_their_visit() {
    let events = [view(1, 0, A), view(1, 1, B), event(SIGNUP, 1, 2, A), view(2, 0, A)];
    assert_eq!(by_page(Metric::ExitRate, &events, A), Some(50.0));
    assert_eq!(by_page(Metric::ExitRate, &events, B), Some(100.0));
}

#[test]
fn percentage_is_of_all_visitors_of_the_query() {
    let events = [view(1, 0, A), view(1, 1, B), view(2, 0, A)];
    assert_eq!(by_page(Metric::Percentage, &events, A), Some(100.0));
    assert_eq!(by_page(Metric::Percentage, &events, B), Some(50.0));
}

#[test]
fn revenue_is_told_in_one_currency_only() {
    let sale = |currency, milli| {
        let mut e = event(SIGNUP, 1, 1, A);
        e.revenue = Some(Money { currency: Term(currency), milli });
        e
    };
    let events = [sale(2, 1_000), sale(2, 2_000), view(1, 0, A)];
    assert_eq!(total(Metric::TotalRevenue, &events), Some(3_000.0));
    assert_eq!(total(Metric::AverageRevenue, &events), Some(1_500.0));
    assert_eq!(total(Metric::TotalRevenue, &[sale(2, 1), sale(3, 1)]), None);
    assert_eq!(total(Metric::TotalRevenue, &events[2..]), None);
}

#[test]
fn entry_and_exit_are_set_by_page_views_only() {
    let events = [event(SIGNUP, 1, 0, Term(99)), view(1, 1, A), view(1, 2, B), event(SIGNUP, 1, 3, Term(99))];
    for (field, page) in [(VisitField::EntryPage, A), (VisitField::ExitPage, B)] {
        let answer = evaluate(&ask(&[Metric::Visits], &[Group::Visit(field)]), &events);
        assert_eq!(answer.rows.len(), 1);
        assert_eq!(answer.rows[0].keys, [Key::Term(page)]);
    }
}

#[test]
fn attributes_of_a_visit_are_those_of_its_first_event() {
    let mut first = view(1, 0, A);
    first.set(Dimension::Source, Term(7));
    let mut second = view(1, 5, B);
    second.set(Dimension::Source, Term(8));
    let answer = evaluate(&ask(&[Metric::Pageviews], &[Group::Dimension(Dimension::Source)]), &[second, first]);
    assert_eq!(answer.rows.len(), 1);
    assert_eq!((answer.rows[0].keys[0], answer.rows[0].values[0]), (Key::Term(Term(7)), Some(2.0)));
}

#[test]
fn a_visit_counts_in_every_hour_it_has_an_event_in() {
    let events = [view(1, 3_000, A), view(1, 4_000, B), event(ENGAGEMENT, 1, 5_600, B)];
    let answer = evaluate(&ask(&[Metric::Visits, Metric::Visitors], &[Group::Time(Interval::Hour)]), &events);
    let hours: Vec<_> = answer.rows.iter().map(|r| (r.keys[0], r.values[0], r.values[1])).collect();
    let start = bucket::minutes(Day(100));
    assert_eq!(hours, [0, 60].map(|m| (Key::Time(start + m), Some(1.0), Some(1.0))));
    assert_eq!(answer.total.values, [Some(1.0), Some(1.0)]);
}

#[test]
fn languages_and_tags_count_singly() {
    let mut e = view(1, 0, A);
    e.languages = vec![Term(2), Term(3), Term(3)];
    let answer = evaluate(&ask(&[Metric::Visitors, Metric::Pageviews], &[Group::Language]), &[e, view(2, 0, A)]);
    let keys: Vec<_> = answer.rows.iter().map(|r| r.keys[0]).collect();
    assert_eq!(keys, [0, 2, 3].map(|t| Key::Term(Term(t))));
    assert!(answer.rows.iter().all(|r| r.values == [Some(1.0), Some(1.0)]));
}

#[test]
fn persons_are_the_largest_days_visitors_that_count_for_floors() {
    let mut crowd: Vec<_> = (1..=4).map(|v| view(v, 0, A)).collect();
    crowd[3].flags = Flags::INTERACTIVE;
    for v in 1..=2 {
        let mut e = view(v, 0, A);
        e.day = Day(101);
        crowd.push(e);
    }
    assert_eq!(evaluate(&ask(&[Metric::Visitors], &[]), &crowd).total.persons, 3);
}

#[test]
fn filters_see_events_visits_and_properties() {
    let mut bought = event(SIGNUP, 1, 5, B);
    bought.properties = vec![Property { key: Term(2), value: Term(9) }];
    let events = [view(1, 0, A), bought, view(2, 0, A), view(0, 0, A)];
    let ask = |filter| {
        let mut query = ask(&[Metric::Pageviews, Metric::Visitors], &[]);
        query.filter = filter;
        evaluate(&query, &events).total.values
    };
    let page = |t| Filter::Event(EventFilter::Dimension(Dimension::Page, TermSet::of([t])));
    let plan = Filter::Event(EventFilter::Property(Term(2), TermSet::of([Term(9)])));
    assert_eq!(ask(page(A)), [Some(3.0), Some(2.0)]);
    assert_eq!(ask(plan.clone()), [Some(0.0), Some(1.0)]);
    assert_eq!(ask(Filter::VisitHas(Box::new(plan.clone()))), [Some(1.0), Some(1.0)]);
    assert_eq!(ask(Filter::Not(Box::new(Filter::VisitHas(Box::new(plan))))), [Some(2.0), Some(1.0)]);
    assert_eq!(ask(Filter::Or(vec![page(B), Filter::Or(vec![])])), [Some(0.0), Some(1.0)]);
    let entry = Filter::Event(EventFilter::Visit(VisitField::EntryPage, TermSet::of([A])));
    assert_eq!(ask(Filter::And(vec![entry, page(B)])), [Some(0.0), Some(1.0)]);
}

#[test]
fn slots_cut_what_matches_but_not_the_visit() {
    let events = [view(1, 0, A), view(1, 1_200, B)];
    let mut query = ask(&[Metric::Pageviews, Metric::BounceRate], &[]);
    query.range.slots = Some((Slot(9_601), Slot(9_602)));
    assert_eq!(evaluate(&query, &events).total.values, [Some(1.0), Some(0.0)]);
}
