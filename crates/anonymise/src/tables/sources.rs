//! Which hosts, apps and campaign words are which source, and of what kind it is.

use std::collections::HashMap;

/// The kind of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Search,
    Social,
    Video,
    Shopping,
    Email,
    Ai,
    Audio,
    Other,
}

/// A well-known source of visits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    /// Name shown.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) kind: Kind,
}

const FILES: [(Kind, &str); 8] = [
    (Kind::Search, include_str!("sources/search.tsv")),
    (Kind::Social, include_str!("sources/social.tsv")),
    (Kind::Video, include_str!("sources/video.tsv")),
    (Kind::Shopping, include_str!("sources/shopping.tsv")),
    (Kind::Email, include_str!("sources/email.tsv")),
    (Kind::Ai, include_str!("sources/ai.tsv")),
    (Kind::Audio, include_str!("sources/audio.tsv")),
    (Kind::Other, include_str!("sources/other.tsv")),
];

/// Second-level labels under which country registries give out names (`co.uk`, `com.au`).
const SECOND_LEVEL: [&str; 9] = ["co", "com", "net", "org", "ne", "or", "ac", "gov", "edu"];

/// Well-known sources by host, app and campaign word.
pub(crate) struct Sources {
    hosts: HashMap<&'static str, Source>,
    any_suffix: HashMap<&'static str, Source>,
    apps: HashMap<&'static str, Source>,
    words: HashMap<&'static str, Source>,
}

impl Sources {
    pub(super) fn embedded() -> Sources {
        let mut sources =
            Sources { hosts: HashMap::new(), any_suffix: HashMap::new(), apps: HashMap::new(), words: HashMap::new() };
        for (kind, text) in FILES {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                sources.add(kind, line);
            }
        }
        sources
    }

    fn add(&mut self, kind: Kind, line: &'static str) {
        let mut fields = line.split('\t');
        let Some(name) = fields.next().filter(|name| !name.is_empty()) else { return };
        let source = Source { name, kind };
        for host in fields.next().unwrap_or_default().split(' ') {
            if let Some(app) = host.strip_prefix("app:") {
                self.apps.insert(app, source);
            } else if let Some(stem) = host.strip_suffix(".{}") {
                self.any_suffix.insert(stem, source);
            } else {
                self.hosts.insert(host, source);
            }
        }
        let words = fields.next().unwrap_or_default().split(',').filter(|word| !word.is_empty());
        self.words.extend(words.map(|word| (word, source)));
    }

    /// The source of a referring host (lower case): the longest entry that is the host or a domain above it.
    pub(crate) fn by_host(&self, host: &str) -> Option<Source> {
        and_above(host).find_map(|domain| {
            let any = stem(domain).and_then(|stem| self.any_suffix.get(stem));
            self.hosts.get(domain).or(any).copied()
        })
    }

    /// The source of a referring Android app.
    pub(crate) fn by_app(&self, package: &str) -> Option<Source> {
        self.apps.get(package).copied()
    }

    /// The source that a campaign word means.
    pub(crate) fn by_word(&self, word: &str) -> Option<Source> {
        if let Some(source) = self.words.get(word) {
            return Some(*source);
        }
        let word = word.to_lowercase();
        self.words.get(word.as_str()).copied().or_else(|| self.by_host(&word))
    }
}

/// The host and every domain above it: `a.b.c`, `b.c`, `c`.
pub(super) fn and_above(host: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(host);
    std::iter::from_fn(move || {
        let here = rest?;
        rest = here.split_once('.').map(|(_, above)| above);
        Some(here)
    })
}

/// `news.google` of `news.google.co.uk`; nothing if what follows is not a public suffix by its look.
fn stem(domain: &str) -> Option<&str> {
    let (stem, top) = domain.rsplit_once('.')?;
    match stem.rsplit_once('.') {
        Some((shorter, second)) if top.len() == 2 && SECOND_LEVEL.contains(&second) => Some(shorter),
        _ if top.len() == 2 || matches!(top, "com" | "cat" | "org" | "net") => Some(stem),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_apps_and_words_lead_to_names() {
        let sources = Sources::embedded();
        let name = |host| sources.by_host(host).map(|s| s.name);
        assert_eq!(name("google.at"), Some("Google"));
        assert_eq!(name("google.co.uk"), Some("Google"));
        assert_eq!(name("news.google.co.uk"), Some("Google News"));
        assert_eq!(name("mail.google.com"), Some("Gmail"));
        assert_eq!(name("gemini.google.com"), Some("Gemini"));
        assert_eq!(name("l.facebook.com"), Some("Facebook"));
        assert_eq!(name("de.wikipedia.org"), Some("Wikipedia"));
        assert_eq!(name("google.evil.example"), None);
        assert_eq!(name("notgoogle.com"), None);
        assert_eq!(sources.by_app("com.google.android.gm").map(|s| s.name), Some("Gmail"));
        assert_eq!(sources.by_word("FB").map(|s| s.name), Some("Facebook"));
        assert_eq!(sources.by_word("chatgpt.com").map(|s| s.name), Some("ChatGPT"));
        assert_eq!(sources.by_word("spring"), None);
    }

    #[test]
    fn every_line_is_well_formed() {
        for (_, text) in FILES {
            for line in text.lines().filter(|line| !line.starts_with('#')) {
                let fields: Vec<&str> = line.split('\t').collect();
                assert!((2..=3).contains(&fields.len()), "{line}");
                assert!(fields[1].split(' ').all(|h| h.contains('.')), "{line}");
            }
        }
    }
}
