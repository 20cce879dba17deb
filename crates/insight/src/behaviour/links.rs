//! Which visitors of different days are the same member, as far as a site's policy lets them be joined.

use std::collections::{HashMap, HashSet};

use outis_event::{Day, Pseudonym, Visitor};

/// A member within one period of five ISO weeks. The same person is another one in the next period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Linked {
    /// The period, as [`Day::period`] counts them.
    pub period: i32,
    /// The member's number in it.
    pub pseudonym: Pseudonym,
}

/// Who the linked visitors of some days are.
///
/// A visitor of a day is one member, and a member is one visitor of a day. Entries that say otherwise of a day count for
/// nobody: no answer depends on which of them came first.
#[derive(Clone, Debug, Default)]
pub struct Links {
    members: HashMap<(Day, Visitor), Pseudonym>,
}

impl Links {
    /// Nobody is linked.
    pub fn none() -> Links {
        Links::default()
    }

    /// The links that these entries make.
    pub fn of(entries: impl IntoIterator<Item = (Day, Visitor, Pseudonym)>) -> Links {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_unstable_by_key(|(day, visitor, pseudonym)| (*day, *pseudonym, *visitor));
        entries.dedup();
        let mut several: HashSet<(Day, Visitor)> = HashSet::new();
        for of_member in entries.chunk_by(|a, b| (a.0, a.2) == (b.0, b.2)).filter(|visitors| visitors.len() > 1) {
            several.extend(of_member.iter().map(|(day, visitor, _)| (*day, *visitor)));
        }
        entries.sort_unstable();
        let of_visitor = entries.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)).filter(|members| members.len() == 1);
        let one = of_visitor.map(|members| members[0]).filter(|(day, visitor, _)| !several.contains(&(*day, *visitor)));
        Links { members: one.map(|(day, visitor, pseudonym)| ((day, visitor), pseudonym)).collect() }
    }

    /// The member that a visitor of a day is; `None` if they are not linked.
    pub fn member(&self, day: Day, visitor: Visitor) -> Option<Linked> {
        let pseudonym = *self.members.get(&(day, visitor))?;
        Some(Linked { period: day.period(), pseudonym })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_contradict_each_other_link_nobody() {
        let entry = |day, visitor, pseudonym| (Day(day), Visitor(visitor), Pseudonym(pseudonym));
        let links = Links::of([
            entry(1, 1, 7),
            entry(1, 1, 7),
            entry(2, 3, 7),
            entry(3, 1, 8),
            entry(3, 2, 8),
            entry(4, 1, 8),
            entry(4, 1, 9),
        ]);
        let member = |day, visitor| links.member(Day(day), Visitor(visitor)).map(|member| member.pseudonym.0);
        assert_eq!(
            [(1, 1), (2, 3), (3, 1), (3, 2), (4, 1)].map(|(day, visitor)| member(day, visitor)),
            [Some(7), Some(7), None, None, None]
        );
        assert_eq!(links.member(Day(1), Visitor(1)), links.member(Day(2), Visitor(3)));
    }

    #[test]
    fn a_member_of_the_next_period_is_another_one() {
        let next = Day::of_week(Day(0).period() * 5 + 5);
        let links = Links::of([next.plus(-1), next].map(|day| (day, Visitor(1), Pseudonym(7))));
        assert_ne!(links.member(next.plus(-1), Visitor(1)), links.member(next, Visitor(1)));
    }
}
