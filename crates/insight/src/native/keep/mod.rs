//! What staff saved, as what closes keep of it, and how questions about it are answered from what was kept.

mod list;
mod number;
mod offer;
#[cfg(test)]
mod tests;
mod told;

use std::borrow::Cow;

use crate::behaviour::About;
use crate::history::{Counted, Keeping, Kept, Past};
use crate::{Feature, Filter, Funnel, Life, Metric, Query, Shown, TermSet};

use super::behaviour::{DAY_S, Excluded, FunnelRequest, Step};
use super::composed::{Part, is_told_whole};
use super::selector::pages;
use super::{Context, Selector};
pub use list::{Held, Listed, listed};
pub(super) use number::of_funnel;
use number::{id, of_feature, selector};
pub use offer::Offer;
use told::{Told, known, meant, told};

/// Everything that a site's closes keep. What names something that is not known any more is left out, and so is what
/// goes beyond [`MOST_SETS`](crate::history::MOST_SETS): goals first, then features, then funnels, by name.
pub fn keeping(context: &Context<'_>) -> Keeping {
    let definitions = context.definitions;
    let mut keeping = Keeping::default();
    for goal in definitions.goals.values() {
        let (Some(Told::Not), Ok(filter)) = (told(goal, context), goal.resolve_counted(context)) else { continue };
        keeping.keep(of_goal(goal, filter, context), known(goal, context));
    }
    for feature in definitions.features.values() {
        if let ([one], true) = (&feature.events[..], feature.is_one()) {
            // The same as a goal, and kept as one.
            let (Some(Told::Not), Ok(filter)) = (told(one, context), one.resolve_counted(context)) else { continue };
            keeping.keep(of_goal(one, filter, context), known(one, context));
        } else if let (true, Ok(filter)) = (is_keepable(feature, context), feature.resolve(context)) {
            let known = feature.events.iter().flat_map(|event| known(event, context)).collect();
            let sets: Vec<TermSet> = feature.events.iter().filter_map(|event| pages_of(event, context)).collect();
            let pages = (!sets.is_empty()).then(|| TermSet::any(&sets));
            keeping.keep(Kept { id: of_feature(feature, context), counted: Counted::Any(filter), pages }, known);
        }
    }
    for funnel in definitions.funnels.values() {
        // Cells are of days: what takes longer is not kept.
        if funnel.window_s.is_some_and(|window_s| window_s > DAY_S) {
            continue;
        }
        let of_steps = funnel.steps.iter().map(Step::selector).chain(funnel.exclude.iter().map(Excluded::selector));
        if of_steps.into_iter().any(|step| matches!(told(&step, context), Some(Told::Never))) {
            continue;
        }
        let whole = Funnel { group: None, ..funnel.clone() };
        let Ok((About::Funnel(counted), _)) = FunnelRequest::of_saved(&whole).about(context) else { continue };
        let known = funnel.steps.iter().flat_map(|step| known(&step.selector(), context)).collect();
        let pages = funnel.steps.first().and_then(|step| pages_of(&step.selector(), context));
        let kept = Kept { id: of_funnel(funnel, context), counted: Counted::Funnel(Box::new(counted)), pages };
        keeping.keep(kept, known);
    }
    keeping.pairs = definitions.pairs.values().filter_map(|pair| pair.groups(context).ok()).collect();
    keeping
}

fn of_goal(goal: &Selector, filter: Filter, context: &Context<'_>) -> Kept {
    let id = id("goal", selector(goal, context), context);
    Kept { id, counted: Counted::Any(filter), pages: pages_of(goal, context) }
}

/// The pages that a pattern means: whoever sees one of them is in the set.
fn pages_of(of: &Selector, context: &Context<'_>) -> Option<TermSet> {
    let of = meant(of, context)?;
    let pattern = of.page.as_ref().filter(|_| of.filters.is_empty() && of.scroll.is_none())?;
    pages(pattern, context).ok()
}

fn is_keepable(feature: &Feature, context: &Context<'_>) -> bool {
    !feature.events.iter().any(|event| matches!(told(event, context), Some(Told::Never)))
}

/// How a query about what a selector means is answered from history; `base` are the conditions besides it.
pub(super) fn past(of: &Selector, base: &Filter, query: &Query, context: &Context<'_>) -> Past {
    let with = |filter: Filter| match base.is_all() {
        true => filter,
        false => Filter::And(vec![base.clone(), filter]),
    };
    match told(of, context) {
        Some(Told::Event(filter)) => Past::Instead(Box::new(Query { filter: with(filter), ..query.clone() })),
        Some(Told::Page(filter)) => {
            let views = |metric: &Metric| if *metric == Metric::Events { Metric::Pageviews } else { *metric };
            let metrics = query.metrics.iter().map(views).collect();
            Past::Instead(Box::new(Query { filter: with(filter), metrics, ..query.clone() }))
        }
        Some(Told::Not) if base.is_all() => Past::Set(id("goal", selector(of, context), context)),
        Some(Told::Never) => Past::Never,
        _ => Past::AsAsked,
    }
}

/// What is to be said of an answer from history: what was not kept on all days, and what is not told on some. `named`
/// are the parts that tell of what staff saved.
pub(super) fn not_kept<'a>(
    what: &str,
    parts: &[Part],
    answers: &[Option<Shown>],
    named: impl Iterator<Item = (&'a str, usize)>,
) -> Vec<Cow<'static, str>> {
    let is_past = answers.first().and_then(Option::as_ref).is_some_and(|shown| shown.life == Life::History);
    let (mut unknown, mut whole, mut notes) = (Vec::new(), Vec::new(), Vec::new());
    for (name, part) in named.filter(|_| is_past) {
        let is_set = matches!(parts.get(part).map(|part| &part.past), Some(Past::Set(_)));
        match answers.get(part).and_then(Option::as_ref) {
            None if is_set && Past::interval(&parts[part].query).is_none() => whole.push(name),
            None => unknown.push(name),
            Some(shown) if shown.hidden_groups > 0 && Past::interval(&parts[part].query).is_some() => {
                let days = shown.hidden_groups;
                let why = "on which too few people did it, or all but too few";
                let up_to = if is_set { "" } else { "up to " };
                notes.push(format!("{name}: without {up_to}{days} days {why}").into());
            }
            Some(_) => {}
        }
    }
    if !whole.is_empty() {
        let names = whole.join(", ");
        notes.push(format!("{what} that history keeps as a whole only, not by anything: {names}").into());
    }
    if !unknown.is_empty() {
        let names = unknown.join(", ");
        notes.push(format!("{what} that history did not keep on all of these days have no numbers: {names}").into());
    }
    notes
}

/// Says how groups of history are to be read of which not all days are told.
pub(super) fn on_some_days<'a>(by: &str, mut shown: impl Iterator<Item = &'a Shown>) -> Option<Cow<'static, str>> {
    let note = "history counts only days on which enough people did it and enough did not; shares are of who was there on \
                these days, or not told";
    shown.any(|shown| !is_told_whole(shown)).then(|| format!("by {by}, {note}").into())
}

/// The same of a feature.
pub(super) fn past_of_feature(of: &Feature, base: &Filter, query: &Query, context: &Context<'_>) -> Past {
    match &of.events[..] {
        [one] => past(one, base, query, context),
        _ if !is_keepable(of, context) => Past::Never,
        _ if base.is_all() => Past::Set(of_feature(of, context)),
        _ => Past::AsAsked,
    }
}

impl Feature {
    fn is_one(&self) -> bool {
        self.events.len() == 1
    }
}
