//! From page to page: where visits go after their first view of a page, and where they came from before it.
//!
//! Each visit of a page has one stop after its first view and one before it (another page, nothing, or no view at all,
//! where other events happened on the page), so the stops of a page are parts of its visits, which cells of pages tell.
//! Besides, who goes on to a page is among those who see it, who leaves among those who leave there at some time, and
//! who comes on from a page is, but for those who come back, who goes on from it. Where few are left of one of these,
//! the stop is not told, and counts for nobody among what is not told with it.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::Term;

use super::members::{Part, Rules};

/// The stop behind the last and before the first page of a visit.
pub const NO_PAGE: Term = Term(u32::MAX - 1);
/// The stop of visits that did not view the page: other events happened there.
pub const NOT_VIEWED: Term = Term(u32::MAX - 2);
/// The stop at pages of too few persons.
pub const RARE_PAGE: Term = Term(u32::MAX - 3);

/// Which stop is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u32)]
pub enum Ways {
    /// The one after a page.
    Next = 1,
    /// The one before it.
    Previous = 2,
}

/// Visits of a page with the same stop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Way {
    /// How many.
    pub visits: u64,
    /// Persons among their visitors.
    pub persons: u64,
    /// Those of them who are counted for this stop: each is for one of the page's.
    pub own: u64,
    /// Visits of the stop's page (or that leave or enter at the page) besides these.
    pub beside: u64,
    /// Persons among their visitors.
    pub beside_persons: u64,
    /// Visits that are only here or only in what [`Ways::Next`] tells of the same two pages.
    pub unlike: [u64; 2],
    /// Persons among their visitors.
    pub unlike_persons: [u64; 2],
}

/// The stops of a page.
pub type Stops = BTreeMap<Term, Way>;

/// Which stops of a page may be told. `is_known` says of which the cells of pages, entries and exits tell; `is_next_told`
/// of which stops before a page it is told how many go on from there.
pub fn close_ways(
    stops: &Stops,
    floor: u32,
    is_known: impl Fn(Term) -> bool,
    is_next_told: impl Fn(Term) -> bool,
) -> BTreeSet<Term> {
    let rules = Rules { floor };
    let few = |visits: u64, persons: u64| visits > 0 && persons < u64::from(floor);
    let part = |(stop, way): (&Term, &Way)| {
        let unlike = || (0..2).any(|side| few(way.unlike[side], way.unlike_persons[side]));
        Part {
            key: *stop,
            rows: [(0, way.own)].into(),
            may: is_known(*stop) && *stop != RARE_PAGE && way.persons >= u64::from(floor),
            betrays: few(way.beside, way.beside_persons) || is_next_told(*stop) && unlike(),
        }
    };
    let parts: Vec<Part> = stops.iter().map(part).collect();
    if rules.is_betrayed(&parts) {
        return BTreeSet::new();
    }
    parts.iter().zip(rules.tell(&parts)).filter(|(_, told)| *told).map(|(part, _)| part.key).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FLOOR: u32 = 5;
    const PAGES: u32 = 4;

    /// A visit's pages in order, as they are seen one after the other.
    type Visit = Vec<u32>;

    /// Persons with one visit each.
    fn visits() -> impl Strategy<Value = Vec<Visit>> {
        let page = prop_oneof![2 => Just(0u32), 2 => Just(1u32), 1 => 2..PAGES];
        let visit = prop::collection::vec(page, 1..4).prop_map(|mut pages| {
            pages.dedup();
            pages
        });
        let alike = (visit, 1usize..14);
        prop::collection::vec(alike, 1..9)
            .prop_map(|all| all.into_iter().flat_map(|(visit, n)| vec![visit; n]).collect())
    }

    fn stop(visit: &Visit, page: u32, of: Ways) -> Option<Term> {
        let at = visit.iter().position(|p| *p == page)?;
        let near = match of {
            Ways::Next => visit.get(at + 1),
            Ways::Previous => at.checked_sub(1).map(|before| &visit[before]),
        };
        Some(near.map_or(NO_PAGE, |page| Term(*page)))
    }

    type People = BTreeSet<usize>;

    fn people(visits: &[Visit], is: impl Fn(&Visit) -> bool) -> People {
        visits.iter().enumerate().filter(|(_, visit)| is(visit)).map(|(at, _)| at).collect()
    }

    /// Who is at a stop, and among whom they surely are besides.
    fn whole(visits: &[Visit], page: u32, stop: Term, of: Ways) -> People {
        match (stop, of) {
            (NO_PAGE, Ways::Next) => people(visits, |visit| visit.last() == Some(&page)),
            (NO_PAGE, Ways::Previous) => people(visits, |visit| visit.first() == Some(&page)),
            (Term(near), _) => people(visits, |visit| visit.contains(&near)),
        }
    }

    fn at(visits: &[Visit], page: u32, s: Term, of: Ways) -> People {
        people(visits, |visit| stop(visit, page, of) == Some(s))
    }

    fn stops(visits: &[Visit], page: u32, of: Ways) -> Stops {
        let all: BTreeSet<Term> = visits.iter().filter_map(|visit| stop(visit, page, of)).collect();
        let way = |s: Term| {
            let here = at(visits, page, s, of);
            let beside = whole(visits, page, s, of).difference(&here).count() as u64;
            let next = if s == NO_PAGE { here.clone() } else { at(visits, s.0, Term(page), Ways::Next) };
            let unlike = [here.difference(&next).count() as u64, next.difference(&here).count() as u64];
            let unlike = if of == Ways::Next { [0; 2] } else { unlike };
            let n = here.len() as u64;
            Way { visits: n, persons: n, own: n, beside, beside_persons: beside, unlike, unlike_persons: unlike }
        };
        all.into_iter().map(|s| (s, way(s))).collect()
    }

    fn is_frequent(visits: &[Visit], page: u32) -> bool {
        people(visits, |visit| visit.contains(&page)).len() >= FLOOR as usize
    }

    fn is_known(visits: &[Visit], page: u32, stop: Term, of: Ways) -> bool {
        let all = whole(visits, page, stop, of).len();
        all >= FLOOR as usize
    }

    type Told = BTreeMap<(Ways, u32), BTreeSet<Term>>;

    fn close(visits: &[Visit]) -> Told {
        let mut told = Told::new();
        for of in [Ways::Next, Ways::Previous] {
            for page in (0..PAGES).filter(|page| is_frequent(visits, *page)) {
                let is_next_told = |stop: Term| {
                    let next = told.get(&(Ways::Next, stop.0));
                    of == Ways::Previous && next.is_some_and(|stops| stops.contains(&Term(page)))
                };
                let known = |stop| is_known(visits, page, stop, of);
                let stops = close_ways(&stops(visits, page, of), FLOOR, known, is_next_told);
                told.insert((of, page), stops);
            }
        }
        told
    }

    /// True if something that follows is of few: of a page's visits less some stops, and of what holds a stop less it.
    fn betrays(visits: &[Visit], told: &Told) -> bool {
        let is_few = |left: usize| left > 0 && left < FLOOR as usize;
        told.iter().any(|((of, page), stops)| {
            let list: Vec<Term> = stops.iter().copied().collect();
            let all = people(visits, |visit| visit.contains(page));
            let inside: Vec<People> = list.iter().map(|s| at(visits, *page, *s, *of)).collect();
            // All stops told are taken away, or all but one; others are larger.
            let left = |without: Option<usize>| {
                let gone: People = inside
                    .iter()
                    .enumerate()
                    .filter(|(n, _)| Some(*n) != without)
                    .flat_map(|(_, p)| p.clone())
                    .collect();
                all.difference(&gone).count()
            };
            (0..=list.len()).any(|n| is_few(left((n < list.len()).then_some(n))))
                || list.iter().zip(&inside).any(|(s, here)| {
                    let beside = whole(visits, *page, *s, *of);
                    let next = told.get(&(Ways::Next, s.0)).is_some_and(|stops| stops.contains(&Term(*page)));
                    let next = (*of == Ways::Previous && next).then(|| at(visits, s.0, Term(*page), Ways::Next));
                    let unlike = next.is_some_and(|next| {
                        is_few(here.difference(&next).count()) || is_few(next.difference(here).count())
                    });
                    // A stop that is the only one not told is told.
                    let untold =
                        whole(visits, *page, *s, *of).is_superset(here) && is_few(beside.difference(here).count());
                    is_few(here.len()) || untold || unlike
                })
        })
    }

    /// Besides, what is not told of a page of which something is, where it is of one stop only.
    fn follows(visits: &[Visit], told: &Told) -> Told {
        let mut all = told.clone();
        for ((of, page), stops) in all.iter_mut().filter(|(_, stops)| !stops.is_empty()) {
            let every: BTreeSet<Term> = visits.iter().filter_map(|visit| stop(visit, *page, *of)).collect();
            let left: Vec<Term> = every.difference(stops).copied().collect();
            if let [one] = left[..] {
                stops.insert(one);
            }
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn nothing_that_follows_is_of_few(visits in visits()) {
            let told = close(&visits);
            prop_assert!(!betrays(&visits, &told), "{told:?}");
            prop_assert!(!betrays(&visits, &follows(&visits, &told)), "{told:?}");
        }
    }

    #[test]
    fn a_floor_of_each_stop_alone_would_not_do() {
        // Of the second page's visitors, all but two come from the first, where most leave.
        let visits: Vec<Visit> = [vec![vec![0, 1]; 20], vec![vec![0]; 30], vec![vec![1]; 2]].concat();
        let large: Told = [((Ways::Next, 0), [Term(1), NO_PAGE].into())].into();
        assert!(betrays(&visits, &large));
        assert!(!close(&visits)[&(Ways::Next, 0)].contains(&Term(1)));
        // With more of them it is told.
        let visits = [visits, vec![vec![1]; 8]].concat();
        assert_eq!(close(&visits)[&(Ways::Next, 0)], [Term(1), NO_PAGE].into());
    }
}
