//! Queries and answers as they are sent.

use jiff::tz::TimeZone;
use outis_event::{Day, Dimension, Link, SiteId, Space, Term, Vocabulary};
use serde_json::{Value, json};

use super::*;
use crate::{EventFilter, Life, Parts, Shown, ShownKey, ShownRow};

struct Site {
    words: Vocabulary,
    zone: TimeZone,
    definitions: crate::Definitions,
}

impl Site {
    fn new() -> Site {
        let words = Vocabulary::default();
        for (dimension, word) in [
            (Dimension::Event, "pageview"),
            (Dimension::Event, "engagement"),
            (Dimension::Event, "Signup"),
            (Dimension::Page, "/a"),
            (Dimension::Page, "/Articles/b"),
            (Dimension::Source, "Google"),
            (Dimension::Source, "Bing"),
            (Dimension::Country, "AT"),
            (Dimension::Country, "DE"),
            (Dimension::Device, "Mobile"),
        ] {
            words.admit(dimension, word);
        }
        words.admit(Space::PROPERTY, "plan");
        words.admit(Space::values_of(Term(2)), "pro");
        Site {
            words,
            zone: TimeZone::get("Europe/Vienna").expect("bundled zone"),
            definitions: crate::Definitions::default(),
        }
    }

    fn resolve(&self, body: &Value) -> Result<Question, QueryError> {
        let now: jiff::Timestamp = "2026-11-24T05:50:00Z".parse().expect("instant");
        let now = Timestamp(now.as_millisecond());
        let first_day = Some(Day::from_date(jiff::civil::date(2026, 11, 20)));
        let context = Context {
            site: SiteId(1),
            zone: &self.zone,
            vocabulary: &self.words,
            now,
            first_day,
            definitions: &self.definitions,
            link: Link::Day,
            actions: &[],
        };
        parse(body.to_string().as_bytes())?.resolve(&context)
    }

    /// A query of visitors in the last seven days with these keys besides.
    fn ask(&self, rest: Value) -> Result<Question, QueryError> {
        let mut body = json!({"site_id": "example.org", "metrics": ["visitors"], "date_range": "7d"});
        for (key, value) in rest.as_object().expect("object") {
            body[key] = value.clone();
        }
        self.resolve(&body)
    }

    fn error(&self, rest: Value) -> String {
        match self.ask(rest.clone()) {
            Ok(_) => panic!("accepted: {rest}"),
            Err(error) => error.error,
        }
    }
}

fn term(n: u32) -> ShownKey {
    ShownKey::Term(Term(n))
}

fn row(keys: &[ShownKey], values: &[Option<f64>]) -> ShownRow {
    let parts = Parts { visits: 10, entries: 10, ..Parts::default() };
    ShownRow { keys: keys.to_vec(), values: values.to_vec(), parts }
}

fn shown(rows: Vec<ShownRow>, total: ShownRow) -> Shown {
    Shown {
        rows,
        total: Some(total),
        hidden_groups: 3,
        whole: Default::default(),
        floor: 10,
        rounded_to: 5,
        noise: Default::default(),
        life: Life::Recent,
        fresh_as_of: Timestamp(0),
    }
}

#[test]
fn what_does_not_fit_the_schema_is_named_by_place() {
    let site = Site::new();
    let mut said = vec![
        site.resolve(&json!({})).expect_err("empty").error,
        site.resolve(&json!([])).expect_err("list").error,
        site.resolve(&json!({"site_id": "x", "metrics": ["visitors"]})).expect_err("no range").error,
    ];
    for rest in [
        json!({"metrics": ["visitors", "baa"]}),
        json!({"metrics": ["visitors", "event:name"]}),
        json!({"metrics": ["visitors", "visitors"]}),
        json!({"metrics": []}),
        json!({"metrics": [7]}),
        json!({"site_id": 7}),
        json!({"date_range": "bad_period"}),
        json!({"date_range": "-1d"}),
        json!({"date_range": "0d"}),
        json!({"date_range": "30m"}),
        json!({"date_range": "realtime"}),
        json!({"date_range": ["21415-00", "eee"]}),
        json!({"date_range": ["2021-02-03T00:00:00Z", "2021-02-04"]}),
        json!({"date_range": ["2021-02-03T00:00:00-25:00", "2021-02-03T23:59:59-25:00"]}),
        json!({"date_range": "999999999mo"}),
        json!({"date_range": ["2021-02-03T00:00:00", "2021-02-03T23:59:59"]}),
        json!({"dimensions": ["badproperty"]}),
        json!({"dimensions": ["event:props:"]}),
        json!({"dimensions": ["time:minute"]}),
        json!({"dimensions": "foobar"}),
        json!({"dimensions": ["event:name", "event:name"]}),
        json!({"filters": "foobar"}),
        json!({"filters": [["exists?", "event:name", ["foo"]]]}),
        json!({"filters": [["is", "event:device", ["foo"]]]}),
        json!({"filters": [["is", "time:day", ["2026-11-24"]]]}),
        json!({"filters": [["is", "event:name", "foo"]]}),
        json!({"filters": [["is_not", "event:goal", ["Signup"]]]}),
        json!({"filters": [["matches", "event:page", ["x"], {"case_sensitive": false}]]}),
        json!({"filters": [["and", []]]}),
        json!({"filters": [["not"]]}),
        json!({"order_by": [["visssss", "desc"]]}),
        json!({"order_by": [["visitors", "up"]]}),
        json!({"include": "foobar"}),
        json!({"include": {"comparisons": true}}),
        json!({"include": {"imports": "yes"}}),
        json!({"pagination": {"limit": 100_000}}),
        json!({"pagination": {"limit": 0, "offset": -5}}),
        json!({"foo": 1}),
    ] {
        said.push(site.error(rest));
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn what_does_not_go_together_is_said_in_a_sentence() {
    let site = Site::new();
    let mut said = Vec::new();
    for rest in [
        json!({"metrics": ["conversion_rate"], "dimensions": ["event:page"]}),
        json!({"metrics": ["group_conversion_rate"]}),
        json!({"metrics": ["scroll_depth"]}),
        json!({"metrics": ["scroll_depth"], "filters": [["not", ["is", "event:page", ["/a"]]]]}),
        json!({"metrics": ["time_on_page"], "filters": [["has_done", ["is", "event:page", ["/a"]]]]}),
        json!({"metrics": ["views_per_visit"], "filters": [["is", "event:page", ["/a"]]]}),
        json!({"metrics": ["views_per_visit"], "dimensions": ["event:name"]}),
        json!({"metrics": ["percentage"]}),
        json!({"metrics": ["bounce_rate"], "dimensions": ["event:props:plan"]}),
        json!({"metrics": ["bounce_rate", "visit_duration"], "dimensions": ["event:hostname", "event:name"]}),
        json!({"metrics": ["events"], "dimensions": ["visit:exit_page"]}),
        json!({"dimensions": ["event:goal"]}),
        json!({"dimensions": ["time", "time:day"]}),
        json!({"dimensions": ["visit:os", "visit:browser", "visit:device", "visit:country", "visit:source"]}),
        json!({"filters": [["is", "event:goal", ["Signup"]]]}),
        json!({"filters": [["is", "segment", [7]]]}),
        json!({"filters": [["is", "visit:os_version", [123]]]}),
        json!({"filters": [["is", "visit:country", ["USA"]]]}),
        json!({"filters": [["has_done", ["is", "visit:browser", ["Chrome"]]]]}),
        json!({"filters": [["has_done", ["has_not_done", ["is", "event:page", ["/a"]]]]]}),
        json!({"filters": [["matches", "event:page", ["("]]]}),
        json!({"order_by": [["events", "desc"]]}),
        json!({"order_by": [["event:name", "desc"]]}),
        json!({"include": {"time_labels": true}}),
        json!({"date_range": ["2026-11-24", "2026-11-01"]}),
        json!({"date_range": ["1066-01-01", "2026-11-01"]}),
        json!({"date_range": ["2026-01-01", "2026-11-01"], "dimensions": ["time:hour"]}),
    ] {
        said.push(site.error(rest));
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn an_error_repeats_names_only() {
    let site = Site::new();
    let person = "jane doe <jane@example.org>";
    for rest in [
        json!({"metrics": [person]}),
        json!({"dimensions": [person]}),
        json!({"date_range": person}),
        json!({"filters": [["is", "event:nothing", ["jane"]]]}),
        json!({"filters": [[person, "event:page", ["jane"]]]}),
        json!({"filters": [["is", "event:goal", ["jane"]]]}),
        json!({"order_by": [[person, "asc"]]}),
        json!({"include": {person: true}}),
        json!({person: true}),
        json!({"order_by": [["event:props:jane doe", "asc"]]}),
        json!({"metrics": ["bounce_rate"], "dimensions": ["event:props:jane doe"]}),
    ] {
        let error = site.error(rest);
        assert!(!error.contains("jane"), "{error}");
    }
}

#[test]
fn date_ranges_are_resolved_in_the_sites_time_zone() {
    let site = Site::new();
    let mut said = Vec::new();
    for range in [
        json!("day"),
        json!("24h"),
        json!("7d"),
        json!("28d"),
        json!("30d"),
        json!("91d"),
        json!("month"),
        json!("6mo"),
        json!("12mo"),
        json!("year"),
        json!("all"),
        json!(["2026-03-29", "2026-03-29"]),
        json!(["2024-08-29T07:12:34-07:00", "2024-08-29T10:12:34-07:00"]),
    ] {
        let question = site.ask(json!({"date_range": range})).expect("question");
        let answer = question.present(&site.words, &shown(Vec::new(), row(&[], &[Some(5.0)])));
        said.push(format!("{range}: {}", answer.query["date_range"]));
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn an_aggregate_rounds_each_metric_in_its_way() {
    let site = Site::new();
    let metrics =
        json!(["visitors", "visits", "pageviews", "views_per_visit", "bounce_rate", "visit_duration", "events"]);
    let question = site.ask(json!({"metrics": metrics, "include": {"imports": true}})).expect("question");
    let values = [120.0, 150.0, 333.0, 2.2249, 33.5, 61.7, 400.0].map(Some);
    insta::assert_json_snapshot!(question.present(&site.words, &shown(Vec::new(), row(&[], &values))));

    let nothing = ShownRow {
        keys: Vec::new(),
        values: vec![Some(0.0), Some(0.0), Some(0.0), None, None, None, Some(0.0)],
        parts: Parts::default(),
    };
    let zeros = question.present(&site.words, &shown(Vec::new(), nothing)).results;
    assert_eq!(json!(zeros[0].metrics), json!([0, 0, 0, 0.0, 0, 0, 0]));

    let mut hidden = shown(Vec::new(), row(&[], &[]));
    hidden.total = None;
    assert_eq!(question.present(&site.words, &hidden).results[0].metrics, [None; 7]);
}

#[test]
fn a_breakdown_says_words_and_is_ordered_and_paged() {
    let site = Site::new();
    let rest = json!({
        "metrics": ["visitors", "percentage"],
        "dimensions": ["visit:source", "visit:country_name", "visit:city"],
        "filters": [["contains", "event:page", ["/"]]],
        "order_by": [["visitors", "asc"], ["visit:source", "desc"]],
        "include": {"total_rows": true},
        "pagination": {"limit": 5, "offset": 1},
    });
    let question = site.ask(rest).expect("question");
    assert_eq!(question.main.groups.len(), 2);
    let rows = vec![
        row(&[term(2), term(2)], &[Some(40.0), Some(12.345)]),
        row(&[term(3), term(2)], &[Some(40.0), Some(12.0)]),
        row(&[term(0), term(0)], &[Some(10.0), Some(3.0)]),
        row(&[ShownKey::Other, ShownKey::Other], &[Some(5.0), None]),
        row(&[term(1), term(3)], &[Some(90.0), None]),
        row(&[term(2), term(3)], &[None, None]),
    ];
    insta::assert_json_snapshot!(question.present(&site.words, &shown(rows, row(&[], &[]))));
}

#[test]
fn a_series_is_in_order_of_time_with_labels() {
    let site = Site::new();
    let rest = json!({"date_range": "day", "dimensions": ["time"], "include": {"time_labels": true}});
    let question = site.ask(rest).expect("question");
    let start = crate::bucket::minutes(question.main.range.from);
    let rows =
        vec![row(&[ShownKey::Time(start + 120)], &[Some(15.0)]), row(&[ShownKey::Time(start + 60)], &[Some(10.0)])];
    insta::assert_json_snapshot!(question.present(&site.words, &shown(rows, row(&[], &[Some(25.0)]))));
    for (dimension, range, labels) in [
        ("time:day", json!(["2026-10-31", "2026-11-01"]), ["2026-10-31", "2026-11-01"]),
        ("time:week", json!(["2026-10-31", "2026-11-03"]), ["2026-10-31", "2026-11-02"]),
        ("time:month", json!(["2026-10-31", "2026-11-03"]), ["2026-10-01", "2026-11-01"]),
    ] {
        let rest = json!({"date_range": range, "dimensions": [dimension], "include": {"time_labels": true}});
        let answer = site.ask(rest).expect("question").present(&site.words, &shown(Vec::new(), row(&[], &[])));
        assert_eq!(answer.meta.time_labels.expect("labels"), labels);
    }
}

#[test]
fn filters_are_resolved_to_terms() {
    let site = Site::new();
    let filter = |filter: Value| {
        let question = site.ask(json!({"filters": [filter]})).expect("question");
        let Filter::And(mut list) = question.main.filter else { panic!("no list") };
        list.remove(0)
    };
    let found = |f: Filter| match f {
        Filter::Event(EventFilter::Dimension(_, set) | EventFilter::Property(_, set)) => {
            (0..6).filter(|t| set.contains(Term(*t))).collect::<Vec<_>>()
        }
        other => panic!("another filter: {other:?}"),
    };
    assert_eq!(found(filter(json!(["is", "visit:source", ["Google", "Direct / None"]]))), [0, 2]);
    assert_eq!(found(filter(json!(["is", "visit:source", ["google", ""]]))), [0]);
    assert_eq!(found(filter(json!(["is", "visit:source", ["google"], {"case_sensitive": false}]))), [2]);
    assert_eq!(found(filter(json!(["contains", "event:page", ["articles"]]))), [0u32; 0]);
    assert_eq!(found(filter(json!(["contains", "event:page", ["articles"], {"case_sensitive": false}]))), [3]);
    assert_eq!(found(filter(json!(["matches", "event:page", ["^/[a-z]$"]]))), [2]);
    assert_eq!(found(filter(json!(["is", "visit:country", ["at"]]))), [2]);
    assert_eq!(found(filter(json!(["is", "visit:country_name", ["Germany"]]))), [3]);
    assert_eq!(found(filter(json!(["contains", "visit:country_name", ["ria"]]))), [2]);
    assert_eq!(found(filter(json!(["is", "event:props:plan", ["pro", "(none)"]]))), [0, 2]);
    assert_eq!(found(filter(json!(["is", "visit:screen", ["Mobile"]]))), [2]);
    assert_eq!(filter(json!(["is", "visit:city", [123]])), Filter::Or(Vec::new()));
    assert_eq!(filter(json!(["is", "visit:city", ["(not set)"]])), Filter::ALL);
    let Filter::Not(inner) = filter(json!(["has_not_done", ["is", "event:name", ["Signup"]]])) else {
        panic!("not negated")
    };
    let Filter::VisitHas(inner) = *inner else { panic!("not of the visit") };
    assert_eq!(found(*inner), [4]);
    let nested = json!([
        "or",
        [
            ["and", [["is", "event:page", ["/a"]], ["is_not", "visit:os", ["Mac"]]]],
            ["not", ["is", "visit:device", [""]]]
        ]
    ]);
    assert!(matches!(filter(nested), Filter::Or(list) if list.len() == 2));
}

#[test]
fn session_metrics_go_with_the_page_and_its_host() {
    let site = Site::new();
    for dimensions in [json!(["event:page"]), json!(["event:page", "event:hostname"]), json!(["visit:exit_page"])] {
        site.ask(json!({"metrics": ["bounce_rate", "visit_duration"], "dimensions": dimensions})).expect("question");
    }
    site.ask(json!({"metrics": ["scroll_depth", "time_on_page"], "filters": [["is", "event:page", ["/a"]]]}))
        .expect("question");
}
