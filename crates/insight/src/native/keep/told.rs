//! Which cells tell what a selector means.

use outis_event::Dimension;

use crate::native::resolve::filters;
use crate::native::selector::{event_named, pages};
use crate::native::{Context, Selector};
use crate::{EventFilter, Feature, Filter, Group};

/// Cells that tell what a selector means.
pub(super) enum Told {
    /// Those of an event.
    Event(Filter),
    /// Those of a page; they tell of everybody who did something there.
    Page(Filter),
    /// None: a set is kept.
    Not,
    /// None, and a set could be subtracted from cells that tell more of the same attribute.
    Never,
}

/// A goal's selector stands for its name, and that of a feature of one event for the feature's.
pub(super) fn meant<'a>(of: &'a Selector, context: &Context<'a>) -> Option<&'a Selector> {
    match (&of.goal, &of.feature) {
        (None, None) => Some(of),
        _ if !of.filters.is_empty() => None,
        (Some(name), _) => context.definitions.goals.get(name),
        (None, Some(name)) => match &context.definitions.features.get(name)?.events[..] {
            [one] if one.feature.is_none() => meant(one, context),
            _ => None,
        },
    }
}

pub(super) fn told(of: &Selector, context: &Context<'_>) -> Option<Told> {
    if let (None, Some(feature)) =
        (&of.goal, of.feature.as_ref().and_then(|name| context.definitions.features.get(name)))
    {
        // A feature of several events, or with conditions.
        let whole = of.filters.is_empty() && is_of_plain_events(feature);
        if feature.events.len() != 1 || !of.filters.is_empty() {
            return Some(if whole { Told::Not } else { Told::Never });
        }
    }
    let Some(of) = meant(of, context) else { return Some(Told::Never) };
    if !of.filters.is_empty() {
        return Some(narrowed(of, context));
    }
    if of.scroll.is_some() {
        return Some(Told::Not);
    }
    match (&of.event, &of.page) {
        (Some(event), None) => Some(Told::Event(event_named(event, context).ok()?)),
        (None, Some(page)) if !page.contains('*') => Some(Told::Page(of_page(page, context).ok()?)),
        _ => Some(Told::Not),
    }
}

fn is_of_plain_events(feature: &Feature) -> bool {
    feature.events.iter().all(|event| event.filters.is_empty() && event.goal.is_none() && event.feature.is_none())
}

/// Attributes that cells tell by themselves only: of an event or page with such a condition a set may be kept, if it
/// goes with the cells of both.
const ALONE: [Dimension; 5] =
    [Dimension::Browser, Dimension::Os, Dimension::Screen, Dimension::UtmCampaign, Dimension::Hostname];
/// Attributes by which events are told in pairs, and those by which pages are.
const OF_EVENTS: [Dimension; 4] = [Dimension::Source, Dimension::Country, Dimension::Device, Dimension::Customer];
const OF_PAGES: [Dimension; 3] = [Dimension::Source, Dimension::Country, Dimension::Device];

/// What tells of a selector with further conditions. Where cells tell of the same attribute together with the event or
/// page, they tell it: a set beside them could be subtracted from them.
fn narrowed(of: &Selector, context: &Context<'_>) -> Told {
    let Ok((further, false)) = filters(&of.filters, context) else { return Told::Never };
    let is_of_these = |pair: &[Group; 2]| {
        [Dimension::Event, Dimension::Page].iter().any(|dimension| pair.contains(&Group::Dimension(*dimension)))
    };
    let pairs = context.definitions.pairs.values().filter_map(|pair| pair.groups(context).ok());
    let paired: Vec<Group> = pairs.filter(is_of_these).flatten().collect();
    let is_alone = |condition: &EventFilter| match condition {
        EventFilter::Dimension(dimension, _) => {
            ALONE.contains(dimension) && !paired.contains(&Group::Dimension(*dimension))
        }
        EventFilter::Property(key, _) => !paired.contains(&Group::Property(*key)),
        _ => false,
    };
    if all_conditions(&further, &is_alone) {
        return Told::Not;
    }
    let Some(EventFilter::Dimension(dimension, _)) = only_condition(&further) else { return Told::Never };
    match (&of.event, &of.page, of.scroll) {
        (Some(event), None, _) if OF_EVENTS.contains(dimension) => match event_named(event, context) {
            Ok(named) => Told::Event(Filter::And(vec![named, further])),
            Err(_) => Told::Never,
        },
        (None, Some(page), None) if !page.contains('*') && OF_PAGES.contains(dimension) => {
            match of_page(page, context) {
                Ok(on_page) => Told::Page(Filter::And(vec![on_page, further])),
                Err(_) => Told::Never,
            }
        }
        _ => Told::Never,
    }
}

fn all_conditions(filter: &Filter, holds: &impl Fn(&EventFilter) -> bool) -> bool {
    match filter {
        Filter::Event(condition) => holds(condition),
        Filter::And(list) | Filter::Or(list) => list.iter().all(|filter| all_conditions(filter, holds)),
        Filter::Not(inner) => all_conditions(inner, holds),
        // A visit has many events, and a segment may say anything.
        Filter::VisitHas(_) | Filter::Selected(_) => false,
    }
}

fn only_condition(filter: &Filter) -> Option<&EventFilter> {
    match filter {
        Filter::Event(condition) => Some(condition),
        Filter::And(list) if list.len() == 1 => only_condition(&list[0]),
        _ => None,
    }
}

pub(super) fn of_page(page: &str, context: &Context<'_>) -> Result<Filter, crate::attribute::BadPattern> {
    Ok(Filter::Event(EventFilter::Dimension(Dimension::Page, pages(page, context)?)))
}

/// Sets that cells tell and that hold, or may be, what the selector means.
pub(super) fn known(of: &Selector, context: &Context<'_>) -> Vec<Filter> {
    if let Some(feature) = of.feature.as_ref().and_then(|name| context.definitions.features.get(name)) {
        let events = feature.events.iter().filter(|event| event.feature.is_none());
        return events.flat_map(|event| known(event, context)).collect();
    }
    let Some(of) = meant(of, context) else { return Vec::new() };
    let named = match (&of.event, &of.page) {
        (Some(event), None) => event_named(event, context).ok(),
        (None, Some(page)) if !page.contains('*') => of_page(page, context).ok(),
        _ => None,
    };
    let conditions = of.filters.iter().filter_map(|one| filters(std::slice::from_ref(one), context).ok());
    named.into_iter().chain(conditions.map(|(filter, _)| filter)).collect()
}
