//! The way from a text to its number: declared, public or seen with enough people, else `(rare)` or nothing.

use std::cell::OnceCell;

use outis_event::{MAX_WORD_BYTES, Rewrite, Space, Term};

use crate::SiteContext;
use crate::detect::Detector;
use crate::visitor::Prefix;
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

/// Someone who counts for admission.
pub(crate) struct Person<'a> {
    pub(crate) prefix: Prefix,
    pub(crate) user_agent: &'a str,
}

/// Gives numbers to the words of one event.
pub(crate) struct Clerk<'a> {
    pub(crate) ctx: &'a SiteContext,
    pub(crate) detector: &'a Detector,
    pub(crate) room: &'a WaitingRoom,
    /// Nobody if the visitor does not count for floors.
    pub(crate) person: Option<Person<'a>>,
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
        if self.detector.finds(&word[..word.floor_char_boundary(4 * MAX_WORD_BYTES)]) {
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
        let person = self.person.as_ref()?;
        Some(self.waiter.get_or_init(|| {
            let week = Week::of(self.ctx.now.day(&jiff::tz::TimeZone::UTC));
            self.room.enter(week, &person.prefix, person.user_agent)
        }))
    }

    fn admit(&mut self, space: Space, word: &str) -> Term {
        self.ctx.vocabulary.admit(space, word).unwrap_or_else(|| {
            self.rewrites.add(Rewrite::VocabularyFull);
            Term::RARE
        })
    }
}
