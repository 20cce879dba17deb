//! Sums and the like of a property's values, from how many events have which value.

use std::collections::BTreeMap;

use outis_event::{Term, Vocabulary};

use crate::attribute::Attribute;
use crate::{Shown, ShownKey};

use super::composed::{told, value};
use super::present::{Kind, in_words};

/// What is told of the values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PropertyMeasure {
    Sum,
    Average,
    Median,
    P90,
    Distinct,
}

const ALL: [(&str, PropertyMeasure); 5] = [
    ("property_sum", PropertyMeasure::Sum),
    ("property_average", PropertyMeasure::Average),
    ("property_median", PropertyMeasure::Median),
    ("property_p90", PropertyMeasure::P90),
    ("property_distinct", PropertyMeasure::Distinct),
];

impl PropertyMeasure {
    pub(super) fn named(name: &str) -> Option<PropertyMeasure> {
        ALL.iter().find(|(known, _)| *known == name).map(|(_, measure)| *measure)
    }

    pub(super) fn name(self) -> &'static str {
        ALL.iter().find(|(_, measure)| *measure == self).map_or("", |(name, _)| name)
    }

    pub(super) fn note(self) -> &'static str {
        match self {
            PropertyMeasure::Distinct => "values that are too rare to be said are not counted",
            _ => "only values that are numbers and are not too rare to be said are taken; each as often as it came",
        }
    }
}

/// Values with how many events have each.
#[derive(Debug, Default)]
pub(super) struct Weighed {
    numbers: Vec<(f64, f64)>,
    distinct: usize,
}

impl Weighed {
    /// The measure in all and in each bucket, from the answers by value, and by bucket and value.
    pub(super) fn over_time(
        words: &Vocabulary,
        answers: &[Option<Shown>],
        property: Term,
        parts: Option<(usize, usize)>,
        buckets: &[i64],
        measure: PropertyMeasure,
    ) -> (Option<f64>, Vec<Option<f64>>) {
        let Some((alone, both)) = parts else { return (None, vec![None; buckets.len()]) };
        let complete = |part: usize| told(answers, part).is_some_and(|shown| shown.hidden_groups == 0);
        let mut all = Weighed::default();
        for row in told(answers, alone).iter().flat_map(|shown| &shown.rows) {
            all.add(words, property, row.keys.last(), value(row, 1));
        }
        let mut by_bucket: BTreeMap<i64, Weighed> = BTreeMap::new();
        for row in told(answers, both).iter().flat_map(|shown| &shown.rows) {
            if let Some(ShownKey::Time(start)) = row.keys.first() {
                by_bucket.entry(*start).or_default().add(words, property, row.keys.last(), value(row, 1));
            }
        }
        let none = Weighed::default();
        let points = buckets.iter().map(|start| by_bucket.get(start).unwrap_or(&none).value(measure, complete(both)));
        (all.value(measure, complete(alone)), points.collect())
    }

    fn add(&mut self, words: &Vocabulary, property: Term, key: Option<&ShownKey>, events: Option<f64>) {
        let (Some(key), Some(events)) = (key, events) else { return };
        let (word, kind) = in_words(words, Attribute::Property(property), *key);
        if kind != Kind::Value || events <= 0.0 {
            return;
        }
        self.distinct += 1;
        if let Some(number) = word.trim().parse::<f64>().ok().filter(|number| number.is_finite()) {
            self.numbers.push((number, events));
        }
    }

    /// `complete`: nothing is hidden, so that no values means there were none.
    fn value(&self, measure: PropertyMeasure, complete: bool) -> Option<f64> {
        let events: f64 = self.numbers.iter().map(|(_, events)| events).sum();
        let sum: f64 = self.numbers.iter().map(|(number, events)| number * events).sum();
        match measure {
            PropertyMeasure::Distinct if self.distinct == 0 => complete.then_some(0.0),
            PropertyMeasure::Distinct => Some(self.distinct as f64),
            PropertyMeasure::Sum if self.numbers.is_empty() => complete.then_some(0.0),
            PropertyMeasure::Sum => Some(sum),
            PropertyMeasure::Average => (events > 0.0).then(|| sum / events),
            PropertyMeasure::Median => self.at_share(0.5),
            PropertyMeasure::P90 => self.at_share(0.9),
        }
    }

    /// The smallest value that at least this share of the events do not exceed.
    fn at_share(&self, share: f64) -> Option<f64> {
        let mut numbers = self.numbers.clone();
        numbers.sort_by(|a, b| a.0.total_cmp(&b.0));
        let wanted = numbers.iter().map(|(_, events)| events).sum::<f64>() * share;
        let mut seen = 0.0;
        for (number, events) in &numbers {
            seen += events;
            if seen >= wanted {
                return Some(*number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_weigh_as_much_as_they_have_events() {
        let weighed = Weighed { numbers: vec![(10.0, 1.0), (1.0, 6.0), (2.0, 3.0)], distinct: 4 };
        let value = |measure| weighed.value(measure, true);
        assert_eq!(value(PropertyMeasure::Sum), Some(22.0));
        assert_eq!(value(PropertyMeasure::Average), Some(2.2));
        assert_eq!(value(PropertyMeasure::Median), Some(1.0));
        assert_eq!(value(PropertyMeasure::P90), Some(2.0));
        assert_eq!(value(PropertyMeasure::Distinct), Some(4.0));
        assert_eq!(Weighed::default().value(PropertyMeasure::Sum, true), Some(0.0));
        assert_eq!(Weighed::default().value(PropertyMeasure::Sum, false), None);
        assert_eq!(Weighed::default().value(PropertyMeasure::Median, true), None);
    }
}
