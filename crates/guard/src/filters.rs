//! Filters as a list of conditions that can be taken away one by one.

use outis_event::Dimension;
use outis_insight::{EventFilter, Filter, Group, TermSet};

/// How many conditions a filter has.
pub(crate) fn conditions(filter: &Filter) -> usize {
    match filter {
        // The guard's own: it says what is summed up, nobody can take it away.
        Filter::Event(EventFilter::Paid(_)) => 0,
        Filter::Event(_) => 1,
        Filter::Selected(inner) if only_names(inner) => 1,
        Filter::And(list) | Filter::Or(list) => list.iter().map(conditions).sum(),
        Filter::Not(inner) | Filter::VisitHas(inner) | Filter::Selected(inner) => conditions(inner),
    }
}

/// True if nothing is asked about but names of events, pages, and how far was scrolled: that is no attribute of
/// anybody, so a selector of such is one condition, however it is put together.
fn only_names(filter: &Filter) -> bool {
    match filter {
        Filter::Event(EventFilter::Dimension(Dimension::Event | Dimension::Page, _) | EventFilter::Scrolled(_)) => true,
        Filter::Event(_) => false,
        Filter::And(list) | Filter::Or(list) => !list.is_empty() && list.iter().all(only_names),
        Filter::Not(_) => false,
        Filter::VisitHas(inner) | Filter::Selected(inner) => only_names(inner),
    }
}

/// The filter without its n-th condition, in the order they are written. What is left without any is left out too.
pub(crate) fn without(filter: &Filter, condition: usize) -> Filter {
    let mut at = condition;
    take(filter, &mut at).unwrap_or(Filter::ALL)
}

/// `None` if nothing is left.
fn take(filter: &Filter, at: &mut usize) -> Option<Filter> {
    let of = conditions(filter);
    if *at >= of {
        *at -= of;
        return Some(filter.clone());
    }
    let left = match filter {
        Filter::Event(_) => None,
        Filter::Selected(inner) if only_names(inner) => None,
        Filter::Selected(inner) => take(inner, at).map(|f| Filter::Selected(Box::new(f))),
        Filter::And(list) => some(list, at).map(Filter::And),
        Filter::Or(list) => some(list, at).map(Filter::Or),
        Filter::Not(inner) => take(inner, at).map(|f| Filter::Not(Box::new(f))),
        Filter::VisitHas(inner) => take(inner, at).map(|f| Filter::VisitHas(Box::new(f))),
    };
    // Found: nothing further is taken.
    *at = usize::MAX;
    left
}

fn some(list: &[Filter], at: &mut usize) -> Option<Vec<Filter>> {
    let left: Vec<_> = list.iter().filter_map(|f| take(f, at)).collect();
    (!left.is_empty()).then_some(left)
}

/// True if the filter is a plain list of single conditions that all hold: taking several away then changes at least
/// what taking one of them away changes.
pub(crate) fn is_plain(filter: &Filter) -> bool {
    match filter {
        Filter::And(list) => list.iter().all(is_plain),
        _ => conditions(filter) <= 1,
    }
}

/// What fulfils one filter but not the other.
pub(crate) fn difference(a: &Filter, b: &Filter) -> Filter {
    let only = |a: &Filter, b: &Filter| Filter::And(vec![a.clone(), Filter::Not(Box::new(b.clone()))]);
    Filter::Or(vec![only(a, b), only(b, a)])
}

/// The condition of being in any of the groups; `None` for time buckets, which no filter can name.
pub(crate) fn any_of(group: Group, terms: TermSet) -> Option<Filter> {
    Some(Filter::Event(match group {
        Group::Dimension(dimension) => EventFilter::Dimension(dimension, terms),
        Group::Visit(field) => EventFilter::Visit(field, terms),
        Group::Property(key) => EventFilter::Property(key, terms),
        Group::Language => EventFilter::Language(terms),
        Group::Tag => EventFilter::Tag(terms),
        Group::Time(_) => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use outis_event::Term;

    fn is(term: u32) -> Filter {
        Filter::Event(EventFilter::Dimension(Dimension::Page, TermSet::of([Term(term)])))
    }

    #[test]
    fn one_condition_is_taken_away_wherever_it_stands() {
        let not = |f| Filter::Not(Box::new(f));
        let filter = Filter::And(vec![is(1), Filter::Or(vec![is(2), not(is(3))]), not(is(4))]);
        assert_eq!(conditions(&filter), 4);
        assert_eq!(without(&filter, 0), Filter::And(vec![Filter::Or(vec![is(2), not(is(3))]), not(is(4))]));
        assert_eq!(without(&filter, 2), Filter::And(vec![is(1), Filter::Or(vec![is(2)]), not(is(4))]));
        assert_eq!(without(&filter, 3), Filter::And(vec![is(1), Filter::Or(vec![is(2), not(is(3))])]));
        assert!(without(&Filter::VisitHas(Box::new(not(is(1)))), 0).is_all());
    }

    #[test]
    fn a_selector_of_names_is_one_condition_and_hides_no_other() {
        let selected = |list| Filter::Selected(Box::new(Filter::And(list)));
        let views = selected(vec![is(1), Filter::Event(EventFilter::Scrolled(50))]);
        assert_eq!(conditions(&Filter::And(vec![views.clone(), is(2)])), 2);
        assert_eq!(without(&Filter::And(vec![views, is(2)]), 0), Filter::And(vec![is(2)]));
        let country = Filter::Event(EventFilter::Dimension(Dimension::Country, TermSet::of([Term(3)])));
        let crossed = selected(vec![is(1), country.clone()]);
        assert_eq!(conditions(&crossed), 2);
        assert_eq!(without(&crossed, 0), selected(vec![country]));
    }

    #[test]
    fn a_plain_list_has_no_choice_in_it() {
        assert!(is_plain(&Filter::And(vec![is(1), Filter::And(vec![is(2)]), Filter::Not(Box::new(is(3)))])));
        assert!(!is_plain(&Filter::And(vec![is(1), Filter::Or(vec![is(2), is(3)])])));
    }
}
