//! Numbers written in groups: payment cards, national numbers, phone numbers, and numbers too long for anything else.

use super::{Hits, Kind, begins, ends, national, phone};

/// The digits of one group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Group {
    pub(super) start: usize,
    pub(super) end: usize,
}

impl Group {
    pub(super) fn len(self) -> usize {
        self.end - self.start
    }
}

/// Most groups that one number is looked for in.
const MOST_GROUPS: usize = 8;
/// Most digits of one number.
const MOST_DIGITS: usize = 19;

/// Some consecutive groups, read as one number.
pub(super) struct Candidate<'a> {
    pub(super) text: &'a [u8],
    pub(super) groups: &'a [Group],
    /// The digits without what separates them.
    pub(super) digits: Vec<u8>,
}

impl Candidate<'_> {
    pub(super) fn start(&self) -> usize {
        self.groups[0].start
    }

    pub(super) fn end(&self) -> usize {
        self.groups[self.groups.len() - 1].end
    }

    pub(super) fn sizes(&self) -> Vec<usize> {
        self.groups.iter().map(|group| group.len()).collect()
    }

    /// What stands between the groups, if it is the same single byte everywhere.
    pub(super) fn separator(&self) -> Option<u8> {
        let mut gaps = self.groups.windows(2).map(|pair| &self.text[pair[0].end..pair[1].start]);
        let first = gaps.next()?;
        (first.len() == 1 && gaps.all(|gap| gap == first)).then(|| first[0])
    }

    pub(super) fn stands_alone(&self) -> bool {
        begins(self.text, self.start()) && ends(self.text, self.end())
    }
}

pub(super) fn scan(text: &[u8], hits: &mut Hits) {
    let mut groups = Vec::new();
    let mut at = 0;
    while let Some(offset) = text[at..].iter().position(u8::is_ascii_digit) {
        at = collect(text, at + offset, &mut groups);
        for part in without_dates(text, &groups) {
            scan_groups(text, part, hits);
        }
    }
}

/// Gathers groups of digits with at most three separating bytes between them; the place after the last.
fn collect(text: &[u8], mut at: usize, groups: &mut Vec<Group>) -> usize {
    groups.clear();
    loop {
        let end = at + text[at..].iter().take_while(|b| b.is_ascii_digit()).count();
        groups.push(Group { start: at, end });
        let gap = text[end..].iter().take_while(|b| is_separator(**b)).count();
        if gap == 0 || gap > 3 || !text.get(end + gap).is_some_and(u8::is_ascii_digit) {
            return end;
        }
        at = end + gap;
    }
}

fn is_separator(b: u8) -> bool {
    matches!(b, b' ' | b'.' | b'-' | b'/' | b'(' | b')' | b'+' | b'_')
}

/// The stretches between dates, for a date is no part of a number.
fn without_dates<'a>(text: &[u8], groups: &'a [Group]) -> Vec<&'a [Group]> {
    let (mut parts, mut from, mut at) = (Vec::new(), 0, 0);
    while at < groups.len() {
        let length = date_length(text, &groups[at..]);
        if length > 0 {
            parts.push(&groups[from..at]);
            from = at + length;
        }
        at += length.max(1);
    }
    parts.push(&groups[from..]);
    parts.retain(|part| !part.is_empty());
    parts
}

/// How many groups a date at the beginning has: 3 for `2026-11-24` and `24.11.2026`, 1 for `20261124` and longer.
fn date_length(text: &[u8], groups: &[Group]) -> usize {
    let value = |group: Group| number(&text[group.start..group.end]);
    if let [a, b, c, ..] = *groups {
        let same = a.end + 1 == b.start && b.end + 1 == c.start && text[a.end] == text[b.end];
        let (x, y, z) = (value(a), value(b), value(c));
        let short = b.len() <= 2 && a.len().min(c.len()) <= 2;
        let ymd = a.len() == 4 && c.len() <= 2 && is_date(x, y, z);
        let dmy = a.len() <= 2 && c.len() == 4 && (is_date(z, y, x) || is_date(z, x, y));
        if same && short && (ymd || dmy) {
            return 3;
        }
    }
    usize::from(is_compact_date(&text[groups[0].start..groups[0].end]))
}

fn number(digits: &[u8]) -> u32 {
    digits.iter().take(9).fold(0, |value, b| value * 10 + u32::from(b - b'0'))
}

fn is_date(year: u32, month: u32, day: u32) -> bool {
    (1900..2100).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day)
}

/// `20261124`, with hour, minute, second and milliseconds too.
fn is_compact_date(digits: &[u8]) -> bool {
    let pair = |at: usize| digits.get(at..at + 2).map_or(0, number);
    matches!(digits.len(), 8 | 10 | 12 | 14 | 17)
        && is_date(number(&digits[..4]), pair(4), pair(6))
        && pair(8) < 24
        && pair(10) < 60
        && pair(12) < 61
}

fn scan_groups(text: &[u8], groups: &[Group], hits: &mut Hits) {
    let mut at = 0;
    while at < groups.len() {
        at += scan_from(text, &groups[at..], hits).max(1);
    }
}

enum Reading {
    Hit(Kind),
    Harmless,
}

/// Looks for the longest number that begins with the first group; how many groups it has.
fn scan_from(text: &[u8], groups: &[Group], hits: &mut Hits) -> usize {
    let mut most = 0;
    let mut total = 0;
    for group in groups.iter().take(MOST_GROUPS) {
        total += group.len();
        if total > MOST_DIGITS {
            break;
        }
        most += 1;
    }
    if most == 0 {
        return usize::from(long_run(text, groups[0], hits));
    }
    for count in (1..=most).rev() {
        let groups = &groups[..count];
        let digits = groups.iter().flat_map(|group| &text[group.start..group.end]).copied().collect();
        let candidate = Candidate { text, groups, digits };
        match read(&candidate) {
            Some(Reading::Hit(kind)) => {
                let lead = if kind == Kind::Phone { phone::lead(&candidate) } else { 0 };
                hits.add(kind, candidate.start() - lead..candidate.end());
                return count;
            }
            Some(Reading::Harmless) => return count,
            None => {}
        }
    }
    0
}

/// More digits than any number has: still nothing to keep.
fn long_run(text: &[u8], group: Group, hits: &mut Hits) -> bool {
    let number = !is_fraction(text, group.start);
    if number {
        hits.add(Kind::LongNumber, group.start..group.end);
    }
    number
}

fn read(candidate: &Candidate<'_>) -> Option<Reading> {
    if candidate.digits.len() < 7 {
        return None;
    }
    if is_book(candidate) {
        return Some(Reading::Harmless);
    }
    let kind = if is_card(candidate) {
        Kind::PaymentCard
    } else if national::is_number(candidate) {
        Kind::NationalId
    } else if phone::is_phone(candidate) {
        Kind::Phone
    } else if is_long(candidate) {
        Kind::LongNumber
    } else {
        return None;
    };
    Some(Reading::Hit(kind))
}

/// The number of a book (ISBN-13), which is about nobody.
fn is_book(candidate: &Candidate<'_>) -> bool {
    let digits = &candidate.digits;
    digits.len() == 13
        && (digits.starts_with(b"978") || digits.starts_with(b"979"))
        && weighted_ean(digits).is_multiple_of(10)
}

/// The weighted sum of EAN-13 (also of Swiss insurance numbers): divisible by ten when right.
pub(super) fn weighted_ean(digits: &[u8]) -> u32 {
    digits.iter().enumerate().map(|(i, b)| u32::from(b - b'0') * if i % 2 == 0 { 1 } else { 3 }).sum()
}

/// A card: 13 to 19 digits in one piece or in the usual groups, a prefix that is in use, Luhn.
fn is_card(candidate: &Candidate<'_>) -> bool {
    let digits = &candidate.digits;
    let grouped = match candidate.groups {
        [only] => !is_fraction(candidate.text, only.start),
        [first, ..] => first.len() == 4 && candidate.separator().is_some_and(|b| b != b'/'),
        [] => false,
    };
    let prefix = number(&digits[..4.min(digits.len())]);
    let issued = match digits[0] {
        b'2' => (2200..2721).contains(&prefix),
        b'3' => matches!(prefix / 100, 30 | 34..=39),
        b'4' | b'5' | b'6' => true,
        b'8' => prefix / 100 == 81,
        b'9' => prefix / 100 == 97,
        _ => false,
    };
    (13..=19).contains(&digits.len()) && grouped && issued && luhn(digits)
}

/// The check of ISO/IEC 7812 annex B.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let values = digits.iter().rev().map(|b| u32::from(b - b'0'));
    values.enumerate().map(|(i, digit)| if i % 2 == 1 { doubled(digit) } else { digit }).sum::<u32>() % 10 == 0
}

/// True for digits after the point of a decimal number.
fn is_fraction(text: &[u8], start: usize) -> bool {
    matches!(text[..start], [.., b'0'..=b'9', b'.' | b','])
}

/// Digits in a row from which on they number somebody: where letters may be around them, where none are, and where
/// they are a whole value or segment of a path.
const LONG_ANYWHERE: usize = 12;
const LONG_ALONE: usize = 10;
const LONG_WHOLE: usize = 9;

fn is_long(candidate: &Candidate<'_>) -> bool {
    let [group] = candidate.groups else { return false };
    let (text, length) = (candidate.text, group.len());
    let before = group.start.checked_sub(1).map(|i| text[i]);
    let after = text.get(group.end).copied();
    let whole = matches!(before, None | Some(b'/' | b'=')) && matches!(after, None | Some(b'/' | b'?' | b'&' | b'#'));
    let long = length >= LONG_ANYWHERE
        || (length >= LONG_ALONE && candidate.stands_alone())
        || (length >= LONG_WHOLE && whole);
    long && !is_fraction(text, group.start)
}
