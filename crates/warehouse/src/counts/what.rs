//! What there are counts of, and which questions they answer.

use outis_event::Term;
use outis_insight::history::{Family, Rule};
use outis_insight::{EventFilter, Filter, Group, Interval, Query, TermSet};

/// Properties of which there are counts.
const MOST_PROPERTIES: usize = 50;
/// The number of hours; groups have those of [`Family::codes`].
const HOURS: i64 = -1;

/// What the rows of a table stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum What {
    /// One row: the whole site.
    Site,
    /// Hours of the local day; the key is how many of them have passed.
    Hours,
    /// The values of a group.
    Group(Group),
}

impl What {
    /// Everything that is counted of a site with these properties.
    pub(super) fn all(properties: impl IntoIterator<Item = Term>) -> Vec<What> {
        let families = Family::declared(properties.into_iter().take(MOST_PROPERTIES), &[], false);
        let group = |family: &Family| match family.rule() {
            Rule::Single => family.groups().first().copied(),
            Rule::Within => family.groups().last().copied(),
            Rule::Pair | Rule::Set | Rule::Members | Rule::Ways => None,
        };
        [What::Site, What::Hours].into_iter().chain(families.iter().filter_map(group).map(What::Group)).collect()
    }

    /// What answers the question; `None` if counts cannot: if it is filtered, capped, cut to slots, or about more than one
    /// group and a time, of which hours are told of the whole site only.
    pub(crate) fn of(query: &Query) -> Option<What> {
        if !query.filter.is_all() || query.range.slots.is_some() || query.cap_milli.is_some() {
            return None;
        }
        match query.groups[..] {
            [] => Some(What::Site),
            [Group::Time(Interval::Hour)] => Some(What::Hours),
            [Group::Time(_)] => Some(What::Site),
            [group] => Some(What::Group(group)),
            [group, Group::Time(interval)] | [Group::Time(interval), group]
                if interval != Interval::Hour && !matches!(group, Group::Time(_)) =>
            {
                Some(What::Group(group))
            }
            _ => None,
        }
    }

    /// What tells how many persons at most fulfil the question's filter, if that is one condition on one attribute, and
    /// the values that fulfil it.
    pub(super) fn bounding(query: &Query) -> Option<(What, &TermSet)> {
        let condition = only(&query.filter).filter(|_| query.range.slots.is_none())?;
        let (group, terms) = match condition {
            EventFilter::Dimension(dimension, terms) => (Group::Dimension(*dimension), terms),
            EventFilter::Visit(field, terms) => (Group::Visit(*field), terms),
            EventFilter::Property(key, terms) => (Group::Property(*key), terms),
            EventFilter::Language(terms) => (Group::Language, terms),
            EventFilter::Tag(terms) => (Group::Tag, terms),
            EventFilter::Scrolled(_) | EventFilter::Paid(_) => return None,
        };
        Some((What::Group(group), terms))
    }

    /// How the rows are grouped.
    pub(super) fn groups(self) -> Vec<Group> {
        match self {
            What::Site => Vec::new(),
            What::Hours => vec![Group::Time(Interval::Hour)],
            What::Group(group) => vec![group],
        }
    }

    /// The number it is stored by.
    pub(super) fn code(self) -> i64 {
        match self {
            What::Site => 0,
            What::Hours => HOURS,
            What::Group(group) => Family::single(group).codes()[0].into(),
        }
    }

    /// What is stored by this number; `None` if it is not known.
    pub(super) fn of_code(code: i64) -> Option<What> {
        match code {
            0 => Some(What::Site),
            HOURS => Some(What::Hours),
            code => match Family::of_codes([u32::try_from(code).ok()?, 0])?.groups()[..] {
                [group] => Some(What::Group(group)),
                _ => None,
            },
        }
    }
}

/// The only condition of a filter.
fn only(filter: &Filter) -> Option<&EventFilter> {
    match filter {
        Filter::Event(condition) => Some(condition),
        Filter::And(list) => {
            let mut narrowing = list.iter().filter(|filter| !filter.is_all());
            let one = narrowing.next()?;
            if narrowing.next().is_some() { None } else { only(one) }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_comes_back_from_its_number() {
        let all = What::all([Term(2), Term(70)]);
        assert!(all.iter().all(|what| What::of_code(what.code()) == Some(*what)));
        assert_eq!(What::of_code(99), None);
    }
}
