//! Made-up people: what stays the same for each of them, and what the application keeps of members.

use std::net::{IpAddr, Ipv4Addr};

use super::zipf::Zipf;

/// Events of the members who are attacked: so many each.
pub(super) const CLASSES: [usize; 3] = [5, 50, 500];
/// Pages and items that somebody comes back to.
const FAVOURITES: usize = 8;

/// What happens to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// A member who stays.
    Living,
    /// A member who is forgotten; what they did on the open day is counted.
    Fold,
    /// A member who is forgotten; it is not.
    Delete,
    /// A member of the application whose browser never sent anything: the control.
    Never,
    /// Everybody else, most of them no members.
    Other,
}

impl Group {
    pub(super) fn name(self) -> &'static str {
        match self {
            Group::Living => "living",
            Group::Fold => "fold",
            Group::Delete => "delete",
            Group::Never => "never",
            Group::Other => "other",
        }
    }

    pub(super) fn is_forgotten(self) -> bool {
        matches!(self, Group::Fold | Group::Delete)
    }
}

/// How large a site is, and how many members of each class are in each group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    pub(super) name: &'static str,
    /// Sites of this size, each with people of its own.
    pub(super) sites: usize,
    /// People who send events.
    pub(super) people: usize,
    pub(super) pages: usize,
    pub(super) items: usize,
    pub(super) living: usize,
    /// Of each mode of forgetting.
    pub(super) forgotten: usize,
    pub(super) never: usize,
    /// How many times somebody asks everything around one member's leaving.
    pub(super) asked: usize,
    /// There are sites with noise in history too.
    pub(super) with_noise: bool,
}

pub(super) const SCALES: [Scale; 3] = [
    Scale {
        name: "tiny",
        sites: 1,
        people: 60,
        pages: 60,
        items: 40,
        living: 3,
        forgotten: 1,
        never: 1,
        asked: 1,
        with_noise: false,
    },
    Scale {
        name: "200",
        sites: 3,
        people: 200,
        pages: 300,
        items: 200,
        living: 24,
        forgotten: 6,
        never: 24,
        asked: 6,
        with_noise: false,
    },
    Scale {
        name: "50000",
        sites: 3,
        people: 50_000,
        pages: 3_000,
        items: 2_000,
        living: 60,
        forgotten: 20,
        never: 60,
        asked: 1,
        with_noise: true,
    },
];

/// A browser as its user agent tells it.
#[derive(Debug)]
pub(super) struct Agent {
    pub(super) browser: &'static str,
    pub(super) os: &'static str,
    pub(super) device: &'static str,
    /// `{}` is the version.
    form: &'static str,
}

const AGENTS: [Agent; 9] = [
    Agent {
        browser: "Chrome",
        os: "Windows",
        device: "Desktop",
        form: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    },
    Agent {
        browser: "Chrome Mobile",
        os: "Android",
        device: "Mobile",
        form: "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Mobile Safari/537.36",
    },
    Agent {
        browser: "Mobile Safari",
        os: "iOS",
        device: "Mobile",
        form: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.0 Mobile/15E148 Safari/604.1",
    },
    Agent {
        browser: "Safari",
        os: "Mac OS X",
        device: "Desktop",
        form: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.0 Safari/605.1.15",
    },
    Agent {
        browser: "Firefox",
        os: "Windows",
        device: "Desktop",
        form: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{}.0) Gecko/20100101 Firefox/{}.0",
    },
    Agent {
        browser: "Chrome",
        os: "Mac OS X",
        device: "Desktop",
        form: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36",
    },
    Agent {
        browser: "Edge",
        os: "Windows",
        device: "Desktop",
        form: "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36 Edg/{}.0.0.0",
    },
    Agent {
        browser: "Firefox",
        os: "Linux",
        device: "Desktop",
        form: "Mozilla/5.0 (X11; Linux x86_64; rv:{}.0) Gecko/20100101 Firefox/{}.0",
    },
    Agent {
        browser: "Mobile Safari",
        os: "iOS",
        device: "Tablet",
        form: "Mozilla/5.0 (iPad; CPU OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/{}.0 Mobile/15E148 Safari/604.1",
    },
];

/// A country, the first address of a network there, and the language that most people there ask for.
const COUNTRIES: [(&str, u32, &str); 8] = [
    ("DE", 0x5B00_0000, "de"),
    ("US", 0x0CC0_0000, "en"),
    ("JP", 0x7E00_0000, "ja"),
    ("FR", 0x5A00_0000, "fr"),
    ("GB", 0x5680_0000, "en"),
    ("IT", 0x4F00_0000, "it"),
    ("AU", 0x0178_0000, "en"),
    ("CA", 0x4618_0000, "fr"),
];
const LANGUAGES: [&str; 6] = ["en", "de", "fr", "ja", "it", "es"];

/// Somebody.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) group: Group,
    /// They have an account.
    pub(super) is_member: bool,
    /// How many events they do while signed in (of members), or at all.
    pub(super) events: usize,
    pub(super) ip: IpAddr,
    pub(super) user_agent: String,
    pub(super) version: u32,
    pub(super) agent: &'static Agent,
    pub(super) country: &'static str,
    pub(super) language: &'static str,
    pub(super) pages: Vec<usize>,
    pub(super) items: Vec<usize>,
}

impl Person {
    /// The id that the application has for the member of this number.
    pub(super) fn id(number: usize) -> String {
        format!("member-{number}@people.example")
    }
}

/// Everybody of a site; members who are attacked come first.
pub(super) fn everybody(scale: &Scale, dice: &mut fastrand::Rng) -> Vec<Person> {
    let mut wanted = Vec::new();
    for events in CLASSES {
        let groups = [
            (Group::Living, scale.living),
            (Group::Fold, scale.forgotten),
            (Group::Delete, scale.forgotten),
            (Group::Never, scale.never),
        ];
        for (group, many) in groups {
            wanted.extend(std::iter::repeat_n((group, true, events), many));
        }
    }
    let sending = wanted.iter().filter(|(group, ..)| *group != Group::Never).count();
    for at in 0..scale.people - sending {
        wanted.push((Group::Other, at.is_multiple_of(10), 2 + dice.usize(0..7)));
    }
    let tables = Tables::new(scale);
    let person = |(number, (group, is_member, events))| tables.person(number, group, is_member, events, dice);
    wanted.into_iter().enumerate().map(person).collect()
}

struct Tables {
    agents: Zipf,
    countries: Zipf,
    languages: Zipf,
    pages: Zipf,
    items: Zipf,
}

impl Tables {
    fn new(scale: &Scale) -> Tables {
        Tables {
            agents: Zipf::new(AGENTS.len(), 0.8),
            countries: Zipf::new(COUNTRIES.len(), 0.9),
            languages: Zipf::new(LANGUAGES.len(), 1.0),
            pages: Zipf::new(scale.pages, 1.0),
            items: Zipf::new(scale.items, 0.9),
        }
    }

    fn person(&self, number: usize, group: Group, is_member: bool, events: usize, dice: &mut fastrand::Rng) -> Person {
        let agent = &AGENTS[self.agents.draw(dice)];
        let (country, network, usual) = COUNTRIES[self.countries.draw(dice)];
        let version = if agent.browser.ends_with("Safari") { 15 } else { 138 } + dice.u32(0..4);
        Person {
            group,
            is_member,
            events,
            ip: IpAddr::V4(Ipv4Addr::from_bits(network + 256 + number as u32 * 3)),
            user_agent: agent.form.replace("{}", &version.to_string()),
            version,
            agent,
            country,
            language: if dice.f64() < 0.7 { usual } else { LANGUAGES[self.languages.draw(dice)] },
            pages: (0..FAVOURITES).map(|_| self.pages.draw(dice)).collect(),
            items: (0..FAVOURITES).map(|_| self.items.draw(dice)).collect(),
        }
    }
}
