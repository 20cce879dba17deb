//! What became of a value below which others are told.
//!
//! Of a value that is a cell of its day, the values below it are a table of its days. Where it waits, they wait too: the
//! sum of all of them is known only once it is told itself, as one cell over several days. That cell is a row of its
//! own. Whoever subtracts days of which it has some cannot take away anything that lies in it, nor what it is made of;
//! whoever does not cut it sees its parts, each of enough persons, and what is left of it, nobody or enough. So the
//! row may be divided whatever else is told. It is divided once, when it is told, for it is known as a whole only then.

use std::collections::BTreeSet;

use outis_event::{Day, Term};

use super::release::Entry;

/// What is told, on a day, of the value above others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Above {
    /// It is a cell of this day.
    Told,
    /// It waits, or is not told.
    Waits,
    /// It is told by the close at hand, in one cell with other days.
    Joined,
    /// It is not told and waits for nothing.
    Hidden,
}

/// Of which values and days something waited for the close of a week or period, and still waits after it.
#[derive(Clone, Debug, Default)]
pub struct Waited {
    before: BTreeSet<(Term, Day)>,
    after: BTreeSet<(Term, Day)>,
}

impl Waited {
    /// Nothing left yet of what waited for a close.
    pub fn before(entries: &[Entry]) -> Waited {
        Waited { before: places(entries), after: BTreeSet::new() }
    }

    /// What the close left.
    pub fn leaves(&mut self, entries: &[Entry]) {
        self.after = places(entries);
    }

    /// What is told of a value on a day since the close. Nothing may be asked of days of which nothing waits below it.
    pub fn above(&self, value: Term, day: Day) -> Above {
        match (self.before.contains(&(value, day)), self.after.contains(&(value, day))) {
            (false, _) => Above::Told,
            (true, false) => Above::Joined,
            (true, true) => Above::Waits,
        }
    }
}

fn places(entries: &[Entry]) -> BTreeSet<(Term, Day)> {
    entries.iter().map(|entry| (entry.keys[0], entry.day)).collect()
}
