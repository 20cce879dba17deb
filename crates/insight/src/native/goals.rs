//! How many reach each saved goal, and what arrives that is no goal yet.

use outis_event::{Dimension, Plan, Space, Vocabulary};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::attribute::Attribute;
use crate::{Currency, Group, Life, Metric, Query, Shown, ShownRow};

use super::composed::{
    ByKeys, Composable, Composed, Frame, HowComposed, Part, Parts, hidden, is_told_whole, keyed, larger_first, percent,
    sent, told, total, value, whole,
};
use super::keep::{not_kept, on_some_days, past};
use super::present::{Hidden, Kind, Value};
use super::request::{Compare, Period};
use super::resolve::Resolved;
use super::{Context, Form, Selector};

const METRICS: [Metric; 4] = [Metric::Visitors, Metric::Events, Metric::TotalRevenue, Metric::AverageRevenue];
const MOST_SUGGESTIONS: usize = 20;
/// Most rows of one goal.
const MOST_ROWS: usize = 100;
const UNIT: &str = "visitors of a day";

/// Asks for all saved goals. Unknown keys are refused.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoalsRequest {
    /// The site's domain.
    pub site: String,
    /// What time is asked about.
    pub period: Period,
    /// Conditions, all of which hold.
    #[serde(default)]
    #[schema(value_type = Vec<Vec<Object>>)]
    pub filters: Vec<Json>,
    /// What rows of each goal stand for, such as `source`.
    #[serde(default)]
    pub group: Option<String>,
    /// What the answer is compared with.
    #[serde(default)]
    pub compare: Option<Compare>,
}

/// How many reach each goal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoalsAnswer {
    /// A row per goal, or per goal and value of the group.
    pub rows: Vec<GoalRow>,
    /// Events that arrive and are no goal.
    pub suggestions: Vec<Suggestion>,
    /// What is not shown.
    pub hidden: Hidden,
    /// How the answer came about.
    pub how: HowComposed,
}

/// A goal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoalRow {
    /// Its name.
    pub goal: String,
    /// `page`, `event` or `scroll`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// The value of the group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// What kind of value it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_kind: Option<Kind>,
    /// Visitors who reached it.
    #[schema(value_type = Option<f64>)]
    pub uniques: Option<Value>,
    /// How often it was reached; not told of scrolling.
    #[schema(value_type = Option<f64>)]
    pub total: Option<Value>,
    /// Percent of all visitors (under the filters) who reached it.
    #[schema(value_type = Option<f64>)]
    pub conversion_rate: Option<Value>,
    /// Percent of the visitors of the same group who reached it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>)]
    pub group_conversion_rate: Option<Option<Value>>,
    /// Sum of what was paid, in units of the currency; null if there is none, it is in several or may not be told.
    #[schema(value_type = Option<f64>)]
    pub revenue: Option<Value>,
    /// The same per event that is about money.
    #[schema(value_type = Option<f64>)]
    pub average_revenue: Option<Value>,
    /// What the revenue is in.
    pub currency: Option<String>,
    /// The same in the window compared with.
    pub compare: Option<GoalCompare>,
}

/// A goal in the window compared with.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct GoalCompare {
    /// Visitors who reached it.
    #[schema(value_type = Option<f64>)]
    pub uniques: Option<Value>,
    /// How often it was reached.
    #[schema(value_type = Option<f64>)]
    pub total: Option<Value>,
    /// Percent of all visitors.
    #[schema(value_type = Option<f64>)]
    pub conversion_rate: Option<Value>,
}

/// An event that could be a goal.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Suggestion {
    /// What to save.
    pub selector: Selector,
    /// What to call it.
    pub label: String,
    /// Visitors who did it.
    #[schema(value_type = Option<f64>)]
    pub visitors: Option<Value>,
}

/// Queries of a window.
#[derive(Clone, Copy, Debug)]
struct Window {
    everybody: usize,
    grouped: Option<usize>,
}

#[derive(Clone, Debug)]
struct Goal {
    name: String,
    kind: &'static str,
    main: usize,
    compare: Option<usize>,
}

/// The question about goals.
#[derive(Clone, Debug)]
pub struct GoalsQuestion {
    frame: Frame,
    parts: Vec<Part>,
    attribute: Option<Attribute>,
    main: Window,
    compare: Option<Window>,
    events: usize,
    goals: Vec<Goal>,
    /// Goals that name something that is not known any more.
    unknown: usize,
    /// Names of events that are goals.
    taken: Vec<String>,
}

impl Composable for GoalsRequest {
    type Question = GoalsQuestion;

    fn site(&self) -> &str {
        &self.site
    }

    fn resolve(&self, context: &Context<'_>) -> Resolved<GoalsQuestion> {
        let frame = Frame::new(context, &self.period, &self.filters, self.compare.as_ref(), Form::Totals)?;
        let attribute = Frame::group(self.group.as_deref(), "/group", context)?;
        let groups: Vec<Group> = attribute.map(Attribute::group).into_iter().collect();
        let mut parts = Parts::default();
        let everybody = frame.query(&[], &METRICS[..1], &[]);
        let by_group = frame.query(&[], &METRICS[..1], &groups);
        let mut window = |of: &dyn Fn(&Query) -> Option<Query>, must: bool| {
            let query = of(&everybody)?;
            let everybody = if must { parts.must(query) } else { parts.may(query) };
            let grouped = attribute.and_then(|_| of(&by_group)).map(|query| parts.may(query));
            Some(Window { everybody, grouped })
        };
        let main = window(&|query| Some(query.clone()), true).expect("the main window is always asked about");
        let compare = window(&|query| frame.compared(query), false);
        let events = parts.may(frame.query(&[], &METRICS[..1], &[Group::Dimension(Dimension::Event)]));
        let mut goals = Vec::new();
        let mut unknown = 0;
        for (name, selector) in &context.definitions.goals {
            let Ok(filter) = selector.resolve_counted(context) else {
                unknown += 1;
                continue;
            };
            let query = frame.query(&[filter], &METRICS, &groups);
            let past = |query: &Query| past(selector, frame.filter(), query, context);
            let compare = frame.compared(&query).map(|query| parts.may_later(query, past));
            let main = parts.may_later(query, past);
            goals.push(Goal { name: name.clone(), kind: kind(selector), main, compare });
        }
        let taken = context.definitions.goals.values().filter_map(|goal| goal.event.clone()).collect();
        Ok(GoalsQuestion { frame, parts: parts.0, attribute, main, compare, events, goals, unknown, taken })
    }
}

fn kind(selector: &Selector) -> &'static str {
    match (&selector.event, selector.scroll) {
        (Some(_), _) => "event",
        (None, Some(_)) => "scroll",
        (None, None) => "page",
    }
}

impl Composed for GoalsQuestion {
    type Answer = GoalsAnswer;

    fn parts(&self) -> &[Part] {
        &self.parts
    }

    fn present(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> GoalsAnswer {
        let mut rows: Vec<GoalRow> = match self.attribute {
            None => self.goals.iter().map(|goal| self.row(words, answers, goal)).collect(),
            Some(attribute) => {
                self.goals.iter().flat_map(|goal| self.grouped(words, answers, goal, attribute)).collect()
            }
        };
        if self.attribute.is_none() {
            let uniques = |row: &GoalRow| row.uniques.map(|value| value.0);
            rows.sort_by(|a, b| larger_first(uniques(a), uniques(b)).then_with(|| a.goal.cmp(&b.goal)));
        }
        let mut notes = Vec::new();
        if self.unknown > 0 {
            notes.push("goals that name something that is not known any more are left out".into());
        }
        if self.goals.iter().any(|goal| goal.kind == "scroll") {
            notes.push("of scrolling, only who reached it is told, not how often".into());
        }
        let goals = self.goals.iter().map(|goal| (goal.name.as_str(), goal.main));
        notes.extend(not_kept("goals", &self.parts, answers, goals));
        if self.attribute.is_some() {
            notes.extend(on_some_days("value", self.goals.iter().filter_map(|goal| told(answers, goal.main))));
        }
        GoalsAnswer {
            rows,
            suggestions: self.suggestions(words, answers),
            hidden: self.hidden(answers),
            how: self.frame.how(answers, UNIT, None, notes),
        }
    }
}

impl GoalsQuestion {
    fn row(&self, words: &Vocabulary, answers: &[Option<Shown>], goal: &Goal) -> GoalRow {
        let everybody = total(answers, self.main.everybody, 0);
        let shown = told(answers, goal.main);
        let everybody = whole(shown, &[], everybody);
        let row = shown.and_then(|shown| shown.total.as_ref());
        let compare = goal.compare.zip(self.compare).map(|(part, window)| {
            let uniques = total(answers, part, 0);
            GoalCompare {
                uniques: sent(uniques),
                total: sent(total(answers, part, 1).filter(|_| goal.kind != "scroll")),
                conversion_rate: sent(percent(
                    uniques,
                    whole(told(answers, part), &[], total(answers, window.everybody, 0)),
                )),
            }
        });
        GoalRow { compare, ..self.of(words, goal, row, everybody) }
    }

    fn of(&self, words: &Vocabulary, goal: &Goal, row: Option<&ShownRow>, everybody: Option<f64>) -> GoalRow {
        let uniques = row.and_then(|row| value(row, 0));
        let currency = match row.map(|row| row.parts.currency) {
            Some(Currency::One(term)) => words.text(Space::CURRENCY, term).map(|code| code.to_string()),
            _ => None,
        };
        GoalRow {
            goal: goal.name.clone(),
            kind: goal.kind,
            key: None,
            key_kind: None,
            uniques: sent(uniques),
            total: sent(row.and_then(|row| value(row, 1)).filter(|_| goal.kind != "scroll")),
            conversion_rate: sent(percent(uniques, everybody)),
            group_conversion_rate: None,
            revenue: sent(row.and_then(|row| value(row, 2)).map(|milli| milli / 1_000.0)),
            average_revenue: sent(row.and_then(|row| value(row, 3)).map(|milli| milli / 1_000.0)),
            currency,
            compare: None,
        }
    }

    fn grouped(
        &self,
        words: &Vocabulary,
        answers: &[Option<Shown>],
        goal: &Goal,
        attribute: Attribute,
    ) -> Vec<GoalRow> {
        let everybody = total(answers, self.main.everybody, 0);
        let of_groups = ByKeys::new(self.main.grouped.and_then(|part| told(answers, part)), &[]);
        let compare = goal.compare.zip(self.compare).map(|(part, window)| {
            let everybody = total(answers, window.everybody, 0);
            let everybody = everybody.filter(|_| told(answers, part).is_none_or(is_told_whole));
            (ByKeys::new(told(answers, part), &METRICS), everybody)
        });
        let mut rows = Vec::new();
        let shown = told(answers, goal.main);
        let everybody = everybody.filter(|_| shown.is_none_or(is_told_whole));
        for row in shown.iter().flat_map(|shown| &shown.rows) {
            let (key, kind) = keyed(words, attribute, row);
            let all = of_groups.value(&row.keys, 0);
            let whole = whole(shown, &row.keys, all).filter(|_| kind != Kind::Other);
            let compare = compare.as_ref().filter(|_| kind != Kind::Other).map(|(by_keys, everybody)| {
                let uniques = by_keys.value(&row.keys, 0);
                GoalCompare {
                    uniques: sent(uniques),
                    total: sent(by_keys.value(&row.keys, 1).filter(|_| goal.kind != "scroll")),
                    conversion_rate: sent(percent(uniques, *everybody)),
                }
            });
            rows.push(GoalRow {
                key: Some(key),
                key_kind: Some(kind),
                group_conversion_rate: Some(sent(percent(value(row, 0), whole))),
                compare,
                ..self.of(words, goal, Some(row), everybody)
            });
        }
        let place = |row: &GoalRow| (row.key_kind == Some(Kind::Other), row.uniques.map(|value| value.0));
        rows.sort_by(|a, b| {
            let ((a_other, a_uniques), (b_other, b_uniques)) = (place(a), place(b));
            a_other.cmp(&b_other).then(larger_first(a_uniques, b_uniques)).then_with(|| a.key.cmp(&b.key))
        });
        rows.truncate(MOST_ROWS);
        rows
    }

    /// What is not shown. In history and without groups these are goals; on which days they are not told is noted. With
    /// groups, these are the groups of goals.
    fn hidden(&self, answers: &[Option<Shown>]) -> Hidden {
        let all = hidden(answers);
        let is_past = told(answers, self.main.everybody).is_some_and(|shown| shown.life == Life::History);
        let untold =
            |goal: &&Goal| told(answers, goal.main).and_then(|shown| shown.total.as_ref()?.values[0]).is_none();
        let groups = match self.attribute {
            None if is_past => self.goals.iter().filter(untold).count() as u64,
            None => all.groups,
            Some(_) => self.goals.iter().filter_map(|goal| told(answers, goal.main)).map(|s| s.hidden_groups).sum(),
        };
        Hidden { groups, ..all }
    }

    fn suggestions(&self, words: &Vocabulary, answers: &[Option<Shown>]) -> Vec<Suggestion> {
        let event = Attribute::Dimension(Dimension::Event);
        let mut found: Vec<(String, Option<f64>)> = Vec::new();
        for row in told(answers, self.events).iter().flat_map(|shown| &shown.rows) {
            let (name, kind) = keyed(words, event, row);
            // That a list was shown is nothing that somebody came for.
            let built_in = Plan::BUILT_IN.contains(&name.as_str()) || name == Plan::SUGGESTIONS[0];
            if kind == Kind::Value && !built_in && !self.taken.contains(&name) {
                found.push((name, value(row, 0)));
            }
        }
        found.sort_by(|a, b| larger_first(a.1, b.1).then_with(|| a.0.cmp(&b.0)));
        let suggestion = |(name, visitors): (String, Option<f64>)| Suggestion {
            selector: Selector { event: Some(name.clone()), ..Selector::default() },
            label: name,
            visitors: sent(visitors),
        };
        found.into_iter().take(MOST_SUGGESTIONS).map(suggestion).collect()
    }
}
