//! Public lists: user agents, crawlers, sources, referrer spam and countries.

use std::net::IpAddr;

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

/// Public lists, built once and shared.
pub struct Tables {}

impl Tables {
    /// The lists that came with the build. Takes a moment: user-agent expressions are compiled.
    ///
    /// # Errors
    /// When an embedded list cannot be read.
    pub fn embedded() -> Result<Tables, TablesError> {
        Ok(Tables {})
    }

    /// No lists: no crawler, no country, every browser is `Other`. For tests.
    pub fn empty() -> Tables {
        Tables {}
    }

    /// Uses another country file: the bytes of a MaxMind-format file (`country.iso_code` or `country_code`,
    /// `subdivisions` if present).
    ///
    /// # Errors
    /// When the bytes are not such a file.
    pub fn with_places(self, _bytes: Vec<u8>) -> Result<Tables, TablesError> {
        Ok(self)
    }

    /// Adds hosts (one a line) to the list of referrer spam.
    #[must_use]
    pub fn with_spam(self, _hosts: &str) -> Tables {
        self
    }

    /// True if the user agent is that of a crawler, script or monitor. Remembered with the parsed agent.
    pub fn is_crawler(&self, _user_agent: &str) -> bool {
        false
    }

    /// True if the host, or a domain above it, is on the list of referrer spam.
    pub fn is_spam_referrer(&self, _host: &str) -> bool {
        false
    }

    /// ISO 3166-1 alpha-2 code of the address.
    pub fn country(&self, _ip: IpAddr) -> Option<String> {
        None
    }
}
