//! National numbers of persons, where their form or checksum is telling enough.

use super::numbers::{Candidate, luhn, weighted_ean};
use super::{Hits, Kind, begins, ends};

/// Numbers of digits only: United States, Brazil, Switzerland, Sweden, Denmark.
pub(super) fn is_number(candidate: &Candidate<'_>) -> bool {
    let digits = &candidate.digits;
    if !candidate.stands_alone() {
        return false;
    }
    match (candidate.sizes().as_slice(), candidate.separator()) {
        ([3, 2, 4], Some(b'-' | b' ')) => is_social_security(digits),
        ([3, 3, 3, 2], _) => is_cpf(digits),
        ([3, 4, 4, 2], Some(b'.' | b' ')) => digits.starts_with(b"756") && weighted_ean(digits).is_multiple_of(10),
        ([6, 4], Some(b'-' | b'+')) => is_swedish(digits) || is_danish(digits),
        ([8, 4], Some(b'-' | b'+')) => is_swedish(&digits[2..]),
        _ => false,
    }
}

fn is_social_security(digits: &[u8]) -> bool {
    let (area, group, serial) = (&digits[..3], &digits[3..5], &digits[5..]);
    area != b"000" && area != b"666" && area[0] != b'9' && group != b"00" && serial != b"0000"
}

fn is_cpf(digits: &[u8]) -> bool {
    let check = |length: usize| {
        let sum: u32 = digits[..length].iter().zip((2..=length + 1).rev()).map(|(b, w)| value(*b) * w as u32).sum();
        sum * 10 % 11 % 10 == value(digits[length])
    };
    check(9) && check(10)
}

/// Year, month, day, number; Luhn.
fn is_swedish(digits: &[u8]) -> bool {
    let (month, day) = (pair(&digits[2..]), pair(&digits[4..]));
    (1..=12).contains(&month) && (1..=31).contains(&day) && luhn(digits)
}

/// Day, month, year, number; divisible by 11. Numbers given since 2007 need not be, and are not found.
fn is_danish(digits: &[u8]) -> bool {
    let (day, month) = (pair(digits), pair(&digits[2..]));
    let weights = [4, 3, 2, 7, 6, 5, 4, 3, 2, 1];
    let sum: u32 = digits.iter().zip(weights).map(|(b, w)| value(*b) * w).sum();
    (1..=12).contains(&month) && (1..=31).contains(&day) && sum.is_multiple_of(11)
}

fn value(digit: u8) -> u32 {
    u32::from(digit - b'0')
}

fn pair(digits: &[u8]) -> u32 {
    value(digits[0]) * 10 + value(digits[1])
}

/// Numbers with letters: Spain, Italy, United Kingdom, Finland.
pub(super) fn scan(text: &[u8], hits: &mut Hits) {
    let mut at = 0;
    while at < text.len() {
        let length = if begins(text, at) { word_length(&text[at..]) } else { 0 };
        if matches!(length, 9 | 11 | 16) && ends(text, at + length) && is_lettered(&text[at..at + length]) {
            hits.add(Kind::NationalId, at..at + length);
        }
        at += length.max(1);
    }
}

/// Letters and digits; in the seventh place also the hyphen of a Finnish number.
fn word_length(text: &[u8]) -> usize {
    let all_digits = text.len() > 6 && text[..6].iter().all(u8::is_ascii_digit);
    let part = |(i, b): &(usize, &u8)| b.is_ascii_alphanumeric() || (*i == 6 && **b == b'-' && all_digits);
    text.iter().enumerate().take(40).take_while(part).count()
}

fn is_lettered(word: &[u8]) -> bool {
    match word.len() {
        9 => is_spanish(word) || is_british(word),
        11 => is_finnish(word),
        16 => is_italian(word),
        _ => false,
    }
}

/// Eight digits (or X, Y, Z and seven) and a letter that follows from them.
fn is_spanish(word: &[u8]) -> bool {
    let first = match word[0].to_ascii_uppercase() {
        letter @ b'X'..=b'Z' => letter - b'X',
        digit @ b'0'..=b'9' => digit - b'0',
        _ => return false,
    };
    let rest = &word[1..8];
    let number = rest.iter().fold(u32::from(first), |n, b| n * 10 + u32::from(b.wrapping_sub(b'0')) % 10);
    let letter = b"TRWAGMYFPDXBNJZSQVHLCKE"[(number % 23) as usize];
    rest.iter().all(u8::is_ascii_digit) && word[8].to_ascii_uppercase() == letter
}

/// Two letters, six digits, A to D, as capitals.
fn is_british(word: &[u8]) -> bool {
    let lettered = word[..2].iter().all(|b| b.is_ascii_uppercase() && !b"DFIQUV".contains(b)) && word[1] != b'O';
    lettered && word[2..8].iter().all(u8::is_ascii_digit) && matches!(word[8], b'A'..=b'D')
}

/// Day, month, year, sign of the century, number, and a character that follows from the digits.
fn is_finnish(word: &[u8]) -> bool {
    let digits = || word[..6].iter().chain(&word[7..10]);
    if !digits().all(u8::is_ascii_digit) || !matches!(word[6].to_ascii_uppercase(), b'-' | b'A' | b'+') {
        return false;
    }
    let number = digits().fold(0, |n: u32, b| n * 10 + value(*b));
    let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY"[(number % 31) as usize];
    pair(&word[..2]) <= 31 && pair(&word[2..4]) <= 12 && word[10].to_ascii_uppercase() == check
}

/// Codice fiscale: six letters, then year, month letter, day, place, and a letter that follows from the rest.
fn is_italian(word: &[u8]) -> bool {
    let shape = b"LLLLLLDDMDDLDDDL";
    let fits = shape.iter().zip(word).all(|(kind, b)| match kind {
        b'L' => b.is_ascii_alphabetic(),
        b'M' => b"ABCDEHLMPRST".contains(&b.to_ascii_uppercase()),
        _ => b.is_ascii_digit(),
    });
    fits && italian_check(&word[..15]) == word[15].to_ascii_uppercase()
}

fn italian_check(word: &[u8]) -> u8 {
    const ODD: [u8; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    let sum: u32 = word
        .iter()
        .enumerate()
        .map(|(i, b)| {
            let rank = if b.is_ascii_digit() { b - b'0' } else { b.to_ascii_uppercase() - b'A' };
            u32::from(if i % 2 == 0 { ODD[usize::from(rank)] } else { rank })
        })
        .sum();
    b'A' + (sum % 26) as u8
}
