//! Lists: what is never in them, what has to be, and why.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use proptest::collection::btree_set;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Filter, Index, List, Logic, Placement, Reason, Request, Rule, Rules, Selector, Sources, recommend};
use crate::catalogue::{Attribute, Catalogue};
use crate::matrix::{Contribution, Matrix};
use crate::model::Model;
use crate::similar::{Changes, PairKey, Publication, Similar};
use crate::tune::{Input, Limits, learn};

/// Sixty items of four topics, of which members like those of one; item 0 of each topic is the most popular.
const ITEMS: u32 = 60;
const TOPICS: u32 = 4;

struct World {
    catalogue: Catalogue,
    model: Model,
    similar: Similar,
    index: Index,
}

fn now() -> Timestamp {
    "2026-11-30T12:00:00Z".parse().expect("a time")
}

fn put(catalogue: &mut Catalogue, value: Value) {
    let Value::Object(fields) = value else { unreachable!("tests give objects") };
    catalogue.put(&fields).expect("good");
}

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for item in 0..ITEMS {
        let topic = item % TOPICS;
        put(
            &mut catalogue,
            json!({
                "id": format!("i{item}"), "title": format!("Item {item}"),
                "tags": [format!("topic{topic}/part{}", item % 12 / TOPICS)],
                "language": if item % 2 == 0 { "en-GB" } else { "de" }, "kind": if item % 3 == 0 { "book" } else { "article" },
                "published": "2026-01-01T00:00:00Z", "attributes": {"free": item % 5 == 0},
            }),
        );
    }
    for (item, field) in [(8, json!({"hidden": true})), (12, json!({"expires": "2026-11-01T00:00:00Z"}))] {
        let Value::Object(field) = field else { unreachable!("an object") };
        catalogue.patch(&format!("i{item}"), &field).expect("good");
    }
    catalogue
}

fn members() -> Vec<Contribution> {
    let member = |who: u32| {
        let of_topic =
            (0..ITEMS / TOPICS).filter(|n| (who / TOPICS * 7 + n * n + 3).is_multiple_of(n / 3 + 2) || *n == 0);
        Contribution::new(&of_topic.map(|n| n * TOPICS + who % TOPICS).collect::<Vec<_>>())
    };
    (0..400).map(member).collect()
}

fn world() -> World {
    let catalogue = catalogue();
    let members = members();
    let matrix = Matrix::of(&members).expect("few");
    let tagging = Arc::new(catalogue.tagging());
    let input = Input { matrix: &matrix, members: &members, tagging: &tagging, counts: &[] };
    let model = learn(&input, &Limits::default(), 1).expect("better than popularity");
    let mut similar = Similar::default();
    let changes = Changes { members: 400, ..Changes::default() };
    similar.batch(&matrix, changes, Publication::default(), &PairKey::new(&[1; 32]));
    let index = Index::new(&catalogue, &model);
    World { catalogue, model, similar, index }
}

impl World {
    fn sources(&self) -> Sources<'_> {
        let World { catalogue, model, similar, index } = self;
        Sources { catalogue, model, similar, index, trending: &[17, 5, 8] }
    }

    fn list(&self, placement: &Placement, request: &Request<'_>) -> List {
        recommend(&self.sources(), placement, request)
    }

    fn rules(&self, rules: Vec<Rule>) -> Rules {
        Rules::declare(rules, &self.catalogue.tagging()).expect("consistent")
    }

    fn topic(&self, topic: u32) -> u32 {
        self.catalogue.tag(&format!("topic{topic}")).expect("a tag")
    }
}

fn placement(logic: Logic) -> Placement {
    Placement { number: 3, variant: 1, logic, rules: Rules::default(), diversity: 0.0, explore: 0.0 }
}

fn items(list: &List) -> Vec<u32> {
    list.items.iter().map(|item| item.item).collect()
}

#[test]
fn lists_follow_what_is_liked_and_say_why() {
    let (world, filter) = (world(), Filter::default());
    let request = Request { liked: &[1, 13], bookmarked: &[25], ..Request::new(&filter, 5, now()) };
    let list = world.list(&placement(Logic::ForYou), &request);
    assert_eq!(list.items.len(), 5);
    assert!(!list.fallback_used);
    for item in &list.items {
        assert_eq!(item.item % TOPICS, 1, "{list:?}");
        let own = |reason: &Reason| match reason {
            Reason::Liked { item } => [1, 13].contains(item),
            Reason::Bookmarked { item } => *item == 25,
            _ => false,
        };
        assert!(item.reasons.iter().all(own) && !item.reasons.is_empty(), "{item:?}");
    }
    let ids: Vec<String> = list.items.iter().map(|item| item.recommendation_id.to_string()).collect();
    assert_eq!(ids, ["3.1.0", "3.1.1", "3.1.2", "3.1.3", "3.1.4"]);
}

#[test]
fn stated_tags_are_enough() {
    let (world, filter) = (world(), Filter::default());
    let tags = [world.topic(2)];
    let list = world.list(&placement(Logic::ForYou), &Request { tags: &tags, ..Request::new(&filter, 5, now()) });
    for item in &list.items {
        assert_eq!((item.item % TOPICS, &item.reasons[..]), (2, &[Reason::TagFollowed { tag: tags[0] }][..]));
    }
}

#[test]
fn who_says_nothing_gets_what_is_popular() {
    let (world, filter) = (world(), Filter::default());
    let list = world.list(&placement(Logic::ForYou), &Request::new(&filter, 4, now()));
    assert!(list.fallback_used);
    assert_eq!(items(&list).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([0, 1, 2, 3]));
    assert!(list.items.iter().all(|item| item.reasons == [Reason::Popular]));
}

#[test]
fn similar_items_come_from_published_lists_and_then_from_tags() {
    let (world, filter) = (world(), Filter::default());
    let request = Request { context: Some(0), ..Request::new(&filter, 20, now()) };
    let list = world.list(&placement(Logic::Similar), &request);
    let shown: Vec<u32> = world.similar.of(0).iter().copied().filter(|i| world.catalogue.shown(*i, now())).collect();
    assert!(!shown.is_empty());
    let first: BTreeSet<u32> = items(&list)[..shown.len()].iter().copied().collect();
    assert_eq!(first, shown.into_iter().collect());
    assert!(list.items.iter().all(|item| item.item % TOPICS == 0 && item.item != 0));
    assert!(list.items.iter().all(|item| item.reasons == [Reason::SimilarTo { item: 0 }]));
    // Without any behaviour.
    let bare = World { similar: Similar::default(), ..world };
    assert!(items(&bare.list(&placement(Logic::Similar), &request)).iter().all(|item| item % TOPICS == 0));
}

#[test]
fn what_trends_is_ranked_and_hidden_items_are_left_out() {
    let (world, filter) = (world(), Filter::default());
    let list = world.list(&placement(Logic::Trending), &Request::new(&filter, 2, now()));
    assert_eq!(items(&list), [17, 5]);
    assert_eq!(list.items[0].reasons, [Reason::Trending]);
}

#[test]
fn editors_decide() {
    let (world, filter) = (world(), Filter::default());
    let topic = world.topic(3);
    let rules = vec![
        Rule::Pin { item: 2, rank: 1 },
        Rule::Exclude(Selector::Item(5)),
        Rule::Boost { what: Selector::Tag(topic), factor: 10.0 },
        Rule::Pin { item: 8, rank: 0 },
    ];
    let placement = Placement { rules: world.rules(rules), ..placement(Logic::Popular) };
    let list = world.list(&placement, &Request::new(&filter, 6, now()));
    // Item 8 is hidden: no rule shows it.
    assert_eq!(list.items[1].item, 2);
    assert_eq!(list.items[1].reasons[0], Reason::Editorial { rule: 0 });
    assert_eq!(list.items[0].item % TOPICS, 3);
    assert_eq!(list.items[0].reasons, [Reason::Editorial { rule: 2 }]);
    assert!(!items(&list).contains(&5) && !items(&list).contains(&8));
    let must = Placement { rules: world.rules(vec![Rule::MustHaveTag(topic)]), ..placement };
    assert!(items(&world.list(&must, &Request::new(&filter, 6, now()))).iter().all(|item| item % TOPICS == 3));
}

#[test]
fn filters_hold_for_every_list() {
    let world = world();
    let filter = Filter {
        tags: vec![world.topic(0), world.topic(1)],
        kind: Some("book".to_owned()),
        language: Some("EN".to_owned()),
        attributes: [("free".to_owned(), Attribute::Flag(false))].into(),
    };
    for logic in [Logic::ForYou, Logic::Similar, Logic::Popular, Logic::Trending, Logic::Latest] {
        let request = Request { liked: &[0, 6], context: Some(4), ..Request::new(&filter, 20, now()) };
        let list = world.list(&Placement { explore: 0.3, diversity: 0.3, ..placement(logic) }, &request);
        // Of the three that trend none fits.
        assert!(!list.items.is_empty() || logic == Logic::Trending, "{logic:?}");
        for item in items(&list) {
            assert!(item % TOPICS < 2 && item % 3 == 0 && item % 2 == 0 && item % 5 != 0, "{logic:?} {item}");
        }
    }
}

#[test]
fn new_items_get_their_share() {
    let mut world = world();
    for item in 0..5 {
        let tags = if item < 3 { json!(["topic1"]) } else { json!(["other"]) };
        put(
            &mut world.catalogue,
            json!({"id": format!("n{item}"), "title": "New", "tags": tags, "published": "2026-11-29T00:00:00Z"}),
        );
    }
    world.model = world.model.with_tags(Arc::new(world.catalogue.tagging()));
    world.index = Index::new(&world.catalogue, &world.model);
    let filter = Filter::default();
    let placement = Placement { explore: 0.2, ..placement(Logic::Popular) };
    let request = Request { tags: &[world.topic(1)], chance: 5, ..Request::new(&filter, 10, now()) };
    let list = world.list(&placement, &request);
    let fresh: Vec<&super::Recommended> = list.items.iter().filter(|item| item.reasons[0] == Reason::New).collect();
    assert_eq!((fresh.len(), list.items.len()), (2, 10));
    assert!(fresh.iter().all(|item| (ITEMS..ITEMS + 3).contains(&item.item)));
    assert_ne!(list.items[0].reasons[0], Reason::New);
    assert_eq!(world.list(&placement, &request), list);
    // A new item with a followed tag needs no member to be found.
    let tagged = world.list(&super::Placement { explore: 0.0, ..placement }, &Request { liked: &[1], ..request });
    assert!(!items(&tagged).is_empty());
}

#[test]
fn diversity_mixes_tags() {
    let (world, filter) = (world(), Filter::default());
    let request = Request { liked: &[1, 13], ..Request::new(&filter, 8, now()) };
    let parts = |diversity: f32| {
        let list = world.list(&Placement { diversity, ..placement(Logic::ForYou) }, &request);
        let tags = |item: u32| world.model.tagging().tags_of(item).to_vec();
        items(&list).into_iter().map(tags).collect::<BTreeSet<_>>().len()
    };
    assert!(parts(0.7) > parts(0.0));
}

#[test]
fn what_was_learnt_comes_back_from_its_bytes() {
    let world = world();
    let bytes = world.model.to_bytes();
    let tagging = Arc::new(world.catalogue.tagging());
    let model = Model::from_bytes(&bytes, Arc::clone(&tagging)).expect("ours");
    assert_eq!(model.to_bytes(), bytes);
    let similar = Similar::from_bytes(&world.similar.to_bytes()).expect("ours");
    assert_eq!(similar, world.similar);
    let again =
        World { index: Index::new(&world.catalogue, &model), catalogue: world.catalogue.clone(), model, similar };
    let filter = Filter::default();
    let request = Request { liked: &[1, 13], tags: &[2], chance: 4, ..Request::new(&filter, 20, now()) };
    let placement = Placement { explore: 0.2, diversity: 0.3, ..placement(Logic::ForYou) };
    assert_eq!(again.list(&placement, &request), world.list(&placement, &request));
    for cut in (0..bytes.len()).step_by(97) {
        assert!(Model::from_bytes(&bytes[..cut], Arc::clone(&tagging)).is_err());
    }
    assert!(Similar::from_bytes(b"{}").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_known_hidden_expired_or_unwanted_is_shown(
        liked in btree_set(0..ITEMS + 3, 0..8), bookmarked in btree_set(0..ITEMS, 0..5),
        unwanted in btree_set(0..ITEMS, 0..8), seen in btree_set(0..ITEMS, 0..20),
        tag in 0_u32..30, context in 0..ITEMS, length in 0_usize..30, diversity in 0.0_f32..1.0, explore in 0.0_f32..0.6,
        chance in any::<u64>(), logic in prop::sample::select(vec![Logic::ForYou, Logic::Similar, Logic::Popular, Logic::Trending, Logic::Latest]),
    ) {
        thread_local! { static WORLD: World = world(); }
        let vecs: Vec<Vec<u32>> = [&liked, &bookmarked, &unwanted, &seen].map(|set| set.iter().copied().collect()).into();
        let filter = Filter::default();
        let request = Request {
            liked: &vecs[0], bookmarked: &vecs[1], not_interested: &vecs[2], seen: &vecs[3], tags: &[tag],
            context: Some(context), chance, ..Request::new(&filter, length, now())
        };
        WORLD.with(|world| {
            let rules = world.rules(vec![Rule::Pin { item: 7, rank: 2 }]);
            let list = world.list(&Placement { rules, diversity, explore, ..placement(logic) }, &request);
            let shown = items(&list);
            let unwanted = |item: &u32| vecs.iter().any(|list| list.contains(item)) || [8, 12, context].contains(item);
            prop_assert!(!shown.iter().any(unwanted), "{shown:?}");
            prop_assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len());
            prop_assert!(shown.len() <= length);
            prop_assert!(list.items.iter().all(|item| (1..=3).contains(&item.reasons.len())));
            Ok(())
        })?;
    }

    #[test]
    fn more_stated_tags_never_score_less(stated in btree_set(0_u32..20, 1..6), a in 0..ITEMS, b in 0..ITEMS) {
        thread_local! { static WORLD: World = world(); }
        let stated: Vec<u32> = stated.into_iter().collect();
        WORLD.with(|world| {
            let has = |item| -> BTreeSet<u32> {
                world.model.tagging().tags_of(item).iter().copied().filter(|tag| stated.contains(tag)).collect()
            };
            let scores = world.model.scores(&crate::model::Profile { liked: &[], tags: &stated });
            // Beyond what popularity adds.
            if has(a).is_superset(&has(b)) && world.model.popularity(a) >= world.model.popularity(b) {
                prop_assert!(scores[a as usize] >= scores[b as usize]);
            }
            Ok(())
        })?;
    }
}
