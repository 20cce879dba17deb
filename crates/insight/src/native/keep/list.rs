//! Which of the saved definitions history keeps, and how.

use outis_event::Term;

use super::number::{id, of_feature, of_funnel, selector};
use super::told::{Told, told};
use super::{Context, Selector, keeping};
use crate::history::Family;
use crate::native::behaviour::DAY_S;
use crate::{DefinitionKind, Feature, Funnel};

/// Something saved.
#[derive(Clone, Debug)]
pub struct Listed {
    /// What it is.
    pub kind: DefinitionKind,
    /// How it is called.
    pub name: String,
    /// How history keeps it.
    pub how: Held,
}

/// How history keeps something that was saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Held {
    /// The counts of an event, a page or a pair tell it.
    Counts,
    /// How many visitors are in it is kept under this number.
    Set(Term),
    /// The values of two attributes are kept together.
    Pair(Family),
    /// Not, and why.
    Not(&'static str),
}

const UNKNOWN: &str = "it names something that is not known any more";
const COULD_BE_SUBTRACTED: &str =
    "it has conditions of which history tells more in other ways: few could be worked out";
const NO_ROOM: &str = "history has room for 256 sets, and others come first";
const TOO_LONG: &str = "history is kept day by day, and its window is longer";

/// Goals, features, funnels and pairs, by kind and name.
pub fn listed(context: &Context<'_>) -> Vec<Listed> {
    let definitions = context.definitions;
    let keeping = keeping(context);
    let set = |id: Term| match keeping.kept.iter().any(|kept| kept.id == id) {
        true => Held::Set(id),
        false => Held::Not(NO_ROOM),
    };
    let one = |kind, (name, how): (&String, Held)| Listed { kind, name: name.clone(), how };
    let goals = definitions.goals.iter().map(|(name, goal)| (name, of_goal(goal, context, &set)));
    let features = definitions.features.iter().map(|(name, feature)| (name, feature_held(feature, context, &set)));
    let funnels = definitions.funnels.iter().map(|(name, funnel)| (name, funnel_held(funnel, context, &set)));
    let pairs = definitions.pairs.iter().map(|(name, pair)| {
        let family = pair.groups(context).ok().and_then(|[a, b]| Family::declarable(a, b));
        (name, family.map_or(Held::Not(UNKNOWN), Held::Pair))
    });
    let goals = goals.map(|of| one(DefinitionKind::Goals, of));
    let features = features.map(|of| one(DefinitionKind::Features, of));
    let funnels = funnels.map(|of| one(DefinitionKind::Funnels, of));
    goals.chain(features).chain(funnels).chain(pairs.map(|of| one(DefinitionKind::Pairs, of))).collect()
}

fn of_goal(goal: &Selector, context: &Context<'_>, set: &impl Fn(Term) -> Held) -> Held {
    match told(goal, context) {
        _ if goal.resolve_counted(context).is_err() => Held::Not(UNKNOWN),
        Some(Told::Event(_) | Told::Page(_)) => Held::Counts,
        Some(Told::Not) => set(id("goal", selector(goal, context), context)),
        Some(Told::Never) => Held::Not(COULD_BE_SUBTRACTED),
        None => Held::Not(UNKNOWN),
    }
}

fn feature_held(feature: &Feature, context: &Context<'_>, set: &impl Fn(Term) -> Held) -> Held {
    match &feature.events[..] {
        [one] => of_goal(one, context, set),
        _ if feature.resolve(context).is_err() => Held::Not(UNKNOWN),
        _ if !super::is_keepable(feature, context) => Held::Not(COULD_BE_SUBTRACTED),
        _ => set(of_feature(feature, context)),
    }
}

fn funnel_held(funnel: &Funnel, context: &Context<'_>, set: &impl Fn(Term) -> Held) -> Held {
    if funnel.window_s.is_some_and(|window_s| window_s > DAY_S) {
        return Held::Not(TOO_LONG);
    }
    let steps = funnel.steps.iter().map(|step| step.selector());
    let steps: Vec<Selector> = steps.chain(funnel.exclude.iter().map(|excluded| excluded.selector())).collect();
    if steps.iter().any(|step| step.resolve_counted(context).is_err()) {
        return Held::Not(UNKNOWN);
    }
    match steps.iter().any(|step| matches!(told(step, context), Some(Told::Never))) {
        true => Held::Not(COULD_BE_SUBTRACTED),
        false => set(of_funnel(funnel, context)),
    }
}
