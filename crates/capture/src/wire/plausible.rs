//! Plausible's wire format: one event, for one or several sites, with long or short keys.

use std::borrow::Cow;

use serde::de::MapAccess;

use super::json::{Any, Keys, Level, Scalar, Shape, read};
use super::native::MAX_NAME_CHARS;
use super::properties::{Lenient, LenientProperties, MAX_KEY_BYTES, MAX_VALUE_BYTES, Properties, Revenue};
use super::report::{Errors, Place, Report};
use super::told::{Told, Value};
use crate::host::{host_of, site_name};

/// Longest address of a page, in bytes.
const MAX_URL_BYTES: usize = 2_000;
/// Engagement of 30 days or more is none.
const MOST_ENGAGED_MS: i64 = 30 * 86_400_000;
/// Most sites an event is for.
const MAX_DOMAINS: usize = 20;
/// Most keys of one object: surplus properties are cut, so more than in the native format may come.
const MOST_KEYS: usize = 4_096;

/// An event and the sites it is for.
pub(crate) struct Single<'a> {
    /// At least one, as sites are looked up, each once.
    pub(crate) domains: Vec<String>,
    pub(crate) event: Told<'a>,
}

/// Reads an event.
///
/// # Errors
/// What is wrong, by field, with Plausible's names of the fields.
pub(crate) fn parse(bytes: &[u8]) -> Result<Single<'_>, Errors> {
    let report = Report::default();
    let fields = read(bytes, EventShape, &report, MOST_KEYS);
    let single = match fields {
        None => None,
        Some(None) => {
            report.add(Place::Body, "", "must be a JSON object");
            None
        }
        Some(Some(fields)) => Some(fields.check(&report)),
    };
    match single {
        Some(single) if report.is_clean() => Ok(single),
        _ => Err(report.into_errors()),
    }
}

/// Fields as sent: the short form, then the long one.
#[derive(Default)]
struct Fields<'a> {
    name: [Option<Scalar<'a>>; 2],
    url: [Option<Scalar<'a>>; 2],
    domain: [Option<Scalar<'a>>; 2],
    referrer: [Option<Scalar<'a>>; 2],
    interactive: [Option<Scalar<'a>>; 2],
    hash_mode: [Option<Scalar<'a>>; 2],
    scroll: Option<Scalar<'a>>,
    engaged_ms: Option<Scalar<'a>>,
    /// `m`, `meta`, `p`, `props`.
    properties: [Option<LenientProperties<'a>>; 4],
    revenue: [Option<(Cow<'a, str>, Cow<'a, str>)>; 2],
}

struct EventShape;

impl<'de> Shape<'de> for EventShape {
    type Value = Option<Fields<'de>>;

    fn scalar(self, _: Scalar<'de>) -> Self::Value {
        None
    }

    fn object<A: MapAccess<'de>>(self, map: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        let mut keys = Keys::new(map, level);
        let mut fields = Fields::default();
        while let Some(key) = keys.next()? {
            let slot = match &*key {
                "n" => &mut fields.name[0],
                "name" => &mut fields.name[1],
                "u" => &mut fields.url[0],
                "url" => &mut fields.url[1],
                "d" => &mut fields.domain[0],
                "domain" => &mut fields.domain[1],
                "r" => &mut fields.referrer[0],
                "referrer" => &mut fields.referrer[1],
                "i" => &mut fields.interactive[0],
                "interactive" => &mut fields.interactive[1],
                "h" => &mut fields.hash_mode[0],
                "hashMode" => &mut fields.hash_mode[1],
                "sd" => &mut fields.scroll,
                "e" => &mut fields.engaged_ms,
                "$" => {
                    fields.revenue[0] = keys.value(Revenue)?;
                    continue;
                }
                "revenue" => {
                    fields.revenue[1] = keys.value(Revenue)?;
                    continue;
                }
                "m" | "meta" | "p" | "props" => {
                    let at = ["m", "meta", "p", "props"].iter().position(|name| *name == key);
                    fields.properties[at.expect("one of the four")] = Some(keys.value(Lenient)?);
                    continue;
                }
                // Among them `v`, the version of the tracker, and `w`, the width that old trackers send.
                _ => {
                    keys.value(Any)?;
                    continue;
                }
            };
            // The last of two values of one key holds.
            *slot = Some(keys.value(Any)?);
        }
        Ok(Some(fields))
    }
}

/// The short form if there is one, else the long one; `null` is nothing.
fn either<'a>(forms: [Option<Scalar<'a>>; 2]) -> Option<Scalar<'a>> {
    forms.into_iter().flatten().find(|scalar| !matches!(scalar, Scalar::Null))
}

impl<'a> Fields<'a> {
    fn check(self, report: &Report) -> Single<'a> {
        let mut event = Told::default();
        event.name = name(self.name, report);
        event.url = url(self.url, report);
        let domains = domains(self.domain, &event.url, report);
        event.referrer = match either(self.referrer) {
            Some(Scalar::Text(referrer)) => Some(referrer),
            _ => None,
        };
        // An explicit `false` in either form holds.
        event.interactive = !self.interactive.iter().flatten().any(|form| matches!(form, Scalar::Flag(false)));
        event.hash_mode = match either(self.hash_mode) {
            Some(Scalar::Flag(flag)) => flag,
            Some(Scalar::Whole(whole)) => whole == 1,
            Some(Scalar::Text(text)) => text == "1" || text == "true",
            _ => false,
        };
        event.properties = properties(self.properties, report);
        event.revenue = self.revenue.into_iter().flatten().next();
        if event.name == "engagement" {
            event.interactive = false;
            event.scroll = whole(self.scroll).filter(|scroll| *scroll >= 0).and_then(|s| u8::try_from(s.min(100)).ok());
            let engaged_ms = whole(self.engaged_ms).filter(|ms| (0..MOST_ENGAGED_MS).contains(ms));
            event.engaged_ms = engaged_ms.and_then(|ms| u32::try_from(ms).ok());
            if event.scroll.is_none() && event.engaged_ms.is_none() {
                report.add(
                    Place::Body,
                    "event_name",
                    "engagement needs sd (0 to 100) or e (milliseconds below 30 days)",
                );
            }
        }
        Single { domains, event }
    }
}

fn name<'a>(forms: [Option<Scalar<'a>>; 2], report: &Report) -> Cow<'a, str> {
    let name = match either(forms) {
        Some(Scalar::Text(name)) => name,
        Some(Scalar::Whole(whole)) => whole.to_string().into(),
        None => {
            report.add(Place::Body, "event_name", "can't be blank");
            return Cow::Borrowed("");
        }
        Some(_) => {
            report.add(Place::Body, "event_name", "must be a string");
            return Cow::Borrowed("");
        }
    };
    if name.trim().is_empty() {
        report.add(Place::Body, "event_name", "can't be blank");
    } else if name.chars().count() > MAX_NAME_CHARS {
        report.add(Place::Body, "event_name", format!("should be at most {MAX_NAME_CHARS} character(s)"));
    }
    name
}

fn url<'a>(forms: [Option<Scalar<'a>>; 2], report: &Report) -> Cow<'a, str> {
    let wrong = match either(forms) {
        None => "is required".into(),
        Some(Scalar::Text(url)) if url.trim().is_empty() => "is required".into(),
        Some(Scalar::Text(url)) if url.len() > MAX_URL_BYTES => {
            Cow::Owned(format!("should be at most {MAX_URL_BYTES} bytes"))
        }
        Some(Scalar::Text(url)) if is_data(&url) => "scheme is not allowed".into(),
        Some(Scalar::Text(url)) => return url,
        Some(_) => "must be a string".into(),
    };
    report.add(Place::Body, "url", wrong);
    Cow::Borrowed("")
}

fn is_data(url: &str) -> bool {
    url.trim_start().get(..5).is_some_and(|scheme| scheme.eq_ignore_ascii_case("data:"))
}

/// The sites named, else the host of the page.
fn domains(forms: [Option<Scalar<'_>>; 2], url: &str, report: &Report) -> Vec<String> {
    let named = match either(forms) {
        None => return vec![site_name(host_of(url).unwrap_or("(none)"))],
        Some(Scalar::Text(named)) => named,
        Some(_) => {
            report.add(Place::Body, "domain", "must be a string");
            return Vec::new();
        }
    };
    let mut domains: Vec<String> = Vec::new();
    for domain in named.split(',').map(site_name).filter(|domain| !domain.is_empty()) {
        // Named twice, with and without `www.`: it is one site all the same.
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    if domains.is_empty() {
        report.add(Place::Body, "domain", "can't be blank");
    } else if domains.len() > MAX_DOMAINS {
        report.add(Place::Body, "domain", format!("should be at most {MAX_DOMAINS} domains"));
    }
    domains
}

fn properties<'a>(forms: [Option<LenientProperties<'a>>; 4], report: &Report) -> Properties<'a> {
    let given = forms.into_iter().flatten().find(|form| !matches!(form, LenientProperties::Absent));
    let properties = match given {
        None | Some(LenientProperties::Absent) => return Properties::new(),
        Some(LenientProperties::Read(properties)) => properties,
        // As with Plausible: the event is worth more than properties that are none.
        Some(LenientProperties::Json(text)) => from_text(&text).unwrap_or_default(),
        Some(LenientProperties::Wrong) => return Properties::new(),
    };
    let fits = |(key, value): &(Cow<'_, str>, Value<'_>)| {
        key.len() <= MAX_KEY_BYTES && !matches!(value, Value::Text(text) if text.len() > MAX_VALUE_BYTES)
    };
    if !properties.iter().all(fits) {
        let message =
            format!("keys should be at most {MAX_KEY_BYTES} bytes and values at most {MAX_VALUE_BYTES} bytes");
        report.add(Place::Body, "props", message);
    }
    properties
}

/// Properties sent as JSON text. They are copied, since the text has escapes.
fn from_text<'a>(text: &str) -> Option<Properties<'a>> {
    let inner = Report::default();
    let Some(LenientProperties::Read(properties)) = read(text.as_bytes(), Lenient, &inner, MOST_KEYS) else {
        return None;
    };
    let owned = properties.into_iter().map(|(key, value)| {
        let value = match value {
            Value::Text(text) => Value::Text(Cow::Owned(text.into_owned())),
            Value::Number(number) => Value::Number(number),
            Value::Flag(flag) => Value::Flag(flag),
        };
        (Cow::Owned(key.into_owned()), value)
    });
    Some(owned.collect())
}

/// A whole number, or one as text.
fn whole(scalar: Option<Scalar<'_>>) -> Option<i64> {
    match scalar? {
        Scalar::Whole(whole) => Some(whole),
        Scalar::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}
