//! The pages after and before each page, counted and told.

use std::collections::BTreeSet;

use outis_event::{Day, Dimension, Flags, Term};
use outis_insight::history::{
    Cell, Crowd, Family, NO_PAGE, NOT_VIEWED, Place, RARE_PAGE, Span, Stops, Way, Ways, close_ways,
};
use outis_insight::{Group, Parts, VisitField};

use super::census::Told;
use crate::Batch;
use crate::batch::Run;
use crate::operators::Fast;

const DIRECTIONS: [Ways; 2] = [Ways::Next, Ways::Previous];

/// The stops of each page of a day, being counted.
pub(super) struct Counting {
    pageview: Term,
    engagement: Term,
    /// Visits and persons of pages that may be told, and of all entry and exit pages.
    pages: Fast<Term, Crowd>,
    ends: [Fast<Term, Crowd>; 2],
    /// By page and stop.
    stops: [Fast<(Term, Term), Count>; 2],
    visitor: Visitor,
}

/// What is counted of a page and a stop. A day has millions of them, so the numbers are small.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    visits: u32,
    persons: u32,
    own: u32,
    /// Persons who are at the stop from nowhere else.
    only: u32,
    unlike: [u32; 2],
    unlike_persons: [u32; 2],
}

/// What a visitor does. One is used for all, for its memory.
#[derive(Default)]
struct Visitor {
    /// Of each visit the pages, and the page it leaves from or enters at.
    pages: Vec<Term>,
    ends: [Vec<Term>; 2],
    /// Of each visit pages and stops.
    ways: [Vec<(Term, Term)>; 2],
    /// A page and the one before it, once for each visit that is not also from that page to this as the next one; and
    /// the reverse.
    unlike: [Vec<(Term, Term)>; 2],
    visit: Visit,
}

/// What is remembered of a visit while it is looked at.
#[derive(Default)]
struct Visit {
    /// In their order, and all on which anything happened, sorted.
    viewed: Vec<Term>,
    seen: Vec<Term>,
    next: Vec<(Term, Term)>,
    previous: Vec<(Term, Term)>,
}

/// The stops of all pages of a day, after them and before them.
pub(super) struct Stopped {
    pages: Fast<Term, Crowd>,
    ends: [Fast<Term, Crowd>; 2],
    /// Sorted.
    stops: [Vec<((Term, Term), Count)>; 2],
}

impl Counting {
    /// Nothing counted yet of pages with so many visits (as visitors) and persons each.
    pub(super) fn new(
        [pageview, engagement]: [Term; 2],
        pages: Fast<Term, Crowd>,
        ends: [Fast<Term, Crowd>; 2],
    ) -> Counting {
        Counting { pageview, engagement, pages, ends, stops: Default::default(), visitor: Visitor::default() }
    }

    /// Takes in a batch of whole visitors.
    pub(super) fn batch(&mut self, batch: &Batch) {
        for run in batch.runs().filter(|run| run.visitor != 0) {
            self.visitor(batch, run);
        }
    }

    fn visitor(&mut self, batch: &Batch, run: Run) {
        let names = &batch.terms[Dimension::Event.index()];
        let terms = &batch.terms[Dimension::Page.index()];
        let mut counts = false;
        let mut visitor = std::mem::take(&mut self.visitor);
        visitor.clear();
        for visit in run.visits {
            visitor.visit.clear();
            for row in batch.rows_of(visit).filter(|row| names[*row] != self.engagement) {
                counts |= batch.flags[row].has(Flags::COUNTS_FOR_FLOOR);
                visitor.visit.seen.push(terms[row]);
                if names[row] == self.pageview {
                    visitor.visit.viewed.push(terms[row]);
                }
            }
            visitor.end_visit(|page| self.pages.contains_key(&page));
        }
        visitor.sort();
        self.add(&visitor, counts);
        self.visitor = visitor;
    }

    fn add(&mut self, visitor: &Visitor, counts: bool) {
        let person = u32::from(counts);
        for (side, all) in self.stops.iter_mut().enumerate() {
            let mut owned: Option<Term> = None;
            for ways in visitor.ways[side].chunk_by(|a, b| a == b) {
                let (page, stop) = ways[0];
                let way = all.entry((page, stop)).or_default();
                way.visits += ways.len() as u32;
                way.persons += person;
                if owned != Some(page) {
                    way.own += person;
                    owned = Some(page);
                }
                let whole = if stop == NO_PAGE { of(&visitor.ends[side], page) } else { of(&visitor.pages, stop) };
                way.only += if whole == ways.len() { person } else { 0 };
            }
        }
        for (side, unlike) in visitor.unlike.iter().enumerate() {
            for visits in unlike.chunk_by(|a, b| a == b) {
                let way = self.stops[1].entry(visits[0]).or_default();
                way.unlike[side] += visits.len() as u32;
                way.unlike_persons[side] += person;
            }
        }
    }

    /// The stops of each page.
    pub(super) fn finish(self) -> Stopped {
        let stops = self.stops.map(|stops| {
            let mut stops: Vec<((Term, Term), Count)> = stops.into_iter().filter(|(_, way)| way.visits > 0).collect();
            stops.sort_unstable_by_key(|(of, _)| *of);
            stops
        });
        Stopped { pages: self.pages, ends: self.ends, stops }
    }
}

/// How many of these sorted terms are this one.
fn of(sorted: &[Term], term: Term) -> usize {
    sorted.partition_point(|t| *t <= term) - sorted.partition_point(|t| *t < term)
}

impl Visitor {
    fn clear(&mut self) {
        self.pages.clear();
        self.ends.iter_mut().for_each(Vec::clear);
        self.ways.iter_mut().chain(&mut self.unlike).for_each(Vec::clear);
    }

    fn sort(&mut self) {
        self.pages.sort_unstable();
        self.ends.iter_mut().for_each(|ends| ends.sort_unstable());
        self.ways.iter_mut().chain(&mut self.unlike).for_each(|ways| ways.sort_unstable());
    }

    /// Takes in the visit in hand.
    fn end_visit(&mut self, is_frequent: impl Fn(Term) -> bool) {
        let Visit { viewed, seen, next, previous } = &mut self.visit;
        viewed.dedup();
        seen.sort_unstable();
        seen.dedup();
        for (ends, page) in self.ends.iter_mut().zip([viewed.last(), viewed.first()]) {
            ends.extend(page);
        }
        let stop = |page: Term| if is_frequent(page) { page } else { RARE_PAGE };
        for page in seen.iter().filter(|page| is_frequent(**page)) {
            self.pages.push(*page);
            let Some(at) = viewed.iter().position(|viewed| viewed == page) else {
                self.ways.iter_mut().for_each(|ways| ways.push((*page, NOT_VIEWED)));
                continue;
            };
            let after = viewed.get(at + 1).map_or(NO_PAGE, |after| stop(*after));
            let before = at.checked_sub(1).map_or(NO_PAGE, |before| stop(viewed[before]));
            self.ways[0].push((*page, after));
            self.ways[1].push((*page, before));
            next.push((after, *page));
            previous.push((*page, before));
        }
        next.sort_unstable();
        // Each page is there once, in order.
        let is_of_two = |(page, before): &&(Term, Term)| is_frequent(*page) && is_frequent(*before);
        let only = |of: &[(Term, Term)], other: &[(Term, Term)], out: &mut Vec<(Term, Term)>| {
            out.extend(of.iter().filter(|pair| other.binary_search(pair).is_err()).filter(is_of_two));
        };
        let [unlike_previous, unlike_next] = &mut self.unlike;
        only(previous, next, unlike_previous);
        only(next, previous, unlike_next);
    }
}

impl Visit {
    fn clear(&mut self) {
        self.viewed.clear();
        self.seen.clear();
        self.next.clear();
        self.previous.clear();
    }
}

impl Stopped {
    /// The stops of each page in one direction.
    fn of(&self, side: usize) -> impl Iterator<Item = (Term, Stops)> {
        let pages = self.stops[side].chunk_by(|((a, _), _), ((b, _), _)| a == b);
        pages.map(move |of_page| {
            let page = of_page[0].0.0;
            (page, of_page.iter().map(|((_, stop), count)| (*stop, self.way(side, page, *stop, count))).collect())
        })
    }

    fn way(&self, side: usize, page: Term, stop: Term, count: &Count) -> Way {
        let visits = u64::from(count.visits);
        let whole = if stop == NO_PAGE { self.ends[side].get(&page) } else { self.pages.get(&stop) };
        let whole = whole.copied().unwrap_or(Crowd { visitors: visits, persons: count.only.into() });
        Way {
            visits,
            persons: count.persons.into(),
            own: count.own.into(),
            beside: whole.visitors.saturating_sub(visits),
            beside_persons: whole.persons.saturating_sub(count.only.into()),
            unlike: count.unlike.map(u64::from),
            unlike_persons: count.unlike_persons.map(u64::from),
        }
    }
}

/// What is told of a day: of pages that are told, where visits go and come from.
pub(super) fn cells(day: Day, stopped: &Stopped, told: &Told, floor: u32) -> Vec<Cell> {
    let none = BTreeSet::new();
    let values = |group: Group| told.get(&Family::single(group).codes()).unwrap_or(&none);
    let pages = values(Group::Dimension(Dimension::Page));
    let ends = [VisitField::ExitPage, VisitField::EntryPage].map(|field| values(Group::Visit(field)));
    let cell = |of, place, visits| Cell {
        family: Family::ways(of),
        span: Span::Day,
        first: day,
        place,
        parts: Parts { visits, ..Parts::default() },
    };
    let (mut cells, mut next): (Vec<Cell>, BTreeSet<(Term, Term)>) = (Vec::new(), BTreeSet::new());
    for ((side, of), ends) in DIRECTIONS.into_iter().enumerate().zip(ends) {
        let mut hidden = 0_u32;
        for (page, stops) in stopped.of(side) {
            let is_known = |stop: Term| match stop {
                NO_PAGE => ends.contains(&page),
                NOT_VIEWED => true,
                near => pages.contains(&near),
            };
            let is_next_told = |stop: Term| of == Ways::Previous && next.contains(&(stop, page));
            let shown = match pages.contains(&page) {
                true => close_ways(&stops, floor, is_known, is_next_told),
                false => BTreeSet::new(),
            };
            hidden = hidden.saturating_add(u32::try_from(stops.len() - shown.len()).unwrap_or(u32::MAX));
            cells.extend(shown.iter().map(|stop| cell(of, Place::Values([page, *stop]), stops[stop].visits)));
            if of == Ways::Next {
                next.extend(shown.into_iter().map(|stop| (page, stop)));
            }
        }
        cells.push(cell(of, Place::Other(hidden), 0));
    }
    cells
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn what_is_left_beside_a_stop_is_counted() {
        let crowd = |n| Crowd { visitors: n, persons: n };
        let pages = [(Term(10), crowd(2)), (Term(11), crowd(3))].into_iter().collect();
        let ends = [vec![(Term(11), crowd(2))], vec![(Term(10), crowd(2)), (Term(11), crowd(1))]];
        let ends = ends.map(|ends| ends.into_iter().collect());
        let mut counting = Counting::new([Term(2), Term(3)], pages, ends);
        let is_frequent = |page: Term| page.0 < 20;
        // Two go from 10 to 11, one of them by 10 once more; one sees 11 and a rare page.
        for visit in [&[10, 11][..], &[10, 11, 10, 11], &[11, 30]] {
            let mut visitor = Visitor::default();
            visitor.visit.viewed = visit.iter().copied().map(Term).collect();
            visitor.visit.seen = visitor.visit.viewed.clone();
            visitor.end_visit(is_frequent);
            visitor.sort();
            counting.add(&visitor, true);
        }
        let stopped = counting.finish();
        let [next, previous] = [0, 1].map(|side| stopped.of(side).collect::<BTreeMap<Term, Stops>>());
        let on = next[&Term(10)][&Term(11)];
        assert_eq!((on.visits, on.persons, on.own, on.beside, on.beside_persons), (2, 2, 2, 1, 1));
        let back = next[&Term(11)][&Term(10)];
        assert_eq!((back.visits, back.beside, back.beside_persons), (1, 1, 1));
        assert_eq!(next[&Term(11)][&RARE_PAGE].visits, 1);
        let end = next[&Term(11)][&NO_PAGE];
        assert_eq!((end.visits, end.beside, end.beside_persons), (1, 1, 1));
        // Who comes to 11 from 10 first, and goes on from 10 to 11 first, are the same.
        assert_eq!(previous[&Term(11)][&Term(10)].unlike, [0, 0]);
        assert!(!previous[&Term(10)].contains_key(&Term(11)), "nobody came to 10 from there first");
    }
}
