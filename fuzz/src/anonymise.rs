//! Whatever a person sends, no six characters of what is personal come out as a word.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::IpAddr;
use std::sync::{Arc, LazyLock};

use outis_anonymise::{
    Anonymiser, DayKey, DayKeys, Outcome, PropertyValue, RawEvent, RawRevenue, Shown, SiteContext, Tables,
};
use outis_disclose::Pii;
use outis_event::{Plan, Policy, Shields, Site, SiteId, Timestamp, Vocabulary};

/// 2026-11-24 11:00 in Vienna.
const NOW: Timestamp = Timestamp(1_795_514_400_000);
/// Longest part of a personal value that may be found in a word by chance.
const RUN: usize = 6;

struct World {
    anonymiser: Anonymiser,
    site: Arc<Site>,
    keys: Arc<DayKeys>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let site = Site {
        id: SiteId(7),
        domain: "example.org".into(),
        zone: jiff::tz::TimeZone::get("Europe/Vienna").expect("bundled zone"),
        policy: Policy::default(),
        shields: Shields::default(),
        plan: Plan::default(),
        origins: Vec::new(),
        debug_token_hash: None,
    };
    let keys = DayKeys::new();
    keys.insert(site.id, NOW.day(&site.zone), DayKey::new(&[7; 32]));
    let anonymiser = Anonymiser::new(Arc::new(Tables::empty()), Arc::default());
    World { anonymiser, site: Arc::new(site), keys: Arc::new(keys) }
});

/// What only this person could have sent: `$` and `^` in the bytes stand for it.
struct Person {
    word: String,
    number: String,
    ip: u32,
}

impl Person {
    fn of(bytes: &[u8]) -> Person {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let hash = hasher.finish();
        let digit = |i: u32| b"abcdefghijklmnopqrstuvwxyz0123456789"[(hash.rotate_left(i * 7) % 36) as usize] as char;
        Person {
            word: format!("zq{}", (0..10).map(digit).collect::<String>()),
            number: format!("{}", 700_000_000_000 + hash % 99_999_999_999),
            ip: 0x0b00_0000 + (hash >> 40) as u32,
        }
    }

    fn text(&self, form: &str) -> String {
        form.replace('$', &self.word).replace('^', &self.number)
    }
}

/// The event that the lines describe.
fn event(lines: &[&str], person: &Person) -> RawEvent {
    let line = |at: usize| person.text(lines.get(at).copied().unwrap_or_default());
    let told = |at: usize| Some(line(at)).filter(|text| !text.is_empty()).map(Pii::new);
    let ip = IpAddr::V4(person.ip.into());
    let mut raw = RawEvent::new(Pii::new(line(0)), Pii::new(line(1)), Pii::new(ip), Pii::new(line(2)), NOW);
    raw.referrer = told(3);
    raw.accept_language = told(4);
    raw.client_hints.platform = told(5);
    raw.item = told(6);
    raw.tags = line(7).split(',').map(|tag| Pii::new(tag.to_owned())).collect();
    raw.revenue = told(8).map(|currency| RawRevenue { amount: Pii::new("1.00".to_owned()), currency });
    raw.hash_mode = line(9).is_empty();
    for property in lines.iter().skip(10) {
        let (key, value) = property.split_once('=').unwrap_or((property, ""));
        let value = person.text(value);
        let value = value.parse().map_or(PropertyValue::Text(value), PropertyValue::Number);
        raw.properties.push((Pii::new(person.text(key)), Pii::new(value)));
    }
    raw
}

/// Sends the event three times and looks through all words.
pub fn anonymise(bytes: &[u8]) {
    let form = String::from_utf8_lossy(bytes);
    let lines: Vec<&str> = form.split('\n').collect();
    let person = Person::of(bytes);
    let World { anonymiser, site, keys } = &*WORLD;
    let vocabulary = Arc::new(Vocabulary::default());
    let ctx = SiteContext::new(site.clone(), vocabulary.clone(), keys.clone(), NOW);
    for _ in 0..3 {
        if let Outcome::Stored { event, .. } = anonymiser.anonymise(event(&lines, &person), &ctx) {
            let _ = Shown::of(&event, &vocabulary);
        }
    }
    for record in vocabulary.drain() {
        let word = record.text.to_lowercase();
        for personal in [&person.word, &person.number] {
            for at in 0..=personal.len() - RUN {
                assert!(!word.contains(&personal[at..at + RUN]), "{word:?} holds a part of {personal}");
            }
        }
    }
}
