//! Phrasings of questions, on Monday 30 November 2026, of a site with a few events and pages of its own.

use std::sync::OnceLock;

use jiff::civil::date;
use jiff::tz::TimeZone;

use super::*;
use crate::intent::Entry;

fn now() -> ZonedDateTime {
    date(2026, 11, 30).at(12, 0, 0, 0).to_zoned_datetime(TimeZone::UTC).expect("a time")
}

fn bar() -> &'static AskBar {
    static BAR: OnceLock<AskBar> = OnceLock::new();
    BAR.get_or_init(|| {
        let entry = |value: &str, synonyms: &[&str]| Entry {
            value: value.to_owned(),
            synonyms: synonyms.iter().map(|name| (*name).to_owned()).collect(),
        };
        let lists = [
            ("events", vec![entry("Newsletter Signup", &["newsletter"])]),
            ("goals", vec![entry("Paid", &["paid plan"])]),
            ("pages", vec![entry("/first-lessons", &["first lessons"])]),
            ("values", vec![entry("country=Austria", &["austria"]), entry("source=Google", &["google"])]),
        ];
        let lists = lists.into_iter().map(|(name, entries)| (name.to_owned(), entries)).collect();
        AskBar::new(Catalogue { lists, ..Catalogue::default() }, &Training::default()).expect("the product's own")
    })
}

/// A question in short: its parts in the order of its fields.
fn short(asked: &Asked) -> String {
    match asked {
        Asked::Question(question) => told(question),
        Asked::Unclear { why, .. } => {
            let mut why: Vec<&str> = why
                .iter()
                .map(|why| match why {
                    Unclear::Kind => "kind",
                    Unclear::Word(_) => "word",
                    Unclear::Value(_) => "value",
                    Unclear::Missing(what) => what,
                    Unclear::Future => "future",
                })
                .collect();
            why.sort_unstable();
            why.dedup();
            format!("unclear: {}", why.join(" "))
        }
        Asked::OutOfScope(Unasked::AboutSomebody) => "about somebody".to_owned(),
        Asked::OutOfScope(Unasked::Unknown) => "unknown".to_owned(),
    }
}

fn told(question: &Question) -> String {
    let mut parts = vec![format!("{:?}", question.kind).to_lowercase()];
    if !question.metrics.is_empty() {
        parts.push(question.metrics.join("+"));
    }
    parts.extend(question.dimension.as_ref().map(|dimension| format!("by {dimension}")));
    parts.extend(question.filters.iter().map(|filter| format!("{}={}", filter.dimension, filter.values.join("|"))));
    parts.extend(question.period.as_ref().map(|period| match (period.preset, period.from) {
        (Some(preset), _) => preset.to_owned(),
        (None, from) => format!("{}..{}", from.map_or(String::new(), |from| from.to_string()), period.to),
    }));
    parts.extend(question.compare.as_ref().map(|compare| match compare {
        Compare::PreviousPeriod => "vs previous".to_owned(),
        Compare::YearOverYear => "vs year".to_owned(),
        Compare::Custom(from, to) => format!("vs {from}..{to}"),
    }));
    parts.extend(question.interval.as_ref().map(|interval| format!("per {interval}")));
    parts.extend(question.steps.iter().map(|step| match step {
        Step::Event(event) => format!("> {event}"),
        Step::Page(page) => format!("> {page}"),
        Step::Goal(goal) => format!("> goal {goal}"),
        Step::Feature(feature) => format!("> feature {feature}"),
    }));
    parts.extend(question.mode.map(str::to_owned));
    parts.extend(question.order.as_ref().map(|(by, _)| format!("order {by}")));
    parts.extend(question.limit.map(|limit| format!("limit {limit}")));
    parts.join(" ")
}

const PHRASINGS: &[(&str, &str)] = &[
    // Numbers.
    ("visitors yesterday", "totals visitors yesterday"),
    ("How many visitors did we have yesterday?", "totals visitors yesterday"),
    ("how many people came last week", "totals visitors 2026-11-23..2026-11-29"),
    ("page views this month", "totals pageviews month"),
    ("number of visits since May", "totals visits 2026-05-01..2026-11-30"),
    ("what's our bounce rate", "totals bounce_rate"),
    ("bounce rate last 30 days please", "totals bounce_rate 30d"),
    ("average visit duration in march", "totals visit_duration 2026-03-01..2026-03-31"),
    ("how much traffic did we get in q3", "totals visitors 2026-07-01..2026-09-30"),
    ("downloads last month", "totals events event=download last_month"),
    ("how many newsletter signups last week", "totals events event=Newsletter Signup 2026-11-23..2026-11-29"),
    ("newsletter since monday", "totals events event=Newsletter Signup 2026-11-30..2026-11-30"),
    ("visitors from austria yesterday", "totals visitors country=Austria yesterday"),
    (
        "page views from google on mobile this week",
        "totals pageviews source=Google device=Mobile 2026-11-30..2026-11-30",
    ),
    ("visitors of /pricing last week", "totals visitors page=/pricing 2026-11-23..2026-11-29"),
    ("views of the home page today", "totals pageviews page=/ today"),
    ("visitors this month compared with last year", "totals visitors month vs year"),
    ("visitors and visits last 7 days", "totals visitors+visits 7d"),
    // Breakdowns.
    (
        "downloads per country last month compared with the month before",
        "breakdown events by country event=download last_month vs 2026-09-01..2026-09-30",
    ),
    ("top sources yesterday", "breakdown visitors by source yesterday"),
    ("top 5 pages this year", "breakdown visitors by page year limit 5"),
    ("most visited pages last month", "breakdown visitors by page last_month"),
    ("visitors by contry", "breakdown visitors by country"),
    ("visitors per browser and visits", "breakdown visitors+visits by browser"),
    ("which countries do our visitors come from", "breakdown visitors by country"),
    ("where do our visitors come from this month", "breakdown visitors by source month"),
    ("where do people enter", "breakdown visitors by entry_page"),
    ("bounce rate by landing page last quarter", "breakdown bounce_rate by entry_page 2026-07-01..2026-09-30"),
    ("break down visits by device", "breakdown visits by device"),
    (
        "best campaigns last week vs the week before",
        "breakdown visitors by utm_campaign 2026-11-23..2026-11-29 vs previous",
    ),
    ("operating systems of our visitors", "breakdown visitors by os"),
    ("downloads by country on mobile", "breakdown events by country event=download device=Mobile"),
    // Trends.
    ("visitors per day last month", "series visitors last_month per day"),
    ("weekly page views this year", "series pageviews year per week"),
    ("visitors over time", "series visitors"),
    ("trend of downloads since june", "series events event=download 2026-06-01..2026-11-30"),
    ("hourly visitors yesterday", "series visitors yesterday per hour"),
    ("daily visits from google last 7 days", "series visits source=Google 7d per day"),
    // Pages that lose visitors.
    ("which pages lose visitors", "breakdown exit_rate by page order exit_rate"),
    ("where do people leave", "breakdown exit_rate by page order exit_rate"),
    ("exit pages last week", "breakdown visitors by exit_page 2026-11-23..2026-11-29"),
    ("pages with the highest exit rate this month", "breakdown exit_rate by page month order exit_rate"),
    // Funnels.
    ("funnel from home to signup", "funnel > / > signup"),
    ("funnel from /pricing to purchase last month", "funnel last_month > /pricing > purchase"),
    ("conversion from home to /cart to purchase", "funnel > / > /cart > purchase"),
    ("conversion rate from search to download by device", "funnel by device > search > download"),
    ("funnel from home", "unclear: steps"),
    // Members.
    ("weekly retention since May", "retention 2026-05-01..2026-11-30 per week"),
    ("daily retention last month", "retention last_month per day"),
    ("how many members come back", "retention per week"),
    ("retention by country", "unclear: value"),
    ("monthly retention", "unclear: value"),
    ("lifecycle of members this quarter", "lifecycle 2026-10-01..2026-11-30 per week"),
    // Journeys.
    ("what do people do after /pricing", "journeys > /pricing forward"),
    ("paths to signup last week", "journeys 2026-11-23..2026-11-29 > signup backward"),
    ("paths through the site", "journeys forward"),
    ("what happens before purchase", "journeys > purchase backward"),
    ("where do visitors go after the home page", "journeys > / forward"),
    // Saved things, items, sources of conversions, visits.
    ("conversions by source last month", "goals by source last_month"),
    ("how are our goals doing", "goals"),
    ("which features are used most", "features"),
    ("most downloaded items last week", "items by item 2026-11-23..2026-11-29 order downloads"),
    ("top tags by likes", "items by tag order likes"),
    ("which campaigns bring signups", "attribution by utm_campaign > signup last"),
    ("what brings purchases this month", "attribution by source month > purchase last"),
    ("how long do people stay", "visits"),
    ("busiest hours last month", "visits last_month"),
    // In German.
    ("Besucher gestern", "totals visitors yesterday"),
    ("wie viele Besucher hatten wir letzte Woche?", "totals visitors 2026-11-23..2026-11-29"),
    (
        "Downloads pro Land letzten Monat verglichen mit dem Monat davor",
        "breakdown events by country event=download last_month vs 2026-09-01..2026-09-30",
    ),
    ("welche Seiten verlieren Besucher", "breakdown exit_rate by page order exit_rate"),
    ("Trichter von Startseite bis Anmeldung", "funnel > / > signup"),
    ("wöchentliche Retention seit Mai", "retention 2026-05-01..2026-11-30 per week"),
    ("Top Quellen gestern", "breakdown visitors by source yesterday"),
    ("wer hat /preise besucht", "about somebody"),
    // What cannot be answered.
    ("who visited /pricing yesterday", "about somebody"),
    ("list the users who did the download", "about somebody"),
    ("email addresses of our visitors", "about somebody"),
    ("visitors tomorrow", "unclear: future"),
    ("visitors except from google", "unclear: word"),
    ("new visitors last month", "unclear: word"),
    ("visitors by shoe size", "unclear: word"),
    ("visitors with more than 3 visits", "unclear: kind value word"),
    ("predict visitors next month", "unknown"),
    ("what is the weather today", "unknown"),
    ("order me a pizza with extra cheese", "unknown"),
    ("quantum chromodynamics lecture notes", "unknown"),
    ("посетители вчера", "unknown"),
];

#[test]
fn phrasings_become_questions() {
    let wrong: Vec<String> = PHRASINGS
        .iter()
        .filter_map(|(text, wanted)| {
            let asked = bar().ask(text, &now()).expect("short");
            let told = short(&asked);
            (told != *wanted).then(|| format!("{text}\n  wanted {wanted}\n  got    {told}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), PHRASINGS.len(), wrong.join("\n"));
}

#[test]
fn what_is_unclear_is_pointed_at() {
    let text = "visitors by shoe size";
    let Asked::Unclear { question, why, candidates } = bar().ask(text, &now()).expect("short") else {
        unreachable!("shoes are not known")
    };
    let words: Vec<&str> = why
        .iter()
        .filter_map(|why| match why {
            Unclear::Word(at) => text.get(at.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(words, ["shoe", "size"]);
    assert_eq!(candidates.first().map(String::as_str), Some("numbers"));
    assert!(question.is_some());
}

#[test]
fn every_example_of_ours_is_understood() {
    for intent in definitions().expect("the product's own").intents {
        for example in &intent.examples {
            let pieces = markup::parse(example).expect("markup");
            let text: String = pieces.into_iter().map(|piece| piece.text).collect();
            let asked = bar().ask(&text, &now()).expect("short");
            let told = short(&asked);
            match intent.name.as_str() {
                "people" => assert_eq!(told, "about somebody", "{text}"),
                "unsupported" => assert_eq!(told, "unknown", "{text}"),
                _ => assert!(matches!(asked, Asked::Question(_)), "{text}: {told}"),
            }
        }
    }
}

#[test]
fn a_text_may_name_what_is_told_with_it() {
    let entry = |value: &str, name: &str| Entry { value: value.to_owned(), synonyms: vec![name.to_owned()] };
    let named = [
        entry("item=/books/7", "Optics: the first lessons"),
        entry("tag=music", "music"),
        entry("item=lessons", "First lessons"),
        entry("tag=how", "how"),
        entry("tag=languages", "languages"),
    ];
    let asked = |text: &str| short(&bar().ask_naming(text, &now(), &named).expect("short"));
    for (text, expected) in [
        (
            "downloads of Optics: the first lessons last week",
            "totals events event=download item=/books/7 2026-11-23..2026-11-29",
        ),
        ("visitors of optics the frist lessons yesterday", "totals visitors item=/books/7 yesterday"),
        (
            "downloads of music per country last month",
            "breakdown events by country event=download tag=music last_month",
        ),
        ("visitors of first lessons yesterday", "totals visitors item=lessons yesterday"),
        ("likes of First lessons", "totals events event=like item=lessons"),
        ("bookmarks of first lessons last week", "totals events event=bookmark item=lessons 2026-11-23..2026-11-29"),
        ("Likes von First lessons", "totals events event=like item=lessons"),
        ("how often was first lessons liked yesterday", "totals events event=like item=lessons yesterday"),
        ("funnel from first lessons to download", "funnel > /first-lessons > download"),
        ("how many visitors yesterday", "totals visitors yesterday"),
        ("languages of our visitors", "breakdown visitors by language"),
    ] {
        assert_eq!(asked(text), expected, "{text}");
    }
    assert_eq!(
        short(&bar().ask("downloads of Optics: the first lessons last week", &now()).expect("short")),
        "unclear: word"
    );
}
