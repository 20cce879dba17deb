//! Persons of open days, told apart for as long as a period: in memory only, and only to count how many there were.

use std::collections::HashMap;
use std::sync::Arc;

use aws_lc_rs::hmac;
use outis_event::{Day, SiteId, Visitor};
use parking_lot::RwLock;
use zeroize::Zeroizing;

use crate::member::Who;

/// Most visitors of a site and day that are remembered. Further ones are counted by the day only.
const MOST_VISITORS: usize = 100_000;
/// Days of a period, and of the first one that were over on 1970-01-01.
const PERIOD_DAYS: i32 = 35;
const BEFORE_EPOCH: i32 = 3;

/// Who a visitor of a day is under the period's secret: the same for the same network and user agent, and for the same
/// member.
type Person = [u8; 16];

/// The secret of a period. It is never written: with it, a list of addresses and user agents would tell who may be
/// behind the bits of a cell. After a restart there is another one.
struct Secret {
    /// Tells bits apart that must not be merged.
    number: u64,
    key: hmac::Key,
}

/// How persons of several days are counted without a number that spans days being kept.
///
/// For each visitor of an open day it remembers who that is under the period's secret, until the day is closed. When
/// a day is closed, a person's bit in a cell is a hash of both: the same on every day of the period, unlike the
/// person's bit in any other cell, and shared with very many others. The day's visitors are forgotten then, the
/// secret when its period is over.
#[derive(Default)]
pub struct Persons {
    secrets: RwLock<HashMap<i32, Arc<Secret>>>,
    days: RwLock<HashMap<(SiteId, Day), HashMap<Visitor, Person>>>,
}

impl Persons {
    /// Remembers who a visitor is.
    pub(crate) fn note(&self, site: SiteId, day: Day, visitor: Visitor, who: Who<'_>) {
        if self.days.read().get(&(site, day)).is_some_and(|day| day.contains_key(&visitor)) {
            return;
        }
        let mut mac = hmac::Context::with_key(&self.secret_of(day).key);
        mac.update(b"outis/person/v1");
        who.add_to(&mut mac);
        let person = mac.sign().as_ref()[..16].try_into().expect("a tag has 32 bytes");
        let mut days = self.days.write();
        let known = days.entry((site, day)).or_default();
        if known.len() < MOST_VISITORS {
            known.insert(visitor, person);
        }
    }

    /// The number of the secret in use for the period of a day; `None` if no visitor of the day is known.
    pub fn secret(&self, site: SiteId, day: Day) -> Option<u64> {
        self.days.read().get(&(site, day))?;
        Some(self.secrets.read().get(&period(day))?.number)
    }

    /// The bit of a day's visitor in a cell, below 64, or 256 if `wide`; `None` if the visitor is not known.
    pub fn bit(&self, site: SiteId, day: Day, visitor: Visitor, cell: &[u8], wide: bool) -> Option<u8> {
        let person = *self.days.read().get(&(site, day))?.get(&visitor)?;
        let secret = self.secrets.read().get(&period(day))?.clone();
        let mut mac = hmac::Context::with_key(&secret.key);
        mac.update(b"outis/cell/v1");
        mac.update(&person);
        mac.update(cell);
        let bit = mac.sign().as_ref()[0];
        Some(if wide { bit } else { bit % 64 })
    }

    /// Forgets the visitors of a day.
    pub fn forget(&self, site: SiteId, day: Day) {
        self.days.write().remove(&(site, day));
    }

    /// Forgets all days before `first`, and the secrets of periods that ended before it.
    pub fn forget_before(&self, first: Day) {
        self.days.write().retain(|(_, day), _| *day >= first);
        self.secrets.write().retain(|number, _| *number >= period(first));
    }

    fn secret_of(&self, day: Day) -> Arc<Secret> {
        let period = period(day);
        if let Some(secret) = self.secrets.read().get(&period) {
            return secret.clone();
        }
        self.secrets.write().entry(period).or_insert_with(|| Arc::new(Secret::fresh())).clone()
    }
}

impl Secret {
    fn fresh() -> Secret {
        let mut bytes = Zeroizing::new([0; 40]);
        aws_lc_rs::rand::fill(&mut bytes[..]).expect("the system gives random bytes");
        let (number, key) = bytes.split_first_chunk::<8>().expect("40 bytes");
        Secret { number: u64::from_le_bytes(*number), key: hmac::Key::new(hmac::HMAC_SHA256, key) }
    }
}

fn period(day: Day) -> i32 {
    day.0.saturating_add(BEFORE_EPOCH).div_euclid(PERIOD_DAYS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visitor::Prefix;

    const SITE: SiteId = SiteId(1);
    /// The first day of a period.
    const FIRST: Day = Day(20_752);

    fn network(person: u32) -> Prefix {
        Prefix::of(std::net::IpAddr::V4(std::net::Ipv4Addr::from_bits(person)))
    }

    /// A day on which these persons come as visitors that the day numbers anew.
    fn day(persons: &Persons, day: Day, who: impl Iterator<Item = u32>) -> Vec<Visitor> {
        let visitor = |person: u32| {
            let visitor = Visitor(u64::from(person).wrapping_mul(0x9E37_79B9) ^ day.0 as u64);
            persons.note(SITE, day, visitor, Who::Sender { prefix: &network(person), user_agent: "agent" });
            visitor
        };
        who.map(visitor).collect()
    }

    fn bits(persons: &Persons, at: Day, visitors: &[Visitor], cell: &[u8]) -> u64 {
        visitors.iter().fold(0, |map, v| map | 1 << persons.bit(SITE, at, *v, cell, false).expect("known"))
    }

    #[test]
    fn a_person_has_one_bit_in_a_cell_all_through_a_period() {
        let persons = Persons::default();
        let (a, b) = (day(&persons, FIRST, 0..200), day(&persons, FIRST.plus(34), 0..200));
        let bit = |at, visitor, cell: &[u8]| persons.bit(SITE, at, visitor, cell, true).expect("known");
        assert!(a.iter().zip(&b).all(|(a, b)| bit(FIRST, *a, b"x") == bit(FIRST.plus(34), *b, b"x")));
        // In another cell it says nothing about this one.
        let same = a.iter().filter(|v| bit(FIRST, **v, b"x") == bit(FIRST, **v, b"y")).count();
        assert!(same < 10, "{same}");
        let next = day(&persons, FIRST.plus(35), 0..200);
        let same = a.iter().zip(&next).filter(|(a, n)| bit(FIRST, **a, b"x") == bit(FIRST.plus(35), **n, b"x"));
        assert!(same.count() < 10);
        assert_ne!(persons.secret(SITE, FIRST), persons.secret(SITE, FIRST.plus(35)));
    }

    #[test]
    fn never_more_persons_than_there_were() {
        let persons = Persons::default();
        let map = (0..20).fold(0, |map, at| {
            let at = FIRST.plus(at);
            map | bits(&persons, at, &day(&persons, at, 0..12), b"x")
        });
        assert!((6..=12).contains(&map.count_ones()), "{}", map.count_ones());
    }

    #[test]
    fn days_and_secrets_are_forgotten() {
        let persons = Persons::default();
        let visitors = day(&persons, FIRST, 0..3);
        persons.forget(SITE, FIRST);
        assert_eq!(persons.bit(SITE, FIRST, visitors[0], b"x", false), None);
        let again = day(&persons, FIRST.plus(1), 0..3);
        let before = persons.secret(SITE, FIRST.plus(1));
        persons.forget_before(FIRST.plus(1));
        assert_eq!(persons.secret(SITE, FIRST.plus(1)), before);
        persons.forget_before(FIRST.plus(35));
        assert_eq!(persons.bit(SITE, FIRST.plus(1), again[0], b"x", false), None);
        day(&persons, FIRST.plus(1), 0..3);
        assert_ne!(persons.secret(SITE, FIRST.plus(1)), before);
    }

    /// How much more often members of cells are taken for members than others are.
    fn advantage(attacker: &Persons, held: &Persons) -> f64 {
        let (mut inside, mut outside) = (0, 0);
        for cell in 0..100u32 {
            let name = cell.to_be_bytes();
            // Ten persons of a hundred are behind the cell.
            let members: Vec<u32> = (0..10).map(|i| cell * 100 + i).collect();
            let map = bits(held, FIRST, &day(held, FIRST, members.iter().copied()), &name);
            for person in cell * 100..cell * 100 + 20 {
                let guess = bits(attacker, FIRST, &day(attacker, FIRST, std::iter::once(person)), &name);
                match members.contains(&person) {
                    true => inside += u32::from(map & guess != 0),
                    false => outside += u32::from(map & guess != 0),
                }
            }
        }
        f64::from(inside) / 1000.0 - f64::from(outside) / 1000.0
    }

    #[test]
    fn whether_an_address_was_there_is_told_by_the_secret_and_by_nothing_else() {
        let held = Persons::default();
        // Who could read the process would know.
        assert!(advantage(&held, &held) > 0.7);
        // Who has all files has no secret, and makes one up. 1,000 members and others: chance stays below 0.06.
        let without = advantage(&Persons::default(), &held);
        assert!(without.abs() < 0.1, "{without}");
    }
}
