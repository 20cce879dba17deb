//! Requests about order and their answers as they are sent, from plain events at floor 1.

use jiff::tz::TimeZone;
use outis_event::{AnonymousEvent, Day, Dimension, Flags, ShiftedClock, SiteId, Timestamp, Visitor, Vocabulary};

use super::*;
use crate::behaviour::naive;
use crate::{Definitions, Life};

struct World {
    words: Vocabulary,
    zone: TimeZone,
    now: Timestamp,
    first_day: Option<Day>,
    events: Vec<AnonymousEvent>,
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

    fn resolve(&self, kind: &str, rest: &str) -> Result<Asked, RequestError> {
        let definitions = Definitions::default();
        let context = Context {
            site: SiteId(1),
            zone: &self.zone,
            vocabulary: &self.words,
            now: self.now,
            first_day: self.first_day,
            definitions: &definitions,
        };
        let body = format!(r#"{{"site":"example.org","period":{{"preset":"7d"}}{rest}}}"#);
        Ask::parse(kind, body.as_bytes()).expect("a kind")?.resolve(&context)
    }

    fn ask(&self, kind: &str, rest: &str) -> Answer {
        let asked = self.resolve(kind, rest).expect("a question");
        let raw = naive::evaluate(&asked.behaviour, &self.events);
        let shown = ShownTable {
            cells: raw.cells.into_iter().map(|(cell, tally)| (cell, tally.count)).collect(),
            complete: true,
            hidden_groups: 0,
            floor: 1,
            rounded_to: 1,
            life: Life::Recent,
            fresh_as_of: self.now,
        };
        asked.present(&self.words, &shown)
    }

    fn mistake(&self, kind: &str, rest: &str) -> String {
        let error = self.resolve(kind, rest).expect_err(rest);
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
    assert_eq!(answer.how.notes[0], "rows exist from 2026-11-22 on");
}

#[test]
fn journeys_say_columns_flows_and_paths() {
    let rest = r#","unit":"both","depth":3,"groups":[{"name":"Books","pattern":"/books/**"}]"#;
    insta::assert_json_snapshot!(shop().ask("journeys", rest));
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
