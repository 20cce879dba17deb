//! Three sites and their visitors of one day, sent through the real capture path.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Request, StatusCode};
use outis_event::{Clock, ManualClock, Plan, Policy, SiteId, Timestamp};
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::config::Config;
use crate::control::NewSite;
use crate::core::Core;

/// Visitors of each site; in each of six contexts equally many.
pub(super) const VISITORS: usize = 300;
/// When a third of them comes, all within one slot.
const WAVES: [&str; 3] = ["2026-11-23T08:00:00Z", "2026-11-23T12:00:00Z", "2026-11-23T18:00:00Z"];

const PLACES: [(&str, u32, &str); 3] = [
    ("DE", 0x5B00_0000, "de-DE,de;q=0.9"),
    ("US", 0x0CC0_0000, "en-US,en;q=0.9"),
    ("JP", 0x7E00_0000, "ja-JP,ja;q=0.9"),
];

/// Somebody, as the attacker knows them too.
#[derive(Clone)]
pub(super) struct Visitor {
    pub(super) ip: IpAddr,
    pub(super) agent: String,
    pub(super) country: &'static str,
    pub(super) browser: &'static str,
    languages: &'static str,
}

/// The visitor of this number. What they send is known by it: number + 1 seconds of engagement.
pub(super) fn visitor(number: usize) -> Visitor {
    let (country, block, languages) = PLACES[number % 3];
    // Spread so that neither address nor user agent follows the number.
    let mixed = (number as u32).wrapping_mul(2_654_435_761) >> 16;
    let (browser, agent) = if (number / 3).is_multiple_of(2) {
        let form = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0";
        ("Chrome", format!("{form}.{}.{number} Safari/537.36", mixed % 9000))
    } else {
        let build = mixed % 9000;
        (
            "Firefox",
            format!("Mozilla/5.0 (X11; Linux x86_64; rv:140.{build}) Gecko/20100101 Firefox/140.{build}.{number}"),
        )
    };
    let ip = IpAddr::V4(Ipv4Addr::from_bits(block + mixed * 4 + number as u32 % 4));
    Visitor { ip, agent, country, browser, languages }
}

/// Everything that runs, and the sites with the order in which their visitors came first.
pub(super) struct Town {
    pub(super) dir: PathBuf,
    pub(super) clock: ManualClock,
    pub(super) core: Core,
    pub(super) sites: Vec<(SiteId, Vec<usize>)>,
    copies: Vec<TempDir>,
    /// Removed with the town.
    pub(super) home: Option<TempDir>,
}

pub(super) fn at(text: &str) -> Timestamp {
    Timestamp(text.parse::<jiff::Timestamp>().expect("instant").as_millisecond())
}

impl Town {
    pub(super) async fn new(sites: usize) -> Town {
        let home = tempfile::tempdir().expect("folder");
        let mut town = Town::open(home.path(), "2026-11-23T07:00:00Z").await;
        town.home = Some(home);
        for number in 0..sites {
            let new = NewSite {
                domain: domain(number),
                zone: "Europe/Vienna".to_owned(),
                policy: Policy::default(),
                plan: Plan::default(),
                origins: Vec::new(),
            };
            let id = town.core.control.add_site(new, town.clock.now().day(&jiff::tz::TimeZone::UTC)).await;
            let mut order: Vec<usize> = (0..VISITORS).collect();
            fastrand::Rng::with_seed(number as u64 + 7).shuffle(&mut order);
            town.sites.push((id.expect("registered"), order));
        }
        town.core.step().await.expect("step");
        town
    }

    async fn open(dir: &Path, time: &str) -> Town {
        let clock = ManualClock::new(at(time));
        let config = Config { data_dir: dir.to_owned(), low_water_mib: 0, ..Config::default() };
        let core = Core::open(&config, Arc::new(clock.clone())).await.expect("opens");
        Town { dir: dir.to_owned(), clock, core, sites: Vec::new(), copies: Vec::new(), home: None }
    }

    /// The town of a data directory that is there, which stays when the town is dropped. Nobody comes to it.
    pub(super) async fn reopen(dir: &Path, time: &str) -> Town {
        let mut town = Town::open(dir, time).await;
        town.core.step().await.expect("step");
        town.sites = town.core.registry.settings().iter().map(|site| (site.id, Vec::new())).collect();
        town
    }

    /// A third of each site's visitors come for the first time, and some of the others again.
    pub(super) async fn wave(&self, wave: usize) {
        self.clock.set(at(WAVES[wave]));
        self.core.step().await.expect("step");
        for turn in 0..VISITORS / 3 {
            for (site, (_, order)) in self.sites.iter().enumerate() {
                let comes = order[wave * VISITORS / 3 + turn];
                self.send(site, comes, true).await;
                if wave > 0 && turn % 4 == 0 {
                    self.send(site, order[(wave - 1) * VISITORS / 3 + turn], false).await;
                }
            }
            self.clock.advance_ms(2_000);
        }
    }

    async fn send(&self, site: usize, number: usize, told: bool) {
        let (who, domain) = (visitor(number), domain(site));
        let url = |path: String| format!("https://{domain}{path}");
        let read = url(format!("/articles/{}", number % 7));
        let mut events = vec![json!({ "name": "pageview", "url": read })];
        if told {
            events.push(json!({ "name": "pageview", "url": url(format!("/topics/{}/{number}", number % 9)) }));
            events.push(json!({ "name": "engagement", "url": read, "engaged_ms": (number + 1) * 1000 }));
        }
        let body = json!({ "site": domain, "events": events });
        let request = Request::post("/api/v1/events")
            .header("content-type", "text/plain")
            .header("user-agent", who.agent)
            .header("accept-language", who.languages);
        let mut request = request.body(Body::from(body.to_string())).expect("request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(who.ip, 443)));
        let answer = self.core.capture.router().oneshot(request).await.expect("answer");
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }

    /// A visitor of the first site does something with a property.
    pub(super) async fn act(&self, number: usize, event: &str, property: &str) {
        let mut act = json!({ "name": event, "url": format!("https://{}/", domain(0)) });
        act["properties"][property] = json!("yes");
        post(&self.core, number, act).await;
    }

    /// What the jobs do now and then.
    pub(super) async fn write(&self) {
        self.core.roll().await;
        self.core.flush().await.expect("flush");
        self.core.save().await.expect("save");
    }

    /// The clock moves to `time`, and what is due is done.
    pub(super) async fn until(&self, time: &str) {
        self.clock.set(at(time));
        self.core.step().await.expect("step");
        self.write().await;
        self.core.maintain().await.expect("maintain");
    }

    /// A copy of the data directory, as a backup would have it: with or without the slot.
    pub(super) fn copy(&mut self, with_slot: bool) -> PathBuf {
        let copy = tempfile::tempdir().expect("folder");
        copy_folder(&self.dir, copy.path());
        if !with_slot {
            std::fs::remove_file(copy.path().join("slot")).expect("the slot is a file");
        }
        let path = copy.path().to_owned();
        self.copies.push(copy);
        path
    }
}

/// A visitor of the first site sends an event.
pub(super) async fn post(core: &Core, number: usize, event: serde_json::Value) {
    let (who, domain) = (visitor(number), domain(0));
    let request = Request::post("/api/v1/events")
        .header("content-type", "text/plain")
        .header("user-agent", who.agent)
        .header("accept-language", who.languages);
    let body = json!({ "site": domain, "events": [event] }).to_string();
    let mut request = request.body(Body::from(body)).expect("request");
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(who.ip, 443)));
    let answer = core.capture.router().oneshot(request).await.expect("answer");
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
}

pub(super) fn domain(site: usize) -> String {
    format!("site-{site}.example")
}

pub(super) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("folder");
    for entry in std::fs::read_dir(from).expect("listed") {
        let entry = entry.expect("entry");
        let to = to.join(entry.file_name());
        if entry.file_type().expect("kind").is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("copied");
        }
    }
}
