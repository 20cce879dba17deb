//! Questions of analytics: typed queries, answers, and the naive evaluator that defines what they mean.
//!
//! A [`Query`] is about numbers only where words have been resolved to terms ([`TermSet`]); it is evaluated by the
//! warehouse over sorted columns and, in tests, by the [`naive`] evaluator over plain events.
//! A [`RawAnswer`] cannot be serialised: only the guard turns it into something that may be said.

mod answer;
mod attribute;
pub mod behaviour;
pub mod bucket;
mod definitions;
pub mod history;
pub mod naive;
pub mod native;
mod period;
pub mod plausible;
mod query;
mod sensitive;
mod shown;
mod sight;
mod visit;

pub use answer::{Currency, Key, Parts, RawAnswer, RawRow};
pub use definitions::{Definition, DefinitionKind, Definitions, Feature, Funnel, Pair, Segment};
pub use query::{
    DayRange, EventFilter, Filter, Group, Interval, MAX_GROUPS, Metric, Query, QueryKey, TermSet, VisitField,
};
pub use sensitive::{Crossing, Sensitive};
pub use shown::{Life, Shown, ShownKey, ShownRow};
pub use sight::{EvaluateError, Sight};
pub use visit::{VISIT_SILENCE_S, same_visit};
