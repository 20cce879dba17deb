//! The pages after and before each page, counted and told.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Day, Dimension, Flags, Term};
use outis_insight::history::{
    Cell, Crowd, Family, NO_PAGE, NOT_VIEWED, Place, RARE_PAGE, Span, Stops, Ways, close_ways,
};
use outis_insight::{Group, Parts, VisitField};

use super::census::Told;
use crate::Batch;

const DIRECTIONS: [Ways; 2] = [Ways::Next, Ways::Previous];

/// The stops of each page of a day, being counted.
pub(super) struct Counting {
    pageview: Term,
    engagement: Term,
    /// Visits and persons of pages that may be told, and of all entry and exit pages.
    pages: BTreeMap<Term, Crowd>,
    ends: [BTreeMap<Term, Crowd>; 2],
    stops: [BTreeMap<Term, Stops>; 2],
}

/// What a visitor does.
#[derive(Default)]
struct Visitor {
    /// Visits by page, and by the page they leave from or enter at.
    pages: BTreeMap<Term, u64>,
    ends: [BTreeMap<Term, u64>; 2],
    /// Visits by page and stop.
    ways: [BTreeMap<(Term, Term), u64>; 2],
    /// Visits by page and the one before it which are not also from that page to this as the next one; and the reverse.
    unlike: BTreeMap<(Term, Term), [u64; 2]>,
}

impl Counting {
    /// Nothing counted yet of pages with so many visits (as visitors) and persons each.
    pub(super) fn new(
        [pageview, engagement]: [Term; 2],
        pages: BTreeMap<Term, Crowd>,
        ends: [BTreeMap<Term, Crowd>; 2],
    ) -> Counting {
        Counting { pageview, engagement, pages, ends, stops: Default::default() }
    }

    /// Takes in a batch of whole visitors.
    pub(super) fn batch(&mut self, batch: &Batch) {
        let mut start = batch.visitor.partition_point(|visitor| *visitor == 0);
        while start < batch.rows {
            let visitor = batch.visitor[start];
            let end = start + batch.visitor[start..].iter().take_while(|v| **v == visitor).count();
            self.visitor(batch, start..end);
            start = end;
        }
    }

    fn visitor(&mut self, batch: &Batch, rows: std::ops::Range<usize>) {
        let names = &batch.terms[Dimension::Event.index()];
        let acts = |row: &usize| names[*row] != self.engagement;
        let counts = rows.clone().filter(acts).any(|row| batch.flags[row].has(Flags::COUNTS_FOR_FLOOR));
        let mut visitor = Visitor::default();
        let mut start = rows.start;
        while start < rows.end {
            let visit = batch.visit[start];
            let end = start + batch.visit[start..rows.end].iter().take_while(|v| **v == visit).count();
            let pages = |is: &dyn Fn(Term) -> bool| -> Vec<Term> {
                let of_visit = (start..end).filter(|row| is(names[*row]));
                of_visit.map(|row| batch.terms[Dimension::Page.index()][row]).collect()
            };
            let mut viewed = pages(&|name| name == self.pageview);
            viewed.dedup();
            let seen: BTreeSet<Term> = pages(&|name| name != self.engagement).into_iter().collect();
            visitor.visit(&viewed, &seen, |page| self.pages.contains_key(&page));
            start = end;
        }
        self.add(&visitor, counts);
    }

    fn add(&mut self, visitor: &Visitor, counts: bool) {
        let person = u64::from(counts);
        for (side, all) in self.stops.iter_mut().enumerate() {
            let mut owned: Option<Term> = None;
            for ((page, stop), visits) in &visitor.ways[side] {
                let way = all.entry(*page).or_default().entry(*stop).or_default();
                way.visits += visits;
                way.persons += person;
                if owned != Some(*page) {
                    way.own += person;
                    owned = Some(*page);
                }
                let whole = if *stop == NO_PAGE { visitor.ends[side].get(page) } else { visitor.pages.get(stop) };
                // Those who are nowhere else: what is left of all others is known at the end.
                way.beside_persons += if whole == Some(visits) { person } else { 0 };
            }
        }
        for ((page, before), visits) in &visitor.unlike {
            let way = self.stops[1].entry(*page).or_default().entry(*before).or_default();
            for (side, visits) in visits.iter().enumerate() {
                way.unlike[side] += visits;
                way.unlike_persons[side] += if *visits > 0 { person } else { 0 };
            }
        }
    }

    /// The stops of each page, after it and before it.
    pub(super) fn finish(mut self) -> [BTreeMap<Term, Stops>; 2] {
        for (side, all) in self.stops.iter_mut().enumerate() {
            for (page, stops) in all.iter_mut() {
                stops.retain(|_, way| way.visits > 0);
                for (stop, way) in stops {
                    let whole = if *stop == NO_PAGE { self.ends[side].get(page) } else { self.pages.get(stop) };
                    let whole = whole.copied().unwrap_or(Crowd { visitors: way.visits, persons: way.beside_persons });
                    way.beside = whole.visitors.saturating_sub(way.visits);
                    way.beside_persons = whole.persons.saturating_sub(way.beside_persons);
                }
            }
        }
        self.stops
    }
}

impl Visitor {
    /// Takes in the pages of a visit: those viewed in their order, and all on which anything happened.
    fn visit(&mut self, viewed: &[Term], seen: &BTreeSet<Term>, is_frequent: impl Fn(Term) -> bool) {
        let stop = |page: Term| if is_frequent(page) { page } else { RARE_PAGE };
        for page in seen.iter().filter(|page| is_frequent(**page)) {
            *self.pages.entry(*page).or_default() += 1;
            if !viewed.contains(page) {
                self.ways.iter_mut().for_each(|ways| *ways.entry((*page, NOT_VIEWED)).or_default() += 1);
            }
        }
        for (ends, page) in self.ends.iter_mut().zip([viewed.last(), viewed.first()]) {
            if let Some(page) = page {
                *ends.entry(*page).or_default() += 1;
            }
        }
        let (mut next, mut previous) = (BTreeSet::new(), BTreeSet::new());
        for page in seen.iter().filter(|page| is_frequent(**page)) {
            let Some(at) = viewed.iter().position(|viewed| viewed == page) else { continue };
            let after = viewed.get(at + 1).map_or(NO_PAGE, |after| stop(*after));
            let before = at.checked_sub(1).map_or(NO_PAGE, |before| stop(viewed[before]));
            *self.ways[0].entry((*page, after)).or_default() += 1;
            *self.ways[1].entry((*page, before)).or_default() += 1;
            next.insert((after, *page));
            previous.insert((*page, before));
        }
        let is_of_two = |(page, before): &&(Term, Term)| is_frequent(*page) && is_frequent(*before);
        for pair in previous.difference(&next).filter(is_of_two) {
            self.unlike.entry(*pair).or_default()[0] += 1;
        }
        for pair in next.difference(&previous).filter(is_of_two) {
            self.unlike.entry(*pair).or_default()[1] += 1;
        }
    }
}

/// What is told of a day: of pages that are told, where visits go and come from.
pub(super) fn cells(day: Day, stops: &[BTreeMap<Term, Stops>; 2], told: &Told, floor: u32) -> Vec<Cell> {
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
    for ((of, stops), ends) in DIRECTIONS.into_iter().zip(stops).zip(ends) {
        let mut hidden = 0_u32;
        for (page, stops) in stops {
            let is_known = |stop: Term| match stop {
                NO_PAGE => ends.contains(page),
                NOT_VIEWED => true,
                near => pages.contains(&near),
            };
            let is_next_told = |stop: Term| of == Ways::Previous && next.contains(&(stop, *page));
            let shown = match pages.contains(page) {
                true => close_ways(stops, floor, is_known, is_next_told),
                false => BTreeSet::new(),
            };
            hidden = hidden.saturating_add(u32::try_from(stops.len() - shown.len()).unwrap_or(u32::MAX));
            cells.extend(shown.iter().map(|stop| cell(of, Place::Values([*page, *stop]), stops[stop].visits)));
            if of == Ways::Next {
                next.extend(shown.into_iter().map(|stop| (*page, stop)));
            }
        }
        cells.push(cell(of, Place::Other(hidden), 0));
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_beside_a_stop_is_counted() {
        let crowd = |n| Crowd { visitors: n, persons: n };
        let pages = [(Term(10), crowd(2)), (Term(11), crowd(3))].into();
        let ends = [[(Term(11), crowd(2))].into(), [(Term(10), crowd(2)), (Term(11), crowd(1))].into()];
        let mut counting = Counting::new([Term(2), Term(3)], pages, ends);
        let is_frequent = |page: Term| page.0 < 20;
        // Two go from 10 to 11, one of them by 10 once more; one sees 11 and a rare page.
        for visit in [&[10, 11][..], &[10, 11, 10, 11], &[11, 30]] {
            let viewed: Vec<Term> = visit.iter().copied().map(Term).collect();
            let mut visitor = Visitor::default();
            visitor.visit(&viewed, &viewed.iter().copied().collect(), is_frequent);
            counting.add(&visitor, true);
        }
        let [next, previous] = counting.finish();
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
