//! Which user agents are crawlers, scripts and monitors.

use regex::bytes::{RegexSet, RegexSetBuilder};

use super::TablesError;

/// Patterns of the package crawler-user-agents, one a line.
const EMBEDDED: &str = include_str!(concat!(env!("OUT_DIR"), "/crawlers.txt"));

/// Tells crawlers by their user agent. The set is compiled once and run in linear time.
pub(super) struct Crawlers(RegexSet);

impl Crawlers {
    pub(super) fn embedded() -> Result<Crawlers, TablesError> {
        Crawlers::from_patterns(EMBEDDED)
    }

    pub(super) fn none() -> Crawlers {
        Crawlers(RegexSet::empty())
    }

    /// Patterns, one a line.
    fn from_patterns(patterns: &str) -> Result<Crawlers, TablesError> {
        let lines = patterns.lines().filter(|line| !line.is_empty());
        let set = RegexSetBuilder::new(lines).unicode(false).size_limit(64 << 20).build();
        set.map(Crawlers).map_err(|_| TablesError::Embedded("crawlers"))
    }

    /// True for a crawler; a missing or very short user agent is one too, since no browser has it.
    pub(super) fn is_one(&self, user_agent: &str) -> bool {
        !self.0.is_empty() && (user_agent.trim().len() < 5 || self.0.is_match(user_agent.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crawlers_are_told_from_browsers() {
        let crawlers = Crawlers::embedded().expect("embedded list");
        for agent in [
            "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
            "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)",
            "curl/8.5.0",
            "python-requests/2.31.0",
            "",
        ] {
            assert!(crawlers.is_one(agent), "{agent}");
        }
        for agent in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
        ] {
            assert!(!crawlers.is_one(agent), "{agent}");
        }
    }
}
