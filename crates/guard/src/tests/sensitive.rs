//! What is sensitive is not asked about together with place or device, wherever in a question they stand.

use std::sync::Arc;

use outis_event::{Dimension, Term};
use outis_insight::behaviour::{
    About, Activity, Attribution, Behaviour, Direction, Exclusion, Followed, Funnel, Journeys, Model, Narrowed, Order,
    Retention,
};
use outis_insight::history::Past;
use outis_insight::{EventFilter, Filter, Group, Sensitive, TermSet, VisitField};

use super::world::{Plain, all, ask, now, policy, query};
use crate::{Gate, Refusal};

const SECRET: Group = Group::Property(Term(30));

/// Everything that can be grouped by and filtered on.
fn attributes() -> Vec<Group> {
    let fields = [VisitField::EntryPage, VisitField::ExitPage, VisitField::EntryHostname, VisitField::ExitHostname];
    let dimensions = Dimension::ALL.iter().map(|dimension| Group::Dimension(*dimension));
    let others = [SECRET, Group::Property(Term(31)), Group::Language, Group::Tag];
    dimensions.chain(fields.map(Group::Visit)).chain(others).collect()
}

fn is_place_or_device(group: Group) -> bool {
    let Group::Dimension(dimension) = group else { return false };
    [
        "country",
        "region",
        "browser",
        "browser_version",
        "os",
        "os_version",
        "device",
        "screen",
        "viewport",
        "density",
        "touch",
    ]
    .contains(&dimension.key())
}

fn is_page(group: Group) -> bool {
    let pages = [VisitField::EntryPage, VisitField::ExitPage].map(Group::Visit);
    group == Group::Dimension(Dimension::Page) || pages.contains(&group)
}

fn condition(group: Group) -> Filter {
    let terms = TermSet::of([Term(9)]);
    Filter::Event(match group {
        Group::Dimension(dimension) => EventFilter::Dimension(dimension, terms),
        Group::Visit(field) => EventFilter::Visit(field, terms),
        Group::Property(key) => EventFilter::Property(key, terms),
        Group::Language => EventFilter::Language(terms),
        Group::Tag => EventFilter::Tag(terms),
        Group::Time(_) => unreachable!("times are not attributes"),
    })
}

fn gate(sensitive: &Sensitive) -> Gate {
    Gate::new(Arc::new(Plain { sensitive: sensitive.clone(), ..Plain::of(Vec::new()) }))
}

/// The sites that there are: with sensitive pages or not, with a sensitive property or not.
fn sites() -> [Sensitive; 4] {
    let site = |pages, properties: &[Group]| Sensitive { pages, properties: properties.to_vec() };
    [site(false, &[]), site(true, &[]), site(false, &[SECRET]), site(true, &[SECRET])]
}

/// The plain meaning of the rule.
fn must_not(site: &Sensitive, a: Group, b: Group) -> bool {
    let is_sensitive = |group| site.pages && is_page(group) || site.properties.contains(&group);
    is_sensitive(a) && is_place_or_device(b) || is_sensitive(b) && is_place_or_device(a)
}

fn is_refused<T>(answer: Result<T, Refusal>) -> bool {
    matches!(answer.err(), Some(Refusal::SensitiveCrossed(_)))
}

#[test]
fn counts_of_what_is_sensitive_are_not_split_by_place_or_device() {
    for site in sites() {
        let gate = gate(&site);
        for a in attributes() {
            for b in attributes().into_iter().filter(|b| *b != a) {
                let boxed = || Box::new(condition(b));
                let filters = [
                    condition(b),
                    Filter::Not(boxed()),
                    Filter::VisitHas(boxed()),
                    Filter::Or(vec![condition(Group::Dimension(Dimension::Event)), Filter::Not(boxed())]),
                    Filter::Selected(Box::new(Filter::And(vec![condition(b)]))),
                ];
                let queries = filters.into_iter().flat_map(|filter| {
                    let both = all(&[condition(a), filter.clone()]);
                    [query(filter, &[a]), query(both, &[])]
                });
                for query in queries.chain([query(all(&[]), &[a, b])]) {
                    let refused = must_not(&site, a, b);
                    // A development site has no floor, and keeps this promise all the same.
                    for floor in [1, 10] {
                        assert_eq!(is_refused(ask(&gate, floor, &query)), refused, "{site:?} {a:?} {b:?}");
                    }
                    let past = now(gate.answer_later(&policy(10), &query, &Past::Set(Term(7))));
                    assert_eq!(is_refused(past) && refused, refused);
                }
            }
        }
    }
}

fn funnel(steps: [Filter; 2]) -> Funnel {
    Funnel {
        steps: steps.to_vec(),
        order: Order::Ordered,
        optional: None,
        window_s: 86_400,
        exclude: Vec::new(),
        hold: None,
        group: None,
        over_time: None,
    }
}

/// Questions about order that name an attribute besides the filter of the whole.
fn orders(a: Group) -> Vec<About> {
    let (event, of_a) = (condition(Group::Dimension(Dimension::Event)), condition(a));
    let plain = || funnel([event.clone(), event.clone()]);
    let exclude = vec![Exclusion { filter: of_a.clone(), after: 0, before: 1 }];
    let journeys = |direction| {
        let (pages, events, page_groups) = (false, true, Vec::new());
        About::Journeys(Journeys { direction, pages, events, depth: 3, collapse_repeats: true, page_groups })
    };
    vec![
        About::Funnel(funnel([event.clone(), of_a.clone()])),
        About::Funnel(Funnel { exclude, ..plain() }),
        About::Funnel(Funnel { hold: Some(a), ..plain() }),
        About::Funnel(Funnel { group: Some(a), ..plain() }),
        journeys(Direction::Forward(Some(of_a.clone()))),
        journeys(Direction::Backward(of_a.clone())),
        journeys(Direction::Between(event.clone(), of_a.clone())),
        About::Attribution(Attribution {
            goal: of_a.clone(),
            group: Group::Dimension(Dimension::Source),
            model: Model::Last,
        }),
        About::Attribution(Attribution { goal: event, group: a, model: Model::Last }),
        About::Frequency(of_a.clone()),
        About::Present(of_a),
    ]
}

fn behaviour(about: About, filter: Filter) -> Behaviour {
    Behaviour { base: query(filter, &[]), about, narrowed: Vec::new(), following: None }
}

#[test]
fn order_of_what_is_sensitive_is_not_split_by_place_or_device() {
    for site in sites() {
        let gate = gate(&site);
        let asked = |question: &Behaviour| is_refused(now(gate.behaviour(&policy(10), question)));
        for a in attributes() {
            for b in attributes().into_iter().filter(|b| *b != a) {
                let refused = must_not(&site, a, b);
                for about in orders(a) {
                    assert_eq!(asked(&behaviour(about.clone(), condition(b))), refused, "{site:?} {about:?} {b:?}");
                }
                let narrowed = vec![Narrowed { named: condition(a), by: condition(b) }];
                let plain = behaviour(About::Visits, all(&[]));
                assert_eq!(asked(&Behaviour { narrowed, ..plain }), refused);
            }
            let by_page = Journeys {
                direction: Direction::Forward(None),
                pages: true,
                events: false,
                depth: 3,
                collapse_repeats: true,
                page_groups: Vec::new(),
            };
            let refused = site.pages && is_place_or_device(a);
            assert_eq!(asked(&behaviour(About::Journeys(by_page), condition(a))), refused, "stops are pages");
            let alone = [
                About::Visits,
                About::Retention(Retention { by_day: false, action: None }),
                About::Followed(Followed { by_day: false, columns: Vec::new() }),
                About::Lifecycle(Activity::default()),
            ];
            for about in alone {
                assert!(!asked(&behaviour(about, condition(a))), "one attribute alone crosses nothing");
            }
        }
    }
}

#[test]
fn without_the_check_it_is_answered() {
    let mut gate = gate(&Sensitive { pages: true, properties: Vec::new() });
    let crossed = query(all(&[]), &[Group::Dimension(Dimension::Page), Group::Dimension(Dimension::Country)]);
    let refusal = ask(&gate, 10, &crossed).expect_err("refused");
    assert_eq!(refusal.code(), "sensitive_crossed");
    assert_eq!(
        refusal.to_string(),
        "some pages of this site are sensitive, so pages are not told together with place or device (country): leave \
         out one of them"
    );
    gate.off.crossing = true;
    assert!(ask(&gate, 10, &crossed).is_ok());
}
