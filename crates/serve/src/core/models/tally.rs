//! How many members like each item and each pair of items: exact, in memory only, without whoever is forgotten.
//!
//! Nothing of it is written anywhere. What it is made of lies with each member, under their key, and is looked through anew
//! when the server starts; so no crash can leave a count of somebody who is gone, and no copy of the disk has the counts.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use outis_disclose::note;
use outis_event::{Clock, SiteId, Timestamp};
use outis_keys::KeyName;
use outis_people::{Learner, Preference, Preferences, Who};
use outis_personal::catalogue::Catalogue;
use outis_personal::matrix::{Contribution, Matrix};
use parking_lot::{Mutex, RwLock};

use super::chest;
use crate::core::catalogue::Catalogues;

/// The counts of one site, and what each member adds to them.
#[derive(Default)]
pub(super) struct Tally {
    matrix: Matrix,
    /// What was added of each member is what is taken out again, whatever they say by then.
    members: HashMap<Who, Contribution>,
    /// Members who changed something since lists of similar items were published.
    changed: HashSet<Who>,
    /// So many of those have been forgotten, or changed something before the server started.
    changed_besides: u32,
    /// Who of them did before the server started is not known.
    some_are_unknown: bool,
    /// How often anything changed.
    pub(super) changes: u64,
    /// How often somebody was forgotten whose likes may be in what is served.
    forgotten: u64,
    /// Somebody whose likes are in what is served was forgotten then.
    owed_since: Option<Timestamp>,
    /// Members who were told of while all are looked through.
    passing: Option<HashSet<Who>>,
    /// All members were looked through.
    pub(super) is_whole: bool,
}

/// The counts at one moment, to learn from.
pub(super) struct Counted {
    pub(super) matrix: Matrix,
    pub(super) members: Vec<Contribution>,
    pub(super) changes: u64,
    pub(super) changed: u32,
    pub(super) owed_since: Option<Timestamp>,
    at: Timestamp,
    forgotten: u64,
    besides: u32,
    who: HashSet<Who>,
}

impl Tally {
    /// A member adds this from now on.
    fn put(&mut self, who: Who, adds: Contribution) {
        if let Some(passing) = &mut self.passing {
            passing.insert(who);
        }
        let before = self.members.get(&who);
        if before.unwrap_or(&Contribution::default()) == &adds {
            return;
        }
        let before =
            if adds.items().is_empty() { self.members.remove(&who) } else { self.members.insert(who, adds.clone()) };
        let taken = before.is_none_or(|before| self.matrix.remove(&before).is_ok());
        if !taken || self.matrix.add(&adds).is_err() {
            self.count_anew();
        }
        self.changes += 1;
    }

    fn told(&mut self, who: Who, adds: Contribution) {
        let before = self.changes;
        self.put(who, adds);
        if self.changes > before {
            self.changed.insert(who);
        }
    }

    /// Takes a member out. True if they were in, now or when lists were published last.
    fn take_out(&mut self, who: Who, now: Timestamp) -> bool {
        if let Some(passing) = &mut self.passing {
            passing.insert(who);
        }
        let (before, had_changed) = (self.members.remove(&who), self.changed.remove(&who));
        if before.as_ref().is_some_and(|before| self.matrix.remove(before).is_err()) {
            self.count_anew();
        }
        let is_known = before.is_some() || had_changed;
        self.changed_besides = self.changed_besides.saturating_add(u32::from(is_known));
        let was_in = is_known || self.some_are_unknown;
        if was_in {
            self.changes += 1;
            self.forgotten += 1;
            self.owed_since = self.owed_since.or(Some(now));
        }
        was_in
    }

    /// The counts do not fit the members, which nothing should bring about: the members are right.
    fn count_anew(&mut self) {
        note!(Error, "counts of likes did not fit the members and were made anew");
        self.matrix = Matrix::of(self.members.values()).unwrap_or_default();
    }

    /// All members are about to be looked through.
    pub(super) fn begin_pass(&mut self) {
        self.passing = Some(HashSet::new());
    }

    /// A member who was found, unless they were told of meanwhile, which is later.
    pub(super) fn found(&mut self, who: Who, adds: Contribution) {
        if self.passing.as_ref().is_some_and(|passing| !passing.contains(&who)) {
            self.put(who, adds);
        }
    }

    /// All were found: of whoever was not, nothing is there any more.
    pub(super) fn end_pass(&mut self) {
        let passing = self.passing.take().unwrap_or_default();
        let lost: Vec<Who> = self.members.keys().filter(|who| !passing.contains(who)).copied().collect();
        lost.into_iter().for_each(|who| self.put(who, Contribution::default()));
        self.is_whole = true;
    }

    /// The look did not come to its end.
    pub(super) fn break_pass(&mut self) {
        self.passing = None;
    }

    pub(super) fn counted(&self, at: Timestamp) -> Counted {
        Counted {
            matrix: self.matrix.clone(),
            members: self.members.values().cloned().collect(),
            changes: self.changes,
            changed: self.changed_members(),
            owed_since: self.owed_since,
            at,
            forgotten: self.forgotten,
            besides: self.changed_besides,
            who: self.changed.clone(),
        }
    }

    /// Lists were published from these counts.
    pub(super) fn published(&mut self, counted: &Counted) {
        self.changed.retain(|who| !counted.who.contains(who));
        self.changed_besides = self.changed_besides.saturating_sub(counted.besides);
        self.some_are_unknown = false;
    }

    /// What is served is without everybody who was forgotten before these counts were taken. True if nobody was since.
    pub(super) fn settle(&mut self, counted: &Counted) -> bool {
        let is_settled = self.forgotten == counted.forgotten;
        self.owed_since = if is_settled { None } else { Some(counted.at) };
        is_settled
    }

    /// How often somebody was forgotten whose likes may have been in what is served.
    pub(super) fn left(&self) -> u64 {
        self.forgotten
    }

    /// Since when somebody's likes are owed to be out of what is served.
    pub(super) fn owed_since(&self) -> Option<Timestamp> {
        self.owed_since
    }

    /// At least so many members had changed something before the server started.
    pub(super) fn restore(&mut self, changed: u32) {
        self.changed_besides = self.changed_besides.max(changed);
        self.some_are_unknown = changed > 0;
    }

    /// The exact counts in their one form.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.matrix.to_bytes()
    }

    pub(super) fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// Different members who changed something since lists were published, those who were forgotten included.
    pub(super) fn changed_members(&self) -> u32 {
        u32::try_from(self.changed.len()).unwrap_or(u32::MAX).saturating_add(self.changed_besides)
    }
}

/// The counts of all sites. It learns from what members say, as they say it.
pub(super) struct Tallies {
    catalogues: Arc<Catalogues>,
    clock: Arc<dyn Clock>,
    sites: RwLock<HashMap<SiteId, Arc<Mutex<Tally>>>>,
}

impl Tallies {
    pub(super) fn new(catalogues: Arc<Catalogues>, clock: Arc<dyn Clock>) -> Tallies {
        Tallies { catalogues, clock, sites: RwLock::default() }
    }

    pub(super) fn of(&self, site: SiteId) -> Arc<Mutex<Tally>> {
        if let Some(tally) = self.sites.read().get(&site) {
            return tally.clone();
        }
        self.sites.write().entry(site).or_default().clone()
    }
}

/// What a member adds: what they like or have bookmarked, of what the catalogue has.
pub(super) fn adds(catalogue: &Catalogue, said: &Preferences) -> Contribution {
    let items = said.of(Preference::Like).iter().chain(said.of(Preference::Bookmark));
    Contribution::drawn(items.filter_map(|item| catalogue.number(item)))
}

impl Learner for Tallies {
    fn told(&self, site: SiteId, who: Who, said: Option<&Preferences>) {
        let catalogue = self.catalogues.of(site);
        let adds = said.map(|said| adds(&catalogue, said)).unwrap_or_default();
        self.of(site).lock().told(who, adds);
    }

    fn gone(&self, site: SiteId, who: Who) {
        self.of(site).lock().take_out(who, self.clock.now());
    }

    fn keys(&self, site: SiteId) -> Vec<KeyName> {
        vec![chest::key_name(site)]
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_set, vec};
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp(5);

    /// What happens: somebody says what they like, or is forgotten.
    fn happenings() -> impl Strategy<Value = Vec<(usize, Option<Contribution>)>> {
        let says = btree_set(0_u32..12, 0..7).prop_map(|items| Some(Contribution::drawn(items)));
        vec((0_usize..8, prop_oneof![3 => says, 1 => Just(None)]), 0..40)
    }

    fn happen(tally: &mut Tally, all: &[(usize, Option<Contribution>)], names: &[Who]) {
        for (who, what) in all {
            match what {
                Some(adds) => tally.told(names[*who], adds.clone()),
                None => _ = tally.take_out(names[*who], NOW),
            }
        }
    }

    fn names() -> Vec<Who> {
        (0..8).map(|n| Who::of([n; 16])).collect()
    }

    proptest! {
        #[test]
        fn who_was_forgotten_was_never_counted(all in happenings(), gone in 0_usize..8) {
            let names = names();
            let (mut with, mut without) = (Tally::default(), Tally::default());
            happen(&mut with, &all, &names);
            with.take_out(names[gone], NOW);
            let others: Vec<_> = all.iter().filter(|(who, _)| *who != gone).cloned().collect();
            happen(&mut without, &others, &names);
            prop_assert_eq!(with.bytes(), without.bytes());
            prop_assert_eq!(with.bytes(), Matrix::of(with.members.values()).expect("few").to_bytes());
        }

        #[test]
        fn a_look_through_all_gives_what_they_say_whatever_happens_meanwhile(
            before in happenings(), meanwhile in happenings(), cut in any::<prop::sample::Index>(),
        ) {
            let names = names();
            let mut live = Tally::default();
            happen(&mut live, &before, &names);
            let stale: Vec<(Who, Contribution)> = live.members.iter().map(|(who, adds)| (*who, adds.clone())).collect();
            // Another server begins, finds some as they were before, and some things happen first.
            let mut begun = Tally::default();
            begun.begin_pass();
            let cut = cut.index(meanwhile.len() + 1);
            happen(&mut begun, &meanwhile[..cut], &names);
            stale.iter().for_each(|(who, adds)| begun.found(*who, adds.clone()));
            happen(&mut begun, &meanwhile[cut..], &names);
            begun.end_pass();
            happen(&mut live, &meanwhile, &names);
            prop_assert_eq!(begun.bytes(), live.bytes());
        }
    }

    #[test]
    fn what_is_owed_is_settled_only_by_counts_that_were_taken_afterwards() {
        let names = names();
        let mut tally = Tally::default();
        let adds = Contribution::drawn([1, 2]);
        names.iter().for_each(|who| tally.told(*who, adds.clone()));
        let counted = tally.counted(Timestamp(1));
        tally.published(&counted);
        assert_eq!(tally.changed_members(), 0);
        tally.take_out(names[0], Timestamp(2));
        assert_eq!((tally.owed_since(), tally.changed_members()), (Some(Timestamp(2)), 1));
        assert!(!tally.settle(&counted));
        assert_eq!(tally.owed_since(), Some(Timestamp(1)), "at the latest since the counts were taken");
        let counted = tally.counted(Timestamp(3));
        assert!(tally.settle(&counted) && tally.owed_since().is_none());
        // Of somebody who never said anything nothing is owed.
        assert!(!tally.take_out(Who::of([99; 16]), Timestamp(4)) && tally.owed_since().is_none());
    }
}
