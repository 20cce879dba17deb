//! Memory of columns that were looked at, for the next ones that the same thread reads. Getting it from the system and giving
//! it back, wiped, takes as long as reading some columns does.

use std::cell::RefCell;

use crate::batch::Visit;

/// Columns that are kept of each width: a question reads about a dozen.
const MOST: usize = 16;
/// Longest column that is kept: somewhat more than a group has rows.
const MOST_NUMBERS: usize = 1 << 17;

/// Columns without numbers, by width.
#[derive(Default)]
pub(crate) struct Spares {
    bytes: Vec<Vec<u8>>,
    words: Vec<Vec<u32>>,
    longs: Vec<Vec<u64>>,
    visits: Vec<Vec<Visit>>,
}

thread_local! {
    static SPARES: RefCell<Spares> = RefCell::default();
}

/// What columns that are kept consist of.
pub(crate) trait Spare: Sized {
    /// Those that are kept.
    fn kept(spares: &mut Spares) -> &mut Vec<Vec<Self>>;
}

impl Spare for u8 {
    fn kept(spares: &mut Spares) -> &mut Vec<Vec<u8>> {
        &mut spares.bytes
    }
}

impl Spare for u32 {
    fn kept(spares: &mut Spares) -> &mut Vec<Vec<u32>> {
        &mut spares.words
    }
}

impl Spare for u64 {
    fn kept(spares: &mut Spares) -> &mut Vec<Vec<u64>> {
        &mut spares.longs
    }
}

impl Spare for Visit {
    fn kept(spares: &mut Spares) -> &mut Vec<Vec<Visit>> {
        &mut spares.visits
    }
}

/// An empty list with room for so many.
pub(crate) fn take<T: Spare>(count: usize) -> Vec<T> {
    // At the end of a thread there is no place for them any more.
    let kept = SPARES.try_with(|spares| T::kept(&mut spares.borrow_mut()).pop());
    let mut list = kept.ok().flatten().unwrap_or_default();
    list.reserve(count);
    list
}

/// Keeps the memory of a list.
pub(crate) fn give<T: Spare>(mut list: Vec<T>) {
    if list.capacity() == 0 || list.capacity() > MOST_NUMBERS {
        return;
    }
    list.clear();
    let _ = SPARES.try_with(|spares| {
        let mut spares = spares.borrow_mut();
        let kept = T::kept(&mut spares);
        if kept.len() < MOST {
            kept.push(list);
        }
    });
}

/// Keeps the memory of a list of something that is no more than a number.
pub(crate) fn give_of<W, T: Spare>(mut list: Vec<W>, number: impl Fn(W) -> T) {
    list.clear();
    // Collecting from a list into one of as wide members takes over its memory.
    give(list.into_iter().map(number).collect());
}

#[cfg(test)]
mod tests {
    use outis_event::Term;

    use super::*;

    #[test]
    fn memory_is_used_again_and_holds_nothing() {
        let list: Vec<Term> = (0..1_000).map(Term).collect();
        let at = list.as_ptr() as usize;
        give_of(list, |term| term.0);
        let again: Vec<u32> = take(500);
        assert_eq!((again.as_ptr() as usize, again.len()), (at, 0));
        assert!(again.capacity() >= 1_000);
        let another: Vec<u32> = take(500);
        assert_ne!(another.as_ptr() as usize, at);
    }

    #[test]
    fn no_more_is_kept_than_may_be() {
        (0..2 * MOST).for_each(|_| give(vec![0u8; 10]));
        give(vec![0u32; 2 * MOST_NUMBERS]);
        assert_eq!(SPARES.with(|spares| (spares.borrow().bytes.len(), spares.borrow().words.len())), (MOST, 0));
    }
}
