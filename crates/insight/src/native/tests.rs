//! Requests and answers as they are sent.

use outis_event::{Dimension, Link, Space, Term};

use super::*;
use crate::history::Spread;
use crate::{EventFilter, Filter, Group, Life, Parts, Shown, ShownKey, ShownRow};

struct Site {
    words: Vocabulary,
    zone: TimeZone,
    definitions: Definitions,
}

impl Site {
    fn new() -> Site {
        let words = Vocabulary::default();
        for (dimension, word) in [
            (Dimension::Event, "pageview"),
            (Dimension::Event, "engagement"),
            (Dimension::Page, "/a"),
            (Dimension::Page, "/articles/B"),
            (Dimension::Page, "/c"),
            (Dimension::Source, "Google"),
        ] {
            words.admit(dimension, word);
        }
        words.admit(Space::PROPERTY, "plan");
        words.admit(Space::LANGUAGE, "de");
        Site { words, zone: TimeZone::get("Europe/Vienna").expect("bundled zone"), definitions: Definitions::default() }
    }

    fn resolve(&self, form: Form, request: &str) -> Result<Question, RequestError> {
        let now: jiff::Timestamp = "2026-11-24T05:50:00Z".parse().expect("instant");
        let now = Timestamp(now.as_millisecond());
        let context = Context {
            site: SiteId(1),
            zone: &self.zone,
            vocabulary: &self.words,
            now,
            first_day: Some(Day(20_500)),
            definitions: &self.definitions,
            link: Link::Day,
            actions: &[],
        };
        parse(request.as_bytes())?.resolve(form, &context)
    }

    fn ask(&self, form: Form, rest: &str) -> Result<Question, RequestError> {
        self.resolve(form, &format!(r#"{{"site":"example.org","metrics":["visitors","bounce_rate"],{rest}}}"#))
    }
}

fn row(key: ShownKey, visitors: f64, bounce_rate: Option<f64>) -> ShownRow {
    ShownRow { keys: vec![key], values: vec![Some(visitors), bounce_rate], parts: Parts::default() }
}

fn shown(rows: Vec<ShownRow>) -> Shown {
    let total = Some(ShownRow { keys: Vec::new(), ..row(ShownKey::Other, 1_234.0, Some(33.333)) });
    Shown {
        rows,
        total,
        hidden_groups: 0,
        whole: Default::default(),
        floor: 10,
        rounded_to: 5,
        noise: Spread::default(),
        life: Life::Recent,
        fresh_as_of: Timestamp(1_795_499_400_999),
    }
}

fn term(n: u32) -> ShownKey {
    ShownKey::Term(Term(n))
}

const DAYS: &str = r#""period":{"preset":"7d"}"#;

#[test]
fn totals_are_one_row_with_the_window_before() {
    let site = Site::new();
    let question =
        site.ask(Form::Totals, &format!(r#"{DAYS},"compare":{{"mode":"previous_period"}}"#)).expect("question");
    let compared = shown(Vec::new());
    insta::assert_json_snapshot!(question.present(&site.words, &shown(Vec::new()), Some(&compared)));
}

#[test]
fn a_breakdown_says_words_and_kinds_in_order() {
    let site = Site::new();
    let rest = format!(
        r#"{DAYS},"dimension":"page","limit":4,"offset":1,"compare":{{"mode":"year_over_year","match_day_of_week":false}}"#
    );
    let question = site.ask(Form::Breakdown, &rest).expect("question");
    let rows = vec![
        row(term(2), 50.0, Some(10.0)),
        row(term(3), 90.0, None),
        row(ShownKey::Other, 500.0, None),
        row(term(0), 40.0, None),
        row(term(1), 40.0, None),
        row(term(4), 20.0, None),
    ];
    let before = shown(vec![row(term(2), 70.0, Some(20.0)), row(ShownKey::Other, 10.0, None)]);
    insta::assert_json_snapshot!(question.present(&site.words, &shown(rows), Some(&before)));
}

#[test]
fn pages_of_a_breakdown_together_are_the_whole() {
    let site = Site::new();
    let rows: Vec<ShownRow> = [(2, Some(10.0)), (3, None), (0, Some(20.0)), (1, Some(10.0)), (4, None)]
        .into_iter()
        .map(|(key, rate)| row(term(key), 40.0, rate))
        .chain([row(ShownKey::Other, 500.0, Some(90.0))])
        .collect();
    for order in ["visitors\",\"desc", "bounce_rate\",\"asc", "bounce_rate\",\"desc", "key\",\"asc"] {
        let keys = |offset: usize, limit: usize| {
            let page = format!(r#""limit":{limit},"offset":{offset},"order":["{order}"]"#);
            let question =
                site.ask(Form::Breakdown, &format!(r#"{DAYS},"dimension":"page",{page}"#)).expect("question");
            let response = question.present(&site.words, &shown(rows.clone()), None);
            assert_eq!(response.total_rows, 6);
            response.rows.into_iter().map(|row| row.keys).collect::<Vec<_>>()
        };
        let whole = keys(0, 100);
        assert_eq!(whole.len(), 6);
        for limit in 1..6 {
            let pages: Vec<_> = (0..6).step_by(limit).flat_map(|offset| keys(offset, limit)).collect();
            assert_eq!(pages, whole, "{order}");
        }
    }
}

#[test]
fn a_search_finds_rows_whatever_the_case() {
    let site = Site::new();
    let rest = format!(r#"{DAYS},"dimension":"page","search":"ARTICLES","order":["key","asc"]"#);
    let question = site.ask(Form::Breakdown, &rest).expect("question");
    let rows = vec![row(term(2), 50.0, None), row(term(3), 90.0, None), row(ShownKey::Other, 5.0, None)];
    let response = question.present(&site.words, &shown(rows), None);
    assert_eq!((response.total_rows, response.rows[0].keys[0].as_str()), (1, "/articles/B"));
}

#[test]
fn a_series_has_every_bucket_and_says_what_it_does_not_know() {
    let site = Site::new();
    let rest = r#""period":{"preset":"today"},"compare":{"mode":"previous_period"}"#;
    let question = site.ask(Form::Series, rest).expect("question");
    let start = crate::bucket::minutes(question.main.range.from);
    let mut answer = shown(vec![row(ShownKey::Time(start + 120), 15.0, Some(50.0))]);
    let first = |answer: &Shown| question.present(&site.words, answer, None).rows[0].values[0];
    assert_eq!(first(&answer), Some(Value(0.0)));
    insta::assert_json_snapshot!(question.present(&site.words, &answer, Some(&shown(Vec::new()))));
    answer.hidden_groups = 2;
    assert_eq!(first(&answer), None);
}

#[test]
fn periods_become_windows() {
    let site = Site::new();
    let window = |period: &str, compare: &str| {
        let question = site.ask(Form::Totals, &format!(r#""period":{period}{compare}"#)).expect("question");
        let how = question.present(&site.words, &shown(Vec::new()), None).how;
        (how.window, how.compare_window, how.partial_last)
    };
    let days = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(window(r#"{"preset":"28d"}"#, "").0, days("2026-10-27", "2026-11-23"));
    assert_eq!(window(r#"{"preset":"month"}"#, "").0, days("2026-11-01", "2026-11-24"));
    assert_eq!(window(r#"{"preset":"month","date":"2026-02-10"}"#, "").0, days("2026-02-01", "2026-02-28"));
    assert_eq!(window(r#"{"from":"2026-11-01","to":"2026-11-03"}"#, "").0, days("2026-11-01", "2026-11-03"));
    let custom = r#","compare":{"mode":"custom","from":"2026-01-01","to":"2026-01-03"}"#;
    assert_eq!(window(r#"{"preset":"7d"}"#, custom).1, Some(days("2026-01-01", "2026-01-03")));
    assert!(window(r#"{"preset":"today"}"#, "").2);
    assert!(!window(r#"{"preset":"yesterday"}"#, "").2);
}

#[test]
fn an_unfinished_day_is_compared_up_to_the_time_of_day_except_in_series() {
    let site = Site::new();
    let rest = r#""period":{"preset":"today"},"compare":{"mode":"previous_period"}"#;
    let compare = |form| site.ask(form, rest).expect("question").compare.expect("compared").range;
    assert!(compare(Form::Totals).slots.is_some());
    assert_eq!(compare(Form::Series).slots, None);
}

#[test]
fn filters_are_resolved_to_terms() {
    let site = Site::new();
    let filter = |text: &str| {
        let question = site.ask(Form::Totals, &format!(r#"{DAYS},"filters":[{text}]"#)).expect("question");
        match question.main.filter {
            Filter::And(mut list) => list.remove(0),
            other => other,
        }
    };
    let pages = |filter: Filter| match filter {
        Filter::Event(EventFilter::Dimension(Dimension::Page, set)) => {
            (0..5).filter(|t| set.contains(Term(*t))).collect::<Vec<_>>()
        }
        other => panic!("another filter: {other:?}"),
    };
    assert_eq!(pages(filter(r#"["is","page",["/a","/never","","(rare)"]]"#)), [0, 1, 2]);
    assert_eq!(pages(filter(r#"["contains","page",["ARTIC"]]"#)), [3]);
    assert_eq!(pages(filter(r#"["matches","page",["^/.$"]]"#)), [2, 4]);
    let Filter::Not(inner) = filter(r#"["is_not","page",["/a"]]"#) else { panic!("not negated") };
    assert_eq!(pages(*inner), [2]);
    let Filter::Not(inner) = filter(r#"["set","page"]"#) else { panic!("not negated") };
    assert_eq!(pages(*inner), [0]);
    assert!(matches!(filter(r#"["is","prop:plan",["x"]]"#), Filter::Event(EventFilter::Property(Term(2), _))));
}

#[test]
fn a_saved_segment_stands_for_its_filters() {
    let mut site = Site::new();
    let save = |site: &mut Site, name: &str, filters: &str| {
        let filters = serde_json::from_str(filters).expect("filters");
        site.definitions.segments.insert(name.to_owned(), crate::Segment { filters });
    };
    save(&mut site, "readers", r#"[["is","page",["/a"]],["is","source",["Google"]]]"#);
    save(&mut site, "of german", r#"[["is","language",["de"]],["is","page",["/a"]]]"#);
    save(&mut site, "nested", r#"[["is","segment",["readers"]]]"#);
    let ask = |filters: &str| {
        let question = site.ask(Form::Totals, &format!(r#"{DAYS},"filters":{filters}"#));
        question.map(|q| q.main.filter).map_err(|e| e.code)
    };
    let plain = ask(r#"[["is","page",["/a"]],["is","source",["Google"]]]"#).expect("filter");
    assert_eq!(ask(r#"[["is","segment",["readers"]]]"#), Ok(Filter::And(vec![plain.clone()])));
    let negated = Filter::Not(Box::new(plain.clone()));
    assert_eq!(ask(r#"[["is_not","segment",["readers"]]]"#), Ok(Filter::And(vec![negated])));
    let either = Filter::Or(vec![plain.clone(), plain]);
    assert_eq!(ask(r#"[["is","segment",["readers","readers"]]]"#), Ok(Filter::And(vec![either])));
    assert_eq!(ask(r#"[["is","segment",["nobody"]]]"#), Err("segment_unknown"));
    assert_eq!(ask(r#"[["is","segment",["nested"]]]"#), Err("segment_within_segment"));
    assert_eq!(ask(r#"[["is","segment",["of german"]]]"#), Err("language_not_crossed"));
    assert_eq!(ask(r#"[["contains","segment",["readers"]]]"#), Err("filter_unknown_operator"));
}

#[test]
fn a_dimension_becomes_a_group() {
    let site = Site::new();
    for (name, group) in [
        ("entry_page", Group::Visit(crate::VisitField::EntryPage)),
        ("language", Group::Language),
        ("utm_term", Group::Dimension(Dimension::UtmTerm)),
        ("prop:plan", Group::Property(Term(2))),
        ("prop:never", Group::Property(Term::NONE)),
    ] {
        let rest = format!(r#"{DAYS},"dimension":"{name}""#);
        assert_eq!(site.ask(Form::Breakdown, &rest).expect("question").main.groups, [group]);
    }
}

#[test]
fn mistakes_are_named_and_nothing_is_repeated() {
    let site = Site::new();
    let secret = "jane@example.org";
    let mut said = Vec::new();
    for (form, rest) in [
        (Form::Totals, r#""period":{"preset":"jane@example.org"}"#.to_owned()),
        (Form::Totals, r#""period":{"preset":"7d","from":"2026-01-01"}"#.to_owned()),
        (Form::Totals, r#""period":{"from":"2026-02-30","to":"2026-03-01"}"#.to_owned()),
        (Form::Totals, r#""period":{"from":"2026-03-02","to":"2026-03-01"}"#.to_owned()),
        (Form::Totals, r#""period":{"from":"1990-03-02","to":"2026-03-01"}"#.to_owned()),
        (Form::Totals, format!(r#"{DAYS},"jane@example.org":1"#)),
        (Form::Totals, format!(r#"{DAYS},"dimension":"page""#)),
        (Form::Breakdown, DAYS.to_owned()),
        (Form::Breakdown, format!(r#"{DAYS},"dimension":"jane@example.org""#)),
        (Form::Totals, format!(r#"{DAYS},"interval":"day""#)),
        (Form::Series, format!(r#"{DAYS},"limit":3"#)),
        (Form::Series, format!(r#"{DAYS},"interval":"minute""#)),
        (Form::Series, r#""period":{"preset":"all"},"interval":"hour""#.to_owned()),
        (Form::Breakdown, format!(r#"{DAYS},"dimension":"page","limit":5000"#)),
        (Form::Breakdown, format!(r#"{DAYS},"dimension":"page","order":["jane@example.org","asc"]"#)),
        (Form::Totals, format!(r#"{DAYS},"filters":["jane@example.org"]"#)),
        (Form::Totals, format!(r#"{DAYS},"filters":[["like","page",["jane@example.org"]]]"#)),
        (Form::Totals, format!(r#"{DAYS},"filters":[["is","page",[]]]"#)),
        (Form::Totals, format!(r#"{DAYS},"filters":[["is","page",[7]]]"#)),
        (Form::Totals, format!(r#"{DAYS},"filters":[["set","page",["x"]]]"#)),
        (Form::Totals, format!(r#"{DAYS},"filters":[["matches","page",["(jane@example.org"]]]"#)),
        (Form::Totals, format!(r#"{DAYS},"filters":[["is","language",["de"]],["is","page",["/a"]]]"#)),
        (Form::Breakdown, format!(r#"{DAYS},"dimension":"language","filters":[["is","page",["/a"]]]"#)),
        (Form::Breakdown, format!(r#"{DAYS},"dimension":"page","filters":[["is","language",["de"]]]"#)),
        (Form::Totals, format!(r#"{DAYS},"compare":{{"mode":"custom"}}"#)),
        (Form::Totals, "not json".to_owned()),
    ] {
        let error = site.ask(form, &rest).expect_err(&rest);
        assert!(!error.message.contains(secret), "{error}");
        said.push(error.to_string());
    }
    for metrics in [r#"[]"#, r#"["jane@example.org"]"#, r#"["visits","visits"]"#] {
        let request = format!(r#"{{"site":"example.org","metrics":{metrics},{DAYS}}}"#);
        said.push(site.resolve(Form::Totals, &request).expect_err("mistake").to_string());
    }
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn a_series_of_history_ends_with_the_last_closed_day() {
    let site = Site::new();
    let question = site.ask(Form::Series, &format!(r#"{DAYS},"interval":"day""#)).expect("question");
    let days = outis_event::Day(Timestamp(1_795_499_400_999).day(&jiff::tz::TimeZone::UTC).0 - 1);
    let fresh_as_of = days.start(&jiff::tz::TimeZone::UTC);
    let answer = question.present(&site.words, &Shown { life: Life::History, fresh_as_of, ..shown(Vec::new()) }, None);
    let visitors: Vec<bool> = answer.rows.iter().map(|row| row.values[0].is_some()).collect();
    assert_eq!(visitors.iter().filter(|known| **known).count() + 1, visitors.len(), "{visitors:?}");
    assert!(visitors.is_sorted_by(|a, b| a >= b));
}

#[test]
fn an_answer_says_how_much_noise_is_in_it() {
    use crate::history::Measure;
    let site = Site::new();
    let question = site.ask(Form::Breakdown, &format!(r#"{DAYS},"dimension":"page""#)).expect("question");
    let mut told = shown(Vec::new());
    assert!(
        serde_json::to_value(question.present(&site.words, &told, None)).expect("json")["how"].get("noise").is_none()
    );
    told.noise.set(Measure::Visitors, 10_000.0);
    told.noise.set(Measure::Events, 2.0);
    let how = serde_json::to_value(question.present(&site.words, &told, None)).expect("json")["how"].clone();
    assert_eq!(how["noise"], serde_json::json!({ "standard_error": { "visitors": 100, "events": 1.41 } }));
}
