//! What staff saved, as what closes keep of it, and how questions about it are answered from what was kept.

use std::borrow::Cow;

use outis_event::{Dimension, Term};
use serde::Serialize;
use serde_json::{Value as Json, json};
use utoipa::ToSchema;

use crate::behaviour::About;
use crate::history::{Counted, Keeping, Kept, Past, missing_pair};
use crate::{DefinitionKind, EventFilter, Feature, Filter, Funnel, Group, Life, Metric, Query, Shown, TermSet};

use super::behaviour::{Ask, DAY_S, Excluded, FunnelRequest, Step};
use super::composed::Part;
use super::resolve::filters;
use super::selector::{event_named, pages};
use super::{Context, Selector};

/// Something that, once saved, lets history answer a question from the next close on.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Offer {
    /// What it is.
    pub kind: DefinitionKind,
    /// What it could be called.
    pub name: String,
    /// What to save.
    #[schema(value_type = Object)]
    pub value: Json,
}

impl Offer {
    /// What would let history answer a query; `None` if nothing would, or if it is saved already.
    pub fn for_query(query: &Query, context: &Context<'_>) -> Option<Offer> {
        let groups = missing_pair(query)?;
        let saved = context.definitions.pairs.values().filter_map(|pair| pair.groups(context).ok());
        let is_same = |pair: [Group; 2]| pair == groups || pair == [groups[1], groups[0]];
        let [a, b] = groups.map(|group| name_of(group, context));
        let (a, b) = (a?, b?);
        (!saved.into_iter().any(is_same)).then(|| Offer {
            kind: DefinitionKind::Pairs,
            name: format!("{a} x {b}").chars().take(LONGEST_NAME).collect(),
            value: json!([a, b]),
        })
    }

    /// What would let history answer a question about order.
    pub fn for_ask(ask: &Ask, context: &Context<'_>) -> Option<Offer> {
        let Ask::Funnel(request) = ask else { return None };
        let funnel = request.saved()?;
        let id = of_funnel(&funnel, context);
        let is_saved = context.definitions.funnels.values().any(|saved| of_funnel(saved, context) == id);
        let steps: Vec<String> = funnel.steps.iter().map(|step| step.selector().name().to_owned()).collect();
        let is_kept = !funnel.steps.iter().any(|step| matches!(told(&step.selector(), context), Some(Told::Never)));
        let is_of_a_day = funnel.window_s.is_none_or(|window_s| window_s <= DAY_S);
        (!is_saved && is_kept && is_of_a_day && funnel.group.is_none()).then(|| Offer {
            kind: DefinitionKind::Funnels,
            name: steps.join(", ").chars().take(LONGEST_NAME).collect::<String>().trim().to_owned(),
            value: json!(funnel),
        })
    }
}

/// What a group is called in requests.
fn name_of(group: Group, context: &Context<'_>) -> Option<String> {
    match group {
        Group::Language | Group::Tag => None,
        group => group.name(context.vocabulary),
    }
}

/// Longest name of something saved, in characters.
const LONGEST_NAME: usize = 80;

/// Cells that tell what a selector means.
enum Told {
    /// Those of an event.
    Event(Filter),
    /// Those of a page; they tell of everybody who did something there.
    Page(Filter),
    /// None: a set is kept.
    Not,
    /// None, and a set could be subtracted from cells that tell more of the same attribute.
    Never,
}

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

/// The same of a feature.
pub(super) fn past_of_feature(of: &Feature, base: &Filter, query: &Query, context: &Context<'_>) -> Past {
    match &of.events[..] {
        [one] => past(one, base, query, context),
        _ if !is_keepable(of, context) => Past::Never,
        _ if base.is_all() => Past::Set(of_feature(of, context)),
        _ => Past::AsAsked,
    }
}

/// What a funnel's steps are kept under.
pub(super) fn of_funnel(funnel: &Funnel, context: &Context<'_>) -> Term {
    // By which group it is shown makes no other steps.
    let mut all = serde_json::to_value(Funnel { group: None, ..funnel.clone() }).unwrap_or_default();
    let step = |step: &Step| json!([selector(&step.selector(), context), step.optional]);
    all["steps"] = funnel.steps.iter().map(step).collect();
    let excluded = |e: &Excluded| json!([selector(&e.selector(), context), e.after, e.before]);
    all["exclude"] = funnel.exclude.iter().map(excluded).collect();
    // What is not said means the same as the default said.
    all["order"] = json!(funnel.order.as_deref().unwrap_or("ordered"));
    all["window_s"] = json!(funnel.window_s.unwrap_or(DAY_S));
    id("funnel", all, context)
}

impl Feature {
    fn is_one(&self) -> bool {
        self.events.len() == 1
    }
}

fn of_feature(feature: &Feature, context: &Context<'_>) -> Term {
    id("feature", feature.events.iter().map(|event| selector(event, context)).collect(), context)
}

/// A goal's selector stands for its name, and that of a feature of one event for the feature's.
fn meant<'a>(of: &'a Selector, context: &Context<'a>) -> Option<&'a Selector> {
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

fn told(of: &Selector, context: &Context<'_>) -> Option<Told> {
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

fn of_page(page: &str, context: &Context<'_>) -> Result<Filter, crate::attribute::BadPattern> {
    Ok(Filter::Event(EventFilter::Dimension(Dimension::Page, pages(page, context)?)))
}

/// Sets that cells tell and that hold, or may be, what the selector means.
fn known(of: &Selector, context: &Context<'_>) -> Vec<Filter> {
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

/// What a selector says, however it is called.
fn selector(of: &Selector, context: &Context<'_>) -> Json {
    let goal = of.goal.as_ref().and_then(|name| context.definitions.goals.get(name));
    let feature = of.feature.as_ref().and_then(|name| context.definitions.features.get(name));
    let own = Selector { label: None, goal: None, feature: None, ..of.clone() };
    let mut own = serde_json::to_value(own).unwrap_or_default();
    if let Some(feature) = feature {
        // A feature is made of no other feature.
        let events = feature.events.iter().filter(|event| event.feature.is_none());
        own["feature"] = events.map(|event| selector(event, context)).collect();
    }
    if let Some(goal) = goal {
        own["goal"] = serde_json::to_value(Selector { label: None, ..goal.clone() }).unwrap_or_default();
    }
    own
}

/// The number of a definition: the FNV-1a hash of what it says, segments that it names included, so that another
/// meaning is another number. <https://datatracker.ietf.org/doc/html/draft-eastlake-fnv>
fn id(kind: &str, definition: Json, context: &Context<'_>) -> Term {
    let said = definition.to_string();
    let named = |name: &&String| said.contains(&json!(name).to_string());
    let segments = context.definitions.segments.keys().filter(named);
    let segments: Vec<Json> = segments.map(|name| json!([name, context.definitions.segments[name].filters])).collect();
    let text = json!([kind, definition, segments]).to_string();
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    // Numbers below are those of words that mean something of their own.
    Term(((hash ^ hash >> 32) as u32 & 0x7fff_ffff) | 0x0001_0000)
}

#[cfg(test)]
mod tests {
    use outis_event::{SiteId, Timestamp, Vocabulary};

    use super::*;
    use crate::{Definitions, Segment};

    fn with<T>(change: impl FnOnce(&mut Definitions), ask: impl FnOnce(&Context<'_>) -> T) -> T {
        let words = Vocabulary::default();
        ["/", "/a/b", "/a/c"].iter().for_each(|page| _ = words.admit(Dimension::Page, page));
        ["pageview", "Signup", "Download"].iter().for_each(|event| _ = words.admit(Dimension::Event, event));
        let mut definitions = Definitions::default();
        change(&mut definitions);
        ask(&Context {
            site: SiteId(1),
            zone: &jiff::tz::TimeZone::UTC,
            vocabulary: &words,
            now: Timestamp(0),
            first_day: None,
            definitions: &definitions,
            link: outis_event::Link::Day,
            actions: &[],
        })
    }

    fn selector(text: &str) -> Selector {
        serde_json::from_str(text).expect("a selector")
    }

    fn funnel(text: &str) -> Funnel {
        serde_json::from_str(text).expect("a funnel")
    }

    #[test]
    fn what_cells_tell_anyway_is_not_kept_twice() {
        let saved = |definitions: &mut Definitions| {
            definitions.goals.insert("event".to_owned(), selector(r#"{"event":"Signup"}"#));
            definitions.goals.insert("page".to_owned(), selector(r#"{"page":"/a/b"}"#));
            definitions.goals.insert("pages".to_owned(), selector(r#"{"page":"/a/*"}"#));
            definitions.goals.insert("gone".to_owned(), selector(r#"{"event":"Never"}"#));
            let both = vec![selector(r#"{"event":"Signup"}"#), selector(r#"{"event":"Download"}"#)];
            definitions.features.insert("both".to_owned(), Feature { events: both });
            let pages = Feature { events: vec![selector(r#"{"page":"/a/*","label":"read"}"#)] };
            definitions.features.insert("pages".to_owned(), pages);
            let steps = funnel(r#"{"steps":[{"page":"/"},{"goal":"event"}]}"#);
            definitions.funnels.insert("way".to_owned(), steps);
        };
        let keeping = with(saved, keeping);
        // A pattern of pages (as a goal and as a feature), a feature of two events, a funnel.
        assert_eq!(keeping.kept.len(), 3);
        assert_eq!(keeping.sets() - keeping.known.len(), 4);
        // Visitors of both events and of the page that the funnel begins on are told by other cells.
        assert_eq!(keeping.known.len(), 3);
    }

    #[test]
    fn another_meaning_is_another_number() {
        let of = |goal: &str, segment: &str, steps: &str| {
            let change = |definitions: &mut Definitions| {
                definitions.goals.insert("g".to_owned(), selector(goal));
                let filters = vec![serde_json::from_str(segment).expect("a filter")];
                definitions.segments.insert("s".to_owned(), Segment { filters });
            };
            with(change, |context| of_funnel(&funnel(steps), context))
        };
        let (goal, segment) = (r#"{"event":"Signup"}"#, r#"["is","country",["AT"]]"#);
        let steps = r#"{"steps":[{"page":"/"},{"goal":"g","filters":[["is","segment",["s"]]]}]}"#;
        let same = of(goal, segment, steps);
        let named = r#"{"steps":[{"page":"/","label":"Start"},{"goal":"g","filters":[["is","segment",["s"]]]}],
            "order":"ordered","window_s":86400}"#;
        assert_eq!(of(r#"{"event":"Signup","label":"Signed up"}"#, segment, named), same);
        assert_ne!(of(r#"{"event":"Download"}"#, segment, steps), same);
        assert_ne!(of(goal, r#"["is","country",["DE"]]"#, steps), same);
        assert_ne!(of(goal, segment, r#"{"steps":[{"page":"/"},{"goal":"g"}]}"#), same);
        assert!(same.0 > 0xffff && same.0 < u32::MAX / 2 + 1);
    }

    #[test]
    fn what_would_help_is_offered_once() {
        let ask = Ask::Funnel(FunnelRequest::of_saved(&funnel(r#"{"steps":[{"page":"/"},{"event":"Signup"}]}"#)));
        let offer = with(|_| {}, |context| Offer::for_ask(&ask, context)).expect("an offer");
        assert_eq!((offer.kind, offer.name.as_str()), (DefinitionKind::Funnels, "/, Signup"));
        let saved = funnel(&offer.value.to_string());
        let again = with(
            |definitions| _ = definitions.funnels.insert("x".to_owned(), saved),
            |context| Offer::for_ask(&ask, context),
        );
        assert_eq!(again, None);
    }

    #[test]
    fn what_could_be_subtracted_from_pairs_is_no_set() {
        let tells = |text: &str| {
            let pair = crate::Pair(["event".to_owned(), "screen".to_owned()]);
            with(
                |definitions| _ = definitions.pairs.insert("p".to_owned(), pair),
                |context| match told(&selector(text), context) {
                    Some(Told::Event(_)) => "event",
                    Some(Told::Page(_)) => "page",
                    Some(Told::Not) => "set",
                    Some(Told::Never) => "never",
                    None => "unknown",
                },
            )
        };
        assert_eq!(tells(r#"{"event":"Signup","filters":[["is","browser",["Firefox"]]]}"#), "set");
        assert_eq!(tells(r#"{"page":"/a/*","filters":[["is","os",["Linux"]]]}"#), "set");
        // Told by pairs: of events, of pages, and those that staff declared.
        assert_eq!(tells(r#"{"event":"Signup","filters":[["is","country",["AT"]]]}"#), "event");
        assert_eq!(tells(r#"{"page":"/a/b","filters":[["is","country",["AT"]]]}"#), "page");
        assert_eq!(tells(r#"{"page":"/a/*","filters":[["is","country",["AT"]]]}"#), "never");
        assert_eq!(tells(r#"{"event":"Signup","filters":[["is","screen",["lg"]]]}"#), "never");
        // Parts of what pairs tell.
        assert_eq!(tells(r#"{"event":"Signup","filters":[["is","region",["AT-9"]]]}"#), "never");
        let two = r#"{"event":"Signup","filters":[["is","country",["AT"]],["is","browser",["Firefox"]]]}"#;
        assert_eq!(tells(two), "never");
    }
}
