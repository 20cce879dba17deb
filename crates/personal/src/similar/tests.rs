//! Floors, epochs, and worlds without whoever was forgotten.

use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use super::{Batch, Changes, MOST_SIMILAR, PairKey, Publication, PublicationError, Similar};
use crate::matrix::{Contribution, Matrix};

fn key() -> PairKey {
    PairKey::new(&[7; 32])
}

fn enough() -> Changes {
    Changes { members: 1_000, forgotten: false, due: false }
}

fn rule() -> Publication {
    Publication::new(5, 5).expect("allowed")
}

fn world() -> impl Strategy<Value = Vec<Contribution>> {
    vec(btree_set(0_u32..14, 0..10), 10..60).prop_map(|members| {
        members.into_iter().map(|items| Contribution::new(&items.into_iter().collect::<Vec<_>>())).collect()
    })
}

proptest! {
    #[test]
    fn every_pair_has_the_floor_behind_it(members in world(), later in world()) {
        let mut similar = Similar::default();
        for members in [&members, &later] {
            let matrix = Matrix::of(members).expect("few");
            prop_assert_eq!(similar.batch(&matrix, enough(), rule(), &key()), Batch::Published);
            for item in similar.items() {
                prop_assert!(similar.of(item).len() <= MOST_SIMILAR);
                prop_assert!(matrix.members_of(item) >= 10);
                for other in similar.of(item) {
                    let both = members.iter().filter(|m| m.items().contains(&item) && m.items().contains(other)).count();
                    prop_assert!(both >= 5 && matrix.members_of(*other) >= 10);
                }
            }
        }
    }

    #[test]
    fn who_is_forgotten_was_never_in_the_lists(members in world(), more in world(), gone in any::<prop::sample::Index>()) {
        let gone = gone.index(members.len());
        // One world had the member through three publications.
        let mut matrix = Matrix::of(&members).expect("few");
        let mut with = Similar::default();
        with.batch(&matrix, enough(), rule(), &key());
        more.iter().for_each(|member| matrix.add(member).expect("few"));
        with.batch(&matrix, enough(), rule(), &key());
        more.iter().for_each(|member| matrix.remove(member).expect("held"));
        with.batch(&matrix, enough(), rule(), &key());
        matrix.remove(&members[gone]).expect("held");
        with.batch(&matrix, Changes { forgotten: true, ..enough() }, rule(), &key());
        // The other never did.
        let others: Vec<Contribution> =
            members.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, m)| m.clone()).collect();
        let mut without = Similar::default();
        for _ in 0..4 {
            without.batch(&Matrix::of(&others).expect("few"), enough(), rule(), &key());
        }
        prop_assert_eq!(&with, &without);
    }
}

#[test]
fn lists_change_only_together_with_enough_members() {
    // More than any draw asks for.
    let members: Vec<Contribution> = (0..90).map(|_| Contribution::new(&[1, 2, 3])).collect();
    let mut matrix = Matrix::of(&members).expect("few");
    let mut similar = Similar::default();
    similar.batch(&matrix, enough(), rule(), &key());
    assert_eq!(similar.of(1).len(), 2);
    let published = similar.clone();
    members[..85].iter().for_each(|member| matrix.remove(member).expect("held"));
    let few = Changes { members: 4, forgotten: true, due: false };
    assert_eq!(similar.batch(&matrix, few, rule(), &key()), Batch::Kept);
    assert_eq!(similar, published);
    assert_eq!(similar.batch(&matrix, Changes { due: true, ..few }, rule(), &key()), Batch::Withdrawn);
    assert!(similar.of(1).is_empty());
}

#[test]
fn floors_cannot_be_lowered() {
    assert_eq!(Publication::new(4, 20), Err(PublicationError::Floor));
    assert_eq!(Publication::new(10, 9), Err(PublicationError::Changed));
    assert!(Publication::new(5, 5).is_ok());
}

#[test]
fn an_item_comes_and_goes_in_all_lists_at_once() {
    // All pairs have as many members: some would be in and some not, were each drawn alone.
    let items: Vec<u32> = (0..12).collect();
    let matrix = Matrix::of(&(0..40).map(|_| Contribution::new(&items)).collect::<Vec<_>>()).expect("few");
    let (mut similar, mut some) = (Similar::default(), 0);
    for _ in 0..20 {
        similar.batch(&matrix, enough(), rule(), &key());
        let of: Vec<usize> = items.iter().map(|item| similar.of(*item).len()).collect();
        for (a, b) in items.iter().flat_map(|a| items.iter().map(move |b| (*a, *b))) {
            // Whoever has the item that is in fewer lists has the other one too.
            let others = similar.of(b).iter().filter(|other| **other != a);
            assert!(of[a as usize] <= of[b as usize] || others.into_iter().all(|other| similar.of(a).contains(other)));
        }
        some += usize::from(of.iter().any(|lists| (1..items.len() - 1).contains(lists)));
    }
    assert!(some > 10, "{some}");
}
