//! What is the same for every request of a catalogue and a model, found once.

use jiff::Timestamp;

use crate::catalogue::Catalogue;
use crate::model::Model;

/// Items by when they were published. It belongs to one catalogue and one model: make it anew with either.
#[derive(Clone, Debug, Default)]
pub struct Index {
    /// Items with a date, the latest first.
    dated: Vec<(Timestamp, u32)>,
    /// Items without one that nobody is known to act on, ascending.
    unnoticed: Vec<u32>,
}

impl Index {
    /// Looks through all items.
    #[must_use]
    pub fn new(catalogue: &Catalogue, model: &Model) -> Index {
        let mut index = Index::default();
        for number in 0..catalogue.len() as u32 {
            match catalogue.item(number).map(|item| (item.published, item.hidden)) {
                None | Some((_, true)) => {}
                Some((Some(published), _)) => index.dated.push((published, number)),
                Some((None, _)) if model.popularity(number) <= 0.0 => index.unnoticed.push(number),
                Some((None, _)) => {}
            }
        }
        index.dated.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        index
    }

    /// Items with a date, the latest first.
    pub(super) fn latest(&self) -> impl Iterator<Item = u32> + '_ {
        self.dated.iter().map(|entry| entry.1)
    }

    /// Items that were published between two times, and those without a date that nobody is known to act on: at most `most` of
    /// each. Where there are more of the latter, `chance` says from where on they are taken.
    pub(super) fn fresh(
        &self,
        (since, now): (Timestamp, Timestamp),
        chance: u64,
        most: usize,
    ) -> impl Iterator<Item = u32> + '_ {
        let begin = self.dated.partition_point(|entry| entry.0 > now);
        let dated = self.dated[begin..].iter().take_while(move |entry| entry.0 >= since).take(most);
        let dated = dated.map(|entry| entry.1);
        let begin = (chance % self.unnoticed.len().max(1) as u64) as usize;
        let (before, behind) = self.unnoticed.split_at(begin);
        dated.chain(behind.iter().chain(before).take(most).copied())
    }
}
