//! Confirmations: a member says yes to exactly what was asked, within minutes. The server keeps no list of them.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use outis_event::{SiteId, Timestamp};
use outis_keys::{DataKey, KeyName, Keys, Purpose};

const KEY: KeyName = KeyName { purpose: Purpose::Control, label: *b"intents-confirms" };
/// How long a confirmation is good.
pub(crate) const CONFIRM_MINUTES: i64 = 5;
const MINUTE_MS: i64 = 60_000;
const TIME_BYTES: usize = 8;
const MAC_BYTES: usize = 32;

/// What is confirmed, by whom.
pub(crate) struct Deed<'a> {
    pub(crate) site: SiteId,
    /// Who: nobody confirms for another one.
    pub(crate) who: &'a [u8],
    /// The intent with its slots.
    pub(crate) what: &'a [u8],
}

/// Makes and checks confirmations: the time until which one is good, and a MAC (HMAC-SHA256) of it and the deed.
pub(crate) struct Confirming(hmac::Key);

impl Confirming {
    /// Opens it.
    ///
    /// # Errors
    /// When the key tree refuses.
    pub(super) async fn open(keys: &dyn Keys) -> anyhow::Result<Confirming> {
        Ok(Confirming::of(&keys.get_or_create(KEY).await?))
    }

    fn of(key: &DataKey) -> Confirming {
        Confirming(hmac::Key::new(hmac::HMAC_SHA256, key.bytes("confirmations of intents")))
    }

    /// A confirmation of a deed, good from now on for some minutes.
    pub(crate) fn ask(&self, deed: &Deed<'_>, now: Timestamp) -> String {
        let until = now.plus_ms(CONFIRM_MINUTES * MINUTE_MS).0.to_be_bytes();
        let mac = hmac::sign(&self.0, &told(&until, deed));
        URL_SAFE_NO_PAD.encode([&until, mac.as_ref()].concat())
    }

    /// True if this confirms the deed, and still does.
    pub(crate) fn holds(&self, confirmation: &str, deed: &Deed<'_>, now: Timestamp) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(confirmation) else { return false };
        let Some((until, mac)) = bytes.split_first_chunk::<TIME_BYTES>() else { return false };
        let is_good = mac.len() == MAC_BYTES && hmac::verify(&self.0, &told(until, deed), mac).is_ok();
        is_good && now.0 < i64::from_be_bytes(*until)
    }
}

/// Lengths keep parts apart.
fn told(until: &[u8; TIME_BYTES], deed: &Deed<'_>) -> Vec<u8> {
    let length = |part: &[u8]| (part.len() as u64).to_be_bytes();
    let (who, what) = (length(deed.who), length(deed.what));
    [&until[..], &deed.site.0.to_be_bytes(), &who, deed.who, &what, deed.what].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_is_of_one_deed_of_one_person_for_some_minutes() {
        let confirming = Confirming::of(&DataKey::from_bytes([7; 32]));
        let now = Timestamp(1_800_000_000_000);
        let deed = |site, who: &'static str, what: &'static str| Deed {
            site: SiteId(site),
            who: who.as_bytes(),
            what: what.as_bytes(),
        };
        let token = confirming.ask(&deed(1, "anna", "forget_me"), now);
        let holds = |deed: &Deed<'_>, at| confirming.holds(&token, deed, at);
        assert!(holds(&deed(1, "anna", "forget_me"), now.plus_ms(CONFIRM_MINUTES * MINUTE_MS - 1)));
        assert!(!holds(&deed(1, "anna", "forget_me"), now.plus_ms(CONFIRM_MINUTES * MINUTE_MS)), "too late");
        for other in [deed(2, "anna", "forget_me"), deed(1, "zoe", "forget_me"), deed(1, "anna", "follow")] {
            assert!(!holds(&other, now));
        }
        assert!(!holds(&deed(1, "annaf", "orget_me"), now), "parts are kept apart");
        let later = confirming.ask(&deed(1, "anna", "forget_me"), now.plus_ms(1));
        assert_ne!(later, token);
        for wrong in ["", "x", "AAAA", &token[1..], &token[..token.len() - 2]] {
            assert!(!confirming.holds(wrong, &deed(1, "anna", "forget_me"), now), "{wrong}");
        }
        let other = Confirming::of(&DataKey::from_bytes([8; 32]));
        assert!(!other.holds(&token, &deed(1, "anna", "forget_me"), now));
    }
}
