//! Filters: their form, the rules they follow, and what they mean in numbers.

use outis_event::Vocabulary;
use serde_json::Value;

use crate::attribute::{BadPattern, MAX_VALUE_BYTES, Match, NOT_SET, terms, terms_said};
use crate::native::{Context, segment};
use crate::{Filter, TermSet};

use super::countries;
use super::error::{QueryError, token, wrong};
use super::names::{What, filterable};

/// Deepest nesting.
const MAX_DEPTH: usize = 8;
/// Most values of one filter, and filters of one `and` or `or`.
const MAX_VALUES: usize = 1_000;
const MAX_BRANCHES: usize = 50;

/// A filter that fits the schema.
#[derive(Clone, Debug)]
pub(super) enum Tree {
    And(Vec<Tree>),
    Or(Vec<Tree>),
    Not(Box<Tree>),
    HasDone(Box<Tree>),
    HasNotDone(Box<Tree>),
    Simple(Simple),
    /// Any of the saved segments, by name.
    Segment(Vec<String>),
}

/// A comparison of one dimension with values.
#[derive(Clone, Debug)]
pub(super) struct Simple {
    operator: &'static str,
    how: Match,
    negated: bool,
    name: String,
    what: What,
    values: Vec<String>,
    /// Some value is a number.
    numeric: bool,
    ignore_case: bool,
}

const OPERATORS: [(&str, Match, bool); 6] = [
    ("is", Match::Is, false),
    ("is_not", Match::Is, true),
    ("contains", Match::Contains, false),
    ("contains_not", Match::Contains, true),
    ("matches", Match::Matches, false),
    ("matches_not", Match::Matches, true),
];

/// Reads a filter; `None` if it does not fit the schema.
pub(super) fn tree(value: &Value, depth: usize) -> Option<Tree> {
    let parts = value.as_array()?;
    if depth > MAX_DEPTH {
        return None;
    }
    let inner = |value| Some(Box::new(tree(value, depth + 1)?));
    let branches = |value: &Value| {
        let list = value.as_array().filter(|list| (1..=MAX_BRANCHES).contains(&list.len()))?;
        list.iter().map(|value| tree(value, depth + 1)).collect::<Option<Vec<_>>>()
    };
    match (parts.first()?.as_str()?, &parts[1..]) {
        ("and", [list]) => Some(Tree::And(branches(list)?)),
        ("or", [list]) => Some(Tree::Or(branches(list)?)),
        ("not", [one]) => Some(Tree::Not(inner(one)?)),
        ("has_done", [one]) => Some(Tree::HasDone(inner(one)?)),
        ("has_not_done", [one]) => Some(Tree::HasNotDone(inner(one)?)),
        ("is", [Value::String(name), Value::Array(names)]) if name == "segment" => {
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some(Tree::Segment(names.iter().map(text).collect()))
        }
        (operator, rest) => simple(operator, rest).map(Tree::Simple),
    }
}

fn simple(operator: &str, rest: &[Value]) -> Option<Simple> {
    let (operator, how, negated) = *OPERATORS.iter().find(|(name, ..)| *name == operator)?;
    let (name, values, modifiers) = match rest {
        [Value::String(name), Value::Array(values)] => (name, values, None),
        [Value::String(name), Value::Array(values), Value::Object(modifiers)] => (name, values, Some(modifiers)),
        _ => return None,
    };
    let what = filterable(name)?;
    if what == What::Goal && (negated || how == Match::Matches) || values.len() > MAX_VALUES {
        return None;
    }
    let mut ignore_case = false;
    for (key, value) in modifiers.into_iter().flatten() {
        if key != "case_sensitive" || how == Match::Matches {
            return None;
        }
        ignore_case = !value.as_bool()?;
    }
    let mut texts = Vec::new();
    let mut numeric = false;
    for value in values {
        match value {
            Value::String(text) if text.len() <= MAX_VALUE_BYTES => texts.push(text.clone()),
            Value::Number(number) if !number.is_f64() => {
                numeric = true;
                texts.push(number.to_string());
            }
            _ => return None,
        }
    }
    Some(Simple { operator, how, negated, name: name.clone(), what, values: texts, numeric, ignore_case })
}

impl Tree {
    /// Calls `see` with each comparison, and whether it is at the top level and about behaviour.
    pub(super) fn each(&self, top: bool, see: &mut dyn FnMut(&Simple, bool)) {
        match self {
            Tree::And(list) | Tree::Or(list) => list.iter().for_each(|t| t.each(false, see)),
            Tree::Not(inner) | Tree::HasDone(inner) | Tree::HasNotDone(inner) => inner.each(false, see),
            Tree::Simple(simple) => see(simple, top),
            Tree::Segment(_) => {}
        }
    }

    /// Checks what the schema cannot.
    pub(super) fn check(&self, context: &Context<'_>) -> Result<(), QueryError> {
        self.check_behaviour(false)?;
        self.check_values(context)
    }

    /// The comparison with goals that this is, if it is one.
    pub(super) fn of_goals(&self) -> Option<&Simple> {
        match self {
            Tree::Simple(simple) if simple.what == What::Goal => Some(simple),
            _ => None,
        }
    }

    fn check_behaviour(&self, within: bool) -> Result<(), QueryError> {
        match self {
            Tree::HasDone(_) | Tree::HasNotDone(_) if within => {
                wrong("Invalid filters. Behavioral filters (has_done, has_not_done) cannot be nested.")
            }
            Tree::HasDone(inner) | Tree::HasNotDone(inner) => inner.check_behaviour(true),
            Tree::And(list) | Tree::Or(list) => list.iter().try_for_each(|t| t.check_behaviour(within)),
            Tree::Not(inner) => inner.check_behaviour(within),
            Tree::Simple(simple) if within && !simple.name.starts_with("event:") => wrong(
                "Invalid filters. Behavioral filters (has_done, has_not_done) can only be used with event dimension \
                 filters.",
            ),
            Tree::Simple(_) | Tree::Segment(_) => Ok(()),
        }
    }

    fn check_values(&self, context: &Context<'_>) -> Result<(), QueryError> {
        match self {
            Tree::And(list) | Tree::Or(list) => list.iter().try_for_each(|tree| tree.check_values(context)),
            Tree::Not(inner) | Tree::HasDone(inner) | Tree::HasNotDone(inner) => inner.check_values(context),
            Tree::Simple(simple) => simple.check(context),
            // Languages go with no other condition, and here nothing else keeps them from one.
            Tree::Segment(names)
                if names.iter().all(|name| segment(name, context).is_ok_and(|(_, of_language)| !of_language)) =>
            {
                Ok(())
            }
            Tree::Segment(_) => wrong("Invalid filters. Some segments don't exist or aren't accessible."),
        }
    }

    /// The filter in numbers.
    pub(super) fn resolve(&self, context: &Context<'_>) -> Result<Filter, QueryError> {
        let all = |list: &[Tree]| list.iter().map(|tree| tree.resolve(context)).collect::<Result<Vec<_>, _>>();
        let has = |inner: &Tree| Ok(Filter::VisitHas(Box::new(inner.resolve(context)?)));
        Ok(match self {
            Tree::And(list) => Filter::And(all(list)?),
            Tree::Or(list) => Filter::Or(all(list)?),
            Tree::Not(inner) => not(inner.resolve(context)?),
            Tree::HasDone(inner) => has(inner)?,
            Tree::HasNotDone(inner) => not(has(inner)?),
            Tree::Simple(simple) if simple.negated => not(simple.resolve(context)?),
            Tree::Simple(simple) => simple.resolve(context)?,
            Tree::Segment(names) => of_segments(names, context),
        })
    }
}

/// Any of the segments; those that are not saved hold for nothing.
fn of_segments(names: &[String], context: &Context<'_>) -> Filter {
    let mut any: Vec<Filter> = names.iter().filter_map(|name| Some(segment(name, context).ok()?.0)).collect();
    if any.len() == 1 { any.remove(0) } else { Filter::Or(any) }
}

fn not(filter: Filter) -> Filter {
    Filter::Not(Box::new(filter))
}

impl Simple {
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    fn check(&self, context: &Context<'_>) -> Result<(), QueryError> {
        let known = |name: &String| context.definitions.goals.contains_key(name);
        if self.what == What::Goal && self.how == Match::Is && !self.values.iter().all(known) {
            return wrong("Invalid filters. The goal `…` is not configured for this site.");
        }
        if self.numeric && self.what != What::City {
            return wrong(format!("Invalid filter '[\"{}\", \"{}\", […]]'.", self.operator, token(&self.name)));
        }
        let code = |value: &String| value.len() == 2 && value.bytes().all(|b| b.is_ascii_alphabetic());
        let special = |value: &String| self.is_absent(value) || value == crate::attribute::RARE;
        if self.name == "visit:country" && self.how == Match::Is && !self.values.iter().all(|v| code(v) || special(v)) {
            return wrong("Invalid visit:country filter, visit:country needs to be a valid 2-letter country code.");
        }
        Ok(())
    }

    /// True if the value addresses what has none.
    fn is_absent(&self, value: &str) -> bool {
        value == NOT_SET || value == "(not set)" || value == self.what.not_set()
    }

    /// True if the goal of this name is meant.
    pub(super) fn means_goal(&self, name: &str) -> bool {
        let lower = |text: &str| if self.ignore_case { text.to_lowercase() } else { text.to_owned() };
        let name = lower(name);
        self.values.iter().any(|value| match self.how {
            Match::Contains => name.contains(&lower(value)),
            Match::Is | Match::Matches => name == lower(value),
        })
    }

    /// Any of the goals meant. What names something that is not known any more holds for nothing.
    fn goals(&self, context: &Context<'_>) -> Filter {
        let meant = context.definitions.goals.iter().filter(|(name, _)| self.means_goal(name));
        let mut any: Vec<Filter> = meant.filter_map(|(_, goal)| goal.resolve_counted(context).ok()).collect();
        if any.len() == 1 { any.remove(0) } else { Filter::Or(any) }
    }

    fn resolve(&self, context: &Context<'_>) -> Result<Filter, QueryError> {
        if self.what == What::Goal {
            return Ok(self.goals(context));
        }
        let vocabulary = context.vocabulary;
        let Some(attribute) = self.what.attribute(vocabulary) else {
            // A city is never known: only the absent value is there.
            let found = self.how == Match::Is && self.values.iter().any(|v| self.is_absent(v));
            return Ok(if found { Filter::ALL } else { Filter::Or(Vec::new()) });
        };
        match self.terms(vocabulary, attribute.space()) {
            Ok(set) => Ok(Filter::Event(attribute.condition(set))),
            Err(BadPattern) => wrong("Invalid filters. A `matches` pattern is not a valid RE2 expression."),
        }
    }

    fn terms(&self, vocabulary: &Vocabulary, space: outis_event::Space) -> Result<TermSet, BadPattern> {
        let mut values = self.values.clone();
        if self.how == Match::Is {
            for value in &mut values {
                if self.is_absent(value) {
                    NOT_SET.clone_into(value);
                } else if self.name == "visit:country" && value.len() == 2 {
                    value.make_ascii_uppercase();
                }
            }
        }
        match self.what {
            What::CountryName => terms_said(vocabulary, space, self.how, &values, self.ignore_case, countries::name),
            _ => terms(vocabulary, space, self.how, &values, self.ignore_case),
        }
    }
}
