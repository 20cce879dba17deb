//! Requests about order and their answers as they are sent, from plain events at floor 1.

use jiff::tz::TimeZone;
use outis_event::{
    AnonymousEvent, Day, Dimension, Flags, Lifecycle, Link, Marks, Pseudonym, ShiftedClock, SiteId, Span, Timestamp,
    Visitor, Vocabulary,
};

use super::*;
use crate::behaviour::{Links, naive};
use crate::history::Spread;
use crate::{Definitions, Life};

struct World {
    words: Vocabulary,
    zone: TimeZone,
    now: Timestamp,
    first_day: Option<Day>,
    events: Vec<AnonymousEvent>,
    link: Link,
    links: Vec<(Day, Visitor, Pseudonym)>,
}

impl World {
    fn new() -> World {
        let now: jiff::Timestamp = "2026-11-24T05:50:00Z".parse().expect("instant");
        let zone = TimeZone::get("Europe/Vienna").expect("bundled zone");
        World {
            words: Vocabulary::default(),
            zone,
            now: Timestamp(now.as_millisecond()),
            first_day: None,
            events: Vec::new(),
            link: Link::Day,
            links: Vec::new(),
        }
    }

    /// Something a visitor does yesterday, so many seconds into the day.
    fn add(&mut self, visitor: u64, seconds: u32, name: &str, page: &str) -> &mut AnonymousEvent {
        let day = self.now.day(&self.zone).plus(-1);
        let at = day.start(&self.zone).plus_ms(i64::from(seconds) * 1_000);
        let mut e = AnonymousEvent::blank(SiteId(1), day, at.slot());
        e.visitor = Visitor(visitor);
        e.clock = ShiftedClock { seconds, tie: 0 };
        e.flags = Flags::INTERACTIVE.with(Flags::COUNTS_FOR_FLOOR);
        e.set(Dimension::Event, self.words.admit(Dimension::Event, name).expect("admitted"));
        e.set(Dimension::Page, self.words.admit(Dimension::Page, page).expect("admitted"));
        self.events.push(e);
        self.events.last_mut().expect("just added")
    }

    fn view(&mut self, visitor: u64, seconds: u32, page: &str) {
        self.add(visitor, seconds, "pageview", page);
    }

    fn resolve_in(&self, kind: &str, period: &str, rest: &str) -> Result<Asked, RequestError> {
        let definitions = Definitions::default();
        let context = Context {
            site: SiteId(1),
            zone: &self.zone,
            vocabulary: &self.words,
            now: self.now,
            first_day: self.first_day,
            definitions: &definitions,
            link: self.link,
            actions: &[],
        };
        let body = format!(r#"{{"site":"example.org"{period}{rest}}}"#);
        Ask::parse(kind, body.as_bytes()).expect("a kind")?.resolve(&context)
    }

    fn ask(&self, kind: &str, rest: &str) -> Answer {
        self.ask_in(kind, r#","period":{"preset":"7d"}"#, rest)
    }

    fn ask_in(&self, kind: &str, period: &str, rest: &str) -> Answer {
        self.ask_of(Life::Recent, kind, period, rest)
    }

    fn ask_of(&self, life: Life, kind: &str, period: &str, rest: &str) -> Answer {
        let asked = self.resolve_in(kind, period, rest).expect("a question");
        let raw = naive::evaluate_linked(&asked.behaviour, &self.events, &Links::of(self.links.iter().copied()));
        let shown = ShownTable {
            cells: raw.cells.into_iter().map(|(cell, tally)| (cell, tally.count)).collect(),
            complete: true,
            hidden_groups: 0,
            floor: 1,
            rounded_to: 1,
            noise: Spread::default(),
            life,
            fresh_as_of: self.now,
        };
        asked.present(&self.words, &shown)
    }

    fn mistake(&self, kind: &str, rest: &str) -> String {
        self.mistake_in(kind, r#","period":{"preset":"7d"}"#, rest)
    }

    fn mistake_in(&self, kind: &str, period: &str, rest: &str) -> String {
        let error = self.resolve_in(kind, period, rest).expect_err(rest);
        format!("{} {error}", error.pointer.as_deref().unwrap_or("-"))
    }
}

/// Four look at a book; two of them add it to a basket, one of these after a look at the help; one orders.
fn shop() -> World {
    let mut world = World::new();
    for visitor in 1..=4 {
        world.view(visitor, 36_000 + visitor as u32 * 600, "/books/1");
    }
    world.view(1, 36_620, "/help");
    world.add(1, 36_660, "Basket", "/books/1");
    world.add(2, 37_260, "Basket", "/books/1");
    world.add(2, 37_360, "Order", "/basket");
    world
}

#[test]
fn a_funnel_says_every_step_group_and_time() {
    let rest = r#","steps":[{"page":"/books/*","label":"Book"},{"page":"/help","optional":true},{"event":"Basket"},
        {"event":"Order"}],"group":"page","over_time":"day""#;
    insta::assert_json_snapshot!(shop().ask("funnel", rest));
}

#[test]
fn mistakes_in_a_funnel_are_pointed_at() {
    let world = shop();
    let steps = r#""steps":[{"event":"Basket"},{"event":"Order"}]"#;
    let said: Vec<String> = [
        r#","steps":[{"event":"Basket"}]"#.to_owned(),
        r#","steps":[{"event":"Basket"},{"event":"jane@example.org"}]"#.to_owned(),
        r#","steps":[{"event":"Basket"},{"event":"Order","filters":[["is","jane",["x"]]]}]"#.to_owned(),
        r#","steps":[{"event":"Basket","optional":true},{"event":"Order"}]"#.to_owned(),
        r#","steps":[{"event":"Basket","jane":true},{"event":"Order"}]"#.to_owned(),
        format!(r#",{steps},"window_s":86401"#),
        format!(r#",{steps},"window_s":0"#),
        format!(r#",{steps},"order":"jane""#),
        format!(r#",{steps},"exclude":[{{"event":"Order","after":1,"before":1}}]"#),
        format!(r#",{steps},"exclude":[{{"event":"jane","after":0,"before":1}}]"#),
        format!(r#",{steps},"group":"tag""#),
        format!(r#",{steps},"hold":"jane""#),
        format!(r#",{steps},"over_time":"minute""#),
        format!(r#",{steps},"filters":[["is","language",["de"]]]"#),
        format!(r#",{steps},"compare":{{}}"#),
    ]
    .iter()
    .map(|rest| world.mistake("funnel", rest))
    .collect();
    let said = said.join("\n");
    assert!(!said.contains("jane"), "{said}");
    insta::assert_snapshot!(said);
}

#[test]
fn days_before_the_first_row_cannot_be_asked_about() {
    let mut world = shop();
    let steps = r#","steps":[{"event":"Basket"},{"event":"Order"}]"#;
    world.first_day = Some(world.now.day(&world.zone));
    assert!(world.mistake("funnel", steps).contains("not_in_history"));
    world.first_day = Some(world.now.day(&world.zone).plus(-2));
    let Answer::Funnel(answer) = world.ask("funnel", steps) else { panic!("another kind") };
    assert_eq!(answer.how.notes[0], "nothing was collected before 2026-11-22");
}

#[test]
fn journeys_say_columns_flows_and_paths() {
    let rest = r#","unit":"both","depth":3,"groups":[{"name":"Books","pattern":"/books/**"}]"#;
    insta::assert_json_snapshot!(shop().ask("journeys", rest));
}

#[test]
fn journeys_go_on_from_the_stops_that_are_given() {
    let mut world = World::new();
    for (visitor, pages) in
        [(1, ["/a", "/b", "/c"]), (2, ["/a", "/b", "/d"]), (3, ["/x", "/b", "/c"]), (4, ["/a", "/c", "/b"])]
    {
        pages.iter().zip(0..).for_each(|(page, at)| world.view(visitor, 36_000 + at * 10, page));
    }
    let rest = r#","depth":3,"prefix":["/a","/b"]"#;
    let Answer::Journeys(answer) = world.ask("journeys", rest) else { panic!("another kind") };
    let column = |at: usize| answer.columns[at].iter().map(|s| (s.key.as_str(), s.visits)).collect::<Vec<_>>();
    assert_eq!(answer.visits, Some(2));
    assert_eq!((column(0), column(1)), (vec![("/a", Some(2))], vec![("/b", Some(2))]));
    assert_eq!(column(2), [("/c", Some(1)), ("/d", Some(1))]);
    assert_eq!((answer.flows.len(), answer.paths.len()), (3, 2));
    for (rest, mistake) in [
        (r#","prefix":["/nowhere"]"#, "stop_unknown"),
        (r#","prefix":["Never"]"#, "stop_unknown"),
        (r#","depth":2,"prefix":["/a","/b"]"#, "prefix_too_long"),
    ] {
        assert!(world.mistake("journeys", rest).contains(mistake), "{rest}");
    }
}

#[test]
fn stops_beyond_the_top_are_told_together() {
    let mut world = World::new();
    for (visitor, page) in (1..=5).zip(["/a", "/b", "/c", "/d", "/a"]) {
        world.view(visitor, 36_000, page);
        world.view(visitor, 36_010, "/end");
    }
    let Answer::Journeys(answer) = world.ask("journeys", r#","depth":2,"top":3"#) else { panic!("another kind") };
    let first: Vec<_> = answer.columns[0].iter().map(|stop| (stop.key.as_str(), stop.visits)).collect();
    assert_eq!(first, [("/a", Some(2)), ("/b", Some(1)), ("/c", Some(1)), ("(other)", Some(1))]);
    assert_eq!((answer.visits, answer.flows.len(), answer.columns[1].len()), (Some(5), 3, 1));
}

#[test]
fn visits_and_frequency_say_their_classes() {
    let Answer::Visits(answer) = shop().ask("visits", "") else { panic!("another kind") };
    assert_eq!(answer.hours[0][10], Some(4), "the 23rd was a Monday");
    assert_eq!((answer.medians.pages, answer.depth[1].visits, answer.depth[2].to), (Some(1), Some(3), Some(2)));
    insta::assert_json_snapshot!(shop().ask("frequency", r#","selector":{"event":"Basket"}"#));
}

#[test]
fn mistakes_in_other_questions_are_pointed_at() {
    let world = shop();
    let said: Vec<String> = [
        ("journeys", r#","direction":"backward""#),
        ("journeys", r#","direction":"jane""#),
        ("journeys", r#","unit":"jane""#),
        ("journeys", r#","depth":11"#),
        ("journeys", r#","top":2"#),
        ("journeys", r#","from":{"event":"jane"}"#),
        ("journeys", r#","groups":[{"name":"jane","pattern":"jane"}]"#),
        ("visits", r#","jane":1"#),
        ("frequency", ""),
        ("frequency", r#","selector":{}"#),
    ]
    .map(|(kind, rest)| world.mistake(kind, rest))
    .to_vec();
    let said = said.join("\n");
    assert!(!said.contains("jane"), "{said}");
    insta::assert_snapshot!(said);
}

/// Three members who first came last week, two of whom came again this week; one of no known cohort.
fn library() -> World {
    let mut world = World::new();
    let monday = world.now.day(&world.zone).plus(-1);
    let week = monday.week() as u32;
    let of = |state| {
        let first = Marks::NONE.with_first(Span::Day).with_first(Span::Week).with_first(Span::Period);
        first.with_state(state, false)
    };
    let mut act = |member: u64, day: Day, marks| {
        let event = world.add(member, 36_000, "pageview", "/");
        event.day = day;
        event.marks = marks;
    };
    for member in 1..=3 {
        act(member, monday.plus(-6), of(Lifecycle::New).with_cohort(week - 1));
    }
    for member in 1..=2 {
        act(member, monday, of(Lifecycle::Returning).with_cohort(week - 1));
    }
    act(4, monday, of(Lifecycle::Resurrected));
    world
}

#[test]
fn retention_says_cohorts_by_week() {
    insta::assert_json_snapshot!(library().ask("retention", r#","interval":"week""#));
}

#[test]
fn retention_by_day_counts_from_the_monday_of_the_cohort() {
    let rest = r#","interval":"day","mode":"brackets","brackets":[[0,7],[1,2],[7,8]]"#;
    let Answer::Retention(answer) = library().ask("retention", rest) else { panic!("another kind") };
    assert_eq!(answer.columns, ["week 0", "day 1", "day 7"]);
    let members: Vec<_> = answer.cohorts[0].cells.iter().map(|cell| (cell.members, cell.complete)).collect();
    assert_eq!(members, [(Some(3), true), (Some(3), true), (Some(2), true)]);
}

#[test]
fn history_says_that_it_is_and_what_it_does_not_keep() {
    let period = r#","period":{"preset":"28d"}"#;
    let answer = club().ask_of(Life::History, "lifecycle", period, r#","interval":"week""#);
    let Answer::Lifecycle(answer) = answer else { panic!("a lifecycle") };
    assert!(answer.stickiness.is_none());
    assert_eq!(answer.how.how.life, Life::History);
    let notes = answer.how.notes.join("; ");
    assert!(notes.contains("once they are over") && notes.contains("does not keep"), "{notes}");
}

#[test]
fn a_lifecycle_says_states_and_who_stays_away() {
    let Answer::Lifecycle(answer) = library().ask("lifecycle", r#","interval":"week""#) else { panic!("another kind") };
    assert_eq!(answer.labels, ["2026-11-16", "2026-11-23"]);
    let series = &answer.series;
    let told = [&series.new, &series.returning, &series.resurrected, &series.dormant].map(|s| [s[0], s[1]]);
    let some = |numbers: [u64; 2]| numbers.map(Some);
    assert_eq!(told, [some([3, 0]), some([0, 2]), some([0, 1]), some([0, 1])]);
    assert_eq!((&answer.actives.week, answer.day_labels.len()), (&vec![Some(3), Some(3)], 8));
}

#[test]
fn without_members_there_is_a_note() {
    let Answer::Retention(answer) = shop().ask("retention", r#","interval":"day""#) else { panic!("another kind") };
    assert!(answer.cohorts.is_empty() && answer.how.notes.iter().any(|note| note.contains("signed in")));
}

#[test]
fn what_marks_cannot_tell_is_pointed_at() {
    let world = library();
    let said: Vec<String> = [
        ("retention", r#","interval":"month""#),
        ("retention", r#","interval":"week","mode":"rolling""#),
        ("retention", r#","interval":"week","mode":"brackets","brackets":[[0,1],[0,2]]"#),
        ("retention", r#","interval":"day","mode":"brackets","brackets":[[1,8]]"#),
        ("retention", r#","interval":"day","mode":"brackets""#),
        ("retention", r#","interval":"day","brackets":[[1,2]]"#),
        ("retention", r#","interval":"day","action":"jane""#),
        ("retention", r#","interval":"day","filters":[["is","page",["/"]]]"#),
        ("lifecycle", r#","interval":"day""#),
    ]
    .map(|(kind, rest)| world.mistake(kind, rest))
    .to_vec();
    insta::assert_snapshot!(said.join("\n"));
}

/// A site of members: they come on days of this period and of the one before, some of them linked.
fn club() -> World {
    let mut world = World { link: Link::Period, ..World::new() };
    let today = world.now.day(&world.zone);
    for (member, back, name) in [
        (1, 9, "Trial"),
        (1, 2, "Order"),
        (2, 9, "Trial"),
        (3, 3, "Trial"),
        (4, 9, "Trial"),
        (4, 2, "Order"),
        (1, 8, "Visit"),
        (2, 14, "Visit"),
        (3, 14, "Visit"),
    ] {
        let day = today.plus(-back);
        let number = member * 100 + back as u64;
        let marks = Marks::NONE.with_cohort(today.plus(-14).week() as u32);
        let event = world.add(number, 36_000, name, "/");
        event.day = day;
        event.slot = outis_event::Slot(day.0 as u32 * 96 + 40);
        event.marks = marks;
        // The fourth did not agree to it.
        if member < 4 {
            world.links.push((day, Visitor(number), Pseudonym(member)));
        }
    }
    world
}

const TRIAL: &str = r#","steps":[{"event":"Trial"},{"event":"Order"}],"window_s":604800,"over_time":"week""#;

#[test]
fn a_funnel_of_days_says_who_is_followed_and_who_is_unfinished() {
    let period = r#","period":{"preset":"28d"}"#;
    insta::assert_json_snapshot!(club().ask_in("funnel", period, TRIAL));
}

#[test]
fn members_are_followed_who_come_back_later_or_in_brackets() {
    let world = club();
    let period = r#","period":{"preset":"28d"}"#;
    let rolling = world.ask_in("retention", period, r#","interval":"week","mode":"rolling""#);
    let brackets = r#","interval":"day","mode":"brackets","brackets":[[0,1],[1,7],[7,30]]"#;
    let brackets = world.ask_in("retention", period, brackets);
    let own_days = world.ask_in("retention", period, r#","interval":"week","across_days":true"#);
    insta::assert_json_snapshot!([rolling, brackets, own_days]);
}

#[test]
fn stickiness_is_of_linked_members_and_whole_weeks() {
    let Answer::Lifecycle(answer) =
        club().ask_in("lifecycle", r#","period":{"preset":"28d"}"#, r#","interval":"week""#)
    else {
        panic!("a lifecycle")
    };
    let stickiness = answer.stickiness.expect("told");
    assert_eq!(stickiness.len(), 7);
    insta::assert_json_snapshot!((stickiness, answer.how));
}

#[test]
fn what_cannot_be_followed_is_pointed_at() {
    let world = club();
    let old = r#","period":{"from":"2026-09-01","to":"2026-09-20"}"#;
    let now = r#","period":{"preset":"7d"}"#;
    let steps = r#","steps":[{"event":"Trial"},{"event":"Order"}]"#;
    let said: Vec<String> = [
        ("funnel", now, format!(r#"{steps},"window_s":1209601"#)),
        ("funnel", old, format!(r#"{steps},"window_s":604800"#)),
        ("retention", old, r#","interval":"week","mode":"rolling""#.to_owned()),
        ("retention", now, r#","interval":"day","mode":"brackets","brackets":[[0,3],[2,5]]"#.to_owned()),
        ("retention", now, r#","interval":"day","mode":"brackets","brackets":[[0,3],[5,4]]"#.to_owned()),
    ]
    .into_iter()
    .map(|(kind, period, rest)| world.mistake_in(kind, period, &rest))
    .collect();
    insta::assert_json_snapshot!(said);
}

#[test]
fn where_days_are_apart_following_is_refused_and_says_what_works() {
    let world = World { link: Link::Day, ..club() };
    let said = [
        world.mistake("funnel", TRIAL),
        world.mistake("retention", r#","interval":"week","across_days":true"#),
        world.mistake("journeys", r#","across_days":true"#),
    ];
    insta::assert_json_snapshot!(said);
    let Answer::Lifecycle(answer) = world.ask("lifecycle", r#","interval":"week""#) else { panic!("a lifecycle") };
    assert!(answer.stickiness.is_none() && answer.how.linkable.is_none());
    assert!(answer.how.notes.iter().any(|note| note.contains("link policy is `day`")));
}

#[test]
fn ways_through_days_are_of_linked_members() {
    let period = r#","period":{"preset":"28d"}"#;
    let Answer::Journeys(answer) = club().ask_in("journeys", period, r#","unit":"events","across_days":true"#) else {
        panic!("journeys")
    };
    // Four days of one member, two of another and two of a third; and two visits of who is not linked.
    assert_eq!((answer.visits, answer.how.linkable.is_some()), (Some(5), true));
}
