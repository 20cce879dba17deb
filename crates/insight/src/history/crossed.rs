//! Sets of persons by the values of a dimension: how many at each customer use a feature.
//!
//! Where a set is told of some values, it is a set among the visitors of each of them, and so is what is left of it
//! among all other visitors; what is left of two sets is known for the values of which both are told. Whatever may be
//! worked out of sets ([`close_sets`](super::close_sets)) is a sum of what may be worked out among the visitors of one
//! value or of those others. So a set is told of a value only if it goes with all that is told there, and if for each
//! choice of values that it has in common with others they go together among the others' visitors too.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Dimension, Term};

use super::sets::{Crowd, Mask, Together, crowd_of, goes_with, is_in};

/// What sets are told by.
pub const CROSSED: [Dimension; 4] = [Dimension::Customer, Dimension::Source, Dimension::Country, Dimension::Device];
/// Most sets of a site that are told by values.
const MOST_CROSSED: usize = 32;

/// Visitors of one value who are in the same sets with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    /// All of them.
    pub crowd: Crowd,
    /// Persons among them who are counted for this value: each is for one.
    pub own: u64,
}

/// Visitors of a day by value and sets.
pub type Shares = BTreeMap<(Term, Mask), Share>;

/// The sets of a day that are told, in the order in which they are looked at, each with the values it is told of.
type ToldBy = Vec<(usize, BTreeSet<Term>)>;

/// Of which values which sets may be told, and of how many visitors. `values` are those that are told singly, `known`
/// the sets that other cells tell of these values, `sets` those told of the day that may be told of values too.
pub fn close_crossed(
    shares: &Shares,
    values: &BTreeSet<Term>,
    known: &[(usize, BTreeSet<Term>)],
    sets: &[usize],
    floor: u32,
) -> BTreeMap<usize, BTreeMap<Term, u64>> {
    let table = Table::new(shares, values);
    let persons = |set: usize| table.of_values.values().map(|of| crowd_of(of, set).persons).sum::<u64>();
    let mut order: Vec<(u64, usize)> = sets.iter().take(MOST_CROSSED).map(|set| (persons(*set), *set)).collect();
    order.sort_by_key(|(persons, set)| (std::cmp::Reverse(*persons), *set));
    let mut told: ToldBy = known.to_vec();
    let mut all = BTreeMap::new();
    for (_, set) in order {
        let mut of: BTreeSet<Term> =
            values.iter().copied().filter(|v| table.crowd(*v, set).persons >= floor.into()).collect();
        of.retain(|value| table.crowd(*value, set).visitors > 0);
        while let Some(value) = table.unsafe_at(set, &of, &told, floor) {
            of.remove(&value);
        }
        all.insert(set, of.iter().map(|value| (*value, table.crowd(*value, set).visitors)).collect());
        told.push((set, of));
    }
    all
}

/// How many values a set has that are not among these.
pub fn values_beside(shares: &Shares, set: usize, told: &BTreeMap<Term, u64>) -> usize {
    let has = shares.keys().filter(|(value, mask)| is_in(mask, set) && !told.contains_key(value));
    has.map(|(value, _)| *value).collect::<BTreeSet<Term>>().len()
}

struct Table<'a> {
    shares: &'a Shares,
    of_values: BTreeMap<Term, Together>,
}

impl<'a> Table<'a> {
    fn new(shares: &'a Shares, values: &BTreeSet<Term>) -> Table<'a> {
        let mut of_values: BTreeMap<Term, Together> = values.iter().map(|value| (*value, Together::new())).collect();
        for ((value, mask), share) in shares {
            if let Some(of_value) = of_values.get_mut(value) {
                of_value.insert(*mask, share.crowd);
            }
        }
        Table { shares, of_values }
    }

    fn crowd(&self, value: Term, set: usize) -> Crowd {
        self.of_values.get(&value).map(|of| crowd_of(of, set)).unwrap_or_default()
    }

    /// Visitors of all other values, each person once.
    fn beside(&self, values: &BTreeSet<Term>) -> Together {
        let mut together = Together::new();
        for ((_, mask), share) in self.shares.iter().filter(|((value, _), _)| !values.contains(value)) {
            let crowd = Crowd { visitors: share.crowd.visitors, persons: share.own };
            together.entry(*mask).or_default().join(crowd);
        }
        together
    }

    /// A value of which the set must not be told, if there is any.
    fn unsafe_at(&self, set: usize, of: &BTreeSet<Term>, told: &ToldBy, floor: u32) -> Option<Term> {
        let told_of = |is: &dyn Fn(&BTreeSet<Term>) -> bool| -> Vec<usize> {
            told.iter().filter(|(_, values)| is(values)).map(|(set, _)| *set).collect()
        };
        let goes = |value: &Term| {
            let others = told_of(&|values| values.contains(value));
            self.of_values.get(value).is_some_and(|together| goes_with(set, &others, together, floor))
        };
        if let Some(value) = of.iter().find(|value| !goes(value)) {
            return Some(*value);
        }
        let goes_beside = |common: &BTreeSet<Term>| {
            let together = self.beside(common);
            let others = told_of(&|values| common.is_subset(values));
            !crowd_of(&together, set).is_few(floor) && goes_with(set, &others, &together, floor)
        };
        match commons(of, told).iter().all(goes_beside) {
            true => None,
            false => of.iter().min_by_key(|value| (self.crowd(**value, set).persons, **value)).copied(),
        }
    }
}

/// The values that a set has in common with none, one and two of those told.
fn commons(of: &BTreeSet<Term>, told: &ToldBy) -> BTreeSet<BTreeSet<Term>> {
    let with = |values: &BTreeSet<Term>, other: &BTreeSet<Term>| values.intersection(other).copied().collect();
    let one: BTreeSet<BTreeSet<Term>> = told.iter().map(|(_, values)| with(of, values)).collect();
    let two: BTreeSet<BTreeSet<Term>> = one.iter().flat_map(|a| one.iter().map(|b| with(a, b))).collect();
    let mut all: BTreeSet<BTreeSet<Term>> = one.into_iter().chain(two).chain([of.clone()]).collect();
    all.remove(&BTreeSet::new());
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::sets::close_sets;
    use super::*;

    const FLOOR: u32 = 6;
    const SETS: usize = 4;
    const VALUES: u32 = 4;

    fn mask(bits: u64) -> Mask {
        let mut mask = Mask::default();
        mask[0] = bits;
        mask
    }

    /// Visitors of one value each; sets are often inside others.
    fn shares() -> impl Strategy<Value = Shares> {
        let bits = prop_oneof![0u64..1 << SETS, (0..=SETS).prop_map(|n| (1 << n) - 1)];
        let count = prop_oneof![1u64..4, 4u64..30];
        let share = count.prop_map(|n| Share { crowd: Crowd { visitors: n, persons: n }, own: n });
        let key = (0..VALUES, bits).prop_map(|(value, bits)| (Term(value), mask(bits)));
        prop::collection::btree_map(key, share, 1..16)
    }

    fn whole(shares: &Shares) -> Together {
        let mut together = Together::new();
        shares.iter().for_each(|((_, mask), share)| together.entry(*mask).or_default().join(share.crowd));
        together
    }

    /// Values of enough visitors, told so that what is left of everybody is enough too.
    fn values(shares: &Shares) -> BTreeSet<Term> {
        let of = |value: Term| shares.iter().filter(|((v, _), _)| *v == value).map(|(_, s)| s.own).sum::<u64>();
        let mut all: Vec<(u64, Term)> = (0..VALUES).map(|v| (of(Term(v)), Term(v))).filter(|(n, _)| *n > 0).collect();
        all.sort();
        let mut left = 0;
        let hidden = |(n, _): &&(u64, Term)| {
            let hides = *n < u64::from(FLOOR) || left > 0 && left < u64::from(FLOOR);
            left += if hides { *n } else { 0 };
            hides
        };
        let hidden: BTreeSet<Term> = all.iter().filter(hidden).map(|(_, v)| *v).collect();
        all.into_iter().map(|(_, v)| v).filter(|v| !hidden.contains(v)).collect()
    }

    /// True if few follow. A thing known is a set (or everybody) among the visitors of all values or of some told ones.
    fn betrays(shares: &Shares, told: &ToldBy) -> bool {
        let is_few = |left: u64| left > 0 && left < u64::from(FLOOR);
        let holds = |set: Option<usize>, mask: &Mask| set.is_none_or(|set| is_in(mask, set));
        let all: Vec<(Option<usize>, &BTreeSet<Term>)> =
            told.iter().map(|(set, values)| (if *set == SETS { None } else { Some(*set) }, values)).collect();
        let values: BTreeSet<Term> = (0..VALUES).map(Term).collect();
        // Among the visitors of a choice of values that all of some sets are told of, or of all others.
        let choices = (0..1u32 << VALUES)
            .map(|choice| -> BTreeSet<Term> { values.iter().copied().filter(|v| choice >> v.0 & 1 == 1).collect() });
        choices.into_iter().any(|choice| {
            [true, false].into_iter().any(|inside| {
                let here: Vec<Option<usize>> =
                    all.iter().filter(|(_, of)| choice.is_subset(of)).map(|(set, _)| *set).collect();
                if inside && choice.is_empty() {
                    return false;
                }
                let rows: Vec<(&Mask, u64)> = shares
                    .iter()
                    .filter(|((v, _), _)| choice.contains(v) == inside)
                    .map(|((_, mask), share)| (mask, share.crowd.persons))
                    .collect();
                let size = |is: &dyn Fn(&Mask) -> bool| -> u64 {
                    rows.iter().filter(|(mask, _)| is(mask)).map(|(_, n)| n).sum()
                };
                let is_inside = |a: Option<usize>, b: Option<usize>| size(&|m| holds(a, m) && !holds(b, m)) == 0;
                here.iter().any(|a| {
                    a.is_some() && is_few(size(&|m| holds(*a, m)))
                        || here.iter().filter(|b| is_inside(**b, *a)).any(|b| {
                            is_few(size(&|m| holds(*a, m) && !holds(*b, m)))
                                || here.iter().filter(|c| is_inside(**c, *a)).any(|c| {
                                    let share = size(&|m| holds(*b, m) && holds(*c, m)) > 0;
                                    !share && is_few(size(&|m| holds(*a, m) && !holds(*b, m) && !holds(*c, m)))
                                })
                        })
                })
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn no_difference_of_sets_by_value_is_of_few(shares in shares(), with_known in any::<bool>()) {
            let (values, together) = (values(&shares), whole(&shares));
            let of_day = close_sets(0, SETS, &together, FLOOR);
            let sets: Vec<usize> = (0..SETS).filter(|set| of_day[*set].is_some()).collect();
            // The first one may be told by cells of other families, by the same rule.
            let known: ToldBy = match sets.split_first() {
                Some((first, _)) if with_known => {
                    let told = close_crossed(&shares, &values, &[], &[*first], FLOOR);
                    told.into_iter().map(|(set, of)| (set, of.into_keys().collect())).collect()
                }
                _ => Vec::new(),
            };
            let others: Vec<usize> = sets.iter().copied().filter(|s| known.iter().all(|(set, _)| set != s)).collect();
            let told = close_crossed(&shares, &values, &known, &others, FLOOR);
            let all = told.into_iter().map(|(set, of)| (set, of.into_keys().collect::<BTreeSet<Term>>()));
            let all: ToldBy = all.chain(known).chain([(SETS, values)]).collect();
            prop_assert!(!betrays(&shares, &all), "{all:?} {:?}", shares.iter().map(|((v, m), s)| (v.0, m[0], s.own)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_floor_of_each_value_alone_would_not_do() {
        let share = |n| Share { crowd: Crowd { visitors: n, persons: n }, own: n };
        // Of two customers' visitors many use the feature; of those who have no customer three do.
        let shares: Shares = [
            ((Term(1), mask(1)), share(20)),
            ((Term(1), mask(0)), share(20)),
            ((Term(2), mask(1)), share(8)),
            ((Term(2), mask(0)), share(20)),
            ((Term(0), mask(1)), share(3)),
            ((Term(0), mask(0)), share(20)),
        ]
        .into();
        let values: BTreeSet<Term> = [0, 1, 2].map(Term).into();
        let large: BTreeSet<Term> = [1, 2].map(Term).into();
        assert!(betrays(&shares, &vec![(0, large), (SETS, values.clone())]));
        let told = close_crossed(&shares, &values, &[], &[0], FLOOR);
        assert_eq!(told[&0], BTreeMap::from([(Term(1), 20)]));
        assert_eq!(values_beside(&shares, 0, &told[&0]), 2);
    }

    #[test]
    fn a_person_of_many_values_is_one() {
        // One visitor has seven sources besides the one that is told.
        let mut shares: Shares =
            [((Term(1), mask(1)), Share { crowd: Crowd { visitors: 20, persons: 20 }, own: 20 })].into();
        shares.insert((Term(1), mask(0)), Share { crowd: Crowd { visitors: 20, persons: 20 }, own: 20 });
        for value in 2..9 {
            let own = u64::from(value == 2);
            shares.insert((Term(value), mask(1)), Share { crowd: Crowd { visitors: 1, persons: 1 }, own });
        }
        let told = close_crossed(&shares, &[Term(1)].into(), &[], &[0], FLOOR);
        assert!(told[&0].is_empty());
    }
}
