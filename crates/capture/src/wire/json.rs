//! JSON read straight into typed values, with limits on depth and keys and without a tree in between.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::report::Report;

/// Deepest nesting.
pub(crate) const MAX_DEPTH: u8 = 16;
/// Most keys of one object.
pub(crate) const MAX_KEYS: usize = 64;

/// Where the reader is.
#[derive(Clone, Copy)]
pub(crate) struct Level<'r> {
    pub(crate) report: &'r Report,
    pub(crate) most_keys: usize,
    depth: u8,
}

impl<'r> Level<'r> {
    /// Outside of everything.
    pub(crate) fn top(report: &'r Report, most_keys: usize) -> Level<'r> {
        Level { report, most_keys, depth: 0 }
    }

    fn down<E: Error>(self) -> Result<Level<'r>, E> {
        if self.depth == MAX_DEPTH {
            return Err(self.report.stop(format!("is nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(Level { depth: self.depth + 1, ..self })
    }
}

/// A value without parts, borrowed from the body where it has no escapes.
pub(crate) enum Scalar<'a> {
    Null,
    Flag(bool),
    Whole(i64),
    Number(f64),
    Text(Cow<'a, str>),
    /// A list or object, read and left out.
    Nested,
}

/// What a value is read into. Whatever is not overridden is a [`Scalar`].
pub(crate) trait Shape<'de>: Sized {
    type Value;

    /// Makes the value of anything but the list or object it should be.
    fn scalar(self, scalar: Scalar<'de>) -> Self::Value;

    /// Reads a list; `level` is inside of it.
    fn list<A: SeqAccess<'de>>(self, mut list: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        while list.next_element_seed(As(Any, level))?.is_some() {}
        Ok(self.scalar(Scalar::Nested))
    }

    /// Reads an object; `level` is inside of it.
    fn object<A: MapAccess<'de>>(self, map: A, level: Level<'_>) -> Result<Self::Value, A::Error> {
        let mut keys = Keys::new(map, level);
        while keys.next()?.is_some() {
            keys.value(Any)?;
        }
        Ok(self.scalar(Scalar::Nested))
    }
}

/// Any value.
pub(crate) struct Any;

impl<'de> Shape<'de> for Any {
    type Value = Scalar<'de>;

    fn scalar(self, scalar: Scalar<'de>) -> Scalar<'de> {
        scalar
    }
}

/// The keys of an object, counted.
pub(crate) struct Keys<'r, 'de, A> {
    map: A,
    level: Level<'r>,
    seen: usize,
    body: PhantomData<&'de ()>,
}

impl<'r, 'de, A: MapAccess<'de>> Keys<'r, 'de, A> {
    pub(crate) fn new(map: A, level: Level<'r>) -> Keys<'r, 'de, A> {
        Keys { map, level, seen: 0, body: PhantomData }
    }

    pub(crate) fn next(&mut self) -> Result<Option<Cow<'de, str>>, A::Error> {
        let Some(key) = self.map.next_key_seed(Key)? else { return Ok(None) };
        self.seen += 1;
        if self.seen > self.level.most_keys {
            return Err(self.level.report.stop(format!("has an object with more than {} keys", self.level.most_keys)));
        }
        Ok(Some(key))
    }

    /// How many keys came so far.
    pub(crate) fn seen(&self) -> usize {
        self.seen
    }

    pub(crate) fn value<T: Shape<'de>>(&mut self, shape: T) -> Result<T::Value, A::Error> {
        self.map.next_value_seed(As(shape, self.level))
    }
}

/// Reads a whole body. `None` if it is not JSON or was stopped; the report then says why.
pub(crate) fn read<'de, T: Shape<'de>>(
    bytes: &'de [u8],
    shape: T,
    report: &Report,
    most_keys: usize,
) -> Option<T::Value> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = As(shape, Level::top(report, most_keys)).deserialize(&mut json);
    match value.and_then(|value| json.end().map(|()| value)) {
        Ok(value) => Some(value),
        Err(error) => {
            report.add_syntax(&error);
            None
        }
    }
}

/// Reads a value into a shape, at a level.
pub(crate) struct As<'r, T>(pub(crate) T, pub(crate) Level<'r>);

impl<'de, T: Shape<'de>> DeserializeSeed<'de> for As<'_, T> {
    type Value = T::Value;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<T::Value, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de, T: Shape<'de>> Visitor<'de> for As<'_, T> {
    type Value = T::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<T::Value, E> {
        Ok(self.0.scalar(Scalar::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<T::Value, E> {
        Ok(self.0.scalar(Scalar::Flag(flag)))
    }

    fn visit_i64<E>(self, whole: i64) -> Result<T::Value, E> {
        Ok(self.0.scalar(Scalar::Whole(whole)))
    }

    fn visit_u64<E>(self, whole: u64) -> Result<T::Value, E> {
        let scalar = i64::try_from(whole).map_or(Scalar::Number(whole as f64), Scalar::Whole);
        Ok(self.0.scalar(scalar))
    }

    fn visit_f64<E>(self, number: f64) -> Result<T::Value, E> {
        Ok(self.0.scalar(Scalar::Number(number)))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T::Value, E> {
        Ok(self.0.scalar(Scalar::Text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<T::Value, E> {
        Ok(self.0.scalar(Scalar::Text(Cow::Owned(text.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T::Value, A::Error> {
        let level = self.1.down()?;
        self.0.list(list, level)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T::Value, A::Error> {
        let level = self.1.down()?;
        self.0.object(map, level)
    }
}

/// A key, borrowed where it has no escapes.
struct Key;

impl<'de> DeserializeSeed<'de> for Key {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Cow<'de, str>, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}
