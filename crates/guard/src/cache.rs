//! Answers that were just given: a dashboard asks the same questions again and again.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use outis_event::SiteId;
use outis_insight::behaviour::{BehaviourKey, ShownTable};
use outis_insight::{Life, QueryKey, Shown, Sight};
use parking_lot::Mutex;
use tokio::time::Instant;

/// Longest life of an answer: rows may be forgotten or expire without anybody new coming.
const LIFE: Duration = Duration::from_secs(60);
/// Most answers kept of a site.
const MOST_ANSWERS: usize = 64;
/// Most rows of an answer that is kept, and of all answers of all sites; a row takes about 300 bytes.
const MOST_ROWS: usize = 25_000;
const MOST_ROWS_OF_ALL: usize = 150_000;
/// Most sites of which answers are kept.
const MOST_SITES: usize = 256;

/// What makes two answers the same: the question, what it is answered from, the snapshot and the floor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerKey {
    /// How often rows of the site were hidden: an answer that was begun before is none any more.
    pub(crate) hidden: u64,
    pub(crate) question: Question,
    pub(crate) life: Life,
    pub(crate) sight: Sight,
    pub(crate) floor: u32,
}

/// A question of either kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Question {
    Counts(QueryKey),
    Order(BehaviourKey),
}

/// An answer of either kind.
#[derive(Clone)]
pub(crate) enum Answer {
    Counts(Shown),
    Order(ShownTable),
}

impl Answer {
    fn rows(&self) -> usize {
        match self {
            Answer::Counts(shown) => shown.rows.len(),
            Answer::Order(table) => table.cells.len(),
        }
    }

    /// The answer to a question about counts.
    pub(crate) fn counts(self) -> Option<Shown> {
        match self {
            Answer::Counts(shown) => Some(shown),
            Answer::Order(_) => None,
        }
    }

    /// The answer to a question about order.
    pub(crate) fn order(self) -> Option<ShownTable> {
        match self {
            Answer::Order(table) => Some(table),
            Answer::Counts(_) => None,
        }
    }
}

/// Answers of all sites. Holds only what has passed the guard.
#[derive(Default)]
pub(crate) struct Cache {
    sites: Mutex<HashMap<SiteId, VecDeque<Kept>>>,
    hidden: AtomicU64,
}

struct Kept {
    key: AnswerKey,
    since: Instant,
    answer: Answer,
}

impl Cache {
    /// Forgets the answers of a site, also those that are being made.
    pub(crate) fn forget(&self, site: SiteId) {
        self.hidden.fetch_add(1, Ordering::SeqCst);
        self.sites.lock().remove(&site);
    }

    /// What goes into the keys of answers that are begun now.
    pub(crate) fn hidden(&self) -> u64 {
        self.hidden.load(Ordering::SeqCst)
    }

    /// The answer, if it was given a short while ago.
    pub(crate) fn find(&self, site: SiteId, key: &AnswerKey) -> Option<Answer> {
        let sites = self.sites.lock();
        let kept = sites.get(&site)?.iter().find(|kept| kept.key == *key)?;
        (kept.since.elapsed() < LIFE).then(|| kept.answer.clone())
    }

    /// Keeps an answer; the site's oldest one makes room.
    pub(crate) fn keep(&self, site: SiteId, key: AnswerKey, answer: Answer) {
        if answer.rows() > MOST_ROWS {
            return;
        }
        let mut sites = self.sites.lock();
        if sites.len() >= MOST_SITES && !sites.contains_key(&site) {
            sites.clear();
        }
        let answers = sites.entry(site).or_default();
        answers.retain(|kept| kept.since.elapsed() < LIFE && kept.key != key);
        if answers.len() >= MOST_ANSWERS {
            answers.pop_front();
        }
        answers.push_back(Kept { key, since: Instant::now(), answer });
        let rows = |answers: &VecDeque<Kept>| answers.iter().map(|kept| kept.answer.rows()).sum::<usize>();
        while answers.len() > 1 && rows(answers) > MOST_ROWS_OF_ALL {
            answers.pop_front();
        }
        let own = rows(answers);
        if sites.values().map(rows).sum::<usize>() > MOST_ROWS_OF_ALL && own <= MOST_ROWS_OF_ALL {
            sites.retain(|other, _| *other == site);
        }
    }
}
