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
use outis_people::{ExternalId, Mode, Order};
use serde_json::json;
use tower::ServiceExt;

use super::loot::{Loot, files_of};
use super::town::{Town, domain};
use crate::control::NewIssuer;

/// Somebody: the id the application has for them, their name, and where they sit.
struct Person {
    id: &'static str,
    interest: &'static str,
    address: &'static str,
}

const ANNA: Person = Person { id: "anna@one.example", interest: "Anna likes stars", address: "91.0.0.7" };
/// Another id, of another length, and another address of the same country.
const ZOE: Person = Person {
    id: "a-rather-long-name.of.somebody.else+and.more@another-provider.example",
    interest: "Z",
    address: "91.44.3.201",
};

struct Life {
    town: Town,
    secret: String,
}

impl Life {
    async fn begin() -> Life {
        let town = Town::new(1).await;
        let site = town.sites[0].0;
        // Which of a few persons lifts a word is up to chance: here every word is taken at once.
        let policy = Policy { admission: 1, ..Policy::default() };
        town.core.control.set_settings(site, &policy, &Shields::default(), &[]).await.expect("set");
        town.core.step().await.expect("step");
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

    async fn view(&self, who: &Person, page: &str) {
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

    /// Two days with the town, the member among it; `forgets` says when on the second day they leave, if they do.
    async fn days(&self, who: &Person, mode: Option<Mode>) {
        let town = &self.town;
        let site = town.sites[0].0;
        town.wave(0).await;
        self.view(who, "/articles/1").await;
        let id = ExternalId::new(who.id.to_owned()).expect("an id");
        let people = &town.core.members.people;
        let active = people.find(site, &id).await.expect("read").expect("a member");
        people.prefer(&active, outis_people::Preference::Bookmark, who.interest, true).await.expect("kept");
        town.wave(1).await;
        self.view(who, "/articles/2").await;
        town.core.members.flush().await.expect("flush");
        town.write().await;
        town.until("2026-11-24T08:00:00Z").await;
        self.view(who, "/articles/3").await;
        town.core.members.flush().await.expect("flush");
        town.write().await;
        if let Some(mode) = mode {
            let order = Order { mode, today: outis_event::Day(20_781), recent_days: 35 };
            let (_, forgotten) = people.forget(site, &id, order, &*town.core.members).await.expect("forgotten");
            people.unlink(forgotten).await.expect("unlinked");
            town.core.warehouse.purge_soon(site);
        }
        town.until("2026-11-25T08:00:00Z").await;
        town.core.settle().await.expect("settled");
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
            "key tree" | "waiting room" => Ok("keys"),
            "insert ids" => Err("keyed hashes of ids that this test's senders do not give"),
            "slot" | "sealed root" | "certificate" => Err("random"),
            "settings" | "staff" | "sessions and tokens" | "issuers" => Err("written by staff, not by members"),
            "purges" => Err("empty: nothing is purged here"),
            "receipts" => Err("random, and the same number in both"),
            other => panic!("{other}: say where the two lives are compared in it, or why not"),
        }
    }

    /// Everything that opens with all keys that exist, with random numbers and order made canonical.
    async fn dump(&mut self) -> BTreeMap<String, Vec<String>> {
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
        let kinds = ["/hidden/", "/rosters/", "/links/", "/history/", "/counts/"];
        dump.insert("files".to_owned(), kinds.map(|kind| format!("{kind} {}", of_kind(kind))).to_vec());
        let spaces = [Dimension::Page.into(), Dimension::Item.into(), Dimension::Event.into(), Space::TAG];
        let all = spaces.iter().flat_map(|space| words.words(*space)).map(|(term, word)| format!("{} {word}", term.0));
        dump.insert("words".to_owned(), all.collect());
        dump.insert("control".to_owned(), self.control().await);
        dump.insert("people".to_owned(), self.people().await);
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

    /// What is held of each member who is left, and how many records and jobs there are.
    async fn people(&self) -> Vec<String> {
        let people = &self.town.core.members.people;
        let mut lines = vec![format!("{} records", people.records().await.expect("counted"))];
        for person in [&ANNA, &ZOE] {
            let id = ExternalId::new(person.id.to_owned()).expect("an id");
            if let Some(active) = people.find(self.town.sites[0].0, &id).await.expect("read") {
                lines.push(serde_json::to_string(&active.held().expect("there")).expect("json"));
            }
        }
        lines
    }
}

/// The rows of every file that opens: those of one visitor together, in an order that their content gives.
fn rows(loot: &Loot, words: &Vocabulary) -> Vec<String> {
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

async fn lived(who: &Person, mode: Option<Mode>) -> BTreeMap<String, Vec<String>> {
    let mut life = Life::begin().await;
    life.days(who, mode).await;
    life.dump().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_left_of_a_member_does_not_depend_on_who_they_were() {
    for mode in [Mode::Fold, Mode::Delete] {
        let (anna, zoe) = (lived(&ANNA, Some(mode)).await, lived(&ZOE, Some(mode)).await);
        for (store, left) in &anna {
            assert_eq!(Some(left), zoe.get(store), "{store}");
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
