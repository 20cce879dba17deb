//! Sets that staff saved, by the values of a dimension.

use std::collections::{BTreeMap, BTreeSet};

use outis_event::{Dimension, Term};
use outis_insight::history::{Cell, Counted, Family, Kept, Place, Shares, Span, close_crossed, values_beside};
use outis_insight::{EventFilter, Filter, Group, Parts};

use super::census::{Subject, Told};
use super::close::groups;

/// What is told of a day's sets by value: `sets` are the cells of the sets, `cells` those of families, of which `told`
/// says which values are told singly. Each set that is kept by a dimension has a cell for it, told or not.
pub(super) fn cells(
    subject: &Subject,
    shares: &[(Dimension, Shares)],
    sets: &[Cell],
    cells: &[Cell],
    told: &Told,
) -> Vec<Cell> {
    let is_told = |cell: &&Cell| matches!(cell.place, Place::Values(_));
    let told_sets: BTreeSet<[u32; 2]> = sets.iter().filter(is_told).map(|cell| cell.family.codes()).collect();
    let mut all = Vec::new();
    for (dimension, shares) in shares {
        let kept: Vec<(usize, &Kept)> = kept(subject, *dimension);
        let may: Vec<usize> = kept
            .iter()
            .filter(|(_, kept)| told_sets.contains(&Family::set(kept.id).codes()))
            .map(|(set, _)| *set)
            .collect();
        let none = BTreeSet::new();
        let values = told.get(&Family::of_values(Group::Dimension(*dimension)).codes()).unwrap_or(&none);
        let known = known(subject, *dimension, cells);
        let crossed = close_crossed(shares, values, &known, &may, subject.floor);
        for (set, kept) in kept {
            let untold = BTreeMap::new();
            all.extend(of_set(subject, (kept.id, *dimension), shares, set, crossed.get(&set).unwrap_or(&untold)));
        }
    }
    all
}

fn of_set(
    subject: &Subject,
    (id, dimension): (Term, Dimension),
    shares: &Shares,
    set: usize,
    told: &BTreeMap<Term, u64>,
) -> Vec<Cell> {
    let cell = |place, visitors| Cell {
        family: Family::set_by(id, dimension),
        span: Span::Day,
        first: subject.day,
        place,
        parts: Parts { visitors, ..Parts::default() },
    };
    let beside = u32::try_from(values_beside(shares, set, told)).unwrap_or(u32::MAX);
    let values = told.iter().map(|(value, visitors)| cell(Place::Values([*value, Term::NONE]), *visitors));
    values.chain([cell(Place::Other(beside), 0)]).collect()
}

/// The sets that may be told by a dimension, each with its place: not what is sensitive by place or device, and not
/// what tells of pages or conditions that are told by the dimension themselves.
fn kept(subject: &Subject, dimension: Dimension) -> Vec<(usize, &Kept)> {
    let by = Group::Dimension(dimension);
    let is_paired = |group: Group| Family::declarable(group, by).is_some_and(|pair| subject.families.contains(&pair));
    let is_named = |group: &Group| matches!(group, Group::Dimension(Dimension::Event | Dimension::Page));
    let mut all = Vec::new();
    let mut set = subject.keeping.known.len();
    for kept in &subject.keeping.kept {
        let is_sensitive = subject.sensitive_sets.contains(&kept.id) && Family::is_place_or_device(&by);
        let has_pages = kept.pages.is_some() && is_paired(Group::Dimension(Dimension::Page));
        let conditions = groups(&kept.counted);
        let is_told = conditions.iter().any(|group| *group == by || !is_named(group) && is_paired(*group));
        if matches!(kept.counted, Counted::Any(_)) && !is_sensitive && !has_pages && !is_told {
            all.push((set, kept));
        }
        set += kept.counted.steps();
    }
    all
}

/// The sets that pairs tell, each with the values it is told of.
fn known(subject: &Subject, dimension: Dimension, cells: &[Cell]) -> Vec<(usize, BTreeSet<Term>)> {
    let by = Group::Dimension(dimension);
    let values = |filter: &Filter| {
        let (group, term) = match filter {
            Filter::Event(EventFilter::Dimension(dimension, set)) => (Group::Dimension(*dimension), set.only()?),
            Filter::Event(EventFilter::Property(key, set)) => (Group::Property(*key), set.only()?),
            _ => return None,
        };
        let pair = Family::declarable(group, by)?;
        let at = pair.groups().iter().position(|of| *of == group)?;
        let value = |cell: &Cell| match cell.place {
            Place::Values(keys) if cell.family == pair && keys[at] == term => Some(keys[1 - at]),
            _ => None,
        };
        Some(cells.iter().filter_map(value).collect::<BTreeSet<Term>>())
    };
    let all = subject.keeping.known.iter().enumerate();
    all.filter_map(|(set, filter)| Some((set, values(filter)?))).collect()
}

#[cfg(test)]
mod tests {
    use outis_event::{Day, SiteId};
    use outis_insight::TermSet;
    use outis_insight::history::Keeping;

    use super::*;

    fn is(dimension: Dimension) -> Filter {
        Filter::Event(EventFilter::Dimension(dimension, TermSet::of([Term(2)])))
    }

    #[test]
    fn what_is_sensitive_or_paired_is_not_told_by_it() {
        let set = |id: u32, filter: Filter, pages: bool| Kept {
            id: Term(id),
            counted: Counted::Any(filter),
            pages: pages.then(|| TermSet::of([Term(2)])),
        };
        let health = Filter::Event(EventFilter::Property(Term(7), TermSet::of([Term(2)])));
        let kept = vec![set(1, is(Dimension::Event), false), set(2, is(Dimension::Page), true), set(3, health, false)];
        let pairs = [[Group::Property(Term(7)), Group::Dimension(Dimension::Customer)]];
        let subject = Subject {
            site: SiteId(1),
            day: Day(0),
            zone: jiff::tz::TimeZone::UTC,
            floor: 10,
            pageview: Term(2),
            engagement: Term(3),
            families: Family::declared([Term(7)], &pairs, true),
            keeping: Keeping { known: vec![is(Dimension::Event)], kept, pairs: pairs.to_vec() },
            sensitive_sets: BTreeSet::from([Term(3)]),
            epsilon: None,
        };
        let by = |dimension| {
            super::kept(&subject, dimension).iter().map(|(set, kept)| (*set, kept.id.0)).collect::<Vec<_>>()
        };
        // Pages are told by country and source in pairs, the property by customer, and it is sensitive.
        assert_eq!(by(Dimension::Country), [(1, 1)]);
        assert_eq!(by(Dimension::Source), [(1, 1), (3, 3)]);
        assert_eq!(by(Dimension::Customer), [(1, 1), (2, 2)]);
    }
}
