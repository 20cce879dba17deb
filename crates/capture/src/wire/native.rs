//! The native wire format: a batch of events of one site.

use std::borrow::Cow;

use outis_anonymise::Size;
use serde::de::{MapAccess, SeqAccess};

use super::json::{Any, As, Keys, Level, MAX_KEYS, Scalar, Shape, read};
use super::properties::{Properties, Revenue, Strict};
use super::report::{Errors, Place, Report};
use super::told::{Display, Told};

/// Most events of one request.
pub(crate) const MAX_EVENTS: usize = 500;
/// Longest name of an event, in characters.
pub(crate) const MAX_NAME_CHARS: usize = 120;
const MAX_URL_BYTES: usize = 8_192;
const MAX_TOKEN_BYTES: usize = 8_192;
const MAX_ITEM_BYTES: usize = 300;
const MAX_TAGS: usize = 16;
const MAX_ID_BYTES: usize = 64;
const MAX_PIXELS: i64 = 100_000;
const MAX_ENGAGED_MS: i64 = 30 * 86_400_000 - 1;

const BODY_KEYS: &[&str] = &["site", "events", "screen", "viewport", "density", "touch", "debug", "token"];
const EVENT_KEYS: &[&str] = &[
    "name",
    "url",
    "referrer",
    "ago_ms",
    "properties",
    "revenue",
    "interactive",
    "scroll",
    "engaged_ms",
    "item",
    "tags",
    "id",
    "hash",
];

/// A batch as told.
pub(crate) struct Batch<'a> {
    pub(crate) site: Cow<'a, str>,
    pub(crate) display: Display,
    pub(crate) debug: Option<Cow<'a, str>>,
    /// An identity token.
    pub(crate) token: Option<Cow<'a, str>>,
    pub(crate) events: Vec<Told<'a>>,
}

/// Reads a batch.
///
/// # Errors
/// What is wrong, by place.
pub(crate) fn parse(bytes: &[u8]) -> Result<Batch<'_>, Errors> {
    let report = Report::default();
    let batch = read(bytes, BatchShape { report: &report }, &report, MAX_KEYS);
    match batch.flatten() {
        Some(batch) if report.is_clean() => Ok(batch),
        _ => Err(report.into_errors()),
    }
}

/// One object whose fields are being read.
#[derive(Clone, Copy)]
struct Fields<'r> {
    report: &'r Report,
    place: Place,
    known: &'static [&'static str],
}

impl Fields<'_> {
    fn add(&self, field: &str, message: impl Into<Cow<'static, str>>) {
        self.report.add(self.place, field, message);
    }

    /// Keeps a value; a second one of the same key is an error.
    fn once<T>(&self, slot: &mut Option<T>, field: &str, value: T) {
        if slot.replace(value).is_some() {
            self.add(field, "is given twice");
        }
    }

    /// Notes a key that is none of ours. It is told by its number: what was sent is never repeated.
    fn unknown(&self, at: usize, key: &str) {
        let near = self.known.iter().find(|known| is_near(known, key));
        let meant = near.map_or(String::new(), |near| format!(" (did you mean {near}?)"));
        self.add("", format!("key {at} is not known{meant}: known are {}", self.known.join(", ")));
    }

    fn text<'a>(&self, field: &str, value: Option<Scalar<'a>>, most: usize) -> Option<Cow<'a, str>> {
        match value? {
            Scalar::Null => None,
            Scalar::Text(text) if text.len() <= most => Some(text),
            Scalar::Text(_) => {
                self.add(field, format!("must have at most {most} bytes"));
                None
            }
            _ => {
                self.add(field, "must be text");
                None
            }
        }
    }

    fn required<'a>(&self, field: &str, value: Option<Scalar<'a>>, most: usize) -> Cow<'a, str> {
        if matches!(value, None | Some(Scalar::Null)) {
            self.add(field, "is required");
            return Cow::Borrowed("");
        }
        match self.text(field, value, most) {
            Some(text) if text.trim().is_empty() => {
                self.add(field, "is required");
                text
            }
            text => text.unwrap_or_default(),
        }
    }

    fn flag(&self, field: &str, value: Option<Scalar<'_>>) -> Option<bool> {
        match value? {
            Scalar::Flag(flag) => Some(flag),
            Scalar::Null => None,
            _ => {
                self.add(field, "must be true or false");
                None
            }
        }
    }

    fn whole(&self, field: &str, value: Option<Scalar<'_>>, most: i64) -> Option<i64> {
        let whole = match value? {
            Scalar::Null => return None,
            Scalar::Whole(whole) => Some(whole),
            Scalar::Number(number) if number.is_finite() && number.abs() < 1e15 => Some(number.round() as i64),
            _ => None,
        };
        let whole = whole.filter(|whole| (0..=most).contains(whole));
        if whole.is_none() {
            self.add(field, format!("must be a number from 0 to {most}"));
        }
        whole
    }
}

/// True if one letter was mistyped, or the words differ in case or separators only.
fn is_near(known: &str, key: &str) -> bool {
    let plain = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    let (known, key): (Vec<char>, Vec<char>) = (plain(known), plain(key));
    let same_start = known.iter().zip(&key).take_while(|(a, b)| a == b).count();
    let same_end = known.iter().rev().zip(key.iter().rev()).take_while(|(a, b)| a == b).count();
    let longest = known.len().max(key.len());
    known == key || (longest > 2 && key.len().abs_diff(known.len()) <= 1 && same_start + same_end + 1 >= longest)
}

struct BatchShape<'r> {
    report: &'r Report,
}

impl<'de> Shape<'de> for BatchShape<'_> {
    type Value = Option<Batch<'de>>;

    fn scalar(self, _: Scalar<'de>) -> Self::Value {
        self.report.add(Place::Body, "", "must be a JSON object such as {\"site\": \"example.org\", \"events\": [..]}");
        None
    }

    fn object<A: MapAccess<'de>>(self, map: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        let fields = Fields { report: self.report, place: Place::Body, known: BODY_KEYS };
        let mut keys = Keys::new(map, level);
        let (mut site, mut events, mut debug, mut token) = (None, None, None, None);
        let (mut screen, mut viewport, mut density, mut touch) = (None, None, None, None);
        while let Some(key) = keys.next()? {
            match &*key {
                "site" => fields.once(&mut site, "site", keys.value(Any)?),
                "events" => fields.once(&mut events, "events", keys.value(EventsShape { report: self.report })?),
                "screen" => fields.once(&mut screen, "screen", keys.value(SizeShape { fields, field: "screen" })?),
                "viewport" => {
                    fields.once(&mut viewport, "viewport", keys.value(SizeShape { fields, field: "viewport" })?);
                }
                "density" => fields.once(&mut density, "density", keys.value(Any)?),
                "touch" => fields.once(&mut touch, "touch", keys.value(Any)?),
                "debug" => fields.once(&mut debug, "debug", keys.value(Any)?),
                "token" => fields.once(&mut token, "token", keys.value(Any)?),
                other => {
                    fields.unknown(keys.seen(), other);
                    keys.value(Any)?;
                }
            }
        }
        let site = fields.required("site", site, 253);
        let debug = fields.text("debug", debug, MAX_TOKEN_BYTES);
        let token = fields.text("token", token, MAX_TOKEN_BYTES);
        let display = Display {
            screen: screen.flatten(),
            viewport: viewport.flatten(),
            density: density_of(&fields, density),
            touch: fields.flag("touch", touch),
        };
        if events.is_none() {
            fields.add("events", "is required");
        }
        Ok(Some(Batch { site, display, debug, token, events: events.unwrap_or_default() }))
    }
}

fn density_of(fields: &Fields<'_>, value: Option<Scalar<'_>>) -> Option<f32> {
    let density = match value? {
        Scalar::Null => return None,
        Scalar::Whole(whole) => whole as f64,
        Scalar::Number(number) => number,
        _ => -1.0,
    };
    if !(0.0..=100.0).contains(&density) {
        fields.add("density", "must be a number from 0 to 100");
        return None;
    }
    Some(density as f32)
}

/// `[width, height]`
struct SizeShape<'r> {
    fields: Fields<'r>,
    field: &'static str,
}

impl SizeShape<'_> {
    fn wrong(&self) {
        self.fields.add(self.field, format!("must be [width, height], two numbers from 0 to {MAX_PIXELS}"));
    }
}

impl<'de> Shape<'de> for SizeShape<'_> {
    type Value = Option<Size>;

    fn scalar(self, scalar: Scalar<'de>) -> Option<Size> {
        if !matches!(scalar, Scalar::Null) {
            self.wrong();
        }
        None
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A, level: Level<'_>) -> Result<Option<Size>, A::Error> {
        let mut sides = [0u32; 2];
        let mut count = 0;
        while let Some(side) = list.next_element_seed(As(Any, level))? {
            let side = match side {
                Scalar::Whole(whole) => Some(whole),
                Scalar::Number(number) if number.abs() < 1e9 => Some(number.round() as i64),
                _ => None,
            };
            let side = side.filter(|side| (0..=MAX_PIXELS).contains(side)).and_then(|side| u32::try_from(side).ok());
            // A wrong side is counted as two too many.
            count += if side.is_some() { 1 } else { 3 };
            if let (Some(side), Some(slot)) = (side, sides.get_mut(count - 1)) {
                *slot = side;
            }
        }
        if count != 2 {
            self.wrong();
            return Ok(None);
        }
        let [width, height] = sides;
        Ok(Some(Size { width, height }).filter(|size| size.width > 0 && size.height > 0))
    }
}

struct EventsShape<'r> {
    report: &'r Report,
}

impl<'de> Shape<'de> for EventsShape<'_> {
    type Value = Vec<Told<'de>>;

    fn scalar(self, _: Scalar<'de>) -> Self::Value {
        self.report.add(Place::Body, "events", "must be a list of events");
        Vec::new()
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        let mut events = Vec::with_capacity(list.size_hint().unwrap_or(0).min(MAX_EVENTS));
        while let Some(event) =
            list.next_element_seed(As(EventShape { report: self.report, at: events.len() }, level))?
        {
            if events.len() == MAX_EVENTS {
                return Err(self
                    .report
                    .stop(format!("has more than {MAX_EVENTS} events: send them in several requests")));
            }
            events.push(event);
        }
        if events.is_empty() {
            self.report.add(Place::Body, "events", format!("must have 1 to {MAX_EVENTS} events"));
        }
        Ok(events)
    }
}

struct EventShape<'r> {
    report: &'r Report,
    at: usize,
}

/// The fields of an event before they are checked.
#[derive(Default)]
struct EventFields<'a> {
    name: Option<Scalar<'a>>,
    url: Option<Scalar<'a>>,
    referrer: Option<Scalar<'a>>,
    ago_ms: Option<Scalar<'a>>,
    properties: Option<Properties<'a>>,
    revenue: Option<Option<(Cow<'a, str>, Cow<'a, str>)>>,
    interactive: Option<Scalar<'a>>,
    scroll: Option<Scalar<'a>>,
    engaged_ms: Option<Scalar<'a>>,
    item: Option<Scalar<'a>>,
    tags: Option<Vec<Cow<'a, str>>>,
    id: Option<Scalar<'a>>,
    hash: Option<Scalar<'a>>,
}

impl<'de> Shape<'de> for EventShape<'_> {
    type Value = Told<'de>;

    fn scalar(self, _: Scalar<'de>) -> Told<'de> {
        self.report.add(
            Place::Event(self.at),
            "",
            "must be an object such as {\"name\": \"pageview\", \"url\": \"..\"}",
        );
        Told::default()
    }

    fn object<A: MapAccess<'de>>(self, map: A, level: Level<'_>) -> Result<Told<'de>, A::Error> {
        let fields = Fields { report: self.report, place: Place::Event(self.at), known: EVENT_KEYS };
        let mut keys = Keys::new(map, level);
        let mut told = EventFields::default();
        while let Some(key) = keys.next()? {
            match &*key {
                "name" => fields.once(&mut told.name, "name", keys.value(Any)?),
                "url" => fields.once(&mut told.url, "url", keys.value(Any)?),
                "referrer" => fields.once(&mut told.referrer, "referrer", keys.value(Any)?),
                "ago_ms" => fields.once(&mut told.ago_ms, "ago_ms", keys.value(Any)?),
                "interactive" => fields.once(&mut told.interactive, "interactive", keys.value(Any)?),
                "scroll" => fields.once(&mut told.scroll, "scroll", keys.value(Any)?),
                "engaged_ms" => fields.once(&mut told.engaged_ms, "engaged_ms", keys.value(Any)?),
                "item" => fields.once(&mut told.item, "item", keys.value(Any)?),
                "id" => fields.once(&mut told.id, "id", keys.value(Any)?),
                "hash" => fields.once(&mut told.hash, "hash", keys.value(Any)?),
                "tags" => fields.once(&mut told.tags, "tags", keys.value(TagsShape { fields })?),
                "revenue" => fields.once(&mut told.revenue, "revenue", keys.value(Revenue)?),
                "properties" => {
                    let properties = Strict { report: fields.report, place: fields.place };
                    fields.once(&mut told.properties, "properties", keys.value(properties)?);
                }
                other => {
                    fields.unknown(keys.seen(), other);
                    keys.value(Any)?;
                }
            }
        }
        Ok(told.check(&fields))
    }
}

impl<'a> EventFields<'a> {
    fn check(self, fields: &Fields<'_>) -> Told<'a> {
        let mut event = Told::default();
        event.name = fields.required("name", self.name, MAX_NAME_CHARS * 4);
        event.url = fields.required("url", self.url, MAX_URL_BYTES);
        event.referrer = fields.text("referrer", self.referrer, usize::MAX);
        event.properties = self.properties.unwrap_or_default();
        event.interactive = fields.flag("interactive", self.interactive).unwrap_or(true);
        event.item = fields.text("item", self.item, MAX_ITEM_BYTES);
        event.tags = self.tags.unwrap_or_default();
        event.id = fields.text("id", self.id, MAX_ID_BYTES);
        event.hash_mode = fields.flag("hash", self.hash).unwrap_or(false);
        if event.name.chars().count() > MAX_NAME_CHARS {
            fields.add("name", format!("must have at most {MAX_NAME_CHARS} characters"));
        }
        if event.id.as_ref().is_some_and(|id| id.is_empty()) {
            fields.add("id", format!("must have 1 to {MAX_ID_BYTES} bytes"));
        }
        event.ago_ms = match self.ago_ms {
            None | Some(Scalar::Null) => 0,
            value => fields.whole("ago_ms", value, i64::MAX / 2).unwrap_or(0),
        };
        event.scroll = fields.whole("scroll", self.scroll, 100).and_then(|scroll| u8::try_from(scroll).ok());
        let engaged_ms = fields.whole("engaged_ms", self.engaged_ms, MAX_ENGAGED_MS);
        event.engaged_ms = engaged_ms.and_then(|ms| u32::try_from(ms).ok());
        match self.revenue {
            Some(None) => fields.add("revenue", "must be {\"amount\": \"12.50\", \"currency\": \"EUR\"}"),
            revenue => event.revenue = revenue.flatten(),
        }
        if event.name == "engagement" {
            // It belongs to a page view and never ends a bounce by itself.
            event.interactive = false;
            if event.scroll.is_none() && event.engaged_ms.is_none() {
                fields.add("engaged_ms", "is required in an engagement, unless there is scroll");
            }
        }
        event
    }
}

/// `["music", "jazz"]`
struct TagsShape<'r> {
    fields: Fields<'r>,
}

impl TagsShape<'_> {
    fn wrong(&self) {
        self.fields.add("tags", format!("must be a list of at most {MAX_TAGS} texts of 1 to {MAX_ITEM_BYTES} bytes"));
    }
}

impl<'de> Shape<'de> for TagsShape<'_> {
    type Value = Vec<Cow<'de, str>>;

    fn scalar(self, scalar: Scalar<'de>) -> Self::Value {
        if !matches!(scalar, Scalar::Null) {
            self.wrong();
        }
        Vec::new()
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        let mut tags = Vec::new();
        let mut right = true;
        while let Some(tag) = list.next_element_seed(As(Any, level))? {
            match tag {
                Scalar::Text(tag) if tags.len() < MAX_TAGS && (1..=MAX_ITEM_BYTES).contains(&tag.len()) => {
                    tags.push(tag)
                }
                _ => right = false,
            }
        }
        if !right {
            self.wrong();
        }
        Ok(tags)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_may_say_that_its_fragment_is_a_route() {
        let batch =
            |hash: &str| format!(r#"{{"site":"a.example","events":[{{"name":"pageview","url":"/a#/b"{hash}}}]}}"#);
        for (hash, expected) in [("", false), (r#","hash":true"#, true), (r#","hash":false"#, false)] {
            let body = batch(hash);
            assert_eq!(parse(body.as_bytes()).expect("valid").events[0].hash_mode, expected);
        }
        let errors = parse(batch(r#","hash":1"#).as_bytes()).err().expect("no flag");
        assert_eq!(errors["events[0].hash"], ["must be true or false"]);
    }
}
