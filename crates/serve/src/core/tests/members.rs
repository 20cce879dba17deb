//! What is left of a member who was forgotten does not depend on who they were.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::extract::ConnectInfo;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use http::{Request, StatusCode};
use outis_disclose::inventory::{Place, STORES};
use outis_event::{Dimension, Policy, Shields, Space, Vocabulary};
use outis_keys::Purpose;
use outis_people::{ExternalId, Mode, Order, Preference};
use serde_json::json;
use tower::ServiceExt;

use super::loot::{Loot, files_of};
use super::town::{Town, VISITORS, domain};
use crate::control::NewIssuer;
use crate::core::models::{Wanted, Wish, stock};

/// What is left, by store.
pub(super) type Dump = BTreeMap<String, Vec<String>>;

/// Somebody: the id the application has for them, their name, and where they sit.
pub(super) struct Person {
    pub(super) id: &'static str,
    pub(super) interest: &'static str,
    address: &'static str,
}

pub(super) const ANNA: Person = Person { id: "anna@one.example", interest: "Anna likes stars", address: "91.0.0.7" };
/// Another id, of another length, and another address of the same country.
pub(super) const ZOE: Person = Person {
    id: "a-rather-long-name.of.somebody.else+and.more@another-provider.example",
    interest: "Z",
    address: "91.44.3.201",
};

pub(super) struct Life {
    pub(super) town: Town,
    /// What the application signs with.
    pub(super) secret: String,
}

impl Life {
    pub(super) async fn begin() -> Life {
        let town = Town::new(1).await;
        let site = town.sites[0].0;
        // Which of a few persons lifts a word is up to chance: here every word is taken at once.
        let policy = Policy { admission: 1, ..Policy::default() };
        town.core.control.set_settings(site, &policy, &Shields::default(), &[]).await.expect("set");
        town.core.step().await.expect("step");
        stock(&town.core, site, items()).await;
        let secret =
            town.core.identity.set(site, &domain(0), NewIssuer::Secret, &town.core.members).await.expect("set");
        Life { town, secret: secret.expect("a secret") }
    }

    fn token(&self, id: &str) -> String {
        let exp = self.town.core.clock.now().0 / 1000 + 600;
        let part = |value: serde_json::Value| BASE64.encode(value.to_string());
        let claims = json!({ "sub": id, "aud": domain(0), "exp": exp });
        let message = format!("{}.{}", part(json!({ "alg": "HS256" })), part(claims));
        let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, self.secret.as_bytes());
        format!("{message}.{}", BASE64.encode(aws_lc_rs::hmac::sign(&key, message.as_bytes())))
    }

    pub(super) async fn view(&self, who: &Person, page: &str) {
        let url = format!("https://{}{page}", domain(0));
        let body = json!({ "site": domain(0), "token": self.token(who.id), "events": [
            { "name": "pageview", "url": url }, { "name": "like", "url": url, "item": "guide" },
        ] });
        let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let request = Request::post("/api/v1/events").header("content-type", "text/plain").header("user-agent", agent);
        let mut request = request.body(Body::from(body.to_string())).expect("request");
        let peer = format!("{}:443", who.address).parse::<std::net::SocketAddr>().expect("an address");
        request.extensions_mut().insert(ConnectInfo(peer));
        let answer = self.town.core.capture.router().oneshot(request).await.expect("answer");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }

    /// Two days with the town, the member among it from the first of them; on the second they leave, if they do.
    async fn days(&self, who: &Person, mode: Option<Mode>) {
        self.days_with(Some(who), &[true, true], mode).await;
    }

    /// The same with a member who comes on some of the days, or with nobody.
    async fn days_with(&self, who: Option<&Person>, comes: &[bool; 2], mode: Option<Mode>) {
        self.come(who, comes).await;
        if let (Some(who), Some(mode)) = (who, mode) {
            leave(&self.town, who, mode).await;
        }
        self.town.until("2026-11-25T08:00:00Z").await;
        self.learn().await;
        self.town.core.settle().await.expect("settled");
    }

    /// Until the morning of the second day.
    pub(super) async fn come(&self, who: Option<&Person>, comes: &[bool; 2]) {
        let town = &self.town;
        let [first, second] = comes.map(|comes| who.filter(|_| comes));
        // So that this word has the same number whoever comes.
        town.act(0, "download", "again").await;
        town.wave(0).await;
        if let Some(who) = first {
            self.view(who, "/articles/1").await;
            self.prefer(who).await;
        }
        town.wave(1).await;
        if let Some(who) = first {
            self.view(who, "/articles/2").await;
        }
        town.core.members.flush().await.expect("flush");
        town.write().await;
        town.until("2026-11-24T08:00:00Z").await;
        // Others come on the second day too, so that there is something to count.
        for number in second_day() {
            town.act(number, "download", "again").await;
        }
        if let Some(who) = second {
            self.view(who, "/articles/3").await;
            self.prefer(who).await;
        }
        town.core.members.flush().await.expect("flush");
        self.learn().await;
        town.write().await;
    }

    /// A batch of what members like, whether one is due or not.
    async fn learn(&self) {
        let settings = self.town.core.registry.settings();
        self.town.core.models.learn(&settings[0], Wanted::Now).await.expect("learnt");
    }

    async fn prefer(&self, who: &Person) {
        let id = ExternalId::new(who.id.to_owned()).expect("an id");
        let people = &self.town.core.members.people;
        let active = people.find(self.town.sites[0].0, &id).await.expect("read").expect("a member");
        people.prefer(&active, Preference::Bookmark, who.interest, true).await.expect("kept");
        let now = self.town.core.clock.now();
        people.consent(&active, outis_people::Purpose::Personalisation, true, 1, now).await.expect("kept");
        for item in ["guide", "map"] {
            people.prefer(&active, Preference::Like, item, true).await.expect("kept");
        }
    }

    /// Where the dump has what a store of the inventory on the disk holds; or why it need not be there.
    fn looked_at(store: &str) -> Result<&'static str, &'static str> {
        match store {
            "journal" => Ok("journal"),
            "recent rows" => Ok("rows"),
            "tombstones" | "rosters" | "link files" | "history" | "day counts" | "catalogue" => Ok("files"),
            "vocabulary" => Ok("words"),
            "members" | "forgetting that goes on" => Ok("people"),
            "counters" => Ok("control"),
            "what was learnt from members" => Ok("models"),
            "key tree" | "waiting room" => Ok("keys"),
            "insert ids" => Err("keyed hashes of ids that this test's senders do not give"),
            "slot" | "sealed root" | "certificate" => Err("random"),
            "reserve" => Err("nothing is in it"),
            "settings" | "staff" | "sessions and tokens" | "issuers" | "intents" => {
                Err("written by staff, not by members")
            }
            "items" => Err("written by staff and programs, and about nobody"),
            "outbox" | "outbox of members" | "egress log" => Err("empty: no destination is declared here"),
            "purges" => Err("empty: nothing is purged here"),
            "requests and audit" => Err("written by staff and programs, and never about whom"),
            "large answers" => Err("nothing is put aside here"),
            "earlier log of receipts" => Err("there only after a backup was put back"),
            "receipts" => Err("random, and the same number in both"),
            other => panic!("{other}: say where the two lives are compared in it, or why not"),
        }
    }

    /// Everything that opens with all keys that exist, with random numbers and order made canonical.
    pub(super) async fn dump(&mut self) -> Dump {
        let copy = self.town.copy(true);
        let loot = Loot::of(std::slice::from_ref(&copy), &[&copy]).await;
        let mut dump = BTreeMap::new();
        let site = self.town.sites[0].0;
        let words = self.town.core.warehouse.vocabulary(site);
        dump.insert("rows".to_owned(), rows(&loot, &words));
        dump.insert("journal".to_owned(), loot.frames.iter().map(|frame| format!("{:?}", frame.records)).collect());
        let keys = |purpose| loot.keys(purpose).len().to_string();
        let purposes = [Purpose::Member, Purpose::Job, Purpose::VisitorDay, Purpose::Control, Purpose::Snapshot];
        dump.insert("keys".to_owned(), purposes.map(keys).to_vec());
        let of_kind = |folder: &str| {
            files_of(&copy.join("warehouse")).iter().filter(|(path, _)| path.to_string_lossy().contains(folder)).count()
        };
        let kinds = ["/hidden/", "/rosters/", "/links/", "/counts/"];
        dump.insert("files".to_owned(), kinds.map(|kind| format!("{kind} {}", of_kind(kind))).to_vec());
        let spaces = [Dimension::Page.into(), Dimension::Item.into(), Dimension::Event.into(), Space::TAG];
        let all = spaces.iter().flat_map(|space| words.words(*space)).map(|(term, word)| format!("{} {word}", term.0));
        dump.insert("words".to_owned(), all.collect());
        dump.insert("control".to_owned(), self.control().await);
        dump.insert("people".to_owned(), self.people().await);
        dump.insert("history".to_owned(), self.town.core.warehouse.told_and_waiting().await.expect("read"));
        dump.insert(
            "cohorts".to_owned(),
            vec![self.town.core.members.people.records().await.expect("counted").to_string()],
        );
        dump.insert("models".to_owned(), self.models().await);
        let changed = self.town.core.models.changed_members(site);
        dump.insert("changes".to_owned(), vec![changed.to_string()]);
        let on_disk = STORES.iter().filter(|store| matches!(store.place, Place::Disk(_)));
        for place in on_disk.filter_map(|store| Life::looked_at(store.name).ok()) {
            assert!(dump.contains_key(place), "{place}");
        }
        for (path, _) in files_of(&copy) {
            let inside = path.strip_prefix(&copy).expect("a file of it").to_string_lossy().into_owned();
            assert!(STORES.iter().any(|store| store.place.has(&inside)), "{inside} is of no store in the inventory");
        }
        dump
    }

    async fn control(&self) -> Vec<String> {
        let sql = "SELECT kind || ' ' || reason || ' ' || count FROM counters ORDER BY 1";
        sqlx::query_scalar(sql).fetch_all(&self.town.core.control.pool()).await.expect("counters")
    }

    /// Exact counts, whether anything is on the disk that opens, and lists that members and others get.
    async fn models(&self) -> Vec<String> {
        let (models, site) = (&self.town.core.models, self.town.sites[0].0);
        let mut lines = vec![format!("{:?}", models.counts(site)), models.is_on_disk(site).await.to_string()];
        for likes in [vec![], vec!["guide".to_owned()]] {
            let wish = Wish { likes, draw: Some([1; 16]), ..Wish::default() };
            let told = models.recommend(site, &wish).await.expect("a list");
            lines.push(serde_json::to_string(&told.items).expect("json"));
        }
        lines
    }

    /// What is held of each member who is left.
    async fn people(&self) -> Vec<String> {
        let people = &self.town.core.members.people;
        let mut lines = Vec::new();
        for person in [&ANNA, &ZOE] {
            let id = ExternalId::new(person.id.to_owned()).expect("an id");
            if let Some(active) = people.find(self.town.sites[0].0, &id).await.expect("read") {
                lines.push(serde_json::to_string(&active.held().expect("there")).expect("json"));
            }
        }
        lines
    }
}

fn items() -> Vec<serde_json::Value> {
    let item = |id: &str| json!({ "id": id, "title": format!("The {id}"), "tags": ["travel"] });
    ["guide", "map", "book"].map(item).into()
}

/// A member is forgotten, and what is hidden of them is rewritten away with the next maintenance.
pub(super) async fn leave(town: &Town, who: &Person, mode: Mode) {
    let (site, people) = (town.sites[0].0, &town.core.members.people);
    let order = Order { mode, today: outis_event::Day(20_781), recent_days: 35 };
    let id = ExternalId::new(who.id.to_owned()).expect("an id");
    let (_, forgotten) = people.forget(site, &id, order, &*town.core.members).await.expect("forgotten");
    people.unlink(forgotten).await.expect("unlinked");
    town.core.warehouse.purge_soon(site);
}

/// Others who come on the second day: of each country and browser another number, so that it is not left to chance which
/// of two equally large groups is told.
fn second_day() -> impl Iterator<Item = usize> {
    let many = |country: usize, browser: usize| [[15, 12], [13, 11], [16, 10]][country][browser];
    (0..VISITORS).filter(move |number| number / 6 < many(number % 3, number / 3 % 2))
}

/// The rows of every file that opens: those of one visitor together, in an order that their content gives.
pub(super) fn rows(loot: &Loot, words: &Vocabulary) -> Vec<String> {
    let mut visitors: BTreeMap<(String, u64), Vec<String>> = BTreeMap::new();
    for found in loot.rows.iter().filter(|found| found.path.starts_with("rows/")) {
        let b = &found.batch;
        for row in 0..b.rows {
            let term = |dimension: Dimension| {
                let term = b.terms[dimension.index()].get(row).copied().unwrap_or_default();
                words.text(dimension, term).unwrap_or_default()
            };
            let at = b.slot.get(row).map_or(0, |slot| slot.0);
            let text = format!(
                "{} {at} {} {} {} {}",
                found.closed,
                term(Dimension::Event),
                term(Dimension::Page),
                term(Dimension::Country),
                b.flags.get(row).map_or(0, |flags| flags.0)
            );
            visitors.entry((found.path.clone(), b.visitor[row])).or_default().push(text);
        }
    }
    let mut all: Vec<String> = visitors.into_values().map(|rows| rows.join("; ")).collect();
    all.sort();
    all
}

async fn lived(who: &Person, mode: Option<Mode>) -> Dump {
    let mut life = Life::begin().await;
    life.days(who, mode).await;
    life.dump().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_a_member_does_not_depend_on_who_they_were() {
    for mode in [Mode::Fold, Mode::Delete] {
        let (anna, zoe) = (lived(&ANNA, Some(mode)).await, lived(&ZOE, Some(mode)).await);
        for (store, left) in &anna {
            let other = &zoe[store];
            let without =
                |a: &[String], b: &[String]| a.iter().filter(|line| !b.contains(line)).cloned().collect::<Vec<_>>();
            assert_eq!(without(left, other), without(other, left), "{store}");
            assert_eq!(left, other, "{store}");
        }
        assert!(anna["rows"].len() > 100, "there is something to compare");
        assert_eq!(anna["keys"][..2], ["0", "0"], "no key of a member, none of a job");
        assert_eq!(anna["files"][..2], ["/hidden/ 0", "/rosters/ 0"]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_not_forgotten_is_seen_by_the_same_look() {
    let (anna, zoe) = (lived(&ANNA, None).await, lived(&ZOE, None).await);
    assert_ne!(anna["people"], zoe["people"]);
    assert_eq!(anna["keys"][0], "1");
    assert_eq!(anna["rows"], zoe["rows"], "rows do not say who somebody is");
    let forgotten = lived(&ANNA, Some(Mode::Fold)).await;
    assert_ne!(anna["rows"], forgotten["rows"]);
}

/// What may differ from a life in which somebody never came who was forgotten with `delete`: the store, and what in it. All
/// of it is counts or words, and none of it says whose; `docs/people.md` has the same list.
const STAYS: [(&str, &str); 4] = [
    ("control", "counters of events by reason"),
    ("words", "words that enough people used, this person among them"),
    ("cohorts", "how many members began in a week"),
    ("changes", "how many members changed what they like since lists were published"),
];
/// Besides, where rows of theirs had become history before: cells that were released then, and what waits since.
const RELEASED_BEFORE: &str = "history";

async fn lived_with(who: Option<&Person>, comes: [bool; 2], mode: Option<Mode>) -> Dump {
    let mut life = Life::begin().await;
    life.days_with(who, &comes, mode).await;
    life.dump().await
}

/// The stores in which two lives differ.
fn differing(a: &Dump, b: &Dump) -> Vec<String> {
    assert!(a.keys().eq(b.keys()), "both dumps have the same stores");
    let stays = |store: &str| STAYS.iter().any(|(listed, _)| *listed == store);
    a.iter().filter(|(store, left)| b[*store] != **left && !stays(store)).map(|(store, _)| store.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_forgotten_with_delete_might_as_well_never_have_come() {
    let absent = lived_with(None, [false; 2], None).await;
    assert!(absent["rows"].len() > 100 && absent["history"].len() > 100, "there is something to compare");
    // Everything of them is of the open day: nothing was released.
    let left = lived_with(Some(&ANNA), [false, true], Some(Mode::Delete)).await;
    assert_eq!(differing(&absent, &left), [""; 0]);
    let left = lived_with(Some(&ANNA), [true, true], Some(Mode::Delete)).await;
    assert_eq!(differing(&absent, &left), [RELEASED_BEFORE]);
    let of_second_day = |dump: &Dump| {
        dump["history"].iter().filter(|line| line.starts_with("told Day 20781")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(of_second_day(&absent), of_second_day(&left), "what was released afterwards is without them");
    assert!(!of_second_day(&absent).is_empty());
    // The control: counted before they go, or not gone at all, they are seen by the same look.
    let folded = lived_with(Some(&ANNA), [false, true], Some(Mode::Fold)).await;
    assert_eq!(differing(&absent, &folded), ["history"]);
    let stayed = lived_with(Some(&ANNA), [false, true], None).await;
    let seen = differing(&absent, &stayed);
    assert!(
        ["rows", "people", "keys", "history", "models"].iter().all(|store| seen.iter().any(|s| s == store)),
        "{seen:?}"
    );
}
