//! What is sent: batches and single events as a tracker or a backend would send them, with an id each.

use std::fmt::Write;

use bytes::{Bytes, BytesMut};

/// A site takes at most 50,000 events a second, so there are several.
const SITES: usize = 8;
const PAGES: usize = 2_000;
const ITEMS: usize = 2_000;
/// Letters of an insert id.
const ID_LETTERS: usize = 20;
/// User agents of browsers.
pub(crate) const AGENTS: [&str; 6] = [
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
];
const LANGUAGES: [&str; 4] = ["de-AT,de;q=0.9,en;q=0.8", "en-GB,en;q=0.9", "fr,en;q=0.5", "pl"];

/// The sites that are loaded.
pub(crate) fn sites() -> Vec<String> {
    (0..SITES).map(|i| format!("site{i}.example.org")).collect()
}

/// The site on which freshness is timed.
pub(crate) fn fresh_site() -> String {
    "fresh.example.org".to_owned()
}

/// What the sites collect (TOML).
pub(crate) fn plan() -> String {
    let list = |make: &dyn Fn(usize) -> String, n: usize| {
        (0..n).map(|i| format!("\"{}\"", make(i))).collect::<Vec<_>>().join(", ")
    };
    let mut plan = String::from("mode = \"strict\"\n");
    for (key, words) in
        [("pages", list(&page, PAGES)), ("items", list(&item, ITEMS)), ("tags", list(&|i| format!("tag-{i}"), 40))]
    {
        let _ = writeln!(plan, "{key} = [{words}]");
    }
    for event in ["click", "download", "like", "bookmark", "search", "signup"] {
        let _ = writeln!(
            plan,
            "[events.{event}]\npurpose = \"usage\"\n[events.{event}.properties.format]\nkind = \"choice\"\nvalues = \
             [\"pdf\", \"epub\", \"html\"]\n[events.{event}.properties.position]\nkind = \"count\""
        );
    }
    plan
}

fn page(i: usize) -> String {
    format!("/{}/{i}", ["articles", "guides", "courses", "events"][i % 4])
}

fn item(i: usize) -> String {
    format!("item-{i}")
}

/// A body with places for ids, and who sends it.
pub(crate) struct Template {
    body: Vec<u8>,
    ids: Vec<usize>,
    pub(crate) address: String,
    pub(crate) agent: &'static str,
    pub(crate) languages: &'static str,
}

impl Template {
    /// Some events of one sender.
    pub(crate) fn new(dice: &mut fastrand::Rng, size: usize) -> Template {
        let site = format!("site{}.example.org", dice.usize(0..SITES));
        let mut text = format!(r#"{{"site":"{site}","screen":[1920,1080],"touch":false,"events":["#);
        let mut ids = Vec::with_capacity(size);
        for i in 0..size {
            if i > 0 {
                text.push(',');
            }
            ids.push(event(dice, &site, &mut text));
        }
        text.push_str("]}");
        Template {
            body: text.into_bytes(),
            ids,
            // 198.18.0.0/15 is set apart for measurements (RFC 2544).
            address: format!("198.{}.{}.{}", 18 + dice.u8(0..2), dice.u8(..), dice.u8(1..255)),
            agent: AGENTS[dice.usize(0..AGENTS.len())],
            languages: LANGUAGES[dice.usize(0..LANGUAGES.len())],
        }
    }

    /// The body with ids that were never used: the load's number, the sender's and a count.
    pub(crate) fn fill(&self, load: u32, sender: usize, count: &mut u64) -> Bytes {
        let mut body = BytesMut::from(&self.body[..]);
        for at in &self.ids {
            *count += 1;
            let id = format!("{load:08x}{sender:03x}{:09x}", *count);
            body[*at..*at + ID_LETTERS].copy_from_slice(&id.as_bytes()[..ID_LETTERS]);
        }
        body.freeze()
    }
}

/// Writes an event and gives the place of its id.
fn event(dice: &mut fastrand::Rng, site: &str, text: &mut String) -> usize {
    // Few pages are frequent: the square of an even draw.
    let skewed = |dice: &mut fastrand::Rng, n: usize| ((dice.f64().powi(2)) * n as f64) as usize % n;
    let url = format!("https://{site}{}", page(skewed(dice, PAGES)));
    let ago_ms = dice.u32(0..60_000);
    let name = match dice.u32(0..100) {
        0..74 => "pageview",
        74..84 => "click",
        84..89 => "download",
        89..93 => "like",
        93..96 => "bookmark",
        96..99 => "search",
        _ => "signup",
    };
    let _ = write!(text, r#"{{"name":"{name}","url":"{url}","ago_ms":{ago_ms},"#);
    if name == "pageview" {
        let referrer = ["https://www.google.com/", "https://duckduckgo.com/", "https://news.ycombinator.com/item?id=1"];
        let _ = write!(text, r#""referrer":"{}","#, referrer[dice.usize(0..3)]);
    } else {
        let format = ["pdf", "epub", "html"][dice.usize(0..3)];
        let (position, item, tag) = (dice.u32(0..20), item(skewed(dice, ITEMS)), dice.u32(0..40));
        let _ = write!(
            text,
            r#""item":"{item}","tags":["tag-{tag}"],"properties":{{"format":"{format}","position":{position}}},"#
        );
    }
    text.push_str(r#""id":""#);
    let at = text.len();
    text.push_str(&"0".repeat(ID_LETTERS));
    text.push_str(r#""}"#);
    at
}
