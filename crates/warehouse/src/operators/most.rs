//! The groups with most visitors, of more than an answer may have.

use std::cmp::Reverse;

use outis_insight::{Parts, Query, RawRow};

use super::groups::{Codes, Groups, MAX_SLOTS};
use super::hash::Fast;
use super::rows::Needs;
use super::state::Sums;

/// Groups are taken one by one; so many beyond those that are told are kept before the least are folded.
const SPARE: usize = MAX_SLOTS / 4;

/// The groups in the making of an answer.
pub(super) struct Most<'a> {
    groups: &'a Groups,
    query: &'a Query,
    all_visitors: u64,
    kept: Vec<(Codes, Sums, Option<Parts>)>,
    rare: Fast<Codes, (Sums, Option<Parts>)>,
    most: usize,
}

impl<'a> Most<'a> {
    pub(super) fn new(groups: &'a Groups, query: &'a Query, all_visitors: u64) -> Most<'a> {
        Most { groups, query, all_visitors, kept: Vec::new(), rare: Fast::default(), most: MAX_SLOTS }
    }

    /// Takes a group that was not taken before.
    pub(super) fn take(&mut self, codes: Codes, sums: Sums, rest: Option<Parts>) {
        if !sums.has_events() {
            return;
        }
        if codes == self.groups.rare(codes) {
            return self.fold(codes, &sums, rest);
        }
        self.kept.push((codes, sums, rest));
        if self.kept.len() >= self.most + SPARE {
            self.fold_least();
        }
    }

    /// The rows of the answer.
    pub(super) fn finish(mut self) -> Vec<RawRow> {
        self.fold_least();
        let rare = std::mem::take(&mut self.rare).into_iter().map(|(codes, (sums, rest))| (codes, sums, rest));
        let kept = std::mem::take(&mut self.kept);
        let needs = Needs::new(self.query);
        let rows = kept.into_iter().chain(rare).map(|(codes, sums, rest)| {
            let parts = needs.told(sums.parts(rest.as_ref()));
            let values = parts.values(&self.query.metrics, self.all_visitors);
            RawRow { keys: self.groups.keys_of(codes), values, persons: sums.persons().into(), parts }
        });
        rows.collect()
    }

    fn fold_least(&mut self) {
        if self.kept.len() <= self.most {
            return;
        }
        // Of equal ones those with lower codes: the same question has the same answer.
        self.kept.select_nth_unstable_by_key(self.most, |(codes, sums, _)| (Reverse(sums.visitors()), *codes));
        for (codes, sums, rest) in self.kept.split_off(self.most) {
            self.fold(self.groups.rare(codes), &sums, rest);
        }
    }

    /// Adds to `(rare)`: a visitor of several such groups counts in each.
    fn fold(&mut self, rare: Codes, sums: &Sums, rest: Option<Parts>) {
        let (all, all_rest) = self.rare.entry(rare).or_default();
        all.merge(sums);
        if let Some(rest) = rest {
            all_rest.get_or_insert_default().add(&rest);
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use outis_event::{Day, Dimension, SiteId, Term};
    use outis_insight::{DayRange, Filter, Group, Key, Metric};

    use super::*;

    #[test]
    fn those_with_most_visitors_are_told_apart_and_the_others_together() {
        let query = Query {
            site: SiteId(1),
            zone: TimeZone::UTC,
            range: DayRange { from: Day(20_000), to: Day(20_000), slots: None },
            filter: Filter::ALL,
            metrics: vec![Metric::Visitors],
            groups: vec![Group::Dimension(Dimension::Page)],
            pageview: Term(2),
            engagement: Term(3),
            cap_milli: None,
        };
        let groups = Groups::new(&query);
        let mut most = Most { most: 2, ..Most::new(&groups, &query, 100) };
        for (term, visitors) in [(10, 3), (11, 9), (12, 1), (13, 5), (14, 3)] {
            // Visitors, visits, page views, those of visits, events, persons.
            most.take([term, 0, 0, 0], Sums::of_numbers([visitors, visitors, 0, 0, visitors, visitors]), None);
        }
        let mut told: Vec<_> = most.finish().into_iter().map(|row| (row.keys[0], row.values[0], row.persons)).collect();
        told.sort_by_key(|row| row.0);
        let row = |term, visitors: u64, persons| (Key::Term(term), Some(visitors as f64), persons);
        let mut expected = vec![row(Term::RARE, 7, 3), row(Term(11), 9, 9), row(Term(13), 5, 5)];
        expected.sort_by_key(|row| row.0);
        assert_eq!(told, expected);
    }
}
