//! Browser, operating system and class of device from a user agent; remembered by a keyed hash of it.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use parking_lot::RwLock;
use serde::Deserialize;
use ua_parser::{os, user_agent};

use super::TablesError;
use super::crawlers::Crawlers;

/// Expressions of uap-core as JSON.
const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/agents.json"));
/// Agents remembered in each of two generations.
const REMEMBERED: usize = 8_192;
/// User agents are cut here before they are parsed.
const MAX_AGENT_BYTES: usize = 1_024;

/// Class of device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    Desktop,
    Mobile,
    Tablet,
    Tv,
    Console,
}

impl Device {
    /// The word shown.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Device::Desktop => "Desktop",
            Device::Mobile => "Mobile",
            Device::Tablet => "Tablet",
            Device::Tv => "TV",
            Device::Console => "Console",
        }
    }
}

/// What is kept of a user agent.
#[derive(Debug)]
pub(crate) struct Agent {
    /// Browser family; `Other` if unknown.
    pub(crate) browser: Box<str>,
    /// Major version.
    pub(crate) browser_major: Option<Box<str>>,
    /// Family of the operating system; `Other` if unknown.
    pub(crate) os: Box<str>,
    /// Major version.
    pub(crate) os_major: Option<Box<str>>,
    /// Class, if it can be told.
    pub(crate) device: Option<Device>,
    /// A crawler, script or monitor.
    pub(crate) crawler: bool,
}

#[derive(Deserialize)]
struct Expressions {
    user_agent_parsers: Vec<user_agent::Parser<'static>>,
    os_parsers: Vec<os::Parser<'static>>,
}

struct Extractors {
    browser: user_agent::Extractor<'static>,
    os: os::Extractor<'static>,
}

#[derive(Default)]
struct Memory {
    young: HashMap<u64, Arc<Agent>>,
    old: HashMap<u64, Arc<Agent>>,
}

/// Parses user agents. Keeps no user agent, only hashes under a key of this process.
pub(super) struct Agents {
    extractors: Option<Extractors>,
    crawlers: Crawlers,
    hasher: RandomState,
    memory: RwLock<Memory>,
}

impl Agents {
    pub(super) fn embedded() -> Result<Agents, TablesError> {
        let wrong = TablesError::Embedded("user agents");
        let list: Expressions = serde_json::from_str(EMBEDDED).map_err(|_| wrong)?;
        Ok(Agents { extractors: Some(compile(list).map_err(|_| wrong)?), ..Agents::with(Crawlers::embedded()?) })
    }

    pub(super) fn empty() -> Agents {
        Agents::with(Crawlers::none())
    }

    fn with(crawlers: Crawlers) -> Agents {
        Agents { extractors: None, crawlers, hasher: RandomState::new(), memory: RwLock::default() }
    }

    /// What is known of a user agent.
    pub(super) fn parse(&self, user_agent: &str) -> Arc<Agent> {
        let key = self.hasher.hash_one(user_agent);
        if let Some(agent) = self.memory.read().young.get(&key) {
            return agent.clone();
        }
        let mut memory = self.memory.write();
        if let Some(agent) = memory.old.remove(&key) {
            memory.remember(key, agent.clone());
            return agent;
        }
        drop(memory);
        let agent = Arc::new(self.parse_anew(user_agent));
        self.memory.write().remember(key, agent.clone());
        agent
    }

    fn parse_anew(&self, user_agent: &str) -> Agent {
        let text = &user_agent[..user_agent.floor_char_boundary(MAX_AGENT_BYTES)];
        let mut agent = Agent {
            browser: "Other".into(),
            browser_major: None,
            os: "Other".into(),
            os_major: None,
            device: device_of(text),
            crawler: self.crawlers.is_one(text),
        };
        let Some(extractors) = &self.extractors else { return agent };
        if let Some(found) = extractors.browser.extract(text) {
            agent.browser = found.family.into();
            agent.browser_major = found.major.map(Into::into);
        }
        if let Some(found) = extractors.os.extract(text) {
            agent.os = found.os.into();
            agent.os_major = found.major.map(Into::into);
        }
        agent
    }
}

impl Memory {
    fn remember(&mut self, key: u64, agent: Arc<Agent>) {
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, agent);
    }
}

fn compile(list: Expressions) -> Result<Extractors, ua_parser::Error> {
    let mut browsers = list.user_agent_parsers.into_iter();
    let mut systems = list.os_parsers.into_iter();
    Ok(Extractors {
        browser: browsers.try_fold(user_agent::Builder::new(), |all, one| all.push(one))?.build()?,
        os: systems.try_fold(os::Builder::new(), |all, one| all.push(one))?.build()?,
    })
}

/// Marks in lower-case user agents, the first that is found decides.
const DEVICE_MARKS: [(&str, Device); 38] = [
    ("xbox", Device::Console),
    ("playstation", Device::Console),
    ("nintendo", Device::Console),
    ("smart-tv", Device::Tv),
    ("smarttv", Device::Tv),
    ("appletv", Device::Tv),
    ("apple tv", Device::Tv),
    ("googletv", Device::Tv),
    ("google tv", Device::Tv),
    ("android tv", Device::Tv),
    ("hbbtv", Device::Tv),
    ("netcast", Device::Tv),
    ("web0s", Device::Tv),
    ("roku", Device::Tv),
    ("bravia", Device::Tv),
    ("crkey", Device::Tv),
    ("; aft", Device::Tv),
    ("ipad", Device::Tablet),
    ("tablet pc", Device::Desktop),
    ("tablet", Device::Tablet),
    ("kindle", Device::Tablet),
    ("playbook", Device::Tablet),
    ("kf", Device::Tablet),
    ("iphone", Device::Mobile),
    ("ipod", Device::Mobile),
    ("mobi", Device::Mobile),
    ("windows phone", Device::Mobile),
    ("iemobile", Device::Mobile),
    ("blackberry", Device::Mobile),
    ("opera mini", Device::Mobile),
    ("symbian", Device::Mobile),
    ("kaios", Device::Mobile),
    ("android", Device::Tablet),
    ("windows", Device::Desktop),
    ("macintosh", Device::Desktop),
    ("cros", Device::Desktop),
    ("x11", Device::Desktop),
    ("linux", Device::Desktop),
];

fn device_of(user_agent: &str) -> Option<Device> {
    let lower = user_agent.to_ascii_lowercase();
    // `kf` stands for Fire tablets (`KFTT`), but only as the model of an Android device.
    let hit = |mark: &str| if mark == "kf" { lower.contains("; kf") } else { lower.contains(mark) };
    DEVICE_MARKS.iter().find(|(mark, _)| hit(mark)).map(|(_, device)| *device)
}

#[cfg(test)]
mod tests;
