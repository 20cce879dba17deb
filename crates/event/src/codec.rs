//! The compact binary form of journal records.
//!
//! A record is a tag byte and fields as LEB128 variable-length integers (signed ones zigzag-coded), in the order
//! written here. The version of the form is the frame's concern. Decoding never panics and never allocates more
//! than the input can justify.

use std::sync::Arc;

use crate::row::{MAX_LANGUAGES, MAX_PROPERTIES, MAX_TAGS};
use crate::vocabulary::{MAX_WORD_BYTES, WordRecord};
use crate::{
    AnonymousEvent, Day, Dimension, Flags, InsertHash, Marks, Money, Property, ShiftedClock, SiteId, Slot, Space, Term,
    Visitor,
};

/// Most bytes one encoded event takes.
pub const MAX_EVENT_BYTES: usize = 1024;

const TAG_WORD: u8 = 1;
const TAG_EVENT: u8 = 2;
const TAG_INSERT: u8 = 3;

/// What a journal frame carries.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "nearly all records are events; a box for each would cost more")]
pub enum Record {
    /// A word that was admitted.
    Word(SiteId, WordRecord),
    /// Something that happened.
    Event(AnonymousEvent),
    /// Some event of the frame came under this insert id.
    Insert(InsertHash),
}

/// Bytes that are not a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The bytes end within a record.
    #[error("record ends early")]
    Short,
    /// The first byte names no kind of record.
    #[error("unknown kind of record")]
    Tag,
    /// A number does not fit its field.
    #[error("number out of range")]
    Range,
    /// A word is not UTF-8 or too long.
    #[error("word is not valid text")]
    Word,
}

impl Record {
    /// Appends the record to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Record::Word(site, word) => encode_word(*site, word, out),
            Record::Event(event) => event.encode(out),
            Record::Insert(hash) => hash.encode(out),
        }
    }

    /// Reads one record from the front of `bytes` and moves `bytes` behind it.
    ///
    /// # Errors
    /// When the bytes are not a record; `bytes` is then left anywhere.
    pub fn decode(bytes: &mut &[u8]) -> Result<Record, DecodeError> {
        let (&tag, rest) = bytes.split_first().ok_or(DecodeError::Short)?;
        *bytes = rest;
        match tag {
            TAG_WORD => decode_word(bytes),
            TAG_EVENT => decode_event(bytes),
            TAG_INSERT => decode_insert(bytes),
            _ => Err(DecodeError::Tag),
        }
    }
}

impl InsertHash {
    /// Appends the hash as a record to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(TAG_INSERT);
        out.extend_from_slice(&self.0);
    }
}

impl AnonymousEvent {
    /// Appends the event as a record to `out`: the same bytes as [`Record::encode`], without a copy of the event.
    pub fn encode(&self, out: &mut Vec<u8>) {
        encode_event(self, out);
    }
}

fn encode_word(site: SiteId, word: &WordRecord, out: &mut Vec<u8>) {
    out.push(TAG_WORD);
    put(out, u64::from(site.0));
    put(out, u64::from(word.space.0));
    put(out, u64::from(word.term.0));
    put(out, word.text.len() as u64);
    out.extend_from_slice(word.text.as_bytes());
}

fn encode_event(e: &AnonymousEvent, out: &mut Vec<u8>) {
    out.push(TAG_EVENT);
    put(out, u64::from(e.site.0));
    put_signed(out, i64::from(e.day.0));
    put(out, u64::from(e.slot.0));
    out.extend_from_slice(&e.visitor.0.to_le_bytes());
    put(out, u64::from(e.clock.seconds));
    put(out, u64::from(e.clock.tie));
    out.push(e.flags.0);
    encode_terms(&e.terms, out);
    put_terms(out, &e.languages, MAX_LANGUAGES);
    put_terms(out, &e.tags, MAX_TAGS);
    let properties = &e.properties[..e.properties.len().min(MAX_PROPERTIES)];
    put(out, properties.len() as u64);
    for p in properties {
        put(out, u64::from(p.key.0));
        put(out, u64::from(p.value.0));
    }
    out.push(e.scroll);
    put(out, u64::from(e.engaged_s));
    match e.revenue {
        None => out.push(0),
        Some(money) => {
            out.push(1);
            put(out, u64::from(money.currency.0));
            put_signed(out, money.milli);
        }
    }
    put(out, e.marks.0);
}

/// A bit set of the dimensions that are present, then their terms.
fn encode_terms(terms: &[Term; Dimension::COUNT], out: &mut Vec<u8>) {
    let mut present = 0u64;
    for (i, term) in terms.iter().enumerate() {
        if *term != Term::NONE {
            present |= 1 << i;
        }
    }
    put(out, present);
    for term in terms.iter().filter(|t| **t != Term::NONE) {
        put(out, u64::from(term.0));
    }
}

fn put_terms(out: &mut Vec<u8>, terms: &[Term], most: usize) {
    let terms = &terms[..terms.len().min(most)];
    put(out, terms.len() as u64);
    for term in terms {
        put(out, u64::from(term.0));
    }
}

fn decode_word(bytes: &mut &[u8]) -> Result<Record, DecodeError> {
    let site = SiteId(take_u32(bytes)?);
    let space = Space(take_u32(bytes)?);
    let term = Term(take_u32(bytes)?);
    let length = take_length(bytes, MAX_WORD_BYTES)?;
    let (text, rest) = bytes.split_at_checked(length).ok_or(DecodeError::Short)?;
    let text: Arc<str> = std::str::from_utf8(text).map_err(|_| DecodeError::Word)?.into();
    // A reader sizes tables by the highest number: an absurd one must not pass.
    if term.0 > 1 << 24 {
        return Err(DecodeError::Range);
    }
    *bytes = rest;
    Ok(Record::Word(site, WordRecord { space, term, text }))
}

fn decode_insert(bytes: &mut &[u8]) -> Result<Record, DecodeError> {
    let (hash, rest) = bytes.split_first_chunk().ok_or(DecodeError::Short)?;
    *bytes = rest;
    Ok(Record::Insert(InsertHash(*hash)))
}

fn decode_event(bytes: &mut &[u8]) -> Result<Record, DecodeError> {
    let site = SiteId(take_u32(bytes)?);
    let day = Day(i32::try_from(take_signed(bytes)?).map_err(|_| DecodeError::Range)?);
    let slot = Slot(take_u32(bytes)?);
    let (visitor, rest) = bytes.split_first_chunk::<8>().ok_or(DecodeError::Short)?;
    let visitor = Visitor(u64::from_le_bytes(*visitor));
    *bytes = rest;
    let seconds = take_u32(bytes)?;
    let tie = u16::try_from(take(bytes)?).map_err(|_| DecodeError::Range)?;
    let flags = Flags(take_byte(bytes)?);
    let terms = decode_terms(bytes)?;
    let languages = take_terms(bytes, MAX_LANGUAGES)?;
    let tags = take_terms(bytes, MAX_TAGS)?;
    let count = take_length(bytes, MAX_PROPERTIES)?;
    let mut properties = Vec::with_capacity(count);
    for _ in 0..count {
        properties.push(Property { key: Term(take_u32(bytes)?), value: Term(take_u32(bytes)?) });
    }
    let scroll = take_byte(bytes)?;
    let engaged_s = take_u32(bytes)?;
    let revenue = match take_byte(bytes)? {
        0 => None,
        1 => Some(Money { currency: Term(take_u32(bytes)?), milli: take_signed(bytes)? }),
        _ => return Err(DecodeError::Range),
    };
    let marks = Marks(take(bytes)?);
    let clock = ShiftedClock { seconds, tie };
    Ok(Record::Event(AnonymousEvent {
        site,
        day,
        slot,
        visitor,
        clock,
        flags,
        terms,
        languages,
        tags,
        properties,
        scroll,
        engaged_s,
        revenue,
        marks,
    }))
}

fn decode_terms(bytes: &mut &[u8]) -> Result<[Term; Dimension::COUNT], DecodeError> {
    let present = take(bytes)?;
    if present >> Dimension::COUNT != 0 {
        return Err(DecodeError::Range);
    }
    let mut terms = [Term::NONE; Dimension::COUNT];
    for (i, term) in terms.iter_mut().enumerate() {
        if present >> i & 1 == 1 {
            *term = Term(take_u32(bytes)?);
        }
    }
    Ok(terms)
}

fn take_terms(bytes: &mut &[u8], most: usize) -> Result<Vec<Term>, DecodeError> {
    let count = take_length(bytes, most)?;
    (0..count).map(|_| take_u32(bytes).map(Term)).collect()
}

fn put(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push((value as u8) | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn put_signed(out: &mut Vec<u8>, value: i64) {
    put(out, ((value << 1) ^ (value >> 63)) as u64);
}

fn take_byte(bytes: &mut &[u8]) -> Result<u8, DecodeError> {
    let (&byte, rest) = bytes.split_first().ok_or(DecodeError::Short)?;
    *bytes = rest;
    Ok(byte)
}

fn take(bytes: &mut &[u8]) -> Result<u64, DecodeError> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let byte = take_byte(bytes)?;
        let part = u64::from(byte & 0x7f);
        if shift == 63 && part > 1 {
            return Err(DecodeError::Range);
        }
        value |= part << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(DecodeError::Range)
}

fn take_u32(bytes: &mut &[u8]) -> Result<u32, DecodeError> {
    u32::try_from(take(bytes)?).map_err(|_| DecodeError::Range)
}

fn take_signed(bytes: &mut &[u8]) -> Result<i64, DecodeError> {
    let value = take(bytes)?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}

fn take_length(bytes: &mut &[u8], most: usize) -> Result<usize, DecodeError> {
    let length = usize::try_from(take(bytes)?).map_err(|_| DecodeError::Range)?;
    if length > most { Err(DecodeError::Range) } else { Ok(length) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn terms(most: usize) -> impl Strategy<Value = Vec<Term>> {
        prop::collection::vec(any::<u32>().prop_map(Term), 0..=most)
    }

    prop_compose! {
        fn event()(site: u32, day: i32, slot: u32, visitor: u64, seconds: u32, tie: u16, flags: u8,
                   dims in prop::collection::vec(prop_oneof![Just(0u32), any::<u32>()], Dimension::COUNT),
                   languages in terms(MAX_LANGUAGES), tags in terms(MAX_TAGS),
                   props in prop::collection::vec(any::<(u32, u32)>(), 0..=MAX_PROPERTIES),
                   scroll: u8, engaged_s: u32, money in prop::option::of(any::<(u32, i64)>()), marks: u64) -> AnonymousEvent {
            let mut e = AnonymousEvent::blank(SiteId(site), Day(day), Slot(slot));
            e.visitor = Visitor(visitor);
            e.clock = ShiftedClock { seconds, tie };
            e.flags = Flags(flags);
            for (t, d) in e.terms.iter_mut().zip(dims) { *t = Term(d); }
            e.languages = languages;
            e.tags = tags;
            e.properties = props.into_iter().map(|(k, v)| Property { key: Term(k), value: Term(v) }).collect();
            e.scroll = scroll;
            e.engaged_s = engaged_s;
            e.revenue = money.map(|(c, m)| Money { currency: Term(c), milli: m });
            e.marks = Marks(marks);
            e
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(e in event(), word in "\\PC{0,40}", space: u32, term in 0u32..1 << 24, hash: [u8; 12]) {
            let records = [Record::Insert(InsertHash(hash)), Record::Event(e.clone()), Record::Word(e.site, WordRecord { space: Space(space), term: Term(term), text: word.as_str().into() })];
            let mut out = Vec::new();
            for r in &records { r.encode(&mut out); }
            let mut bytes = out.as_slice();
            for r in &records { prop_assert_eq!(&Record::decode(&mut bytes).expect("own bytes"), r); }
            prop_assert!(bytes.is_empty());
        }

        #[test]
        fn any_bytes_decode_or_fail_cleanly(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut rest = bytes.as_slice();
            while !rest.is_empty() && Record::decode(&mut rest).is_ok() {}
        }

        #[test]
        fn an_event_is_small(e in event()) {
            let mut out = Vec::new();
            Record::Event(e).encode(&mut out);
            prop_assert!(out.len() <= MAX_EVENT_BYTES);
        }
    }
}
