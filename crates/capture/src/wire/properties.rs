//! Properties and revenue, in the strict reading of the native format and the lenient one of Plausible.

use std::borrow::Cow;

use serde::de::{MapAccess, SeqAccess};

use super::json::{Any, Keys, Level, Scalar, Shape};
use super::report::{Place, Report};
use super::told::Value;

/// Longest name of a property, in bytes.
pub(crate) const MAX_KEY_BYTES: usize = 300;
/// Longest text value of a property, in bytes.
pub(crate) const MAX_VALUE_BYTES: usize = 2_000;
/// Properties kept of an event in Plausible's format.
const MAX_PLAUSIBLE: usize = 30;

pub(crate) type Properties<'a> = Vec<(Cow<'a, str>, Value<'a>)>;

/// `{"plan": "pro"}`: every key and value must be right.
pub(crate) struct Strict<'r> {
    pub(crate) report: &'r Report,
    pub(crate) place: Place,
}

impl Strict<'_> {
    fn add(&self, message: impl Into<Cow<'static, str>>) {
        self.report.add(self.place, "properties", message);
    }
}

impl<'de> Shape<'de> for Strict<'_> {
    type Value = Properties<'de>;

    fn scalar(self, _: Scalar<'de>) -> Properties<'de> {
        self.add("must be an object such as {\"plan\": \"pro\"}");
        Vec::new()
    }

    fn object<A: MapAccess<'de>>(self, map: A, level: Level<'_>) -> Result<Properties<'de>, A::Error> {
        let mut keys = Keys::new(map, level);
        let mut properties = Properties::new();
        while let Some(key) = keys.next()? {
            let (at, value) = (keys.seen(), keys.value(Any)?);
            if key.is_empty() || key.len() > MAX_KEY_BYTES {
                self.add(format!("key {at} must have 1 to {MAX_KEY_BYTES} bytes"));
            } else if properties.iter().any(|(known, _)| *known == key) {
                self.add(format!("key {at} is given twice"));
            }
            let value = match value {
                Scalar::Text(text) if text.len() <= MAX_VALUE_BYTES => Value::Text(text),
                Scalar::Text(_) => {
                    self.add(format!("value {at} must have at most {MAX_VALUE_BYTES} bytes"));
                    continue;
                }
                Scalar::Flag(flag) => Value::Flag(flag),
                Scalar::Whole(whole) => whole_value(whole),
                Scalar::Number(number) => Value::Number(number),
                Scalar::Null | Scalar::Nested => {
                    self.add(format!("value {at} must be text, a number, true or false"));
                    continue;
                }
            };
            properties.push((key, value));
        }
        Ok(properties)
    }
}

/// Plausible's properties: an object or the same as JSON text. Blank keys and values, lists and objects are left
/// out, then what is beyond 30.
pub(crate) struct Lenient;

impl<'de> Shape<'de> for Lenient {
    type Value = LenientProperties<'de>;

    fn scalar(self, scalar: Scalar<'de>) -> LenientProperties<'de> {
        match scalar {
            Scalar::Text(text) => LenientProperties::Json(text),
            Scalar::Null => LenientProperties::Absent,
            _ => LenientProperties::Wrong,
        }
    }

    fn list<A: SeqAccess<'de>>(self, mut list: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        while list.next_element_seed(super::json::As(Any, level))?.is_some() {}
        Ok(LenientProperties::Wrong)
    }

    fn object<A: MapAccess<'de>>(self, map: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        let mut keys = Keys::new(map, level);
        let mut properties = Properties::new();
        while let Some(key) = keys.next()? {
            let value = match keys.value(Any)? {
                Scalar::Text(text) => Value::Text(text),
                Scalar::Flag(flag) => Value::Flag(flag),
                Scalar::Whole(whole) => whole_value(whole),
                Scalar::Number(number) => Value::Number(number),
                Scalar::Null | Scalar::Nested => continue,
            };
            let blank = matches!(&value, Value::Text(text) if text.trim().is_empty());
            if blank || key.trim().is_empty() {
                continue;
            }
            // As in a map: the last of two values of one key holds.
            match properties.iter().position(|(known, _)| *known == key) {
                Some(at) => properties[at].1 = value,
                None if properties.len() < MAX_PLAUSIBLE => properties.push((key, value)),
                None => {}
            }
        }
        Ok(LenientProperties::Read(properties))
    }
}

/// A whole number: as text where a double is not exact.
fn whole_value<'a>(whole: i64) -> Value<'a> {
    const EXACT: u64 = 1 << 53;
    if whole.unsigned_abs() <= EXACT { Value::Number(whole as f64) } else { Value::Text(whole.to_string().into()) }
}

/// Properties as Plausible's trackers send them.
pub(crate) enum LenientProperties<'a> {
    Absent,
    Read(Properties<'a>),
    /// Still JSON text.
    Json(Cow<'a, str>),
    /// Neither object nor text.
    Wrong,
}

/// `{"amount": "12.50", "currency": "EUR"}` as amount and currency; `None` if it is something else.
pub(crate) struct Revenue;

impl<'de> Shape<'de> for Revenue {
    type Value = Option<(Cow<'de, str>, Cow<'de, str>)>;

    fn scalar(self, _: Scalar<'de>) -> Self::Value {
        None
    }

    fn object<A: MapAccess<'de>>(self, map: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        let mut keys = Keys::new(map, level);
        let (mut amount, mut currency, mut strange) = (None, None, false);
        while let Some(key) = keys.next()? {
            let value = keys.value(Any)?;
            match (&*key, value) {
                ("amount", Scalar::Text(text)) => strange |= amount.replace(text).is_some(),
                ("amount", Scalar::Whole(whole)) => strange |= amount.replace(whole.to_string().into()).is_some(),
                ("amount", Scalar::Number(number)) => strange |= amount.replace(number.to_string().into()).is_some(),
                ("currency", Scalar::Text(text)) => strange |= currency.replace(text).is_some(),
                _ => strange = true,
            }
        }
        Ok(amount.zip(currency).filter(|_| !strange))
    }
}
