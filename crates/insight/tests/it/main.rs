//! From words to numbers and back: both APIs give the same numbers for the same events.

use jiff::tz::TimeZone;
use outis_event::{
    AnonymousEvent, Day, Dimension, Flags, Link, Pseudonym, ShiftedClock, SiteId, Timestamp, Visitor, Vocabulary,
};
use outis_insight::behaviour::{self, Behaviour, Links, ShownTable};
use outis_insight::history::Spread;
use outis_insight::native::{self, AttributionRequest, Composable, Composed, Context, Form};
use outis_insight::{
    Definition, DefinitionKind, Definitions, Life, Query, RawAnswer, RawRow, Shown, ShownKey, ShownRow, naive,
    plausible,
};
use serde_json::{Value, json};

/// What a guard with a floor of one lets pass: everything.
fn shown(answer: RawAnswer) -> Shown {
    let row = |row: RawRow| ShownRow {
        keys: row
            .keys
            .iter()
            .map(|key| match key {
                outis_insight::Key::Term(term) => ShownKey::Term(*term),
                outis_insight::Key::Time(start) => ShownKey::Time(*start),
            })
            .collect(),
        values: row.values,
        parts: row.parts,
    };
    Shown {
        rows: answer.rows.into_iter().map(row).collect(),
        total: Some(row(answer.total)),
        hidden_groups: 0,
        whole: Default::default(),
        floor: 1,
        rounded_to: 1,
        noise: Spread::default(),
        life: Life::Recent,
        fresh_as_of: answer.fresh_as_of,
    }
}

struct World {
    words: Vocabulary,
    zone: TimeZone,
    definitions: Definitions,
    now: Timestamp,
    events: Vec<AnonymousEvent>,
}

impl World {
    /// Three visitors yesterday in Vienna: one reads two pages from Google, one bounces from Google, one comes direct.
    fn new() -> World {
        let zone = TimeZone::get("Europe/Vienna").expect("bundled zone");
        let now: jiff::Timestamp = "2026-11-24T05:50:00Z".parse().expect("instant");
        let now = Timestamp(now.as_millisecond());
        let mut world =
            World { words: Vocabulary::default(), zone, definitions: Definitions::default(), now, events: Vec::new() };
        world.view(1, 36_000, "/a", Some("Google"));
        world.view(1, 36_060, "/b", None);
        world.view(2, 40_000, "/a", Some("Google"));
        world.view(3, 50_000, "/b", None);
        world
    }

    fn yesterday(&self) -> Day {
        self.now.day(&self.zone).plus(-1)
    }

    fn view(&mut self, visitor: u64, seconds: u32, page: &str, source: Option<&str>) {
        let day = self.yesterday();
        let slot = day.start(&self.zone).plus_ms(i64::from(seconds) * 1_000).slot();
        let mut event = AnonymousEvent::blank(SiteId(1), day, slot);
        event.visitor = Visitor(visitor);
        event.clock = ShiftedClock { seconds, tie: 0 };
        event.flags = Flags::INTERACTIVE;
        let words = [(Dimension::Event, Some("pageview")), (Dimension::Page, Some(page)), (Dimension::Source, source)];
        for (dimension, word) in words {
            if let Some(word) = word {
                event.set(dimension, self.words.admit(dimension, word).expect("admitted"));
            }
        }
        self.events.push(event);
    }

    fn context(&self) -> Context<'_> {
        Context {
            site: SiteId(1),
            zone: &self.zone,
            vocabulary: &self.words,
            now: self.now,
            first_day: None,
            definitions: &self.definitions,
            link: Link::Day,
            actions: &[],
        }
    }

    fn evaluate(&self, query: &Query) -> Shown {
        shown(naive::evaluate(query, &self.events))
    }

    fn native(&self, form: Form, request: Value) -> Value {
        let request = native::parse(request.to_string().as_bytes()).expect("request");
        let question = request.resolve(form, &self.context()).expect("question");
        let compared = question.compare.as_ref().map(|query| self.evaluate(query));
        let main = self.evaluate(&question.main);
        json!(question.present(&self.words, &main, compared.as_ref()))["rows"].clone()
    }

    fn plausible(&self, query: Value) -> Value {
        let request = plausible::parse(query.to_string().as_bytes()).expect("query");
        let question = request.resolve(&self.context()).expect("question");
        let everybody = question.everybody.as_ref().map(|query| self.evaluate(query));
        let goals: Vec<Option<Shown>> = question.goals.iter().map(|(_, query)| Some(self.evaluate(query))).collect();
        let main = self.evaluate(&question.main);
        json!(question.present_goals(&self.words, &main, everybody.as_ref(), &goals))["results"].clone()
    }

    fn define(&mut self, kind: DefinitionKind, name: &str, value: Value) {
        let definition = Definition::read(kind, &value).expect("a definition");
        definition.check(&self.context()).expect("it means something");
        self.definitions.put(name.to_owned(), definition);
    }
}

#[test]
fn a_breakdown_is_the_same_in_both_apis() {
    let world = World::new();
    let metrics = json!(["visitors", "pageviews", "bounce_rate", "visit_duration"]);
    let native = world.native(
        Form::Breakdown,
        json!({"site": "example.org", "period": {"preset": "yesterday"}, "metrics": metrics, "dimension": "source"}),
    );
    assert_eq!(native[0], json!({"keys": ["Google"], "values": [2, 3, 50, 30], "compare": null, "kind": "value"}));
    assert_eq!(native[1], json!({"keys": [""], "values": [1, 1, 100, 0], "compare": null, "kind": "none"}));
    let plausible = world.plausible(
        json!({"site_id": "example.org", "date_range": "7d", "metrics": metrics, "dimensions": ["visit:source"]}),
    );
    assert_eq!(
        plausible,
        json!([
            {"dimensions": ["Google"], "metrics": [2, 3, 50, 30]},
            {"dimensions": ["Direct / None"], "metrics": [1, 1, 100, 0]},
        ])
    );
}

#[test]
fn a_filter_on_behaviour_looks_at_the_whole_visit() {
    let world = World::new();
    let filters = json!([["has_done", ["is", "event:page", ["/b"]]], ["is", "event:page", ["/a"]]]);
    let query = json!({"site_id": "x", "date_range": "7d", "metrics": ["visitors", "pageviews"], "filters": filters});
    assert_eq!(world.plausible(query), json!([{"dimensions": [], "metrics": [1, 1]}]));
}

#[test]
fn a_series_counts_local_hours_and_compares_day_by_day() {
    let world = World::new();
    let request = json!({
        "site": "example.org",
        "period": {"preset": "yesterday"},
        "metrics": ["visitors"],
        "compare": {"mode": "previous_period", "match_day_of_week": false},
    });
    let rows = world.native(Form::Series, request);
    assert_eq!(rows.as_array().map(Vec::len), Some(24));
    assert_eq!((&rows[10]["keys"][0], &rows[10]["values"][0]), (&json!("2026-11-23T10:00"), &json!(1)));
    assert_eq!((&rows[11]["values"][0], &rows[11]["compare"][0]), (&json!(1), &json!(0)));
    assert_eq!(rows[12]["values"][0], json!(0));
}

#[test]
fn entry_pages_and_searches_of_words_never_seen_find_nothing() {
    let world = World::new();
    let ask = |filters: Value| {
        let request = json!({
            "site": "example.org", "period": {"preset": "yesterday"}, "metrics": ["visitors"], "filters": filters,
        });
        world.native(Form::Totals, request)[0]["values"][0].clone()
    };
    assert_eq!(ask(json!([["is", "entry_page", ["/a"]]])), json!(2));
    assert_eq!(ask(json!([["is", "entry_page", ["/never"]]])), json!(0));
    assert_eq!(ask(json!([["is", "prop:never", ["x"]]])), json!(0));
    assert_eq!(ask(json!([["not_set", "prop:never"]])), json!(3));
}

#[test]
fn goals_and_segments_are_known_to_plausibles_clients_too() {
    let mut world = World::new();
    world.define(DefinitionKind::Goals, "saw b", json!({"page": "/b"}));
    world.define(DefinitionKind::Goals, "saw a", json!({"page": "/a"}));
    world.define(DefinitionKind::Segments, "searchers", json!({"filters": [["is", "source", ["Google"]]]}));
    let ask = |rest: Value| {
        let mut query = json!({"site_id": "x", "date_range": "7d", "metrics": ["visitors"]});
        query.as_object_mut().expect("object").extend(rest.as_object().expect("object").clone());
        world.plausible(query)
    };
    let metrics = json!(["visitors", "events", "conversion_rate"]);
    let goal = json!([["is", "event:goal", ["saw b"]]]);
    assert_eq!(
        ask(json!({"metrics": metrics, "filters": goal})),
        json!([{"dimensions": [], "metrics": [2, 2, 66.67]}])
    );
    assert_eq!(
        ask(json!({"metrics": metrics, "dimensions": ["event:goal"], "order_by": [["event:goal", "asc"]]})),
        json!([
            {"dimensions": ["saw a"], "metrics": [2, 2, 66.67]},
            {"dimensions": ["saw b"], "metrics": [2, 2, 66.67]},
        ])
    );
    let by_source = json!({
        "metrics": ["visitors", "conversion_rate", "group_conversion_rate"],
        "dimensions": ["visit:source"],
        "filters": goal,
    });
    assert_eq!(
        ask(by_source),
        json!([
            {"dimensions": ["Direct / None"], "metrics": [1, 33.33, 100.0]},
            {"dimensions": ["Google"], "metrics": [1, 33.33, 50.0]},
        ])
    );
    let searchers = json!([["is", "segment", ["searchers"]]]);
    assert_eq!(ask(json!({"filters": searchers})), json!([{"dimensions": [], "metrics": [2]}]));
}

/// Two orders of a member who came from a search, a letter and then by themselves; and one of somebody else.
#[test]
fn conversions_are_divided_among_the_visits_of_a_linked_member() {
    let mut world = World::new();
    world.events.clear();
    let mut links = Vec::new();
    for (back, visitor, page, source) in [
        (6, 61, "/a", Some("Google")),
        (4, 41, "/a", Some("Letter")),
        (3, 31, "/order", None),
        (2, 25, "/order", Some("Google")),
    ] {
        world.view(visitor, 36_000, page, source);
        let day = world.now.day(&world.zone).plus(-back);
        let event = world.events.last_mut().expect("just added");
        event.day = day;
        event.slot = outis_event::Slot(day.0 as u32 * 96 + 36);
        if visitor != 25 {
            links.push((day, Visitor(visitor), Pseudonym(1)));
        }
    }
    let links = Links::of(links);
    let table = |question: &Behaviour| {
        let raw = behaviour::naive::evaluate_linked(question, &world.events, &links);
        Some(ShownTable {
            cells: raw.cells.into_iter().map(|(cell, tally)| (cell, tally.count)).collect(),
            complete: true,
            hidden_groups: 0,
            floor: 1,
            rounded_to: 1,
            noise: Spread::default(),
            life: Life::Recent,
            fresh_as_of: world.now,
        })
    };
    let request = |model: &str, across_days: bool| -> AttributionRequest {
        serde_json::from_value(json!({
            "site": "example.org", "period": {"preset": "7d"}, "goal": {"page": "/order"}, "dimension": "source",
            "model": model, "across_days": across_days,
        }))
        .expect("a request")
    };
    let rows = |model, across_days| {
        let context = Context { link: Link::Period, ..world.context() };
        let question = request(model, across_days).resolve(&context).expect("a question");
        let answers: Vec<_> = question.parts().iter().map(|part| Some(world.evaluate(&part.query))).collect();
        let tables: Vec<_> = question.repeated().iter().map(table).collect();
        let mut answer = question.present(&world.words, &answers);
        question.add_repeated(&world.words, &mut answer, &tables);
        let answer = json!(answer);
        let of = |row: &Value| (row["key"].as_str().expect("a key").to_owned(), row["conversions"].clone());
        answer["rows"].as_array().expect("rows").iter().map(of).collect::<Vec<_>>()
    };
    let told = |list: [(&str, Value); 3]| list.map(|(key, value)| (key.to_owned(), value)).to_vec();
    let linear = rows("linear", false);
    assert_eq!(linear, told([("Google", json!(1.33)), ("", json!(0.33)), ("Letter", json!(0.33))]));
    let position = rows("position", false);
    assert_eq!(position, told([("Google", json!(1.4)), ("", json!(0.4)), ("Letter", json!(0.2))]));
    assert_eq!(rows("first", true), [("Google".to_owned(), json!(2))]);
    assert_eq!(rows("last", false).len(), 2);
    let refused = request("linear", false).resolve(&world.context()).expect_err("days are apart");
    assert_eq!((refused.code, refused.pointer.as_deref()), ("model_unavailable", Some("/model")));
    assert!(refused.message.contains("the site's link policy is `day`"));
}
