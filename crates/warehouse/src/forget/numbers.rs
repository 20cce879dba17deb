//! Numbers of a compacted day's visitors when some of them are gone.

use std::collections::HashSet;

/// Numbers without a gap: those behind who is gone move up, in their order. A number that is missing would say that somebody
/// who was there on this day was forgotten, and with the days of several missing ones, who.
#[derive(Clone, Debug, Default)]
pub(crate) struct Closed {
    /// Sorted.
    gone: Vec<u64>,
    /// Numbers up to this one are of compacted rows.
    numbered: u64,
}

impl Closed {
    /// Of a day whose compacted visitors are numbered up to `numbered`, when all of `gone` go.
    pub(crate) fn without(gone: &HashSet<u64>, numbered: u64) -> Closed {
        let mut gone: Vec<u64> = gone.iter().copied().filter(|number| (1..=numbered).contains(number)).collect();
        gone.sort_unstable();
        Closed { gone, numbered }
    }

    /// True if everybody keeps their number.
    pub(crate) fn is_same(&self) -> bool {
        self.gone.is_empty()
    }

    /// The number of a visitor who stays.
    pub(crate) fn of(&self, number: u64) -> u64 {
        match number > self.numbered {
            true => number,
            false => number - self.gone.partition_point(|gone| *gone < number) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn who_stays_is_numbered_from_one_in_the_order_before(
            numbered in 0u64..40, gone in prop::collection::hash_set(0u64..60, 0..20),
        ) {
            let closed = Closed::without(&gone, numbered);
            let stay = (1..=numbered).filter(|number| !gone.contains(number));
            let numbers: Vec<u64> = stay.map(|number| closed.of(number)).collect();
            let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
            prop_assert_eq!(numbers, expected);
            prop_assert_eq!(closed.of(u64::MAX >> 1), u64::MAX >> 1, "an open day's number");
        }
    }
}
