//! What the anonymiser must know about the site of an event.

use std::collections::HashSet;
use std::sync::Arc;

use outis_event::{Plan, Site, Timestamp, Vocabulary};

use crate::DayKeys;
use crate::address::Address;
use crate::pattern::{Pattern, glob};

/// A site's plan and shields, compiled for matching. Made once whenever the site's settings change.
pub struct SiteRules {
    pub(crate) pages: HashSet<Box<str>>,
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) items: HashSet<Box<str>>,
    pub(crate) tags: HashSet<Box<str>>,
    pub(crate) campaigns: HashSet<Box<str>>,
    pub(crate) hosts: HashSet<Box<str>>,
    shielded_paths: Vec<Pattern>,
    allowed_hosts: Vec<String>,
}

impl SiteRules {
    /// Compiles plan and shields.
    pub fn new(site: &Site) -> SiteRules {
        let Plan { pages, items, tags, campaigns, .. } = &site.plan;
        let (patterns, pages): (Vec<_>, Vec<_>) = pages.iter().cloned().partition(|page| page.contains('*'));
        SiteRules {
            pages: set(&pages),
            patterns: patterns.iter().map(|page| Pattern::new(page)).collect(),
            items: set(items),
            tags: set(tags),
            campaigns: set(campaigns),
            hosts: own_hosts(site),
            shielded_paths: site.shields.paths.iter().map(|path| Pattern::new(path)).collect(),
            allowed_hosts: site.shields.hostnames.iter().map(|host| host.to_lowercase()).collect(),
        }
    }

    /// True if the page of `url` is excluded by the site's shields.
    pub fn shields_page(&self, url: &str) -> bool {
        if self.shielded_paths.is_empty() {
            return false;
        }
        let Some(address) = Address::parse(url, false) else { return false };
        self.shielded_paths.iter().any(|pattern| pattern.matches(&address.path))
    }

    /// True if the site has a list of hosts and the host of `url` is not on it.
    pub fn shields_host(&self, url: &str) -> bool {
        if self.allowed_hosts.is_empty() {
            return false;
        }
        let host = Address::parse(url, false).map(|address| address.host.into_owned()).unwrap_or_default();
        let allows = |pattern: &str| glob(pattern.strip_prefix("www.").unwrap_or(pattern), &host);
        !self.allowed_hosts.iter().any(|pattern| allows(pattern))
    }
}

fn set(words: &[String]) -> HashSet<Box<str>> {
    words.iter().map(|word| word.as_str().into()).collect()
}

/// Hosts that the operator named: the site's own, its origins and its allow-list.
fn own_hosts(site: &Site) -> HashSet<Box<str>> {
    let own = site.domain.split('/').next().unwrap_or("");
    let named = site.origins.iter().chain(&site.shields.hostnames).filter(|host| !host.contains('*'));
    let hosts = named.map(|origin| {
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
        host.split([':', '/']).next().unwrap_or("")
    });
    let hosts = hosts.chain([own]).filter(|host| !host.is_empty());
    hosts.map(|host| host.strip_prefix("www.").unwrap_or(host).to_lowercase().into()).collect()
}

/// Items, tags and variants of lists that somebody declared elsewhere than in the plan: words that belong to nobody.
pub trait Declared: Send + Sync {
    /// True if there is an item of this id.
    fn has_item(&self, text: &str) -> bool;
    /// True if there is this tag.
    fn has_tag(&self, text: &str) -> bool;
    /// True if a placement of lists has this variant: `PLACEMENT.VARIANT`.
    fn has_variant(&self, text: &str) -> bool;
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
    /// The catalogue of `site`, if it has one.
    pub declared: Option<Arc<dyn Declared>>,
    /// The present instant.
    pub now: Timestamp,
}

impl SiteContext {
    /// The context of a site; compiles its rules, so keep it and use [`SiteContext::at`].
    pub fn new(site: Arc<Site>, vocabulary: Arc<Vocabulary>, day_keys: Arc<DayKeys>, now: Timestamp) -> SiteContext {
        let rules = Arc::new(SiteRules::new(&site));
        SiteContext { site, vocabulary, day_keys, rules, declared: None, now }
    }

    /// The same context with what is declared elsewhere than in the plan.
    #[must_use]
    pub fn declared_by(self, declared: Arc<dyn Declared>) -> SiteContext {
        SiteContext { declared: Some(declared), ..self }
    }

    /// True if the item belongs to nobody.
    pub(crate) fn declares_item(&self, text: &str) -> bool {
        self.rules.items.contains(text) || self.declared.as_ref().is_some_and(|declared| declared.has_item(text))
    }

    /// True if the tag belongs to nobody.
    pub(crate) fn declares_tag(&self, text: &str) -> bool {
        self.rules.tags.contains(text) || self.declared.as_ref().is_some_and(|declared| declared.has_tag(text))
    }

    /// True if lists are shown under this name of a placement and its variant.
    pub(crate) fn declares_variant(&self, text: &str) -> bool {
        self.declared.as_ref().is_some_and(|declared| declared.has_variant(text))
    }

    /// The same context at another instant. Cheap.
    #[must_use]
    pub fn at(&self, now: Timestamp) -> SiteContext {
        SiteContext { now, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_site::site;

    #[test]
    fn shields_match_pages_and_hosts() {
        let mut site = site();
        site.shields.paths = vec!["/admin/**".into(), "/draft-*".into()];
        site.shields.hostnames = vec!["example.org".into(), "*.example.org".into()];
        let rules = SiteRules::new(&site);
        assert!(rules.shields_page("https://example.org/admin/x?y"));
        assert!(rules.shields_page("https://example.org/draft-1"));
        assert!(!rules.shields_page("https://example.org/a/draft-1"));
        assert!(!rules.shields_host("https://www.example.org/"));
        assert!(!rules.shields_host("https://a.example.org/"));
        assert!(rules.shields_host("https://example.com/"));
        assert!(rules.shields_host("/a"));
    }
}
