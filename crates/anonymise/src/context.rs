//! What the anonymiser must know about the site of an event.

use std::sync::Arc;

use outis_event::{Site, Timestamp, Vocabulary};

use crate::DayKeys;

/// A site's plan, compiled for matching. Made once whenever the site's settings change.
pub struct SiteRules {}

impl SiteRules {
    /// Compiles plan and shields.
    pub fn new(_site: &Site) -> SiteRules {
        SiteRules {}
    }

    /// True if the page of `url` is excluded by the site's shields.
    pub fn shields_page(&self, _url: &str) -> bool {
        false
    }

    /// True if the site has a list of hosts and the host of `url` is not on it.
    pub fn shields_host(&self, _url: &str) -> bool {
        false
    }
}

/// The site of an event, and now.
#[derive(Clone)]
pub struct SiteContext {
    /// Settings.
    pub site: Arc<Site>,
    /// Words.
    pub vocabulary: Arc<Vocabulary>,
    /// Keys of open days (of all sites).
    pub day_keys: Arc<DayKeys>,
    /// The compiled plan of `site`.
    pub rules: Arc<SiteRules>,
    /// The present instant.
    pub now: Timestamp,
}

impl SiteContext {
    /// The context of a site; compiles its rules, so keep it and use [`SiteContext::at`].
    pub fn new(site: Arc<Site>, vocabulary: Arc<Vocabulary>, day_keys: Arc<DayKeys>, now: Timestamp) -> SiteContext {
        let rules = Arc::new(SiteRules::new(&site));
        SiteContext { site, vocabulary, day_keys, rules, now }
    }

    /// The same context at another instant. Cheap.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> SiteContext {
        SiteContext { now, ..self.clone() }
    }
}
