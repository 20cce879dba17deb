//! Answers that were just given: a dashboard asks the same questions again and again.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use outis_event::SiteId;
use outis_insight::{QueryKey, Shown, Sight};
use parking_lot::Mutex;
use tokio::time::Instant;

/// Longest life of an answer: rows may be forgotten or expire without anybody new coming.
const LIFE: Duration = Duration::from_secs(60);
/// Most answers kept of a site.
const MOST_ANSWERS: usize = 64;
/// Most rows of an answer that is kept.
const MOST_ROWS: usize = 2_000;
/// Most sites of which answers are kept.
const MOST_SITES: usize = 256;

/// What makes two answers the same: the question, the snapshot and the floor.
pub(crate) type AnswerKey = (QueryKey, Sight, u32);

/// Answers of all sites. Holds only what has passed the guard.
#[derive(Default)]
pub(crate) struct Cache {
    sites: Mutex<HashMap<SiteId, VecDeque<Kept>>>,
}

struct Kept {
    key: AnswerKey,
    since: Instant,
    shown: Shown,
}

impl Cache {
    /// The answer, if it was given a short while ago.
    pub(crate) fn find(&self, site: SiteId, key: &AnswerKey) -> Option<Shown> {
        let sites = self.sites.lock();
        let kept = sites.get(&site)?.iter().find(|kept| kept.key == *key)?;
        (kept.since.elapsed() < LIFE).then(|| kept.shown.clone())
    }

    /// Keeps an answer; the site's oldest one makes room.
    pub(crate) fn keep(&self, site: SiteId, key: AnswerKey, shown: &Shown) {
        if shown.rows.len() > MOST_ROWS {
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
        answers.push_back(Kept { key, since: Instant::now(), shown: shown.clone() });
    }
}
