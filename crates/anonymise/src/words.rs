//! The way from a text to its number: declared, public or seen with enough people, else `(rare)` or nothing.

use std::cell::OnceCell;

use outis_disclose::pii::Detector;
use outis_event::{MAX_WORD_BYTES, Rewrite, Space, Term};

use crate::SiteContext;
use crate::member::Who;
use crate::waiting::{Waiter, WaitingRoom, Week};

/// The reasons for which an event was changed, each once.
#[derive(Clone, Copy, Default)]
pub(crate) struct Rewrites(u32);

impl Rewrites {
    pub(crate) fn add(&mut self, rewrite: Rewrite) {
        self.0 |= 1 << rewrite as u8;
    }

    pub(crate) fn list(self) -> Vec<Rewrite> {
        if self.0 == 0 {
            return Vec::new();
        }
        Rewrite::ALL.iter().copied().filter(|rewrite| self.0 & 1 << *rewrite as u8 != 0).collect()
    }
}

/// Gives numbers to the words of one event.
pub(crate) struct Clerk<'a> {
    pub(crate) ctx: &'a SiteContext,
    pub(crate) detector: &'a Detector,
    pub(crate) room: &'a WaitingRoom,
    /// Nobody if the visitor does not count for floors.
    pub(crate) person: Option<Who<'a>>,
    pub(crate) waiter: OnceCell<Waiter>,
    pub(crate) rewrites: Rewrites,
}

impl Clerk<'_> {
    /// The number of a word that is declared or on a public list: admitted at once.
    pub(crate) fn public(&mut self, space: impl Into<Space>, word: &str) -> Term {
        let space = space.into();
        match self.ctx.vocabulary.lookup(space, word) {
            Some(term) => term,
            None => self.admit(space, word),
        }
    }

    /// The number of any other word: [`Term::NONE`] if it is empty or personal, [`Term::RARE`] if it waits.
    pub(crate) fn word(&mut self, space: impl Into<Space>, word: &str) -> Term {
        if word.is_empty() {
            return Term::NONE;
        }
        let space = space.into();
        if let Some(term) = self.ctx.vocabulary.lookup(space, word) {
            return term;
        }
        if self.detector.detect(&word[..word.floor_char_boundary(4 * MAX_WORD_BYTES)]).is_some() {
            self.rewrites.add(Rewrite::PersonalValue);
            return Term::NONE;
        }
        self.waited(space, word).unwrap_or_else(|| {
            self.rewrites.add(Rewrite::RareWord);
            Term::RARE
        })
    }

    /// The number of a word in which nothing personal was found, if enough people were seen with it.
    pub(crate) fn waited(&mut self, space: Space, word: &str) -> Option<Term> {
        if word.len() > MAX_WORD_BYTES || word.chars().any(char::is_control) {
            return None;
        }
        let (site, needed) = (self.ctx.site.id, self.ctx.site.policy.admission);
        if needed <= 1 {
            return Some(self.admit(space, word));
        }
        let waiter = self.waiter()?;
        if waiter.add(site, space, word, needed) < needed {
            return None;
        }
        waiter.leave(site, space, word);
        Some(self.admit(space, word))
    }

    fn waiter(&self) -> Option<&Waiter> {
        let person = self.person?;
        Some(self.waiter.get_or_init(|| {
            let week = Week::of(self.ctx.now.day(&jiff::tz::TimeZone::UTC));
            self.room.enter(week, person)
        }))
    }

    fn admit(&mut self, space: Space, word: &str) -> Term {
        self.ctx.vocabulary.admit(space, word).unwrap_or_else(|| {
            self.rewrites.add(Rewrite::VocabularyFull);
            Term::RARE
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_texts_are_no_words() {
        let detector = Detector::new();
        for text in [
            "anna@example.org",
            "anna%40example.org",
            "192.0.2.1",
            "2001:db8::1",
            "aa:bb:cc:dd:ee:ff",
            "123e4567-e89b-12d3-a456-426614174000",
            "+43 660 1234567",
            "0660/123 4567",
            "(202) 555-0143",
            "202-555-0143",
            "4111 1111 1111 1111",
            "AT61 1904 3002 3457 3201",
            "eyJhbGciOiJIUzI1NiJ9",
            "507f1f77bcf86cd799439011",
            "sk_live_4eC39HqLyjWDarjt",
            "48.20817, 16.37382",
            "123456789",
        ] {
            assert!(detector.detect(text).is_some(), "{text}");
        }
    }

    #[test]
    fn ordinary_texts_are() {
        let detector = Detector::new();
        for text in [
            "Spring Sale 2026",
            "web3",
            "v1.2.3",
            "12:30",
            "10,000",
            "1.234.567,89",
            "19.99 EUR",
            "978-0-306-40615-7",
            "9780306406157",
            "0-306-40615-2",
            "ISSN 2049-3630",
            "10.1000/182",
            "Nikon Z6 II",
            "1920x1080",
            "2026-11-24T12:30:00Z",
            "20261124",
            "18:00-20:30",
            "3.5 mm / 1.5 m",
            "Q3 2026 (preview)",
        ] {
            assert_eq!(detector.detect(text), None, "{text}");
        }
    }
}
