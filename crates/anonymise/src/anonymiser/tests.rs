//! Tests of the anonymiser as a whole.

use std::net::IpAddr;

use outis_event::{Network, Plan, PlannedEvent, PlannedProperty, PropertyKind, Site, SiteId, Visitor, Vocabulary};

use super::*;
use crate::test_site::site;
use crate::{DayKey, DayKeys, PropertyValue, Shown, Size};

const CHROME: &str =
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Mobile Safari/537.36";
/// 2026-11-24 11:00 in Vienna.
const NOW: Timestamp = Timestamp(1_795_514_400_000);

struct World {
    anonymiser: Anonymiser,
    ctx: SiteContext,
}

impl World {
    fn new(change: impl FnOnce(&mut Site)) -> World {
        World::with(Tables::empty(), change)
    }

    fn with(tables: Tables, change: impl FnOnce(&mut Site)) -> World {
        let mut site = site();
        change(&mut site);
        let keys = DayKeys::new();
        keys.insert(site.id, NOW.day(&site.zone), DayKey::new(&[7; 32]));
        let ctx = SiteContext::new(Arc::new(site), Arc::new(Vocabulary::default()), Arc::new(keys), NOW);
        World { anonymiser: Anonymiser::new(Arc::new(tables), Arc::default()), ctx }
    }

    fn send(&self, raw: RawEvent) -> (AnonymousEvent, Vec<Rewrite>) {
        match self.anonymiser.anonymise(raw, &self.ctx) {
            Outcome::Stored { event, rewrites } => (event, rewrites),
            Outcome::Dropped(reason) => panic!("dropped: {}", reason.key()),
        }
    }

    fn dropped(&self, raw: RawEvent) -> DropReason {
        match self.anonymiser.anonymise(raw, &self.ctx) {
            Outcome::Dropped(reason) => reason,
            Outcome::Stored { .. } => panic!("stored"),
        }
    }

    fn shown(&self, raw: RawEvent) -> Shown {
        Shown::of(&self.send(raw).0, &self.ctx.vocabulary)
    }

    fn word(&self, raw: RawEvent, dimension: Dimension) -> String {
        self.shown(raw).words.get(dimension.key()).map(|word| word.to_string()).unwrap_or_default()
    }

    /// The word after `people` different people have sent the event.
    fn after(&self, people: u32, dimension: Dimension, make: impl Fn(u32) -> RawEvent) -> String {
        for i in 0..people {
            let mut raw = make(i);
            raw.ip = Pii::new(IpAddr::V4((0x0a00_0000 + i).into()));
            self.send(raw);
        }
        self.word(make(0), dimension)
    }
}

fn event(name: &str, url: &str) -> RawEvent {
    let ip: IpAddr = "192.0.2.1".parse().expect("address");
    RawEvent::new(Pii::new(name.to_owned()), Pii::new(url.to_owned()), Pii::new(ip), Pii::new(CHROME.to_owned()), NOW)
}

fn view(url: &str) -> RawEvent {
    event("pageview", url)
}

fn text(text: &str) -> Pii<String> {
    Pii::new(text.to_owned())
}

fn with_property(name: &str, key: &str, value: PropertyValue) -> RawEvent {
    let mut raw = event(name, "https://example.org/");
    raw.properties.push((text(key), Pii::new(value)));
    raw
}

fn at_once(site: &mut Site) {
    site.policy.admission = 1;
}

#[test]
fn a_page_is_rare_until_five_people_saw_it() {
    let world = World::new(|_| {});
    let make = |_| view("https://www.example.org/articles/a");
    assert_eq!(world.word(make(0), Dimension::Page), "/*");
    assert_eq!(world.word(make(0), Dimension::Hostname), "example.org");
    for _ in 0..20 {
        world.send(make(0));
    }
    assert_eq!(world.word(make(0), Dimension::Page), "/*");
    assert_eq!(world.after(12, Dimension::Page, make), "/articles/a");
    assert_eq!(world.word(view("https://example.org/articles/b"), Dimension::Page), "/articles/*");
    assert_eq!(world.word(view("https://example.org/"), Dimension::Page), "/");
}

#[test]
fn invented_agents_of_one_network_do_not_lift_a_word() {
    let world = World::new(|_| {});
    for i in 0..200 {
        let mut raw = view("https://example.org/secret-plan");
        raw.user_agent = text(&format!("agent {i}"));
        world.send(raw);
    }
    // Five of one network count at most: with a map of 64 bits these may be five.
    let seen = world.anonymiser.room().persons(SiteId(7), Dimension::Source.into(), "secret-plan");
    assert_eq!(seen, 0);
    let (last, _) = world.send({
        let mut raw = view("https://example.org/other");
        raw.user_agent = text("agent 201");
        raw
    });
    assert!(!last.flags.has(Flags::COUNTS_FOR_FLOOR));
    let shared: Network = "192.0.2.0/24".parse().expect("network");
    let campus = World::new(|site| site.policy.shared_networks = vec![shared]);
    for i in 0..9 {
        let mut raw = view("https://example.org/");
        raw.user_agent = text(&format!("agent {i}"));
        assert!(campus.send(raw).0.flags.has(Flags::COUNTS_FOR_FLOOR));
    }
}

#[test]
fn declared_pages_and_patterns_are_admitted_at_once() {
    let world = World::new(|site| {
        site.plan.pages = vec!["/pricing".into(), "/users/*".into(), "/docs/**".into(), "/members/list".into()];
    });
    for (url, expected) in [
        ("https://example.org/pricing?x=1", "/pricing"),
        ("https://example.org/users/anna", "/users/:id"),
        ("https://example.org/docs/a/b", "/docs/*"),
        ("https://example.org/members/list", "/members/list"),
        ("https://example.org/members/anna", "/*"),
    ] {
        assert_eq!(world.word(view(url), Dimension::Page), expected, "{url}");
    }
}

#[test]
fn below_person_like_segments_nothing_is_admitted() {
    let world = World::new(at_once);
    for (url, expected) in [
        ("https://example.org/users/anna/orders/4", "/users/:id/*"),
        ("https://example.org/profile/anna-novak", "/profile/:id"),
        ("https://example.org/mail/anna%40example.net/x", "/mail/:id/x"),
        ("https://example.org/order/8391244", "/order/:id"),
    ] {
        assert_eq!(world.word(view(url), Dimension::Page), expected, "{url}");
    }
}

#[test]
fn addresses_without_a_page_are_refused() {
    let world = World::new(|_| {});
    assert_eq!(world.dropped(view("data:text/html,x")), DropReason::Invalid);
    assert_eq!(world.dropped(view("")), DropReason::Invalid);
    assert_eq!(world.word(view("/a"), Dimension::Hostname), "(none)");
}

#[test]
fn campaigns_sources_and_channels() {
    let world = World::new(at_once);
    let mut raw =
        view("https://example.org/a?utm_source=fb&utm_medium=cpc&utm_campaign=Spring&fbclid=Iw0000secret&q=anna");
    raw.referrer = Some(text("https://l.facebook.com/some/path?u=secret"));
    let (stored, rewrites) = world.send(raw);
    let shown = Shown::of(&stored, &world.ctx.vocabulary);
    for (key, expected) in [
        ("source", "Facebook"),
        ("referrer", "l.facebook.com"),
        ("channel", "Paid Social"),
        ("utm_source", "fb"),
        ("utm_medium", "cpc"),
        ("utm_campaign", "Spring"),
        ("click_id", "fbclid"),
    ] {
        assert_eq!(shown.words.get(key).map(|word| &**word), Some(expected), "{key}");
    }
    assert!(rewrites.contains(&Rewrite::QueryDropped));
}

#[test]
fn referrers_within_the_site_are_ignored() {
    let world = World::new(at_once);
    let from = |referrer: &str, dimension| {
        let mut raw = view("https://www.example.org/a");
        raw.referrer = Some(text(referrer));
        world.word(raw, dimension)
    };
    assert_eq!(from("https://example.org/b", Dimension::Source), "");
    assert_eq!(from("https://example.org/b", Dimension::Channel), "Direct");
    assert_eq!(from("http://localhost:3000/", Dimension::Source), "");
    assert_eq!(from("ftp://other.example/", Dimension::Source), "");
    assert_eq!(from("https://blog.example.org/x", Dimension::Source), "blog.example.org");
    assert_eq!(from("https://www.google.at/search?q=x", Dimension::Source), "Google");
    assert_eq!(from("https://www.google.at/search?q=x", Dimension::Referrer), "google.at");
    assert_eq!(from("android-app://com.google.android.gm/", Dimension::Source), "Gmail");
    assert_eq!(from("android-app://com.google.android.gm/", Dimension::Channel), "Email");
}

#[test]
fn a_paid_click_on_a_search_engine_shows_as_medium() {
    let world = World::new(at_once);
    let mut raw = view("https://example.org/?gclid=abcdefsecret");
    raw.referrer = Some(text("https://www.google.com/"));
    let shown = world.shown(raw);
    assert_eq!(&*shown.words["utm_medium"], "(gclid)");
    assert_eq!(&*shown.words["channel"], "Paid Search");
}

#[test]
fn unknown_referrers_wait() {
    let world = World::new(|_| {});
    let make = |_| {
        let mut raw = view("https://example.org/");
        raw.referrer = Some(text("https://blog.somebody.example/private-page"));
        raw
    };
    assert_eq!(world.word(make(0), Dimension::Source), "(rare)");
    assert_eq!(world.word(make(0), Dimension::Channel), "Referral");
    assert_eq!(world.after(12, Dimension::Source, make), "blog.somebody.example");
}

#[test]
fn names_of_events_follow_the_plan() {
    let world = World::new(|_| {});
    assert_eq!(world.word(event("pageview", "/"), Dimension::Event), "pageview");
    assert_eq!(world.word(event("File Download", "/"), Dimension::Event), "File Download");
    assert_eq!(world.word(event("own event", "/"), Dimension::Event), "(rare)");
    assert_eq!(world.dropped(event("anna@example.org", "/")), DropReason::PersonalName);
    assert_eq!(world.dropped(event("", "/")), DropReason::Invalid);
    let strict = World::new(|site| {
        site.plan.mode = Mode::Strict;
        site.plan.events.insert("signup".into(), PlannedEvent::default());
    });
    assert_eq!(strict.word(event("signup", "/"), Dimension::Event), "signup");
    assert_eq!(strict.dropped(event("other", "/")), DropReason::NotPlanned);
}

/// Lists that staff declared.
struct Lists;

impl crate::Declared for Lists {
    fn has_item(&self, _: &str) -> bool {
        false
    }

    fn has_tag(&self, _: &str) -> bool {
        false
    }

    fn has_variant(&self, text: &str) -> bool {
        text == "home.usual"
    }
}

#[test]
fn suggestions_are_counted_on_every_site_in_declared_words_only() {
    for mode in [Mode::Strict, Mode::Learn] {
        let mut world = World::new(|site| site.plan.mode = mode);
        let shown = |world: &World, name: &str, key: &str, value: &str| {
            let (stored, _) = world.send(with_property(name, key, PropertyValue::Text(value.into())));
            let shown = Shown::of(&stored, &world.ctx.vocabulary);
            let word = shown.properties.get(key).map(|word| word.to_string());
            (shown.words.get("event").map(|word| word.to_string()), word.filter(|word| word != "(rare)"))
        };
        let some = |text: &str| Some(text.to_owned());
        let name = Plan::SUGGESTIONS[1];
        assert_eq!(shown(&world, name, "variant", "home.usual"), (some(name), None), "nothing is declared");
        world.ctx = world.ctx.declared_by(Arc::new(Lists));
        assert_eq!(shown(&world, "pageview", "variant", "home.usual").1, None, "of suggestions only");
        assert_eq!(shown(&world, name, "variant", "home.usual"), (some(name), some("home.usual")));
        assert_eq!(shown(&world, name, "variant", "home.other"), (some(name), None));
        assert_eq!(shown(&world, name, "rank", "12"), (some(name), some("12")));
        assert_eq!(shown(&world, name, "rank", "100"), (some(name), None));
    }
}

fn planned(kind: PropertyKind, values: &[&str]) -> PlannedProperty {
    let values = values.iter().map(|value| (*value).to_owned()).collect();
    PlannedProperty { kind, values, ..PlannedProperty::default() }
}

fn plan_buy(site: &mut Site) {
    let properties = [
        ("plan", planned(PropertyKind::Choice, &["pro", "free"])),
        ("seats", planned(PropertyKind::Count, &[])),
        ("trial", planned(PropertyKind::Flag, &[])),
        ("topic", planned(PropertyKind::Term, &["music"])),
        ("email", planned(PropertyKind::Term, &[])),
    ];
    let properties = properties.into_iter().map(|(name, property)| (name.to_owned(), property)).collect();
    site.plan.events.insert("buy".into(), PlannedEvent { properties, ..PlannedEvent::default() });
}

#[test]
fn properties_follow_their_type() {
    use PropertyValue::{Flag, Number, Text};
    let world = World::new(plan_buy);
    let cases = [
        ("plan", Text("pro".into()), Some("pro"), None),
        ("plan", Text("gold".into()), None, Some(Rewrite::UnplannedProperty)),
        ("seats", Number(12.0), Some("12"), None),
        ("seats", Number(1.5), None, Some(Rewrite::UnplannedProperty)),
        ("seats", Text("123456".into()), Some("(rare)"), Some(Rewrite::RareWord)),
        ("trial", Flag(true), Some("true"), None),
        ("trial", Text("maybe".into()), None, Some(Rewrite::UnplannedProperty)),
        ("topic", Text("music".into()), Some("music"), None),
        ("topic", Text("something".into()), Some("(rare)"), Some(Rewrite::RareWord)),
        ("topic", Text("anna@example.org".into()), None, Some(Rewrite::PersonalValue)),
        ("email", Text("x".into()), None, Some(Rewrite::PersonalProperty)),
        ("first_name", Text("x".into()), None, Some(Rewrite::PersonalProperty)),
        ("unplanned", Text("x".into()), None, Some(Rewrite::RareWord)),
    ];
    for (i, (key, value, expected, rewrite)) in cases.into_iter().enumerate() {
        let (stored, rewrites) = world.send(with_property("buy", key, value));
        let shown = Shown::of(&stored, &world.ctx.vocabulary);
        assert_eq!(shown.properties.get(key).map(|word| &**word), expected, "case {i}");
        assert_eq!(rewrites, Vec::from_iter(rewrite), "case {i}");
    }
}

#[test]
fn strict_sites_take_planned_properties_only_and_learning_ones_wait() {
    let strict = World::new(|site| {
        plan_buy(site);
        site.plan.mode = Mode::Strict;
    });
    let (stored, rewrites) = strict.send(with_property("buy", "other", PropertyValue::Flag(true)));
    assert!(stored.properties.is_empty());
    assert_eq!(rewrites, [Rewrite::UnplannedProperty]);
    let learning = World::new(at_once);
    let shown = learning.shown(with_property("x", "layout", PropertyValue::Text("wide".into())));
    assert_eq!(shown.properties.get("layout").map(|word| &**word), Some("wide"));
}

#[test]
fn properties_are_limited_and_sorted() {
    let world = World::new(at_once);
    let mut raw = event("x", "/");
    for i in (0..40).rev() {
        raw.properties.push((text(&format!("key {i}")), Pii::new(PropertyValue::Flag(true))));
    }
    let (stored, rewrites) = world.send(raw);
    assert_eq!(stored.properties.len(), outis_event::MAX_PROPERTIES);
    assert!(stored.properties.is_sorted());
    assert_eq!(rewrites, [Rewrite::PropertyLimit]);
}

#[test]
fn money_measures_languages_items() {
    let world = World::new(|site| {
        site.plan.items = vec!["course-12".into()];
        site.plan.tags = vec!["music".into()];
    });
    let mut raw = view("https://example.org/");
    raw.revenue = Some(RawRevenue { amount: text("12.50"), currency: text("eur") });
    raw.scroll = Some(180);
    raw.engaged_ms = Some(3_499);
    raw.accept_language = Some(text("de-AT,en;q=0.5"));
    raw.item = Some(text("course-12"));
    raw.tags = vec![text("music"), text("unknown")];
    raw.screen = Some(Size { width: 390, height: 844 });
    raw.density = Some(3.0);
    raw.touch = Some(true);
    let shown = world.shown(raw);
    assert_eq!(shown.revenue, Some(("EUR".into(), 12_500)));
    assert_eq!((shown.scroll, shown.engaged_s), (Some(100), 3));
    assert_eq!(shown.languages.iter().map(|l| &**l).collect::<Vec<_>>(), ["de", "en"]);
    assert_eq!(shown.tags.iter().map(|l| &**l).collect::<Vec<_>>(), ["music", "(rare)"]);
    for (key, expected) in
        [("item", "course-12"), ("screen", "Mobile"), ("density", "3x"), ("touch", "touch"), ("device", "Mobile")]
    {
        assert_eq!(&*shown.words[key], expected);
    }
    let mut raw = view("https://example.org/");
    raw.revenue = Some(RawRevenue { amount: text("a lot"), currency: text("EUR") });
    raw.engaged_ms = Some(u32::MAX);
    let (stored, rewrites) = world.send(raw);
    assert_eq!((stored.revenue, stored.engaged_s), (None, 0));
    assert_eq!(rewrites, [Rewrite::InvalidRevenue]);
}

#[test]
fn devices_and_places_come_from_the_lists() {
    let world = World::with(Tables::embedded().expect("embedded lists"), |_| {});
    let mut raw = view("https://example.org/");
    raw.ip = Pii::new("131.130.1.1".parse().expect("address"));
    let shown = world.shown(raw);
    for (key, expected) in [
        ("browser", "Chrome Mobile"),
        ("browser_version", "131"),
        ("os", "Android"),
        ("os_version", "10"),
        ("device", "Mobile"),
        ("country", "AT"),
    ] {
        assert_eq!(&*shown.words[key], expected);
    }
}

#[test]
fn what_is_not_collected_is_not_there() {
    let world = World::new(|site| {
        site.policy.not_collected = vec![Dimension::Device, Dimension::Channel];
        site.policy.languages = false;
    });
    let mut raw = view("https://example.org/");
    raw.accept_language = Some(text("de"));
    let shown = world.shown(raw);
    assert!(shown.languages.is_empty());
    assert!(!shown.words.contains_key("device") && !shown.words.contains_key("channel"));
}

#[test]
fn late_events_belong_to_nobody_and_count_today() {
    let world = World::new(|_| {});
    let mut raw = view("https://example.org/");
    raw.at = NOW.plus_ms(-86_400_000 * 2);
    let (stored, rewrites) = world.send(raw);
    assert_eq!((stored.day, stored.slot), (NOW.day(&world.ctx.site.zone), NOW.slot()));
    assert!(stored.visitor.is_nobody() && stored.flags.has(Flags::LATE));
    assert_eq!(stored.clock, ShiftedClock::default());
    assert_eq!(rewrites, [Rewrite::Late]);
    let mut raw = view("https://example.org/");
    raw.at = NOW.plus_ms(-86_400_000 * 40);
    assert_eq!(world.dropped(raw), DropReason::TooOld);
}

#[test]
fn browsers_that_object_are_heard() {
    let with = |policy| World::new(|site| site.policy.gpc = policy);
    let objecting = || {
        let mut raw = view("https://example.org/waiting");
        raw.gpc = true;
        raw
    };
    let (stored, rewrites) = with(GpcPolicy::CountOnly).send(objecting());
    assert!(stored.visitor.is_nobody() && !stored.flags.has(Flags::COUNTS_FOR_FLOOR));
    assert!(rewrites.contains(&Rewrite::CountOnly));
    assert_eq!(with(GpcPolicy::Drop).dropped(objecting()), DropReason::Gpc);
    assert!(!with(GpcPolicy::Ignore).send(objecting()).0.visitor.is_nobody());
    let world = with(GpcPolicy::CountOnly);
    world.send(objecting());
    assert_eq!(world.anonymiser.room().waiting_words(SiteId(7)), 0);
}

#[test]
fn clocks_keep_differences_and_hide_the_time() {
    let world = World::new(|_| {});
    let at = |ms| {
        let mut raw = view("https://example.org/");
        raw.at = NOW.plus_ms(ms);
        world.send(raw).0
    };
    let (a, b, c) = (at(-90_000), at(-30_000), at(-30_000));
    assert_eq!(b.clock.seconds - a.clock.seconds, 60);
    assert_eq!((b.clock.tie, c.clock.tie), (0, 1));
    assert_eq!(a.visitor, b.visitor);
    assert_ne!(a.clock.seconds, NOW.plus_ms(-90_000).seconds_of_day(&world.ctx.site.zone));
    assert_ne!(a.visitor, Visitor::NOBODY);
}

mod member;
mod promise;
