//! The matrix equals a world without whoever was taken out, and its bytes are one form.

use std::collections::BTreeSet;

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::{ChangeError, Contribution, Matrix, MatrixError};

fn world() -> impl Strategy<Value = Vec<Contribution>> {
    vec(btree_set(0_u32..40, 0..12), 1..30).prop_map(|members| {
        members.into_iter().map(|items| Contribution::new(&items.into_iter().collect::<Vec<_>>())).collect()
    })
}

proptest! {
    #[test]
    fn counts_are_those_of_the_definition(members in world()) {
        let matrix = Matrix::of(&members).expect("few");
        for a in 0..40 {
            for b in a..40 {
                let both = members.iter().filter(|m| m.items().contains(&a) && m.items().contains(&b)).count();
                prop_assert_eq!(matrix.members_of_pair(a, b) as usize, both);
            }
        }
    }

    #[test]
    fn who_is_removed_was_never_there(members in world(), gone in any::<prop::sample::Index>(), order in any::<u64>()) {
        let gone = gone.index(members.len());
        let mut with = Matrix::default();
        // In another order, and removed in the middle.
        let mut shuffled: Vec<usize> = (0..members.len()).collect();
        shuffled.sort_by_key(|at| (*at as u64 + 1).wrapping_mul(order | 1).rotate_left(17));
        with.add(&members[gone]).expect("few");
        for (n, at) in shuffled.iter().filter(|at| **at != gone).enumerate() {
            if n == shuffled.len() / 2 {
                with.remove(&members[gone]).expect("held");
                with.add(&members[gone]).expect("few");
            }
            with.add(&members[*at]).expect("few");
        }
        with.remove(&members[gone]).expect("held");
        let without = Matrix::of(members.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, m)| m)).expect("few");
        prop_assert_eq!(with.to_bytes(), without.to_bytes());
        prop_assert_eq!(with, without);
    }

    #[test]
    fn what_is_not_held_changes_nothing(members in world(), other in btree_set(0_u32..40, 1..12)) {
        let mut matrix = Matrix::of(&members).expect("few");
        let before = matrix.clone();
        let other = Contribution::new(&other.into_iter().collect::<Vec<_>>());
        if matrix.remove(&other) == Err(ChangeError::NotHeld) {
            prop_assert_eq!(matrix, before);
        } else {
            matrix.add(&other).expect("few");
            prop_assert_eq!(matrix, before);
        }
    }

    #[test]
    fn bytes_come_back(members in world()) {
        let matrix = Matrix::of(&members).expect("few");
        prop_assert_eq!(Matrix::from_bytes(&matrix.to_bytes()), Ok(matrix));
        for member in members {
            prop_assert_eq!(Contribution::from_bytes(&member.to_bytes()), Ok(member));
        }
    }

    #[test]
    fn bytes_have_one_form(members in world(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut bytes = Matrix::of(&members).expect("few").to_bytes();
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        if let Ok(read) = Matrix::from_bytes(&bytes) {
            prop_assert_eq!(read.to_bytes(), bytes);
        }
    }

    #[test]
    fn a_contribution_is_the_most_recent_items(items in vec(0_u32..600, 0..500)) {
        let kept = Contribution::new(&items);
        let distinct: BTreeSet<u32> = items.iter().copied().collect();
        prop_assert_eq!(kept.items().len(), distinct.len().min(Contribution::MOST_ITEMS));
        prop_assert!(kept.items().is_sorted());
        let last = |item: u32| items.iter().rposition(|i| *i == item);
        let oldest = kept.items().iter().map(|i| last(*i)).min().flatten();
        for dropped in distinct.iter().filter(|i| kept.items().binary_search(i).is_err()) {
            prop_assert!(last(*dropped) < oldest);
        }
    }
}

proptest! {
    #[test]
    fn of_a_set_the_same_items_are_drawn_whatever_their_order(items in btree_set(0_u32..5_000, 0..600), more in 0_u32..5_000) {
        let drawn = Contribution::drawn(items.iter().copied());
        prop_assert_eq!(&drawn, &Contribution::drawn(items.iter().rev().chain(&items).copied()));
        prop_assert_eq!(drawn.items().len(), items.len().min(Contribution::MOST_ITEMS));
        prop_assert!(drawn.items().is_sorted() && drawn.items().iter().all(|item| items.contains(item)));
        // One more takes the place of at most one.
        let with = Contribution::drawn(items.iter().copied().chain([more]));
        prop_assert!(with.items().iter().filter(|item| !drawn.items().contains(item)).count() <= 1);
    }
}

#[test]
fn damaged_bytes_are_told() {
    assert_eq!(Matrix::from_bytes(b"OXM2"), Err(MatrixError::Version));
    assert_eq!(Matrix::from_bytes(b"OXM1"), Err(MatrixError::Damaged));
    // A row that claims more entries than there are bytes.
    assert_eq!(Matrix::from_bytes(b"OXM1\x05\x01\x01\x00\xff\xff\xff\xff\x0f"), Err(MatrixError::Damaged));
    // A pair with more members than its items.
    assert_eq!(Matrix::from_bytes(b"OXM1\x05\x01\x02\x00\x02\x01\x00\x02\x00\x01\x01"), Err(MatrixError::Damaged));
}
