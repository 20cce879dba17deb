//! A member: the key that everything of theirs hangs on, and what is derived from it.

use std::fmt;

use aws_lc_rs::hmac;
use outis_disclose::{Pii, leaving_no_trace};
use outis_event::{Day, Pseudonym, SiteId, Visitor};
use outis_keys::{DataKey, KeyName, Purpose};

/// Most bytes of an id that an application has for a member.
const MOST_ID_BYTES: usize = 256;

/// The id that an application has for a member: personal, and never stored but sealed under the member's key.
#[derive(Debug)]
pub struct ExternalId(Pii<String>);

impl ExternalId {
    /// An id of 1 to 256 bytes without control characters; `None` of others.
    pub fn new(id: String) -> Option<ExternalId> {
        let fits = !id.is_empty() && id.len() <= MOST_ID_BYTES && !id.chars().any(char::is_control);
        fits.then(|| ExternalId(Pii::new(id)))
    }

    /// The id; `why` says what it is needed for.
    pub fn expose(&self, why: &'static str) -> &str {
        self.0.expose(why)
    }
}

/// Names members: a keyed hash of site and id, under a key that only serves for this.
pub(crate) struct Index(hmac::Key);

/// Bytes of a label that say the site, so that its members can be listed.
const SITE_BYTES: usize = 4;

impl Index {
    pub(crate) fn new(key: &DataKey) -> Index {
        let key = key.derive(b"outis/people/v1/index");
        Index(hmac::Key::new(hmac::HMAC_SHA256, key.bytes("name members")))
    }

    /// The name of the member's key. 96 bits of the hash: among a million members two share one with probability
    /// 10^-17.
    pub(crate) fn name(&self, site: SiteId, id: &ExternalId) -> KeyName {
        let tag = leaving_no_trace(|| {
            let mut mac = hmac::Context::with_key(&self.0);
            mac.update(&site.0.to_be_bytes());
            mac.update(id.expose("named by a keyed hash").as_bytes());
            mac.sign()
        });
        let mut label = [0; 16];
        label[..SITE_BYTES].copy_from_slice(&site.0.to_be_bytes());
        label[SITE_BYTES..].copy_from_slice(&tag.as_ref()[..16 - SITE_BYTES]);
        KeyName { purpose: Purpose::Member, label }
    }
}

/// The site of a member's key.
pub(crate) fn site_of(name: &KeyName) -> SiteId {
    let [a, b, c, d, ..] = name.label;
    SiteId(u32::from_be_bytes([a, b, c, d]))
}

/// A member: whoever holds this can read and change what is kept of them.
#[derive(Clone)]
pub struct Member {
    pub(crate) name: KeyName,
    pub(crate) key: DataKey,
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Member(..)")
    }
}

/// What a member is on one day of a site: numbers for that day alone, the same on all devices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberDay {
    /// The day's visitor number.
    pub visitor: Visitor,
    /// By how much the day's clock is shifted, seconds below 2^31.
    pub offset_s: u32,
    /// Who it is under the secrets that count persons of weeks and periods; known in memory only.
    pub person: [u8; 16],
}

impl Member {
    /// Their site.
    pub fn site(&self) -> SiteId {
        site_of(&self.name)
    }

    /// What they are on this day. Without the member's key no two days can be joined.
    pub fn day(&self, day: Day) -> MemberDay {
        let tag = self.prf(b"outis/people/v1/day", &day.0.to_be_bytes());
        let part = |at: usize| u64::from_be_bytes(tag[at..at + 8].try_into().expect("a tag has 32 bytes"));
        let person = self.prf(b"outis/people/v1/person", &[]);
        MemberDay {
            // 63 bits, never 0, as those of anonymous visitors.
            visitor: Visitor((part(0) >> 1).max(1)),
            offset_s: u32::try_from(part(8) >> 33).expect("31 bits"),
            person: person[..16].try_into().expect("a tag has 32 bytes"),
        }
    }

    /// Their number in the link file of the period of this day.
    pub fn pseudonym(&self, day: Day) -> Pseudonym {
        let tag = self.prf(b"outis/people/v1/period", &day.period().to_be_bytes());
        Pseudonym(u64::from_be_bytes(tag[..8].try_into().expect("a tag has 32 bytes")))
    }

    /// Their number at a third party in the period of this day.
    pub fn pseudonym_at(&self, destination: &str, day: Day) -> [u8; 16] {
        let place = [&day.period().to_be_bytes()[..], destination.as_bytes()].concat();
        self.prf(b"outis/people/v1/sink", &place)[..16].try_into().expect("a tag has 32 bytes")
    }

    fn prf(&self, what: &[u8], of: &[u8]) -> [u8; 32] {
        let key = self.key.derive(what);
        let key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes("derive a number"));
        let mut mac = hmac::Context::with_key(&key);
        mac.update(&self.site().0.to_be_bytes());
        mac.update(of);
        mac.sign().as_ref().try_into().expect("a tag has 32 bytes")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ExternalId {
        ExternalId::new(text.to_owned()).expect("an id")
    }

    fn member(site: u32, key: u8) -> Member {
        let index = Index::new(&DataKey::from_bytes([7; 32]));
        Member { name: index.name(SiteId(site), &id("anna")), key: DataKey::from_bytes([key; 32]) }
    }

    #[test]
    fn a_name_is_of_one_site_one_id_and_one_index() {
        let (a, b) = (Index::new(&DataKey::from_bytes([1; 32])), Index::new(&DataKey::from_bytes([2; 32])));
        let name = a.name(SiteId(3), &id("anna"));
        assert_eq!(name, a.name(SiteId(3), &id("anna")));
        assert_eq!(site_of(&name), SiteId(3));
        for other in [a.name(SiteId(4), &id("anna")), a.name(SiteId(3), &id("bert")), b.name(SiteId(3), &id("anna"))] {
            assert_ne!(name.label[4..], other.label[4..]);
        }
    }

    #[test]
    fn days_periods_and_destinations_are_not_joined() {
        let anna = member(1, 5);
        let (today, tomorrow) = (anna.day(Day(20_000)), anna.day(Day(20_001)));
        assert_eq!(today, anna.day(Day(20_000)), "the same on all devices");
        assert!(today.visitor != tomorrow.visitor && today.offset_s != tomorrow.offset_s);
        assert_eq!(today.person, tomorrow.person);
        assert!(today.visitor.0 < 1 << 63 && today.offset_s < 1 << 31);
        assert_ne!(today.visitor, member(1, 6).day(Day(20_000)).visitor);
        assert_ne!(today.visitor, member(2, 5).day(Day(20_000)).visitor);
        assert_eq!(anna.pseudonym(Day(20_752)), anna.pseudonym(Day(20_786)));
        assert_ne!(anna.pseudonym(Day(20_752)), anna.pseudonym(Day(20_787)));
        assert_ne!(anna.pseudonym_at("a", Day(1)), anna.pseudonym_at("b", Day(1)));
    }

    #[test]
    fn ids_have_bounds() {
        assert!(ExternalId::new(String::new()).is_none());
        assert!(ExternalId::new("a".repeat(257)).is_none());
        assert!(ExternalId::new("a\nb".into()).is_none());
        assert!(ExternalId::new("a".repeat(256)).is_some());
    }
}
