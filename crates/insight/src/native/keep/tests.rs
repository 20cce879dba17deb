//! What staff saved is kept once, under its meaning, and where it could not be subtracted from cells.

use outis_event::{Dimension, SiteId, Timestamp, Vocabulary};

use super::*;
use crate::native::behaviour::Ask;
use crate::{DefinitionKind, Definitions, Segment};

fn with<T>(change: impl FnOnce(&mut Definitions), ask: impl FnOnce(&Context<'_>) -> T) -> T {
    let words = Vocabulary::default();
    ["/", "/a/b", "/a/c"].iter().for_each(|page| _ = words.admit(Dimension::Page, page));
    ["pageview", "Signup", "Download"].iter().for_each(|event| _ = words.admit(Dimension::Event, event));
    let mut definitions = Definitions::default();
    change(&mut definitions);
    ask(&Context {
        site: SiteId(1),
        zone: &jiff::tz::TimeZone::UTC,
        vocabulary: &words,
        now: Timestamp(0),
        first_day: None,
        definitions: &definitions,
        link: outis_event::Link::Day,
        actions: &[],
    })
}

fn selector(text: &str) -> Selector {
    serde_json::from_str(text).expect("a selector")
}

fn funnel(text: &str) -> Funnel {
    serde_json::from_str(text).expect("a funnel")
}

#[test]
fn what_cells_tell_anyway_is_not_kept_twice() {
    let saved = |definitions: &mut Definitions| {
        definitions.goals.insert("event".to_owned(), selector(r#"{"event":"Signup"}"#));
        definitions.goals.insert("page".to_owned(), selector(r#"{"page":"/a/b"}"#));
        definitions.goals.insert("pages".to_owned(), selector(r#"{"page":"/a/*"}"#));
        definitions.goals.insert("gone".to_owned(), selector(r#"{"event":"Never"}"#));
        let both = vec![selector(r#"{"event":"Signup"}"#), selector(r#"{"event":"Download"}"#)];
        definitions.features.insert("both".to_owned(), Feature { events: both });
        let pages = Feature { events: vec![selector(r#"{"page":"/a/*","label":"read"}"#)] };
        definitions.features.insert("pages".to_owned(), pages);
        let steps = funnel(r#"{"steps":[{"page":"/"},{"goal":"event"}]}"#);
        definitions.funnels.insert("way".to_owned(), steps);
    };
    let keeping = with(saved, keeping);
    // A pattern of pages (as a goal and as a feature), a feature of two events, a funnel.
    assert_eq!(keeping.kept.len(), 3);
    assert_eq!(keeping.sets() - keeping.known.len(), 4);
    // Visitors of both events and of the page that the funnel begins on are told by other cells.
    assert_eq!(keeping.known.len(), 3);
}

#[test]
fn another_meaning_is_another_number() {
    let of = |goal: &str, segment: &str, steps: &str| {
        let change = |definitions: &mut Definitions| {
            definitions.goals.insert("g".to_owned(), selector(goal));
            let filters = vec![serde_json::from_str(segment).expect("a filter")];
            definitions.segments.insert("s".to_owned(), Segment { filters });
        };
        with(change, |context| of_funnel(&funnel(steps), context))
    };
    let (goal, segment) = (r#"{"event":"Signup"}"#, r#"["is","country",["AT"]]"#);
    let steps = r#"{"steps":[{"page":"/"},{"goal":"g","filters":[["is","segment",["s"]]]}]}"#;
    let same = of(goal, segment, steps);
    let named = r#"{"steps":[{"page":"/","label":"Start"},{"goal":"g","filters":[["is","segment",["s"]]]}],
        "order":"ordered","window_s":86400}"#;
    assert_eq!(of(r#"{"event":"Signup","label":"Signed up"}"#, segment, named), same);
    assert_ne!(of(r#"{"event":"Download"}"#, segment, steps), same);
    assert_ne!(of(goal, r#"["is","country",["DE"]]"#, steps), same);
    assert_ne!(of(goal, segment, r#"{"steps":[{"page":"/"},{"goal":"g"}]}"#), same);
    assert!(same.0 > 0xffff && same.0 < u32::MAX / 2 + 1);
}

#[test]
fn what_would_help_is_offered_once() {
    let ask = Ask::Funnel(FunnelRequest::of_saved(&funnel(r#"{"steps":[{"page":"/"},{"event":"Signup"}]}"#)));
    let offer = with(|_| {}, |context| Offer::for_ask(&ask, context)).expect("an offer");
    assert_eq!((offer.kind, offer.name.as_str()), (DefinitionKind::Funnels, "/, Signup"));
    let saved = funnel(&offer.value.to_string());
    let again = with(
        |definitions| _ = definitions.funnels.insert("x".to_owned(), saved),
        |context| Offer::for_ask(&ask, context),
    );
    assert_eq!(again, None);
}

#[test]
fn what_could_be_subtracted_from_pairs_is_no_set() {
    let tells = |text: &str| {
        let pair = crate::Pair(["event".to_owned(), "screen".to_owned()]);
        with(
            |definitions| _ = definitions.pairs.insert("p".to_owned(), pair),
            |context| match told(&selector(text), context) {
                Some(Told::Event(_)) => "event",
                Some(Told::Page(_)) => "page",
                Some(Told::Not) => "set",
                Some(Told::Never) => "never",
                None => "unknown",
            },
        )
    };
    assert_eq!(tells(r#"{"event":"Signup","filters":[["is","browser",["Firefox"]]]}"#), "set");
    assert_eq!(tells(r#"{"page":"/a/*","filters":[["is","os",["Linux"]]]}"#), "set");
    // Told by pairs: of events, of pages, and those that staff declared.
    assert_eq!(tells(r#"{"event":"Signup","filters":[["is","country",["AT"]]]}"#), "event");
    assert_eq!(tells(r#"{"page":"/a/b","filters":[["is","country",["AT"]]]}"#), "page");
    assert_eq!(tells(r#"{"page":"/a/*","filters":[["is","country",["AT"]]]}"#), "never");
    assert_eq!(tells(r#"{"event":"Signup","filters":[["is","screen",["lg"]]]}"#), "never");
    // Parts of what pairs tell.
    assert_eq!(tells(r#"{"event":"Signup","filters":[["is","region",["AT-9"]]]}"#), "never");
    let two = r#"{"event":"Signup","filters":[["is","country",["AT"]],["is","browser",["Firefox"]]]}"#;
    assert_eq!(tells(two), "never");
}

#[test]
fn the_list_says_what_is_kept_and_why_not() {
    let saved = |definitions: &mut Definitions| {
        let goals = [
            ("event", r#"{"event":"Signup"}"#),
            ("pages", r#"{"page":"/a/*"}"#),
            ("gone", r#"{"event":"Never"}"#),
            ("narrow", r#"{"page":"/a/*","filters":[["is","country",["AT"]]]}"#),
        ];
        goals.iter().for_each(|(name, goal)| _ = definitions.goals.insert((*name).to_owned(), selector(goal)));
        let long = funnel(r#"{"steps":[{"page":"/"},{"goal":"event"}],"window_s":200000}"#);
        definitions.funnels.insert("long".to_owned(), long);
        let short = funnel(r#"{"steps":[{"page":"/"},{"goal":"event"}]}"#);
        definitions.funnels.insert("short".to_owned(), short);
        definitions.pairs.insert("p".to_owned(), crate::Pair(["page".to_owned(), "screen".to_owned()]));
    };
    let all = with(saved, |context| {
        let said = |one: Listed| {
            let how = match one.how {
                Held::Counts => "counts".to_owned(),
                Held::Set(_) => "set".to_owned(),
                Held::Pair(_) => "pair".to_owned(),
                Held::Not(why) => why.to_owned(),
            };
            (one.name, how)
        };
        listed(context).into_iter().map(said).collect::<std::collections::BTreeMap<_, _>>()
    });
    let of = |name: &str| all[name].as_str();
    assert_eq!([of("event"), of("pages"), of("short"), of("p")], ["counts", "set", "set", "pair"]);
    assert!(of("gone").contains("not known") && of("narrow").contains("worked out") && of("long").contains("window"));
}
