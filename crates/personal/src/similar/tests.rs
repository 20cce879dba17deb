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
        // One world had the member through two publications, with pairs that entered then.
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
        without.batch(&Matrix::of(&others).expect("few"), enough(), rule(), &key());
        prop_assert_eq!(&with.lists, &without.lists);
        prop_assert_eq!(&with.pairs, &without.pairs);
    }
}

#[test]
fn lists_change_only_together_with_enough_members() {
    let members: Vec<Contribution> = (0..30).map(|_| Contribution::new(&[1, 2, 3])).collect();
    let mut matrix = Matrix::of(&members).expect("few");
    let mut similar = Similar::default();
    similar.batch(&matrix, enough(), rule(), &key());
    assert_eq!(similar.of(1).len(), 2);
    let published = similar.clone();
    members[..25].iter().for_each(|member| matrix.remove(member).expect("held"));
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
