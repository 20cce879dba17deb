//! Whoever was forgotten was never learnt from: counts at once, what is on the disk at once, what is served with the next batch.

use std::sync::Arc;

use futures::StreamExt;
use outis_event::{Clock, ManualClock, Plan, Policy, Site, SiteId, Timestamp};
use outis_people::{ExternalId, Mode, Preference, Purpose};
use outis_personal::catalogue::Catalogue;
use serde_json::json;
use tempfile::TempDir;

use super::chest::key_name;
use super::{Told, Wanted, Wish};
use crate::backup::{self, Restore};
use crate::config::Config;
use crate::control::NewSite;
use crate::core::Core;

const ITEMS: usize = 40;
const HOUR_MS: i64 = 3_600_000;

struct World {
    dir: TempDir,
    clock: ManualClock,
    core: Core,
    site: SiteId,
}

fn items() -> Vec<serde_json::Value> {
    let item = |item| {
        json!({
            "id": format!("i{item}"), "title": format!("Item {item}"), "tags": [format!("topic{}", item % 4)],
            "published": "2026-01-01T00:00:00Z",
        })
    };
    (0..ITEMS).map(item).collect()
}

async fn open(dir: &TempDir, clock: &ManualClock) -> Core {
    let config = Config { data_dir: dir.path().to_owned(), low_water_mib: 0, ..Config::default() };
    Core::open(&config, Arc::new(clock.clone())).await.expect("opens")
}

impl World {
    async fn new() -> World {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = ManualClock::new(Timestamp(1_800_000_000_000));
        let core = open(&dir, &clock).await;
        let new = NewSite {
            domain: "example.org".to_owned(),
            zone: "UTC".to_owned(),
            policy: Policy::default(),
            plan: Plan::default(),
            origins: Vec::new(),
        };
        let today = clock.now().day(&jiff::tz::TimeZone::UTC);
        let site = core.control.add_site(new, today).await.expect("registered");
        core.step().await.expect("step");
        super::stock(&core, site, items()).await;
        World { dir, clock, core, site }
    }

    /// The same data directory, opened anew as after a crash: nothing was written at the end.
    async fn again(self) -> World {
        let World { dir, clock, core, site } = self;
        drop(core);
        let core = open(&dir, &clock).await;
        core.step().await.expect("step");
        World { dir, clock, core, site }
    }

    fn settings(&self) -> Arc<Site> {
        self.core.registry.settings()[0].clone()
    }

    async fn learn(&self) {
        self.core.models.learn(&self.settings(), Wanted::Now).await.expect("learnt");
    }

    async fn joins(&self, who: &str, agrees: bool, likes: &[usize]) {
        let people = &self.core.members.people;
        let active = people.find_or_make(self.site, &id(who)).await.expect("made");
        if agrees {
            people.consent(&active, Purpose::Personalisation, true, 1, self.clock.now()).await.expect("kept");
        }
        for item in likes {
            people.prefer(&active, Preference::Like, &format!("i{item}"), true).await.expect("kept");
        }
    }

    /// Many members, of four kinds.
    async fn crowd(&self, members: usize) {
        let join = |who: usize| async move {
            let likes: Vec<usize> =
                (0..ITEMS / 4).filter(|n| (who / 4 + n * n) % 5 < 4).map(|n| n * 4 + who % 4).collect();
            self.joins(&format!("member {who}"), true, &likes).await;
        };
        futures::stream::iter((0..members).map(join)).buffer_unordered(16).collect::<Vec<()>>().await;
    }

    async fn forget(&self, who: &str) {
        self.core.forget(&self.settings(), &id(who), Mode::Fold).await.expect("forgotten");
    }

    fn counts(&self) -> Vec<u8> {
        self.core.models.counts(self.site)
    }

    async fn list(&self, wish: &Wish) -> Told {
        self.core.models.recommend(self.site, &Wish { draw: Some([7; 16]), ..wish.clone() }).await.expect("a list")
    }

    /// Every list that anybody could be shown, in one text, without the number of the model.
    async fn all_lists(&self) -> String {
        let mut all = String::new();
        for item in 0..ITEMS {
            let context = Some(format!("i{item}"));
            let similar =
                Wish { context: context.clone(), placement: Some(super::SIMILAR.to_owned()), ..Wish::default() };
            let liked = Wish { likes: context.into_iter().collect(), ..Wish::default() };
            for wish in [similar, liked] {
                all.push_str(&serde_json::to_string(&self.list(&wish).await.items).expect("json"));
            }
        }
        let liked = self.core.models.liked(self.site, 1).await.expect("read");
        all + &serde_json::to_string(&liked).expect("json")
    }

    async fn is_on_disk(&self) -> bool {
        self.core.models.is_on_disk(self.site).await
    }
}

fn id(who: &str) -> ExternalId {
    ExternalId::new(who.to_owned()).expect("an id")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_follow_what_is_said_agreed_to_and_forgotten() {
    let (with, without) = (World::new().await, World::new().await);
    for world in [&with, &without] {
        world.learn().await;
        world.joins("bert", true, &[1, 2, 3, 5]).await;
        world.joins("never agreed", false, &[1, 2]).await;
    }
    let before = without.counts();
    assert_eq!(with.counts(), before);
    with.joins("anna", true, &[2, 3, 9]).await;
    assert_ne!(with.counts(), before);
    // Not agreed to any more, and agreed to again.
    let people = &with.core.members.people;
    let active = people.find(with.site, &id("anna")).await.expect("read").expect("there");
    people.consent(&active, Purpose::Personalisation, false, 1, with.clock.now()).await.expect("kept");
    assert_eq!(with.counts(), before);
    people.consent(&active, Purpose::Personalisation, true, 2, with.clock.now()).await.expect("kept");
    assert_ne!(with.counts(), before);
    people.prefer(&active, Preference::Bookmark, "of no catalogue", true).await.expect("kept");
    with.forget("anna").await;
    assert_eq!(with.counts(), before);
    // Whoever still holds them cannot bring them back.
    assert!(people.prefer(&active, Preference::Like, "i1", true).await.is_err());
    assert_eq!(with.counts(), before);
    // And after a crash everything is counted anew, with whoever comes back as somebody new.
    with.joins("anna", true, &[2, 3, 9]).await;
    let there = with.counts();
    let with = with.again().await;
    with.learn().await;
    assert_eq!(with.counts(), there);
    with.forget("anna").await;
    assert_eq!(with.counts(), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_the_batch_every_list_is_as_if_the_forgotten_had_never_been_there() {
    let (with, without) = (World::new().await, World::new().await);
    for world in [&with, &without] {
        world.crowd(300).await;
    }
    // Their likes make pairs that nobody else makes.
    with.joins("anna", true, &[0, 1, 2, 3, 4, 5, 6, 7]).await;
    let secret = without.core.models.site(without.site).await.expect("read").progress.lock().pair_key().expect("made");
    *with.core.models.site(with.site).await.expect("read").progress.lock() =
        super::Progress::default().with_pair_key(secret);
    for world in [&with, &without] {
        world.learn().await;
    }
    let shown = with.core.models.shown(with.site).await.expect("read");
    assert!(shown.model.report().measured.is_some(), "something was learnt: {:?}", shown.model.report());
    assert!(shown.similar.items().count() > 0, "lists were published");
    let (lists, before) = (with.all_lists().await, without.all_lists().await);
    assert_ne!(lists, before, "what they said is in what is served");
    assert!(with.is_on_disk().await);
    let copy = std::fs::read(with.dir.path().join(format!("models/{}.learnt", with.site.0))).expect("a file");

    with.forget("anna").await;
    assert_eq!(with.counts(), without.counts());
    assert!(with.core.keys.get(key_name(with.site)).await.expect("read").is_none(), "no copy of the disk opens");
    assert_eq!(with.all_lists().await, lists, "what is served follows with the next batch");
    // As the jobs do it: nothing is due at once, and it is within the day.
    with.core.models.learn_all().await.expect("learnt");
    assert_eq!(with.all_lists().await, lists);
    assert!(!with.is_on_disk().await, "nothing is written down of what has learnt from them");
    for world in [&with, &without] {
        world.clock.advance_ms(17 * HOUR_MS);
        // Enough others change something, so that lists may change at all.
        for who in 0..40 {
            world.joins(&format!("member {who}"), true, &[39 - who % 4]).await;
        }
    }
    with.core.models.learn_all().await.expect("learnt");
    without.learn().await;
    let settled = without.all_lists().await;
    assert_eq!(with.all_lists().await, settled);
    assert!(with.is_on_disk().await);
    let now = std::fs::read(with.dir.path().join(format!("models/{}.learnt", with.site.0))).expect("a file");
    assert_ne!(now, copy);
    // The copy from before opens with no key that is there.
    std::fs::write(with.dir.path().join(format!("models/{}.learnt", with.site.0)), copy).expect("put back");
    assert!(!with.is_on_disk().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_again_serves_what_it_served() {
    let world = World::new().await;
    world.crowd(60).await;
    world.learn().await;
    world.core.models.save().await.expect("saved");
    let lists = world.all_lists().await;
    let dir = world.dir.path().to_owned();
    let world = world.again().await;
    assert_eq!(world.all_lists().await, lists);
    world.learn().await;
    assert_eq!(world.all_lists().await, lists, "nothing changed");
    for entry in std::fs::read_dir(dir.join("models")).expect("a folder") {
        let bytes = std::fs::read(entry.expect("an entry").path()).expect("a file");
        assert!(!bytes.windows(6).any(|window| window == b"liked_"), "nothing is in the clear");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn draws_do_not_come_twice_where_lists_begin_anew() {
    async fn drawn_by(world: &World) -> [u8; 32] {
        world.core.models.site(world.site).await.expect("read").progress.lock().pair_key().expect("made")
    }
    let world = World::new().await;
    world.crowd(60).await;
    world.learn().await;
    world.core.models.save().await.expect("saved");
    let before = drawn_by(&world).await;
    let world = world.again().await;
    world.learn().await;
    assert_eq!(drawn_by(&world).await, before, "lists that were read go on");
    // What was learnt opens no more, so that lists count from the first again.
    world.forget("member 7").await;
    let world = world.again().await;
    world.learn().await;
    assert_ne!(drawn_by(&world).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_backup_is_put_back_the_first_batch_brings_lists_and_until_then_they_say_so() {
    let world = World::new().await;
    world.crowd(300).await;
    world.learn().await;
    let backups = tempfile::tempdir().expect("a folder");
    backup::make(&world.core, backups.path()).await.expect("a backup");
    world.forget("member 7").await;
    let counts = world.counts();
    // All is lost but the slot and the newest tree.
    let World { dir, clock, core, site } = world;
    drop(core);
    let to = tempfile::tempdir().expect("a folder");
    std::fs::copy(dir.path().join("slot"), to.path().join("slot")).expect("copied");
    let config = Config { data_dir: to.path().to_owned(), low_water_mib: 0, ..Config::default() };
    let tree = dir.path().join("keys");
    let order = Restore { dir: backups.path(), id: None, tree: Some(&tree) };
    let told = backup::restore(&config, &order).await.expect("put back");
    assert!(told.remarks.iter().any(|remark| remark.contains("learnt anew")), "{told:?}");
    let core = open(&to, &clock).await;
    core.step().await.expect("step");
    let world = World { dir: to, clock, core, site };

    let liked = Wish { likes: vec!["i1".to_owned()], ..Wish::default() };
    let similar =
        Wish { context: Some("i1".to_owned()), placement: Some(super::SIMILAR.to_owned()), ..Wish::default() };
    let why = async |wish: &Wish| world.list(wish).await.computed.fallback.unwrap_or_default();
    for wish in [&liked, &similar] {
        assert!(why(wish).await.contains("learnt anew"), "{}", why(wish).await);
    }
    let because = async || {
        let status = world.core.models.status(site).await.expect("read");
        serde_json::to_value(status).expect("json")["model"]["because"].to_string()
    };
    assert!(because().await.contains("learnt anew"));
    // As the jobs do it when a server starts.
    world.core.models.learn_all().await.expect("learnt");
    for wish in [&liked, &similar] {
        assert_eq!(why(wish).await, "");
    }
    assert!(!because().await.contains("learnt anew"));
    let shown = world.core.models.shown(site).await.expect("read");
    assert!(shown.model.report().measured.is_some(), "learnt from members: {:?}", shown.model.report());
    assert!(shown.similar.items().count() > 0, "similar items are published with the first batch");
    assert_eq!(world.counts(), counts, "of everybody but who was forgotten since");
    // The next time nothing is new, and a few changes are not published.
    let epoch = shown.similar.epoch();
    world.joins("member 1", true, &[39]).await;
    world.clock.advance_ms(25 * HOUR_MS);
    world.core.models.learn_all().await.expect("learnt");
    assert_eq!(world.core.models.shown(site).await.expect("read").similar.epoch(), epoch);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_always_a_word_for_what_is_missing() {
    let world = World::new().await;
    let why = |told: Told| told.computed.fallback.unwrap_or_default();
    let nothing = world.list(&Wish::default()).await;
    assert!(!nothing.items.is_empty());
    assert!(why(nothing).contains("nothing is known of what is liked"));
    let of = |name: &str| Wish { placement: Some(name.to_owned()), ..Wish::default() };
    assert!(why(world.list(&of("elsewhere")).await).contains("no placement of this name"));
    assert!(why(world.list(&of(super::TRENDING)).await).contains("nothing is more acted on than usual"));
    let unknown = Wish { context: Some("nothing".to_owned()), ..of(super::SIMILAR) };
    assert!(why(world.list(&unknown).await).contains("there is no item of this id"));
    let not_agreed = Wish { not_agreed: true, ..Wish::default() };
    assert!(why(world.list(&not_agreed).await).contains("has not agreed"));
    let all: Vec<String> = (0..ITEMS).map(|item| format!("i{item}")).collect();
    let told = world.list(&Wish { seen: all, likes: vec!["gone".to_owned()], ..Wish::default() }).await;
    assert_eq!((told.items.len(), told.computed.unknown), (0, 1));
    assert!(why(told).contains("no item of the catalogue may be shown"));
    let clear = |catalogue: &mut Catalogue| {
        let items: Vec<u32> = catalogue.items().map(|(number, _)| number).collect();
        for item in 0..ITEMS {
            catalogue.delete(&format!("i{item}"))?;
        }
        Ok(((), crate::control::Changed { items, synonyms: false }))
    };
    world.core.catalogues.change(world.site, clear).await.expect("changed");
    let told = world.list(&Wish { likes: vec!["i1".to_owned()], ..Wish::default() }).await;
    assert!(told.items.is_empty() && why(told).contains("the catalogue has no items"));
}
