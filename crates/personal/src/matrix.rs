//! Which items are liked together: exact integer counts, from which a member can be taken out again.

mod codec;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use codec::{MOST_BYTES, MatrixError};

/// What one member adds to the [`Matrix`]: distinct items, sorted, at most [`Contribution::MOST_ITEMS`] of them.
///
/// Keep it with the member's record: what was added is what is to be subtracted, whatever the member states later.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Contribution(Box<[u32]>);

impl Contribution {
    /// Most items of one member, so that nobody weighs more than others because of how much they like.
    pub const MOST_ITEMS: usize = 200;

    /// Of the items that a member is positive about, oldest first, the most recent ones. Where no order is known,
    /// any fixed order does.
    #[must_use]
    pub fn new(oldest_first: &[u32]) -> Contribution {
        let mut kept = std::collections::BTreeSet::new();
        for item in oldest_first.iter().rev() {
            if kept.len() == Contribution::MOST_ITEMS {
                break;
            }
            kept.insert(*item);
        }
        Contribution(kept.into_iter().collect())
    }

    /// Of a set, whose order nobody knows: all of it, or [`Contribution::MOST_ITEMS`] that a hash of their numbers draws.
    /// It says nothing of when something was stated, and a larger set draws the same but for what is added or displaced.
    #[must_use]
    pub fn drawn(items: impl IntoIterator<Item = u32>) -> Contribution {
        let mut ranked: Vec<(u64, u32)> = items.into_iter().map(|item| (mixed(item), item)).collect();
        ranked.sort_unstable();
        ranked.dedup();
        ranked.truncate(Contribution::MOST_ITEMS);
        let mut items: Vec<u32> = ranked.into_iter().map(|entry| entry.1).collect();
        items.sort_unstable();
        Contribution(items.into())
    }

    /// The items, ascending.
    #[must_use]
    pub fn items(&self) -> &[u32] {
        &self.0
    }
}

/// The finaliser of SplitMix64: a bijection, so no two items share a rank.
fn mixed(item: u32) -> u64 {
    let mut z = u64::from(item).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl AsRef<[u32]> for Contribution {
    fn as_ref(&self) -> &[u32] {
        self.items()
    }
}

/// Counts of members by item and by pair of items.
///
/// Adding and removing are exact: after a member was removed the matrix equals, byte for byte, one that the member was
/// never in. The exact matrix is personal data (a count of one is one member) and is to be kept sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    members: u32,
    active: u32,
    /// Per item its own count first, then those of pairs with greater items, ascending. No count is 0.
    rows: BTreeMap<u32, Vec<(u32, u32)>>,
}

/// Why a member cannot be added or removed. The matrix is then as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// There would be more than 2^32 - 1 members.
    #[error("a matrix has at most {} members", u32::MAX)]
    Full,
    /// Something that is to be taken out is not in.
    #[error("the matrix does not hold what is to be removed")]
    NotHeld,
}

/// With this many items a member tells something about how items belong together.
const ACTIVE_ITEMS: usize = 3;

impl Matrix {
    /// A matrix of these members.
    ///
    /// # Errors
    /// [`ChangeError::Full`].
    pub fn of<'a>(members: impl IntoIterator<Item = &'a Contribution>) -> Result<Matrix, ChangeError> {
        let mut matrix = Matrix::default();
        members.into_iter().try_for_each(|member| matrix.add(member))?;
        Ok(matrix)
    }

    /// Counts a member in. One without items changes nothing.
    ///
    /// # Errors
    /// [`ChangeError::Full`].
    pub fn add(&mut self, member: &Contribution) -> Result<(), ChangeError> {
        let items = member.items();
        if items.is_empty() {
            return Ok(());
        }
        // No count of an item or pair exceeds the number of members, so this is the only overflow there can be.
        self.members = self.members.checked_add(1).ok_or(ChangeError::Full)?;
        self.active += u32::from(items.len() >= ACTIVE_ITEMS);
        for (at, item) in items.iter().enumerate() {
            let row = self.rows.entry(*item).or_default();
            increment(row, &items[at..]);
        }
        Ok(())
    }

    /// Counts a member out again; the contribution is the one that was added.
    ///
    /// # Errors
    /// [`ChangeError::NotHeld`]; nothing is changed then.
    pub fn remove(&mut self, member: &Contribution) -> Result<(), ChangeError> {
        let items = member.items();
        if items.is_empty() {
            return Ok(());
        }
        let active = u32::from(items.len() >= ACTIVE_ITEMS);
        let held = items.iter().enumerate().all(|(at, item)| {
            self.rows.get(item).is_some_and(|row| items[at..].iter().all(|other| count(row, *other) > 0))
        });
        if !held || self.members == 0 || self.active < active {
            return Err(ChangeError::NotHeld);
        }
        self.members -= 1;
        self.active -= active;
        for (at, item) in items.iter().enumerate() {
            let Some(row) = self.rows.get_mut(item) else { continue };
            decrement(row, &items[at..]);
            if row.is_empty() {
                self.rows.remove(item);
            }
        }
        Ok(())
    }

    /// Members with at least one item.
    #[must_use]
    pub fn members(&self) -> u32 {
        self.members
    }

    /// Members with at least three items.
    #[must_use]
    pub fn active_members(&self) -> u32 {
        self.active
    }

    /// Members of an item.
    #[must_use]
    pub fn members_of(&self, item: u32) -> u32 {
        self.rows.get(&item).map_or(0, |row| count(row, item))
    }

    /// Members of both items.
    #[must_use]
    pub fn members_of_pair(&self, a: u32, b: u32) -> u32 {
        let (low, high) = (a.min(b), a.max(b));
        self.rows.get(&low).map_or(0, |row| count(row, high))
    }

    /// Every item that has a member, ascending, with its members.
    pub fn items(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.rows.iter().filter_map(|(item, row)| row.first().map(|(_, count)| (*item, *count)))
    }

    /// Every pair of items that has a member, once: the smaller item, the greater item, members.
    pub fn pairs(&self) -> impl Iterator<Item = (u32, u32, u32)> + '_ {
        self.rows.iter().flat_map(|(item, row)| row.iter().skip(1).map(|(other, count)| (*item, *other, *count)))
    }
}

fn count(row: &[(u32, u32)], item: u32) -> u32 {
    row.binary_search_by_key(&item, |entry| entry.0).map_or(0, |at| row[at].1)
}

/// Adds 1 at each of the items, both ascending.
fn increment(row: &mut Vec<(u32, u32)>, items: &[u32]) {
    let mut missing = Vec::new();
    let mut from = 0;
    for item in items {
        match row[from..].binary_search_by_key(item, |entry| entry.0) {
            Ok(at) => {
                row[from + at].1 += 1;
                from += at + 1;
            }
            Err(at) => {
                missing.push((*item, 1));
                from += at;
            }
        }
    }
    if !missing.is_empty() {
        row.extend(missing);
        // Two ascending runs: the sort merges them.
        row.sort_by_key(|entry| entry.0);
    }
}

/// Takes 1 off at each of the items, which are all there.
fn decrement(row: &mut Vec<(u32, u32)>, items: &[u32]) {
    let mut gone = false;
    for item in items {
        if let Ok(at) = row.binary_search_by_key(item, |entry| entry.0) {
            row[at].1 -= 1;
            gone |= row[at].1 == 0;
        }
    }
    if gone {
        row.retain(|entry| entry.1 > 0);
    }
}
