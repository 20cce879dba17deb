//! Sets of persons under a name: who reached a goal, used a feature, came to a step of a funnel.
//!
//! What is told of a set is how many visitors of a day are in it, nothing else. So what can be worked out of sets are
//! differences of sets of which one holds the other: a set and one inside it, a set and two inside it that share
//! nobody. [`close_sets`] tells a set only if all these hold nobody or at least the floor of persons, also against
//! everybody and against what cells of events and pages tell.

use std::collections::BTreeMap;

use outis_event::{Site, Term};

use crate::behaviour::Funnel;
use crate::{Filter, Group, TermSet};

/// Most sets of a site, those that are known elsewhere and steps of funnels included.
pub const MOST_SETS: usize = 256;

/// A bit for each set that a visitor is in.
pub type Mask = [u64; MOST_SETS / 64];

/// Something that staff saved, to be counted at the close of each day.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it is known by: the same definition has the same number, another one another.
    pub id: Term,
    /// Who is in it.
    pub counted: Counted,
    /// Pages all of whose visitors are in the (first) set: cells tell how many these are.
    pub pages: Option<TermSet>,
}

/// True if a set of so many visitors differs by few from those of one of its pages, of which cells tell.
pub fn is_nearly_a_page(set: Crowd, pages: &[Crowd], floor: u32) -> bool {
    let is_near = |page: &Crowd| set.visitors != page.visitors && set.persons.abs_diff(page.persons) < u64::from(floor);
    pages.iter().any(is_near)
}

/// Who is in a set.
#[derive(Clone, Debug)]
pub enum Counted {
    /// Visitors with an event that fulfils it.
    Any(Filter),
    /// A set for each step: visitors who came so far.
    Funnel(Box<Funnel>),
}

impl Counted {
    /// How many sets it is.
    pub fn steps(&self) -> usize {
        match self {
            Counted::Any(_) => 1,
            Counted::Funnel(funnel) => funnel.steps.len(),
        }
    }
}

/// What a site keeps.
#[derive(Clone, Debug, Default)]
pub struct Keeping {
    /// Sets that cells of other families tell: visitors of an event, of a page.
    pub known: Vec<Filter>,
    /// What is counted.
    pub kept: Vec<Kept>,
    /// Pairs of groups that staff declared.
    pub pairs: Vec<[Group; 2]>,
}

/// Who knows what a site's closes keep: implemented where definitions are.
pub trait Keeps: Send + Sync {
    /// What the site keeps, in the words that it has now.
    fn keeping(&self, site: &Site) -> Keeping;
}

impl Keeping {
    /// Adds something if there is room for it and for what is known of it. False if there is none.
    pub fn keep(&mut self, kept: Kept, known: Vec<Filter>) -> bool {
        if self.kept.iter().any(|other| other.id == kept.id) {
            return true;
        }
        let new: Vec<Filter> = known.into_iter().filter(|filter| !self.known.contains(filter)).collect();
        if self.sets() + kept.counted.steps() + new.len() > MOST_SETS {
            return false;
        }
        self.known.extend(new);
        self.kept.push(kept);
        true
    }

    /// How many sets there are. Those known come first, then those of what is kept, step by step.
    pub fn sets(&self) -> usize {
        self.known.len() + self.kept.iter().map(|kept| kept.counted.steps()).sum::<usize>()
    }
}

/// A number of visitors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Crowd {
    /// All of them.
    pub visitors: u64,
    /// Those that count for floors.
    pub persons: u64,
}

impl Crowd {
    /// Takes in a visitor.
    pub fn add(&mut self, counts_for_floor: bool) {
        self.visitors += 1;
        self.persons += u64::from(counts_for_floor);
    }

    /// Takes in others.
    pub fn join(&mut self, other: Crowd) {
        self.visitors += other.visitors;
        self.persons += other.persons;
    }

    pub(super) fn is_few(self, floor: u32) -> bool {
        self.visitors > 0 && self.persons < u64::from(floor)
    }
}

/// How many visitors of a day are in the same sets.
pub type Together = BTreeMap<Mask, Crowd>;

/// True if the set at this place is among them.
pub fn is_in(mask: &Mask, set: usize) -> bool {
    mask[set / 64] >> (set % 64) & 1 == 1
}

/// Which sets may be told, and of how many visitors: one for each set, those known left out. `together` are all
/// visitors of the day.
pub fn close_sets(known: usize, sets: usize, together: &Together, floor: u32) -> Vec<Option<u64>> {
    let crowd = |set: usize| count(together, |mask| is_in(mask, set));
    let mut order: Vec<(u64, usize)> = (known..sets).map(|set| (crowd(set).persons, set)).collect();
    // Larger ones first: of two that do not go together the larger one is told.
    order.sort_by_key(|(persons, set)| (std::cmp::Reverse(*persons), *set));
    let mut told: Vec<usize> = (0..known).collect();
    let mut values = vec![None; sets - known];
    for (persons, set) in order {
        if persons >= u64::from(floor) && goes_with(set, &told, together, floor) {
            told.push(set);
            values[set - known] = Some(crowd(set).visitors);
        }
    }
    values
}

/// True if no difference of the set, everybody and what is told is of few persons.
pub(super) fn goes_with(set: usize, told: &[usize], together: &Together, floor: u32) -> bool {
    let few = |is_of: &dyn Fn(&Mask) -> bool| count(together, is_of).is_few(floor);
    if few(&|mask| !is_in(mask, set)) {
        return false;
    }
    let without = |a: usize, b: usize| count(together, |mask| is_in(mask, a) && !is_in(mask, b));
    let (mut inside, mut around) = (Vec::new(), Vec::new());
    for other in told.iter().copied() {
        let (mine, theirs) = (without(set, other), without(other, set));
        if mine.visitors == 0 {
            around.push(other);
        }
        if theirs.visitors == 0 {
            inside.push(other);
        }
        if mine.visitors == 0 && theirs.is_few(floor) || theirs.visitors == 0 && mine.is_few(floor) {
            return false;
        }
    }
    let apart = |a: usize, b: usize| count(together, |mask| is_in(mask, a) && is_in(mask, b)).visitors == 0;
    // What two sets that share nobody leave of one that holds both.
    let rest = |whole: Option<usize>, a: usize, b: usize| {
        few(&|mask| whole.is_none_or(|whole| is_in(mask, whole)) && !is_in(mask, a) && !is_in(mask, b))
    };
    for (at, a) in inside.iter().enumerate() {
        if inside[..at].iter().any(|b| apart(*a, *b) && rest(Some(set), *a, *b)) {
            return false;
        }
    }
    for other in told.iter().copied().filter(|other| apart(set, *other)) {
        if rest(None, set, other) {
            return false;
        }
        let holds = |whole: &usize| without(other, *whole).visitors == 0 && rest(Some(*whole), set, other);
        if around.iter().any(holds) {
            return false;
        }
    }
    true
}

/// The visitors in a set.
pub fn crowd_of(together: &Together, set: usize) -> Crowd {
    count(together, |mask| is_in(mask, set))
}

fn count(together: &Together, is_of: impl Fn(&Mask) -> bool) -> Crowd {
    let mut crowd = Crowd::default();
    together.iter().filter(|(mask, _)| is_of(mask)).for_each(|(_, of)| crowd.join(*of));
    crowd
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FLOOR: u32 = 10;
    const SETS: usize = 6;

    fn mask(bits: u64) -> Mask {
        let mut mask = Mask::default();
        mask[0] = bits;
        mask
    }

    /// Who is in which sets. Sets are often inside others, as steps of funnels are.
    fn together() -> impl Strategy<Value = Together> {
        let bits = prop_oneof![0u64..1 << SETS, (0..=SETS).prop_map(|n| (1 << n) - 1)];
        let crowd = prop_oneof![1u64..4, 4u64..40].prop_map(|n| Crowd { visitors: n, persons: n });
        prop::collection::btree_map(bits.prop_map(mask), crowd, 1..10)
    }

    /// Differences of told sets that hold somebody, but too few: by subtracting every two of them, and two at once.
    fn betrays(told: &[usize], together: &Together) -> bool {
        let members = |set: Option<&usize>| -> Vec<bool> {
            together.keys().map(|mask| set.is_none_or(|set| is_in(mask, *set))).collect()
        };
        let crowds: Vec<u64> = together.values().map(|crowd| crowd.persons).collect();
        let all: Vec<Vec<bool>> = told.iter().map(Some).chain([None]).map(members).collect();
        let holds = |a: &[bool], b: &[bool]| a.iter().zip(b).all(|(a, b)| *a || !b);
        let size = |of: &[bool]| -> u64 { of.iter().zip(&crowds).filter(|(is, _)| **is).map(|(_, n)| n).sum() };
        let is_few = |left: u64| left > 0 && left < u64::from(FLOOR);
        all.iter().any(|whole| {
            let inside: Vec<&Vec<bool>> = all.iter().filter(|part| holds(whole, part)).collect();
            inside.iter().any(|a| {
                is_few(size(whole) - size(a))
                    || inside.iter().any(|b| {
                        let share = a.iter().zip(*b).any(|(a, b)| *a && *b);
                        !share && is_few(size(whole) - size(a) - size(b))
                    })
            })
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]

        #[test]
        fn no_difference_of_told_sets_is_of_few(together in together()) {
            let values = close_sets(0, SETS, &together, FLOOR);
            let told: Vec<usize> = (0..SETS).filter(|set| values[*set].is_some()).collect();
            prop_assert!(!betrays(&told, &together), "{told:?}");
            for set in told {
                prop_assert_eq!(values[set], Some(count(&together, |mask| is_in(mask, set)).visitors));
            }
        }
    }

    #[test]
    fn a_floor_of_each_set_alone_would_not_do() {
        let crowd = |n| Crowd { visitors: n, persons: n };
        // Thirty reach the first step, 27 of them the second; twenty do nothing of the kind.
        let together: Together = [(mask(0b11), crowd(27)), (mask(0b01), crowd(3)), (mask(0), crowd(20))].into();
        assert!(betrays(&[0, 1], &together));
        assert_eq!(close_sets(0, 2, &together, FLOOR), [Some(30), None]);
        // The same against a set that other cells tell.
        assert_eq!(close_sets(1, 2, &together, FLOOR), [None]);
    }

    #[test]
    fn a_set_that_is_a_page_and_few_more_is_not_told() {
        let crowd = |n| Crowd { visitors: n, persons: n };
        let pages = [crowd(40), crowd(7)];
        assert!(is_nearly_a_page(crowd(43), &pages, FLOOR));
        assert!(is_nearly_a_page(crowd(39), &pages, FLOOR), "somebody did other things there");
        assert!(!is_nearly_a_page(crowd(40), &pages[..1], FLOOR));
        assert!(!is_nearly_a_page(crowd(50), &pages, FLOOR));
    }

    #[test]
    fn what_goes_beyond_the_room_is_not_kept() {
        let mut keeping = Keeping::default();
        let set = |id: u32| Kept { id: Term(id), counted: Counted::Any(Filter::ALL), pages: None };
        let kept = (0..1000).filter(|id| keeping.keep(set(*id), vec![])).count();
        assert_eq!((kept, keeping.sets()), (MOST_SETS, MOST_SETS));
        assert!(keeping.keep(set(3), vec![]), "the same is kept once");
    }
}
