//! Phone numbers: E.164, with `00`, with a trunk zero, and national numbers in the groupings people write.

use super::numbers::Candidate;

/// True if the digits are a phone number as written.
pub(super) fn is_phone(candidate: &Candidate<'_>) -> bool {
    let (text, start) = (candidate.text, candidate.start());
    let before = start.checked_sub(1 + lead(candidate)).map(|i| text[i]);
    if before.is_some_and(|b| b.is_ascii_alphanumeric()) || !ends_well(text, candidate.end()) || is_decimal(candidate) {
        return false;
    }
    let sizes = candidate.sizes();
    has_plus(candidate) && is_international(&candidate.digits, &sizes)
        || is_double_zero(&candidate.digits, &sizes)
        || is_trunk(candidate, &sizes)
        || is_parenthesised(candidate, &sizes)
        || is_grouped(candidate, &sizes)
}

/// How many bytes before the digits belong to the number: `+`, `(`, `(+`, `+(`.
pub(super) fn lead(candidate: &Candidate<'_>) -> usize {
    let before = &candidate.text[..candidate.start()];
    let length = before.iter().rev().take(2).take_while(|b| matches!(b, b'+' | b'(')).count();
    let of_a_word = before.len().checked_sub(length + 1).is_some_and(|i| before[i].is_ascii_alphanumeric());
    if of_a_word && length == 1 && before.ends_with(b"+") { 0 } else { length }
}

fn has_plus(candidate: &Candidate<'_>) -> bool {
    let start = candidate.start();
    candidate.text[start - lead(candidate)..start].contains(&b'+')
}

/// Nothing more follows but an extension (`x123`).
fn ends_well(text: &[u8], end: usize) -> bool {
    match text[end..] {
        [b'x' | b'X', b, ..] => b.is_ascii_digit(),
        [b, ..] => !b.is_ascii_alphanumeric(),
        [] => true,
    }
}

/// True for the digits after a point: `3.14159265358`.
fn is_decimal(candidate: &Candidate<'_>) -> bool {
    matches!(candidate.text[..candidate.start()], [.., b'0'..=b'9', b'.' | b','])
}

/// Digits in threes after up to three: a number with thousands separated.
fn is_thousands(digits: &[u8], sizes: &[usize]) -> bool {
    sizes.len() > 1 && digits.len() < 10 && sizes[0] <= 3 && sizes[1..].iter().all(|size| *size == 3)
}

fn is_international(digits: &[u8], sizes: &[usize]) -> bool {
    let length = match digits[0] {
        b'0' => return false,
        b'1' | b'7' => digits.len() == 11,
        _ => (8..=15).contains(&digits.len()),
    };
    length && !is_thousands(digits, sizes)
}

fn is_double_zero(digits: &[u8], sizes: &[usize]) -> bool {
    digits.starts_with(b"00") && digits[2] != b'0' && sizes[0] >= 2 && (10..=17).contains(&digits.len())
}

fn is_trunk(candidate: &Candidate<'_>, sizes: &[usize]) -> bool {
    let digits = &candidate.digits;
    let shaped = sizes[0] >= 2 && sizes.iter().all(|size| *size >= 2);
    digits[0] == b'0' && digits[1] != b'0' && shaped && (9..=13).contains(&digits.len())
}

fn is_parenthesised(candidate: &Candidate<'_>, sizes: &[usize]) -> bool {
    let first = candidate.groups[0];
    let open = first.start > 0 && candidate.text[first.start - 1] == b'(';
    let closed = candidate.text.get(first.end) == Some(&b')');
    open && closed && (2..=5).contains(&sizes[0]) && sizes.len() > 1 && (9..=12).contains(&candidate.digits.len())
}

/// National numbers without a trunk zero, known by how they are grouped.
fn is_grouped(candidate: &Candidate<'_>, sizes: &[usize]) -> bool {
    let digits = &candidate.digits;
    let first = digits[0];
    let spaced = candidate.separator() == Some(b' ');
    let round = digits.ends_with(b"000");
    match sizes {
        // North America, with and without the leading 1.
        [10] | [3, 3, 4] => is_north_american(digits),
        [3, 7] => is_north_american(digits) || first == b'3',
        [11] | [1, 3, 3, 4] | [1, 10] => first == b'1' && is_north_american(&digits[1..]),
        // Spain, Portugal, Poland, Nordic countries, Italy, India, Brazil, China, Hong Kong.
        [3, 2, 2, 2] => first >= b'6',
        [3, 3, 3] => first >= b'5' && !round && matches!(candidate.separator(), Some(b' ' | b'-')),
        [2, 3, 2, 2] => first >= b'7',
        [2, 2, 2, 2] => spaced && first >= b'2',
        [3, 2, 3] => spaced && matches!(first, b'4' | b'9'),
        [3, 6] => first == b'3',
        [5, 5] => first >= b'6',
        [3, 4, 4] => first == b'1',
        [2, 4 | 5, 4] => first != b'0' && !round,
        [4, 4] => spaced && matches!(first, b'6' | b'8' | b'9') && !round,
        _ => false,
    }
}

/// Area code and exchange begin with 2 to 9.
fn is_north_american(digits: &[u8]) -> bool {
    digits.len() == 10 && digits[0] >= b'2' && digits[3] >= b'2'
}
