//! Codes by which a member lets support see what is held about them, for some minutes.

use std::collections::HashMap;

use outis_event::Timestamp;
use outis_keys::KeyName;
use parking_lot::Mutex;
use zeroize::Zeroizing;

/// How long a code opens something.
const LIFE_MS: i64 = 10 * 60_000;
/// Letters and digits that are not mistaken for each other.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// 45 bits: with ten minutes and a limit of tries, not to be guessed.
const LENGTH: usize = 9;
/// Most codes at a time; the oldest go first.
const MOST_CODES: usize = 1_000;

/// A code that a member reads to support.
pub struct SupportCode(Zeroizing<String>);

impl SupportCode {
    /// The code, to be shown to the member.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Minutes that a code is good, once.
    pub const MINUTES: i64 = LIFE_MS / 60_000;
}

impl std::fmt::Debug for SupportCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SupportCode(..)")
    }
}

/// Codes in use: in memory only, as digests.
#[derive(Default)]
pub(crate) struct Codes(Mutex<HashMap<[u8; 32], (KeyName, Timestamp)>>);

impl Codes {
    /// A fresh code for a member. `None` if the system has no randomness.
    pub(crate) fn issue(&self, name: KeyName, now: Timestamp) -> Option<SupportCode> {
        let mut random = [0u8; LENGTH];
        aws_lc_rs::rand::fill(&mut random).ok()?;
        let text: String = random.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
        let mut codes = self.0.lock();
        codes.retain(|_, (of, until)| *until > now && *of != name);
        if codes.len() >= MOST_CODES {
            let oldest = codes.iter().min_by_key(|(_, (_, until))| *until).map(|(digest, _)| *digest);
            oldest.map(|digest| codes.remove(&digest));
        }
        codes.insert(digest(&text), (name, now.plus_ms(LIFE_MS)));
        Some(SupportCode(Zeroizing::new(text)))
    }

    /// Uses a code up: whose it is, if it lasts and `fits`. Spaces, dashes and case do not matter.
    pub(crate) fn take(&self, text: &str, now: Timestamp, fits: impl Fn(&KeyName) -> bool) -> Option<KeyName> {
        let plain: String = text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect();
        let mut codes = self.0.lock();
        let digest = digest(&plain);
        codes.get(&digest).filter(|(name, until)| *until > now && fits(name))?;
        codes.remove(&digest).map(|(name, _)| name)
    }

    /// Takes back what a member issued.
    pub(crate) fn withdraw(&self, name: KeyName) {
        self.0.lock().retain(|_, (of, _)| *of != name);
    }
}

fn digest(text: &str) -> [u8; 32] {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, text.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

#[cfg(test)]
mod tests {
    use outis_keys::Purpose;

    use super::*;

    fn name(n: u8) -> KeyName {
        KeyName { purpose: Purpose::Member, label: [n; 16] }
    }

    #[test]
    fn a_code_is_of_one_member_for_ten_minutes() {
        let codes = Codes::default();
        let code = codes.issue(name(1), Timestamp(0)).expect("a code");
        let typed = format!("{} {}-{}", &code.text()[..3], &code.text()[3..6].to_lowercase(), &code.text()[6..]);
        let take = |text: &str, at: i64| codes.take(text, Timestamp(at), |_| true);
        assert_eq!(take(&typed, LIFE_MS), None);
        assert_eq!(take("ABC", 1), None);
        assert_eq!(codes.take(&typed, Timestamp(1), |_| false), None, "of another site it is not used up");
        assert_eq!(take(&typed, 1), Some(name(1)));
        assert_eq!(take(&typed, 1), None, "a code is good once");
        let older = codes.issue(name(1), Timestamp(1)).expect("a code");
        let other = codes.issue(name(1), Timestamp(1)).expect("a code");
        assert_eq!(take(older.text(), 2), None, "a new code takes the old one's place");
        codes.withdraw(name(1));
        assert_eq!(take(other.text(), 2), None);
    }

    #[test]
    fn there_are_not_too_many() {
        let codes = Codes::default();
        for n in 0..MOST_CODES as u32 + 5 {
            let mut label = [0; 16];
            label[..4].copy_from_slice(&n.to_be_bytes());
            let name = KeyName { purpose: Purpose::Member, label };
            codes.issue(name, Timestamp(i64::from(n))).expect("a code");
        }
        assert_eq!(codes.0.lock().len(), MOST_CODES);
    }
}
