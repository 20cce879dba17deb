//! The items that the linear model covers: those with the most members.

use crate::matrix::Matrix;
use crate::tagging::Tagging;

/// Items of the head and their places, ascending.
#[derive(Clone, Debug, Default)]
pub(crate) struct Head {
    items: Vec<u32>,
    /// Place of each item, `u32::MAX` where it has none.
    place: Vec<u32>,
}

impl Head {
    /// At most `most` items: all that have at least one member, those with the most members first; then, while there is
    /// room, those with tags. Items of as many members go by number.
    pub(crate) fn new(matrix: &Matrix, tagging: &Tagging, items: usize, most: usize) -> Head {
        let mut ranked: Vec<(u32, u32)> = (0..items as u32).map(|item| (matrix.members_of(item), item)).collect();
        ranked.retain(|(members, item)| *members > 0 || !tagging.tags_of(*item).is_empty());
        ranked.sort_by_key(|(members, item)| (std::cmp::Reverse(*members), *item));
        ranked.truncate(most);
        let mut head: Vec<u32> = ranked.into_iter().map(|(_, item)| item).collect();
        head.sort_unstable();
        let mut place = vec![u32::MAX; items];
        head.iter().enumerate().for_each(|(at, item)| place[*item as usize] = at as u32);
        Head { items: head, place }
    }

    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    pub(crate) fn items(&self) -> &[u32] {
        &self.items
    }

    pub(crate) fn place(&self, item: u32) -> Option<u32> {
        self.place.get(item as usize).copied().filter(|at| *at != u32::MAX)
    }

    /// Places of those items that have one, ascending if they are.
    pub(crate) fn places(&self, items: &[u32]) -> Vec<u32> {
        items.iter().filter_map(|item| self.place(*item)).collect()
    }

    /// The tags of at least two items of the head, those of the most items first, at most so many; ascending.
    fn tags(&self, tagging: &Tagging, most: usize) -> Vec<u32> {
        let within = |tag: u32| tagging.items_of(tag).iter().filter(|item| self.place(**item).is_some()).count();
        let mut tags: Vec<(usize, u32)> = (0..tagging.tags() as u32).map(|tag| (within(tag), tag)).collect();
        tags.retain(|(items, _)| *items >= 2);
        tags.sort_unstable_by_key(|(items, tag)| (std::cmp::Reverse(*items), *tag));
        tags.truncate(most);
        let mut tags: Vec<u32> = tags.into_iter().map(|(_, tag)| tag).collect();
        tags.sort_unstable();
        tags
    }
}

/// Which matrix is inverted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// That of items: its cost does not depend on members and tags.
    Primal,
    /// That of members and tags: its cost does not depend on items.
    Dual,
}

/// What the linear model is solved for, within bounds of memory and time.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) head: Head,
    pub(crate) tags: Vec<u32>,
    pub(crate) form: Form,
}

impl Plan {
    /// The matrix that is inverted has at most `most` rows. Where items are no more than that, all of them and all tags are
    /// in; where members are fewer, all items and the tags of the most items; else the items with the most members, and all
    /// tags.
    pub(crate) fn new(matrix: &Matrix, members: usize, tagging: &Tagging, most: usize) -> Plan {
        let items = tagging.items();
        let head = Head::new(matrix, tagging, items, items);
        let tags = head.tags(tagging, usize::MAX);
        let all = members + tags.len();
        if all <= most.min(head.len()) {
            return Plan { head, tags, form: Form::Dual };
        }
        if head.len() <= most {
            return Plan { head, tags, form: Form::Primal };
        }
        if members <= most / 10 * 9 {
            let tags = head.tags(tagging, most - members);
            return Plan { head, tags, form: Form::Dual };
        }
        let head = Head::new(matrix, tagging, items, most);
        let tags = head.tags(tagging, usize::MAX);
        Plan { head, tags, form: Form::Primal }
    }

    /// Rows of the matrix that is inverted.
    pub(crate) fn size(&self, members: usize) -> usize {
        match self.form {
            Form::Primal => self.head.len(),
            Form::Dual => members + self.tags.len(),
        }
    }
}
