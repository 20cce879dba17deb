//! The demo's made-up people: where they are, what they use, when they come.

use std::net::{IpAddr, Ipv4Addr};

use super::content::Content;

/// People for each visitor of a day: most come now and then.
const PEOPLE_PER_VISITOR: usize = 9;

/// Percent of people who would ever join.
const WOULD_JOIN: u32 = 35;
/// Percent of members' visits in which they are signed in.
const SIGNED_IN: u32 = 85;

/// Blocks of addresses that country files place somewhere: first address, size, share, languages.
const PLACES: [(u32, u32, u32, &str); 14] = [
    (0x5B00_0000, 0x0040_0000, 22, "de-DE,de;q=0.9,en;q=0.6"),
    (0x506C_0000, 0x0001_0000, 17, "de-AT,de;q=0.9,en;q=0.7"),
    (0x0CC0_0000, 0x0020_0000, 14, "en-US,en;q=0.9"),
    (0x5180_0000, 0x0010_0000, 9, "en-GB,en;q=0.9"),
    (0x0200_0000, 0x0008_0000, 8, "fr-FR,fr;q=0.9,en;q=0.5"),
    (0x5320_0000, 0x0008_0000, 6, "es-ES,es;q=0.9"),
    (0x9710_0000, 0x0008_0000, 6, "it-IT,it;q=0.9,en;q=0.4"),
    (0x5303_0000, 0x0001_0000, 5, "pl-PL,pl;q=0.9,en;q=0.6"),
    (0x4E40_0000, 0x0008_0000, 4, "sv-SE,sv;q=0.9,en;q=0.8"),
    (0x75C0_0000, 0x0010_0000, 3, "en-IN,hi;q=0.8,en;q=0.7"),
    (0xC880_0000, 0x0010_0000, 2, "pt-BR,pt;q=0.9"),
    (0x1840_0000, 0x0008_0000, 2, "en-CA,en;q=0.9,fr;q=0.5"),
    (0x8500_0000, 0x0010_0000, 1, "ja-JP,ja;q=0.9"),
    (0x2900_0000, 0x0004_0000, 1, "ar,en;q=0.5"),
];

/// What people use: user agent without its version, share, screen width and height, touch.
const DEVICES: [(&str, u32, (u32, u32), bool); 12] = [
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
        24,
        (1920, 1080),
        false,
    ),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36",
        22,
        (412, 915),
        true,
    ),
    (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        17,
        (390, 844),
        true,
    ),
    ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{}.0) Gecko/20100101 Firefox/{}.0", 9, (1920, 1080), false),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
        8,
        (1512, 982),
        false,
    ),
    (
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36 Edg/{}.0.0.0",
        6,
        (1536, 864),
        false,
    ),
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
        5,
        (1728, 1117),
        false,
    ),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/{}.0", 3, (2560, 1440), false),
    ("Mozilla/5.0 (Android 15; Mobile; rv:{}.0) Gecko/{}.0 Firefox/{}.0", 2, (412, 915), true),
    (
        "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
        2,
        (384, 854),
        true,
    ),
    (
        "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
        1,
        (820, 1180),
        true,
    ),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
        1,
        (1920, 1200),
        false,
    ),
];

/// A made-up person. Exists in the demo's memory only.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) ip: IpAddr,
    pub(super) agent: String,
    pub(super) languages: &'static str,
    pub(super) screen: (u32, u32),
    pub(super) touch: bool,
    /// Their browser objects to collection.
    pub(super) gpc: bool,
    /// A topic they keep coming back for: the place of an article.
    pub(super) taste: usize,
    /// Where they are in the town.
    pub(super) number: usize,
    /// Percent of visits in which they would join.
    keen: u32,
}

/// What somebody is in a visit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Somebody who is not signed in.
    Visitor,
    /// Somebody who joins during the visit.
    Joins,
    /// A member who is signed in.
    Member,
}

/// Everybody, the most frequent first.
pub(super) struct Town {
    pub(super) dice: fastrand::Rng,
    pub(super) people: Vec<Person>,
    /// Who has joined, by number.
    joined: Vec<bool>,
    pub(super) content: Content,
    /// Visitors of an ordinary day.
    pub(super) visitors: u32,
}

impl Town {
    pub(super) fn new(seed: u64, visitors: u32) -> Town {
        let mut dice = fastrand::Rng::with_seed(seed);
        let count = (visitors as usize).saturating_mul(PEOPLE_PER_VISITOR).clamp(50, 400_000);
        let people = (0..count).map(|number| person(&mut dice, number)).collect();
        Town { dice, people, joined: vec![false; count], content: Content::new(), visitors }
    }

    /// Somebody who comes now; the first come more often.
    pub(super) fn somebody(&mut self) -> Person {
        let at = skewed(&mut self.dice, self.people.len(), 1.8);
        self.people[at].clone()
    }

    /// What somebody is in a visit.
    pub(super) fn role(&mut self, person: &Person) -> Role {
        if self.joined[person.number] {
            return if self.dice.u32(..100) < SIGNED_IN { Role::Member } else { Role::Visitor };
        }
        // Whoever objects to collection is nobody's member.
        let joins = !person.gpc && self.dice.u32(..100) < person.keen;
        self.joined[person.number] = joins;
        if joins { Role::Joins } else { Role::Visitor }
    }
}

/// A place below `count`, low ones more likely: the fraction of a uniform number to the power of `skew`.
pub(super) fn skewed(dice: &mut fastrand::Rng, count: usize, skew: f64) -> usize {
    let at = (dice.f64().powf(skew) * count as f64) as usize;
    at.min(count.saturating_sub(1))
}

fn person(dice: &mut fastrand::Rng, number: usize) -> Person {
    let (first, size, _, languages) = PLACES[weighted(dice, PLACES.iter().map(|place| place.2))];
    let ip = IpAddr::V4(Ipv4Addr::from(first + dice.u32(..size)));
    let (agent, _, screen, touch) = DEVICES[weighted(dice, DEVICES.iter().map(|device| device.1))];
    let version = 136 + dice.u32(..6);
    Person {
        ip,
        agent: agent.replace("{}", &version.to_string()),
        languages,
        screen,
        touch,
        gpc: dice.u32(..100) < 3,
        taste: skewed(dice, 120, 2.2),
        number,
        keen: if dice.u32(..100) < WOULD_JOIN { 5 + dice.u32(..26) } else { 0 },
    }
}

/// A place by weights.
pub(super) fn weighted(dice: &mut fastrand::Rng, weights: impl Iterator<Item = u32> + Clone) -> usize {
    let mut left = dice.u32(..weights.clone().sum::<u32>().max(1));
    for (at, weight) in weights.enumerate() {
        if left < weight {
            return at;
        }
        left -= weight;
    }
    0
}
