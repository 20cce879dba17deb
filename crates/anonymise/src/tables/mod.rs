//! Public lists: user agents, crawlers, sources, referrer spam and countries.

mod agents;
mod crawlers;
mod places;
mod sources;
mod whereabouts;

use std::collections::HashSet;
use std::net::IpAddr;
use std::sync::Arc;

pub(crate) use agents::{Agent, Device};
pub(crate) use places::Place;
pub(crate) use sources::{Kind, Source, Sources};
pub use whereabouts::{Point, Whereabouts, country_names};

use agents::Agents;
use places::Places;
use whereabouts::Centres;

/// What is wrong with a list.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TablesError {
    /// The embedded lists do not fit this version.
    #[error("the embedded list of {0} cannot be read: run scripts/fetch-lists and build again")]
    Embedded(&'static str),
    /// Not a MaxMind-format file with countries.
    #[error("the country file is not a readable MaxMind-format file (.mmdb)")]
    Places,
}

/// Hosts known for sending visits that never happened.
const SPAM: &str = include_str!("spam.txt");

/// Public lists, built once and shared.
pub struct Tables {
    agents: Agents,
    places: Places,
    sources: Sources,
    centres: Centres,
    spam: HashSet<Box<str>>,
}

impl Tables {
    /// The lists that came with the build. Takes a moment: user-agent expressions are compiled.
    ///
    /// # Errors
    /// When an embedded list cannot be read.
    pub fn embedded() -> Result<Tables, TablesError> {
        let mut tables = Tables {
            agents: Agents::embedded()?,
            places: Places::embedded()?,
            sources: Sources::embedded(),
            centres: Centres::embedded(),
            spam: HashSet::new(),
        };
        tables.add_spam(SPAM);
        Ok(tables)
    }

    /// Sources and referrer spam only: no crawler, no country, every browser is `Other`. Made at once; for tests.
    pub fn empty() -> Tables {
        let mut tables = Tables {
            agents: Agents::empty(),
            places: Places::none(),
            sources: Sources::embedded(),
            centres: Centres::embedded(),
            spam: HashSet::new(),
        };
        tables.add_spam(SPAM);
        tables
    }

    /// Uses another country file: the bytes of a MaxMind-format file (`country.iso_code` or `country_code`,
    /// `subdivisions` if present).
    ///
    /// # Errors
    /// When the bytes are not such a file.
    pub fn with_places(self, bytes: Vec<u8>) -> Result<Tables, TablesError> {
        Ok(Tables { places: Places::from_bytes(bytes)?, ..self })
    }

    /// Adds hosts (one a line) to the list of referrer spam.
    #[must_use]
    pub fn with_spam(mut self, hosts: &str) -> Tables {
        self.add_spam(hosts);
        self
    }

    /// True if the user agent is that of a crawler, script or monitor. Remembered with the parsed agent.
    pub fn is_crawler(&self, user_agent: &str) -> bool {
        self.agents.parse(user_agent).crawler
    }

    /// True if the host, or a domain above it, is on the list of referrer spam.
    pub fn is_spam_referrer(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        sources::and_above(&host).any(|domain| self.spam.contains(domain))
    }

    /// ISO 3166-1 alpha-2 code of the address.
    pub fn country(&self, ip: IpAddr) -> Option<String> {
        self.places.find(ip).country.map(|code| code.to_string())
    }

    /// Roughly where an address is: its country, and a point of the operator's file or else the middle of the country.
    pub fn whereabouts(&self, ip: IpAddr) -> Whereabouts {
        let Some(country) = self.places.find(ip).country.and_then(|code| code.as_bytes().try_into().ok()) else {
            return Whereabouts::default();
        };
        let point = self.places.point(ip).or_else(|| self.centres.of(country));
        Whereabouts { country: Some(country), point }
    }

    pub(crate) fn place(&self, ip: IpAddr) -> Place {
        self.places.find(ip)
    }

    pub(crate) fn agent(&self, user_agent: &str) -> Arc<Agent> {
        self.agents.parse(user_agent)
    }

    pub(crate) fn sources(&self) -> &Sources {
        &self.sources
    }

    fn add_spam(&mut self, hosts: &str) {
        let hosts = hosts.lines().map(str::trim).filter(|h| !h.is_empty() && !h.starts_with('#'));
        self.spam.extend(hosts.map(|h| h.to_ascii_lowercase().into_boxed_str()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spam_is_known_by_domain_and_subdomain() {
        let tables = Tables::empty().with_spam("# more\nExample-Spam.test\n");
        assert!(tables.is_spam_referrer("semalt.com"));
        assert!(tables.is_spam_referrer("www.Semalt.com"));
        assert!(tables.is_spam_referrer("a.example-spam.test"));
        assert!(!tables.is_spam_referrer("notsemalt.com"));
    }

    #[test]
    fn countries_come_with_the_build() {
        let tables = Tables { places: Places::embedded().expect("embedded file"), ..Tables::empty() };
        assert_eq!(tables.country("8.8.8.8".parse().expect("address")).as_deref(), Some("US"));
        assert_eq!(tables.country("131.130.1.1".parse().expect("address")).as_deref(), Some("AT"));
        assert_eq!(tables.country("2001:4860:4860::8888".parse().expect("address")).as_deref(), Some("US"));
        assert_eq!(tables.country("127.0.0.1".parse().expect("address")), None);
    }

    #[test]
    fn an_address_is_somewhere_in_its_country_or_nowhere() {
        let tables = Tables { places: Places::embedded().expect("embedded file"), ..Tables::empty() };
        let at = |ip: &str| tables.whereabouts(ip.parse().expect("address"));
        let vienna = Point::new(48.2, 16.4).expect("a point");
        let austria = at("131.130.1.1");
        assert_eq!(austria.country, Some(*b"AT"));
        assert!(austria.point.is_some_and(|point| point.km_to(vienna) < 300.0));
        assert!(at("8.8.8.8").point.is_some_and(|point| point.km_to(vienna) > 5_000.0));
        assert_eq!(at("127.0.0.1"), Whereabouts::default());
    }
}
