//! When batches are appended, and what makes them all look alike.

use outis_event::Timestamp;

use super::receipt::Leaf;
use super::text::NoRandomness;

const HOUR_MS: i64 = 60 * 60 * 1000;
pub(crate) const DAY_MS: i64 = 24 * HOUR_MS;

/// Fixed hours of the day (UTC) at which a batch is appended, whether anybody left or not, and how many leaves it has at
/// least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    hours: Vec<i64>,
    least_leaves: usize,
}

/// A schedule that would tell on somebody, or that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No hours, or hours that no day has.
    #[error("a schedule has 1 to 24 different hours from 0 to 23")]
    Hours,
    /// Not a power of two in bounds.
    #[error("a batch has at least 8 leaves and at most 4096, a power of two")]
    Leaves,
}

impl Default for Schedule {
    /// Once a day at 3 o'clock UTC, 64 leaves.
    fn default() -> Schedule {
        Schedule { hours: vec![3], least_leaves: 64 }
    }
}

impl Schedule {
    /// Batches at these hours (UTC) of at least so many leaves.
    ///
    /// # Errors
    /// [`ScheduleError`].
    pub fn new(hours: &[u8], least_leaves: usize) -> Result<Schedule, ScheduleError> {
        let mut sorted: Vec<i64> = hours.iter().map(|hour| i64::from(*hour)).collect();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.is_empty() || sorted.len() != hours.len() || sorted.iter().any(|hour| *hour > 23) {
            return Err(ScheduleError::Hours);
        }
        if !(8..=4096).contains(&least_leaves) || !least_leaves.is_power_of_two() {
            return Err(ScheduleError::Leaves);
        }
        Ok(Schedule { hours: sorted, least_leaves })
    }

    /// What happens without protection, for tests that show that it protects.
    #[cfg(test)]
    pub(crate) fn unprotected() -> Schedule {
        Schedule { hours: vec![3], least_leaves: 1 }
    }

    /// The last time of the schedule that is not after `now`.
    pub(crate) fn last(&self, now: Timestamp) -> Timestamp {
        let midnight = now.0.div_euclid(DAY_MS) * DAY_MS;
        let times = self.hours.iter().flat_map(|hour| [midnight - DAY_MS + hour * HOUR_MS, midnight + hour * HOUR_MS]);
        Timestamp(times.filter(|at| *at <= now.0).max().unwrap_or(midnight - DAY_MS))
    }

    /// How many leaves a batch has for so many receipts: the least, doubled until all have room.
    pub(crate) fn leaves(&self, receipts: usize) -> usize {
        receipts.next_power_of_two().max(self.least_leaves)
    }
}

/// A batch: the receipts' leaves among dummies, in random order.
pub(crate) fn batch(receipts: &[Leaf], schedule: &Schedule) -> Result<Vec<Leaf>, NoRandomness> {
    let mut leaves = receipts.to_vec();
    while leaves.len() < schedule.leaves(receipts.len()) {
        leaves.push(Leaf::dummy()?);
    }
    shuffle(&mut leaves, below)?;
    Ok(leaves)
}

/// Fisher and Yates: every order as likely as any other if `below(n)` gives each number below n as likely as any other.
fn shuffle<T, E>(items: &mut [T], mut below: impl FnMut(usize) -> Result<usize, E>) -> Result<(), E> {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last + 1)?);
    }
    Ok(())
}

/// A random number below `limit`. Draws beyond the last whole multiple of it are thrown away.
fn below(limit: usize) -> Result<usize, NoRandomness> {
    let limit = limit as u64;
    let fair = u64::MAX - u64::MAX % limit;
    loop {
        let draw = u64::from_le_bytes(super::text::random()?);
        if draw < fair {
            return Ok((draw % limit) as usize);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::convert::Infallible;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_order_is_as_likely_as_any_other() {
        let mut orders: BTreeMap<[u8; 4], u32> = BTreeMap::new();
        for draws in 0..24usize {
            let mut items = [0, 1, 2, 3];
            let mut left = draws;
            let Ok(()) = shuffle(&mut items, |limit| {
                let draw = left % limit;
                left /= limit;
                Ok::<usize, Infallible>(draw)
            });
            *orders.entry(items).or_default() += 1;
        }
        assert_eq!(orders.len(), 24);
    }

    #[test]
    fn the_place_in_a_batch_tells_nothing() {
        let place = |_| {
            let leaves = batch(&[Leaf([1; 32])], &Schedule::default()).expect("randomness");
            leaves.iter().position(|leaf| *leaf == Leaf([1; 32])).expect("it is in")
        };
        let places: BTreeSet<usize> = (0..64).map(place).collect();
        assert!(places.len() > 16, "by chance once in more than 10^20 runs");
    }

    #[test]
    fn a_schedule_has_hours_and_room_to_hide() {
        assert!(Schedule::new(&[0, 23], 8).is_ok());
        for hours in [&[][..], &[24], &[3, 3]] {
            assert_eq!(Schedule::new(hours, 8), Err(ScheduleError::Hours));
        }
        for leaves in [0, 1, 4, 12, 8192] {
            assert_eq!(Schedule::new(&[3], leaves), Err(ScheduleError::Leaves));
        }
    }

    proptest! {
        #[test]
        fn a_batch_holds_all_receipts_and_a_fixed_number(receipts in prop::collection::vec(any::<[u8; 32]>(), 0..40)) {
            let receipts: Vec<Leaf> = receipts.into_iter().map(Leaf).collect();
            let schedule = Schedule::new(&[3], 8).expect("schedule");
            let leaves = batch(&receipts, &schedule).expect("randomness");
            prop_assert!(leaves.len().is_power_of_two() && leaves.len() >= receipts.len().max(8));
            prop_assert!(leaves.len() == 8 || leaves.len() < 2 * receipts.len());
            prop_assert!(receipts.iter().all(|leaf| leaves.contains(leaf)));
        }

        #[test]
        fn the_last_time_is_the_last(now in -9_000_000_000..9_000_000_000i64, hours in prop::collection::btree_set(0..24u8, 1..5)) {
            let hours: Vec<u8> = hours.into_iter().collect();
            let schedule = Schedule::new(&hours, 8).expect("schedule");
            let last = schedule.last(Timestamp(now)).0;
            let at = |ms: i64| ms % HOUR_MS == 0 && hours.iter().any(|h| ms.rem_euclid(DAY_MS) == i64::from(*h) * HOUR_MS);
            prop_assert!(at(last) && last <= now && now - last < DAY_MS);
            let mut later = (1..=24).map(|h| last + h * HOUR_MS).take_while(|next| *next <= now);
            prop_assert!(later.all(|next| !at(next)));
        }
    }
}
