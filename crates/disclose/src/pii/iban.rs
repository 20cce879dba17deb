//! Bank accounts (ISO 13616): country, length, check modulo 97.

use super::{Hits, Kind, begins};

/// Countries of the registry with the length of their accounts.
const LENGTHS: &[u8] = b"AD24AE23AL28AT20AZ28BA20BE16BG22BH22BI27BR29BY28CH21CR22CY28CZ24DE22DJ27DK18DO28EE20EG29ES24\
FI18FK18FO18FR27GB22GE22GI23GL18GR27GT28HN28HR21HU28IE22IL23IQ23IS26IT27JO30KW30KZ20LB28LC32LI21LT20LU20LV21LY25MC27\
MD24ME22MK19MN20MR27MT31MU30NI28NL18NO15OM23PK24PL28PS29PT25QA29RO24RS22RU33SA24SC31SD18SE24SI19SK24SM27SO23ST25\
SV28TL23TN24TR26UA29VA22VG24XK20YE30";

pub(super) fn scan(text: &[u8], hits: &mut Hits) {
    let mut at = 0;
    while at + 15 <= text.len() {
        match account_length(text, at) {
            Some(length) => {
                hits.add(Kind::Iban, at..at + length);
                at += length;
            }
            None => at += 1,
        }
    }
}

fn account_length(text: &[u8], at: usize) -> Option<usize> {
    let [a, b, c, d, ..] = text[at..] else { return None };
    let headed = a.is_ascii_alphabetic() && b.is_ascii_alphabetic() && c.is_ascii_digit() && d.is_ascii_digit();
    if !headed || !begins(text, at) {
        return None;
    }
    let wanted = length_of([a.to_ascii_uppercase(), b.to_ascii_uppercase()])?;
    let mut account = Vec::with_capacity(wanted);
    let mut i = at;
    while account.len() < wanted {
        let b = *text.get(i)?;
        if b.is_ascii_alphanumeric() {
            account.push(b.to_ascii_uppercase());
        } else if !matches!(b, b' ' | b'-' | b'.' | b'+' | b'_') || !text[i - 1].is_ascii_alphanumeric() {
            return None;
        }
        i += 1;
    }
    (super::ends(text, i) && remainder(&account) == 1).then_some(i - at)
}

fn length_of(country: [u8; 2]) -> Option<usize> {
    let row = LENGTHS.chunks_exact(4).find(|row| row[..2] == country)?;
    Some(usize::from(row[2] - b'0') * 10 + usize::from(row[3] - b'0'))
}

/// The account with its first four characters at the end, letters as two digits, modulo 97.
pub(super) fn remainder(account: &[u8]) -> u32 {
    account[4..].iter().chain(&account[..4]).fold(0, |rest, b| match b {
        b'0'..=b'9' => (rest * 10 + u32::from(b - b'0')) % 97,
        _ => (rest * 100 + u32::from(b - b'A') + 10) % 97,
    })
}
