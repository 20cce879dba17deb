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
        let entries: HashSet<_> = entries.into_iter().collect();
        let mut visitors: HashMap<(Day, Visitor), usize> = HashMap::new();
        let mut members: HashMap<(Day, Pseudonym), usize> = HashMap::new();
        for (day, visitor, pseudonym) in &entries {
            *visitors.entry((*day, *visitor)).or_default() += 1;
            *members.entry((*day, *pseudonym)).or_default() += 1;
        }
        let is_one = |(day, visitor, pseudonym): &(Day, Visitor, Pseudonym)| {
            visitors[&(*day, *visitor)] == 1 && members[&(*day, *pseudonym)] == 1
        };
        let entries = entries.iter().filter(|entry| is_one(entry));
        Links { members: entries.map(|(day, visitor, pseudonym)| ((*day, *visitor), *pseudonym)).collect() }
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
